from __future__ import annotations

import pytest

from desktop.drafting.policies import Answer, answers
from desktop.shop.money import Money
from desktop.shop.records import DeliveryZone, Fact, Product, ShopProfile

LANTERN = Product(
    "solar lantern",
    brand="Sunbell",
    price=Money(245000, "KES"),
    stock=14,
    facts=(Fact("run time", "12 hours"),),
)
SHOP = ShopProfile(
    "Mama Grace",
    "KES",
    "en",
    {"payment": "M-Pesa"},
    (DeliveryZone("Nakuru", "1-2 days", "KSh 350"), DeliveryZone("Thika", "", "KSh 100")),
)


def answer(intent: str, message: str, shop: ShopProfile, product: Product | None) -> Answer:
    return answers(intent, message, shop, product)[0]


def test_a_known_zone_gives_time_and_cost() -> None:
    found = answer("delivery", "do you deliver to Nakuru", SHOP, None)
    assert found.kind == "delivery.known"
    assert dict(found.roles) == {"place": "Nakuru", "delivery_time": "1-2 days", "delivery_cost": "KSh 350"}
    assert set(found.must) == {"delivery_time", "delivery_cost"}


def test_an_unknown_place_is_answered_honestly() -> None:
    found = answer("delivery", "do you deliver to Kisii", SHOP, None)
    assert found.missing
    assert dict(found.roles)["topic"] == "delivery to Kisii"


def test_without_a_place_all_zones_are_named() -> None:
    found = answer("delivery", "do you deliver?", SHOP, None)
    assert dict(found.roles) == {"place": "Nakuru and Thika"}


def test_a_free_delivery_text_is_told_as_it_is() -> None:
    shop = ShopProfile.from_json({"name": "X", "policies": {"delivery": "We deliver countrywide by bus."}})
    found = answer("delivery", "do you deliver", shop, None)
    assert found.facts == (Fact("delivery", "We deliver countrywide by bus."),)


def test_a_zone_for_everywhere_serves_any_place() -> None:
    shop = ShopProfile("X", delivery=(DeliveryZone("everywhere", "3 days", "KSh 500"),))
    assert dict(answer("delivery", "send to Kisii?", shop, None).roles)["place"] == "Kisii"


def test_the_rest_of_a_country_is_not_promised_to_a_place_by_name() -> None:
    rest = DeliveryZone("rest of Kenya", "3-5 days", "KSh 500")
    shop = ShopProfile("X", delivery=(*SHOP.delivery, rest))
    assert (
        dict(answer("delivery", "do you deliver to Mumbai", shop, None).roles)["place"] == "the rest of Kenya"
    )
    assert answer("delivery", "do you deliver?", shop, None).kind == "delivery.zones"
    nation = ShopProfile("X", delivery=(DeliveryZone("countrywide", "3 days", "KSh 500"),))
    assert "place" not in dict(answer("delivery", "do you deliver to Mumbai", nation, None).roles)


def test_price_stock_and_what_lacks_them() -> None:
    assert dict(answer("price", "how much", SHOP, LANTERN).roles)["price"] == "KSh 2,450"
    assert dict(answer("stock", "available?", SHOP, LANTERN).roles)["stock"] == "14 in stock"
    bare = Product("mat")
    assert answer("price", "how much", SHOP, bare).missing
    assert answer("stock", "available?", SHOP, bare).missing


def test_out_of_stock_is_said_also_to_who_asks_the_price() -> None:
    gone = Product("mat", price=Money(100, "KES"), stock=0)
    for intent in ("stock", "price", "order"):
        assert answer(intent, "mat?", SHOP, gone).kind == "stock.out"


def test_an_attribute_is_answered_or_named_as_missing() -> None:
    assert answer("product_info", "how long does it last", SHOP, LANTERN).facts == (
        Fact("run time", "12 hours"),
    )
    assert (
        dict(answer("product_info", "is it waterproof", SHOP, LANTERN).roles)["topic"] == "water resistance"
    )


def test_a_thing_that_is_not_sold_and_no_thing_at_all() -> None:
    assert dict(answer("stock", "do you sell bicycles?", SHOP, None).roles) == {"topic": "bicycles"}
    assert answer("price", "how much?", SHOP, None).kind == "ask_product"


def test_a_warranty_of_the_product_goes_before_the_shops() -> None:
    shop = ShopProfile("X", policies={"warranty": "3 months"})
    own = Product("fan", facts=(Fact("Warranty", "1 year"),))
    assert dict(answer("warranty", "warranty?", shop, own).roles)["warranty"] == "1 year"
    assert dict(answer("warranty", "warranty?", shop, LANTERN).roles)["warranty"] == "3 months"
    assert answer("warranty", "warranty?", SHOP, LANTERN).missing


def test_a_discount_is_only_offered_if_the_shop_has_one() -> None:
    assert answer("negotiation", "last price", SHOP, LANTERN).kind == "negotiation.price"
    assert answer("negotiation", "last price", SHOP, None).missing
    shop = ShopProfile("X", policies={"discount": "5% off from 3 pieces"})
    assert answer("negotiation", "last price", shop, LANTERN).must == ("discount",)


def test_two_questions_on_a_product_get_two_answers() -> None:
    found = answers("product_info", "how long does it light and can it charge my phone", SHOP, LANTERN)
    assert [a.kind for a in found] == ["product_info.known", "product_info.missing"]
    assert [fact.name for fact in found[0].facts] == ["run time"]
    assert dict(found[1].roles)["topic"] == "phone charging"


def test_a_question_on_a_product_that_is_gone_says_so() -> None:
    gone = Product("mat", stock=0, facts=(Fact("size", "2 m"),))
    assert [a.kind for a in answers("product_info", "what size is it", SHOP, gone)] == [
        "stock.out",
        "product_info.known",
    ]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("it stopped working, I want my money back", "complaint.returns"),
        ("it broke, is it under warranty?", "complaint.warranty"),
        ("you said 350 now its 480", "complaint.price"),
        ("very bad service", "complaint"),
    ],
)
def test_a_complaint_gets_the_policy_that_applies(message: str, kind: str) -> None:
    shop = ShopProfile("X", policies={"returns": "7 days", "warranty": "3 months"})
    assert answer("complaint", message, shop, LANTERN).kind == kind


def test_a_payment_that_was_made_gets_no_list_of_ways_to_pay() -> None:
    assert answer("payment", "I paid but no confirmation", SHOP, None).kind == "payment.check"
    assert answer("payment", "how do I pay", SHOP, None).kind == "payment.known"


def test_no_rate_of_this_country_is_told_for_another() -> None:
    rest = ShopProfile("X", delivery=(DeliveryZone("rest of Kenya", "3 days", "KSh 500"),))
    assert answer("delivery", "do you ship outside the country", rest, None).missing
