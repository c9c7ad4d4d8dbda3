"""Tables from any program and country, and what is said of those that can't be read."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.store import tables
from desktop.store.tables import MAX_CELL, TableError, cell_text, read_table

TEXT = "name,price,note\ncafé,1.50,día\nlamp,2,\n"
ROWS = [("café", "1.50", "día"), ("lamp", "2", "")]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "utf-8 with BOM", "utf-16-le", "utf-16-be", "cp1252", "CRLF", "CR"],
)
def test_encodings_and_line_ends(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    table = read_table(path)
    assert table.headers == ("name", "price", "note")
    assert table.rows == ROWS
    assert table.errors == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        delimiter.join(("name", "note, and more", "x")) + "\n" + f'a{delimiter}"b{delimiter}c"{delimiter}'
    )
    assert read_table(path).rows == [("a", f"b{delimiter}c", "")] or delimiter == ","


def test_a_decimal_comma_beside_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name;price\na;1,50\nb;2,75\n")
    assert read_table(path).rows == [("a", "1,50"), ("b", "2,75")]


def test_excels_sep_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nname;price\na;1\n")
    table = read_table(path)
    assert (table.headers, table.rows, table.numbers) == (("name", "price"), [("a", "1")], [3])


def test_one_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\nlamp\n\ncup\n")
    assert read_table(path).rows == [("lamp",), ("cup",)]


def test_quotes_newlines_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('\n\nname,note\n"a ""b""","one\ntwo"\n , \nc,d\n')
    table = read_table(path)
    assert table.rows == [('a "b"', "one\ntwo"), ("c", "d")]
    assert table.numbers == [4, 6]


def test_ragged_rows_are_told_and_the_others_come(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,price,note\na,1,x\nb,2,450,y\nc,3\nd,4,z,,\n")
    table = read_table(path)
    assert table.rows == [("a", "1", "x"), ("c", "3", ""), ("d", "4", "z")]
    assert [(error.row, error.message[:25]) for error in table.errors] == [
        (3, "has 4 cells, but there ar"),
        (4, "ends early: note taken as"),
    ]
    assert str(table.errors[0]).startswith("Row 3: has 4 cells")


def test_a_cell_that_is_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"name,note\na,{'x' * (MAX_CELL + 1)}\nb,{'x' * MAX_CELL}\n")
    table = read_table(path)
    assert [row[0] for row in table.rows] == ["b"]
    assert [(error.row, error.column) for error in table.errors] == [(2, "note")]


def test_an_open_quote_is_told_and_nothing_is_made_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,note\na,b\nc,"open\n' + "d,e\n" * 20_000)
    table = read_table(path)
    assert table.rows == [("a", "b")]
    assert "quote may be left open" in table.errors[0].message


def test_the_guard_of_our_own_exports_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,phone\n'=1+1,'+254700\n'tis,'quoted'\n")
    assert read_table(path).rows == [("=1+1", "+254700"), ("'tis", "'quoted'")]


def test_packed_with_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read_table(path).rows == ROWS


def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,price\n" + "".join(f"p{i},{i}\n" for i in range(100_000)))
    assert len(read_table(path).rows) == 100_000


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n , \n\n", "is empty"),
        ("a.csv", codecs.BOM_UTF8, "is empty"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "not a text file"),
        ("a.csv", codecs.BOM_UTF16_LE + b"\x00\xd8\x00", "bytes that are no text"),
        ("a.csv", b"name\n\x81\xff", "bytes that are no text"),
        ("a.csv.gz", b"no gzip", "can't be read"),
        ("a.csv.gz", gzip.compress(b"name\n" * 999)[:-12], "can't be read"),
        ("a.xlsx", b"no spreadsheet", "damaged or no spreadsheet"),
        ("a.xls", b"no spreadsheet", "damaged or no spreadsheet"),
        ("a.ods", b"PK\x03\x04 cut", "damaged or no spreadsheet"),
        ("a.csv", (",".join(f"c{i}" for i in range(101)) + "\n").encode(), "more than 100 columns"),
    ],
)
def test_a_file_that_cant_be_read_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=said) as caught:
        read_table(path)
    assert name in str(caught.value)
    assert str(caught.value).count(".") >= 2


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is not there"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(TableError, match="is not there"):
        read_table(tmp_path / "a.xlsx")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(TableError, match="is a folder"):
        read_table(tmp_path / "b.csv")


def test_too_many_rows_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\n" + "x\n" * 11)
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    with pytest.raises(TableError, match="more than 10 rows"):
        read_table(path)
    with pytest.raises(TableError, match="larger than"), tables.open_text(path, 10):
        pass


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 2**20)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big.xml", "w") as file:
        block = b"\0" * 2**20
        for _ in range(21):
            file.write(block)
    with pytest.raises(TableError, match="unpacks to more than"):
        read_table(path)


# -- spreadsheets ----------------------------------------------------------------------------------------------------


def sheet(path: Path, rows: list[list[Any]], *, start: int = 0) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("empty")
        page = book.add_worksheet("goods")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for i, row in enumerate(rows, start):
            for j, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(i, j, datetime(cell.year, cell.month, cell.day), day)
                else:
                    page.write(i, j, cell)
    return path


def test_the_first_sheet_that_holds_something_is_read(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "a.xlsx",
        [
            ["name", "price", "sku", "when"],
            ["lamp", 2450.0, "007", date(2026, 3, 31)],
            [],
            ["cup", 9.5, 12, ""],
        ],
        start=2,
    )
    table = read_table(path)
    assert table.headers == ("name", "price", "sku", "when")
    assert table.rows == [("lamp", "2450", "007", "2026-03-31"), ("cup", "9.5", "12", "")]
    assert table.numbers == [4, 6]


def test_an_empty_spreadsheet(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is empty"):
        read_table(sheet(tmp_path / "a.xlsx", []))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2450.0, "2450"),
        (2.125, "2.1250"),
        (9.99, "9.99"),
        (True, "yes"),
        (date(2026, 3, 31), "2026-03-31"),
        (datetime(2026, 3, 31, 8, 26), "2026-03-31 08:26:00"),
        (" x ", "x"),
        (1e20, "1e+20"),
    ],
)
def test_spreadsheet_values_as_text(value: Any, text: str) -> None:
    assert cell_text(value) == text


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.csv", "a.xlsx", "a.csv.gz", "a.ods"]))
def test_any_bytes_give_a_table_or_a_table_error(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    try:
        table = read_table(path)
    except TableError as error:
        assert name in str(error)
    else:
        assert all(len(row) == len(table.headers) for row in table.rows)
