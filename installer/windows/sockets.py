"""Which network connections a program tries, seen by strace; local sockets (Wine's own, the display's) don't count."""

from __future__ import annotations

import re
from pathlib import Path

_CALLS = "connect,sendto,sendmsg,sendmmsg,bind"
_NETWORK = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg|bind)\(.*sa_family=AF_INET6?\b")


def traced(log: Path) -> tuple[str, ...]:
    """What to put before a command so that its calls, and those of all it starts, are added to `log`."""
    return (
        "strace",
        "-f",
        "-q",
        "--seccomp-bpf",
        "-A",
        "-e",
        f"trace={_CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(log),
    )


def attempts(trace: str) -> list[str]:
    """The lines of `trace` that reach for the network."""
    return [line for line in trace.splitlines() if _NETWORK.search(line)]
