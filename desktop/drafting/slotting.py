"""Words to slots, the way back of `render.py`: a text that the seller wrote, as the model reads and writes it.

The model never copies a fact letter by letter, so where it goes on from a seller's text (completion) or rewrites it,
the values of facts found there become their slot tokens first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .english import plural
from .render import FALSE_VALUES, TRUE_VALUES

#: A name such as "use" or "size" is a word of any sentence; it stands for the fact only where it labels a value.
_LABEL_BEFORE = r"(?<=\bthe )|(?<=\bits )|(?<=\btheir )"
_LABEL_AFTER = r"(?=\s*:|\s+(?:is|are|of)\b)"


@dataclass(frozen=True, slots=True)
class Place:
    """One value found: `start`/`end` count characters of the slotted text (a plural's "s" included), `written` is
    what stood there."""

    slot: str
    start: int
    end: int
    written: str


@dataclass(frozen=True, slots=True)
class Slotted:
    text: str
    places: tuple[Place, ...]


def to_slots(text: str, values: Mapping[str, str]) -> Slotted:
    """`text` with the `values` (by slot token, as in `Prompt.values`) that it says put behind their tokens.

    Longer values go first; only whole words count, in any capitals (those of one or two letters as they are), with
    any spaces ("12hours" is "12 hours"). Several of a product are its token with an "s", as `render` reads it. A yes
    or no is said by the name of its fact; other names become slots only where they label something ("The run time
    is"). What looks like a special token in `text` loses its look. Everything else stays letter for letter.
    """
    text = text.replace("<|", "< |")
    table = sorted(_wanted(values), key=lambda row: -len(row[0]))
    if not table:
        return Slotted(text, ())
    pattern = re.compile("|".join(f"({regex})" for _, regex, _, _ in table), re.IGNORECASE)
    parts: list[str] = []
    places: list[Place] = []
    at = length = 0
    for match in pattern.finditer(text):
        slot, ending = table[(match.lastindex or 1) - 1][2:]
        start = length + match.start() - at
        parts += [text[at : match.start()], slot, ending]
        at, length = match.end(), start + len(slot) + len(ending)
        places.append(Place(slot, start, length, match.group()))
    return Slotted("".join(parts) + text[at:], tuple(places))


def _wanted(values: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """(value, pattern that finds it, its slot, the slot's ending); the first slot of equal values counts."""
    seen: set[str] = set()
    for slot, value in values.items():
        shown = " ".join(value.split())
        if not shown or shown.casefold() in TRUE_VALUES | FALSE_VALUES | seen:
            continue
        seen.add(shown.casefold())
        found = _whole(shown)
        if slot.startswith("<|k"):
            said = values.get(slot.replace("<|k", "<|f"), "").strip().casefold()
            if said not in TRUE_VALUES:
                found = f"(?:{_LABEL_BEFORE}){found}|{found}{_LABEL_AFTER}"
        yield shown, found, slot, ""
        many = plural(shown)
        if slot.startswith("<|product") and many.casefold() not in seen:
            seen.add(many.casefold())
            yield many, _whole(many), slot, "s"


def _whole(value: str) -> str:
    """A pattern without groups for `value` as whole words; a number is not part of a longer one."""
    words = value.split(" ")
    regex = re.escape(words[0])
    for left, right in pairwise(words):
        glued = left[-1].isdigit() != right[0].isdigit()
        regex += (r"\s*" if glued else r"\s+") + re.escape(right)
    if len(value) < 3 and value.isalpha():
        regex = f"(?-i:{regex})"
    before = r"(?<!\w)(?<!\d[.,])" if value[0].isalnum() else ""
    after = r"(?!\w)(?![.,]\d)" if value[-1].isdigit() else r"(?!\w)" if value[-1].isalnum() else ""
    return before + regex + after
