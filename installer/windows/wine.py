"""A Wine prefix in which Windows programs of today run, and how to run them in it.

Wine 8 (Debian 12) lacks some of what Windows 10 has; each mend below names what it is for. They are in the
prefix alone: nothing of them is shipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from .places import HERE, ROOT

LOADER = "/usr/lib/wine/wine64"
SERVER = "wineserver"
COMPILER = "x86_64-w64-mingw32-gcc"

#: Microsoft's own runtime is used, never Wine's, or a DLL missing in the program would not be noticed. ucrtbase:
#: Wine's lacks functions of numpy 2. mscms: see shims. wbemprox: Python's `platform` aborts on Wine's WMI.
OVERRIDES = (
    "mscoree,mshtml,winedbg.exe,winemenubuilder.exe,wbemprox=;"
    "ucrtbase,mscms=n,b;msvcp140,msvcp140_1,msvcp140_2,vcruntime140,vcruntime140_1=n"
)


class WineError(Exception):
    """A program under Wine did not end as it should; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program did. `errors` is its stderr."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Wine:
    """The prefix in `folder`, with a HOME of its own.

    `user` is the Windows user's name, `display` what windows are shown on, `before` a command that each program is
    started with.
    """

    folder: Path
    user: str = "seller"
    display: str = ""
    before: Sequence[str] = ()

    @property
    def drive(self) -> Path:
        return self.folder / "prefix" / "drive_c"

    @property
    def profile(self) -> Path:
        """The Windows user's folder, as Linux sees it."""
        return self.drive / "users" / self.user

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DISPLAY": self.display,
            "HOME": str(self.folder / "home"),
            "USER": self.user,
            "LC_ALL": "C.UTF-8",
            "WINEPREFIX": str(self.folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": OVERRIDES,
            "CUPS_SERVER": "/nowhere",  # Wine asks Linux for printers, else by a network connection to this machine
        }

    def create(self, ucrtbase: Path) -> None:
        """Make the prefix anew. `ucrtbase` is Microsoft's DLL of that name."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "home").mkdir(parents=True)
        self.run("wineboot", "-i", timeout=180)
        self.wait()
        system = self.drive / "windows" / "system32"
        _replace(ucrtbase, system / "ucrtbase.dll")
        for source in sorted((HERE / "shims").glob("*.c")):
            made = self.folder / f"{source.stem}.dll"
            subprocess.run([COMPILER, "-O2", "-s", "-shared", "-o", made, source, "-ladvapi32"], check=True)
            _replace(made, system / made.name)
        self.run("winecfg", "-v", "win10")
        self.wait()

    def start(self, *command: str | Path) -> subprocess.Popen[str]:
        """Start a program, in the project's folder. A file as stdin, stdout or stderr would stop Python there."""
        return subprocess.Popen(
            [*self.before, LOADER, *map(str, command)],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(self, *command: str | Path, timeout: float = 90) -> Ended:
        """Run a program to its end. Raises WineError after `timeout` seconds."""
        started = self.start(*command)
        try:
            output, errors = started.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            started.kill()
            self.kill()
            output, errors = started.communicate()
            raise WineError(
                f"{command[0]} did not end in {timeout:.0f} s.\n{_tail(output, errors)}"
            ) from None
        return Ended(started.returncode, output, errors)

    def check(self, *command: str | Path, timeout: float = 90) -> Ended:
        """As `run`. Raises WineError also for an exit code other than 0."""
        ended = self.run(*command, timeout=timeout)
        if ended.code:
            raise WineError(
                f"{command[0]} ended with code {ended.code}.\n{_tail(ended.output, ended.errors)}"
            )
        return ended

    def wait(self) -> None:
        """Until every program in the prefix has ended."""
        subprocess.run([SERVER, "-w"], env=self.environment(), check=False, timeout=120)

    def kill(self) -> None:
        """End every program in this prefix."""
        subprocess.run([SERVER, "-k"], env=self.environment(), check=False, timeout=30)

    def seen(self, path: Path) -> str:
        """How Windows programs name `path`: C: for what is in the prefix, Z: for the rest of the machine."""
        if path.is_relative_to(self.drive):
            return str(PureWindowsPath("C:/", path.relative_to(self.drive)))
        return "Z:" + str(path.absolute()).replace("/", "\\")


def _replace(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)  # Wine's own would be written into, not replaced, where it is a link
    shutil.copyfile(source, target)


def _tail(*texts: str, lines: int = 30) -> str:
    return "\n".join("\n".join(texts).splitlines()[-lines:])
