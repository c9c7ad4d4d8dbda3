"""The sample shop is real data: every part of the program must be able to use it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.drafting.lexicon import Lexicon
from desktop.drafting.listing import ListingDrafter
from desktop.drafting.phrases import Phrases
from desktop.recommend import Recommender
from desktop.samples import Loaded, SamplesError, load_samples
from desktop.shop.records import POLICIES, Product, SavedReply, ShopProfile
from desktop.store.order_import import OrdersImport, read_orders
from desktop.store.store import Store

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "resources" / "samples"
SHOP = json.loads((SAMPLES / "shop.json").read_text(encoding="utf-8"))
PRODUCTS = [Product.from_json(row, SHOP["currency"]) for row in SHOP["products"]]
BY_SKU = {product.sku: product for product in PRODUCTS}
DRAFTER = ListingDrafter(
    None,
    Lexicon.load(ROOT / "resources" / "lexicon" / "en.toml"),
    Phrases.load(ROOT / "resources" / "phrases"),
)


@pytest.fixture(scope="module")
def sales() -> OrdersImport:
    return read_orders(SAMPLES / "orders.csv", "KES")


@pytest.fixture(scope="module")
def recommender(sales: OrdersImport) -> Recommender:
    fitted = Recommender()
    fitted.fit(sales.orders)
    return fitted


# -- the catalogue -------------------------------------------------------------------------------------------------


def test_there_are_sixty_different_products_of_many_categories() -> None:
    assert len(PRODUCTS) == len(BY_SKU) == len({product.name for product in PRODUCTS}) == 60
    assert len({product.category.split(" > ")[0] for product in PRODUCTS}) >= 10


def test_every_product_has_a_price_in_shillings_and_three_to_seven_facts() -> None:
    assert all(product.price and product.price.currency == "KES" for product in PRODUCTS)
    assert all(3 <= len(product.facts) <= 7 for product in PRODUCTS)


def test_the_catalogue_is_as_sloppy_as_real_ones() -> None:
    values = {fact.value for product in PRODUCTS for fact in product.facts}
    assert any(product.name.isupper() for product in PRODUCTS)
    assert any(not product.brand for product in PRODUCTS)
    assert any(product.stock == 0 for product in PRODUCTS)
    assert any(product.notes for product in PRODUCTS)
    assert {"12hrs", "yes", "no"} <= values


def test_the_shop_states_all_its_policies_and_a_delivery_table() -> None:
    shop = ShopProfile.from_json(SHOP)
    assert set(shop.policies) == set(POLICIES)
    assert 6 <= len(shop.delivery) <= 8
    assert all(zone.place and zone.time and zone.cost for zone in shop.delivery)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_every_product_drafts_from_phrases_with_its_price_and_without_a_flag(product: Product) -> None:
    result = DRAFTER.draft(product, variants=2, candidates=4)
    assert result.source == "phrases" and len(result.variants) == 2
    for variant in result.variants:
        assert variant.title and variant.bullets and variant.description
        assert not variant.flags
        shown = " ".join((variant.title, *variant.bullets, variant.description))
        assert "<|" not in shown and "{" not in shown


# -- the orders ----------------------------------------------------------------------------------------------------


def test_the_orders_are_what_their_script_makes(tmp_path: Path) -> None:
    again = tmp_path / "orders.csv"
    script = ROOT / "tests" / "data" / "make_sample_orders.py"
    subprocess.run([sys.executable, script, "--out", again], check=True, capture_output=True)
    assert again.read_bytes() == (SAMPLES / "orders.csv").read_bytes()


def test_all_orders_import_without_an_error(sales: OrdersImport) -> None:
    assert len(sales.orders) == 300
    assert sales.errors == []


def test_lines_taken_back_and_delivery_fees_are_counted_and_left_out(sales: OrdersImport) -> None:
    assert sales.skipped_cancelled == 3
    assert sales.skipped_service > 5
    assert {line.sku for order in sales.orders for line in order.lines} == set(BY_SKU)


def test_orders_hold_one_thing_or_several(sales: OrdersImport) -> None:
    sizes = [len(order.basket) for order in sales.orders]
    assert 0.15 < sizes.count(1) / len(sizes) < 0.4
    assert max(sizes) >= 5


def test_prices_in_orders_are_those_of_the_catalogue(sales: OrdersImport) -> None:
    for order in sales.orders:
        for line in order.lines:
            assert line.price == BY_SKU[line.sku].price
            assert line.name == BY_SKU[line.sku].name


def test_school_things_sell_before_the_term_opens(sales: OrdersImport) -> None:
    months = [order.day.month for order in sales.orders if "SC-02" in order.basket]
    assert months.count(8) + months.count(9) > len(months) / 3


@pytest.mark.parametrize(
    ("bought", "goes_with"),
    [
        ("SL-22", "BT-01"),  # torch, batteries
        ("FD-01", "FD-02"),  # tea, sugar
        ("SC-02", "SC-03"),  # exercise books, pens
        ("HW-01", "HW-02"),  # paint, brush
        ("BB-01", "BB-02"),  # diapers, wipes
        ("PH-21", "PH-20"),  # phone cover, screen protector
        ("SP-01", "SP-02"),  # football, pump
    ],
)
def test_affinities_come_out_of_the_recommender(
    recommender: Recommender, bought: str, goes_with: str
) -> None:
    best = recommender.suggest([bought], top=1)[0]
    assert best.sku == goes_with
    assert best.support >= 5 and best.lift > 3


# -- messages, saved replies, briefs -------------------------------------------------------------------------------


def test_there_are_forty_different_messages() -> None:
    lines = (SAMPLES / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["message"] for line in lines}) == len(lines) == 40


def test_saved_replies_have_shortcuts_of_their_own_and_placeholders() -> None:
    rows = json.loads((SAMPLES / "saved_replies.json").read_text(encoding="utf-8"))
    replies = [SavedReply.from_json(row) for row in rows]
    assert len({reply.shortcut for reply in replies}) == 10
    assert all("{" in reply.text for reply in replies)


def test_briefs_name_products_of_the_shop_on_every_channel() -> None:
    briefs = json.loads((SAMPLES / "briefs.json").read_text(encoding="utf-8"))
    assert len(briefs) == 6
    assert {sku for brief in briefs for sku in brief["products"]} <= set(BY_SKU)
    assert {brief["channel"] for brief in briefs} == {"whatsapp", "sms", "facebook", "instagram"}


# -- into a store --------------------------------------------------------------------------------------------------


def test_the_sample_shop_loads_into_an_empty_store_as_it_stands_in_its_files(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path, "stallhand.db") as store:
        assert load_samples(store, SAMPLES) == Loaded(products=60, orders=300)
        assert store.profile() == ShopProfile.from_json(SHOP)
        lantern = store.products.by_sku("SL-10")
        assert lantern is not None and lantern.facts == BY_SKU["SL-10"].facts
        assert len(store.orders.all()) == 300
        delivery = store.replies.by_shortcut("delivery")
        assert delivery is not None and "{place}" in delivery.text


def test_loading_twice_adds_nothing_twice(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path, "stallhand.db") as store:
        load_samples(store, SAMPLES)
        load_samples(store, SAMPLES)
        assert (len(store.products.all()), len(store.orders.all()), len(store.replies.all())) == (60, 300, 10)


def test_a_saved_reply_of_the_seller_keeps_its_shortcut(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path, "stallhand.db") as store:
        store.replies.save(SavedReply("thanks", "Mine", "Asante sana!"))
        load_samples(store, SAMPLES)
        kept = store.replies.by_shortcut("thanks")
        assert kept is not None and kept.text == "Asante sana!"


@pytest.mark.parametrize("damaged", ["shop.json", "orders.csv", "saved_replies.json"])
def test_a_damaged_file_is_named_and_nothing_is_written(tmp_path: Path, damaged: str) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    (folder / damaged).write_text('[{"oops"', encoding="utf-8")
    with Store.in_folder(tmp_path / "data", "stallhand.db") as store:
        with pytest.raises(SamplesError, match="Install the program again"):
            load_samples(store, folder)
        assert store.products.all() == [] and store.orders.all() == []
        assert store.profile() == ShopProfile()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with (
        Store.in_folder(tmp_path / "data", "stallhand.db") as store,
        pytest.raises(SamplesError, match=r"shop\.json"),
    ):
        load_samples(store, tmp_path)
