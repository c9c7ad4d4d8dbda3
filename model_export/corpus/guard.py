"""The rules of the decoder's mask as a filter on training text: what the mask forbids must never be taught."""

from __future__ import annotations

import re
from collections.abc import Collection

from desktop.drafting.lexicon import fold, is_fact_char, words_of

from .phrases import lexicon

_TOKEN = re.compile(r"<\|[a-z_]+\d*\|>")


def allowed(slotted: str, slots: Collection[str]) -> bool:
    """True if `slotted` names only `slots` and holds, outside them, no digit, sign or word that states a fact."""
    return not faults(slotted, slots)


def faults(slotted: str, slots: Collection[str] | None) -> list[str]:
    """What the mask would not let through; `slots` None: any slot will do."""
    found = [slot for slot in _TOKEN.findall(slotted) if slots is not None and slot not in slots]
    rest = _TOKEN.sub(" ", slotted)
    found += [char for char in rest if is_fact_char(char)]
    found += [char for char in "{}[]|" if char in rest]
    found += [word.text for word in words_of(rest) if fold(word.text) in lexicon().banned_words]
    return found
