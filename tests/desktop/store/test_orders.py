"""Orders with their lines: saving, undoing, importing twice, and the stamp for the recommender."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desktop.shop.money import Money
from desktop.shop.records import Order, OrderLine
from desktop.store.errors import DuplicateError
from desktop.store.store import Store

ORDER = Order(
    "A-1",
    date(2026, 3, 31),
    (OrderLine("SL-10", "Lantern", 2, Money(245000, "KES")), OrderLine("B", "Bulb"), OrderLine("B", "Bulb")),
    "Achieng",
)


def test_an_order_comes_back_as_it_was_saved(store: Store) -> None:
    saved = store.orders.save(ORDER)
    assert saved == replace(ORDER, id=saved.id)
    assert store.orders.get(saved.id) == store.orders.by_number("A-1") == saved


def test_saving_again_takes_the_place_of_the_lines(store: Store) -> None:
    saved = store.orders.save(ORDER)
    changed = store.orders.save(replace(saved, lines=(OrderLine("C", "Cup"),)))
    assert store.orders.all() == [changed]
    assert changed.lines == (OrderLine("C", "Cup"),)


def test_a_number_stands_once(store: Store) -> None:
    store.orders.save(ORDER)
    with pytest.raises(DuplicateError, match="“A-1”"):
        store.orders.save(ORDER)


@pytest.mark.parametrize("query", ["a-1", "achi", "lantern", "sl-10 bulb"])
def test_search_finds_number_customer_and_goods(store: Store, query: str) -> None:
    store.orders.save(ORDER)
    assert store.orders.count(query) == 1
    assert store.orders.count(query + " zebra") == 0


def test_the_newest_order_stands_first(store: Store) -> None:
    for number, day in (("1", 5), ("2", 9), ("3", 7)):
        store.orders.save(Order(number, date(2026, 1, day), ()))
    assert [order.number for order in store.orders.all()] == ["2", "3", "1"]


def test_delete_takes_the_lines_too_and_can_be_undone(store: Store) -> None:
    saved = store.orders.save(ORDER)
    undo = store.orders.delete([saved.id])
    with store._file.read() as db:
        assert db["order_lines"].count == 0
    store.orders.restore(undo)
    assert store.orders.all() == [saved]


def test_reading_the_same_file_twice_changes_nothing(store: Store) -> None:
    orders = [replace(ORDER, number=str(i)) for i in range(5)]
    assert store.orders.save_many(orders).added == 5
    before, stamp = store.orders.all(), store.orders.stamp()
    again = store.orders.save_many(orders)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 5)
    assert (store.orders.all(), store.orders.stamp()) == (before, stamp)


def test_an_import_can_be_undone(store: Store) -> None:
    first = store.orders.save(ORDER)
    saved = store.orders.save_many([replace(ORDER, customer="Otieno"), replace(ORDER, number="A-2")])
    assert (saved.added, saved.updated) == (1, 1)
    store.orders.restore(saved.undo)
    assert store.orders.all() == [first]


def test_the_stamp_changes_with_every_change(store: Store, tmp_path: Path) -> None:
    stamps = [store.orders.stamp()]
    saved = store.orders.save(ORDER)
    stamps.append(store.orders.stamp())
    store.orders.save(replace(saved, customer="Otieno"))
    stamps.append(store.orders.stamp())
    undo = store.orders.delete([saved.id])
    stamps.append(store.orders.stamp())
    store.orders.restore(undo)
    stamps.append(store.orders.stamp())
    with Store(tmp_path / "other.db") as other:
        stamps.append(other.orders.stamp())
    assert len(set(stamps)) == len(stamps)


def test_baskets_come_oldest_first_and_leave_out_what_holds_nothing(store: Store) -> None:
    store.orders.save(replace(ORDER, number="2", day=date(2026, 5, 1)))
    store.orders.save(ORDER)
    store.orders.save(Order("3", date(2026, 1, 1), ()))
    baskets = list(store.orders.iter_baskets())
    assert [order.number for order in baskets] == ["A-1", "2"]
    assert baskets[0].basket == {"SL-10", "B"}
    assert baskets[0].lines[0] == OrderLine("SL-10", "Lantern", 2)
