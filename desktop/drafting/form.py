"""What the form that a text is for takes: lengths, words and signs; and where a text that is too long may end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_BULLETS = 8

#: Words and marks that a line can't end in: what they lead to is missing.
_LOOSE_END = re.compile(
    r"(?:[\s,;:–—&/+(\[-]|(?<![^\W_])(?:an?|and|as|at|but|by|for|from|in|is|of|on|or|per|that|the|to|with|your))+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a marketplace.

    `limits` are the most characters of "title", "bullet" (each), "bullets" (all, a line each) and "description", as far
    as they have a limit. `banned_words` are casefolded words and phrases with spaces; `banned_symbols` goes by field:
    "title", "bullet", "description".
    """

    limits: Mapping[str, int] = field(default_factory=dict)
    most_bullets: int = MOST_BULLETS
    banned_words: frozenset[str] = frozenset()
    banned_symbols: Mapping[str, str] = field(default_factory=dict)


def without_loose_end(text: str) -> str:
    """ "Solar lantern, 12 hours with the" → "Solar lantern, 12 hours"; a bracket that was not closed goes, too."""
    opened = max(text.rfind("("), text.rfind("["))
    if opened > max(text.rfind(")"), text.rfind("]")):
        text = text[:opened]
    return _LOOSE_END.sub("", text)


def clipped(text: str, most: int) -> str:
    """The words of `text` that fit into `most` characters, without a loose end; a single longer word is cut."""
    if len(text) <= most:
        return text
    words, _, _ = text[: most + 1].rpartition(" ")
    return without_loose_end(words) or text[:most]
