"""Token healing: to go on from the middle of a word.

A prompt that ends in half a word ends in tokens that training never cut words into, and the model goes on badly from
them. So the half word is taken off the prompt, and what is written has to spell it first (S. Lundberg, "The Art of
Prompt Design: Prompt Boundaries and Token Healing", 2023).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .contract import Constraint, ConstraintState, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Healing:
    """Implements contract.Constraint: `inner`'s rules, and the text begins with `typed`.

    Args:
        vocabulary: the model's.
        inner: what may be written at all; it decides over each token that `typed` is spelled with, too.
        typed: half a word with the space before it (" ligh"), or "" for no healing.
        shown: the texts that special tokens stand for. One may be written in place of plain letters where its text
            begins with what is left to be spelled; capitals of ASCII letters don't matter then.
    """

    def __init__(
        self, vocabulary: Vocabulary, inner: Constraint, typed: str, shown: Mapping[str, str]
    ) -> None:
        self.vocabulary = vocabulary
        self.inner = inner
        self.typed = typed.encode("utf-8", "replace")
        self.shown = {
            vocabulary.id_of(text): value.encode("utf-8", "replace").lower() for text, value in shown.items()
        }
        if vocabulary not in _indexes:
            _indexes[vocabulary] = _Pieces(vocabulary)
        self._index = _indexes[vocabulary]

    def start(self, variant: int) -> HealingState:
        return HealingState(self, self.inner.start(variant))

    def spells(self, token_id: int, rest: bytes) -> bool:
        """Whether the token writes the beginning of `rest`, or all of it and more."""
        if token_id in self.vocabulary.special:
            return token_id in self.shown and self.shown[token_id].startswith(rest.lower())
        piece = self.vocabulary.pieces[token_id]
        return bool(piece) and (piece.startswith(rest) or rest.startswith(piece))

    def fitting(self, rest: bytes) -> list[int]:
        """The tokens to begin `rest` with. Words have their space in their first token, so a space by itself is only
        for a slot that may follow it, and for words that can't be written otherwise."""
        slots = [token_id for token_id in self.shown if self.spells(token_id, rest)]
        found = [*slots, *self._index.beginning(rest)]
        if len(rest) > 1 and not any(self.spells(slot, rest[1:]) for slot in self.shown):
            return [token_id for token_id in found if self.vocabulary.pieces[token_id] != b" "] or found
        return found


class _Pieces:
    """A vocabulary's plain tokens in the order of their bytes, so that those with one beginning lie together."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        pieces = enumerate(vocabulary.pieces)
        plain = sorted((piece, i) for i, piece in pieces if piece and i not in vocabulary.special)
        self._pieces = [piece for piece, _ in plain]
        self._ids = [i for _, i in plain]

    def beginning(self, rest: bytes) -> Iterator[int]:
        """The tokens that are a beginning of `rest` or begin with it."""
        for length in range(1, len(rest)):
            at = bisect_left(self._pieces, rest[:length])
            while at < len(self._pieces) and self._pieces[at] == rest[:length]:
                yield self._ids[at]
                at += 1
        at = bisect_left(self._pieces, rest)
        while at < len(self._pieces) and self._pieces[at].startswith(rest):
            yield self._ids[at]
            at += 1


_indexes: WeakKeyDictionary[Vocabulary, _Pieces] = WeakKeyDictionary()


class HealingState:
    """Implements contract.ConstraintState: what is left to be spelled."""

    def __init__(self, rules: Healing, inner: ConstraintState) -> None:
        self._rules = rules
        self._inner = inner
        self._rest = rules.typed

    @property
    def fields(self) -> frozenset[int]:
        return self._inner.fields

    def bias(self) -> npt.NDArray[np.float32]:
        import numpy as np

        bias = self._inner.bias()
        if not self._rest:
            return bias
        healed = np.full_like(bias, -np.inf)
        spelling = self._rules.fitting(self._rest)
        healed[spelling] = bias[spelling]
        return healed

    def allows(self, token_id: int) -> bool:
        fits = not self._rest or self._rules.spells(token_id, self._rest)
        return fits and self._inner.allows(token_id)

    def admit(self, token_id: int) -> bool:
        return self._inner.admit(token_id)

    def accept(self, token_id: int) -> int:
        if token_id in self._rules.vocabulary.special:
            self._rest = b""
        else:
            self._rest = self._rest[len(self._rules.vocabulary.pieces[token_id]) :]
        return self._inner.accept(token_id)

    def finish(self) -> int:
        return self._inner.finish()
