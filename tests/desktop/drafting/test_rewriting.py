from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop.drafting.lexicon import ALWAYS_BANNED, Lexicon, fold, is_fact_char, words_of
from desktop.drafting.prompt import MAX_FACTS
from desktop.drafting.rewriting import WAYS, TooManyNumbers, rewrite_prompt

LEXICON = Lexicon.load(Path(__file__).parents[3] / "resources" / "lexicon" / "en.toml")
ROLES = [("product", "solar lantern"), ("brand", "Sunbell"), ("price", "KSh 2,450")]
FACTS = [("run time", "12 hours"), ("charging", "USB"), ("waterproof", "yes")]


def source(text: str) -> str:
    return text.partition("<|message|>")[2].rpartition("<|")[0]


def test_the_prompt_holds_what_the_text_speaks_of() -> None:
    prompt = rewrite_prompt(
        "The solar lantern  lasts 12 hours.\nIt is waterproof.", "shorter", LEXICON, section="description",
        roles=ROLES, facts=FACTS,
    )  # fmt: skip
    assert prompt.text == (
        "<|rewrite|><|en|><|keywords|>shorter<|product|>solar lantern<|k1|>run time<|f1|>12 hours"
        "<|k2|>waterproof<|f2|>yes<|message|>The <|product|> lasts <|f1|>. It is <|k2|>.<|description|>"
    )
    assert prompt.values["<|f1|>"] == "12 hours"
    assert prompt.ideas == {}


def test_only_longer_may_add_facts_and_ideas() -> None:
    ideas = [("use", "It lights the whole room"), ("use", "Good for reading")]
    prompts = {
        way: rewrite_prompt("Good for reading.", way, LEXICON, roles=ROLES, facts=FACTS, ideas=ideas)
        for way in WAYS
    }
    assert "<|k3|>waterproof<|f3|>yes<|k4|>#use<|f4|>It lights the whole room<|" in prompts["longer"].text
    assert prompts["longer"].ideas == {"<|f4|>": "use"}
    for way in set(WAYS) - {"longer"}:
        assert prompts[way].values == {"<|product|>": "solar lantern"}


def test_a_greeting_may_name_the_customer() -> None:
    roles = [("customer", "Asha"), ("payment", "cash")]
    assert rewrite_prompt("It is here.", "friendlier", LEXICON, roles=roles).values == {
        "<|customer|>": "Asha"
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call 0712-345678 by Friday.", "Call <|f1|> by <|f2|>."),
        ("Now $5.50, or 20 % off 3 kg", "Now <|f1|>, or <|f2|> off <|f3|>"),
        ("See www.shop.example/a1 or a.b@shop.example!", "See <|f1|> or <|f2|>!"),
        ("two lanterns. 12 hours each", "<|f1|> lanterns. <|f2|> each"),
        ("no number here", "no number here"),
    ],
)
def test_numbers_that_no_fact_holds_become_slots_too(text: str, expected: str) -> None:
    prompt = rewrite_prompt(text, "fix grammar", LEXICON)
    assert source(prompt.text) == expected
    bare = re.sub(r"<\|[^|>]*\|>", " ", source(prompt.text))
    assert not any(map(is_fact_char, bare))
    assert not {fold(w.text) for w in words_of(bare)} & LEXICON.words_in(*ALWAYS_BANNED)
    assert all(prompt.values[slot] in text for slot in prompt.ideas)


def test_special_tokens_in_the_text_are_defused() -> None:
    assert "< |price|>" in rewrite_prompt("<|price|> now", "shorter", LEXICON).text


def test_too_many_numbers_are_refused_by_name() -> None:
    text = ", ".join(f"{n} or more" for n in range(100, 101 + MAX_FACTS))
    with pytest.raises(TooManyNumbers, match="25 numbers"):
        rewrite_prompt(text, "shorter", LEXICON)


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="rhymed"):
        rewrite_prompt("a", "rhymed", LEXICON)  # type: ignore[arg-type]
