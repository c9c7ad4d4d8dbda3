"""Synthesised listings: made-up products with facts of many kinds, and a listing that says all of them in slots.

The words are data (phrases/listing, phrases/families); here they are put together. A fact never stands in a target
as text: only its slot does, so the model learns to point, not to copy. A sentence with a word of the lexicon that
the product's own words don't hold is left out, so that the targets obey the same rule as the decoder.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting.attributes import PLACES, Attributes, Wording, one_or_many, slotted
from desktop.drafting.english import is_label, is_many
from desktop.drafting.families import OFFERED, Families, Family, choose
from desktop.drafting.lexicon import ALWAYS_BANNED
from desktop.drafting.listing_prompt import listing_prompt, name_without_brand
from desktop.drafting.prompt import NOTE, Prompt, token
from desktop.shop.currencies import CURRENCIES
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

from .example import Example
from .phrases import HERE, choose_number, lexicon, load_toml, misspell, stated_words, words

TONES = ("plain", "friendly", "premium", "urgent")
TONE_WEIGHTS = (40, 32, 14, 14)
FAMILIES = HERE.parents[2] / "resources" / "phrases" / "families"
ATTRIBUTES = FAMILIES.with_name("attributes")
#: Families that training never sees: their products are what the held-out figures are measured on.
HELD_OUT_FAMILIES = 6
#: What a seller tells of the deal, whatever the product.
DEAL = ("shipping", "returns", "warranty")
#: A name that is no noun can't stand here.
_AS_NOUN = re.compile(r"\b(?:the|a|an|of|for) \{k\}|\{v\} \{k\}|^\{k\}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A fact of a product with its wording and its place in the prompt (1, 2 …)."""

    fact: Fact
    wording: Wording
    number: int = 0
    times: list[None] = field(default_factory=list)

    def fill(self, pattern: str) -> str:
        self.times.append(None)
        return slotted(pattern.replace("{is}", "are" if is_many(self.fact.name) else "is"), self.number)


def examples(rng: random.Random, count: int, split: str, data_dir: Path | None) -> Iterator[Example]:
    """`count` listings. In split "valid" all are of families (and taxonomy names) that "train" never sees."""
    for _ in range(count):
        yield _example(rng, split, data_dir)


@dataclass(frozen=True, slots=True)
class Subject:
    """A made-up product and what may be said of it: `said` are its facts in the order of their slots, `ideas` pairs
    of (kind, sentence) as the app offers them."""

    product: Product
    family: Family
    said: Sequence[Said]
    tone: str
    ideas: Sequence[tuple[str, str]]
    prompt: Prompt

    @classmethod
    def made(cls, rng: random.Random, split: str, data_dir: Path | None, tone: str = "") -> Subject:
        taxonomy = _taxonomy(data_dir)
        family = _family(rng, split, taxonomy)
        product, said = _product(rng, family, taxonomy)
        tone = tone or rng.choices(TONES, TONE_WEIGHTS)[0]
        ideas = _offered(rng, family, product, tone)
        prompt = listing_prompt(product, tone, "en", ideas=ideas, kind_of=attributes().kind_of)
        return cls(product, family, said, tone, ideas, prompt)

    def writer(self, rng: random.Random) -> Writer:
        slots = {
            name: [
                token(f"f{len(self.said) + i}")
                for i, idea in enumerate(self.ideas, start=1)
                if idea[0] == name
            ]
            for name in OFFERED
        }
        return Writer(rng, self.product, self.family, self.said, self.tone, slots)


def _example(rng: random.Random, split: str, data_dir: Path | None) -> Example:
    subject = Subject.made(rng, split, data_dir)
    writer = subject.writer(rng)
    start = rng.choices(("title", "bullet", "description"), (70, 12, 18))[0]
    parts: list[str] = []
    if start == "title":
        parts.append(token("title") + writer.title())
    if start != "description":
        parts.extend(token("bullet") + bullet for bullet in writer.bullets())
    parts.append(token("description") + writer.description())
    target = "".join(parts).removeprefix(token(start))
    return Example("listing", subject.prompt.then(start).text, target)


def _offered(rng: random.Random, family: Family, product: Product, tone: str) -> list[tuple[str, str]]:
    """Sentences of the family as the app offers them (but for a/an and capitals), sometimes fewer or none."""
    if family.id == "generic" or rng.random() < 0.12:
        return []
    counts = {name: most if rng.random() < 0.6 else rng.randint(0, most) for name, most in OFFERED.items()}
    name = name_without_brand(product.name, product.brand)
    return [
        (kind, text.replace("{p}", name).replace("{b}", product.brand).removesuffix("."))
        for kind, text in choose(family, tone, rng, branded=bool(product.brand), counts=counts)
    ]


# -- products ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Names and attributes of the Shopify product taxonomy: (category path), (attribute, its values)."""

    paths: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()


@cache
def _taxonomy(data_dir: Path | None) -> Taxonomy:
    folder = data_dir / "shopify_product_taxonomy" if data_dir else None
    if folder is None or not folder.is_dir():
        return Taxonomy()
    rows = [json.loads(line) for line in (folder / "categories.jsonl").read_text("utf-8").splitlines()]
    attributes = [json.loads(line) for line in (folder / "attributes.jsonl").read_text("utf-8").splitlines()]
    return Taxonomy(
        tuple(row["path"] for row in rows if row["path"].count(">") >= 2),
        tuple((row["name"], tuple(row["values"])) for row in attributes if row["values"]),
    )


@cache
def _families() -> tuple[Family, ...]:
    return tuple(replace(f, names=agreeing(f.names, f.plural)) for f in Families.load(FAMILIES).all)


def agreeing(names: Sequence[str], plural: bool) -> tuple[str, ...]:
    """The names that fit the family's verbs: of "plates, plate set" only "plates" in a plural family."""
    fitting = [name for name in names if (name[-1:] == "s" and name[-2:] != "ss") == plural]
    return tuple(fitting or names)


@cache
def _split_families(split: str) -> tuple[Family, ...]:
    order = sorted(_families(), key=lambda family: random.Random(family.id).random())
    return tuple(order[:HELD_OUT_FAMILIES] if split == "valid" else order[HELD_OUT_FAMILIES:])


@cache
def attributes() -> Attributes:
    return Attributes.load(ATTRIBUTES)


@cache
def _frames() -> Mapping[str, Any]:
    return attributes().sentences


@cache
def _inputs() -> Mapping[str, Any]:
    return load_toml(HERE / "listing" / "inputs.toml")


def _family(rng: random.Random, split: str, taxonomy: Taxonomy) -> Family:
    """A known family, or one made for a product that no family covers (nothing special can be said of it)."""
    if rng.random() < 0.68:
        return rng.choice(_split_families(split))
    inputs = _inputs()
    plural = False
    if taxonomy.paths and rng.random() < 0.7:
        half = [p for i, p in enumerate(taxonomy.paths) if (i % 10 == 0) == (split == "valid")]
        path = rng.choice(half)
        name = path.rsplit(" > ", 1)[-1]
        name = name if rng.random() < 0.4 else name.lower()
        plural = name.endswith("s") and not name.endswith("ss")
        if plural and rng.random() < 0.6:
            name, plural = re.sub(r"(?:(?<=ch|sh|ss)|(?<=x|z))es$|s$", "", re.sub(r"ies$", "y", name)), False
        categories: tuple[str, ...] = (path.rsplit(" > ", 1)[0], path.split(" > ")[0])
    else:
        code = "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=rng.randint(2, 4))) + f"-{rng.randint(1, 99)}"
        noun = f"{rng.choice(inputs['odd_adjectives'])} {rng.choice(inputs['odd_nouns'])}"
        name = noun if rng.random() < 0.5 else f"{code} {noun}"
        categories = ("Hardware", "Spare parts", "Other", "")
    return Family("generic", (name,), categories, plural, (), {}, {})


def _product(rng: random.Random, family: Family, taxonomy: Taxonomy) -> tuple[Product, list[Said]]:
    """A made-up product of `family` and its facts with their wordings, in the order of the prompt."""
    known = [a for a in dict.fromkeys(family.facts) if a in attributes().all]
    wanted = rng.choices(range(10), (3, 6, 12, 17, 18, 15, 12, 8, 5, 4))[0]
    facts = [_known_fact(rng, a) for a in rng.sample(known, min(wanted, len(known)))]
    if family.id == "generic" or rng.random() < 0.3:
        extra = rng.randint(1, 4) if family.id == "generic" else rng.randint(1, 2)
        facts += [_unknown_fact(rng, taxonomy) for _ in range(extra)]
        if family.id == "generic" and rng.random() < 0.6:
            facts += [_known_fact(rng, a) for a in rng.sample(sorted(attributes().all), rng.randint(1, 3))]
    if rng.random() < 0.15:
        facts += [_known_fact(rng, a) for a in rng.sample(DEAL, rng.randint(1, len(DEAL)))]
    if rng.random() < 0.3:
        facts.append(_yes_no_fact(rng, taxonomy))
    facts = list({fact.name.casefold(): fact for fact in facts}.values())
    rng.shuffle(facts)
    facts = [Fact(_as_typed(rng, fact.name), fact.value) for fact in facts]
    notes = rng.sample(_inputs()["notes"], rng.choices((0, 1, 2), (84, 13, 3))[0])
    told = [*facts, *(Fact(NOTE, note) for note in notes)]
    said = [_said(fact, number) for number, fact in enumerate(told, start=1)]
    product = Product(
        name=_as_typed(rng, rng.choice(family.names), typo=0.05),
        brand=_brand(rng) if rng.random() < 0.68 else "",
        category=rng.choice(family.categories) if rng.random() < 0.75 else "",
        price=_price(rng) if rng.random() < 0.7 else None,
        facts=tuple(facts),
        notes=" ".join(note if note.endswith(".") else note + "." for note in notes),
    )
    return product, said


def _said(fact: Fact, number: int) -> Said:
    wording = attributes().wording(attributes().kind_of(fact.name, fact.value))
    if is_label(fact.name):
        kept = (tuple(p for p in getattr(wording, place) if not _AS_NOUN.search(p)) for place in PLACES)
        wording = Wording(*kept)
    return Said(fact, wording, number)


def _known_fact(rng: random.Random, attribute_id: str) -> Fact:
    attribute = attributes().all[attribute_id]
    way = rng.choice(attribute.ways)
    return Fact(rng.choice(attribute.names), choose_number(rng, rng.choice(way.values)))


def _unknown_fact(rng: random.Random, taxonomy: Taxonomy) -> Fact:
    """A fact of a kind that no wording is written for: the draft says its name slot."""
    inputs = _inputs()
    if taxonomy.attributes and rng.random() < 0.45:
        name, values = rng.choice(taxonomy.attributes)
        picked = rng.sample(values, min(len(values), rng.choices((1, 2, 3), (80, 14, 6))[0]))
        return Fact(name, ", ".join(picked))
    name = rng.choice(inputs["odd_facts"])
    if rng.random() < 0.75:
        number = rng.choice(
            (
                str(rng.randint(1, 990)),
                f"{rng.uniform(0.1, 99):.1f}",
                f"{rng.randint(1, 40)}-{rng.randint(41, 90)}",
            )
        )
        value = f"{number}{rng.choice(('', ' ', ' '))}{rng.choice(inputs['odd_units'])}"
        return Fact(name, value)
    code = "".join(rng.choices("ABCDEFGHKLMNPRSTXZ", k=rng.randint(1, 3))) + str(rng.randint(1, 999))
    return Fact(name, code)


def _yes_no_fact(rng: random.Random, taxonomy: Taxonomy) -> Fact:
    """Of a part, of what it can do, of what it is, or of something that nobody wrote words for."""
    inputs = _inputs()
    strange = [name for name, _ in taxonomy.attributes] or inputs["odd_facts"]
    names = (
        *(attributes().all[kind].names for kind in ("part", "parts", "ability")),
        inputs["yes_adjectives"],
        strange,
    )
    name = rng.choice(rng.choices(names, (30, 14, 12, 28, 16))[0])
    return Fact(name, rng.choice(inputs["no_values" if rng.random() < 0.16 else "yes_values"]))


def _as_typed(rng: random.Random, text: str, *, typo: float = 0.02) -> str:
    if rng.random() < typo:
        text = misspell(rng, text)
    style = rng.choices(("as is", "title", "upper", "sentence"), (62, 20, 6, 12))[0]
    if style == "title":
        return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    if style == "sentence":
        return text[:1].upper() + text[1:]
    return text.upper() if style == "upper" else text


def _brand(rng: random.Random) -> str:
    inputs = _inputs()
    brand = rng.choice(inputs["brand_starts"]) + rng.choice(inputs["brand_ends"])
    if rng.random() < 0.2:
        brand += " " + rng.choice(inputs["brand_second"])
    return brand.upper() if rng.random() < 0.08 else brand


def _price(rng: random.Random) -> Money:
    currency = CURRENCIES[rng.choice(sorted(CURRENCIES))]
    amount = round(10 ** rng.uniform(0.6, 5.2)) * 10**currency.digits
    return Money(amount, currency.code)


# -- the listing ---------------------------------------------------------------------------------------------------


class Writer:
    """Writes the three fields of one listing; every fact is said at least once over all of them."""

    def __init__(
        self,
        rng: random.Random,
        product: Product,
        family: Family,
        said: Sequence[Said],
        tone: str,
        ideas: Mapping[str, list[str]],
    ) -> None:
        self.rng = rng
        self.product = product
        self.family = family
        self.tone = tone
        self.ideas = ideas
        facts = " ".join(f"{s.fact.name} {s.fact.value}" for s in said)
        own = words(f"{product.name} {product.category} {facts}")
        self.own_words = own - lexicon().words_in(*ALWAYS_BANNED)
        self.said = [self._sayable(s) for s in said]

    def title(self) -> str:
        pattern = self.rng.choice(_frames()["title"]["branded" if self.product.brand else "plain"])
        adjectives = [(s, t) for s in self.said for t in s.wording.title if t.startswith("@")]
        self.rng.shuffle(adjectives)
        if "{a}" in pattern:
            if adjectives:
                chosen, form = adjectives[0]
                pattern = pattern.replace("{a}", chosen.fill(form[1:]))
            else:
                pattern = pattern.replace("{a} ", "")
        used = 1 if "{a}" in pattern else 0
        free = [s for s in self.said if not s.times and [t for t in s.wording.title if not t.startswith("@")]]
        self.rng.shuffle(free)
        for place in ("{t1}", "{t2}", "{t3}"):
            if place not in pattern:
                continue
            if len(free) > used:
                fact = free[used]
                used += 1
                form = self.rng.choice([t for t in fact.wording.title if not t.startswith("@")])
                pattern = pattern.replace(place, fact.fill(form))
            else:
                pattern = re.sub(rf"\s*[,–|]?\s*{re.escape(place)}", "", pattern)
        pattern = pattern.replace("{tail}", "".join(self.ideas["tail"])).strip(" ,–|")
        return self._roles(pattern)

    def bullets(self) -> list[str]:
        """Three to seven; a fact each, then perhaps one or two about use."""
        facts = [s for s in self.said if s.wording.b]
        self.rng.shuffle(facts)
        facts.sort(key=lambda s: bool(s.times) and self.rng.random() < 0.5)
        most = self.rng.choices((3, 4, 5, 6, 7), (6, 16, 32, 26, 20))[0]
        chosen = facts[:most]
        if self.rng.random() < 0.5:
            chosen.sort(key=lambda s: s.number)
        lines = [s.fill(self.rng.choice(s.wording.b)) for s in chosen]
        room = max(0, min(2, most - len(lines)))
        points = self.ideas["point"]
        if not points:
            points = self.rng.sample(_frames()["generic"]["bullets"], 2)
            room = 0
        want = self.rng.choices((0, 1, 2), (25, 50, 25))[0]
        count = max(want if room else int(want > 0 and self.rng.random() < 0.25), 2 - len(lines))
        lines += points[: max(count, 0)]
        return [self.line(line) for line in lines]

    def description(self) -> str:
        rng = self.rng
        generic = _frames()["generic"]
        sentences: list[str] = []
        generic_kind = not any(self.ideas.values())
        openings = [f"{slot}." for slot in self.ideas["opening"]]
        if not openings:
            written = generic["openers_plural" if self.family.plural else "openers"]
            openings = rng.sample([o for o in written if "{b}" not in o or self.product.brand], 1)
        if rng.random() < (0.5 if generic_kind else 0.88):
            sentences.append(openings[0])
        uses = [f"{slot}." for slot in self.ideas["use"]] or rng.sample(generic["uses"], 2)
        tones = [f"{slot}." for slot in self.ideas["tone"]] or list(generic.get(self.tone, ()))
        told = self._fact_sentences(self._told(rng.choices((2, 3, 4, 5, 6, 8), (5, 16, 27, 26, 17, 9))[0]))
        extra = uses[: rng.choices((0, 1, 2, 3), (62, 38, 0, 0) if generic_kind else (8, 50, 34, 8))[0]]
        if not told and len(extra) < 2:
            extra = uses[:2]
        middle = self._interleave(told, extra)
        sentences += middle
        if tones and self.tone != "plain" and rng.random() < (0.4 if generic_kind else 0.85):
            sentences.append(rng.choice(tones))
        closers = _frames()["closers"]
        if self.product.price is not None and rng.random() < 0.12:
            sentences.append(rng.choice(closers["price"]))
        if rng.random() < 0.4:
            sentences.append(rng.choice(closers[self.tone]))
        return " ".join(self.line(s) for s in sentences)

    def closing(self, tone: str) -> str:
        """A last sentence in `tone` that holds for any product."""
        return self.line(self.rng.choice(_frames()["closers"][tone]))

    def line(self, pattern: str) -> str:
        """`pattern` with the slots of the product and its number."""
        return self._grammar(self._roles(pattern))

    def _told(self, most: int) -> list[Said]:
        """What the description says: all that no other field said, and of the rest up to `most` in all."""
        unsaid = [s for s in self.said if not s.times]
        again = [s for s in self.said if s.times and s.wording.s]
        self.rng.shuffle(again)
        facts = unsaid + again[: max(0, most - len(unsaid))]
        self.rng.shuffle(facts)
        return facts

    def _interleave(self, told: list[str], extra: list[str]) -> list[str]:
        if self.rng.random() < 0.5:  # first what it is for, then the facts
            return extra[:1] + told + extra[1:]
        cut = self.rng.randint(0, len(told))
        return told[:cut] + extra + told[cut:]

    def _fact_sentences(self, facts: list[Said]) -> list[str]:
        """One to three facts a sentence, joined only by patterns that fit all of them."""
        joins = _frames()["joins"]
        sentences = []
        waiting = list(facts)
        while waiting:
            first = waiting.pop(0)
            form = self.rng.choices(("s", "vp", "np"), (24, 52, 24))[0]
            options = getattr(first.wording, form)
            if not options:
                options = first.wording.s
                sentences.append(first.fill(self.rng.choice(options)))
                continue
            if form == "s":
                sentences.append(first.fill(self.rng.choice(options)))
                continue
            group = [first]
            size = self.rng.choices((1, 2, 3), (28, 48, 24))[0]
            for other in list(waiting):
                if len(group) < size and getattr(other.wording, form):
                    group.append(other)
                    waiting.remove(other)
            patterns = [p for p in joins[f"{form}{len(group)}"] if "{b}" not in p or self.product.brand]
            sentence = self.rng.choice(patterns)
            for i, fact in enumerate(group, start=1):
                sentence = sentence.replace(
                    f"{{{form}{i}}}", fact.fill(self.rng.choice(getattr(fact.wording, form)))
                )
            sentences.append(sentence)
        return sentences

    def _allowed(self, text: str) -> bool:
        return stated_words(text) <= self.own_words

    def _sayable(self, said: Said) -> Said:
        """`said` with only the wordings that state nothing more than the seller did, or else its name as a label."""
        wording = Wording(*(tuple(p for p in getattr(said.wording, f) if self._allowed(p)) for f in PLACES))
        wording = replace(wording, s=wording.s or ("{k}: {v}.",), b=wording.b or ("{k}: {v}",))
        return Said(said.fact, wording, said.number)

    def _roles(self, text: str) -> str:
        text = text.replace("{p}", token("product")).replace("{price}", token("price"))
        return text.replace("{b}", token("brand"))

    def _grammar(self, text: str) -> str:
        return one_or_many(text, many=self.family.plural)
