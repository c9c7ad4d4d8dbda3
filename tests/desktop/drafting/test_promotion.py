from __future__ import annotations

from pathlib import Path

import pytest

from desktop.drafting.lexicon import Lexicon
from desktop.drafting.phrases import Phrases
from desktop.drafting.promotion import Brief, PromotionDrafter, fits_sms, promotion_prompt, sms_length
from desktop.drafting.prompt import CHANNELS, TONES
from desktop.shop.records import Product, RecordError, ShopProfile

ROOT = Path(__file__).parents[3] / "resources"
DRAFTER = PromotionDrafter(None, Lexicon.load(ROOT / "lexicon" / "en.toml"), Phrases.load(ROOT / "phrases"))
SHOP = ShopProfile("Mama Grace Stores", "KES")
LANTERN = Product.from_json({"sku": "SL-10", "name": "solar lantern", "price": "2450"}, "KES")
DRESS = Product.from_json({"sku": "CD-2", "name": "cotton dress", "price": "1500"}, "KES")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("tone", TONES)
def test_everything_of_the_brief_is_said_and_nothing_flagged(channel: str, tone: str) -> None:
    brief = Brief("Eid", "10% off", (LANTERN, DRESS), channel, "Sunday", "EID10", tone)
    result = DRAFTER.draft(brief, SHOP)
    assert len(result.variants) == 3
    for variant in result.variants:
        folded = variant.text.casefold()
        assert all(part in folded for part in ("10% off", "solar lantern", "cotton dress", "sunday", "eid10"))
        assert variant.flags == ()
        if channel == "sms":
            assert fits_sms(variant.text)


@pytest.mark.parametrize(
    ("text", "expected"), [("a" * 160, (160, 160)), ("€", (2, 160)), ("नमस्ते", (6, 70)), ("😊", (2, 70))]
)
def test_sms_counts_as_the_standard_does(text: str, expected: tuple[int, int]) -> None:
    assert sms_length(text) == expected


def test_a_brief_too_long_for_an_sms_is_shown_with_a_note() -> None:
    brief = Brief(
        "the grand opening of our second shop in town", "one gift with each order " * 5, (LANTERN,), "sms"
    )
    result = DRAFTER.draft(brief, SHOP)
    assert result.variants
    assert "longer than the channel allows" in result.note


def test_an_occasion_alone_is_enough() -> None:
    result = DRAFTER.draft(Brief("Diwali"), SHOP)
    assert all("Diwali" in variant.text for variant in result.variants)


def test_until_is_not_said_twice() -> None:
    assert promotion_prompt(Brief("Eid", deadline="until Friday"), SHOP).values["<|deadline|>"] == "Friday"


def test_a_brief_is_read_with_products_of_the_catalogue() -> None:
    brief = Brief.from_json(
        {"occasion": "Eid", "products": ["SL-10", "Cotton Dress"], "channel": "SMS"}, (LANTERN, DRESS)
    )
    assert brief.products == (LANTERN, DRESS)
    assert brief.channel == "sms"
    assert Brief.from_json(brief.to_json()) == brief


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "empty"),
        ({"occasion": "Eid", "channel": "fax"}, "channel"),
        ({"occasion": "Eid", "tone": "loud"}, "tone"),
        ({"products": ["XX"]}, "XX"),
    ],
)
def test_a_bad_brief_says_what_is_wrong(row: dict[str, object], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        Brief.from_json(row)
