"""How many threads the model runs best with on this machine, found by trying.

More threads are not always faster: they take turns on few cores, wait for each other after each of many small steps,
and a slow core holds up a fast one. So the counts are measured once, and the result is kept under the machine's mark.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .contract import CancelToken, Limits, Sampling, TextModel
from .cpu import MAX_THREADS, allowed_cores, cpu_name

#: For all counts together. One that is begun is measured at least once, and two are, so that there is a choice.
BUDGET_S = 0.8
#: Fewer threads are taken where they are this close to the fastest: they leave the rest of the laptop in peace.
_CLOSE = 0.95
_TOKENS = 6
_MOST_ROUNDS = 4
#: As many variants as a draft has, for that is what the seller waits for.
_VARIANTS = 12


@dataclass(frozen=True, slots=True)
class Tuning:
    """`rates` are the tokens a second of each number of threads that was tried."""

    rates: dict[int, float]

    @property
    def threads(self) -> int:
        best = max(self.rates.values())
        return min(count for count, rate in self.rates.items() if rate >= _CLOSE * best)


def machine_mark(model_sha256: str) -> str:
    """What a tuning holds for: this processor, as many cores, this model."""
    return f"{cpu_name()} · {allowed_cores()} · {model_sha256[:16]}"


def counts_to_try(first: int) -> list[int]:
    """1 to MAX_THREADS, no more than the cores, `first` before the others: where time runs out it was tried."""
    counts = range(1, min(allowed_cores(), MAX_THREADS) + 1)
    return sorted(counts, key=lambda count: count != first)


def tune(
    open_model: Callable[[int], TextModel], counts: Iterable[int], prompt: str, cancel: CancelToken
) -> Tuning | None:
    """Measure what `open_model(count)` gives; None if it was cancelled. Raises as a model's `generate` does."""
    began = time.perf_counter()
    counts = list(counts)
    rates: dict[int, float] = {}
    for number, count in enumerate(counts, start=1):
        if len(rates) > 1 and time.perf_counter() - began > BUDGET_S:
            break
        model, share = open_model(count), began + BUDGET_S * number / len(counts)
        rate, seed = 0.0, 0
        while not seed or (time.perf_counter() < share and seed < _MOST_ROUNDS):
            # The best of a few: other programs only ever slow it down.
            rate, seed = max(rate, _rate(model, prompt, seed, cancel)), seed + 1
            if cancel.cancelled:
                return None
        rates[count] = rate
    return Tuning(rates)


def _rate(model: TextModel, prompt: str, seed: int, cancel: CancelToken) -> float:
    """Tokens a second of a short draft, the reading of the prompt left out."""
    completions = model.generate(
        prompt, variants=_VARIANTS, limits=Limits(_TOKENS), sampling=Sampling(seed=seed), cancel=cancel
    )
    seconds = max(c.total_ms - c.first_token_ms for c in completions) / 1000
    tokens = sum(c.tokens - 1 for c in completions if c.tokens)
    return tokens / seconds if seconds > 0 else 0.0
