from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine import cpu, tuning
from desktop.engine.contract import CancelToken, Completion, TextModel
from desktop.engine.model import Engine
from desktop.engine.tuning import Tuning, counts_to_try, machine_mark, tune

ROOT = Path(__file__).resolve().parents[3]

ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from pathlib import Path
from desktop.engine.contract import CancelToken
from desktop.engine.cpu import default_threads
from desktop.engine.model import Engine
from desktop.engine.tuning import counts_to_try, tune
engine = Engine(Path(sys.argv[1]))
print(default_threads(), counts_to_try(1), tune(lambda _: engine, [1], "The lamp", CancelToken()).threads)
"""


class Timed:
    """A model that writes so many tokens a second."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def generate(self, _prompt: str, *, variants: int, cancel: CancelToken, **_: object) -> list[Completion]:
        finish = "cancelled" if cancel.cancelled else "length"
        ms = 5 + 1000 * variants / self.rate
        return [Completion("", 2, finish, 0.0, 5, ms) for _ in range(variants)]


def models(**rates: float) -> Callable[[int], TextModel]:
    return lambda count: Timed(rates[f"t{count}"])  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("rates", "threads"),
    [
        ({1: 100, 2: 180}, 2),
        ({1: 100, 2: 103}, 1),
        ({1: 100, 2: 90}, 1),
        ({2: 50, 1: 10, 4: 51}, 2),
        ({3: 7}, 3),
    ],
)
def test_the_fastest_count_is_taken_and_of_close_ones_the_smallest(
    rates: dict[int, float], threads: int
) -> None:
    assert Tuning(rates).threads == threads


def test_each_count_is_measured() -> None:
    found = tune(models(t1=200, t2=300), [2, 1], "x", CancelToken())
    assert found is not None
    assert found.rates == pytest.approx({2: 300, 1: 200})


def test_a_cancelled_measurement_says_nothing() -> None:
    cancel = CancelToken()
    cancel.cancel()
    assert tune(models(t1=200), [1], "x", cancel) is None


def test_when_the_time_is_up_two_counts_have_been_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "BUDGET_S", -1.0)
    found = tune(models(t1=200, t2=300, t3=900), [2, 1, 3], "x", CancelToken())
    assert found is not None and list(found.rates) == [2, 1]


def test_counts_go_up_to_the_cores_the_known_one_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "allowed_cores", lambda: 16)
    assert counts_to_try(3) == [3, 1, 2, 4]
    monkeypatch.setattr(tuning, "allowed_cores", lambda: 2)
    assert counts_to_try(1) == [1, 2]


def test_another_processor_core_count_or_model_is_another_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {machine_mark("a" * 64), machine_mark("b" * 64)}
    monkeypatch.setattr(tuning, "allowed_cores", lambda: 63)
    marks.add(machine_mark("a" * 64))
    monkeypatch.setattr(tuning, "cpu_name", lambda: "Another CPU")
    marks.add(machine_mark("a" * 64))
    assert len(marks) == 4


def test_a_real_model_is_measured(tiny_model: Path) -> None:
    found = tune(lambda count: Engine(tiny_model, threads=count), [1, 2], "The lamp", CancelToken())
    assert found is not None
    assert set(found.rates) <= {1, 2} and all(rate > 0 for rate in found.rates.values())


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to a core")
def test_one_core_is_enough(tiny_model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_CORE, str(tiny_model)],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "1 [1] 1"


def test_the_processors_name_is_read() -> None:
    text = "processor\t: 0\nmodel name\t: Intel(R) Celeron(R) N4020 CPU @ 1.10GHz\nmodel name\t: other\n"
    assert cpu._name_in_cpuinfo(text) == "Intel(R) Celeron(R) N4020 CPU @ 1.10GHz"
    assert cpu._name_in_cpuinfo("Hardware : BCM2835\n") == ""
    assert isinstance(cpu.cpu_name(), str)


def test_a_system_that_does_not_tell_the_name_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> str:
        raise OSError("no such file")

    monkeypatch.setattr(Path, "read_text", fails)
    monkeypatch.setattr(sys, "platform", "linux")
    assert isinstance(cpu.cpu_name(), str)
