"""Rewriting and completion are taught with the app's prompts, within the decoder's rules, and change what they say."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from desktop.drafting.lexicon import ALWAYS_BANNED
from desktop.drafting.prompt import SLOT_TOKENS
from desktop.drafting.rewriting import WAYS
from model_export.corpus import complete, rewrite
from model_export.corpus.example import Example
from model_export.corpus.phrases import lexicon, stated_words, words

NOWHERE = Path("no-such-folder")
_SLOT = re.compile(r"<\|[a-z]+\d*\|>")


@pytest.fixture(scope="module")
def sample() -> list[Example]:
    return list(rewrite.examples(random.Random(3), 400, "train", NOWHERE))


def way(example: Example) -> str:
    return example.prompt.partition("<|keywords|>")[2].partition("<")[0]


def source(example: Example) -> str:
    return example.prompt.partition("<|message|>")[2].rpartition("<|")[0]


def test_targets_say_only_slots_that_the_prompt_holds(sample: list[Example]) -> None:
    for example in sample:
        assert set(_SLOT.findall(example.target)) & SLOT_TOKENS <= set(_SLOT.findall(example.prompt)), example


def test_no_word_outside_a_slot_states_a_fact_that_the_seller_did_not(sample: list[Example]) -> None:
    for example in sample:
        own = words(_SLOT.sub(" ", example.prompt)) - lexicon().words_in(*ALWAYS_BANNED)
        assert stated_words(example.target) <= own, example


def test_every_way_is_common_and_does_what_it_says(sample: list[Example]) -> None:
    shares = {name: sum(way(e) == name for e in sample) / len(sample) for name in WAYS}
    assert min(shares.values()) > 0.08
    for example in sample:
        if way(example) == "shorter":
            assert len(example.target) < len(source(example))
        if way(example) == "longer":
            assert len(example.target) > len(source(example)) / 2
        elif way(example) != "fix grammar":
            assert example.target != source(example)


def test_only_longer_says_what_the_text_did_not(sample: list[Example]) -> None:
    for example in sample:
        added = set(_SLOT.findall(example.target)) - set(_SLOT.findall(source(example)))
        facts = {slot for slot in added if slot.startswith("<|f")}
        # A slip may have spoilt a value, so that the slot is what mends it.
        assert way(example) in ("longer", "fix grammar") or not facts, example


def test_slips_are_mended_and_slots_kept(sample: list[Example]) -> None:
    mended = [example for example in sample if way(example) == "fix grammar"]
    assert sum(source(e) != e.target for e in mended) > 0.75 * len(mended)
    for example in mended:
        kept, said = (set(re.findall(r"<\|f\d+\|>", text)) for text in (source(example), example.target))
        assert kept <= said, example


def test_shouting_and_phone_spelling_are_among_the_slips() -> None:
    texts = [rewrite.broken(random.Random(i), "The lamp is for you and the house.", {}) for i in range(300)]
    assert any(text.isupper() for text in texts)
    assert any(" u " in text for text in texts)
    assert "The lamp is for you and the house." in texts


@pytest.mark.parametrize(
    ("tone", "said"),
    [
        ("premium", "Thank you for asking, it is here. Would you like to see it?"),
        ("friendly", "Thanks for asking, it's here. Want to see it?"),
    ],
)
def test_a_tone_changes_words(tone: str, said: str) -> None:
    either = (
        "Thanks for asking, it's here. Want to see it?",
        "Thank you for asking, it is here. Would you like to see it?",
    )
    for text in either:
        got = {rewrite.in_tone(random.Random(i), text, tone, ending=False) for i in range(20)}
        assert said in got


@pytest.mark.parametrize("module", [rewrite, complete])
def test_the_same_seed_gives_the_same_text(module) -> None:  # type: ignore[no-untyped-def]
    first, second = (list(module.examples(random.Random(5), 20, "train", NOWHERE)) for _ in range(2))
    assert first == second


def test_completion_goes_on_between_two_words() -> None:
    for example in complete.examples(random.Random(1), 150, "train", NOWHERE):
        assert example.prompt.startswith(("<|listing|>", "<|reply|>"))
        assert example.target.startswith(" ") and example.target.strip()
        assert not example.prompt.endswith((" ", "<|title|>", "<|bullet|>", "<|description|>", "<|text|>"))
        said = set(_SLOT.findall(example.target)) & SLOT_TOKENS
        assert said <= set(_SLOT.findall(example.prompt)), example
