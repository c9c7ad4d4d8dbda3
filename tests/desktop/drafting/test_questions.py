from __future__ import annotations

import pytest

from desktop.drafting.questions import (
    asked_about,
    disputes_price,
    place_named_in,
    reports_fault,
    reports_payment,
    thing_asked_for,
    zone_named_in,
)
from desktop.shop.records import DeliveryZone, Fact

ZONES = (DeliveryZone("Nairobi CBD", "same day", "KSh 150"), DeliveryZone("Nakuru", "1-2 days", "KSh 350"))
FACTS = (
    Fact("run time", "12 hours"),
    Fact("charging", "USB"),
    Fact("colour", "black"),
    Fact("net weight", "400 g"),
)


@pytest.mark.parametrize(
    ("message", "place"),
    [("do you deliver to Nakuru?", "Nakuru"), ("DELIVERY TO NAKURRU", "Nakuru"), ("nairobi?", "Nairobi CBD")],
)
def test_a_zone_is_found_with_small_misspellings(message: str, place: str) -> None:
    zone = zone_named_in(message, ZONES)
    assert zone is not None
    assert zone.place == place


def test_an_unknown_place_is_no_zone() -> None:
    assert zone_named_in("do you deliver to Kisii", ZONES) is None


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("do you deliver to Kisii town?", "Kisii town"),
        ("can u send to port harcourt please", "Port Harcourt"),
        ("delivery in time to Eldoret", "Eldoret"),
        ("I am in Kilifi, how do I get it", "Kilifi"),
        ("do you deliver to my house", ""),
        ("delivery at my pin code possible", ""),
        ("can you bring it in the evening", ""),
        ("how much is it", ""),
    ],
)
def test_places_in_messages(message: str, place: str) -> None:
    assert place_named_in(message) == place


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("how long does the battery last", ["run time"]),
        ("what is the run time", ["run time"]),
        ("wats the chargng type", ["charging"]),
        ("is it black or blue", ["colour"]),
        ("how heavy is it", ["net weight"]),
        ("is it waterproof", []),
        ("how long does it light after charging", ["run time"]),
        ("what colour is it and how heavy", ["colour", "net weight"]),
    ],
)
def test_facts_that_a_message_asks_for(message: str, names: list[str]) -> None:
    assert [fact.name for fact in asked_about(message, FACTS).facts] == names


def test_the_products_own_name_is_no_question() -> None:
    assert asked_about("solar lantern?", (Fact("solar panel", "5 W"),), "solar lantern").facts == ()


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("is it waterproof?", "water resistance"),
        ("what is the thread pitch of it", "thread pitch"),
        ("nice one", ""),
        ("can it charge my phone", "phone charging"),
    ],
)
def test_what_to_call_a_missing_fact(message: str, label: str) -> None:
    assert asked_about(message, FACTS).unknown == ((label,) if label else ())


@pytest.mark.parametrize(
    ("message", "thing"),
    [
        ("do you sell fridge guards?", "fridge guards"),
        ("do you have it", ""),
        ("price of a bicycle please", "bicycle"),
    ],
)
def test_things_that_are_asked_for(message: str, thing: str) -> None:
    assert thing_asked_for(message) == thing


@pytest.mark.parametrize(
    ("message", "is_fault"),
    [
        ("I bought a torch yesterday and it is not working", True),
        ("you sent me the wrong colour", True),
        ("what if it breaks after a month", False),
        ("does it work with my phone", False),
    ],
)
def test_a_fault_is_told_from_a_question_about_faults(message: str, is_fault: bool) -> None:
    assert reports_fault(message) is is_fault


@pytest.mark.parametrize(
    ("message", "disputes"),
    [
        ("u said 350 now its 480 why", True),
        ("why did the price go up", True),
        ("I saw it at 300 in another shop", False),
        ("is it 350 or 480", False),
    ],
)
def test_a_price_that_changed_is_disputed(message: str, disputes: bool) -> None:
    assert disputes_price(message) is disputes


def test_a_payment_without_confirmation_is_a_report() -> None:
    assert reports_payment("I paid by mpesa but no confirmation")
    assert not reports_payment("can I pay by mpesa")
