from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.drafting.lexicon import Lexicon
from desktop.drafting.prompt import SLOT_TOKENS
from desktop.drafting.render import render

LEXICON = Lexicon.load(Path(__file__).parents[3] / "resources" / "lexicon" / "en.toml")

P, B, F, K, G = "<|product|>", "<|brand|>", "<|f1|>", "<|k1|>", "<|f2|>"


def sentence(slotted: str, **values: str) -> str:
    return render(slotted, {f"<|{k}|>": v for k, v in values.items()}, style="sentence", lexicon=LEXICON).text


def title(slotted: str, **values: str) -> str:
    return render(slotted, {f"<|{k}|>": v for k, v in values.items()}, style="title", lexicon=LEXICON).text


def line(slotted: str, **values: str) -> str:
    return render(slotted, {f"<|{k}|>": v for k, v in values.items()}, style="line", lexicon=LEXICON).text


@pytest.mark.parametrize(
    ("slotted", "values", "text"),
    [
        # capitals
        (f"{P} for the home. it lasts {F}.", {"product": "solar lantern", "f1": "12 hours"},
         "Solar lantern for the home. It lasts 12 hours."),
        (f"{P} is here.", {"product": "iPhone case"}, "iPhone case is here."),
        (f"{P} is here.", {"product": "zxqv-7 thermal coupler"}, "Zxqv-7 thermal coupler is here."),
        (f"{F} charging.", {"f1": "usb"}, "usb charging."),
        (f"It comes in {F}.", {"f1": "Red"}, "It comes in red."),
        (f"Made of {F}.", {"f1": "Stainless Steel"}, "Made of stainless steel."),
        (f"Made of {F}.", {"f1": "Zambuko Leather"}, "Made of Zambuko Leather."),
        (f"{F} body.", {"f1": "Hard Plastic"}, "Hard plastic body."),
        (f"Made by {B}.", {"brand": "Orange"}, "Made by Orange."),
        (f"the {K} is {F}.", {"k1": "Run Time", "f1": "12 hours"}, "The run time is 12 hours."),
        (f"the {K} is {F}.", {"k1": "USB_port", "f1": "Type-C"}, "The USB port is Type-C."),
        # shouting
        (f"Made of {F}.", {"f1": "STAINLESS STEEL"}, "Made of stainless steel."),
        (f"By {B}.", {"brand": "SUNBELL"}, "By Sunbell."),
        (f"A {P}.", {"product": "MEN'S BELT"}, "A Men's Belt."),
        (f"By {B}.", {"brand": "IKEA"}, "By IKEA."),
        (f"Model {F}.", {"f1": "ZXQVW-7"}, "Model ZXQVW-7."),
        (f"Use {'<|code|>'}.", {"code": "SAVEBIG"}, "Use SAVEBIG."),
        # a / an
        (f"With a {F} memory.", {"f1": "8 GB"}, "With an 8 GB memory."),
        (f"An {F} cable.", {"f1": "USB"}, "A USB cable."),
        (f"a {P} for you.", {"product": "umbrella"}, "An umbrella for you."),
        (f"This is a {P}.", {"product": "running shoes"}, "This is running shoes."),
        (f"It has a {K} of {F}.", {"k1": "dimensions", "f1": "2 m"}, "It has dimensions of 2 m."),
        # plural and possessive
        (f"Our {P}s are here.", {"product": "battery"}, "Our batteries are here."),
        (f"Our {P}es are here.", {"product": "box"}, "Our boxes are here."),
        (f"Our {P}s are here.", {"product": "rice"}, "Our rice are here."),
        (f"The {P}'s {K}.", {"product": "lamp", "k1": "weight"}, "The lamp's weight."),
        (f"{P}so", {"product": "lamp"}, "Lamp so"),
        # spacing and marks
        (f"{P}{F}", {"product": "lamp", "f1": "12 W"}, "Lamp 12 W"),
        (f"Lasts{F}long .", {"f1": "12 hours"}, "Lasts 12 hours long."),
        (f"( {F} )", {"f1": "12 W"}, "(12 W)"),
        (f"Lasts {F}.", {"f1": "12 hours."}, "Lasts 12 hours."),
        (f"Lasts {F} and more.", {"f1": "12 hours."}, "Lasts 12 hours and more."),
        (f"Ask {B} today.", {"brand": "Sunbell Ltd."}, "Ask Sunbell Ltd. today."),
        (f"Ask {B}.", {"brand": "Sunbell Ltd."}, "Ask Sunbell Ltd."),
        (f"{F}.", {"f1": "Wow!"}, "Wow!"),
        (f"{F}, really.", {"f1": "warm,"}, "Warm, really."),
        # doubled words
        (f"{B} {P}.", {"brand": "Sunbell", "product": "Sunbell lantern"}, "Sunbell lantern."),
        (f"{B} {P}.", {"brand": "Sun", "product": "Sunbell lantern"}, "Sun Sunbell lantern."),
        (f"The {P}.", {"product": "the lantern"}, "The lantern."),
        (f"Lasts {F} hours.", {"f1": "12 hours"}, "Lasts 12 hours."),
        (f"Lasts {F} hours.", {"f1": "12 hour"}, "Lasts 12 hour."),
        # yes
        (f"It is {F}.", {"k1": "Rechargeable", "f1": "Yes"}, "It is rechargeable."),
        # one line, emoji, quotes, unknown tokens
        (f"Note: {F}", {"f1": " two\n\n lines\t“here” 🙂 "}, "Note: two lines “here” 🙂"),
        (f"Note <|title|>{F}<|nonsense|>.", {"f1": "x <|f2|>"}, "Note x < |f2|>."),
        (f"Costs {'<|price|>'}.", {"price": "KSh 2,450"}, "Costs KSh 2,450."),
        ("", {}, ""),
    ],
)  # fmt: skip
def test_sentences(slotted: str, values: dict[str, str], text: str) -> None:
    assert sentence(slotted, **values) == text


@pytest.mark.parametrize(
    ("slotted", "values", "text"),
    [
        (f"{B} {P} with {F}", {"brand": "Sunbell", "product": "solar lantern", "f1": "12 hours"},
         "Sunbell Solar Lantern with 12 Hours"),
        (f"{P}, {F}", {"product": "bag of rice", "f1": "5 kg"}, "Bag of Rice, 5 kg"),
        (f"{P} for {F}", {"product": "case", "f1": "iPhone 12, USB-C"}, "Case for iPhone 12, USB-C"),
        (f"{P} {F}", {"product": "tarp", "f1": "2.4 m x 2.6 m, 110 N·m"}, "Tarp 2.4 m x 2.6 m, 110 N·m"),
        (f"{P} {F}", {"product": "power bank", "f1": "10000 mAh"}, "Power Bank 10000 mAh"),
        (f"{P}", {"product": "men's shirt"}, "Men's Shirt"),
        (f"{P}", {"product": "فانوس"}, "فانوس"),
    ],
)  # fmt: skip
def test_titles(slotted: str, values: dict[str, str], text: str) -> None:
    assert title(slotted, **values) == text


@pytest.mark.parametrize(
    ("slotted", "values", "text"),
    [
        (f"{K}: {F}", {"k1": "Run Time", "f1": "12 hours"}, "Run time: 12 hours"),
        (f"{K}: {F}", {"k1": "colour", "f1": "Red"}, "Colour: Red"),
        (f"{K}: {F}", {"k1": "waterproof", "f1": "yes"}, "Waterproof: yes"),
        (f"{F} of light. no cable", {"f1": "12 hours"}, "12 hours of light. no cable"),
    ],
)
def test_lines(slotted: str, values: dict[str, str], text: str) -> None:
    assert line(slotted, **values) == text


def test_spans_say_where_each_fact_stands() -> None:
    rendered = render(f"{B} {P} lasts {F}.", {B: "Sunbell", P: "lantern", F: "12 hours."}, lexicon=LEXICON)
    assert [(rendered.text[s.start : s.end], s.slot) for s in rendered.spans] == [
        ("Sunbell", B), ("lantern", P), ("12 hours", F),
    ]  # fmt: skip
    assert rendered.used == {B, P, F}


def test_a_slot_nobody_filled_is_told_and_left_out() -> None:
    rendered = render(f"{P} with {F} and {G}.", {P: "lamp", F: "  "})
    assert rendered.unfilled == {F, G}
    assert rendered.used == {P}


def test_right_to_left_value_is_isolated_only_where_the_order_would_break() -> None:
    assert sentence(f"This {P} is nice.", product="فانوس") == "This فانوس is nice."
    assert sentence(f"{P} is nice.", product="فانوس") == "\u2068فانوس\u2069 is nice."
    assert sentence(f"The {P} {F}.", product="فانوس", f1="12 hours") == "The \u2068فانوس\u2069 12 hours."
    assert sentence(f"{P}: {F}", product="فانوس", f1="أحمر") == "فانوس: أحمر"


def test_hindi_and_thai_values_stay_letter_for_letter() -> None:
    assert sentence(f"the {P} in {F}.", product="सौर लालटेन", f1="สีแดง") == "The सौर लालटेन in สีแดง."


def test_a_ten_thousand_character_value_is_never_cut() -> None:
    value = "long text " * 1000
    rendered = render(f"{P}: {F}.", {P: "lamp", F: value}, style="line", lexicon=LEXICON)
    assert value.strip() in rendered.text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(sorted(SLOT_TOKENS)[:12]), st.text(max_size=8)), max_size=10),
       st.text(min_size=1, max_size=12))  # fmt: skip
def test_any_draft_and_any_value_render_on_one_line_with_spans_in_place(
    pieces: list[str], value: str
) -> None:
    slots = dict.fromkeys(SLOT_TOKENS, value)
    for style in ("title", "sentence", "line"):
        rendered = render("".join(pieces), slots, style=style, lexicon=LEXICON)  # type: ignore[arg-type]
        assert "\n" not in rendered.text
        assert "<|" not in rendered.text.replace("< |", "") or "<|" in "".join(pieces)
        assert all(0 <= s.start < s.end <= len(rendered.text) for s in rendered.spans)
