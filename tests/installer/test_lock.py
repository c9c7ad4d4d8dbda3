"""The lock files of the Windows program: whole, hashed, and of the same versions as everywhere else."""

import re
import tomllib

import pytest

from desktop import __version__
from installer.windows.places import LOCK, ROOT

PINS = re.compile(r"^([\w.-]+)==([^ \\]+)(?: ; ([^\\]+))?", re.MULTILINE)
ENTRY = re.compile(r"^([\w.-]+)==(\S+)[^\n]*\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def pins(name):
    """Versions for CPython 3.13 on Windows."""
    found = PINS.findall((LOCK / name).read_text("utf-8"))
    return {package: version for package, version, marker in found if "< '3.1" not in marker}


@pytest.mark.parametrize("name", ["windows.txt", "windows-tools.txt", "windows-python.txt"])
def test_every_pin_has_a_hash_and_nothing_else_is_named(name):
    text = (LOCK / name).read_text("utf-8")
    assert len(ENTRY.findall(text)) == len(PINS.findall(text)) > 0
    assert "://" not in text and str(ROOT) not in text


def test_what_is_shipped_is_what_was_tested():
    app = pins("app.txt")
    shipped = pins("windows.txt")
    assert shipped.items() <= app.items()
    assert not set(shipped) & {"pip", "huggingface-hub", "torch", "transformers", "httpx"}


def test_all_that_the_app_needs_is_shipped():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.match(r"[\w-]+", line)[0].lower() for line in project["dependencies"]}
    assert needed <= set(pins("windows.txt"))


def test_tests_use_the_same_tools_there_as_here():
    ours, theirs = pins("dev.txt"), pins("windows-tools.txt")
    assert all(ours[name] == version for name, version in theirs.items() if name in ours)


def test_the_versions_of_program_and_package_are_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
