import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.drafting.grounding import check
from desktop.drafting.lexicon import Lexicon
from desktop.drafting.results import Flag

LEXICON = Lexicon.load(Path(__file__).parents[3] / "resources" / "lexicon" / "en.toml")
FACTS = [
    "solar lantern",
    "Sunbell",
    "Home & Garden > Lighting",
    "KSh 2,450",
    "run time: 12hrs",
    "colour: Red",
]


def flagged(text: str, facts: list[str] = FACTS, field: str = "description") -> list[str]:
    flags = check({field: text}, facts, LEXICON)
    assert all(text[f.start : f.end] == f.text for f in flags)
    return [f.text for f in flags]


@pytest.mark.parametrize(
    "text",
    [
        "This solar lantern runs for 12 hours.",
        "It runs for twelve hours and comes in red.",
        "It costs KSh 2,450, or 2450 shillings.",
        "A Sunbell lantern for the home and garden.",
        "Feel free to ask, we do our best every day.",
        "It has a red body. Lovely on a warm evening!",
        "Only KSh2,450",
        "Call us on WhatsApp, I answer in English.",
        "",
        "🙂🙂",
    ],
)
def test_what_the_facts_hold_is_not_flagged(text: str) -> None:
    assert flagged(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It runs for 15 hours.", ["15 hours"]),
        ("It runs for fifteen hours.", ["fifteen"]),
        ("It has 12 W.", ["12 W"]),
        ("Only $30 today", ["$", "30"]),
        ("Comes in blue or RED.", ["blue"]),
        ("Stainless-steel body", ["Stainless", "steel"]),
        ("A long-lasting, waterproof lamp", ["long-lasting", "waterproof"]),
        ("With warranty and free delivery", ["warranty", "free delivery"]),
        ("Money back if you do not like it", ["Money back"]),
        ("Works as well as a Zambuko lamp does.", ["Zambuko"]),
        ("As good as any Nokia", ["Nokia"]),
        ("Battery: model A15", ["Battery", "A15"]),
        ("Only KSh2,500", ["2,500"]),
        ("A 2 x lamp, 450 of them", ["2", "450"]),
        ("Size 5x5 cm, v2.0", ["5", "5 cm", "v2"]),
        ("Open on Monday", ["Monday"]),
        ("50% brighter", ["50%"]),
        ("६ घंटे चलता है", ["६"]),
        ("يعمل ١٥ ساعة", ["١٥"]),
        ("½ price", ["½"]),
        ("It's 10,000,000 points, 1.299,00 and 3.5", ["10,000,000", "1.299,00", "3.5"]),
    ],
)
def test_what_the_facts_lack_is_flagged_in_place(text: str, found: list[str]) -> None:
    assert flagged(text) == found


@pytest.mark.parametrize("text", ["12 hours", "12hrs", "12-hour", "١٢", "१२ घंटे", "12.0 hours"])
def test_numbers_match_over_scripts_and_spellings(text: str) -> None:
    assert flagged(text) == []


def test_a_number_said_of_another_measure_is_told_apart() -> None:
    flag = check({"title": "Lamp 12 kg"}, FACTS, LEXICON)[0]
    assert flag == Flag("title", 5, 10, "12 kg", "“12 kg”: the facts give this number with another measure.")


def test_reasons_name_the_kind_of_claim() -> None:
    flags = check({"title": "Waterproof lamp", "description": "Only 99"}, FACTS, LEXICON)
    assert [(f.field, f.reason) for f in flags] == [
        ("title", "“Waterproof” is a claim that is not in the facts."),
        ("description", "The number “99” is not in the facts."),
    ]


def test_a_phrase_of_the_facts_is_known_whole() -> None:
    assert flagged("Made in Nanyuki.", ["made in: Nanyuki"]) == []
    assert flagged("Made in Nanyuki.", ["made of leather", "Nanyuki"]) == ["Made in"]


def test_titles_and_headlines_are_not_searched_for_names() -> None:
    assert flagged("Lovely Zambuko Lamp", field="title") == []
    assert flagged("A Lovely Lamp Zambuko Style Inside") == []


def test_thai_and_hindi_facts_ground_the_same_words() -> None:
    facts = ["โคมไฟ", "สี: แดง", "ขนาด 30 ซม."]
    assert flagged("โคมไฟ 30 ซม.", facts) == []
    assert flagged("โคมไฟ 31 ซม.", facts) == ["31"]


def test_many_facts_and_a_long_text_are_checked_quickly() -> None:
    facts = [f"fact {i}: value {i} metres" for i in range(10_000)]
    began = time.perf_counter()
    assert flagged("word 12 metres " * 700, facts) == []
    assert time.perf_counter() - began < 3


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.text("ax1205 .,½²٣०₦$%KShrs-'×\u00a0", max_size=30)),
    st.one_of(st.text(max_size=60), st.text("ax1205 .,½²٣०₦$%KShrs-'×\u00a0", max_size=30)),
)
def test_any_text_is_checked_and_what_the_facts_say_word_for_word_is_never_flagged(
    text: str, fact: str
) -> None:
    flags = check({"title": text}, [fact], LEXICON)
    assert all(text[f.start : f.end] == f.text for f in flags)
    assert check({"title": fact}, [fact], LEXICON) == []


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("A waterproof speaker.", True),
        ("It is not waterproof.", False),
        ("Waterproof: no", False),
        ("Waterproof? Sorry, the speaker is not.", False),
        ("No waterproof cover", False),
        ("Waterproof. It does not slip.", True),
    ],
)
def test_a_fact_that_says_no_backs_only_the_denial(text: str, flagged: bool) -> None:
    flags = check({"description": text}, ["Bluetooth speaker", "waterproof: no"], LEXICON)
    assert [flag.text.casefold() for flag in flags] == ["waterproof"] * flagged
