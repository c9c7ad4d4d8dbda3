"""The catalogue: saving, finding, undoing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.shop.money import Money
from desktop.shop.records import Fact, Product
from desktop.store.errors import DuplicateError
from desktop.store.store import Store

LAMP = Product(
    "Solar lantern",
    sku="SL-10",
    brand="Sunbell",
    category="Home > Lighting",
    price=Money(245000, "KES"),
    stock=14,
    facts=(Fact("run time", "12 hours"), Fact("run time", "USB"), Fact("色", "赤")),
    notes="  two\nlines 🏮",
)


def test_a_product_comes_back_as_it_was_saved(store: Store) -> None:
    saved = store.products.save(LAMP)
    assert saved == replace(LAMP, id=saved.id)
    assert store.products.get(saved.id) == saved
    assert store.products.all() == [saved]


def test_saving_with_an_id_takes_the_place(store: Store) -> None:
    saved = store.products.save(LAMP)
    changed = store.products.save(replace(saved, name="Lantern", price=None, stock=None))
    assert changed.id == saved.id
    assert store.products.all() == [changed]


def test_the_time_of_making_stays_when_a_product_changes(store: Store) -> None:
    saved = store.products.save(LAMP)
    with store._file.read() as db:
        first = next(db.query("SELECT created, changed FROM products"))
    store.products.save(replace(saved, name="Lantern"))
    with store._file.read() as db:
        second = next(db.query("SELECT created, changed FROM products"))
    assert second["created"] == first["created"]
    assert second["changed"] > first["changed"]
    assert second["changed"].endswith("+00:00")


def test_an_sku_stands_once(store: Store) -> None:
    store.products.save(LAMP)
    with pytest.raises(DuplicateError, match="“SL-10” already belongs"):
        store.products.save(Product("Other", sku=" SL-10 "))
    assert store.products.count() == 1


def test_products_without_an_sku_are_many(store: Store) -> None:
    store.products.save(Product("A"))
    store.products.save(Product("A"))
    assert store.products.count() == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Café lamp", "ไฟฉาย", "100% cotton_bag"}),
        ("cafe", {"Café lamp"}),
        ("CAFÉ LAM", {"Café lamp"}),
        ("lamp café", {"Café lamp"}),
        ("zx-9", {"Café lamp"}),
        ("sunbell", {"Café lamp"}),
        ("lighting", {"Café lamp"}),
        ("ฉาย", {"ไฟฉาย"}),
        ("100%", {"100% cotton_bag"}),
        ("n_b", {"100% cotton_bag"}),
        ("cafe sandals", set()),
        ("'; DROP TABLE products; --", set()),
    ],
)
def test_search_finds_every_word_in_name_brand_sku_or_category(
    store: Store, query: str, found: set[str]
) -> None:
    store.products.save(Product("Café lamp", sku="ZX-9", brand="Sunbell", category="Home > Lighting"))
    store.products.save(Product("ไฟฉาย"))
    store.products.save(Product("100% cotton_bag"))
    assert {product.name for product in store.products.all(query)} == found
    assert store.products.count(query) == len(found)


def test_paging(store: Store) -> None:
    store.products.save_many(Product(f"P{i:03d}") for i in range(25))
    assert [p.name for p in store.products.all(limit=3, offset=10)] == ["P010", "P011", "P012"]


def test_by_sku_minds_capitals_only_where_it_must(store: Store) -> None:
    lower = store.products.save(Product("a", sku="85123a"))
    assert store.products.by_sku("85123A") == lower
    upper = store.products.save(Product("A", sku="85123A"))
    assert store.products.by_sku("85123A") == upper
    assert store.products.by_sku("85123a") == lower
    assert store.products.by_sku("nothing") is None
    assert store.products.by_sku("") is None


def test_delete_can_be_undone_and_done_again(store: Store) -> None:
    ids = [store.products.save(Product(name)).id for name in "abc"]
    before = store.products.all()
    undo = store.products.delete([ids[0], ids[2], 999])
    assert len(undo) == 2
    assert [p.name for p in store.products.all()] == ["b"]
    store.products.save(Product("d"))
    redo = store.products.restore(undo)
    assert [p for p in store.products.all() if p.name != "d"] == before
    store.products.restore(redo)
    assert [p.name for p in store.products.all()] == ["b", "d"]


def test_an_id_is_never_given_twice(store: Store) -> None:
    first = store.products.save(Product("a"))
    undo = store.products.delete([first.id])
    assert store.products.save(Product("b")).id != first.id
    store.products.restore(undo)
    assert store.products.get(first.id) == first


def test_undo_says_so_when_the_sku_was_given_away(store: Store) -> None:
    undo = store.products.delete([store.products.save(LAMP).id])
    other = store.products.save(Product("Other", sku="SL-10"))
    with pytest.raises(DuplicateError, match="SL-10"):
        store.products.restore(undo)
    assert store.products.all() == [other]


def test_a_token_of_another_table_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="orders"):
        store.products.restore(store.orders.delete([1]))


def test_an_import_adds_updates_and_leaves_alone(store: Store) -> None:
    known = store.products.save(LAMP)
    same = store.products.save(Product("same", sku="S"))
    saved = store.products.save_many(
        [replace(LAMP, stock=3), Product("same", sku="S"), Product("new", sku="N")]
    )
    assert (saved.added, saved.updated, saved.unchanged) == (1, 1, 1)
    assert store.products.get(known.id) == replace(known, stock=3)
    assert store.products.count() == 3
    store.products.restore(saved.undo)
    assert store.products.all() == [same, known]


def test_an_sku_twice_in_one_import_keeps_the_last(store: Store) -> None:
    saved = store.products.save_many([Product("first", sku="X"), Product("last", sku="X")])
    assert saved.added == 1
    assert [p.name for p in store.products.all()] == ["last"]
    store.products.restore(saved.undo)
    assert store.products.all() == []


def test_an_import_that_fails_half_way_adds_nothing(store: Store) -> None:
    def products() -> object:
        yield Product("a")
        raise RuntimeError("the file ended")

    with pytest.raises(RuntimeError):
        store.products.save_many(products())  # type: ignore[arg-type]
    assert store.products.all() == []
    store.products.save(Product("b"))
    assert store.products.count() == 1
