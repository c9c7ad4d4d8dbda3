from __future__ import annotations

import pytest

from desktop.drafting.render import render
from desktop.drafting.slotting import Slotted, to_slots

VALUES = {
    "<|product|>": "solar lantern",
    "<|brand|>": "Sunbell",
    "<|price|>": "KSh 2,450",
    "<|k1|>": "run time",
    "<|f1|>": "12 hours",
    "<|k2|>": "waterproof",
    "<|f2|>": "yes",
    "<|k3|>": "size",
    "<|f3|>": "M",
    "<|k4|>": "ports",
    "<|f4|>": "2",
}


def put_back(slotted: Slotted) -> str:
    text = slotted.text
    for place in reversed(slotted.places):
        assert text[place.start : place.end].rstrip("s") == place.slot
        text = text[: place.start] + place.written + text[place.end :]
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solar Lantern by SUNBELL", "<|product|> by <|brand|>"),
        ("runs for 12hours, or 112 hours", "runs for <|f1|>, or 112 hours"),
        ("It costs KSh 2,450.", "It costs <|price|>."),
        ("Two solar lanterns", "Two <|product|>s"),
        ("It is waterproof", "It is <|k2|>"),
        ("The run time is 12 hours", "The <|k1|> is <|f1|>"),
        ("Run time: 12 hours", "<|k1|>: <|f1|>"),
        ("any size, at run time", "any size, at run time"),
        ("Size: M, not m or ML", "<|k3|>: <|f3|>, not m or ML"),
        ("with 2 ports and 2.5 kg for 2,450", "with <|f4|> ports and 2.5 kg for 2,450"),
        ("yes, and no", "yes, and no"),
        ("Sunbells", "Sunbells"),
        ("", ""),
    ],
)
def test_values_become_slots(text: str, expected: str) -> None:
    slotted = to_slots(text, VALUES)
    assert slotted.text == expected
    assert put_back(slotted) == text


def test_the_longest_value_goes_first() -> None:
    values = {"<|f1|>": "steel", "<|f2|>": "stainless steel", "<|f3|>": "brushed stainless steel"}
    assert to_slots("brushed stainless steel, stainless  steel and steel", values).text == (
        "<|f3|>, <|f2|> and <|f1|>"
    )


def test_of_equal_values_the_first_slot_counts() -> None:
    assert to_slots("red", {"<|f1|>": "Red", "<|f2|>": "red"}).text == "<|f1|>"


def test_a_pasted_special_token_is_defused() -> None:
    assert to_slots("<|price|> is free", VALUES).text == "< |price|> is free"


def test_what_was_slotted_renders_again() -> None:
    text = "The Sunbell solar lantern runs for 12 hours and costs KSh 2,450. Solar lanterns are waterproof."
    slotted = to_slots(text, VALUES)
    assert render(slotted.text, VALUES).text == text
    assert {place.slot for place in slotted.places} >= {"<|brand|>", "<|f1|>", "<|price|>", "<|k2|>"}
