from __future__ import annotations

import pytest

from desktop.shop.records import Fact, Product
from model_export.evaluate import figures


def test_a_run_of_words_that_comes_twice_is_found() -> None:
    assert figures.has_repeated_ngram("It is a lamp for the road. It is a lamp, for us.")
    assert not figures.has_repeated_ngram("It is a lamp for the road. It was a lamp for us.")


def test_self_bleu_is_one_for_equal_texts_and_near_zero_for_unlike_ones() -> None:
    same = ["the lamp lights the room at night"] * 3
    assert figures.self_bleu(same) == pytest.approx(1.0)
    unlike = ["one two three four five", "six seven eight nine ten", "red blue green white black"]
    assert figures.self_bleu(unlike) < 0.1
    assert figures.self_bleu(["too short", "to count"]) == 0.0


def test_bleu_counts_shared_ngrams_and_punishes_brevity() -> None:
    # Of "a b c d e" the n-grams in "a b c d f": 4/5, 3/4, 2/3, 1/2; the other way round the same.
    expected = (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert figures.self_bleu(["a b c d e", "a b c d f"]) == pytest.approx(expected)


def test_distance_between_texts_is_the_mean_of_all_pairs() -> None:
    assert figures.mean_distance(["a b c d", "a b c d", "e f g h"]) == pytest.approx(2 / 3)
    assert figures.mean_distance(["alone"]) == 0.0


@pytest.mark.parametrize(
    ("title", "faults"),
    [
        ("Sunbell Solar Lantern, 12 Hours", []),
        ("Solar Lantern, 12 Hours", ["brand"]),
        ("Sunbell Lantern", ["name"]),
        ("Sunbell Solar Lantern Solar Lantern", ["twice"]),
        ("SUNBELL SOLAR LANTERN", ["capitals"]),
        ("Sunbell Solar Lantern,", ["mark"]),
        ("Sunbell Solar Lantern with many, many, many words", ["length", "twice"]),
        ("", ["length", "name", "brand"]),
    ],
)
def test_title_faults(title: str, faults: list[str]) -> None:
    assert figures.title_faults(title, "solar lantern", "Sunbell", 40) == faults


def test_attributes_that_no_fact_holds_are_found() -> None:
    attributes = {"cotton", "linen", "black"}
    assert figures.invented("Black cotton shirts in linen", attributes, ["colours: black", "cottons"]) == [
        "linen"
    ]


def test_facts_are_said_by_value_and_a_bare_yes_by_its_name() -> None:
    product = Product(
        "lamp",
        facts=(
            Fact("run time", "12 hours"),
            Fact("waterproof", "yes"),
            Fact("fuse", "no"),
            Fact("size", "M"),
        ),
    )
    used, missing = figures.facts_said("Runs 12hours, fully waterproof. Fuse: no.", product)
    assert used == ["run time", "waterproof", "fuse"]
    assert missing == ["size"]
