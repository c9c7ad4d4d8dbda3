from dataclasses import replace

import pytest

from desktop.drafting.ranking import Measured, distance, pick_different, repeated_lines, repetition, score

GOOD = Measured(
    title="Sunbell Solar Lantern, 12 Hours",
    bullets=("Run time: 12 hours", "Charging: USB"),
    description="The Sunbell solar lantern runs for 12 hours. It charges by USB. Ask us anything you like to know.",
    coverage=1.0,
)


@pytest.mark.parametrize(
    "worse",
    [
        replace(GOOD, coverage=0.5),
        replace(GOOD, described=0.5),
        replace(GOOD, flags=1),
        replace(GOOD, said_twice=1),
        replace(GOOD, missing_sections=1),
        replace(GOOD, dropped=1),
        replace(GOOD, logprob=-3.0),
        replace(GOOD, title="Lamp"),
        replace(GOOD, title="Lantern " * 30),
        replace(GOOD, description="It is a lamp. " * 9),
        replace(GOOD, description="Lamp."),
        replace(GOOD, description=GOOD.description.replace("It charges by USB", "Charging: USB")),
        replace(GOOD, description=GOOD.description.replace("Ask us", "It is yours; ask us")),
        replace(GOOD, bullets=("Run time: 12 hours",) * 2),
        replace(GOOD, bullets=tuple(f"{i} thing" for i in range(12))),
    ],
)  # fmt: skip
def test_a_worse_draft_scores_less(worse: Measured) -> None:
    assert score(worse, title_limit=80) < score(GOOD, title_limit=80)


def test_facts_weigh_more_than_likelihood() -> None:
    assert score(replace(GOOD, logprob=-4.0)) > score(replace(GOOD, coverage=0.5, logprob=-0.1))


def test_a_title_over_the_limit_scores_less_than_one_within() -> None:
    assert score(GOOD, title_limit=20) < score(GOOD, title_limit=40)


def test_repetition_is_a_share_of_word_runs() -> None:
    assert repetition("a b c d e f") == 0
    assert repetition("a b c d a b c d") == pytest.approx(1 / 5)
    assert repetition("") == 0


def test_repeated_lines_ignore_case_and_marks() -> None:
    assert repeated_lines(["Run time: 12", "run time 12!", "other"]) == 1


def test_distance_is_0_for_the_same_words_and_1_for_others() -> None:
    assert distance("One two three four.", "one two three four") == 0
    assert distance("one two three", "four five six") == 1
    assert distance("lamp", "lamp") == 0
    assert distance("", "") == 0


def test_picked_drafts_differ_and_equal_ones_never_fill_up() -> None:
    a, near_a, b = (
        "one two three four five six seven",
        "one two three four five six eight",
        "nine ten eleven twelve",
    )
    assert pick_different([a, near_a, b], str, 2) == [a, b]
    assert pick_different([a, near_a, b], str, 3) == [a, b, near_a]
    assert pick_different([a, a.upper(), a], str, 3) == [a]
    assert pick_different([], str, 3) == []
