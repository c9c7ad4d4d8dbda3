"""What may be said of every product of a kind: sentences that people wrote, chosen by the product's name.

A small model writes word salad where it must be original, and copies well. So the sentences on what a thing is for
are not the model's: they reach it as slots ("ideas") beside the facts, and it decides which to say and where. They hold
for every product of their kind, name no fact, and are checked like everything else.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from .english import stem
from .lexicon import Lexicon, fold, folded_words
from .prompt import token
from .render import render

#: How many of each kind are offered to the model, in this order.
OFFERED = {"opening": 2, "use": 3, "point": 2, "tail": 1, "tone": 1}
_STYLES: Mapping[str, Literal["title", "line"]] = {"tail": "title", "point": "line"}
#: "set of 6 cups" is cups.
_HOW_MANY = re.compile(
    r"(?:[\w-]+ ){0,2}(?:set|pack|packet|bag|sack|box|tray|carton|crate|bundle|bale|roll|tin|jar|bottle|dozen|pair"
    r"|piece|pcs)s?"
    r" of (?=.*[^\W\d]{3})",
    re.IGNORECASE,
)
_AFTER_THE_THING = re.compile(
    r"\s+(?:with|for|in|by|from|of|and|size|set of|pack of)\b|[,(/|–]| - ", re.IGNORECASE
)
#: "9 W", "4-way", "13A": what a name says of size or kind in figures.
_MEASURE = re.compile(r"[\w.,/]*\d[\w.,/]*(?:[ -]\w{1,3}\b)?")


class FamiliesError(ValueError):
    """The phrases of a kind can't be used; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of product. Patterns hold {p} for the product and {b} for the brand; `facts` are attributes that such
    a product usually has (for training); `plural` is True for names such as "shoes"; `unless` are words that make
    another thing of a name ("cricket" of a motorbike helmet)."""

    id: str
    names: tuple[str, ...]
    categories: tuple[str, ...]
    plural: bool
    facts: tuple[str, ...]
    ideas: Mapping[str, tuple[str, ...]]
    tones: Mapping[str, tuple[str, ...]]
    unless: tuple[str, ...] = ()

    @classmethod
    def from_toml(cls, row: Mapping[str, Any]) -> Family:
        keys = {"opening": "openers", "use": "uses", "point": "bullets", "tail": "title_tails"}
        return cls(
            row["id"],
            tuple(row["names"]),
            tuple(row["categories"]),
            bool(row.get("plural")),
            tuple(row["facts"]),
            {name: tuple(row[key]) for name, key in keys.items()},
            {tone: tuple(row[tone]) for tone in ("friendly", "premium", "urgent")},
            tuple(row.get("unless", ())),
        )

    def patterns(self, name: str, tone: str) -> tuple[str, ...]:
        return self.tones.get(tone, ()) if name == "tone" else self.ideas[name]


@dataclass(frozen=True)
class Families:
    all: Sequence[Family]

    @classmethod
    def load(cls, folder: Path) -> Families:
        """Read every .toml of `folder`. Raises FamiliesError."""
        found = []
        for path in sorted(folder.glob("*.toml")):
            try:
                found += [Family.from_toml(row) for row in tomllib.loads(path.read_text("utf-8"))["family"]]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise FamiliesError(f"{path} can't be read: {error}.") from error
        return cls(tuple(found))

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, ...], Family]:
        """Names as they are written come before names whose stems are the same: "panties" are no "pants"."""
        table: dict[tuple[str, ...], Family] = {}
        for key in (_words, _stems):
            for family in self.all:
                for name in family.names:
                    table.setdefault(key(name), family)
        return table

    def find(self, name: str) -> Family | None:
        """The kind that the last words of `name` say: "red solar lantern with hook" → lantern. None if unsure."""
        name = name[m.end() :] if (m := _HOW_MANY.match(name)) else name
        thing = _AFTER_THE_THING.split(name, maxsplit=1)[0] or name
        bare = _MEASURE.sub(" ", thing)
        words, stems = _words(bare), _stems(bare)
        ends = (end for i in range(len(words)) for end in (words[i:], stems[i:]))
        found = next((f for end in ends if (f := self._by_name.get(end))), None)
        said = {form for word in _words(name) for form in (word, word.removesuffix("s"))}
        return None if found and said & set(map(fold, found.unless)) else found


def _words(name: str) -> tuple[str, ...]:
    return tuple(folded_words(name))


def _stems(name: str) -> tuple[str, ...]:
    return tuple(map(stem, _words(name)))


def choose(
    family: Family, tone: str, rng: random.Random, *, branded: bool, counts: Mapping[str, int] = OFFERED
) -> list[tuple[str, str]]:
    """Pairs of (kind of idea, pattern), as many of each kind as `counts` says; {b} only where there is a brand."""
    chosen = []
    for name, count in counts.items():
        patterns = [p for p in family.patterns(name, tone) if branded or "{b}" not in p]
        chosen += [(name, pattern) for pattern in rng.sample(patterns, min(count, len(patterns)))]
    return chosen


def offer(
    family: Family, values: Mapping[str, str], tone: str, rng: random.Random, lexicon: Lexicon
) -> list[tuple[str, str]]:
    """Pairs of (kind of idea, text) for a product whose slots are `values`; no final full stop, as with notes."""
    found = []
    for name, pattern in choose(family, tone, rng, branded=token("brand") in values):
        slotted = pattern.replace("{p}", token("product")).replace("{b}", token("brand"))
        text = render(slotted, values, style=_STYLES.get(name, "sentence"), lexicon=lexicon).text
        # A title ends with its tail, so the tail's own first word is not the title's.
        found.append((name, text[:1].lower() + text[1:] if name == "tail" else text.removesuffix(".")))
    return found
