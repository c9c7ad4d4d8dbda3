"""Synthesised listings teach what the app's own rules allow, and every fact of the input is said."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from desktop.drafting.families import OFFERED
from desktop.drafting.lexicon import ALWAYS_BANNED
from desktop.drafting.prompt import MARK, SLOT_TOKENS
from desktop.drafting.sections import parse
from model_export.corpus import listing
from model_export.corpus.example import Example
from model_export.corpus.phrases import choose_number, lexicon, load_toml, misspell, stated_words, words

_SLOT = re.compile(r"<\|[a-z]+\d*\|>")


def some(count: int = 300, split: str = "train", seed: int = 3) -> list[Example]:
    return list(listing.examples(random.Random(seed), count, split, None))


@pytest.fixture(scope="module")
def sample() -> list[Example]:
    return some()


def test_targets_say_only_slots_that_the_prompt_holds(sample: list[Example]) -> None:
    for example in sample:
        said = set(_SLOT.findall(example.target)) & SLOT_TOKENS
        assert said <= set(_SLOT.findall(example.prompt)), example


def test_every_fact_is_said(sample: list[Example]) -> None:
    for example in sample:
        facts = re.findall(r"<\|k(\d+)\|>([^<]*)<\|f\1\|>", example.prompt)
        for number in (number for number, name in facts if not name.startswith(MARK)):
            assert f"<|f{number}|>" in example.target or f"<|k{number}|>" in example.target, (number, example)


def test_no_word_outside_a_slot_states_a_fact_that_the_seller_did_not(sample: list[Example]) -> None:
    for example in sample:
        own = words(_SLOT.sub(" ", example.prompt)) - lexicon().words_in(*ALWAYS_BANNED)
        assert stated_words(example.target) <= own, example


def test_targets_have_the_fields_asked_for_in_order(sample: list[Example]) -> None:
    for example in sample:
        first = _SLOT.findall(example.prompt)[-1].strip("<|>")
        sections = parse(example.target, first=first)
        assert sections.description
        assert bool(sections.title) is (first == "title")
        assert bool(sections.bullets) is (first != "description")
        assert example.target.count("<|description|>") == (first != "description")


def test_no_pattern_is_left_unfilled(sample: list[Example]) -> None:
    for example in sample:
        assert not re.search(r"[{}\[\]@]", example.target), example


def test_same_seed_same_examples_and_every_split_its_own_families() -> None:
    assert some(20) == some(20)
    train, valid = (
        {name for family in listing._split_families(split) for name in family.names}
        for split in ("train", "valid")
    )
    assert valid
    assert not {family.id for family in listing._split_families("train")} & {
        family.id for family in listing._split_families("valid")
    }
    assert valid - train


def test_facts_come_in_every_number_and_position(sample: list[Example]) -> None:
    names = (re.findall(r"<\|k\d+\|>([^<]*)", example.prompt) for example in sample)
    counts = Counter(sum(not name.startswith(MARK) for name in found) for found in names)
    assert set(range(7)) <= set(counts)


def test_plural_families_take_plural_names() -> None:
    assert listing.agreeing(["plates", "plate set"], True) == ("plates",)
    assert listing.agreeing(["dress", "gown", "frocks"], False) == ("dress", "gown")
    assert listing.agreeing(["rice"], True) == ("rice",)


def test_an_idea_is_said_at_most_once_and_its_name_never(sample: list[Example]) -> None:
    said = Counter()
    for example in sample:
        for number, name in re.findall(r"<\|k(\d+)\|>([^<]*)", example.prompt):
            if name.startswith(MARK):
                assert f"<|k{number}|>" not in example.target
                assert example.target.count(f"<|f{number}|>") <= 1
                said[name.removeprefix(MARK)] += f"<|f{number}|>" in example.target
    assert all(said[name] for name in OFFERED)


def test_numbers_of_value_patterns_are_drawn_within_their_bounds() -> None:
    rng = random.Random(1)
    drawn = {choose_number(rng, "{i:3-5} to {7|9} hrs") for _ in range(200)}
    assert drawn == {f"{a} to {b} hrs" for a in (3, 4, 5) for b in (7, 9)}
    assert all(re.fullmatch(r"\d(\.\d)? kg", choose_number(rng, "{d:0-3} kg")) for _ in range(50))


def test_a_slip_of_the_finger_changes_one_place() -> None:
    rng = random.Random(2)
    for _ in range(50):
        slipped = misspell(rng, "lantern")
        assert abs(len(slipped) - 7) <= 1
    assert misspell(rng, "1") == "1"


def test_a_broken_phrase_file_is_named(tmp_path: object) -> None:
    path = tmp_path / "broken.toml"  # type: ignore[operator]
    path.write_text("x = [", "utf-8")
    with pytest.raises(ValueError, match=r"broken\.toml"):
        load_toml(path)
