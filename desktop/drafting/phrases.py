"""Drafts from written phrases, for when no model can be loaded.

A phrase is slotted text, so it takes the same way as a model's: rendered with the seller's own words, checked and
ranked. Variety comes from a seeded choice among the phrases of resources/phrases. Needs neither numpy nor a model.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .attributes import NO_ATTRIBUTES, Attributes, AttributesError, one_or_many
from .english import is_countable, is_label, is_many
from .prompt import NOTE, token
from .render import TRUE_VALUES, clean_value

_SHORT_VALUE = 24
_LONG_VALUE = 90
_MOST_BULLETS = 6
#: Where a name stands as a noun in a phrase.
_AS_NOUN = re.compile(r"\b(?:the|its|an?|of|for) \{k\}", re.IGNORECASE)
_TOP_LEVEL = frozenset({"language", "format"})


class PhrasesError(ValueError):
    """The phrases can't be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class _SlottedFact:
    """A fact of a prompt: its slots and what stands behind them."""

    name_slot: str
    value_slot: str
    name: str
    value: str

    @property
    def is_yes(self) -> bool:
        return self.value.casefold() in TRUE_VALUES

    def fill(self, pattern: str, *, many: bool) -> str:
        """`many`: the product is more than one thing."""
        pattern = one_or_many(pattern, many=many).replace("{is}", "are" if is_many(self.name) else "is")
        return pattern.replace("{k}", self.name_slot).replace("{v}", self.value_slot)


@dataclass(frozen=True)
class Phrases:
    """`tables` maps a language to its tables of phrases by task ("listing", "reply" …); `attributes` are the ways to
    say facts, in English."""

    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attributes: Attributes = NO_ATTRIBUTES

    @classmethod
    def load(cls, directory: Path) -> Phrases:
        """Read every .toml file of `directory`; each names its `language`, and the tables of one language are put
        together. Its folder "attributes" is read too. Raises PhrasesError (unreadable, no language, a table twice, no
        file at all)."""
        tables: dict[str, dict[str, Any]] = {}
        paths = sorted(directory.glob("*.toml"))
        if not paths:
            raise PhrasesError(f"There are no phrases in {directory}. Install the program again.")
        for path in paths:
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise PhrasesError(f"The phrases {path} can't be read: {error}.") from error
            language = data.get("language")
            if not isinstance(language, str):
                raise PhrasesError(f"The phrases {path} don't say their language.")
            tasks = {name: table for name, table in data.items() if name not in _TOP_LEVEL}
            known = tables.setdefault(language, {})
            twice = sorted(tasks.keys() & known.keys())
            if twice:
                raise PhrasesError(f"The phrases {path} hold “{twice[0]}” a second time for “{language}”.")
            known.update(tasks)
        try:
            return cls(tables, Attributes.load(directory / "attributes"))
        except AttributesError as error:
            raise PhrasesError(str(error)) from error

    def table(self, task: str, language: str = "en") -> Mapping[str, Any]:
        """The phrases of a task, in English where `language` has none. Raises PhrasesError if there are none."""
        for candidate in (language, "en"):
            found = self.tables.get(candidate, {}).get(task)
            if found is not None:
                return found  # type: ignore[no-any-return]
        raise PhrasesError(f"There are no phrases for “{task}”. Install the program again.")

    def listing(
        self, values: Mapping[str, str], *, count: int, seed: int, language: str = "en", first: str = "title"
    ) -> list[str]:
        """`count` slotted listings for a prompt's `values`, in the form in which a model completes the prompt:
        the text of section `first` ("title", "bullet", "description"), then the sections that follow it."""
        rng = random.Random(seed)
        writer = _ListingWriter(self.table("listing", language), values, self.attributes)
        return [writer.write(rng, first) for _ in range(count)]


class _ListingWriter:
    def __init__(self, table: Mapping[str, Any], values: Mapping[str, str], attributes: Attributes) -> None:
        self._table = table
        self._attributes = attributes
        self._branded = token("brand") in values
        self._facts = _facts_of(values)
        self._product = clean_value(values.get(token("product"), ""))

    def write(self, rng: random.Random, first: str) -> str:
        parts = {
            "title": self._title(rng),
            "bullet": token("bullet").join(self._bullets(rng)),
            "description": self._description(rng),
        }
        if first == "description":
            return parts["description"]
        body = parts["bullet"] + token("description") + parts["description"]
        if first == "bullet":
            return body
        return parts["title"] + token("bullet") + body if parts["bullet"] else parts["title"] + body

    def _roles(self, pattern: str) -> str:
        if not is_countable(self._product):
            pattern = pattern.replace("a {p}", "{p}")
        return pattern.replace("{p}", token("product")).replace("{b}", token("brand"))

    def _title(self, rng: random.Random) -> str:
        titles = self._table["titles_branded" if self._branded else "titles_plain"]
        short = [f for f in self._facts if len(_shown(f)) <= _SHORT_VALUE and self._titles(f)]
        # The first facts are the ones that the seller thought of first.
        chosen = rng.sample(short[:5], min(rng.choice((1, 2, 2, 3)), len(short[:5])))
        join = rng.choice(self._table["title_joins"])
        extras = ", ".join(f.fill(rng.choice(self._titles(f)), many=self._is_many) for f in chosen)
        return self._roles(rng.choice(titles)) + (join + extras if extras else "")

    def _titles(self, fact: _SlottedFact) -> Sequence[str]:
        """How a title says `fact` after the product's name."""
        found = [p for p in self._attributes.wording(self._kind(fact)).title if not p.startswith("@")]
        return [p for p in found if "{k}" not in p or not is_label(fact.name)]

    def _kind(self, fact: _SlottedFact) -> str:
        return self._attributes.kind_of(fact.name, fact.value)

    @property
    def _is_many(self) -> bool:
        return is_many(self._product)

    def _bullets(self, rng: random.Random) -> list[str]:
        facts = self._facts[:_MOST_BULLETS]
        if rng.random() < 0.4:
            facts = rng.sample(facts, len(facts))
        pairs = ((fact, self._kind(fact) == NOTE) for fact in facts)
        return [f.value_slot if alone else f"{f.name_slot}: {f.value_slot}" for f, alone in pairs]

    def _description(self, rng: random.Random) -> str:
        generic = self._attributes.sentences["generic"]
        openers = generic["openers_plural" if self._is_many else "openers"]
        opening = rng.choice([o for o in openers if self._branded or "{b}" not in o])
        closing = rng.choice(self._attributes.sentences["closers"]["plain"])
        facts = [self._sentence(rng, fact) for fact in self._facts]
        return " ".join([self._roles(opening), *facts, self._roles(one_or_many(closing, many=self._is_many))])

    def _sentence(self, rng: random.Random, fact: _SlottedFact) -> str:
        patterns = self._patterns(fact)
        if is_label(fact.name):
            patterns = [p for p in patterns if not _AS_NOUN.search(p)] or ["{k}: {v}."]
        return fact.fill(rng.choice(patterns), many=self._is_many)

    def _patterns(self, fact: _SlottedFact) -> Sequence[str]:
        kind = self._kind(fact)
        said = self._attributes.wording(kind).s if len(fact.value) <= _LONG_VALUE or kind == NOTE else ()
        return said or ("{k}: {v}.",)


def _facts_of(values: Mapping[str, str]) -> list[_SlottedFact]:
    facts = []
    number = 1
    while (value_slot := token(f"f{number}")) in values:
        name_slot = token(f"k{number}")
        name, value = clean_value(values[name_slot]), clean_value(values[value_slot])
        facts.append(_SlottedFact(name_slot, value_slot, name, value))
        number += 1
    return facts


def _shown(fact: _SlottedFact) -> str:
    return fact.name if fact.is_yes else fact.value
