"""The licences of what is shipped, one text file for each part, for the program's Help → About → Licences."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

from .places import LOCK, ROOT

_PIN = re.compile(r"^([\w.-]+)==", re.MULTILINE)
_TEXT = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)
_NOT_OURS = re.compile(r"Qt-Commercial")  # Qt is used under the LGPL: resources/licences/Qt.txt
_APACHE = re.compile(r"Apache", re.IGNORECASE)
_LGPL = re.compile(r"LGPL-3", re.IGNORECASE)


class LicenceMissingError(Exception):
    """A part that is shipped comes without a licence; it must not be shipped so."""


def collect(folder: Path, site: Path, tools: Path, python: Path) -> None:
    """Write the licences of all that is shipped into `folder`, made anew. Raises LicenceMissingError.

    `site` and `tools` are the folders where the packages of windows.txt and windows-tools.txt are installed, `python`
    is the interpreter's.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "Stallhand.txt")
    shutil.copyfile(ROOT / "resources" / "model" / "MODEL_CARD.md", folder / "Language model.txt")
    shutil.copyfile(python / "LICENSE.txt", folder / "Python.txt")  # Microsoft's runtime is in it, too
    starter = distributions(tools, ["pyinstaller"])  # its code begins each .exe
    for part in [*distributions(site, pinned(LOCK / "windows.txt")), *starter]:
        (folder / f"{part.name}.txt").write_text(text_of(part), encoding="utf-8")


def pinned(lock: Path) -> list[str]:
    """Names of the packages in a lock file, normalised."""
    return [_normal(name) for name in _PIN.findall(lock.read_text(encoding="utf-8"))]


def distributions(site: Path, names: Iterable[str]) -> list[Distribution]:
    """The packages `names` (normalised) as installed in `site`. Raises LicenceMissingError if one is not."""
    found: Iterable[Distribution] = (PathDistribution(path) for path in sorted(site.glob("*.dist-info")))
    installed = {_normal(part.name): part for part in found}
    try:
        return [installed[name] for name in names]
    except KeyError as error:
        raise LicenceMissingError(f"The package {error} is not installed in {site}.") from None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(part: Distribution) -> str:
    """What `part` says its licence is: an SPDX expression, or in words. Raises LicenceMissingError."""
    told = _field(part, "License-Expression") or _field(part, "License")
    lines = part.metadata.get_all("Classifier") or ()
    classes = [line.rpartition(" :: ")[2] for line in lines if line.startswith("License")]
    # Some put their whole licence into the field: its name is then among the classifiers.
    name = told if told and "\n" not in told else ", ".join(classes) or told.partition("\n")[0]
    if not name:
        raise LicenceMissingError(f"{part.name} {part.version} does not say what its licence is.")
    return name


def text_of(part: Distribution) -> str:
    """Name, version and licence texts of `part`. Raises LicenceMissingError."""
    name = licence_of(part)
    head = f"{part.name} {part.version}\nLicence: {name}\n"
    files = [file for file in part.files or () if _is_licence(str(file))]
    texts = [Path(str(file.locate())).read_text(encoding="utf-8", errors="replace") for file in files]
    if not texts:
        texts = [_known_text(part, name)]
    return "\n\n".join([head.strip(), *(text.strip() for text in texts)]) + "\n"


def _field(part: Distribution, name: str) -> str:
    return str(part.metadata[name]) if name in part.metadata else ""


def _is_licence(file: str) -> bool:
    """A licence beside the metadata or at the top of the package; those further down are parts of its sources."""
    folder, _, name = file.replace("\\", "/").rpartition("/")
    outer = folder.count("/") == 0 or ".dist-info/" in folder
    return bool(outer and _TEXT.search(name) and not name.endswith(".py") and not _NOT_OURS.search(name))


def _known_text(part: Distribution, name: str) -> str:
    """The text of a licence that a package names but does not bring."""
    if _LGPL.search(name):
        return 'See "Qt" in this list.'
    if _APACHE.search(name):
        return (ROOT / "LICENSE").read_text(encoding="utf-8")
    raise LicenceMissingError(f"{part.name} {part.version} ({name}) comes without the text of its licence.")
