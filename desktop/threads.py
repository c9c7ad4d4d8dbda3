"""How many threads the model runs with on this machine: as measured here, else the physical cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .engine.contract import ModelInfo
from .engine.cpu import MAX_THREADS, allowed_cores, default_threads
from .engine.tuning import Tuning, machine_mark
from .store.settings import Settings

_KEY = "threads"
#: A data folder on a USB stick sees several machines; the ones seen longest ago are forgotten.
_MOST_MACHINES = 8


class Threads:
    """The tunings kept in `settings` (None: nothing is known or kept), each under the mark of its machine."""

    def __init__(self, settings: Settings | None) -> None:
        self._settings = settings

    def count(self, info: ModelInfo) -> int:
        tuning = self.tuning(info)
        return tuning.threads if tuning else default_threads()

    def tuning(self, info: ModelInfo) -> Tuning | None:
        """What was measured on this machine with this model; None if nothing was."""
        return _read(self._kept().get(machine_mark(info.sha256)))

    def keep(self, info: ModelInfo, tuning: Tuning) -> None:
        """Raises StoreError."""
        if self._settings is not None:
            mark = machine_mark(info.sha256)
            others = [pair for pair in self._kept().items() if pair[0] != mark][1 - _MOST_MACHINES :]
            rates = {str(count): round(rate, 1) for count, rate in tuning.rates.items()}
            self._settings.set(_KEY, {**dict(others), mark: rates})

    def about(self, info: ModelInfo) -> str:
        """The number of threads and how it was found, for `stallhand doctor`."""
        tuning = self.tuning(info)
        if tuning is None:
            return f"{self.count(info)} (physical cores; measured once the window has been open for a while)"
        rates = ", ".join(f"{count}: {rate:,.0f}" for count, rate in sorted(tuning.rates.items()))
        return f"{tuning.threads} (measured here, tokens a second by threads: {rates})"

    def _kept(self) -> Mapping[str, Any]:
        return self._settings.get(_KEY, {}) if self._settings is not None else {}


def _read(rates: Any) -> Tuning | None:
    """A tuning as `keep` wrote it; None for anything else that stands in its place."""
    most = min(allowed_cores(), MAX_THREADS)
    try:
        read = {int(count): float(rate) for count, rate in rates.items()}
    except (AttributeError, TypeError, ValueError):
        return None
    return Tuning(read) if read and all(1 <= count <= most for count in read) else None
