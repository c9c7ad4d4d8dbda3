from __future__ import annotations

import pytest

from desktop.engine.speculation import Guesser

PHRASE = {(1, 2): 3, (2, 3): 4, (3, 4): 5}
ONE_TO_NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_nothing_is_guessed_where_nothing_speaks_for_it() -> None:
    assert Guesser([1, 2, 3], {}).guess(8) == []
    assert Guesser([], {}).guess(8) == []


def test_a_phrase_goes_on_as_long_as_it_is_likely() -> None:
    endless = {(number, number + 1): number + 2 for number in range(50)}
    assert Guesser([1, 2], PHRASE).guess(8) == [3, 4, 5]
    assert len(Guesser([1, 2], endless).guess(8)) == 3  # 0.8 to the fourth is less than it is worth


def test_what_came_before_comes_again() -> None:
    assert Guesser([*ONE_TO_NINE, 0, 1, 2, 3], {}).guess(8) == [4]
    assert Guesser([*ONE_TO_NINE, 0, 1, 2, 3, 4, 5], {}).guess(8) == [6, 7]


def test_where_both_sources_agree_more_is_guessed() -> None:
    phrases = {(number, number + 1): number + 2 for number in range(1, 8)}
    assert Guesser([*ONE_TO_NINE, 0, 1, 2, 3], phrases).guess(8) == [4, 5, 6, 7, 8, 9]


def test_where_they_contradict_each_other_the_surer_one_counts() -> None:
    assert Guesser([*ONE_TO_NINE, 0, 1, 2, 3], {(2, 3): 7}).guess(8) == [7]
    assert Guesser([*ONE_TO_NINE, 0, 1, 2, 3, 4, 5], {(4, 5): 0}).guess(1) == [6]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_is_guessed_than_is_asked_for(most: int) -> None:
    assert Guesser([1, 2], PHRASE).guess(most) == [3, 4, 5][:most]


def test_guesses_grow_while_they_are_right_and_end_while_they_are_not() -> None:
    endless = {(number, number + 1): number + 2 for number in range(500)}
    right, wrong = Guesser([0, 1], endless), Guesser([0, 1], endless)
    last, lengths = 1, []
    for _ in range(20):
        guess = right.guess(8)
        lengths.append(len(guess))
        last += len(guess) + 1
        right.wrote([*guess, last])
    assert lengths == sorted(lengths)
    assert lengths[-1] == 8
    for number in range(200, 240, 2):
        wrong.guess(8)
        wrong.wrote([number])
        wrong.guess(8)
        wrong.wrote([number + 1])
    assert wrong.guess(8) == []
