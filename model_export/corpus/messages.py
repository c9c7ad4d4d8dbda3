"""Messages as customers write them, from the patterns of phrases/reply/messages.toml."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting.patterns import expand

from .shops import ATTRIBUTES, PLACES, product_name

PHRASES = Path(__file__).parent / "phrases"
_SLOTS = ("product", "place", "attribute", "thing")
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_SHORT = {
    "you": "u", "are": "r", "please": "pls", "your": "ur", "have": "hav", "what": "wat", "because": "coz", "is": "iz",
    "for": "4", "to": "2", "delivery": "delivry", "much": "mch", "available": "availble", "deliver": "delivr",
    "the": "da", "and": "n", "want": "wnt", "order": "oda", "price": "prce", "when": "wen", "where": "wer",
    "this": "dis", "that": "dat", "with": "wit", "can": "cn", "how": "hw", "product": "produt",
    "received": "recieved", "days": "dayz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wordings:
    """`patterns` by intent; `before`, `after` and `joins` go round and between messages."""

    patterns: Mapping[str, Sequence[str]]
    before: Sequence[str]
    after: Sequence[str]
    joins: Sequence[str]
    things: Sequence[str]

    @classmethod
    @cache
    def load(cls, path: Path = PHRASES / "reply" / "messages.toml") -> Wordings:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        around = data["around"]
        return cls(data["messages"], around["before"], around["after"], around["joins"], around["things"])

    def message(self, intent: str, rng: random.Random, values: Mapping[str, str] | None = None) -> str:
        """One message. `values` gives product, place …; what it lacks is drawn. An empty value is never asked for."""
        return rng.choice(self.before) + self.core(intent, rng, values) + rng.choice(self.after)

    def core(self, intent: str, rng: random.Random, values: Mapping[str, str] | None = None) -> str:
        """The message without its greeting."""
        known = dict(values or {})
        available = [name for name in _SLOTS if known.get(name, "?")]
        text = None
        while text is None:
            text = expand(rng.choice(self.patterns[intent]), available, rng)
        drawn: Mapping[str, Callable[[], str]] = {
            "product": lambda: product_name(rng),
            "place": lambda: rng.choice(PLACES),
            "attribute": lambda: rng.choice(ATTRIBUTES),
            "thing": lambda: rng.choice(self.things),
        }
        for name, draw in drawn.items():
            slot = "{" + name + "}"
            while slot in text:  # drawn anew each time, or it would be "lamp or lamp"
                text = text.replace(slot, known.get(name) or draw(), 1)
        return " ".join(text.split())

    def both(
        self, first: str, second: str, rng: random.Random, values: Mapping[str, str] | None = None
    ) -> str:
        """A message with two questions."""
        a, b = self.core(first, rng, values), self.core(second, rng, values)
        join = rng.choice(self.joins)
        if join.startswith(("?", ".")):
            a = a.rstrip("?. ")
        return rng.choice(self.before) + a + join + b + rng.choice(self.after)


def misspell(text: str, rng: random.Random) -> str:
    """`text` with the slips of a thumb: swapped, lost, doubled or neighbouring letters, phone spelling, no capitals."""
    words = text.split(" ")
    for i, word in enumerate(words):
        chance = rng.random()
        if word.casefold() in _SHORT and chance < 0.35:
            words[i] = _SHORT[word.casefold()]
        elif len(word) > 3 and word.isalpha() and chance < 0.18:
            at = rng.randrange(1, len(word) - 1)
            way = rng.randrange(4)
            if way == 0:
                words[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            elif way == 1:
                words[i] = word[:at] + word[at + 1 :]
            elif way == 2:
                words[i] = word[:at] + word[at] + word[at:]
            else:
                near = _NEIGHBOURS.get(word[at].casefold(), word[at])
                words[i] = word[:at] + rng.choice(near) + word[at + 1 :]
    text = " ".join(words)
    style = rng.random()
    if style < 0.3:
        return text.lower()
    return text.upper() if style < 0.36 else text
