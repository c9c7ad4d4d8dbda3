import pytest

from desktop.drafting.english import article, is_countable, is_label, plural, plural_verb, stem


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("box", "boxes"),
        ("battery", "batteries"),
        ("toy", "toys"),
        ("knife", "knives"),
        ("kitchen knife", "kitchen knives"),
        ("set of pots", "sets of pots"),
        ("case for phone", "cases for phone"),
        ("T-shirt", "T-shirts"),
        ("Dress", "Dresses"),
        ("BOX", "BOXES"),
        ("TV", "TVs"),
        ("bus", "buses"),
        ("shoes", "shoes"),
        ("trousers", "trousers"),
        ("rice", "rice"),
        ("basmati rice", "basmati rice"),
        ("jewellery", "jewellery"),
        ("Galaxy A15", "Galaxy A15"),
        ("torch (with strap)", "torches (with strap)"),
        ("فانوس", "فانوس"),
        ("", ""),
    ],
)
def test_plural_of_a_phrase(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("8 GB", "an"), ("80 cm", "an"), ("8,000 mAh", "an"), ("11 inch", "an"), ("18,000", "an"), ("1 litre", "a"),
        ("12 hours", "a"), ("100 ml", "a"), ("110 V", "a"), ("1100 W", "a"), ("USB", "a"), ("USB-C", "a"),
        ("LED lamp", "an"), ("HDMI", "an"), ("XL", "an"), ("SIM card", "a"), ("hour", "an"), ("honest", "an"),
        ("house", "a"), ("umbrella", "an"), ("unit", "a"), ("used book", "a"), ("user", "a"), ("unusual", "an"),
        ("uninsulated", "an"), ("one-piece", "a"), ("orange", "an"), ("European plug", "a"), ("A15 phone", "an"),
        ("M14 bolt", "an"), ("U-shaped", "a"), ("éclair", "an"), ("solar lantern", "a"), ("“apple”", "an"),
        ("iPhone", "an"), ("फ़ोन", "a"), ("", "a"), ("🙂", "a"), ("ultra", "an"), ("utensil", "a"), ("urban", "an"),
    ],
)  # fmt: skip
def test_article_goes_by_sound(text: str, right: str) -> None:
    assert article(text) == right


def test_mass_and_plural_nouns_take_no_article() -> None:
    assert not is_countable("running shoes")
    assert not is_countable("rice")
    assert is_countable("solar lantern")
    assert is_countable("Galaxy A15")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("hours", "hour"),
        ("batteries", "battery"),
        ("charging", "charge"),
        ("charged", "charges"),
        ("boxes", "box"),
    ],
)
def test_forms_of_a_word_share_a_stem(a: str, b: str) -> None:
    assert stem(a) == stem(b)


@pytest.mark.parametrize(("a", "b"), [("red", "reed"), ("glass", "glas"), ("led", "l"), ("string", "str")])
def test_different_words_keep_their_stems_apart(a: str, b: str) -> None:
    assert stem(a) != stem(b)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("is", "are"),
        ("has", "have"),
        ("goes", "go"),
        ("carries", "carry"),
        ("matches", "match"),
        ("keeps", "keep"),
    ],
)
def test_plural_verb(one: str, many: str) -> None:
    assert plural_verb(one) == many


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("from", True), ("how to clean", True), ("who for", True), ("keep chilled below", True), ("for skin", True),
        ("run time", False), ("format", False), ("colour", False), ("forearm length", False),
    ],
)  # fmt: skip
def test_names_that_are_no_nouns(name: str, label: bool) -> None:
    assert is_label(name) is label
