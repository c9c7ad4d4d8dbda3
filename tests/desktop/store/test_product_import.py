"""Catalogues from files: loosely named columns, facts, and rows that can't be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from desktop.shop.money import Money
from desktop.shop.records import Fact, Product
from desktop.store.product_import import read_products
from desktop.store.tables import TableError


def read(path: Path, content: str) -> tuple[list[Product], list[str]]:
    path.write_text(content, encoding="utf-8")
    found = read_products(path, "KES")
    return found.products, [str(error) for error in found.errors]


FULL = Product(
    "Solar lantern",
    sku="0010",
    brand="Sunbell",
    category="Lighting",
    price=Money(245000, "KES"),
    stock=14,
    facts=(Fact("Run time", "12 hours"),),
    notes="As new",
)


@pytest.mark.parametrize(
    "headers",
    [
        "name,sku,brand,category,price,stock,notes,Run time",
        "Product Name,SKU,Brand,Category,Price,Stock,Notes,Run time",
        "TITLE,Stock Code,Vendor,Type,Unit Price,Qty,Description,Run time",
        "Products,item_code,make,Department,selling price,In-Stock,details,Run time",
        "Item,Code,Manufacturer,Product Type,Price (KES),QUANTITY,Remarks,Run time",
        "item name,StockCode,brands,categories,Prices in KSh,available,Comment,Run time",
    ],
)
def test_headers_are_matched_loosely_and_others_become_facts(tmp_path: Path, headers: str) -> None:
    products, errors = read(
        tmp_path / "a.csv",
        f'{headers}\nSolar lantern,0010,Sunbell,Lighting,"KSh 2,450/=",14,As new,12 hours\n',
    )
    assert errors == []
    assert products == [FULL]


def test_the_currency_of_a_header_counts(tmp_path: Path) -> None:
    products, _ = read(tmp_path / "a.csv", "name,Price (USD)\nx,9.99\n")
    assert products[0].price == Money(999, "USD")


def test_a_column_of_currencies_counts(tmp_path: Path) -> None:
    products, errors = read(tmp_path / "a.csv", "name,price,currency\na,5,ugx\nb,5,\nc,5,XXX\n")
    assert [product.price for product in products] == [Money(5, "UGX"), Money(500, "KES")]
    assert errors == ["Row 4, column “price”: “XXX” is not a currency this program knows. Use a three-letter code "
                      "such as KES."]  # fmt: skip


def test_a_description_names_the_product_where_nothing_else_does(tmp_path: Path) -> None:
    products, _ = read(tmp_path / "a.csv", "StockCode,Description,UnitPrice\n85123A,T-LIGHT HOLDER,2.55\n")
    assert products == [Product("T-LIGHT HOLDER", sku="85123A", price=Money(255, "KES"))]


@pytest.mark.parametrize(
    ("cell", "facts"),
    [
        ('"{""run time"": ""12 h"", ""sizes"": [1, 2]}"', [("run time", "12 h"), ("sizes", "1, 2")]),
        ("run time: 12 h; charging: USB", [("run time", "12 h"), ("charging", "USB")]),
        ("bright and light", [("details", "bright and light")]),
        ("{broken", [("details", "{broken")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_column_of_facts(tmp_path: Path, cell: str, facts: list[tuple[str, str]]) -> None:
    products, errors = read(tmp_path / "a.csv", f"name,facts\nx,{cell}\n")
    assert errors == []
    assert products[0].facts == tuple(Fact(*fact) for fact in facts)


def test_a_bad_row_is_told_with_row_and_column_and_the_good_ones_come(tmp_path: Path) -> None:
    products, errors = read(
        tmp_path / "a.csv",
        'Item;Unit Price;Qty;SKU\nok;5;1;a\n;5;1;b\nx;KSh -5;1;c\nx;"50,000 to 60,000";1;d\nx;5;many;e\nx;5;-1;f\n'
        "x;5;1;a\nx;5;1;g;extra\nlast;;;\n",
    )
    assert [product.name for product in products] == ["ok", "last"]
    assert [error.split(":")[0] for error in errors] == [
        "Row 3, column “Item”",
        "Row 4, column “Unit Price”",
        "Row 5, column “Unit Price”",
        "Row 6, column “Qty”",
        "Row 7, column “Qty”",
        "Row 8, column “SKU”",
        "Row 9",
    ]
    assert "row 2 too" in errors[5]


def test_no_column_for_the_name_says_which_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"a\.csv.*sku, price.*Call one of them “name”"):
        read(tmp_path / "a.csv", "sku,price\n1,2\n")


def test_zeros_at_the_front_of_an_sku_and_emoji_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for i, row in enumerate([["name", "sku", "price"], ["🏮 โคม", "007", 2.125], ["b", 12, 9.99]]):
            for j, cell in enumerate(row):
                page.write(i, j, cell)
    found = read_products(path, "KES")
    assert found.products == [Product("b", sku="12", price=Money(999, "KES"))]
    assert [str(error) for error in found.errors] == [
        "Row 2, column “price”: “2.1250” has more decimals than KES has (2)."
    ]


ROW = {
    "sku": "0010",
    "name": "lamp",
    "price": 9.99,
    "facts": {"run time": "12 h"},
    "tags": ["a", "b"],
    "id": 3,
}
READ = Product(
    "lamp", sku="0010", price=Money(999, "KES"), facts=(Fact("run time", "12 h"), Fact("tags", "a, b"))
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps([ROW])),
        ("a.json", json.dumps({"products": [ROW]})),
        ("a.json", json.dumps(ROW)),
        ("a.jsonl", json.dumps(ROW) + "\n\n"),
        ("a.JSONL", "\ufeff" + json.dumps(ROW)),
    ],
)
def test_json_and_json_lines(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path / name, content) == ([READ], [])


def test_what_is_written_as_json_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", json.dumps(FULL.to_json())) == ([FULL], [])


def test_a_bad_line_of_json_is_told_with_its_number(tmp_path: Path) -> None:
    products, errors = read(
        tmp_path / "a.jsonl", '{"name": "a"}\n{broken\n[1]\n{"name": "b", "price": -1}\n{"x": 1}\n'
    )
    assert [product.name for product in products] == ["a"]
    assert [error[:25] for error in errors] == [
        "Row 2: is no valid JSON: ",
        "Row 3: is no record. It m",
        "Row 4, column “price”: “-",
        "Row 5, column “name”: “na",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [("{broken", "no valid JSON"), ("[" * 100_000, "no valid JSON"), ("3", "must hold a list"), ("", "is empty")],
)  # fmt: skip
def test_a_json_file_that_cant_be_read(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read(tmp_path / "a.json", content)


@pytest.mark.parametrize(
    "value", [{"name": {"a": 1}}, {"name": "x", "facts": 3}, {"name": "x", "stock": [1]}]
)
def test_json_of_the_wrong_kind_is_an_error_of_its_row(tmp_path: Path, value: dict[str, Any]) -> None:
    products, errors = read(tmp_path / "a.jsonl", json.dumps(value))
    assert products == []
    assert errors[0].startswith("Row 1, column “")
