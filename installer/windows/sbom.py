"""The software bill of materials: every part that is shipped, as CycloneDX 1.6 (cyclonedx.org/docs/1.6/json)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from .licences import licence_of

_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def bill(
    version: str, parts: Sequence[Distribution], python: str, runtime: str, model: dict[str, Any]
) -> dict[str, Any]:
    """`python` and `runtime` are versions of CPython and of Microsoft's C++ runtime, `model` is its manifest."""
    components = [_package(part) for part in parts]
    components.append(_component("Python", python, "PSF-2.0", f"pkg:generic/python@{python}", "framework"))
    components.append(
        _component("Microsoft Visual C++ runtime", runtime, "Microsoft redistributable", "", "library")
    )
    weights = model["files"]["model.onnx"]
    components.append(
        _component(model["name"], version, "Apache-2.0", "", "machine-learning-model")
        | {"hashes": [{"alg": "SHA-256", "content": weights["sha256"]}]}
    )
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component("Stallhand", version, "Apache-2.0", "", "application")},
        "components": components,
    }


def write(document: dict[str, Any], target: Path) -> None:
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _package(part: Distribution) -> dict[str, Any]:
    purl = f"pkg:pypi/{part.name.lower().replace('_', '-')}@{part.version}"
    return _component(part.name, part.version, licence_of(part), purl, "library")


def _component(name: str, version: str, licence: str, purl: str, kind: str) -> dict[str, Any]:
    told = {"expression": licence} if _is_spdx(licence) else {"license": {"name": licence}}
    made = {"type": kind, "name": name, "version": version, "licenses": [told]}
    return made | {"purl": purl, "bom-ref": purl} if purl else made


def _is_spdx(licence: str) -> bool:
    """Whether it reads as an SPDX expression: names with a digit or hyphen, or one of the short ones."""
    if not _SPDX.fullmatch(licence):
        return False
    names = re.split(r" (?:AND|OR|WITH) ", licence)
    return all(name in {"MIT", "Zlib", "ISC"} or ("-" in name or name[0].isdigit()) for name in names)
