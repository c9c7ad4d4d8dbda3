"""Look at the frozen program without starting it: would it start on a Windows that is not the one it was built on?

    python -m installer.windows.check_build [FOLDER]

Wine and build machines have DLLs that a seller's laptop lacks, so what is missing does not show when it is started
there. Prints each fault; exit code 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pefile

from . import trim
from .places import FROZEN

_AMD64 = 0x8664  # IMAGE_FILE_MACHINE_AMD64
_WINE_MARKS = (b"Wine builtin DLL", b"Wine placeholder DLL")  # in the first 512 bytes (wine/server/mapping.c)

_SYSTEM = """
    advapi32 authz bcrypt bcryptprimitives comctl32 comdlg32 crypt32 d2d1 d3d9 d3d11 d3d12 dbghelp dnsapi dwmapi
    dwrite dxgi gdi32 icuuc imm32 iphlpapi kernel32 mpr mscms msvcrt ncrypt netapi32 ntdll ole32 oleaut32 opengl32
    powrprof propsys psapi rpcrt4 secur32 setupapi shcore shell32 shlwapi ucrtbase uiautomationcore user32 userenv
    uxtheme version winhttp winmm winspool.drv ws2_32 wtsapi32
"""
#: DLLs that are part of Windows 10 (icuuc since 1703) and that the program may import.
WINDOWS = frozenset(_SYSTEM.split())
_API_SET = re.compile(r"(api|ext)-ms-win-")

#: What a seller's program must not hold, in any spelling of a file's path.
_FORBIDDEN = re.compile(
    r"(^|/)(torch|transformers|pip|tkinter|_tkinter|tcl\d*|tests?|pytest|hypothesis|huggingface_hub|model_export|ssl)"
    r"(\.|/|-|$)|(^|/)(test_|conftest)[^/]*\.py",
    re.IGNORECASE,
)


def faults(folder: Path) -> list[str]:
    """What is wrong with the program frozen in `folder`, one line each."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    found = [f"must not be shipped: {name}" for name in names if _FORBIDDEN.search(name)]
    found += [f"must not be shipped: {name} in {pack}" for pack, name in _frozen_modules(names)]
    found += [f"missing: {name}" for name in _needed() if name not in names]
    programs = {name: path for name, path in names.items() if path.suffix.lower() in {".dll", ".pyd", ".exe"}}
    found += _doubles(programs)
    present = {path.name.lower() for path in programs.values()}
    for name, path in programs.items():
        found += [f"{name}: {fault}" for fault in _binary_faults(path, present)]
    return found


def _needed() -> Iterator[str]:
    yield from ("Stallhand.exe", "stallhand-cli.exe", "program/PySide6/plugins/platforms/qwindows.dll")
    yield from (f"program/{name}" for name in trim.RUNTIME)
    yield from (
        f"program/resources/model/{name}" for name in ("manifest.json", "model.onnx", "tokenizer.json")
    )


def _frozen_modules(names: dict[str, Path]) -> Iterator[tuple[str, str]]:
    """Modules inside the programs' own archives that must not be there, as (program, module)."""
    try:
        from PyInstaller.archive.readers import CArchiveReader
    except ImportError:  # only the machine that froze the program has it
        return
    for name, path in names.items():
        if "/" not in name and name.endswith(".exe"):
            archive = CArchiveReader(str(path)).open_embedded_archive("PYZ.pyz")
            yield from (
                (name, module) for module in archive.toc if _FORBIDDEN.search(module.replace(".", "/"))
            )


def _doubles(programs: dict[str, Path]) -> list[str]:
    """Different DLLs of one name: whichever is loaded first is used by all."""
    places = defaultdict(list)
    for name, path in programs.items():
        if path.suffix.lower() == ".dll":
            places[path.name.lower()].append(name)
    return [
        f"different files of one name: {', '.join(found)}"
        for found in places.values()
        if len({programs[name].read_bytes() for name in found}) > 1
    ]


def _binary_faults(path: Path, present: set[str]) -> list[str]:
    with path.open("rb") as file:
        start = file.read(512)
    if any(mark in start for mark in _WINE_MARKS):
        return ["is a DLL of Wine"]
    with pefile.PE(str(path), fast_load=True) as pe:
        if pe.FILE_HEADER.Machine != _AMD64:
            return ["is not for 64-bit processors"]
        wanted = sorted(_imports(pe))
    return [f"needs {dll}, which neither it nor Windows brings" for dll in unresolved(wanted, present)]


def _imports(pe: pefile.PE) -> set[str]:
    kinds = ("IMAGE_DIRECTORY_ENTRY_IMPORT", "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT")
    pe.parse_data_directories([pefile.DIRECTORY_ENTRY[kind] for kind in kinds])
    entries = [*getattr(pe, "DIRECTORY_ENTRY_IMPORT", ()), *getattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT", ())]
    return {entry.dll.decode("ascii").lower() for entry in entries}


def unresolved(wanted: Iterable[str], present: set[str]) -> list[str]:
    """Of the DLLs `wanted` (lower case), those that are neither `present` nor part of Windows 10."""
    return [
        dll
        for dll in wanted
        if dll not in present and not _API_SET.match(dll) and dll.removesuffix(".dll") not in WINDOWS
    ]


def main(argv: list[str]) -> int:
    folder = Path(argv[0]) if argv else FROZEN
    found = faults(folder)
    for fault in found:
        print(fault)
    print(f"{folder.name}: {len(found) or 'no'} faults" if len(found) != 1 else f"{folder.name}: 1 fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
