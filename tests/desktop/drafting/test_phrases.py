from pathlib import Path

import pytest

from desktop.drafting.lexicon import Lexicon, is_fact_char, words_of
from desktop.drafting.phrases import Phrases, PhrasesError
from desktop.drafting.prompt import SLOT_TOKENS, build
from desktop.drafting.sections import parse, slots_in

RESOURCES = Path(__file__).parents[3] / "resources"
PHRASES = Phrases.load(RESOURCES / "phrases")
LEXICON = Lexicon.load(RESOURCES / "lexicon" / "en.toml")
VALUES = build(
    "listing",
    roles=[("product", "lamp"), ("brand", "Sunbell")],
    facts=[
        ("run time", "12 hours"),
        ("waterproof", "yes"),
        ("lid", "no"),
        ("note", "Ask us"),
        ("use", "x" * 200),
    ],
).values


def test_drafts_are_slotted_varied_and_use_only_slots_that_exist() -> None:
    texts = PHRASES.listing(VALUES, count=12, seed=3)
    assert len(set(texts)) > 6
    for text in texts:
        sections = parse(text, first="title")
        assert sections.title and sections.bullets and sections.description
        assert set(slots_in(text)) <= set(VALUES)


def test_the_same_seed_gives_the_same_drafts() -> None:
    assert PHRASES.listing(VALUES, count=5, seed=3) == PHRASES.listing(VALUES, count=5, seed=3)
    assert PHRASES.listing(VALUES, count=5, seed=3) != PHRASES.listing(VALUES, count=5, seed=4)


def test_a_single_section_comes_alone() -> None:
    assert "<|bullet|>" not in PHRASES.listing(VALUES, count=1, seed=0, first="description")[0]
    assert parse(PHRASES.listing(VALUES, count=1, seed=0, first="bullet")[0], first="bullet").bullets


def test_a_product_without_facts_gets_no_bullets() -> None:
    text = PHRASES.listing({"<|product|>": "lamp"}, count=1, seed=0)[0]
    assert parse(text, first="title").bullets == ()


def test_a_value_that_holds_its_name_is_not_said_with_it_again() -> None:
    values = build("listing", roles=[("product", "lamp")], facts=[("Glaze", "clear glaze inside")]).values
    for text in PHRASES.listing(values, count=8, seed=0):
        assert "<|k1|>" not in text
        assert "<|f1|>" in text


def test_no_listing_phrase_states_a_fact_by_itself() -> None:
    table = PHRASES.table("listing")
    for sentence in (sentence for sentences in table.values() for sentence in sentences):
        assert not any(is_fact_char(c) for c in sentence)
        assert not [w.text for w in words_of(sentence) if w.text.casefold() in LEXICON.banned_words], sentence


def test_other_languages_fall_back_to_english_and_unknown_tasks_are_told() -> None:
    assert PHRASES.table("listing", "sw") is PHRASES.table("listing", "en")
    with pytest.raises(PhrasesError, match="“poem”"):
        PHRASES.table("poem")


def test_files_of_one_language_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "forms.toml").write_text('[words]\ns = ["{k}: {v}."]\n', encoding="utf-8")
    (tmp_path / "a.toml").write_text('language = "en"\n[reply]\nx = ["a"]\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('language = "en"\n[promo]\nx = ["b"]\n', encoding="utf-8")
    phrases = Phrases.load(tmp_path)
    assert phrases.table("reply")["x"] == ["a"]
    assert phrases.table("promo")["x"] == ["b"]
    (tmp_path / "c.toml").write_text('language = "en"\n[promo]\nx = ["c"]\n', encoding="utf-8")
    with pytest.raises(PhrasesError, match=r"c\.toml.*“promo” a second time"):
        Phrases.load(tmp_path)


def test_unusable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(PhrasesError, match="no phrases in"):
        Phrases.load(tmp_path)
    (tmp_path / "bad.toml").write_text("= 1", encoding="utf-8")
    with pytest.raises(PhrasesError, match=r"bad\.toml"):
        Phrases.load(tmp_path)
    (tmp_path / "bad.toml").write_text("[listing]\n", encoding="utf-8")
    with pytest.raises(PhrasesError, match="language"):
        Phrases.load(tmp_path)


def test_every_slot_in_the_files_is_known() -> None:
    def strings(value: object) -> list[str]:
        if isinstance(value, dict):
            return [s for item in value.values() for s in strings(item)]
        return [s for item in value for s in strings(item)] if isinstance(value, list) else [str(value)]

    for tables in PHRASES.tables.values():
        for text in strings(dict(tables)):
            assert text.count("<|") == len([slot for slot in slots_in(text) if slot in SLOT_TOKENS])
