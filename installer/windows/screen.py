"""A display of its own for the trial, and hands and eyes on it: xdotool types and clicks, ImageMagick looks."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import ne
from pathlib import Path

SIZE = (1366, 768)  # the cheap laptop's
_CARET = 500  # pixels that may blink


class NotSeenError(Exception):
    """What should come onto the screen did not come in time."""


@dataclass(frozen=True, slots=True)
class Screen:
    """`name` is the display's, as in DISPLAY."""

    name: str

    def wait_for_window(self, title: str, timeout: float = 60) -> str:
        """The id of the visible window `title`, once something is painted in it. Raises NotSeenError."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for window in self._try("xdotool", "search", "--onlyvisible", "--name", f"^{title}$").split():
                if self._colours(window) > 8:
                    return window
            time.sleep(0.05)
        raise NotSeenError(f"No window “{title}” within {timeout:.0f} s.")

    def wait_till_still(self, seconds: float = 2, timeout: float = 120) -> None:
        """Until nothing but a caret has changed for `seconds`. Raises NotSeenError."""
        deadline, since, before = time.monotonic() + timeout, time.monotonic(), b""
        while time.monotonic() < deadline:
            now = self._run("import", "-silent", "-window", "root", "gray:-")
            if len(now) != len(before) or sum(map(ne, now, before)) > _CARET:
                since, before = time.monotonic(), now
            elif time.monotonic() - since > seconds:
                return
            time.sleep(0.3)
        raise NotSeenError(f"The screen did not come to rest within {timeout:.0f} s.")

    def type(self, text: str) -> None:
        self._run("xdotool", "type", "--delay", "40", text)

    def press(self, *keys: str) -> None:
        """Keys one after the other, as xdotool names them ("ctrl+Return")."""
        for key in keys:
            self._run("xdotool", "key", "--delay", "60", key)

    def focus(self, window: str) -> None:
        """There is no window manager on this display to do it."""
        self._run("xdotool", "windowfocus", "--sync", window)

    def shoot(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._run("import", "-silent", "-window", "root", str(target))

    def _colours(self, window: str) -> int:
        told = self._try("import", "-silent", "-window", window, "-format", "%k", "info:")
        return int(told) if told.strip().isdigit() else 0

    def _try(self, *command: str) -> str:
        done = subprocess.run(command, env=self._environment(), capture_output=True, check=False, timeout=30)
        return done.stdout.decode("ascii", "replace")

    def _run(self, *command: str) -> bytes:
        done = subprocess.run(command, env=self._environment(), capture_output=True, check=True, timeout=30)
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return os.environ | {"DISPLAY": self.name}


@contextmanager
def screen() -> Iterator[Screen]:
    """A new display, gone afterwards."""
    wide, high = SIZE
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{wide}x{high}x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield Screen(f":{server.stdout.readline().strip()}")
    finally:
        server.terminate()
        server.wait(timeout=20)
