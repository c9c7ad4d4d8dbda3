"""Where the build keeps its things. All of it may be deleted at any time: `make clean` does."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "installer" / "windows"
LOCK = ROOT / "installer" / "lock"

BUILD = ROOT / "build" / "windows"
DOWNLOADS = BUILD / "downloads"
PYTHON = BUILD / "python"  # the Windows Python that freezes and tests
SITE = PYTHON / "Lib" / "site-packages"  # packages that are shipped
TOOLS = BUILD / "tools"  # packages that freeze and test, never shipped
FROZEN = BUILD / "frozen" / "Stallhand"
GENERATED = BUILD / "generated"  # icon, version resource, licences: made for the spec
PREFIX = BUILD / "prefix"

DIST = ROOT / "dist"
SHOTS = ROOT / "out" / "windows"
