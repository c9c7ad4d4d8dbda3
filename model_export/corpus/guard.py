"""The rules of the decoder's mask as a filter on training text: what the mask forbids must never be taught."""

from __future__ import annotations

import re
from collections.abc import Collection

from .phrases import stated

_TOKEN = re.compile(r"<\|[a-z_]+\d*\|>")


def allowed(slotted: str, slots: Collection[str]) -> bool:
    """True if `slotted` names only `slots` and holds, outside them, no digit, sign or word that states a fact."""
    return not faults(slotted, slots)


def faults(slotted: str, slots: Collection[str] | None) -> list[str]:
    """What the mask would not let through; `slots` None: any slot will do."""
    found = [slot for slot in _TOKEN.findall(slotted) if slots is not None and slot not in slots]
    rest = _TOKEN.sub(" ", slotted)
    return found + stated(rest) + [char for char in "{}[]|" if char in rest]
