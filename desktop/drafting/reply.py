"""From a customer's message to replies: what is asked, which facts answer it, and who words it.

Plain code decides the content (`plan_reply`); the model, or the written phrases, only the wording. The prompt made
here is the one that training uses.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz

from ..engine.contract import CancelToken
from ..shop.records import Fact, Product, ShopProfile
from . import patterns, policies
from .intent import IntentModel
from .lexicon import Lexicon
from .phrases import Phrases
from .prompt import Prompt, build, token
from .results import ReplyResult
from .text_drafter import ModelSource, TextDrafter, TextTask

#: Intents whose answer needs no product of the catalogue.
_SHOP_ONLY = frozenset({"payment", "pickup", "location", "hours", "contact", "thanks", "greeting"})
_SMALL_TALK = frozenset({"thanks", "greeting", "other"})
_GENERIC = frozenset((
    "a", "an", "the", "for", "and", "of", "with", "to", "in", "on", "set", "kit", "pack", "piece", "pieces",
    "new", "my", "your", "i", "you", "is", "it", "this", "that", "do", "have", "how", "much", "what", "price",
    "want", "buy", "need", "available", "order", "delivery", "please", "hi", "hello", "any", "one", "can",
    "size", "colour", "color", "are", "me",
))  # fmt: skip
_SURE, _CLEAR_BY = 72.0, 8.0


@dataclass(frozen=True, slots=True)
class Match:
    """A product that a message seems to speak of; `confidence` is 0…1."""

    product: Product
    confidence: float


def find_product(message: str, products: Sequence[Product]) -> Match | None:
    """The product that `message` names, by SKU, name or brand, small misspellings allowed; None if it is unclear.

    A product is named when enough of the words of its name (weighted by how rare they are in the catalogue) stand
    in the message. Two products that fit almost equally well make it unclear.
    """
    words = _words(message)
    if not words or not products:
        return None
    text = f" {' '.join(words)} "
    for product in products:
        sku = " ".join(_words(product.sku))
        if len(sku) > 2 and any(c.isdigit() for c in sku) and f" {sku} " in text:
            return Match(product, 1.0)
    counts: dict[str, int] = {}
    for product in products:
        for word in set(_words(f"{product.brand} {product.name}")):
            counts[word] = counts.get(word, 0) + 1
    scored = sorted(
        ((_named(words, p, counts), i) for i, p in enumerate(products)), key=lambda pair: (-pair[0], pair[1])
    )
    best, index = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    if best < _SURE or best - second < _CLEAR_BY:
        return None
    return Match(products[index], min(best / 100, 1.0))


def _words(text: str) -> list[str]:
    return [_stem(w) for w in re.findall(r"[\w]+", text.casefold().replace("'", "").replace("’", ""))]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _named(words: Sequence[str], product: Product, counts: Mapping[str, int]) -> float:
    name = [w for w in _words(product.name) if w not in _GENERIC] or _words(product.name)
    if not name:
        return 0.0
    weights = [1 / math.sqrt(counts.get(w, 1)) for w in name]
    hits = [max((_alike(w, said) for said in words), default=0.0) for w in name]
    # The last word of an English name says what the thing is; without it "cotton" would mean any cotton thing.
    head = _head(product.name, name)
    weights[head] *= 1.6
    score = 100 * sum(w * h for w, h in zip(weights, hits, strict=True)) / sum(weights)
    if hits[head] == 1 and counts.get(name[head], 1) == 1:
        score = max(score, 76.0)  # "the lantern", where the shop has only one
    if product.brand:
        brand = _words(product.brand)
        by_brand = sum(max((_alike(w, said) for said in words), default=0.0) for w in brand) / max(
            len(brand), 1
        )
        if by_brand >= 0.85:
            score = min(max(score + 15, 75 if counts.get(brand[0], 1) == 1 else 0), 110)
    return score


def _head(name: str, words: Sequence[str]) -> int:
    """Where in `words` the thing itself stands: "football size 5" is a football, "phone charger 20 W" a charger."""
    kind = _words(_DETAILS.split(name)[0])
    return next((i for i in reversed(range(len(words))) if words[i] in kind), len(words) - 1)


#: What follows in a name describes the thing: a size, a number, what comes with it.
_DETAILS = re.compile(r"(?<=\w)[\s,(/–-]+(?:(?:size|with|for|in|dual)\b|\d)", re.I)


def _alike(word: str, said: str) -> float:
    if word == said:
        return 1.0
    if min(len(word), len(said)) < 4:
        return 0.0
    ratio = fuzz.ratio(word, said) / 100
    return float(ratio) if ratio >= 0.78 else 0.0


# -- what to say ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a reply may say. `answers` has one entry a question, at most two."""

    message: str
    intents: tuple[str, ...]
    answers: tuple[policies.Answer, ...]
    roles: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    product: Product | None = None

    @property
    def must(self) -> tuple[frozenset[str], ...]:
        """Sets of slot tokens; a reply has to use at least one of each."""
        needed = [frozenset({token(name)}) for answer in self.answers for name in answer.must]
        at = 1
        for answer in self.answers:
            slots = [token(f"f{at + i}") for i in range(len(answer.facts))]
            at += len(answer.facts)
            needed += (
                [frozenset(slots)] if answer.kind.endswith(".overview") else [frozenset({s}) for s in slots]
            )
        return tuple(needed)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for answer in self.answers for name in answer.sources))


def plan_reply(
    message: str, shop: ShopProfile, product: Product | None, intents: Sequence[str], *, customer: str = ""
) -> Plan:
    """Choose what answers `intents` (names of intent.INTENTS, at most two are answered)."""
    chosen = tuple(dict.fromkeys(intents))[:2]
    answers = tuple(policies.answer(intent, message, shop, product) for intent in chosen)
    if (
        len({answer.kind for answer in answers}) == 1
    ):  # two questions with the same answer, such as "which product?"
        answers = answers[:1]
    if len(answers) > 1:  # "do you deliver to Meru and how much" asks no product
        answers = tuple(answer for answer in answers if answer.kind != "ask_product")
    roles: dict[str, str] = {}
    topics: list[str] = []
    for answer in answers:
        for name, value in answer.roles:
            if name == "topic":
                topics.append(value)
            else:
                roles.setdefault(name, value)
    if topics:
        roles["topic"] = " and ".join(dict.fromkeys(topics))
    if shop.name:
        roles["shop"] = shop.name
    if customer:
        roles["customer"] = customer
    facts = tuple(fact for answer in answers for fact in answer.facts)
    return Plan(message, chosen, answers, tuple(roles.items()), facts, product)


def reply_prompt(plan: Plan, tone: str = "friendly", language: str = "en") -> Prompt:
    """The prompt of `plan`, ending in the section to write. The message is data: special tokens in it are defused."""
    return build(
        "reply",
        language=language,
        styles=[tone],
        context=[("intent", ", ".join(plan.intents)), ("message", plan.message)],
        roles=plan.roles,
        facts=[(fact.name, fact.value) for fact in plan.facts],
    ).then("text")


# -- saying it with written phrases --------------------------------------------------------------------------------

#: Missing answers with sentences of their own ("the weight").
_OWN_MISSING = frozenset({"not_sold", "product_info.missing"})
_CALM = frozenset({"complaint", "delivery_status", "scam_worry", "order_change", "returns"})
_GREETING_ITSELF = frozenset({"thanks"})


def compose(table: Mapping[str, Any], plan: Plan, tone: str, rng: random.Random) -> str:
    """A slotted reply from the phrases of `table` (resources/phrases/reply.toml): opening, answers, next step."""
    available = {name for name, _ in plan.roles}
    said: set[str] = set()
    parts: list[str] = []
    calm = bool(_CALM & set(plan.intents))
    if not _GREETING_ITSELF & set(plan.intents):
        openings = table["opening"]
        lines = openings["calm"] if calm else patterns.by_tone(openings, tone)
        parts.append(patterns.pick(lines, available, rng) or "")
    at = 1
    for answer in plan.answers:
        text = _answer(table, answer, at, available, said, rng)
        at += len(answer.facts)
        if answer.missing and any(
            a.missing and a.kind != "not_sold" for a in plan.answers[: plan.answers.index(answer)]
        ):
            continue  # one "let me check" names both things
        parts.append(text)
        said |= {role or slot for role, slot in re.findall(r"\{(\w+)\}|<\|(\w+)\|>", text)}
    closings = table["closing"][_closing_of(table, plan)]
    parts.append(patterns.pick(patterns.by_tone(closings, "plain" if calm else tone), available, rng) or "")
    return patterns.slotted(" ".join(part for part in parts if part))


def _closing_of(table: Mapping[str, Any], plan: Plan) -> str:
    if any(answer.missing and answer.kind != "not_sold" for answer in plan.answers):
        return "missing"
    names = [table["closings"].get(answer.kind, "help") for answer in plan.answers]
    return "none" if "none" in names else str(names[-1])


def _answer(
    table: Mapping[str, Any],
    answer: policies.Answer,
    at: int,
    available: set[str],
    said: set[str],
    rng: random.Random,
) -> str:
    answers = table["answers"]
    sentences: list[str] = []
    if answer.kind != "policy.told":
        mine = {name for name, _ in answer.roles} | (available & {"shop", "customer"})
        lines = [
            *answers.get(answer.kind, ()),
            *(answers["missing"] if answer.missing and answer.kind not in _OWN_MISSING else ()),
        ]
        if answer.facts and answer.kind == "product_info.known":
            lines = []
        usable = [line for line in lines if _says(line, answer.must)]
        fresh = (
            [line for line in usable if "product" not in patterns.slots_in(line)]
            if "product" in said
            else usable
        )
        chosen = patterns.pick(fresh, mine, rng) or patterns.pick(usable, mine, rng)
        while chosen is not None and not all("{" + name + "}" in chosen for name in answer.must):
            chosen = patterns.pick(usable, mine, rng)
        if chosen:
            sentences.append(chosen)
    for i, fact in enumerate(answer.facts):
        lines = answers["policy.told"] if answer.kind == "policy.told" else fact_sentences(table, fact)
        names = {"k": f"k{at + i}", "f": f"f{at + i}"}
        sentences.append(patterns.slotted(patterns.pick(lines, {"k", "f"}, rng) or "", names))
    return " ".join(sentences)


def _says(line: str, must: Sequence[str]) -> bool:
    named = patterns.slots_in(line)
    return all(name in named for name in must)


def fact_sentences(table: Mapping[str, Any], fact: Fact) -> list[str]:
    """The sentences that fit a fact's name; those for any fact if its name is not listed."""
    name = fact.name.casefold().strip()
    own = next((kind["sentences"] for kind in table["facts"] if name in kind["names"]), ())
    general = next(kind["sentences"] for kind in table["facts"] if "any" in kind["names"])
    return [*own] if own else [*general]


# -- the drafter ---------------------------------------------------------------------------------------------------

_OPEN_LABELS = {
    "price": "price", "stock": "stock", "payment": "payment options", "returns": "return policy",
    "warranty": "warranty", "hours": "opening hours", "address": "address", "contact": "contact", "pickup": "pickup",
    "discount": "discount", "delivery_time": "delivery time", "delivery_cost": "delivery cost",
}  # fmt: skip


class ReplyDrafter:
    """`source` gives the model (None: written phrases only)."""

    def __init__(
        self, source: ModelSource | None, lexicon: Lexicon, phrases: Phrases, intents: IntentModel
    ) -> None:
        self._drafter = TextDrafter(source, lexicon)
        self._phrases = phrases
        self._intents = intents

    def draft(
        self,
        message: str,
        shop: ShopProfile,
        products: Sequence[Product],
        *,
        intent: str | None = None,
        sku: str | None = None,
        tone: str = "friendly",
        language: str = "en",
        customer: str = "",
        variants: int = 3,
        seed: int = 0,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> ReplyResult:
        """Draft `variants` replies to `message`.

        `intent` and `sku` are the seller's corrections of what was recognised (an empty `sku`: no product). Where
        something that was asked is not among the facts, the replies say so, and the last one has an open place for
        it that the seller can fill.
        """
        found = [(intent, 1.0)] if intent else self._intents.intents(message)
        product, named = self._product(message, products, sku)
        if product is not None and sku is None and found[0][0] in _SHOP_ONLY and named < 0.9:
            product = None
        if product is not None and not intent and found[0][0] in _SMALL_TALK and found[0][1] < 0.5:
            found = [("product_info", found[0][1])]  # "is the net treated" is no thanks
        plan = plan_reply(message, shop, product, [name for name, _ in found], customer=customer)
        table = self._phrases.table("reply", language)
        result = self._drafter.draft(
            self._task(plan, table, tone, language),
            variants=variants,
            seed=seed,
            on_token=on_token,
            cancel=cancel,
        )
        filled = opened(plan)
        if filled is not None and result.variants and variants > 1 and not result.cancelled:
            extra = self._drafter.draft(
                self._task(filled, table, tone, language), variants=1, seed=seed, cancel=cancel
            )
            keep = result.variants[: variants - len(extra.variants)]
            result = replace(result, variants=(*keep, *extra.variants))
        return ReplyResult(
            result.variants,
            result.source,
            result.seed,
            result.timing,
            result.cancelled,
            result.note,
            intent=found[0][0],
            confidence=min(chance for _, chance in found),
            product_sku=product.sku if product is not None else None,
            facts_used=plan.sources,
        )

    def _product(
        self, message: str, products: Sequence[Product], sku: str | None
    ) -> tuple[Product | None, float]:
        if sku is not None:
            return next((p for p in products if p.sku == sku), None) if sku else None, 1.0
        match = find_product(message, products)
        return (match.product, match.confidence) if match else (None, 0.0)

    def _task(self, plan: Plan, table: Mapping[str, Any], tone: str, language: str) -> TextTask:
        prompt = reply_prompt(plan, tone, language)
        return TextTask(
            prompt=prompt,
            must=plan.must,
            compose=lambda rng: compose(table, plan, tone, rng),
            backing=tuple(prompt.values.values()),
            labels=_OPEN_LABELS,
            liked=frozenset({token("product")}) if plan.product else frozenset(),
            key=plan.message,
            accept=lambda text: patterns.fits_values(text, prompt.values),
            ideal=(40, 420),
        )


def opened(plan: Plan) -> Plan | None:
    """`plan` with an open place for the seller instead of "let me check"; None where nothing could be filled in."""
    if not any(answer.missing and answer.kind in _OPENED for answer in plan.answers):
        return None
    answers = tuple(
        _OPENED[answer.kind](answer) if answer.missing and answer.kind in _OPENED else answer
        for answer in plan.answers
    )
    if any(answer.missing for answer in answers):
        return None
    roles: dict[str, str] = {name: value for name, value in plan.roles if name != "topic"}
    for answer in answers:
        roles |= {
            name: value for name, value in answer.roles if value == policies.OPEN_VALUE or name == "place"
        }
    return replace(plan, answers=answers, roles=tuple(roles.items()))


def _opening(kind: str, *slots: str) -> Callable[[policies.Answer], policies.Answer]:
    def open_up(answer: policies.Answer) -> policies.Answer:
        kept = tuple((name, value) for name, value in answer.roles if name != "topic")
        topic = next(value for name, value in answer.roles if name == "topic")
        place = (("place", topic.removeprefix("delivery to ")),) if topic.startswith("delivery to ") else ()
        asked = tuple((slot, policies.OPEN_VALUE) for slot in slots)
        return policies.Answer(kind, (*kept, *place, *asked), must=slots)

    return open_up


_OPENED: Mapping[str, Callable[[policies.Answer], policies.Answer]] = {
    "price.missing": _opening("price.known", "price"),
    "payment.missing": _opening("payment.known", "payment"),
    "returns.missing": _opening("returns.known", "returns"),
    "warranty.missing": _opening("warranty.known", "warranty"),
    "hours.missing": _opening("hours.known", "hours"),
    "contact.missing": _opening("contact.known", "contact"),
    "pickup.missing": _opening("pickup.known", "pickup"),
    "location.missing": _opening("location.known", "address"),
    "delivery.missing": _opening("delivery.known", "delivery_time", "delivery_cost"),
    "negotiation.missing": _opening("negotiation.known", "discount"),
}
