"""Token healing: to go on from the middle of a word.

A prompt that ends in half a word ends in tokens that training never cut words into, and the model goes on badly from
them. So the half word is taken off the prompt, and what is written has to spell it first (S. Lundberg, "The Art of
Prompt Design: Prompt Boundaries and Token Healing", 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

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
        self.typed = typed.encode()
        self.shown = {vocabulary.id_of(text): value.encode().lower() for text, value in shown.items()}

    def start(self, variant: int) -> HealingState:
        return HealingState(self, self.inner.start(variant))

    def spells(self, token_id: int, rest: bytes) -> bool:
        """Whether the token writes the beginning of `rest`, or all of it and more."""
        if token_id in self.vocabulary.special:
            return token_id in self.shown and self.shown[token_id].startswith(rest.lower())
        piece = self.vocabulary.pieces[token_id]
        return bool(piece) and (piece.startswith(rest) or rest.startswith(piece))

    def fitting(self, token_ids: Iterable[int], rest: bytes) -> list[int]:
        """Those of `token_ids` to begin `rest` with. Words have their space in their first token, so a space by
        itself is only for a slot that may follow it, and for words that can't be written otherwise."""
        found = [token_id for token_id in token_ids if self.spells(token_id, rest)]
        if len(rest) > 1 and not any(self.spells(slot, rest[1:]) for slot in self.shown):
            return [token_id for token_id in found if self.vocabulary.pieces[token_id] != b" "] or found
        return found


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
        spelling = self._rules.fitting(np.flatnonzero(bias > -np.inf).tolist(), self._rest)
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
