"""Open places of a text, "[delivery time]", found again while the seller types."""

from __future__ import annotations

import re
from collections.abc import Mapping

from desktop.drafting.results import OpenSlot

_SLOT = re.compile(r"\[([^\[\]\n]{1,60})\]")


def find_open_slots(text: str) -> tuple[OpenSlot, ...]:
    return tuple(OpenSlot(found.start(), found.end(), found[1].strip()) for found in _SLOT.finditer(text))


def fill_slots(text: str, values: Mapping[str, str]) -> str:
    """`text` with each "[label]" that has a value in its place; the others stay."""
    return _SLOT.sub(lambda found: values.get(found[1].strip()) or found[0], text)
