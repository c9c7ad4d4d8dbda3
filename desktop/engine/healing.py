"""Token healing: to go on from the middle of a word.

A prompt that ends in half a word ends in tokens that training never cut words into, and the model goes on badly from
them. So the half word is taken off the prompt, and what is written has to spell it first (S. Lundberg, "The Art of
Prompt Design: Prompt Boundaries and Token Healing", 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
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
        if piece == b" " and len(rest) > 1:
            # Words have their space in their first token: a space by itself comes before slots only.
            return rest[:1] == b" " and any(self.spells(slot, rest[1:]) for slot in self.shown)
        return bool(piece) and (piece.startswith(rest) or rest.startswith(piece))


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
        spelling = [i for i in np.flatnonzero(bias > -np.inf).tolist() if self._rules.spells(i, self._rest)]
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
