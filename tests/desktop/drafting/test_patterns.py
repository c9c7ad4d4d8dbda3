from __future__ import annotations

from random import Random

import pytest

from desktop.drafting.patterns import expand, fits_values, pick, polarity, slotted, tidy


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


def test_a_request_is_no_question() -> None:
    assert tidy("Karibu! Please tell me which item?") == "Karibu! Please tell me which item."
    assert (
        tidy("You may also like the <|product2|>? It is here.")
        == "You may also like the <|product2|>. It is here."
    )
    assert tidy("Could you tell me which, please?") == "Could you tell me which, please?"


def test_capitals_and_the_customers_name_are_set_right() -> None:
    assert tidy("Hi, Sorry for the wait.") == "Hi, sorry for the wait."
    assert tidy("Thank you for writing <|customer|>.") == "Thank you for writing, <|customer|>."
    assert (
        tidy("Hello <|customer|>! I am here, WhatsApp me.") == "Hello <|customer|>! I am here, WhatsApp me."
    )


@pytest.mark.parametrize(
    ("value", "polar"),
    [("no", "no"), ("Yes, vitamins", "yes"), ("✓", "yes"), ("none", "no"), ("nylon", ""), ("12 V", "")],
)
def test_yes_and_no_are_known_in_every_spelling(value: str, polar: str) -> None:
    assert polarity(value) == polar


@pytest.mark.parametrize(
    ("text", "values", "fits"),
    [
        ("Payment: <|payment|>", {"<|payment|>": "We accept M-Pesa and cash."}, True),
        ("You can pay by <|payment|> here.", {"<|payment|>": "We accept M-Pesa and cash."}, False),
        ("The <|product|> is here.", {"<|product|>": "exercise books"}, False),
        ("The <|product|> is here.", {"<|product|>": "glass"}, True),
        ("Looking for a <|product|>?", {"<|product|>": "exercise books"}, False),
        ("It takes <|delivery_time|>.", {"<|delivery_time|>": "next day"}, False),
        ("It takes <|delivery_time|>.", {"<|delivery_time|>": "2 days"}, True),
        ("Time: <|delivery_time|>.", {"<|delivery_time|>": "next day"}, True),
        ("<|k1|>: <|f1|>.", {"<|k1|>": "waterproof", "<|f1|>": "no"}, True),
        ("The <|k1|> is <|f1|>.", {"<|k1|>": "waterproof", "<|f1|>": "no"}, False),
        ("About the <|k1|>: <|f1|>.", {"<|k1|>": "treated", "<|f1|>": "Yes"}, False),
        ("<|k1|>? <|f1|>.", {"<|k1|>": "fortified", "<|f1|>": "yes, iron"}, True),
        ("Its <|k1|> is <|f1|>.", {"<|k1|>": "from", "<|f1|>": "Laikipia"}, False),
        ("The <|k1|> is <|f1|>.", {"<|k1|>": "colours", "<|f1|>": "red, blue"}, False),
        ("The <|product|>: it is <|stock|>.", {"<|product|>": "canvas shoes"}, False),
        ("The <|product|> sold out, it is <|stock|>.", {"<|product|>": "canvas shoes"}, False),
        ("The <|product|>: it is <|stock|>.", {"<|product|>": "lamp"}, True),
    ],
)
def test_words_must_fit_what_the_slot_holds(text: str, values: dict[str, str], fits: bool) -> None:
    assert fits_values(text, values) is fits
