from pathlib import Path

import pytest

from desktop.drafting.lexicon import Lexicon, LexiconError, is_fact_char, words_of

PATH = Path(__file__).parents[3] / "resources" / "lexicon" / "en.toml"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(PATH)


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("Two", "number"), ("dozens", "number"), ("hours", "unit"), ("litre", "unit"), ("mAh", "unit"),
        ("KSh", "currency"),
        ("naira", "currency"), ("Red", "colour"), ("orange", "colour"), ("gold", "colour"), ("cotton", "material"),
        ("stainless", "material"), ("medium", "size"), ("XL", "size"), ("king-size", "size"),
        ("certified", "certification"),
        ("halal", "certification"), ("warranty", "warranty"), ("money back", "warranty"), ("waterproof", "claim"),
        ("solar", "claim"), ("rechargeable", "claim"), ("free", "price_claim"),
        ("handmade", "origin"), ("Nokia", "brand"),
        ("batteries", "contents"), ("Monday", "date"), ("long-lasting", "claim"),
    ],
)  # fmt: skip
def test_words_that_state_a_fact_have_a_category(lexicon: Lexicon, word: str, category: str) -> None:
    assert lexicon.category_of(word) == category


ORDINARY = [
    "light",
    "time",
    "clean",
    "easy",
    "home",
    "use",
    "everyday",
    "warm",
    "fresh",
    "one",
    "first",
    "the",
    "a",
    "and",
    "with",
    "for",
    "your",
    "you",
    "family",
    "good",
    "great",
    "ideal",
    "perfect",
    "lovely",
    "handy",
    "simple",
    "made",
    "keep",
    "bring",
    "make",
    "look",
    "feel",
    "enjoy",
    "price",
    "shop",
    "order",
    "today",
    "thank",
    "please",
    "help",
    "question",
    "send",
    "message",
    "stock",
    "delivery",
    "payment",
    "quality",
    "comfortable",
    "stylish",
    "practical",
    "useful",
    "daily",
    "evening",
    "morning",
    "kitchen",
    "market",
    "school",
    "work",
    "travel",
    "gift",
    "friend",
    "customer",
    "try",
    "all",
    "may",
    "march",
    "top-up",
    "am",
    "in",
    "is",
]


@pytest.mark.parametrize("word", sorted(set(ORDINARY) - {"top-up"}))
def test_connective_words_stay_usable(lexicon: Lexicon, word: str) -> None:
    assert word not in lexicon.banned_words


def test_banned_words_are_single_casefolded_words(lexicon: Lexicon) -> None:
    assert all(word == word.casefold() and " " not in word and word for word in lexicon.banned_words)


def test_words_in_gives_one_category_and_refuses_an_unknown_one(lexicon: Lexicon) -> None:
    assert "red" in lexicon.words_in("colour")
    assert "hour" not in lexicon.words_in("colour")
    with pytest.raises(KeyError):
        lexicon.words_in("colors")


@pytest.mark.parametrize(("a", "b"), [("12", "twelve"), ("hrs", "hours"), ("gray", "grey"), ("kg", "kilos")])
def test_equal_measures_ground_each_other(lexicon: Lexicon, a: str, b: str) -> None:
    assert lexicon.equals_of(a) & lexicon.equals_of(b)


def test_words_of_any_script_stay_whole() -> None:
    assert [w.text for w in words_of("USB-C, don't मोमबत्ती, น้ำมัน فانوس 12 🙂")] == [
        "USB", "C", "don't", "मोमबत्ती", "น้ำมัน", "فانوس", "12",
    ]  # fmt: skip
    assert [(w.start, w.end) for w in words_of("a bc")] == [(0, 1), (2, 4)]


@pytest.mark.parametrize("char", ["7", "٧", "७", "½", "₹", "$", "%", "°", "²"])
def test_fact_characters(char: str) -> None:
    assert is_fact_char(char)


@pytest.mark.parametrize("char", ["a", "न", " ", ".", "-"])
def test_other_characters_are_free(char: str) -> None:
    assert not is_fact_char(char)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"nowhere\.toml"):
        Lexicon.load(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text('language = "en"\n', encoding="utf-8")
    with pytest.raises(LexiconError, match="category"):
        Lexicon.load(broken)


def test_own_words_may_be_said_but_never_numbers_measures_or_money(lexicon: Lexicon) -> None:
    banned = lexicon.banned_words_beside(["Brown paper bags", "two handles, 30 minutes, shillings"])
    assert "paper" not in banned
    assert {"two", "minutes", "shillings", "cotton"} <= banned


def test_phrases_that_the_seller_says_are_not_banned() -> None:
    lexicon = Lexicon.load(Path(__file__).parents[3] / "resources" / "lexicon" / "en.toml")
    banned = lexicon.banned_phrases_beside(["Free delivery: yes", "made of wood in Kenya"])
    assert "free delivery" not in banned
    assert {"made in", "free shipping"} <= banned
