"""Where the training text comes from, and whether the files at hand are the ones that were used (sources.toml)."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("sources.toml")


@dataclass(frozen=True, slots=True)
class Source:
    """One folder of the data. `use` is "training", "tokenizer" or "evaluation"; `files` maps path to SHA-256."""

    folder: str
    title: str
    repository: str
    commit: str
    paths: str
    licence: str
    use: tuple[str, ...]
    files: dict[str, str]
    attribution: str = ""


def load(path: Path = LIST) -> list[Source]:
    """Raises OSError, tomllib.TOMLDecodeError or TypeError if the list itself is broken."""
    entries = tomllib.loads(path.read_text("utf-8"))["source"]
    return [Source(**{**entry, "use": tuple(entry["use"])}) for entry in entries]


def check(data_dir: Path, sources: list[Source] | None = None) -> list[str]:
    """One line for each file in `data_dir` that is missing or not the one listed; empty if all is well."""
    problems = []
    for source in load() if sources is None else sources:
        for name, expected in source.files.items():
            path = data_dir / source.folder / name
            if not path.is_file():
                problems.append(f"{source.folder}/{name}: missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
                problems.append(f"{source.folder}/{name}: changed (its SHA-256 is not the listed one)")
    return problems
