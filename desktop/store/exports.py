"""Writing the history to files that others open: spreadsheets and plain text.

A cell that begins like a formula is run by the spreadsheet that opens it, so in CSV it gets an apostrophe in front
(OWASP, CSV injection); in XLSX it is stored as text. Each file is written beside its place and moved there whole.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from desktop.shop.records import Draft

from .errors import StoreError, explained

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: The most characters that Excel takes in a cell.
CELL_LIMIT = 32_767
_CUT = " … [cut here: the TXT and CSV exports hold all of it]"
_HEADERS = (
    "created", "changed", "task", "state", "subject", "made from",
    "title", "bullets", "description", "text", "copied", "offered",
)  # fmt: skip


class ExportError(StoreError):
    """A file that can't be written as asked."""


def write_drafts(path: Path, drafts: Sequence[Draft]) -> None:
    """Write `drafts` to `path` in the format that its ending names. Raises StoreError."""
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx, ".txt": _write_txt}
    writer = writers.get(path.suffix.casefold())
    if writer is None:
        raise ExportError(f"“{path.name}” can't be written. Choose a name that ends in .csv, .xlsx or .txt.")
    with explained(path), replaced_whole(path) as unfinished:
        writer(unfinished, drafts)


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """A file to write to that takes the place of `path` at the end, or is thrown away on an error."""
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=path.suffix, delete=False
    ) as file:
        unfinished = Path(file.name)
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def guarded(text: str) -> str:
    """`text` for a CSV cell, so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _cells(draft: Draft) -> list[str]:
    return [
        draft.created.isoformat(sep=" ", timespec="seconds") if draft.created else "",
        draft.changed.isoformat(sep=" ", timespec="seconds") if draft.changed else "",
        draft.task.value,
        draft.state.value,
        draft.subject,
        _readable(draft.inputs),
        *(draft.text.get(name, "") for name in ("title", "bullets", "description", "text")),
        _readable(draft.approved),
        "\n\n".join(f"{i}. {_variant(variant)}" for i, variant in enumerate(draft.variants, 1)),
    ]


def _variant(variant: Mapping[str, Any]) -> str:
    parts = (variant.get(name) for name in ("title", "bullets", "description", "text"))
    return "\n".join("\n".join(part) if isinstance(part, list) else str(part) for part in parts if part)


def _readable(values: Mapping[str, Any]) -> str:
    """ "name: value" lines, those of tables in it too."""
    lines = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines.append(_readable(value))
        elif isinstance(value, (list, tuple)):
            lines.append(f"{name}: {json.dumps(value, ensure_ascii=False)}" if value else "")
        elif value not in (None, ""):
            lines.append(f"{name}: {value}")
    return "\n".join(filter(None, lines))


def _write_csv(path: Path, drafts: Iterable[Draft]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADERS)
        writer.writerows([guarded(cell) for cell in _cells(draft)] for draft in drafts)


def _write_xlsx(path: Path, drafts: Iterable[Draft]) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("History")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(_HEADERS):
            sheet.write_string(0, column, name, bold)
        for row, draft in enumerate(drafts, 1):
            for column, cell in enumerate(_cells(draft)):
                sheet.write_string(row, column, _fitting(cell))


def _fitting(cell: str) -> str:
    return cell if len(cell) <= CELL_LIMIT else cell[: CELL_LIMIT - len(_CUT)] + _CUT


def _write_txt(path: Path, drafts: Iterable[Draft]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="\r\n") as file:
        for draft in drafts:
            for name, cell in zip(_HEADERS, _cells(draft), strict=True):
                if cell:
                    file.write(f"{name}: {cell}\n" if "\n" not in cell else f"{name}:\n{cell}\n")
            file.write("\n" + "-" * 60 + "\n\n")
