"""Records from JSON (a list, or an object that holds one) and JSON lines files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .tables import MAX_BYTES, MAX_ROWS, RowError, TableError, open_text

JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})


def is_json(path: Path) -> bool:
    """Whether the name says JSON, packed with gzip or not."""
    return bool(JSON_SUFFIXES & {suffix.casefold() for suffix in path.suffixes[-2:]})


def read_objects(
    path: Path, key: str, *, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS
) -> tuple[list[tuple[int, dict[str, Any]]], list[RowError]]:
    """Numbered objects of a file, and the lines that hold none.

    The number is that of the line (JSON lines) or of the object in the list (JSON), from 1. `key` names the list
    where the file is one object, as in {"products": [ … ]}. Raises TableError.
    """
    with open_text(path, max_bytes) as file:
        if ".json" in {suffix.casefold() for suffix in path.suffixes[-2:]}:
            try:
                numbered = list(enumerate(_list_in(json.load(file), key, path), 1))
            except (ValueError, RecursionError) as error:
                if isinstance(error, TableError):
                    raise
                raise TableError(
                    f"“{path.name}” is no valid JSON: {error}. Mend it there, or use CSV."
                ) from None
            errors: list[RowError] = []
        else:
            errors = []
            numbered = list(_lines(file, errors))
    if len(numbered) > max_rows:
        raise TableError(f"“{path.name}” has more than {max_rows:,} records. Split it into smaller files.")
    found: list[tuple[int, dict[str, Any]]] = []
    for number, item in numbered:
        if isinstance(item, dict):
            found.append((number, item))
        else:
            errors.append(RowError(number, "", 'is no record. It must be an object such as {"name": …}.'))
    return found, errors


def _list_in(document: Any, key: str, path: Path) -> list[Any]:
    currency: Any = None
    if isinstance(document, dict) and key in document:
        currency, document = document.get("currency"), document[key]
    elif isinstance(document, dict):
        document = [document]
    if not isinstance(document, list):
        raise TableError(f"“{path.name}” must hold a list of records, or an object with “{key}”.")
    if currency:  # a shop's: it holds for records that name none
        return [{"currency": currency} | item if isinstance(item, dict) else item for item in document]
    return list(document)


def _lines(file: Iterator[str], errors: list[RowError]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            errors.append(RowError(number, "", f"is no valid JSON: {error}. Mend the line."))
