import pytest

from desktop.drafting.results import OpenSlot
from desktop.drafting.saved import fill, fill_open, open_slots


def test_known_places_are_filled_and_the_others_stay_open():
    text, slots = fill("{Product} is {price}, {delivery_time}.", {"product": "Lamp", "price": "KSh 5"})
    assert text == "Lamp is KSh 5, [delivery time]."
    assert slots == (OpenSlot(15, 30, "delivery time"),)


@pytest.mark.parametrize("text", ["", "no places", "{}", "a { b", "{a\nb}", "5 } {"])
def test_what_is_no_place_is_left_alone(text):
    assert fill(text, {"b": "x"}) == (text, ())


def test_an_empty_value_counts_as_unknown():
    assert fill("{price}", {"price": ""})[0] == "[price]"


def test_a_value_is_not_searched_for_places_again():
    assert fill("{a}", {"a": "{b}", "b": "x"})[0] == "{b}"


def test_open_places_are_filled_everywhere_they_stand():
    text = "[price] for one, [price] each for two, [delivery time]"
    assert [slot.label for slot in open_slots(text)] == ["price", "price", "delivery time"]
    assert fill_open(text, {"price": "KSh 5"}) == "KSh 5 for one, KSh 5 each for two, [delivery time]"


@pytest.mark.parametrize("label", ["السعر", "कीमत", "ราคาสินค้า", "time/cost"])
def test_labels_of_every_script(label):
    text, slots = fill(f"x {{{label}}}", {})
    assert slots[0].label == label
    assert text[slots[0].start : slots[0].end] == f"[{label}]"


def test_numbers_in_brackets_are_no_open_places():
    assert open_slots("see [1] and [ ]") == ()
