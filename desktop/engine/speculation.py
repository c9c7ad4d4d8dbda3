"""Guess the next tokens, so that one run of the model reads several of them.

Two sources: what the text says again (a rewritten draft repeats most of its input), and phrases that this model often
says, counted when it was exported. A guess is checked by the model itself: a wrong one costs a little time, never the
text (see decoder.py). Reading n tokens at once takes longer than one, so guesses grow while they are right and shrink
when they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

#: The last 2, 3 or 4 tokens → the one that the model nearly always says after them.
Phrases = Mapping[tuple[int, ...], int]

_PHRASE_SIZES = (4, 3, 2)
#: So many tokens as before, and what followed them is expected again: before the phrases are asked, and after.
_SURE, _PERHAPS = 5, 3
_MOST = 8
_LEAST = 2


class Guesser:
    """One text while it grows: what it says so far, and how good the guesses were."""

    def __init__(self, prompt: Sequence[int], phrases: Phrases) -> None:
        self._phrases = phrases
        self._ids: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self._length = _LEAST
        self._guessed: list[int] = []
        self._append(prompt)

    def wrote(self, ids: Sequence[int]) -> None:
        """`ids` were appended: the right part of the last guess and the token after it."""
        if self._guessed:
            right = len(ids) - 1
            self._length = min(2 * self._length, _MOST) if right == len(self._guessed) else max(right, _LEAST)
        self._append(ids)

    def guess(self, most: int) -> list[int]:
        """Up to `most` tokens that may come next; none where nothing speaks for any."""
        found = self._repeated(_SURE) or self._usual() or self._repeated(_PERHAPS)
        self._guessed = found[: max(0, min(most, self._length))]
        return self._guessed

    def _repeated(self, size: int) -> list[int]:
        place = self._after.get(tuple(self._ids[-size:]))
        return self._ids[place : place + _MOST] if place is not None else []

    def _usual(self) -> list[int]:
        said = self._ids[-_PHRASE_SIZES[0] :]
        for _ in range(_MOST):
            keys = (tuple(said[-size:]) for size in _PHRASE_SIZES)
            following = next((self._phrases[key] for key in keys if key in self._phrases), None)
            if following is None:
                break
            said.append(following)
        return said[len(self._ids[-_PHRASE_SIZES[0] :]) :]

    def _append(self, ids: Iterable[int]) -> None:
        """Remember what came before each token; the last token's own turn comes with the next."""
        for token_id in ids:
            for size in (_SURE, _PERHAPS):
                if len(self._ids) >= size:
                    self._after[tuple(self._ids[-size:])] = len(self._ids)
            self._ids.append(token_id)
