"""Sentences of a kind of product: found by the product's name, true of all, and without a fact."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from desktop.drafting.families import OFFERED, Families, FamiliesError, choose, offer
from desktop.drafting.lexicon import Lexicon, fold, is_fact_char, words_of
from desktop.drafting.prompt import token

RESOURCES = Path(__file__).parents[3] / "resources"
ALL = Families.load(RESOURCES / "phrases" / "families")
LEXICON = Lexicon.load(RESOURCES / "lexicon" / "en.toml")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("solar lantern", "lantern"), ("Red LED Torch", "torch"), ("torches", "torch"),
        ("LED torch with hook", "torch"), ("lantern, set of 2", "lantern"), ("lantern 12", "lantern"),
        ("set of 6 cups", "cups"), ("LED bulb 9 W", "bulb"), ("4-way extension cable", "extension"),
        ("Cotton Panties", "underwear"), ("panties", "underwear"),
        ("SUFURIA", "pot"), ("motorbike helmet", "helmet"), ("wedding suit", "suit"),
    ],
)  # fmt: skip
def test_the_thing_named_last_tells_the_kind(name: str, id: str) -> None:
    family = ALL.find(name)
    assert family is not None
    assert id in family.id or id in {fold(n) for n in family.names} or id == "pot"


def test_families_are_found_by_their_own_names() -> None:
    found = [(family.id, name, ALL.find(name)) for family in ALL.all for name in family.names]
    lost = [(id, name) for id, name, other in found if other is None or other.id != id]
    assert not lost


@pytest.mark.parametrize(
    "name",
    [
        "zxqv-7 thermal coupler", "lantern hook bracket", "", "12", "مصباح", "cricket helmet", "night suit",
        "Baby Socks", "pool table",
    ],
)  # fmt: skip
def test_nothing_is_guessed_for_an_unknown_thing(name: str) -> None:
    assert ALL.find(name) is None


def test_no_sentence_states_a_fact() -> None:
    for family in ALL.all:
        own = {fold(word.text) for text in (*family.names, *family.categories) for word in words_of(text)}
        for texts in (*family.ideas.values(), *family.tones.values()):
            for text in texts:
                said = {fold(word.text) for word in words_of(text.replace("{p}", "").replace("{b}", ""))}
                assert not (said & LEXICON.banned_words) - own, (family.id, text)
                assert not any(is_fact_char(char) for char in text), (family.id, text)


def test_sentences_are_filled_with_the_sellers_words() -> None:
    family = ALL.find("lantern")
    assert family is not None
    values = {token("product"): "solar lantern", token("brand"): "Sunbell"}
    texts = [offer(family, values, "friendly", random.Random(seed), LEXICON) for seed in range(40)]
    flat = [text for offered in texts for _, text in offered]
    assert any("Sunbell solar lantern" in text for text in flat)
    assert not any("{" in text or "<|" in text or text.endswith(".") for text in flat)
    assert all(text.startswith("for ") for offered in texts for name, text in offered if name == "tail")
    assert texts[0] == offer(family, values, "friendly", random.Random(0), LEXICON)
    assert texts[0] != texts[1]


def test_without_a_brand_no_sentence_names_one_and_plain_has_no_tone() -> None:
    family = ALL.all[0]
    for seed in range(20):
        chosen = choose(family, "plain", random.Random(seed), branded=False)
        assert not any("{b}" in pattern for _, pattern in chosen)
        assert "tone" not in {name for name, _ in chosen}
        assert all(sum(n == name for n, _ in chosen) <= most for name, most in OFFERED.items())


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[family]]\nid = 'x'", "utf-8")
    with pytest.raises(FamiliesError, match=r"broken\.toml"):
        Families.load(tmp_path)
