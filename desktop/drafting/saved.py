"""Saved replies: the seller's own texts with places such as {product} and {price} to be filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .results import OpenSlot

# A name begins with a letter; after it anything goes, as \w leaves out the vowel signs of Hindi and Thai.
_PLACE = re.compile(r"\{\s*([^\W\d_][^{}\n]{0,39}?)\s*\}")
_OPEN = re.compile(r"\[([^\W\d_][^\[\]\n]{0,39})\]")


def fill(text: str, values: Mapping[str, str]) -> tuple[str, tuple[OpenSlot, ...]]:
    """Put `values` (by name, such as "price") into `text`: `{price}` → "KSh 2,450".

    A place whose value is missing or empty becomes "[price]" and is returned as an OpenSlot; so are places in
    square brackets that the text had already. Names are compared without case, "_" and " " alike.
    """
    known = {_key(name): value.strip() for name, value in values.items()}

    def shown(match: re.Match[str]) -> str:
        return known.get(_key(match[1]), "") or f"[{_label(match[1])}]"

    filled = _PLACE.sub(shown, text)
    return filled, open_slots(filled)


def open_slots(text: str) -> tuple[OpenSlot, ...]:
    """The places in `text` that are still to be filled: "[delivery time]"."""
    return tuple(OpenSlot(match.start(), match.end(), match[1]) for match in _OPEN.finditer(text))


def fill_open(text: str, values: Mapping[str, str]) -> str:
    """`text` with the value of each label in its "[label]"; places without a value stay open."""
    return _OPEN.sub(lambda match: values.get(match[1], "").strip() or match[0], text)


def _key(name: str) -> str:
    return _label(name).casefold()


def _label(name: str) -> str:
    return " ".join(name.replace("_", " ").split())
