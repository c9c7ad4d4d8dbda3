"""The desk puts the rooms together: one shop, with or without the model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from desktop.desk import ORDER_MODEL, Desk, form_of, resources_dir
from desktop.shop.money import Money
from desktop.shop.records import Fact, Order, OrderLine, Product, ShopProfile
from desktop.store.errors import StoreError

LANTERN = Product(
    "solar lantern", "SL-1", "Sunbell", price=Money(245000, "KES"), facts=(Fact("run time", "12 hours"),)
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(tmp_path / "shop", use_model=False) as opened:
        yield opened


def sale(number: int, *skus: str) -> Order:
    return Order(str(number), date(2026, 1, 1), tuple(OrderLine(sku, sku) for sku in skus))


def test_a_listing_is_drafted_without_a_model_and_says_so(desk: Desk) -> None:
    result = desk.draft_listing(LANTERN)
    assert result.source == "phrases"
    assert "Sunbell" in result.variants[0].title
    assert desk.model_status().ready is False


def test_typed_text_is_checked_against_the_facts_and_the_marketplace(desk: Desk) -> None:
    fields = {
        "title": "Sunbell Solar Lantern " + "x" * 80,
        "bullets": "",
        "description": "Runs for 24 hours.",
    }
    flags, rules = desk.check_listing(LANTERN, fields, "amazon")
    assert [(flag.field, flag.text) for flag in flags if "24" in flag.text]
    assert any(rule.field == "title" and not rule.ok for rule in rules)


def test_a_reply_is_checked_against_the_shop(desk: Desk) -> None:
    shop = ShopProfile("Duka", policies={"hours": "8am to 6pm"})
    assert desk.check_text("We are open 8am to 6pm.", [], shop) == []
    assert desk.check_text("We are open 8am to 9pm.", [], shop)


def test_the_order_model_is_kept_and_follows_the_orders(tmp_path: Path) -> None:
    with Desk.open(tmp_path, use_model=False) as desk:
        for i in range(3):
            desk.store.orders.save(sale(i, "A", "B"))
        assert desk.recommender().suggest(["A"])[0].sku == "B"
        kept = tmp_path / ORDER_MODEL
        written = kept.stat().st_mtime_ns
        desk.recommender()
        assert kept.stat().st_mtime_ns == written
    with Desk.open(tmp_path, use_model=False) as desk:
        assert desk.recommender().orders == 3
        assert kept.stat().st_mtime_ns == written
        for i in range(3, 8):
            desk.store.orders.save(sale(i, "A", "C"))
        assert desk.recommender().suggest(["A"])[0].sku == "C"
        assert kept.stat().st_mtime_ns != written


def test_a_damaged_order_model_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ORDER_MODEL).write_bytes(b"not a model")
    with Desk.open(tmp_path, use_model=False) as desk:
        desk.store.orders.save(sale(1, "A", "B"))
        assert desk.recommender().suggest(["A"])


def test_closing_twice_is_harmless_and_the_store_is_gone(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, use_model=False)
    desk.close()
    desk.close()
    with pytest.raises(RuntimeError):
        _ = desk.store


def test_a_file_where_the_data_folder_should_be_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("", "utf-8")
    with pytest.raises(StoreError, match="data"):
        Desk.open(path, use_model=False)


def test_resources_are_found_beside_the_package_and_in_a_frozen_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (resources_dir() / "lexicon" / "en.toml").is_file()
    monkeypatch.setattr("sys._MEIPASS", "/frozen", raising=False)
    assert resources_dir() == Path("/frozen/resources")


def test_a_marketplaces_rules_become_the_form_that_a_listing_is_written_for(desk: Desk) -> None:
    form = form_of(desk.marketplaces["amazon"])
    assert (form.limits["title"], form.limits["bullet"], form.most_bullets) == (75, 255, 5)
    assert "search_terms" not in form.limits  # counted in bytes, and not written
    assert "free shipping" in form.banned_words
    assert "!" in form.banned_symbols["title"]
    assert "description" not in form.banned_symbols
