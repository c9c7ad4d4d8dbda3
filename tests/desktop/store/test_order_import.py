"""Past orders from files: days, cancelled lines, services, bad lines."""

from __future__ import annotations

import gzip
import json
import time
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from desktop.shop.money import Money
from desktop.shop.records import Order, OrderLine
from desktop.store.days import Days
from desktop.store.order_import import OrdersImport, read_orders
from desktop.store.tables import TableError

HEAD = "order,date,sku,name,quantity,price,customer\n"


def read(path: Path, content: str) -> OrdersImport:
    path.write_text(content, encoding="utf-8")
    return read_orders(path, "KES")


TWO = [
    Order(
        "1",
        date(2026, 3, 31),
        (OrderLine("a", "A", 2, Money(500, "KES")), OrderLine("b", "B", 1, Money(1050, "KES"))),
        "Achieng",
    ),
    Order("2", date(2026, 4, 1), (OrderLine("a", "A", 1, Money(500, "KES")),)),
]
LINES = "1,{0},a,A,2,5,Achieng\n2,{1},a,A,,KSh 5,\n1,{0},b,B,1,10.50,Achieng\n"


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        (HEAD, "2026-03-31", "2026-04-01"),
        (HEAD, "2026-03-31T08:26:00+03:00", "2026-04-01 08:26"),
        (
            "InvoiceNo,InvoiceDate,StockCode,Description,Quantity,UnitPrice,CustomerID\n",
            "3/31/2026 8:26",
            "4/1/2026 9:00",
        ),
        ("Order No.,Order Date,SKU,Item,Qty,Price,Customer Name\n", "31/03/2026", "1/4/26"),
        ("order id,day,code,product,units,rate,client\n", "31.3.2026", "01.04.2026"),
        ("Receipt,date,product code,item name,pieces,unit price,buyer\n", "31 Mar 2026", "1-Apr-26"),
        ("order number,created at,sku,title,qty,price,phone\n", "March 31, 2026", "Apr 1st, 2026"),
        (HEAD, "20260331", "20260401"),
    ],
)  # fmt: skip
def test_headers_and_days_as_programs_write_them(tmp_path: Path, head: str, first: str, second: str) -> None:
    lines = LINES.replace(",{0},", f',"{first}",').replace(",{1},", f',"{second}",')
    found = read(tmp_path / "a.csv", head + lines)
    assert found.errors == []
    assert found.orders == TWO
    assert found.lines == 3


@pytest.mark.parametrize(
    ("texts", "currency", "day"),
    [
        (["3/4/2026", "13/4/2026"], "USD", date(2026, 4, 3)),
        (["3/4/2026", "4/13/2026"], "KES", date(2026, 3, 4)),
        (["3/4/2026"], "KES", date(2026, 4, 3)),
        (["3/4/2026"], "USD", date(2026, 3, 4)),
    ],
)
def test_all_days_of_a_file_decide_which_part_is_the_month(
    texts: list[str], currency: str, day: date
) -> None:
    assert Days.of(texts, currency).read(texts[0]) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "31/31/2026", "45", "1 Foo 2026"])
def test_no_day(text: str) -> None:
    assert Days(month_first=False).read(text) is None


def test_cancelled_lines_and_services_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        HEAD + "1,2026-01-01,a,A,1,5,\n1,2026-01-01,b,B,-1,5,\n1,2026-01-01,POST,Postage,1,5,\n"
        "C2,2026-01-01,a,A,1,5,\n3,2026-01-01,x,Delivery fee,1,5,\n4,2026-01-01,c2,Carriage,1,5,\n"
        "4,2026-01-01,M,Manual,1,5,\n1,2026-01-01,M,Mug,1,5,\n",
    )
    assert [order.basket for order in found.orders] == [{"a", "M"}]
    assert (found.skipped_cancelled, found.skipped_service, found.errors) == (2, 4, [])


def test_a_status_of_cancelled_counts(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "order,date,sku,status\n1,2026-01-01,a,Paid\n2,2026-01-01,a,CANCELLED\n")
    assert [order.number for order in found.orders] == ["1"]
    assert found.skipped_cancelled == 1


def test_a_shop_may_let_all_its_numbers_begin_with_c(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", HEAD + "C1,2026-01-01,a,A,1,5,\nC2,2026-01-01,a,A,1,5,\n")
    assert [order.number for order in found.orders] == ["C1", "C2"]


def test_bad_lines_are_told_with_row_and_column_and_the_good_ones_come(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        "Invoice;Date;Code;Qty;Price\n1;2026-01-01;a;1;5\n;2026-01-01;a;1;5\n2;2026-01-01;;1;5\n3;2026-01-01;a;few;5\n"
        "4;2026-01-01;a;0;5\n5;soon;a;1;5\n6;2026-01-01;a;1;dear\n7;2026-01-01;a;1;5;more\n\n8;2026-01-01;a\n"
        "9;2026-01-01;a;1.5;5\n",
    )
    assert [order.number for order in found.orders] == ["1", "6", "8"]
    assert found.orders[1].lines[0].price is None
    assert [str(error).split(":")[0] for error in found.errors] == [
        "Row 3, column “Invoice”",
        "Row 4, column “Code”",
        "Row 5, column “Qty”",
        "Row 6, column “Qty”",
        "Row 7, column “Date”",
        "Row 8, column “Price”",
        "Row 9",
        "Row 12, column “Qty”",
    ]


def test_a_product_without_a_code_is_known_by_its_name(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "order,date,item\n1,2026-01-01,Lamp\n1,2026-01-01,Cup\n")
    assert found.orders[0].basket == {"Lamp", "Cup"}


def test_prices_of_machines_are_rounded_to_coins(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv", HEAD + '1,2026-01-01,a,A,1,0.001,17850.0\n1,2026-01-01,b,B,1,"1,299.00",\n'
    )
    assert [line.price for line in found.orders[0].lines] == [Money(0, "KES"), Money(129900, "KES")]
    assert found.orders[0].customer == "17850"


@pytest.mark.parametrize(
    ("head", "missing"),
    [
        ("date,sku", "order"),
        ("order,sku", "date"),
        ("order,date,price", "sku"),
        ("a,b", "order” and no column “date"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, head: str, missing: str) -> None:
    with pytest.raises(TableError, match=f"a.csv.*no column “{missing}"):
        read(tmp_path / "a.csv", head + "\n1,2,3\n")


NESTED = [order.to_json() for order in TWO]
FLAT = [{**order, **line} for order in NESTED for line in order["lines"]]
for row in FLAT:
    del row["lines"]


@pytest.mark.parametrize("rows", [NESTED, FLAT], ids=["nested", "flat"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz"])
def test_json(tmp_path: Path, name: str, rows: list[dict[str, object]]) -> None:
    text = json.dumps(rows) if name == "a.json" else "\n".join(map(json.dumps, rows))
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    found = read_orders(tmp_path / name, "KES")
    assert found.errors == []
    assert found.orders == TWO


def test_a_bad_line_of_json_is_told(tmp_path: Path) -> None:
    lines = [json.dumps(NESTED[1]), "{broken", json.dumps({"order": "3", "date": "2026-01-01", "lines": 3})]
    found = read(tmp_path / "a.jsonl", "\n".join(lines))
    assert found.orders == TWO[1:]
    assert [(error.row, error.column) for error in found.errors] == [(2, ""), (3, "lines")]


def test_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for i, row in enumerate(
            [["Order", "Date", "SKU", "Qty"], [1, "2026-03-31", "a", 2.0], [1, "2026-03-31", 7, 1]]
        ):
            for j, cell in enumerate(row):
                page.write(i, j, cell)
    (order,) = read_orders(path, "KES").orders
    assert order == Order("1", date(2026, 3, 31), (OrderLine("a", "", 2), OrderLine("7", "")))


def test_a_hundred_thousand_lines_packed_in_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    lines = "".join(
        f"{i // 20},2026-01-01 08:26:00,s{i % 997},NAME {i % 997},1,2.5,\n" for i in range(100_000)
    )
    path.write_bytes(gzip.compress((HEAD + lines).encode(), 1))
    started = time.process_time()
    found = read_orders(path, "KES")
    assert (len(found.orders), found.lines, found.errors) == (5000, 100_000, [])
    assert time.process_time() - started < 4  # 0.6 s on the slow machine it was measured on
