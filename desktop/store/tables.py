"""Tables that sellers bring: CSV, TSV and spreadsheets, from any program, country and year.

What can't be read at all raises TableError. What is odd in a row is told beside the rows, so that one bad line never
keeps a hundred good ones out.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TextIO

MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_BYTES = 50 * 2**20
#: The most characters that Excel takes in a cell.
MAX_CELL = 32_767

SPREADSHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
#: A .gz may unpack to this many times the size that is taken unpacked.
_UNPACKED = 4
_DELIMITERS = ",;\t|"
#: What `store.exports` guards against; its apostrophe is taken away again when such a file is read.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

# A cell may be longer than we take, so that the reader finds its end and the message can name its row.
csv.field_size_limit(MAX_BYTES)


class TableError(ValueError):
    """A file that can't be read. The message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row. `row` counts as a spreadsheet does: 1 is the line of headers.

    `column` is the header's name, or "" where the whole row is meant.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row}{f', column “{self.column}”' if self.column else ''}: {self.message}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, each as long as `headers`. `numbers` holds the row of the file that each came from."""

    headers: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: list[int]
    errors: list[RowError]


def read_table(path: Path) -> Table:
    """Read all of a .csv, .tsv, .txt (any delimiter of , ; tab |), .xlsx, .xlsm, .xlsb, .xls or .ods file.

    Text may be UTF-8, UTF-16 with its byte order mark, or cp1252; .gz is unpacked. Rows without any text are left
    out. At most 200,000 rows, 100 columns, 50 MB and 32,767 characters in a cell. Raises TableError.
    """
    if path.suffix.casefold() in SPREADSHEETS:
        return _table(path, _sheet_rows(path), MAX_ROWS)
    with open_text(path) as file:
        return _table(path, text_rows(path, file), MAX_ROWS)


# -- text files ------------------------------------------------------------------------------------------------------


@contextmanager
def open_text(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[TextIO]:
    """The text of a file, its encoding found out. Raises TableError."""
    with _readable(path):
        size = path.stat().st_size
        if size > max_bytes:
            raise TableError(_too_large(path, max_bytes))
        if size == 0 and not path.is_dir():  # as large as Windows says that a folder is
            raise TableError(f"“{path.name}” is empty. Choose a file with a line of headers and your rows.")
        packed = path.suffix.casefold() == ".gz"
        encoding = _encoding(path, packed, max_bytes)
        raw = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115 (closed with the text below)
        with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
            yield text


def text_rows(path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Rows of a delimited text with their numbers in the file (of the row, not of the line). Raises TableError."""
    sample = file.read(64 * 1024)
    file.seek(0)
    number = 0
    try:
        for number, row in enumerate(csv.reader(file, delimiter=delimiter_of(sample)), 1):
            if number > 1 or not "".join(row).casefold().startswith(
                "sep="
            ):  # Excel's own way to name the delimiter
                yield number, row
    except csv.Error as error:
        raise TableError(
            f"“{path.name}” can't be read after row {number}: {error}. Open it in a spreadsheet and save it again."
        ) from None


def delimiter_of(sample: str) -> str:
    """The delimiter that the first lines of a text hold, each as often as the others; "," if there is none."""
    said = sample.splitlines()[:1]
    if said and said[0].casefold().startswith("sep=") and len(said[0]) == 5:
        return said[0][4]

    def evenness(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(sample.splitlines()[:50], delimiter=delimiter))
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not rows or not widths:
            return (0, 0)
        width, times = widths.most_common(1)[0]
        return (times if len(rows[0]) > 1 else 0, width)

    best = max(_DELIMITERS, key=evenness)
    return best if evenness(best)[0] else ","


def _encoding(path: Path, packed: bool, max_bytes: int) -> str:
    """UTF-16 and UTF-8 by their marks, UTF-8 if all of it is valid, else cp1252 (what Excel writes in the West)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8-sig"
    total = 0
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        while block := file.read(2**20):
            if total == 0 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                encoding = "utf-16"
            elif total == 0 and b"\0" in block[:4096]:
                raise TableError(
                    f"“{path.name}” is not a text file. Save it in a spreadsheet as CSV or XLSX, and choose that file."
                )
            total += len(block)
            if total > max_bytes * (_UNPACKED if packed else 1):
                raise TableError(_too_large(path, max_bytes))
            if encoding == "utf-8-sig" and not _is_text(decoder, block):
                encoding = "cp1252"
    return encoding if encoding != "utf-8-sig" or _is_text(decoder, b"", final=True) else "cp1252"


def _is_text(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise TableError(
            f"“{path.name}” holds bytes that are no text ({error.encoding}, at {error.start}). "
            "Save it in a spreadsheet as CSV (UTF-8) or XLSX, and choose that file."
        ) from None
    except FileNotFoundError:
        raise TableError(f"“{path}” is not there. Check the name of the file.") from None
    except (IsADirectoryError, PermissionError) as error:
        what = "is a folder" if path.is_dir() else f"can't be opened ({error.strerror})"
        raise TableError(f"“{path}” {what}. Choose a file that you may read.") from None
    except (EOFError, zlib.error, OSError) as error:
        raise TableError(f"“{path.name}” can't be read: {error}. Copy or download the file again.") from None


def _too_large(path: Path, max_bytes: int) -> str:
    return f"“{path.name}” is larger than {max_bytes // 2**20} MB. Split it into smaller files."


# -- spreadsheets ----------------------------------------------------------------------------------------------------


def _sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that holds any."""
    import python_calamine

    with _readable(path):
        if path.stat().st_size > MAX_BYTES:
            raise TableError(_too_large(path, MAX_BYTES))
        _refuse_zip_bomb(path)
        try:
            book = python_calamine.CalamineWorkbook.from_path(path)
            sheets = (book.get_sheet_by_index(i) for i in range(len(book.sheet_names)))
            sheet = next((sheet for sheet in sheets if sheet.total_height), None)
            if sheet is None:
                raise TableError(
                    f"“{path.name}” is empty. Choose a file with a line of headers and your rows."
                )
            first = sheet.start[0] if sheet.start else 0
            if sheet.width > MAX_COLUMNS * 10 or sheet.height > MAX_ROWS + 1:
                raise TableError(_too_many(path, "rows" if sheet.height > MAX_ROWS + 1 else "columns"))
            rows = sheet.to_python(skip_empty_area=True)
        except python_calamine.PasswordError:
            raise TableError(
                f"“{path.name}” has a password. Save a copy without one, and choose that."
            ) from None
        except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
            raise TableError(
                f"“{path.name}” is damaged or no spreadsheet ({error}). Open it in a spreadsheet and save it again."
            ) from None
    for number, row in enumerate(rows, first + 1):
        yield number, [cell_text(cell) for cell in row]


def _refuse_zip_bomb(path: Path) -> None:
    """A few kilobytes of XLSX can unpack to gigabytes; the archive's own list tells the size before."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > 20 * MAX_BYTES:
                raise TableError(
                    f"“{path.name}” unpacks to more than {20 * MAX_BYTES // 2**20} MB. Split it."
                )


def cell_text(value: Any) -> str:
    """A spreadsheet's value as a person would type it: 2450.0 → "2450", a day → "2026-03-31"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        # "2.125" could be read as a group of thousands; "2.1250" can't.
        return text + "0" if len(text.partition(".")[2]) == 3 and "e" not in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip()


# -- rows to a table -------------------------------------------------------------------------------------------------


def _table(path: Path, rows: Iterable[tuple[int, Sequence[str]]], max_rows: int) -> Table:
    filled = ((number, row) for number, row in rows if any(cell.strip() for cell in row))
    number, head = next(filled, (0, []))
    headers = tuple(cell.strip() for cell in head)
    while headers and not headers[-1]:
        headers = headers[:-1]
    if not headers:
        raise TableError(f"“{path.name}” is empty. Choose a file with a line of headers and your rows.")
    if len(headers) > MAX_COLUMNS:
        raise TableError(_too_many(path, "columns"))
    table = Table(headers, [], [], [])
    for number, row in filled:
        if len(table.rows) == max_rows:
            raise TableError(_too_many(path, "rows"))
        kept = _fitted(table, number, row)
        if kept is not None:
            table.rows.append(kept)
            table.numbers.append(number)
    return table


def _fitted(table: Table, number: int, row: Sequence[str]) -> tuple[str, ...] | None:
    """The cells of `row`, as many as there are headers; None if they can't be put under the headers."""
    cells = [_unguarded(cell) for cell in row]
    width = len(table.headers)
    if any(cells[width:]):
        message = f"has {len(cells)} cells, but there are {width} headers. Put text that holds the delimiter in quotes."
        table.errors.append(RowError(number, "", message))
        return None
    for header, cell in zip(table.headers, cells, strict=False):
        if len(cell) > MAX_CELL:
            message = f"has {len(cell):,} characters, {MAX_CELL:,} is the most. A quote may be left open."
            table.errors.append(RowError(number, header, message))
            return None
    missing = width - len(cells)
    if missing > 0:
        names = ", ".join(table.headers[-missing:])
        table.errors.append(RowError(number, "", f"ends early: {names} taken as empty. Check the row."))
    return (*cells[:width], *[""] * missing)


def _unguarded(cell: str) -> str:
    return (cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA_STARTS) else cell).strip()


def _too_many(path: Path, what: str) -> str:
    most = f"{MAX_ROWS:,}" if what == "rows" else MAX_COLUMNS
    return f"“{path.name}” has more than {most} {what}. Split it into smaller files."
