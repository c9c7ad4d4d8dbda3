"""The records' JSON: what is taken, what is refused, and that nothing is lost on the way and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.shop.money import Money, PriceError
from desktop.shop.records import (
    DeliveryZone,
    Draft,
    DraftState,
    Fact,
    Order,
    OrderLine,
    Product,
    RecordError,
    SavedReply,
    ShopProfile,
    Task,
)

LAMP = Product(
    "solar lantern",
    sku="SL-10",
    brand="Sunbell",
    category="Home > Lighting",
    price=Money(245050, "KES"),
    stock=14,
    facts=(Fact("run time", "12 hours"), Fact("charging", "USB")),
    notes="two\nlines",
)


def test_a_product_comes_back_from_its_json() -> None:
    assert Product.from_json(LAMP.to_json()) == LAMP


@given(
    st.builds(
        Product,
        name=st.text(min_size=1).map(str.strip).filter(bool),
        notes=st.text().map(str.strip),
        price=st.none()
        | st.builds(Money, st.integers(0, 10**12), st.sampled_from(["KES", "TND", "VND", "INR"])),
        stock=st.none() | st.integers(0, 10**9),
    )
)
def test_any_product_comes_back_from_its_json(product: Product) -> None:
    assert Product.from_json(product.to_json()) == product


def test_facts_may_be_a_list_and_values_other_than_text() -> None:
    row = {"name": "x", "facts": [{"name": "sizes", "value": [1, 2]}, {"name": "washable", "value": True}]}
    assert Product.from_json(row).facts == (Fact("sizes", "1, 2"), Fact("washable", "yes"))


def test_a_fact_name_that_stands_twice_keeps_both_values() -> None:
    product = Product("x", facts=(Fact("colour", "red"), Fact("colour", "blue")))
    assert product.to_json()["facts"] == {"colour": "red, blue"}


@pytest.mark.parametrize("price", [9.99, "9.99", "USD 9.99"])
def test_prices_may_be_numbers_or_text(price: Any) -> None:
    assert Product.from_json({"name": "x", "price": price}, "USD").price == Money(999, "USD")


def test_zero_is_a_price_and_a_stock() -> None:
    product = Product.from_json({"name": "x", "price": 0, "stock": 0}, "KES")
    assert (product.price, product.stock) == (Money(0, "KES"), 0)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x", "price": True}, "price"),
        ({"name": "x", "price": {"a": 1}}, "price"),
        ({"name": "x", "stock": "many"}, "stock"),
        ({"name": "x", "stock": "-1"}, "stock"),
        ({"name": "x", "stock": 1.5}, "stock"),
        ({"name": "x", "stock": "nan"}, "stock"),
        ({"name": "x", "stock": "1e999999"}, "stock"),
        ({"name": "x", "facts": "long"}, "facts"),
        ({"name": "x", "facts": [1]}, "facts"),
    ],
)
def test_a_product_that_cant_be_used_names_the_field(row: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError, match=f"“{field}”") as caught:
        Product.from_json(row)
    assert caught.value.field == field


@pytest.mark.parametrize("price", [-5, "KSh -5", "50,000 to 60,000", float("nan")])
def test_a_price_that_cant_be_used_is_a_price_error(price: Any) -> None:
    with pytest.raises(PriceError):
        Product.from_json({"name": "x", "price": price}, "KES")


def test_a_long_text_in_any_script_is_kept() -> None:
    text = "สวัสดี नमस्ते مرحبا 🏮 " * 500
    assert Product.from_json({"name": "x", "notes": text}).notes == text.strip()


def test_a_shop_comes_back_from_its_json() -> None:
    shop = ShopProfile(
        "Mama", "KES", "sw", {"payment": "M-Pesa"}, (DeliveryZone("Nakuru", "1 day", "KSh 350"),)
    )
    assert ShopProfile.from_json(shop.to_json()) == shop


def test_delivery_may_be_one_text() -> None:
    assert ShopProfile.from_json({"policies": {"delivery": "1-2 days"}}).delivery == (
        DeliveryZone("", "1-2 days"),
    )


@pytest.mark.parametrize("policies", ["cash", {"delivery": 3}, {"delivery": ["Nakuru"]}])
def test_policies_that_cant_be_used_are_refused(policies: Any) -> None:
    with pytest.raises(RecordError, match="polic"):
        ShopProfile.from_json({"policies": policies})


def test_an_order_comes_back_from_its_json() -> None:
    order = Order(
        "7", date(2026, 3, 31), (OrderLine("a", "A", 2, Money(500, "KES")), OrderLine("b", "B")), "Achieng"
    )
    assert Order.from_json(order.to_json()) == order


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"date": "2026-01-01", "lines": []}, "order"),
        ({"order": "1", "date": "soon", "lines": []}, "date"),
        ({"order": "1", "date": "2026-01-01", "lines": {}}, "lines"),
        ({"order": "1", "date": "2026-01-01", "lines": [{"sku": "a", "quantity": "x"}]}, "quantity"),
    ],
)
def test_an_order_that_cant_be_used_names_the_field(row: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError) as caught:
        Order.from_json(row)
    assert caught.value.field == field


def test_a_basket_holds_what_was_bought_once() -> None:
    lines = (OrderLine("a", "A"), OrderLine("a", "A"), OrderLine("b", "B", 0))
    assert Order("1", date(2026, 1, 1), lines).basket == {"a"}


def test_a_saved_reply_comes_back_from_its_json() -> None:
    reply = SavedReply("hours", "Opening hours", "We open at 8.")
    assert SavedReply.from_json(reply.to_json()) == reply
    assert SavedReply.from_json(reply.to_json() | {"shortcut": "/hours"}) == reply


@pytest.mark.parametrize("row", [{"text": "x"}, {"shortcut": "two words", "text": "x"}, {"shortcut": "a"}])
def test_a_saved_reply_that_cant_be_used_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        SavedReply.from_json(row)


def test_a_draft_comes_back_from_its_json() -> None:
    now = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
    draft = Draft(
        Task.LISTING,
        "lamp",
        {"product": LAMP.to_json()},
        ({"title": "Lamp", "bullets": ["a"]},),
        {"title": "Lamp"},
        DraftState.COPIED,
        {"title": "Lamp"},
        now,
        now,
        3,
    )
    assert Draft.from_json(draft.to_json()) == draft


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"task": "poem"},
        {"task": "reply", "state": "lost"},
        {"task": "reply", "variants": [1]},
        {"task": "reply", "text": 1},
        {"task": "reply", "created": "soon"},
        {"task": "reply", "id": "first"},
    ],
)
def test_a_draft_that_cant_be_used_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        Draft.from_json(row)
