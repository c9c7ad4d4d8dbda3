"""From a customer's message to replies: what is asked, which facts answer it, and who words it.

Plain code decides the content (`plan_reply`); the model, or the written phrases, only the wording. The prompt made
here is the one that training uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.contract import CancelToken
from ..shop.records import Product, ShopProfile
from . import patterns, policies
from .completion import Writing, text_writing
from .intent import IntentModel
from .lexicon import Lexicon
from .matching import Match, find_product
from .phrases import Phrases
from .planning import Plan, plan_reply, settle
from .prompt import Prompt, build, token
from .questions import asked_about, parts_of
from .results import ReplyResult
from .text_drafter import ModelSource, TextDrafter, TextTask
from .wording import all_ways, compose, fits, is_written, ways_to_say

__all__ = ["Match", "Plan", "ReplyDrafter", "compose", "find_product", "opened", "plan_reply", "reply_prompt"]

#: Intents whose answer needs no product of the catalogue.
_SHOP_ONLY = frozenset({"payment", "pickup", "location", "hours", "contact", "thanks", "greeting"})
_UNSURE = 0.42
_SMALL_TALK = frozenset({"thanks", "greeting", "other"})
# -- what to say ---------------------------------------------------------------------------------------------------


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
        self._lexicon = lexicon
        self._phrases = phrases
        self._intents = intents
        self._all_ways: dict[str, Mapping[str, Any]] = {}

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
        plan, confidence = self._plan(message, shop, products, intent, sku, customer)
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
            intent=plan.intents[0],
            confidence=confidence,
            product_sku=plan.product.sku if plan.product is not None else None,
            facts_used=plan.sources,
        )

    def writing(
        self,
        message: str,
        shop: ShopProfile,
        products: Sequence[Product],
        *,
        intent: str | None = None,
        sku: str | None = None,
        tone: str = "friendly",
        language: str = "en",
    ) -> Writing | None:
        """For completion while typing; None where only the phrases word the reply (see `Plan.written`)."""
        plan, _ = self._plan(message, shop, products, intent, sku, "")
        return None if plan.written else text_writing(reply_prompt(plan, tone, language), self._lexicon)

    def _plan(
        self,
        message: str,
        shop: ShopProfile,
        products: Sequence[Product],
        intent: str | None,
        sku: str | None,
        customer: str,
    ) -> tuple[Plan, float]:
        """What to say, and how sure it is what was asked."""
        found = [(intent, 1.0)] if intent else settle(message, self._intents.intents(message))
        product, named = self._product(message, products, sku)
        if product is not None and sku is None and found[0][0] in _SHOP_ONLY and named < 0.9:
            product = None
        if not intent and product is None and found[0][1] < _UNSURE:
            found = [("other", found[0][1])]  # a guess, as for a language that the classifier has not read
        if product is not None and not intent and _is_about(message, product, *found[0]):
            found = [("product_info", found[0][1])]  # "is the net treated" is no thanks
        if product is not None and not intent and [name for name, _ in found] in (["price"], ["stock"]):
            found += _also_about(message, product, found[0][1])
        plan = plan_reply(
            message, shop, product, [name for name, _ in found], customer=customer, catalogue=products
        )
        return plan, min(chance for _, chance in found)

    def _product(
        self, message: str, products: Sequence[Product], sku: str | None
    ) -> tuple[Product | None, float]:
        if sku is not None:
            return next((p for p in products if p.sku == sku), None) if sku else None, 1.0
        match = find_product(message, products)
        return (match.product, match.confidence) if match else (None, 0.0)

    def _ways(self, language: str) -> Mapping[str, Any]:
        if language not in self._all_ways:
            self._all_ways[language] = all_ways(self._phrases, language)
        return self._all_ways[language]

    def _task(self, plan: Plan, table: Mapping[str, Any], tone: str, language: str) -> TextTask:
        prompt = reply_prompt(plan, tone, language)
        ways = ways_to_say(self._ways(language), plan)
        return TextTask(
            prompt=prompt,
            must=plan.must,
            compose=lambda rng: compose(table, plan, tone, rng),
            backing=tuple(prompt.values.values()),
            labels=_OPEN_LABELS,
            liked=frozenset({token("product")}) if plan.product else frozenset(),
            key=plan.message,
            accept=lambda text: (
                patterns.fits_values(text, prompt.values)
                and fits(table, plan, tone, text)
                and is_written(ways, text)
            ),
            mend=patterns.tidy,
            written=plan.written,
            ideal=(40, 420),
        )


def _also_about(message: str, product: Product, chance: float) -> list[tuple[str, float]]:
    """A second question, on the product: "price of the milk powder, and is it full cream"."""
    asked = asked_about(message, product.facts, f"{product.brand} {product.name}")
    return [("product_info", chance)] if asked.facts and len(parts_of(message)) > 1 else []


def _is_about(message: str, product: Product, intent: str, chance: float) -> bool:
    """True for a question on the product that was taken for small talk or for a question of stock or price."""
    if intent in _SMALL_TALK:
        return chance < 0.5
    asked = asked_about(message, product.facts, f"{product.brand} {product.name}")
    sure = 0.9 if intent in ("stock", "price", "recommend", "scam_worry") else _UNSURE
    return chance < sure and bool(asked.facts or (chance < _UNSURE and asked.unknown))


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
