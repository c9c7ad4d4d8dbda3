"""The whole measurement: files are made, contenders opened, and all write in turn, round by round.

In turn, so that what else the machine does hits all alike: a ratio of two medians of one run is worth more than either.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any

from desktop.desk import resources_dir

from . import footprint, report, subjects
from .contenders import FORMS, OURS, PEERS, REFERENCE, Contender
from .worker import Missing, Worker, make_forms

PROMPT_TOKENS = 64
LONG_PROMPT_TOKENS = 300
NEW_TOKENS = 96
#: Seconds between two contenders: idle threads of a pool go on spinning for a while (Intel's OpenMP: 0.2 s).
PAUSE = 0.3
CHECK_LENGTHS = (9, 24, PROMPT_TOKENS)

Say = Callable[[str], None]


def bench(
    output: Path, *, checkpoint: Path | None, threads: int, rounds: int, quick: bool, say: Say
) -> dict[str, Any]:
    """Measure, and write bench.json, bench.md and bench.png into `output`; gives what bench.json holds.

    `checkpoint` takes the place of the bundled model's own weights. `quick` leaves out peers and random models. Raises
    ValueError or OSError if the weights can't be read, ValueError for senseless numbers.
    """
    if rounds < 1 or threads < 1:
        raise ValueError(f"rounds ({rounds}) and threads ({threads}) must be 1 or more")
    output.mkdir(parents=True, exist_ok=True)
    machine = _machine()
    models = []
    names = [subjects.BUNDLED] if quick else [subjects.BUNDLED, *subjects.RANDOM]
    for name in names:
        with tempfile.TemporaryDirectory(dir=output, prefix="files-") as scratch:
            say(f"{name}: writing the weights")
            _write_checkpoint(name, checkpoint, Path(scratch) / "checkpoint")
            contenders = OURS if quick else (REFERENCE, *PEERS, *OURS)
            models.append(_measure(name, Path(scratch), contenders, threads, rounds, say))
    say("the app: loading, drafting, memory")
    app = _app(rounds)
    run = {
        "machine": machine,
        "threads": threads,
        "rounds": rounds,
        "prompt_tokens": PROMPT_TOKENS,
        "long_prompt_tokens": LONG_PROMPT_TOKENS,
        "new_tokens": NEW_TOKENS,
        "models": models,
        "app": app,
    }
    run["targets"] = [target.as_json() for target in report.targets(run)]
    (output / "bench.json").write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (output / "bench.md").write_text(report.markdown(run), "utf-8")
    report.chart(run, output / "bench.png")
    return run


def _write_checkpoint(name: str, checkpoint: Path | None, target: Path) -> None:
    if name in subjects.RANDOM:
        subjects.random_checkpoint(subjects.RANDOM[name], target)
    elif checkpoint is not None:
        subjects.copy_checkpoint(checkpoint, target)
    else:
        subjects.unpack_bundled(resources_dir() / "model", target)


def _measure(
    name: str, folder: Path, contenders: Sequence[Contender], threads: int, rounds: int, say: Say
) -> dict[str, Any]:
    per_round = (PROMPT_TOKENS, PROMPT_TOKENS, LONG_PROMPT_TOKENS)
    *made, nine, some, usual = subjects.prompts(
        folder / "checkpoint", lengths=[*(1 + rounds) * per_round, *CHECK_LENGTHS]
    )
    prompts = [made[at : at + len(per_round)] for at in range(0, len(made), len(per_round))]
    say(f"{name}: making the files")
    forms = _in_order(contender.form for contender in contenders)
    reasons = make_forms(folder, forms, [nine, some, usual], threads)
    with ExitStack() as stack:
        entries = [_Entry(contender, folder / contender.form, reasons) for contender in contenders]
        for entry in entries:
            entry.open(threads, stack)
        for number, (one, five, long) in enumerate(prompts):
            say(f"{name}: round {number} of {rounds}" if number else f"{name}: warming up")
            for entry in entries:
                entry.round(one, five, long, counts=number > 0)
                time.sleep(PAUSE)
        reference = next((entry for entry in entries if entry.contender is REFERENCE), None)
        for entry in entries:
            entry.compare(reference)
        return {
            "name": name,
            "about": subjects.describe(folder / "checkpoint"),
            "contenders": [entry.as_json() for entry in entries],
        }


def _in_order(forms: Iterable[str]) -> list[str]:
    """Each form once, after the one that it is made from; our fp32 for the comparison alone."""
    wanted = ["lean-fp32"]
    for form in forms:
        wanted += [FORMS[form].needs, form]
    return [form for form in dict.fromkeys(wanted) if form]


class _Entry:
    """A contender in the run: what it has measured so far, or why it can't."""

    def __init__(self, contender: Contender, files: Path, reasons: dict[str, str | None]) -> None:
        self.contender = contender
        self.missing = reasons[contender.form] or ""
        self._files = files
        self._worker: Worker | None = None
        self._rates: dict[int, list[float]] = {rows: [] for rows in contender.rows}
        self._firsts: list[float] = []
        self._same: int | None = None
        self._notes = ""
        self._last: tuple[Sequence[int], list[int]] = ((), [])

    def open(self, threads: int, stack: ExitStack) -> None:
        if self.missing:
            return
        try:
            self._worker = Worker(self.contender, self._files, threads)
            stack.callback(self._worker.close)
        except Missing as error:
            self.missing = str(error)

    def round(self, one: Sequence[int], five: Sequence[int], long: Sequence[int], *, counts: bool) -> None:
        if self.missing or self._worker is None:
            return
        try:
            for rows in self.contender.rows:
                prompt = one if rows == 1 else five
                timed = self._worker.write(prompt, NEW_TOKENS, rows)
                self._last = (prompt, timed.ids[-1])
                if counts:
                    self._rates[rows].append(rows * NEW_TOKENS / timed.seconds)
            first = self._worker.write(long, 1, 1).seconds
            if counts:
                self._firsts.append(1000 * first)
        except Missing as error:
            self.missing = str(error)

    def compare(self, reference: _Entry | None) -> None:
        """How many tokens of the last text fp32 would have chosen, too."""
        if self.missing or self._worker is None:
            return
        try:
            self._notes = self._worker.notes
            if reference and reference._worker and not reference.missing:
                self._same = sum(gap <= 0 for gap in reference._worker.gaps(*self._last))
        except Missing as error:
            self.missing = str(error)

    def as_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": self.contender.name, "missing": self.missing or None}
        if self.missing:
            return entry | {"notes": ""}
        return entry | {
            "tokens_per_s": {str(rows): report.spread(rates) for rows, rates in self._rates.items()},
            "first_token_ms": report.spread(self._firsts),
            "same_choices": self._same,
            "file_bytes": _weights_bytes(self._files),
            "notes": self._notes,
        }


def _weights_bytes(folder: Path) -> int:
    """The largest file: all others are settings and vocabularies."""
    return max(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _app(rounds: int) -> dict[str, Any]:
    times = footprint.measure("times", rounds)
    if "missing" in times:
        return times
    spreads = ("load_ms", "first_token_ms", "three_listings_ms")
    rates = times["tokens_per_s"].items()
    return {
        **times,
        **{name: report.spread(times[name]) for name in spreads},
        "tokens_per_s": {count: report.spread(values) for count, values in rates},
        "speculation": _speculation(rounds),
        "drawing": _drawing(rounds),
        "memory_mb": footprint.measure("memory", rounds),
        "window_memory_mb": footprint.measure("window", rounds),
    }


def _speculation(rounds: int) -> dict[str, Any]:
    made = footprint.measure("speculation", rounds)
    if "missing" in made:
        return made
    return {
        task: {
            **figures,
            "with": report.spread(figures["with"]),
            "without": report.spread(figures["without"]),
        }
        for task, figures in made.items()
    }


def _drawing(rounds: int) -> dict[str, Any]:
    made = footprint.measure("drawing", rounds)
    if "missing" in made:
        return made
    return {
        count: {what: report.spread(values) for what, values in figures.items()}
        for count, figures in made.items()
    }


def _machine() -> dict[str, Any]:
    packages: dict[str, str | None] = {}
    for name in ("onnxruntime", "torch", "transformers", "optimum-onnx", "ctranslate2", "llama-cpp-python"):
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = None
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "packages": packages,
        "others_load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
