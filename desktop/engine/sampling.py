"""Choose the next token of one variant from its logits.

Filters come in the order that Hugging Face's `generate` uses: penalty, constraint, temperature, top-k, top-p.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt

from .contract import Sampling

_NEVER = np.float32(-np.inf)


class Sampler:
    """One variant's dice, and its memory of what it wrote.

    The dice are keyed by (seed, variant), so that what one variant draws does not depend on how many others
    there are or when they end. Ids in `exempt` (special tokens: slots and sections) are neither penalised nor
    held back as repeats, for a fact may have to be named twice.
    """

    def __init__(self, sampling: Sampling, variant: int, exempt: Collection[int]) -> None:
        self._sampling = sampling
        key = np.array([sampling.seed % 2**64, variant], dtype=np.uint64)
        self._dice = np.random.Generator(np.random.Philox(key=key))
        self._exempt = exempt
        self._written: set[int] = set()
        self._recent: tuple[int, ...] = ()
        self._followers: dict[tuple[int, ...], list[int]] = {}

    def accept(self, token_id: int) -> None:
        """The token was appended."""
        if token_id not in self._exempt:
            self._written.add(token_id)
        size = self._sampling.no_repeat_ngram
        if size:
            if len(self._recent) == size - 1 and token_id not in self._exempt:
                self._followers.setdefault(self._recent, []).append(token_id)
            self._recent = (*self._recent, token_id)[-(size - 1) :] if size > 1 else ()

    def choose(
        self,
        logits: npt.NDArray[np.float32],
        mask: npt.NDArray[np.bool_] | None,
        allows: Callable[[int], bool],
    ) -> int | None:
        """Draw a token, or None if none is allowed.

        `logits` has shape (vocabulary,) and is not changed; `mask` is True where a token may come. A token
        that `allows` refuses is masked and another drawn. If only repeats are left, they count as allowed.
        """
        scores = self._penalised(logits)
        if mask is not None:
            scores[~mask] = _NEVER
        repeats = self._followers.get(self._recent)
        if repeats:
            kept = scores[repeats]
            scores[repeats] = _NEVER
            if not np.isfinite(scores.max()):
                scores[repeats] = kept
        while True:
            token_id = self._draw(scores)
            if token_id is None or allows(token_id):
                return token_id
            scores[token_id] = _NEVER

    def _penalised(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Keskar et al. 2019 (CTRL), section 4.1, with the sign rule of Hugging Face's implementation."""
        scores = logits.astype(np.float32, copy=True)
        penalty = np.float32(self._sampling.repetition_penalty)
        if penalty != 1 and self._written:
            ids = np.fromiter(self._written, dtype=np.intp, count=len(self._written))
            values = scores[ids]
            scores[ids] = np.where(values > 0, values / penalty, values * penalty)
        return scores

    def _draw(self, scores: npt.NDArray[np.float32]) -> int | None:
        best = int(scores.argmax())
        if scores[best] == _NEVER:
            return None
        if self._sampling.temperature == 0:
            return best
        ids = self._top_k(scores)
        # Best first, lower id first among equals: the same order on every processor.
        ids = ids[np.argsort(-scores[ids], kind="stable")]
        weights = np.exp((scores[ids].astype(np.float64) - float(scores[best])) / self._sampling.temperature)
        sums = np.cumsum(weights)
        # Holtzman et al. 2020: the fewest tokens whose probabilities together reach top_p.
        kept = int(np.searchsorted(sums, self._sampling.top_p * sums[-1])) + 1
        kept = min(kept, len(ids))
        point = self._dice.random() * sums[kept - 1]
        return int(ids[min(int(np.searchsorted(sums[:kept], point, side="right")), kept - 1)])

    def _top_k(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """The ids of the k best in rising order; equals of the k-th are kept, as none is better."""
        k = self._sampling.top_k
        if not 0 < k < len(scores):
            return np.flatnonzero(scores > _NEVER)
        least = np.partition(scores, -k)[-k]
        return np.flatnonzero(scores >= least if least > _NEVER else scores > _NEVER)
