from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine.contract import Limits, Sampling
from desktop.engine.sampling import Sampler, choose_all

PLAIN = Sampling(temperature=1, top_k=0, top_p=1, repetition_penalty=1, no_repeat_ngram=0)
GREEDY = replace(PLAIN, temperature=0)


class Only:
    """A constraint's state that allows what `mask` and `allowed` allow."""

    fields = frozenset({99})

    def __init__(
        self, *mask: bool, allowed: Callable[[int], bool] = lambda _id: True, nudges: float | np.ndarray = 0
    ) -> None:
        self._bias = np.where(np.array(mask), np.float32(nudges), np.float32(-np.inf))
        self.allows = allowed

    def bias(self) -> np.ndarray:
        return self._bias

    def admit(self, _token_id: int) -> bool:
        return True

    def accept(self, _token_id: int) -> int:
        return 0

    def finish(self) -> int:
        return 0


def logits(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def norms(rows: np.ndarray) -> list[float]:
    exponentials: list[float] = np.log(np.exp(rows).sum(axis=1)).tolist()
    return exponentials


def draws(sampling: Sampling, row: np.ndarray, times: int = 300) -> set[int | None]:
    sampler = Sampler(sampling, 0, frozenset())
    return {sampler.choose(row) for _ in range(times)}


def test_temperature_0_takes_the_best() -> None:
    assert draws(GREEDY, logits(1, 3, 2)) == {1}


def test_of_equals_the_lower_id_is_the_best() -> None:
    assert draws(GREEDY, logits(0, 2, 2)) == {1}


def test_draws_follow_the_probabilities() -> None:
    probabilities = np.array([0.5, 0.3, 0.15, 0.05])
    sampler = Sampler(PLAIN, 0, frozenset())
    row = np.log(probabilities).astype(np.float32)
    counts = np.bincount([sampler.choose(row) for _ in range(4000)], minlength=4)
    assert np.abs(counts / 4000 - probabilities).max() < 0.03


def test_a_low_temperature_sharpens() -> None:
    assert draws(replace(PLAIN, temperature=0.05), logits(1, 3, 2)) == {1}


def test_top_k_keeps_the_k_best() -> None:
    assert draws(replace(PLAIN, top_k=2), logits(1, 1.2, 0.9, 1.1)) == {1, 3}


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    row = np.log(np.array([0.1, 0.5, 0.4])).astype(np.float32)
    assert draws(replace(PLAIN, top_p=0.45), row) == {1}
    assert draws(replace(PLAIN, top_p=0.8), row) == {1, 2}
    assert draws(PLAIN, row) == {0, 1, 2}


def test_a_masked_token_is_never_drawn() -> None:
    sampler = Sampler(replace(PLAIN, top_k=3), 0, frozenset(), Only(True, False, True, True))
    assert {sampler.choose(logits(1, 9, 1, 1)) for _ in range(200)} == {0, 2, 3}


def test_fewer_allowed_than_top_k_is_no_trouble() -> None:
    sampler = Sampler(replace(PLAIN, top_k=3), 0, frozenset(), Only(False, False, True, False))
    assert sampler.choose(logits(1, 9, 1, 1)) == 2


@pytest.mark.parametrize("sampling", [PLAIN, GREEDY, replace(PLAIN, top_k=1)])
def test_a_refused_token_leaves_its_place_to_others(sampling: Sampling) -> None:
    state = Only(True, True, True, allowed=lambda token_id: token_id == 2)
    assert Sampler(sampling, 0, frozenset(), state).choose(logits(9, 8, 1)) == 2


def test_none_is_given_when_all_are_refused() -> None:
    state = Only(True, True, allowed=lambda _token_id: False)
    assert Sampler(PLAIN, 0, frozenset(), state).choose(logits(1, 2)) is None
    assert Sampler(GREEDY, 0, frozenset(), Only(False, False)).choose(logits(1, 2)) is None


def test_the_distribution_is_what_is_drawn_from() -> None:
    state = Only(True, True, True, False, True, allowed=lambda token_id: token_id != 1)
    sampler = Sampler(replace(PLAIN, top_k=3, top_p=0.9), 0, frozenset(), state)
    row = logits(1.5, 3, 1, 4, -1)
    ids, probabilities = sampler.distribution(row)
    assert ids.tolist() == [0, 2]  # 1 is refused, 3 masked, 4 the unlikely rest
    assert probabilities == pytest.approx(np.exp([1.5, 1]) / np.exp([1.5, 1]).sum())
    counts = np.bincount([sampler.choose(row) for _ in range(4000)], minlength=5)
    assert counts[ids] / 4000 == pytest.approx(probabilities, abs=0.03)
    assert counts.sum() == counts[ids].sum()


def test_the_distribution_is_empty_when_nothing_is_allowed() -> None:
    ids, probabilities = Sampler(PLAIN, 0, frozenset(), Only(False, False)).distribution(logits(1, 2))
    assert (len(ids), len(probabilities)) == (0, 0)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 12), top_k=st.sampled_from([0, 1, 5]))
def test_all_at_once_draw_what_each_would_draw_alone(seed: int, count: int, top_k: int) -> None:
    sampling = Sampling(seed=seed, top_k=top_k)
    rng = np.random.default_rng(seed)
    rows = rng.normal(scale=4, size=(5, count, 40)).astype(np.float32)

    def samplers() -> list[Sampler]:
        return [
            Sampler(sampling, i, frozenset({7}), Only(*(rng.random(40) < 0.8).tolist())) for i in range(count)
        ]

    rng = np.random.default_rng(1)
    together = samplers()
    rng = np.random.default_rng(1)
    alone = samplers()
    for step in rows:
        drawn = choose_all(together, step, norms(step))
        assert drawn == [sampler.choose(row) for sampler, row in zip(alone, step, strict=True)]
        for token_id, one, other in zip(drawn, together, alone, strict=True):
            assert token_id is not None
            one.accept(token_id)
            other.accept(token_id)


@settings(max_examples=200)
@given(
    seed=st.integers(0, 2**32),
    peak=st.floats(0, 20),
    sampling=st.builds(
        Sampling,
        temperature=st.sampled_from([0, 0.5, 1, 1.5]),
        top_p=st.sampled_from([0.5, 0.95, 1]),
        repetition_penalty=st.sampled_from([0.8, 1, 1.1, 2]),
        no_repeat_ngram=st.sampled_from([0, 2]),
        seed=st.integers(0, 9),
    ),
)
def test_nothing_changes_where_one_token_is_certain(seed: int, peak: float, sampling: Sampling) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(scale=2, size=(8, 30)).astype(np.float32)
    rows[:, rng.integers(0, 4)] += peak
    nudges = np.where(rng.random(30) < 0.2, np.float32(1), np.float32(0))
    mask = (rng.random(30) < 0.8).tolist()
    one, other = (
        Sampler(
            sampling,
            0,
            frozenset({1}),
            Only(*mask, allowed=lambda token_id: token_id % 7 != 2, nudges=nudges),
        )
        for _ in range(2)
    )
    for row, norm in zip(rows, norms(rows), strict=True):
        drawn = one.choose(row, norm)
        assert drawn == other.choose(row)
        for sampler in (one, other) if drawn is not None else ():
            sampler.accept(drawn)


def test_what_is_certain_is_not_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = Sampler(Sampling(), 0, frozenset(), Only(True, True, True))
    monkeypatch.setattr(sampler, "_filtered", None)
    row = logits(1, 12, 2)
    assert sampler.choose(row, norms(row[None])[0]) == 1


def test_the_penalty_holds_back_what_was_written_but_not_special_tokens() -> None:
    sampler = Sampler(replace(GREEDY, repetition_penalty=2.0), 0, frozenset({2}))
    assert sampler.choose(logits(3, 2, -9)) == 0
    sampler.accept(0)
    assert sampler.choose(logits(3, 2, -9)) == 1
    assert sampler.choose(logits(-1, -1.5, -9)) == 1  # below zero it counts as more
    sampler.accept(2)
    assert sampler.choose(logits(0, 0, 1.5)) == 2


def test_an_ngram_is_not_written_twice() -> None:
    sampler = Sampler(replace(GREEDY, no_repeat_ngram=3), 0, frozenset())
    for token_id in (5, 6, 7, 5, 6):
        sampler.accept(token_id)
    row = np.zeros(8, np.float32)
    row[7], row[3] = 2, 1
    assert sampler.choose(row) == 3


def test_an_ngram_may_end_in_a_special_token_again() -> None:
    sampler = Sampler(replace(GREEDY, no_repeat_ngram=2), 0, frozenset({7}))
    for token_id in (5, 7, 5):
        sampler.accept(token_id)
    row = np.zeros(8, np.float32)
    row[7] = 2
    assert sampler.choose(row) == 7


def test_a_repeat_is_not_written_even_where_nothing_else_is_left() -> None:
    sampler = Sampler(replace(GREEDY, no_repeat_ngram=1), 0, frozenset(), Only(True, False))
    sampler.accept(0)
    assert sampler.choose(logits(1, 2)) is None


def test_a_new_field_may_say_again_what_the_last_one_said() -> None:
    sampler = Sampler(replace(GREEDY, no_repeat_ngram=2), 0, frozenset({99}), Only(*[True] * 3))
    for token_id in (0, 1, 0):
        sampler.accept(token_id)
    assert sampler.choose(logits(0, 2, 1)) == 2
    sampler.accept(99)
    sampler.accept(0)
    assert sampler.choose(logits(0, 2, 1)) == 1


@given(seed=st.integers(-(2**70), 2**70), others=st.integers(0, 5))
def test_a_variants_draws_depend_on_seed_and_number_only(seed: int, others: int) -> None:
    row = np.linspace(0, 1, 50, dtype=np.float32)

    def run(variant: int) -> list[int | None]:
        sampler = Sampler(replace(PLAIN, seed=seed), variant, frozenset())
        return [sampler.choose(row) for _ in range(8)]

    first = run(3)
    for variant in range(others):
        run(variant)
    assert run(3) == first
    assert run(4) != first


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", -1), ("top_k", -1), ("top_p", 0), ("top_p", 1.1), ("repetition_penalty", 0)],
)
def test_a_senseless_setting_is_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{field} is {value}"):
        replace(PLAIN, **{field: value})


def test_a_senseless_limit_is_named() -> None:
    with pytest.raises(ValueError, match="max_new_tokens is 0"):
        Limits(max_new_tokens=0)
