"""Guess the next tokens, so that one run of the model reads several of them.

Two sources: what the text says again (a rewritten draft repeats most of its input), and phrases that this model often
says, counted when it was exported. A guess is checked by the model itself: a wrong one costs a little time, never the
text (see decoder.py). Reading n tokens at once takes longer than one, so a token is guessed only as long as the chance
that it and those before it are right is worth it: where both sources agree that is often, where they contradict each
other seldom, and it changes with what has been right in this text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

#: The last 2, 3 or 4 tokens → the one that the model nearly always says after them.
Phrases = Mapping[tuple[int, ...], int]

_PHRASE_SIZES = (4, 3, 2)
#: So many tokens as before, and what followed them may come again.
_SURE, _PERHAPS = 5, 3
_MOST = 8
#: One token more takes a third of the time of a run; and a chance is only a guess itself.
_WORTH = 0.45
#: How often a guess is right by what speaks for it, as measured on texts of the sample shop; it counts for so many
#: guesses.
_RIGHT = {"both": 0.92, "phrase": 0.8, "repeat": 0.7, "weak repeat": 0.5, "phrase against repeat": 0.5}
_GUESSES = 10


class Guesser:
    """One text while it grows: what it says so far, and how good the guesses were."""

    def __init__(self, prompt: Sequence[int], phrases: Phrases) -> None:
        self._phrases = phrases
        self._ids: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self._reasons: list[str] = []
        self._right = {reason: share * _GUESSES for reason, share in _RIGHT.items()}
        self._tried = dict.fromkeys(_RIGHT, float(_GUESSES))
        self._append(prompt)

    def wrote(self, ids: Sequence[int]) -> None:
        """`ids` were appended: the right part of the last guess and the token after it."""
        right = len(ids) - 1
        for number, reason in enumerate(self._reasons[: right + 1]):
            self._right[reason] += number < right
            self._tried[reason] += 1
        self._append(ids)

    def guess(self, most: int) -> list[int]:
        """Up to `most` tokens that may come next; none where nothing speaks for any."""
        said, chance = self._ids[-_SURE:], 1.0
        known = len(said)
        self._reasons = []
        while len(self._reasons) < min(most, _MOST):
            token_id, reason = self._next(said)
            if token_id is None or (chance := chance * self._chance(reason)) < _WORTH:
                break
            said.append(token_id)
            self._reasons.append(reason)
        return said[known:]

    def _next(self, said: Sequence[int]) -> tuple[int | None, str]:
        """The token that may come after `said`, and what speaks for it."""
        phrase = _first(self._phrases, said, _PHRASE_SIZES)
        sure = self._after.get(tuple(said[-_SURE:]))
        place = self._after.get(tuple(said[-_PERHAPS:])) if sure is None else sure
        repeat = None if place is None else self._ids[place]
        repeated = "weak repeat" if sure is None else "repeat"
        if repeat is None or phrase is None:
            return (phrase, "phrase") if repeat is None else (repeat, repeated)
        if phrase == repeat:
            return phrase, "both"
        against = "phrase against repeat"
        if sure is not None and self._chance(repeated) > self._chance(against):
            return repeat, repeated
        return phrase, against

    def _chance(self, reason: str) -> float:
        return self._right[reason] / self._tried[reason]

    def _append(self, ids: Iterable[int]) -> None:
        """Remember what came before each token; the last token's own turn comes with the next."""
        for token_id in ids:
            for size in (_SURE, _PERHAPS):
                if len(self._ids) >= size:
                    self._after[tuple(self._ids[-size:])] = len(self._ids)
            self._ids.append(token_id)


def _first(phrases: Phrases, said: Sequence[int], sizes: Iterable[int]) -> int | None:
    """What follows the longest end of `said` that is known."""
    keys = (tuple(said[-size:]) for size in sizes)
    return next((phrases[key] for key in keys if key in phrases), None)
