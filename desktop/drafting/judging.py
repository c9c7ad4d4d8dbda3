"""From what was written to a judged listing: rendered, without the sentences that make no sense, checked, scored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from desktop.engine.contract import Completion
from desktop.shop.records import Product

from .attributes import NO_ATTRIBUTES, Attributes, name_key
from .english import is_many
from .form import Form, clipped
from .grounding import Grounds, check_text, read_facts
from .lexicon import Lexicon
from .listing_prompt import facts_text
from .prompt import Prompt, token
from .ranking import Measured, score
from .render import TRUE_VALUES, Rendered, Style, clean_value, render
from .results import ListingVariant
from .sections import Sections, parse, slots_in, split_sentences
from .sense import Sense

FIELDS = ("title", "bullets", "description")
SECTION_OF = {"title": "title", "bullets": "bullet", "description": "description"}
_TITLE_PARTS = re.compile(r"(?=, | – )")
_STYLES: Mapping[str, Style] = {"title": "title", "bullets": "line", "description": "sentence"}


@dataclass(frozen=True, slots=True)
class Candidate:
    variant: ListingVariant
    text: str


@dataclass
class ListingTask:
    """One call of `ListingDrafter.draft`: what is asked and what candidates are judged by."""

    product: Product
    prompt: Prompt
    only: str | None
    form: Form
    lexicon: Lexicon
    sense: Sense
    attributes: Attributes = NO_ATTRIBUTES
    #: For each candidate in turn the sentences that its idea slots stand for; the model chose only their kinds.
    idea_sets: Sequence[Sequence[str]] = ()
    grounds: Grounds = field(init=False)

    def __post_init__(self) -> None:
        self.grounds = read_facts(facts_text(self.product), self.lexicon)

    @property
    def first(self) -> str:
        return SECTION_OF[self.only or "title"]

    @property
    def wanted(self) -> tuple[str, ...]:
        return (self.only,) if self.only else FIELDS

    def values(self, index: int) -> Mapping[str, str]:
        """What the slots stand for in candidate `index`."""
        if not self.idea_sets:
            return self.prompt.values
        own = self.idea_sets[index % len(self.idea_sets)]
        return {**self.prompt.values, **dict(zip(self.prompt.ideas, own, strict=False))}

    def line(self, name: str, slotted: str, index: int = 0) -> Rendered:
        """A title, a bullet or the description (`name` is one of FIELDS) as it is shown in candidate `index`."""
        values = self.values(index)
        if name == "title":
            values = {**values, **self._clipped_product}
        return render(slotted, values, style=_STYLES[name], lexicon=self.lexicon)

    def room(self, name: str, slotted: str, index: int) -> int:
        """How many characters more the form takes in a title, a bullet or the description, at the least.

        Rendering is slow, so it is done only where what it may make of the text at most would not fit.
        """
        most = self.form.limits[SECTION_OF[name]]
        values = self.values(index)
        longest = len(slotted)
        for slot in slots_in(slotted):
            longest += max(_longest(values.get(s, "")) for s in (slot, slot.replace("<|f", "<|k")))
        return most - longest if longest <= most else most - len(self.line(name, slotted, index).text)

    @cached_property
    def _clipped_product(self) -> Mapping[str, str]:
        """A product's name that leaves no room in the title for its own brand is shown by its first words there."""
        product, brand = (self.prompt.values.get(token(name), "") for name in ("product", "brand"))
        most = self.form.limits.get("title", len(product) + len(brand) + 1)
        return {token("product"): clipped(product, max(most - len(brand) - 1, most // 2))}

    def render(self, sections: Sections, index: int = 0) -> tuple[dict[str, list[Rendered]], int]:
        """Rendered lines by field, and how many were dropped because they name an empty slot or make no sense."""
        sentences = split_sentences(sections.description)
        filled = [s for s in sentences if self._is_sound("description", s)]
        bullets = [b for b in sections.bullets if self._is_sound("bullets", b)]
        whole = self._sound_title(sections.title)
        title = [whole] if whole else []
        rendered = {
            "title": [self.line("title", text, index) for text in title],
            "bullets": self._fitting([self.line("bullets", text, index) for text in bullets]),
            "description": [self.line("description", " ".join(filled), index)] if filled else [],
        }
        wanted = {
            name: [r for r in lines if r.text] if name in self.wanted else []
            for name, lines in rendered.items()
        }
        return wanted, len(sentences) - len(filled) + len(sections.bullets) - len(bullets)

    def _fitting(self, bullets: list[Rendered]) -> list[Rendered]:
        """The first bullets that the form has room for."""
        kept = [bullet for bullet in bullets if bullet.text][: self.form.most_bullets]
        most = self.form.limits.get("bullets")
        while most is not None and sum(len(bullet.text) + 1 for bullet in kept) > most + 1:
            kept.pop()
        return kept

    def _sound_title(self, title: str) -> str:
        """`title` without the parts between its commas and dashes that make no sense; "" if its product is not left."""
        if self._is_sound("title", title):
            return title
        parts = (part for part in _TITLE_PARTS.split(title) if self._is_sound("title", part.strip(" ,–")))
        kept = "".join(parts).strip(" ,–")
        named = token("product") in kept or token("product") not in title
        return kept if named and self._is_sound("title", kept) else ""

    def _is_sound(self, field: str, slotted: str) -> bool:
        filled = all(clean_value(self.prompt.values.get(slot, "")) for slot in slots_in(slotted))
        if field == "title" and self._says_the_name_again(slotted):
            return False
        if not self.prompt.kinds:
            return filled and self.sense.holds(field, slotted, self.prompt)
        fits = self.attributes.holds(field, slotted, self.prompt.kinds, many=self._is_many)
        return filled and fits and self.sense.stands(field, slotted, self.prompt)

    def _says_the_name_again(self, slotted: str) -> bool:
        """True for "Charger 20 W, 20 W" and "Soft Cotton Cotton Shirt": the product's name holds a fact's value, or a
        word of one that stands before it."""
        product = token("product")
        name = name_key(self.prompt.values.get(product, ""))
        for slot in (slot for slot in slots_in(slotted) if slot in self.prompt.kinds):
            value = name_key(self.prompt.values[slot])
            before = f"{slot} {product}" in slotted
            if f" {' '.join(value)} " in f" {' '.join(name)} " or (before and set(value) & set(name)):
                return True
        return False

    @cached_property
    def _is_many(self) -> bool:
        return is_many(self.prompt.values.get(token("product"), ""))

    def judge(self, sections: Sections, logprob: float, index: int = 0) -> Candidate | None:
        """The candidate with its score, or None if nothing of it is left."""
        fields, dropped = self.render(sections, index)
        if not any(fields.values()):
            return None
        said = frozenset().union(*(r.used for lines in fields.values() for r in lines))
        used, missing = self.coverage(said)
        texts = {name: "\n".join(r.text for r in lines) for name, lines in fields.items()}
        flags = tuple(
            f for name, text in texts.items() for f in check_text(name, text, self.grounds, self.lexicon)
        )
        bullets = tuple(r.text for r in fields["bullets"])
        counted = [name for name in used if name != "price"]
        measured = Measured(
            title=texts["title"],
            bullets=bullets,
            description=texts["description"],
            coverage=len(counted) / (len(counted) + len(missing)) if counted or missing else 1.0,
            described=self._described(fields["description"]),
            flags=len(flags),
            said_twice=sum(_said_twice(lines) for lines in fields.values()),
            missing_sections=sum(not fields[name] for name in self._expected)
            + self._is_unnamed(sections.title),
            dropped=dropped,
            logprob=logprob,
        )
        points = score(measured, title_limit=self.form.limits.get("title"))
        variant = ListingVariant(
            texts["title"], bullets, texts["description"], points, tuple(used), tuple(missing), flags
        )
        return Candidate(variant, "\n".join(texts[name] for name in self.wanted))

    def _described(self, lines: Sequence[Rendered]) -> float:
        """A description that gives only moods and advice is of little use, though the bullets say all facts."""
        used, missing = self.coverage(frozenset().union(*(r.used for r in lines)))
        told = [name for name in (*used, *missing) if name not in ("price", "brand")]
        if "description" not in self.wanted or not told:
            return 1.0
        return sum(name not in ("price", "brand") for name in used) / len(told)

    def _is_unnamed(self, title: str) -> bool:
        """A title that has not found room for what the product is called."""
        product = token("product")
        return bool(title) and product in self.prompt.values and product not in title

    @property
    def _expected(self) -> tuple[str, ...]:
        """A product without facts has nothing to put into bullets."""
        return tuple(name for name in self.wanted if name != "bullets" or token("f1") in self.prompt.values)

    def coverage(self, said: frozenset[str]) -> tuple[list[str], list[str]]:
        """Names of the facts said and not said. Price is never missed: many marketplaces want it out of the text."""
        used: list[str] = []
        missing: list[str] = []
        if token("brand") in self.prompt.values:
            (used if token("brand") in said else missing).append("brand")
        if token("price") in said:
            used.append("price")
        facts = [f for f in self.product.facts if clean_value(f.name) and clean_value(f.value)]
        for number, fact in enumerate(facts, start=1):
            by_name = fact.value.strip().casefold() in TRUE_VALUES and token(f"k{number}") in said
            (used if by_name or token(f"f{number}") in said else missing).append(fact.name)
        return used, missing

    @property
    def wanted_slots(self) -> list[str]:
        """The slots of what `coverage` looks for; a yes/no fact is said by its name."""
        facts = {slot: value for slot, value in self.prompt.values.items() if slot.startswith("<|f")}
        own = [slot for slot in facts if slot not in self.prompt.ideas]
        named = (s.replace("<|f", "<|k") if facts[s].casefold() in TRUE_VALUES else s for s in own)
        return [*({token("brand")} & self.prompt.values.keys()), *named]


@lru_cache(maxsize=1024)
def _longest(value: str) -> int:
    """What a slot takes at most beside the length of its token, which stands for the space, the "n" of "an", the
    plural's ending and the marks of direction that may come with a value. Some letters become two as capitals."""
    shown = clean_value(value)
    return len(shown) + 2 if shown.isascii() else 2 * len(shown) + 2


def _said_twice(lines: Sequence[Rendered]) -> int:
    """Values of facts that one field says more than once (the product's name may come back)."""
    spans = [span.slot for line in lines for span in line.spans]
    values = [slot for slot in spans if slot.startswith("<|f")]
    # A yes/no fact is said by its name alone.
    names = [slot for slot in spans if slot.startswith("<|k") and slot.replace("k", "f") not in values]
    return len(values) - len(set(values)) + len(names) - len(set(names))


def judge_all(task: ListingTask, completions: Iterable[Completion]) -> list[Candidate]:
    found = []
    for index, completion in enumerate(completions):
        cut = completion.finish in ("length", "cancelled", "constraint")
        sections = parse(completion.text, first=task.first, truncated=cut)
        candidate = task.judge(sections, completion.logprob, index)
        if candidate is not None:
            found.append(candidate)
    return found
