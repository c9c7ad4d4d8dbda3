"""The model that is shipped: whole, of this prompt format, and held to the facts through the app's own way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.desk import Desk, resources_dir
from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.contract import CancelToken
from desktop.engine.model import Engine
from desktop.shop.records import Product, ShopProfile

SHOP = json.loads((resources_dir() / "samples" / "shop.json").read_text("utf-8"))
PROFILE = ShopProfile.from_json(SHOP)
PRODUCTS = [Product.from_json(row, PROFILE.currency) for row in SHOP["products"]]
#: A few kinds of goods, and names and facts that the model never saw.
DRAFTED = (
    PRODUCTS[0],
    PRODUCTS[25],
    PRODUCTS[50],
    Product.from_json(
        {
            "name": "zxqv-7 thermal coupler",
            "brand": "Obdhrans",
            "facts": {"rating": "47 kPa", "thread": "M14 x 1.5", "finish": "zinc"},
        }
    ),
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk.open_without_store() as opened:
        yield opened


def test_the_files_are_the_released_ones_and_of_this_format() -> None:
    engine = Engine(resources_dir() / "model", format_version=FORMAT_VERSION)
    engine.load()
    assert engine.info.format_version == FORMAT_VERSION
    assert engine.info.parameters > 1_000_000
    engine.close()


def test_the_model_card_names_what_it_was_made_from() -> None:
    card = (resources_dir() / "model" / "MODEL_CARD.md").read_text("utf-8")
    assert "taxonomy" in card.casefold()
    assert "Limits" in card or "limits" in card


@pytest.mark.parametrize("product", DRAFTED, ids=lambda product: product.name)
def test_listings_come_from_the_model_whole_and_without_a_flag(desk: Desk, product: Product) -> None:
    result = desk.draft_listing(product, seed=1)
    assert (result.source, result.note) == ("model", "")
    assert len(result.variants) == 3
    given = " ".join(
        (product.name, product.brand, *(f"{f.name} {f.value}" for f in product.facts), product.notes)
    )
    for variant in result.variants:
        assert variant.title and variant.description
        assert variant.flags == ()
        said = re.findall(r"\d+(?:[.,]\d+)*", " ".join(variant.fields.values()))
        assert set(said) <= set(re.findall(r"\d+(?:[.,]\d+)*", given + " " + str(product.price or "")))
    best = result.variants[0]
    assert len(best.missing) <= len(product.facts) // 3


@pytest.mark.parametrize("marketplace", ["generic", "amazon", "ebay"])
def test_listings_keep_to_the_marketplaces_limits_and_words(desk: Desk, marketplace: str) -> None:
    long_named = Product(
        "portable rechargeable solar lantern with a phone charger, hook and carrying strap", brand="Sunbell"
    )
    for product in (PRODUCTS[0], DRAFTED[3], long_named):
        result = desk.draft_listing(product, marketplace=marketplace, seed=2)
        assert result.source == "model"
        for variant in result.variants:
            assert variant.title[-1:].isalnum() or variant.title[-1:] in ")”'"
            _, rules = desk.check_listing(product, variant.fields, marketplace)
            kept = [
                rule for rule in rules if rule.rule in ("length", "count", "banned words", "banned symbols")
            ]
            assert [rule for rule in kept if not rule.ok and " too many" in rule.detail] == []
            assert [rule for rule in kept if not rule.ok and rule.rule.startswith("banned")] == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("how much is the solar lantern?", "KSh 2,450"),
        ("do you deliver to Meru", "KSh 250"),
        ("what time do you open", "8 am"),
        ("can I pay with mpesa", "M-Pesa"),
    ],
)
def test_replies_answer_with_the_shops_own_words(desk: Desk, message: str, said: str) -> None:
    result = desk.replies.draft(message, PROFILE, PRODUCTS, seed=1)
    assert result.source == "model"
    assert len(result.variants) >= 2
    assert said in result.variants[0].text
    assert result.variants[0].flags == ()


@pytest.mark.parametrize("product", DRAFTED, ids=lambda product: product.name)
def test_a_label_is_completed_by_its_fact(desk: Desk, product: Product) -> None:
    for fact in product.facts:
        writing = desk.listing_writing(product, {"title": product.name}, "bullets")
        added = desk.complete(writing, f"{fact.name}: ", CancelToken())
        assert added.casefold().startswith(fact.value.casefold())


@pytest.mark.parametrize(
    "before",
    [
        "The lantern ",
        "It comes with ",
        "It costs 2",
        "Made in ",
        "With 99 ",
        "Red li",
        "la lámpara es ",
        "مصباح شم",
        "77",
    ],
)
def test_no_suggestion_says_what_the_facts_do_not(desk: Desk, before: str) -> None:
    for product in DRAFTED:
        writing = desk.listing_writing(product, {}, "description")
        added = desk.complete(writing, before, CancelToken())
        flags, _ = desk.check_listing(product, {"description": before + added})
        assert not [flag for flag in flags if flag.end > len(before)]


def test_a_copy_with_one_bit_changed_is_refused(tmp_path: Path) -> None:
    from desktop.engine.contract import ModelDamaged

    folder = tmp_path / "model"
    folder.mkdir()
    for path in (resources_dir() / "model").iterdir():
        if path.suffix in (".json", ".onnx"):
            (folder / path.name).write_bytes(path.read_bytes())
    model = folder / "model.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(bytes(data))
    with pytest.raises(ModelDamaged, match=r"model\.onnx"):
        Engine(folder, format_version=FORMAT_VERSION).load()
