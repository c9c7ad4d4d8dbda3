from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from desktop.drafting.completion import Completer, Writing, text_writing
from desktop.drafting.form import Form
from desktop.drafting.lexicon import Lexicon
from desktop.drafting.listing import ListingDrafter
from desktop.drafting.phrases import Phrases
from desktop.drafting.prompt import build, special_tokens
from desktop.engine.contract import CancelToken, Completion, ModelMissing
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

ROOT = Path(__file__).parents[3]
LEXICON = Lexicon.load(ROOT / "resources" / "lexicon" / "en.toml")
PHRASES = Phrases.load(ROOT / "resources" / "phrases")
LANTERN = Product(
    "solar lantern",
    brand="Sunbell",
    price=Money(245000, "KES"),
    facts=(Fact("run time", "12 hours"), Fact("charging", "USB"), Fact("body", "aluminium")),
)
SURE = -0.01


class Words:
    def __init__(self) -> None:
        self._texts = (*special_tokens(), " lamp")
        self.pieces = [text.encode() for text in self._texts]
        self.size = len(self._texts)
        self.special = frozenset(range(len(special_tokens())))

    def id_of(self, token_text: str) -> int:
        return self._texts.index(token_text)


class Scripted:
    """A TextModel that completes every text alike: each piece with its log-probability."""

    def __init__(self, *pieces: str | tuple[str, float], finish: str = "length") -> None:
        self.pieces = tuple((piece, SURE) if isinstance(piece, str) else piece for piece in pieces)
        self.finish = finish
        self.vocabulary = Words()
        self.prompt = ""
        self.asked: dict[str, Any] = {}

    def complete(self, prompt: str, **asked: Any) -> Completion:
        self.prompt, self.asked = prompt, asked
        text = "".join(piece for piece, _ in self.pieces)
        return Completion(text, len(self.pieces), self.finish, 0.0, 1.0, 2.0, self.pieces)


def listing(field: str = "description", form: Form = Form(), **texts: str) -> Writing:  # noqa: B008
    return ListingDrafter(None, LEXICON, PHRASES).writing(LANTERN, texts, field, form=form)


def complete(writing: Writing, before: str, *pieces: str | tuple[str, float], finish: str = "length") -> str:
    return Completer(lambda: Scripted(*pieces, finish=finish), LEXICON).complete(writing, before)  # type: ignore[arg-type, return-value]


def asked(writing: Writing, before: str) -> tuple[str, str]:
    """What the model reads of the text, and what it has to spell first."""
    model = Scripted("x")
    Completer(lambda: model, LEXICON).complete(writing, before)  # type: ignore[arg-type, return-value]
    section = re.split(r"<\|(?:title|description|text)\|>", model.prompt)[-1]
    return section, model.asked["constraint"].typed.decode()


# -- what the model is asked ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "read", "half"),
    [
        ("The Solar Lantern runs for 12hours and ", "The <|product|> runs for <|f1|> and", " "),
        ("The lantern runs", "The lantern", " runs"),
        ("The lantern, ligh", "The lantern,", " ligh"),
        ("It runs for 12 ho", "It runs for", " 12 ho"),
        ("It runs for 12 ", "It runs for", " 12 "),
        ("Made by Sunb", "Made by", " Sunb"),
        ("Sunb", "", "Sunb"),
        ("It runs for 12 hours", "It runs for <|f1|>", ""),
        ("First.\nNew l", "First. New", " l"),
        ("Really?", "Really?", ""),
        ("<|price|> is f", "< |price|> is", " f"),
    ],
)
def test_values_become_slots_and_the_half_word_is_spelled_anew(before: str, read: str, half: str) -> None:
    assert asked(listing(), before) == (read, half)


def test_a_field_comes_after_those_before_it_and_bullets_are_sections() -> None:
    writing = listing("bullets", title="Sunbell solar lantern", description="It is a lamp.")
    model = Scripted("x")
    Completer(lambda: model, LEXICON).complete(writing, "USB charging\n\nRuns")  # type: ignore[arg-type, return-value]
    assert model.prompt.endswith(
        "<|title|><|brand|> <|product|><|bullet|><|f2|> charging<|bullet|>"
    )  # no label stands before "charging": it is a word
    assert model.asked["constraint"].typed == b"Runs"
    assert model.asked["stop"] == ("<|bullet|>", "<|description|>")


def test_a_fact_that_was_said_is_not_said_again() -> None:
    model = Scripted("x")
    Completer(lambda: model, LEXICON).complete(listing(), "Runs for 12 hours. It ")  # type: ignore[arg-type, return-value]
    inner = model.asked["constraint"].inner
    slots = {model.vocabulary.id_of(slot): slot for slot in ("<|f1|>", "<|f2|>")}
    assert {slot for i, slot in slots.items() if inner.start().bias()[i] > -1e9} == {"<|f2|>"}


@pytest.mark.parametrize("before", ["", " ", "\n"])
def test_an_empty_text_is_not_completed(before: str) -> None:
    model = Scripted(" lamp")
    assert Completer(lambda: model, LEXICON).complete(listing(), before) == ""  # type: ignore[arg-type, return-value]
    assert not model.asked


# -- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "pieces", "shown"),
    [
        ("It runs for ", (" ", "<|f1|>", "."), "12 hours."),
        ("It runs for", (" for", " ", "<|f1|>"), " 12 hours"),
        ("It runs for 12 ho", (" ", "<|f1|>"), "urs"),
        ("It runs for 12 ", (" ", "<|f1|>"), "hours"),
        ("The Sun", (" ", "<|brand|>", " ", "<|product|>"), "bell solar lantern"),
        ("The lantern is made w", (" with", " care", " at", " home", "."), "ith care at home."),
        ("It is light. ", (" It", " runs"), "It"),  # "runs" may be the beginning of a word
        ("It is light.", (" It", " runs", " well"), " It runs"),
        ("It is light. ", (" Good", " lamp", ".", " It", " is"), "Good lamp."),
    ],
)
def test_what_is_added_has_the_right_spaces_and_ends_with_a_word(
    before: str, pieces: tuple[str, ...], shown: str
) -> None:
    assert complete(listing(), before, *pieces) == shown


def test_a_title_has_capitals_and_a_bullet_begins_with_one() -> None:
    assert (
        complete(listing("title"), "solar lan", "<|product|>", " for", " home", finish="stop")
        == "tern for Home"
    )
    assert (
        complete(listing("bullets"), "USB\n", "<|k1|>", ":", " ", "<|f1|>", finish="stop")
        == "Run time: 12 hours"
    )


def test_a_finished_text_keeps_its_last_word() -> None:
    assert complete(listing(), "A good ", " lamp", finish="end") == "lamp"
    assert complete(listing(), "A good ", " lamp", finish="length") == ""


def test_a_yes_stands_after_its_label() -> None:
    product = Product("lamp", facts=(Fact("waterproof", "yes"),))
    writing = ListingDrafter(None, LEXICON, PHRASES).writing(product, {}, "bullets")
    assert complete(writing, "Waterproof: ", " ", "<|f1|>", finish="stop") == "yes"
    assert complete(writing, "It is ", " ", "<|k1|>", finish="stop") == "waterproof"


def test_values_typed_in_another_way_stay_as_they_are() -> None:
    assert complete(listing(), "It runs for 12hours on ", " ", "<|f2|>", ".") == "USB."


def test_only_what_is_likely_is_shown() -> None:
    pieces = (" It", " runs", (" well", -0.3), (" at", -0.4), (" home", -0.1), ".")
    assert complete(listing(), "Yes. ", *pieces) == "It runs well"  # and no loose "at"
    assert complete(listing(), "Yes. ", (" It", -0.8), " runs", " well", ".") == ""


def test_the_letters_of_a_half_word_speak_for_it() -> None:
    """Unlikely as it was before, "aluminium" is likely once "alumi" was typed, but not after an "a"."""
    pieces = ((" ", -4.0), ("<|f3|>", -4.0), ".")
    assert complete(listing(), "The body is alumi", *pieces) == "nium."
    assert complete(listing(), "The body is a", *pieces) == ""


def test_nothing_is_shown_that_is_no_word() -> None:
    assert complete(listing(), "It runs for 12 hours", ".", finish="end") == ""
    assert complete(listing(), "It runs ", " for", " the", finish="end") == ""
    assert complete(listing(), "It runs", " ru", "ns", finish="end") == ""
    assert complete(listing(), "It costs 77", finish="constraint") == ""


def test_nothing_is_shown_where_the_typed_text_would_have_to_change() -> None:
    assert complete(listing(), "It has a ", " ", "<|f3|>", " body", ".") == ""  # an aluminium body
    assert complete(listing(), "It has an ", " ", "<|f3|>", " body", ".") == "aluminium body."


def test_what_the_facts_do_not_back_is_not_shown() -> None:
    assert complete(listing(), "It comes in ", " red", ".", finish="end") == ""
    assert complete(listing(), "A gift from ", " Nairobi", " city", ".", finish="end") == ""
    # What the seller typed is the seller's own matter.
    assert complete(listing(), "The red body is ", " ", "<|f3|>", ".", finish="end") == "aluminium."


def test_what_makes_no_sense_of_a_fact_is_not_shown() -> None:
    assert complete(listing(), "The ", " ", "<|k1|>", " is", " ", "<|f1|>", ".") == "run time is 12 hours."
    assert complete(listing(), "The ", " ", "<|k1|>", " is", " ", "<|f2|>", ".") == ""
    many = text_writing(build("reply", roles=[("product", "solar lanterns")]).then("text"), LEXICON)
    assert complete(many, "The solar lanterns ", " are", " good", ".") == "are good."
    assert complete(many, "The solar lanterns ", " is", " good", ".") == ""


def test_a_suggestion_keeps_within_the_field() -> None:
    short = Form(limits={"title": 24, "bullet": 20}, banned_symbols={"title": "!"})
    assert complete(listing("title", short), "Sunbell ", " ", "<|product|>") == "Solar Lantern"
    assert complete(listing("title", short), "The big Sunbell ", " ", "<|product|>") == ""
    assert complete(listing("bullets", short), "A line of its own, as long as it is\nRun", "<|k1|>") == ""
    assert complete(listing("bullets", short), "A line of its own\nCharge by ", " ", "<|f2|>") == "USB"
    assert listing("title", short).banned_symbols == "!"


def test_right_to_left_values_are_suggested_too() -> None:
    shop = text_writing(build("reply", roles=[("shop", "دكان الأمل")]).then("text"), LEXICON)
    assert "دكان الأمل" in complete(shop, "Thank you from ", " ", "<|shop|>", finish="end")


# -- where there is nothing ----------------------------------------------------------------------------------------


def test_without_a_model_nothing_is_suggested() -> None:
    def missing() -> Any:
        raise ModelMissing("no model")

    assert Completer(missing, LEXICON).complete(listing(), "The lantern ") == ""


def test_a_cancelled_completion_shows_nothing_and_the_token_is_handed_on() -> None:
    model, cancel = Scripted(" lamp", ".", finish="cancelled"), CancelToken()
    completer = Completer(lambda: model, LEXICON)  # type: ignore[arg-type, return-value]
    assert completer.complete(listing(), "A good ", cancel=cancel) == ""
    assert model.asked["cancel"] is cancel
