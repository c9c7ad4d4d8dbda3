"""What the release's page says: the version's chapter of CHANGELOG.md, then installer/RELEASE_PAGE.md.

python3 -m installer.windows.release_notes v1.2.3
"""

from __future__ import annotations

import re
import sys

from .places import ROOT


class NoNotesError(Exception):
    """CHANGELOG.md does not speak of the version."""


def notes(changelog: str, page: str, version: str) -> str:
    """`page` with {version} filled in, after the chapter of `version` ("1.2.3"). Raises NoNotesError."""
    chapter = re.search(
        rf"^## {re.escape(version)}(?!\S)[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE
    )
    if chapter is None or not chapter[1].strip():
        raise NoNotesError(f"CHANGELOG.md has no chapter “## {version}”.")
    return f"{chapter[1].strip()}\n\n{page.replace('{version}', version).strip()}\n"


def main(argv: list[str]) -> int:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    page = (ROOT / "installer" / "RELEASE_PAGE.md").read_text(encoding="utf-8")
    try:
        print(notes(changelog, page, argv[0].removeprefix("v")))
    except NoNotesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
