from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.engine import cpu
from desktop.engine.contract import CpuUnsupported

ROOT = Path(__file__).resolve().parents[3]

REFUSED = """
import sys
from pathlib import Path
from desktop.engine.constraints import SlotConstraint
from desktop.engine.contract import CpuUnsupported
from desktop.engine.model import Engine
try:
    Engine(Path(sys.argv[1])).load()
except CpuUnsupported as error:
    print(error)
print(sorted({"numpy", "onnxruntime", "tokenizers"} & set(sys.modules)))
"""


def test_a_processor_with_sse42_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cpu.OVERRIDE, "sse2 sse4_2 avx")
    cpu.check_cpu()


@pytest.mark.parametrize("features", ["", "sse2 sse4_1"])
def test_a_processor_without_sse42_is_refused(monkeypatch: pytest.MonkeyPatch, features: str) -> None:
    monkeypatch.setenv(cpu.OVERRIDE, features)
    with pytest.raises(CpuUnsupported, match=r"too old.*SSE4\.2.*phrases"):
        cpu.check_cpu()


def test_refusal_comes_before_native_code_is_imported(tiny_model: Path) -> None:
    environment = os.environ | {cpu.OVERRIDE: "sse2", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tiny_model)],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=60, check=True,
    )  # fmt: skip
    message, imported = done.stdout.splitlines()
    assert "SSE4.2" in message
    assert imported == "[]"


def test_every_processor_in_cpuinfo_must_have_it() -> None:
    row = "processor : 0\nflags\t\t: fpu sse2 {}\n\n"
    assert cpu._in_cpuinfo(row.format("sse4_2") * 2)
    assert not cpu._in_cpuinfo(row.format("sse4_2") + row.format("sse4_1"))


def test_arm_is_not_asked_for_sse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cpu.OVERRIDE, raising=False)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    cpu.check_cpu()


@pytest.mark.parametrize(("cores", "allowed", "threads"), [(2, 4, 2), (8, 16, 4), (0, 2, 2), (8, 1, 1)])
def test_threads_are_physical_cores_up_to_four(
    monkeypatch: pytest.MonkeyPatch, cores: int, allowed: int, threads: int
) -> None:
    monkeypatch.setattr(cpu, "_physical_cores", lambda: cores)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(allowed)), raising=False)
    assert cpu.default_threads() == threads


def test_threads_are_found_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise OSError("no such file")

    monkeypatch.setattr(cpu, "_physical_cores", fails)
    assert 1 <= cpu.default_threads() <= cpu.MAX_THREADS
