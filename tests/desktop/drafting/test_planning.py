from __future__ import annotations

import pytest

from desktop.drafting.planning import plan_reply, settle
from desktop.drafting.prompt import token
from desktop.shop.records import Fact, Product, ShopProfile

SPEAKER = Product("speaker", stock=2, facts=(Fact("waterproof", "no"), Fact("play time", "8 hours")))
SHOP = ShopProfile("X", "KES", policies={"warranty": "6 months", "returns": "7 days"})


@pytest.mark.parametrize(
    ("message", "found", "intent"),
    [
        ("I bought a torch and it stopped working", ("returns", 0.9), "complaint"),
        ("u said 350 now its 480", ("delivery_status", 0.7), "complaint"),
        ("can I return it if it does not fit", ("returns", 0.9), "returns"),
    ],
)
def test_written_rules_settle_what_a_message_wants(
    message: str, found: tuple[str, float], intent: str
) -> None:
    assert settle(message, [found])[0][0] == intent


def test_a_bare_no_is_said_by_its_name_and_a_value_by_itself() -> None:
    plan = plan_reply("is it waterproof and what is the play time", SHOP, SPEAKER, ["product_info"])
    assert plan.must == (frozenset({token("k1")}), frozenset({token("f2")}))


def test_the_warranty_is_told_once() -> None:
    plan = plan_reply("it broke, is there warranty?", SHOP, SPEAKER, ["complaint", "warranty"])
    assert [answer.kind for answer in plan.answers] == ["complaint.warranty"]


def test_nothing_of_the_catalogue_is_said_not_to_be_sold() -> None:
    message, tools = "price of hammer and nails", (Product("claw hammer"), Product("wire nails"))
    assert plan_reply(message, SHOP, None, ["price"]).answers[0].kind == "not_sold"
    assert plan_reply(message, SHOP, None, ["price"], catalogue=tools).answers[0].kind == "ask_product"
