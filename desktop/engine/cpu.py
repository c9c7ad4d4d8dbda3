"""Look at the processor before numpy and onnxruntime are imported.

Their wheels are compiled for SSE4.2 and more: on an older processor the very import ends the program without
a message. So this module imports neither, and whoever loads the model calls `check_cpu` first.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

from .contract import CpuUnsupported

NEEDED = "sse4_2"
MAX_THREADS = 4

#: A list of features, separated by spaces, to be believed instead of asking the processor (for tests).
OVERRIDE = "STALLHAND_CPU_FEATURES"

_PF_SSE4_2 = 38  # winnt.h, PF_SSE4_2_INSTRUCTIONS_AVAILABLE
_WINDOWS_CPU = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
_RELATION_PROCESSOR_CORE = 0  # winnt.h, LOGICAL_PROCESSOR_RELATIONSHIP


def check_cpu() -> None:
    """Raises CpuUnsupported if an x86 processor lacks SSE4.2; other processors are taken as they are."""
    if not _has_sse42():
        raise CpuUnsupported(
            "This computer's processor is too old for the language model (it lacks SSE4.2). "
            "Drafts are written from ready phrases instead."
        )


def default_threads() -> int:
    """The physical cores this process may use, at most MAX_THREADS: more only take turns."""
    try:
        cores = _physical_cores()
    except (OSError, ValueError, AttributeError, subprocess.SubprocessError):
        cores = 0
    allowed = allowed_cores()
    return max(1, min(cores or allowed, allowed, MAX_THREADS))


def cpu_name() -> str:
    """What the processor calls itself, such as "Intel(R) Celeron(R) N4020 CPU @ 1.10GHz"; "" if it is not told."""
    try:
        if sys.platform == "win32":
            import winreg

            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS_CPU) as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        if sys.platform == "darwin":
            return _sysctl("machdep.cpu.brand_string")
        return _name_in_cpuinfo(Path("/proc/cpuinfo").read_text("utf-8", "replace"))
    except (OSError, subprocess.SubprocessError):
        return platform.processor()


def _name_in_cpuinfo(text: str) -> str:
    names = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(names, "")


def allowed_cores() -> int:
    """The logical cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _has_sse42() -> bool:
    if OVERRIDE in os.environ:
        return NEEDED in os.environ[OVERRIDE].split()
    if platform.machine().lower() not in {"x86_64", "amd64", "i386", "i686", "x86"}:
        return True
    try:
        if sys.platform == "win32":
            return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(_PF_SSE4_2))
        if sys.platform == "darwin":
            return _sysctl("hw.optional.sse4_2") == "1"
        return _in_cpuinfo(Path("/proc/cpuinfo").read_text("utf-8", "replace"))
    except (OSError, AttributeError, subprocess.SubprocessError):
        return True  # a system that does not tell: nearly every processor since 2011 has it


def _in_cpuinfo(text: str) -> bool:
    flags = [line.partition(":")[2].split() for line in text.splitlines() if line.startswith("flags")]
    return all(NEEDED in row for row in flags)


def _physical_cores() -> int:
    if sys.platform == "win32":
        return _windows_cores()
    if sys.platform == "darwin":
        return int(_sysctl("hw.physicalcpu"))
    siblings = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    return len({path.read_text("ascii").strip() for path in siblings})


def _sysctl(name: str) -> str:
    done = subprocess.run(
        ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=True
    )
    return done.stdout.strip()


def _windows_cores() -> int:
    """Count the records of GetLogicalProcessorInformationEx(RelationProcessorCore): one for each core.

    Each record begins with its relationship and its own size, two 32-bit numbers.
    """
    ask = ctypes.windll.kernel32.GetLogicalProcessorInformationEx  # type: ignore[attr-defined,unused-ignore]
    size = ctypes.c_uint32(0)
    ask(_RELATION_PROCESSOR_CORE, None, ctypes.byref(size))
    records = ctypes.create_string_buffer(size.value)
    if not ask(_RELATION_PROCESSOR_CORE, records, ctypes.byref(size)):
        return 0
    cores, at = 0, 0
    while at + 8 <= size.value:
        length = int.from_bytes(records.raw[at + 4 : at + 8], "little")
        if not length:
            break
        cores, at = cores + 1, at + length
    return cores
