from __future__ import annotations

import random
from pathlib import Path

import pytest

from desktop.drafting.phrases import Phrases
from desktop.drafting.planning import plan_reply
from desktop.drafting.wording import all_ways, compose, fact_sentences, fits, is_written, ways_to_say
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product, ShopProfile
from model_export.corpus import reply as corpus

PHRASES = Phrases.load(Path(__file__).parents[3] / "resources" / "phrases")
TABLE, WAYS = PHRASES.table("reply"), all_ways(PHRASES)
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


@pytest.mark.parametrize(
    ("intent", "text", "written"),
    [
        ("price", "Sure! The price of the <|product|> is <|price|>. Shall I keep it for you? 😊", True),
        ("price", "the price of the <|product|>, is <|price|> !", True),
        ("price", "Sure! The price of the <|product|> was <|price|>.", False),
        ("stock", "Sadly it is <|stock|>. Would you like to hear from us when it is back?", False),
        ("hours", "The terms are the <|hours|> are:", False),
        ("price", "Sure! The price of the <|product|> is <|price|>. Fair, yes?", False),
    ],
)
def test_a_reply_is_made_of_what_is_written_for_its_content(intent: str, text: str, written: bool) -> None:
    ways = ways_to_say(WAYS, plan_reply("?", SHOP, LANTERN, [intent]))
    assert is_written(ways, text) is written


def test_what_the_phrases_and_the_corpus_say_is_written() -> None:
    rng = random.Random(3)
    for _ in range(150):
        plan = corpus.planned(rng, Path(), False)
        for table in (TABLE, WAYS):
            text = compose(table, plan, rng.choice(corpus.TONES), rng)
            assert is_written(ways_to_say(WAYS, plan), text), text


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
