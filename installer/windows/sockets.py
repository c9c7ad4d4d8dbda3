"""Which network connections a program tries, seen by strace; local sockets (Wine's own, the display's) don't count."""

from __future__ import annotations

import re
from pathlib import Path

_CALLS = "connect,bind,sendto"
_MESSAGES = "sendmsg,sendmmsg"
_NETWORK = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg|bind)\(.*sa_family=AF_INET6?\b")


def traced(log: Path, *, server: bool = False) -> tuple[str, ...]:
    """What to put before a command so that its calls, and those of all it starts, are added to `log`.

    Wine's `server` hands out files by messages all the time; programs send their own, so only theirs are traced.
    """
    calls = _CALLS if server else f"{_CALLS},{_MESSAGES}"
    return (
        "strace",
        "-f",
        "-q",
        "--seccomp-bpf",
        "-A",
        "-e",
        f"trace={calls}",
        "-e",
        "signal=none",
        "-o",
        str(log),
    )


def attempts(trace: str) -> list[str]:
    """The lines of `trace` that reach for the network."""
    return [line for line in trace.splitlines() if _NETWORK.search(line)]
