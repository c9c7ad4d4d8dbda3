"""What was read lately, so that a prompt that begins alike is read only from where it differs.

A second draft of the same product, or one more letter typed, costs a few tokens instead of some hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .graph import Cache, Floats

#: One each for a listing, a reply, a promotion and what is typed just now.
MOST_KEPT = 4
#: Reading so few tokens is as fast as finding them.
_WORTH_KEEPING = 8


@dataclass(frozen=True, slots=True)
class _Kept:
    ids: tuple[int, ...]
    rows: tuple[Floats, ...]


class Prefixes:
    """Caches of the prompts read last, the latest at the end."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []

    def restore(self, ids: Sequence[int], cache: Cache) -> None:
        """Let the empty `cache` begin with what is known of `ids`."""
        best = max(self._kept, key=lambda kept: _shared(kept.ids, ids), default=None)
        if best and (length := _shared(best.ids, ids)) >= _WORTH_KEEPING:
            cache.restore(best.rows, length)
            self._kept.remove(best)
            self._kept.append(best)

    def keep(self, ids: Sequence[int], cache: Cache) -> None:
        """Remember the first row of `cache`, which holds `ids`. What begins it in the same way is let go."""
        if len(ids) >= _WORTH_KEEPING:
            others = [kept for kept in self._kept if _shared(kept.ids, ids) < len(kept.ids)]
            self._kept = [*others, _Kept(tuple(ids), cache.copy_row(len(ids)))][-MOST_KEPT:]


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for count, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return count
    return min(len(one), len(other))
