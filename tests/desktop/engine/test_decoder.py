from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.engine.contract import CancelToken, EngineError, Limits, ModelDamaged, PromptTooLong, Sampling
from desktop.engine.decoder import Decoder
from desktop.engine.graph import Graph
from desktop.engine.model import Engine

PROMPT = "<|listing|><|en|><|plain|><|product|>solar lantern<|price|>KSh 2,450<|title|>"
GREEDY = Sampling(temperature=0, repetition_penalty=1, no_repeat_ngram=0)
LIMITS = Limits(max_new_tokens=30)
EXPECTED = json.loads(
    (Path(__file__).resolve().parents[2] / "data" / "tiny_model" / "expected.json").read_text("utf-8")
)


class Recorder:
    """A constraint that allows what `mask` allows and keeps what was written."""

    fields = frozenset[int]()

    def __init__(self, mask: np.ndarray) -> None:
        self._bias = np.where(mask, np.float32(0), np.float32(-np.inf))
        self.ids: list[int] = []

    def start(self, _variant: int) -> Recorder:
        return self

    def bias(self) -> np.ndarray:
        return self._bias

    def allows(self, _token_id: int) -> bool:
        return True

    def admit(self, _token_id: int) -> bool:
        return True

    def accept(self, token_id: int) -> int:
        self.ids.append(token_id)
        return 0

    def finish(self) -> int:
        return 0


class FakeSession:
    """The tiny model's session with a change to what goes in or comes out."""

    def __init__(self, engine: Engine, change: Any) -> None:
        self._inner = engine._ready().decoder._graph._session
        self._change = change
        self.batches: list[int] = []
        self.tokens: list[int] = []

    def get_inputs(self) -> Any:
        return self._inner.get_inputs()

    def get_outputs(self) -> Any:
        return self._inner.get_outputs()

    def run(self, names: list[str], feed: dict[str, Any]) -> Any:
        self.batches.append(feed["input_ids"].shape[0])
        self.tokens.append(feed["input_ids"].shape[1])
        return self._change(self._inner.run(names, feed))


def run_with(engine: Engine, change: Any, **options: Any) -> tuple[list[Any], FakeSession]:
    session = FakeSession(engine, change)
    decoder = Decoder(Graph(session), engine.vocabulary, engine.info.context)
    call = {
        "variants": 1, "limits": LIMITS, "constraint": None, "sampling": GREEDY, "on_token": None, "cancel": None
    }  # fmt: skip
    return decoder.generate(PROMPT, **call | options), session


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["prompt"][:12])
def test_greedy_tokens_are_those_of_transformers(engine: Engine, row: dict[str, Any]) -> None:
    assert engine.vocabulary.encode(row["prompt"]) == row["prompt_ids"]
    recorder = Recorder(np.ones(engine.vocabulary.size, bool))
    engine.generate(row["prompt"], limits=Limits(len(row["new_ids"])), sampling=GREEDY, constraint=recorder)
    assert recorder.ids == row["new_ids"]


def test_same_seed_same_text(engine: Engine) -> None:
    first = engine.generate(PROMPT, variants=3, limits=LIMITS, sampling=Sampling(seed=5))
    again = engine.generate(PROMPT, variants=3, limits=LIMITS, sampling=Sampling(seed=5))
    other = engine.generate(PROMPT, variants=3, limits=LIMITS, sampling=Sampling(seed=6))
    assert [c.text for c in first] == [c.text for c in again] != [c.text for c in other]
    assert len({c.text for c in first}) == 3


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(seed=11), Sampling(seed=12, temperature=1.5, top_k=0)])
def test_a_variant_does_not_depend_on_the_others(engine: Engine, sampling: Sampling) -> None:
    limits = Limits(max_new_tokens=30, stop=("<|code|>",))  # they end at different times
    alone = engine.generate(PROMPT, variants=1, limits=limits, sampling=sampling)
    together = engine.generate(PROMPT, variants=5, limits=limits, sampling=sampling)
    assert together[0].text == alone[0].text
    assert together[0].finish == alone[0].finish
    assert together[0].logprob == pytest.approx(alone[0].logprob, abs=1e-4)


def test_pieces_add_up_to_the_text_of_each_variant(engine: Engine) -> None:
    pieces: dict[int, list[str]] = defaultdict(list)
    done = engine.generate(
        PROMPT, variants=4, limits=Limits(60), sampling=Sampling(temperature=1.5, seed=3),
        on_token=lambda variant, text: pieces[variant].append(text),
    )  # fmt: skip
    for number, completion in enumerate(done):
        assert "".join(pieces[number]) == completion.text
        assert len(pieces[number]) > 1
        assert "�" not in completion.text


def test_the_prompt_is_read_once_and_ended_variants_leave_the_batch(engine: Engine) -> None:
    done, session = run_with(
        engine, lambda out: out, variants=6, sampling=Sampling(seed=1), limits=Limits(30, stop=("<|code|>",))
    )
    assert session.batches[0] == 1
    assert session.batches[1] <= 6
    assert session.batches[1:] == sorted(session.batches[1:], reverse=True)
    assert session.batches[-1] < session.batches[1]
    assert set(session.tokens[1:]) == {1}
    assert {c.finish for c in done} >= {"stop"}


def test_a_stop_token_ends_the_text_and_is_not_part_of_it(engine: Engine) -> None:
    free = engine.generate(PROMPT, limits=LIMITS, sampling=GREEDY)[0]
    before, stop, _ = free.text.partition("<|bullet|>")
    assert stop
    stopped = engine.generate(PROMPT, limits=replace(LIMITS, stop=("<|bullet|>",)), sampling=GREEDY)[0]
    assert (stopped.text, stopped.finish) == (before, "stop")


def test_the_end_token_ends_the_text(engine: Engine) -> None:
    end = engine.vocabulary.id_of("<|endoftext|>")
    mask = np.zeros(engine.vocabulary.size, bool)
    mask[end] = True
    done = engine.generate(PROMPT, limits=LIMITS, constraint=Recorder(mask))[0]
    assert (done.text, done.finish, done.tokens) == ("", "end", 1)


def test_an_unknown_stop_token_is_named(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"<\|nothing\|>.*not a token"):
        engine.generate(PROMPT, limits=Limits(stop=("<|nothing|>",)))


def test_max_new_tokens_ends_the_text(engine: Engine) -> None:
    done = engine.generate(PROMPT, limits=Limits(7), sampling=GREEDY)[0]
    assert (done.tokens, done.finish) == (7, "length")


def test_a_full_context_ends_the_text(engine: Engine) -> None:
    done = engine.generate(PROMPT, limits=Limits(10_000), sampling=GREEDY)[0]
    assert done.finish == "length"
    assert done.tokens == engine.info.context - engine.count_tokens(PROMPT)


@pytest.mark.parametrize("after", [0, 1, 5])
def test_cancel_is_seen_between_two_tokens_and_keeps_the_text(engine: Engine, after: int) -> None:
    cancel = CancelToken()
    pieces: list[str] = []

    def on_token(_variant: int, text: str) -> None:
        pieces.append(text)
        if len(pieces) == after:
            cancel.cancel()

    if not after:
        cancel.cancel()
    done = engine.generate("x", limits=LIMITS, sampling=GREEDY, on_token=on_token, cancel=cancel)[0]
    assert (done.finish, done.tokens) == ("cancelled", after)
    assert done.text == "".join(pieces)
    assert done.text == engine.generate("x", limits=LIMITS, sampling=GREEDY)[0].text[: len(done.text)]


def test_a_prompt_that_fills_the_context_is_refused(engine: Engine) -> None:
    context = engine.info.context
    assert engine.generate("~" * (context - 1), limits=LIMITS)[0].tokens == 1
    with pytest.raises(PromptTooLong, match=rf"{context} of {context} tokens.*Shorten"):
        engine.generate("~" * context)


def test_an_empty_prompt_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="prompt is empty"):
        engine.generate("")


def test_zero_variants_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="variants is 0"):
        engine.generate(PROMPT, variants=0)


def test_no_allowed_token_ends_the_text(engine: Engine) -> None:
    done = engine.generate(PROMPT, constraint=Recorder(np.zeros(engine.vocabulary.size, bool)))[0]
    assert (done.text, done.tokens, done.finish, done.logprob) == ("", 0, "constraint", 0.0)


def test_the_log_probability_is_the_mean_before_filters(engine: Engine) -> None:
    done, session = run_with(engine, lambda out: out, limits=Limits(1))
    ids = np.array([engine.vocabulary.encode(PROMPT)])
    row = Graph(session).step(ids, Graph(session).empty())[0][0].astype(np.float64)
    assert done[0].logprob == pytest.approx(row.max() - np.log(np.exp(row).sum()), abs=1e-4)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_result_that_is_no_number_is_an_error(engine: Engine, value: float) -> None:
    def spoil(out: list[np.ndarray]) -> list[np.ndarray]:
        out[0][..., 3] = value
        return out

    with pytest.raises(EngineError, match="not a number"):
        run_with(engine, spoil)


def test_an_error_of_onnxruntime_is_an_engine_error(engine: Engine) -> None:
    def fail(_out: list[np.ndarray]) -> list[np.ndarray]:
        raise RuntimeError("bad allocation")

    with pytest.raises(EngineError, match="bad allocation"):
        run_with(engine, fail)


def test_rows_beyond_the_vocabulary_are_never_drawn(engine: Engine) -> None:
    def pad(out: list[np.ndarray]) -> list[np.ndarray]:
        return [np.pad(out[0], ((0, 0), (0, 0), (0, 8)), constant_values=99), *out[1:]]

    done, _ = run_with(engine, pad)
    assert done[0].text == engine.generate(PROMPT, limits=LIMITS, sampling=GREEDY)[0].text


def test_a_model_smaller_than_its_vocabulary_is_damaged(engine: Engine) -> None:
    with pytest.raises(ModelDamaged, match="don't belong together"):
        run_with(engine, lambda out: [out[0][..., :100], *out[1:]])


def test_times_are_in_order(engine: Engine) -> None:
    done = engine.generate(PROMPT, limits=LIMITS, sampling=GREEDY)[0]
    assert 0 < done.first_token_ms < done.total_ms
