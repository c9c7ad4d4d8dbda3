from __future__ import annotations

from random import Random

from desktop.drafting.patterns import expand, pick, slotted, tidy


def test_choices_nest_and_only_available_slots_are_chosen() -> None:
    for seed in range(20):
        text = expand("[Hi [{customer}|there]|Hello {customer}], {price}.", {"price"}, Random(seed))
        assert text in ("Hi there, {price}.", None)


def test_a_slot_outside_choices_must_be_available() -> None:
    assert expand("It is {price}.", set(), Random(0)) is None
    assert pick(["{price}", "no price"], set(), Random(0)) == "no price"
    assert pick(["{price}"], set(), Random(0)) is None


def test_slots_become_tokens_and_can_be_renamed() -> None:
    assert slotted("{k}: {f}.", {"k": "k2", "f": "f2"}) == "<|k2|>: <|f2|>."


def test_sentences_are_tidied() -> None:
    assert tidy("hello  there , friend . how are you") == "Hello there, friend. How are you"
