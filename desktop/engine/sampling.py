"""Choose the next tokens of all variants from their logits.

Filters come in the order that Hugging Face's `generate` uses: penalty, constraint, temperature, top-k, top-p. The whole
vocabulary is gone through as seldom as can be, variant by variant, so that what was just touched is still in the
processor's cache; what costs more is done only for the few tokens that are likely.

For exact speculation no more is needed than `choose_all`: where a guess is one token for each place, a variant that
draws at every verified place in turn, appends what it drew and stops at the first that differs from the guess, has
drawn each of its tokens from the same distribution, with the same dice, as without the guess.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from .contract import MOST_NUDGE, ConstraintState, Sampling

_NEVER = np.float32(-np.inf)
_LOWEST = float(np.finfo(np.float32).min)
_CERTAIN = np.ones(1)
#: What the sum of a distribution may be wrong by, in 32 bits.
_ROUNDING = 1e-5
#: The chance of all tokens together that are not looked at, against that of the best one, is under 1 in so many.
_LOST = 1000
_MOST_TOKENS = 65_536


class Sampler:
    """One variant's dice, its memory of what it wrote, and the constraint on what it may write.

    The dice are keyed by (seed, variant), so that what one variant draws does not depend on how many others
    there are or when they end. Ids in `exempt` (special tokens: slots and sections) are neither penalised nor
    held back as repeats, for a fact may have to be named twice.
    """

    def __init__(
        self, sampling: Sampling, variant: int, exempt: Collection[int], state: ConstraintState | None = None
    ) -> None:
        self._sampling = sampling
        key = np.array([sampling.seed % 2**64, variant], dtype=np.uint64)
        self._dice = np.random.Generator(np.random.Philox(key=key))
        self._exempt = exempt
        self._state = state
        self._fields = state.fields if state else frozenset()
        self._written: set[int] = set()
        self._penalised = array("q")
        self._penalty = np.float32(sampling.repetition_penalty)
        # What is above 0 is divided, what is below is multiplied, which is the lower of the two for a penalty above 1.
        self._worse = np.minimum if sampling.repetition_penalty > 1 else np.maximum
        self._recent: tuple[int, ...] = ()
        self._followers: dict[tuple[int, ...], list[int]] = {}
        # Top-p leaves out all but the best token if the share of the others, against its own, is not above this, in
        # logarithms. A higher temperature or a lower penalty would make their share larger than the logits say.
        tame = sampling.temperature <= 1 and sampling.repetition_penalty >= 1 and sampling.top_p < 1
        self._left_out = math.log(1 / sampling.top_p - 1) if tame else -math.inf
        # At most so many tokens can be drawn; those far below the best one are not looked at.
        drawn = sampling.top_k or _MOST_TOKENS
        self._reach = sampling.temperature * math.log(_LOST * drawn)

    def accept(self, token_id: int) -> int:
        """The token was appended. Gives how many characters are to be taken off the text before it."""
        if token_id in self._fields:
            self._recent, self._followers = (), {}
        else:
            self._remember(token_id)
        return self._state.accept(token_id) if self._state else 0

    def _remember(self, token_id: int) -> None:
        if token_id not in self._exempt and token_id not in self._written:
            self._written.add(token_id)
            self._penalised.append(token_id)
        size = self._sampling.no_repeat_ngram
        if size:
            if len(self._recent) == size - 1 and token_id not in self._exempt:
                self._followers.setdefault(self._recent, []).append(token_id)
            self._recent = (*self._recent, token_id)[-(size - 1) :] if size > 1 else ()

    def finish(self) -> int:
        """The text has ended. Gives how many characters are to be taken off its end."""
        return self._state.finish() if self._state else 0

    def distribution(
        self, logits: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """The ids that may be drawn, best first, and their probabilities, from `logits` of shape (vocabulary,).

        Both are empty if no token is allowed. With temperature 0 it is the best token alone. A field's limit is
        not part of it: what a field has no room for is found when it is drawn.
        """
        ids, sums = self._allowed(self._filtered(logits))
        return ids, np.diff(sums, prepend=0.0) / sums[-1] if len(ids) else sums

    def choose(self, logits: npt.NDArray[np.float32], norm: float = math.inf) -> int | None:
        """Draw a token, or None if none is allowed. `logits` has shape (vocabulary,) and is not changed.

        With `norm`, the logarithm of the sum of their exponentials, nothing is filtered and weighed where one token is
        so likely that no other could be drawn.
        """
        certain = self._certain(logits, norm)
        if certain is not None and (self._state is None or self._state.admit(certain)):
            return certain
        while True:
            ids, sums = self._allowed(self._filtered(logits))
            if not len(ids):
                return None
            at = 0
            if len(ids) > 1:
                at = int(sums.searchsorted(self._dice.random() * sums[-1], side="right"))
            token_id = int(ids[min(at, len(ids) - 1)])
            if self._state is None or self._state.admit(token_id):
                return token_id

    def _certain(self, logits: npt.NDArray[np.float32], norm: float) -> int | None:
        """The best token, if no other could be drawn even with the largest nudge, and if it is allowed."""
        token_id = int(logits.argmax())
        logit = score = float(logits[token_id])
        others = math.log(max(math.expm1(norm - logit), _ROUNDING)) + MOST_NUDGE
        if others > self._left_out:
            return None
        if token_id in self._written:
            score = float(self._worse(score / self._penalty, score * self._penalty))
        if self._state:
            score += float(self._state.bias()[token_id])
        if others + logit - score > self._left_out or token_id in self._followers.get(self._recent, ()):
            return None
        return token_id if self._state is None or self._state.allows(token_id) else None

    def _filtered(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The logits after penalty, constraint and repeats, in memory of their own."""
        scores = logits + self._state.bias() if self._state else logits.copy()
        if self._penalty != 1 and self._penalised:
            # Keskar et al. 2019 (CTRL), section 4.1, with the sign rule of Hugging Face's implementation.
            ids = np.frombuffer(self._penalised, np.int64)
            values = scores[ids]
            scores[ids] = self._worse(values / self._penalty, values * self._penalty)
        repeats = self._followers.get(self._recent)
        if repeats:
            scores[repeats] = _NEVER
        return scores

    def _allowed(
        self, scores: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """The tokens that top-k and top-p leave of those the constraint allows, best first, and the sums of their
        weights so far. Sets `scores` of those that are refused to -inf."""
        allows = self._state.allows if self._state else None
        while True:
            ids, sums = self._nucleus(scores)
            refused = [token_id for token_id in ids.tolist() if not allows(token_id)] if allows else []
            if not refused:
                return ids, sums
            scores[refused] = _NEVER

    def _nucleus(
        self, scores: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """What top-k and top-p leave, best first, and the sums of their weights so far."""
        temperature, k, top_p = self._sampling.temperature, self._sampling.top_k, self._sampling.top_p
        best = scores.argmax()
        peak = float(scores[best])
        # Those that are worth a look, in rising order; none if none may come.
        (ids,) = (scores >= max(peak - self._reach, _LOWEST)).nonzero()
        if len(ids) < 2:
            return ids, _CERTAIN[: len(ids)]
        if not temperature:
            return np.array([best]), _CERTAIN
        weights = scores[ids].astype(np.float64)
        weights -= peak
        weights /= temperature
        np.exp(weights, out=weights)
        if top_p * np.add.reduce(weights) <= 1:  # the best one is enough
            return np.array([best]), _CERTAIN
        # Best first, lower id first among equals: the same order on every processor.
        order = (-weights).argsort(kind="stable")
        weights = weights[order]
        if 0 < k < len(ids):  # equals of the k-th are kept, as none is better
            weights = weights[: np.count_nonzero(weights >= weights[k - 1])]
        sums = weights.cumsum()
        # Holtzman et al. 2020: the fewest tokens whose probabilities together reach top_p.
        count = int(sums.searchsorted(top_p * sums[-1])) + 1
        return ids[order[:count]], sums[:count]


def choose_all(
    samplers: Sequence[Sampler], logits: npt.NDArray[np.float32], norms: Sequence[float]
) -> list[int | None]:
    """Draw the next token of each variant; None where none is allowed.

    `logits` has shape (variants, vocabulary), a row for each of `samplers`, and is not changed; for `norms` see
    `Sampler.choose`. A token that is drawn has to be appended with `Sampler.accept` before the next is asked for.
    """
    return [sampler.choose(row, norm) for sampler, row, norm in zip(samplers, logits, norms, strict=True)]
