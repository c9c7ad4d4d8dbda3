from __future__ import annotations

from pathlib import Path

import pytest

from desktop.drafting.lexicon import Lexicon
from desktop.drafting.phrases import Phrases
from desktop.drafting.pitch import PitchDrafter, agreeing, fits_relation, pitch_prompt, relation
from desktop.shop.records import Product, ShopProfile

ROOT = Path(__file__).parents[3] / "resources"
PHRASES = Phrases.load(ROOT / "phrases")
DRAFTER = PitchDrafter(None, Lexicon.load(ROOT / "lexicon" / "en.toml"), PHRASES)
SHOP = ShopProfile("Mama Grace Stores", "KES")
LANTERN = Product.from_json({"name": "solar lantern", "price": "2450"}, "KES")
BATTERY = Product.from_json(
    {"name": "AA batteries", "price": "120", "facts": {"pack contents": "4 pieces"}}, "KES"
)


def test_a_pitch_names_the_suggestion_and_claims_nothing() -> None:
    result = DRAFTER.draft([LANTERN], BATTERY, shop=SHOP, variants=3)
    assert len(result.variants) == 3
    for variant in result.variants:
        assert "AA batteries" in variant.text
        assert variant.flags == ()
        assert "together" not in variant.text or "times" not in variant.text


def test_an_empty_basket_still_gives_a_pitch() -> None:
    result = DRAFTER.draft([], BATTERY, shop=SHOP)
    assert "AA batteries" in result.variants[0].text


@pytest.mark.parametrize(
    ("product", "suggestion", "name"),
    [
        ("solar lantern", "AA batteries", "power"),
        ("school shoes", "shoe polish", "care"),
        ("exercise book", "ballpoint pens", "study"),
        ("zxqv coupler", "quantum foo", "any"),
    ],
)
def test_the_relation_is_read_from_the_names(product: str, suggestion: str, name: str) -> None:
    assert relation(PHRASES.table("pitch"), product, suggestion)["name"] == name


def test_the_prompt_holds_both_products_and_the_suggestions_facts() -> None:
    values = pitch_prompt([LANTERN], BATTERY, SHOP).values
    assert values["<|product2|>"] == "AA batteries"
    assert values["<|price2|>"] == "KSh 120"
    assert values["<|f1|>"] == "4 pieces"


@pytest.mark.parametrize(
    ("suggestion", "text"),
    [
        (
            "AA batteries",
            "The <|product2|> suit your <|product|>. They are here, and their size is <|f1|>. Shall I add them?",
        ),
        (
            "battery",
            "The <|product2|> suits your <|product|>. It is here, and its size is <|f1|>. Shall I add it?",
        ),
    ],
)
def test_a_pitch_speaks_of_one_or_of_many(suggestion: str, text: str) -> None:
    prompt = pitch_prompt([LANTERN], Product(suggestion), SHOP)
    of_one = "The <|product2|> suits your <|product|>. It is here, and its size is <|f1|>. Shall I add it?"
    assert agreeing(of_one, prompt) == text


def test_a_question_for_many_agrees() -> None:
    prompt = pitch_prompt([LANTERN], BATTERY, SHOP)
    assert (
        agreeing("Is the <|product2|> there? It would help.", prompt)
        == "Are the <|product2|> there? They would help."
    )


@pytest.mark.parametrize(
    ("product", "suggestion", "text", "fits"),
    [
        ("claw hammer", "wire nails", "The <|product2|> go in the school bag.", False),
        ("exercise books", "ballpoint pens", "The <|product2|> go in the school bag.", True),
        ("claw hammer", "lantern", "The <|product2|> looks after your <|product|>.", False),
        ("claw hammer", "lantern", "You may also like the <|product2|>.", True),
    ],
)
def test_a_pitch_says_only_what_its_relation_allows(
    product: str, suggestion: str, text: str, fits: bool
) -> None:
    prompt = pitch_prompt([Product(product)], Product(suggestion), SHOP)
    assert fits_relation(PHRASES.table("pitch"), prompt, text) is fits


def test_every_written_sentence_fits_its_own_relation() -> None:
    table = PHRASES.table("pitch")
    for entry in table["relations"]:
        if entry["name"] != "any":
            prompt = pitch_prompt([Product(entry["product"][0])], Product(entry["suggestion"][0]), SHOP)
            for text in entry["sentences"]:
                if relation(table, entry["product"][0], entry["suggestion"][0]) is entry:
                    assert fits_relation(table, prompt, text), text
