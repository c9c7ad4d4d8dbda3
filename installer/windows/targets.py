"""The figures that the installer is held to, as build and trial measure them, printed as one table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .places import SHOTS

FIGURES = SHOTS / "figures.json"


@dataclass(frozen=True, slots=True)
class Target:
    """`key` of the figure, the most it may be, and how one writes it."""

    key: str
    text: str
    most: float
    form: str


TARGETS = (
    Target("setup_mb", "setup.exe with the bundled model", 60, "{:.1f} MB"),
    Target("installed_mb", "installed size", 170, "{:.1f} MB"),
    Target("files", "files installed", 600, "{:.0f}"),
    Target("second_start_s", "start to usable window, second start, under Wine", 2.5, "{:.1f} s"),
    Target("minutes", "build and trial here", 15, "{:.1f} min"),
    Target("connections", "network connections tried in the whole trial", 0, "{:.0f}"),
)


def note(**figures: float) -> None:
    """Keep figures for the table. Those of an earlier run stay until they are measured again."""
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(noted() | figures, indent=1), encoding="utf-8")


def noted() -> dict[str, float]:
    found: dict[str, float] = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    return found


def table(figures: Mapping[str, Any]) -> str:
    """The targets with their figures; "–" where nothing was measured yet."""
    if "build_s" in figures and "trial_s" in figures:
        figures = {**figures, "minutes": (figures["build_s"] + figures["trial_s"]) / 60}
    lines = []
    for target in TARGETS:
        found = figures.get(target.key)
        told = "–" if found is None else target.form.format(found)
        mark = "" if found is None else "met" if found <= target.most else "MISSED"
        lines.append(
            f"{target.text:<50} {told:>9}   at most {target.form.format(target.most):>9}   {mark}".rstrip()
        )
    return "\n".join(lines)
