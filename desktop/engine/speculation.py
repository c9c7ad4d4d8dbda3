"""Guess the next tokens, so that one run of the model reads several of them.

Two sources: what the text says again (a rewritten draft repeats most of its input), and phrases that this model often
says, counted when it was exported. A guess is checked by the model itself: a wrong one costs a little time, never the
text (see decoder.py). Reading n tokens at once takes longer than one, so guesses grow while they are right and shrink
when they are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

#: The two last tokens → the one that the model says after them most often.
Phrases = Mapping[tuple[int, int], int]

#: Tokens that have to be the same before what followed them last time is expected again; longer ones first.
_SIZES = (4, 3)
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
        self._guessed = (self._repeated() or self._usual())[: max(0, min(most, self._length))]
        return self._guessed

    def _repeated(self) -> list[int]:
        for size in _SIZES:
            place = self._after.get(tuple(self._ids[-size:]))
            if place is not None:
                return self._ids[place : place + _MOST]
        return []

    def _usual(self) -> list[int]:
        found: list[int] = []
        before, last = self._ids[-2:] if len(self._ids) > 1 else (-1, -1)
        while len(found) < _MOST and (following := self._phrases.get((before, last))) is not None:
            found.append(following)
            before, last = last, following
        return found

    def _append(self, ids: Iterable[int]) -> None:
        """Remember what came before each token; the last token's own turn comes with the next."""
        for token_id in ids:
            for size in _SIZES:
                if len(self._ids) >= size:
                    self._after[tuple(self._ids[-size:])] = len(self._ids)
            self._ids.append(token_id)
