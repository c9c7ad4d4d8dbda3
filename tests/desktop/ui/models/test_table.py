from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from desktop.shop.money import Money
from desktop.shop.records import Order, OrderLine, Product
from desktop.ui.models.columns import order_total, product_columns
from desktop.ui.models.table import Column, RecordTable


@dataclass(frozen=True)
class Thing:
    id: int
    name: str
    size: int


@pytest.fixture
def table(qapp):
    columns = [
        Column("Name", lambda t: t.name),
        Column("Size", lambda t: f"{t.size} cm", lambda t: t.size, True),
    ]
    made = RecordTable(columns)
    made.set_records([Thing(1, "b", 9), Thing(2, "A", 10), Thing(3, "c", 2)])
    return made


def ids(table):
    return [record.id for record in table.records]


def test_text_sorts_without_case_and_numbers_by_size(table):
    table.sort(0)
    assert ids(table) == [2, 1, 3]
    table.sort(1, Qt.SortOrder.DescendingOrder)
    assert ids(table) == [2, 1, 3]


def test_sorting_stays_when_records_are_read_again(table):
    table.sort(1)
    table.set_records([Thing(4, "x", 5), Thing(5, "y", 1)])
    assert ids(table) == [5, 4]


def test_what_is_selected_moves_along_with_sorting(table):
    chosen = QPersistentModelIndex(table.index(2, 1))
    table.sort(0, Qt.SortOrder.DescendingOrder)
    assert table.record(chosen.row()).id == 3


def test_one_record_is_replaced_in_its_row(table):
    assert table.replace(Thing(2, "new", 1))
    assert table.index(1, 0).data() == "new"
    assert not table.replace(Thing(99, "", 0))


def test_long_texts_and_line_breaks_stay_in_one_line(table):
    table.set_records([Thing(1, "a\nb " + "x" * 10_000, 1)])
    assert table.index(0, 0).data().startswith("a b x")
    assert len(table.index(0, 0).data()) <= 300


def test_products_without_price_or_stock_sort_first(qapp):
    table = RecordTable(product_columns())
    table.set_records([Product("a", price=Money(1, "KES"), stock=0, id=1), Product("b", id=2)])
    for column in (4, 5):
        table.sort(column)
        assert ids(table) == [2, 1]
    assert table.index(0, 5).data() == ""
    assert table.index(1, 5).data() == "0"


@pytest.mark.parametrize(
    ("prices", "total"),
    [
        ([Money(100, "KES"), Money(50, "KES")], Money(300, "KES")),
        ([Money(100, "KES"), None], None),
        ([Money(100, "KES"), Money(1, "USD")], None),
        ([], None),
    ],
)
def test_an_order_has_a_total_only_if_all_prices_are_known(prices, total):
    from datetime import date

    lines = tuple(OrderLine("s", "n", 2, price) for price in prices)
    assert order_total(Order("1", date(2026, 1, 1), lines)) == total
