from __future__ import annotations

from pathlib import Path

import pytest

from desktop.drafting.phrases import Phrases
from desktop.drafting.planning import plan_reply
from desktop.drafting.wording import fact_sentences, fits
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product, ShopProfile

TABLE = Phrases.load(Path(__file__).parents[3] / "resources" / "phrases").table("reply")
SHOP = ShopProfile(
    "Jirani", "KES", policies={"returns": "within 7 days", "payment": "cash", "hours": "8 to 7"}
)
LANTERN = Product(
    "solar lantern", price=Money(100, "KES"), stock=3, facts=(Fact("waterproof", "no"), Fact("colour", "red"))
)
GONE = Product("mat", price=Money(100, "KES"), stock=0)


def _fits(
    intent: str, text: str, *, message: str = "?", product: Product | None = LANTERN, tone: str = "friendly"
) -> bool:
    return fits(TABLE, plan_reply(message, SHOP, product, [intent]), tone, text)


@pytest.mark.parametrize(
    ("intent", "text", "right"),
    [
        ("price", "It is <|price|>. Shall I keep it for you?", True),
        ("payment", "Payment: <|payment|>. Shall I keep it for you?", False),
        ("hours", "We are open: <|hours|>. Which product are you interested in?", False),
        ("returns", "Our rule: <|returns|>. How many would you like?", False),
        ("returns", "Our rule: <|returns|>. Do you have the order number?", True),
        ("price", "It is <|price|>. What is your order number?", False),
        ("delivery_status", "Thanks for stopping by! What is the order number?", False),
        ("delivery_status", "Let me check. What is the order number?", True),
        ("complaint", "What is your order number?", False),
        ("complaint", "I am sorry. What is your order number?", True),
        ("thanks", "You are welcome. The price is <|price|>.", False),
        ("thanks", "You are welcome.", True),
        ("greeting", "Sure! What do you need today?", False),
        ("greeting", "Hello! What do you need today?", True),
        ("price", "Sure! Yes, it is <|price|>.", False),
        ("price", "Thank you for asking. Thanks for your message. It is <|price|>.", False),
    ],
)
def test_the_next_step_fits_what_is_answered(intent: str, text: str, right: bool) -> None:
    assert _fits(intent, text) is right


def test_what_is_out_of_stock_is_not_offered() -> None:
    assert not _fits("stock", "It is <|stock|>. Would you like to take it?", product=GONE)
    assert _fits("stock", "It is <|stock|>. Shall I tell you when it is back?", product=GONE)


def test_a_fault_is_answered_with_an_apology_and_a_question_for_the_order() -> None:
    message = "I bought it yesterday and it is not working"
    assert not _fits("complaint", "I am sorry. Our rule: <|returns|>.", message=message)
    assert _fits("complaint", "I am sorry. Our rule: <|returns|>. Please send a photo.", message=message)


def test_faces_are_for_the_friendly_tone_and_one_is_enough() -> None:
    assert _fits("price", "It is <|price|> 😊")
    assert not _fits("price", "It is <|price|> 😊", tone="premium")
    assert not _fits("price", "Hi 😊 It is <|price|> 😊")


def test_karibu_is_for_east_africa() -> None:
    lagos = ShopProfile("X", "NGN")
    assert _fits("price", "Karibu! It is <|price|>.")
    assert not fits(TABLE, plan_reply("?", lagos, LANTERN, ["price"]), "friendly", "Karibu! It is <|price|>.")


def test_a_yes_or_no_has_sentences_of_its_own() -> None:
    assert all("{f}" not in line for line in fact_sentences(TABLE, Fact("waterproof", "no")))
    assert any("it is not" in line for line in fact_sentences(TABLE, Fact("waterproof", "no")))
    assert not any("it is not" in line for line in fact_sentences(TABLE, Fact("fuse", "no")))
    assert all("{f}" in line for line in fact_sentences(TABLE, Fact("fortified", "yes, iron")))


@pytest.mark.parametrize(
    "intent", ["greeting", "thanks", "other", "complaint", "delivery_status", "order_change"]
)
def test_what_holds_no_fact_is_written(intent: str) -> None:
    assert plan_reply("hello", SHOP, None, [intent]).written


def test_a_yes_or_no_is_never_worded_by_the_model() -> None:
    assert plan_reply("is it waterproof", SHOP, LANTERN, ["product_info"]).written
    assert not plan_reply("what colour is it", SHOP, LANTERN, ["product_info"]).written


def test_what_is_said_of_a_fact_must_be_true_of_its_kind() -> None:
    boots = Product("gumboots", stock=2, facts=(Fact("sizes", "6 to 11"), Fact("material", "PVC")))
    message = "which sizes and what material"
    assert _fits("product_info", "It is made of <|f2|>.", message=message, product=boots)
    assert not _fits("product_info", "It is made of <|f1|>.", message=message, product=boots)


@pytest.mark.parametrize(
    "text", ["It is <|price|>. What can you do you need?", "It is <|price|> and the.", "It is is <|price|>."]
)
def test_a_sentence_that_loses_its_way_is_not_shown(text: str) -> None:
    assert not _fits("price", text)
