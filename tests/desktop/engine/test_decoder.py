from __future__ import annotations

import ctypes
import json
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.engine import decoder as decoder_module
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


class FakeBinding:
    """Passes everything on and keeps what was bound."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.shape: tuple[int, ...] = ()
        self.logits = np.empty(0, np.float32)

    def bind_input(self, name: str, *place: Any) -> None:
        self.inner.bind_input(name, *place)
        if name == "input_ids":
            self.shape = tuple(place[3])

    def bind_output(self, name: str, *place: Any) -> None:
        self.inner.bind_output(name, *place)
        if name == "logits":
            shape, pointer = place[3], place[4]
            floats = (ctypes.c_float * int(np.prod(shape))).from_address(pointer)
            self.logits = np.frombuffer(floats, np.float32).reshape(shape)


class FakeSession:
    """The tiny model's session; `change` is given the logits of each run, to write over."""

    def __init__(self, engine: Engine, change: Any) -> None:
        self._inner = engine._ready().decoder._graph._session
        self._change = change
        self.bindings = 0
        self.batches: list[int] = []
        self.tokens: list[int] = []

    def get_inputs(self) -> Any:
        return self._inner.get_inputs()

    def get_outputs(self) -> Any:
        return self._inner.get_outputs()

    def io_binding(self) -> FakeBinding:
        self.bindings += 1
        return FakeBinding(self._inner.io_binding())

    def run_with_iobinding(self, binding: FakeBinding) -> None:
        rows, tokens = binding.shape
        self.batches.append(rows)
        self.tokens.append(tokens)
        self._inner.run_with_iobinding(binding.inner)
        self._change(binding.logits)


def same(_logits: np.ndarray) -> None:
    """No change."""


def run_with(
    engine: Engine, change: Any = same, *, phrases: Any = None, prompt: str = PROMPT, **options: Any
) -> tuple[list[Any], FakeSession]:
    session = FakeSession(engine, change)
    decoder = Decoder(Graph(session), engine.vocabulary, engine.info.context, phrases)
    call = {
        "variants": 1, "limits": LIMITS, "constraint": None, "sampling": GREEDY, "on_token": None, "cancel": None
    }  # fmt: skip
    return decoder.generate(prompt, **call | options), session


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["prompt"][:12])
def test_greedy_tokens_are_those_of_transformers(engine: Engine, row: dict[str, Any]) -> None:
    assert engine.vocabulary.encode(row["prompt"]) == row["prompt_ids"]
    recorder = Recorder(np.ones(engine.vocabulary.size, bool))
    engine.generate(row["prompt"], limits=Limits(len(row["new_ids"])), sampling=GREEDY, constraint=recorder)
    assert recorder.ids == row["new_ids"]


def test_a_text_begins_with_nothing_of_the_last_one_but_its_memory(engine: Engine) -> None:
    session = FakeSession(engine, same)
    decoder = Decoder(Graph(session), engine.vocabulary, engine.info.context)  # type: ignore[arg-type]
    options = {"limits": LIMITS, "constraint": None, "sampling": Sampling(), "on_token": None, "cancel": None}

    def texts(variants: int) -> list[str]:
        return [c.text for c in decoder.generate(PROMPT, variants=variants, **options)]  # type: ignore[arg-type]

    one, three = texts(1), texts(3)
    made = session.bindings
    assert texts(1) == one
    assert session.bindings == made
    assert (texts(3), texts(1)) == (three, one)


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
        engine, variants=6, sampling=Sampling(seed=1), limits=Limits(30, stop=("<|code|>",))
    )
    assert session.batches[:2] == [1, 1]  # the last one or two tokens of the prompt are read on their own
    assert sum(session.tokens[:2]) == engine.count_tokens(PROMPT)
    assert session.batches[2] <= 6
    assert session.batches[2:] == sorted(session.batches[2:], reverse=True)
    assert session.batches[-1] < session.batches[2]
    assert set(session.tokens[2:]) == {1}
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


@pytest.mark.parametrize("variants", [1, 3])
@pytest.mark.parametrize("after", range(1, 12))
def test_cancel_stops_at_every_token_whatever_was_guessed(engine: Engine, after: int, variants: int) -> None:
    row = EXPECTED[0]
    cancel = CancelToken()
    texts = [""] * variants

    def on_token(variant: int, text: str) -> None:
        texts[variant] += text
        if variant == 0:
            first.append(text)
        if len(first) == after:
            cancel.cancel()

    first: list[str] = []
    phrases = usual_phrases([*row["prompt_ids"], *row["new_ids"]])
    done, _ = run_with(
        engine, prompt=row["prompt"], phrases=phrases, variants=variants, cancel=cancel, on_token=on_token
    )
    assert [c.finish for c in done] == ["cancelled"] * variants
    assert [c.text for c in done] == texts
    assert done[0].tokens >= after


def test_a_long_prompt_can_be_cancelled_while_it_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_module, "_PIECE", 8)
    cancel = CancelToken()

    def stop(_logits: np.ndarray) -> None:
        cancel.cancel()

    done, session = run_with(engine, stop, prompt=PROMPT + "a long note " * 5, cancel=cancel)
    assert (done[0].finish, done[0].text, done[0].tokens) == ("cancelled", "", 0)
    assert session.tokens[0] == 8
    assert len(session.tokens) == 2  # the piece, and the last token


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
    done, _ = run_with(engine, limits=Limits(1))
    graph = engine._ready().decoder._graph
    ids = np.array([engine.vocabulary.encode(PROMPT)])
    row = graph.run(ids, graph.cache(1, ids.size))[0, 0].astype(np.float64)
    assert done[0].logprob == pytest.approx(row.max() - np.log(np.exp(row).sum()), abs=1e-4)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_result_that_is_no_number_is_an_error(engine: Engine, value: float) -> None:
    def spoil(logits: np.ndarray) -> None:
        logits[..., 3] = value

    with pytest.raises(EngineError, match="not a number"):
        run_with(engine, spoil)


def test_an_error_of_onnxruntime_is_an_engine_error(engine: Engine) -> None:
    def fail(_logits: np.ndarray) -> None:
        raise RuntimeError("bad allocation")

    with pytest.raises(EngineError, match="bad allocation"):
        run_with(engine, fail)


class Part:
    """The tiny model's vocabulary without its last tokens, or with more."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._inner = engine.vocabulary
        self.size = size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_rows_beyond_the_vocabulary_are_never_drawn(engine: Engine) -> None:
    few = Part(engine, 300)
    decoder = Decoder(engine._ready().decoder._graph, few, engine.info.context)  # type: ignore[arg-type]
    hot = Sampling(temperature=5.0, top_k=0, top_p=1.0, seed=1)
    recorder = Recorder(np.ones(few.size, bool))
    decoder.generate(
        PROMPT, variants=1, limits=Limits(80), constraint=recorder, sampling=hot, on_token=None, cancel=None
    )
    assert len(recorder.ids) == 80
    assert max(recorder.ids) < few.size


def test_a_model_smaller_than_its_vocabulary_is_damaged(engine: Engine) -> None:
    graph = engine._ready().decoder._graph
    with pytest.raises(ModelDamaged, match="don't belong together"):
        Decoder(graph, Part(engine, graph.vocabulary + 1), engine.info.context)  # type: ignore[arg-type]


def test_times_are_in_order(engine: Engine) -> None:
    done = engine.generate(PROMPT, limits=LIMITS, sampling=GREEDY)[0]
    assert 0 < done.first_token_ms < done.total_ms


# -- several tokens in a run ---------------------------------------------------------------------------------------

SAMPLINGS = [GREEDY, Sampling(temperature=0), Sampling(seed=4), Sampling(seed=9, temperature=1.4, top_k=0)]


def usual_phrases(ids: list[int]) -> dict[tuple[int, int], int]:
    return {(a, b): c for a, b, c in zip(ids, ids[1:], ids[2:], strict=False)}


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["prompt"][:12])
def test_guesses_never_change_the_text(engine: Engine, row: dict[str, Any], sampling: Sampling) -> None:
    """Right guesses (the greedy text's own), wrong ones (its tokens moved by one) and those of the text itself."""
    ids = [*row["prompt_ids"], *row["new_ids"]]
    alone, _ = run_with(engine, prompt=row["prompt"], sampling=sampling, speculate=False)
    for phrases in (
        {},
        usual_phrases(ids),
        {pair: (last + 1) % 400 for pair, last in usual_phrases(ids).items()},
    ):
        guessed, _ = run_with(engine, prompt=row["prompt"], sampling=sampling, phrases=phrases)
        assert (guessed[0].text, guessed[0].finish) == (alone[0].text, alone[0].finish)
        assert guessed[0].tokens == alone[0].tokens
        assert guessed[0].logprob == pytest.approx(alone[0].logprob, abs=1e-4)


def test_right_guesses_save_runs(engine: Engine) -> None:
    row = EXPECTED[0]
    phrases = usual_phrases([*row["prompt_ids"], *row["new_ids"]])
    _, alone = run_with(engine, prompt=row["prompt"], speculate=False)
    _, guessed = run_with(engine, prompt=row["prompt"], phrases=phrases)
    assert len(guessed.tokens) < 0.7 * len(alone.tokens)


def test_sampled_text_has_the_same_distribution_with_guesses(engine: Engine) -> None:
    """Chi-square over the first three tokens of 600 texts each, at the 0.1 % level."""
    mask = np.zeros(engine.vocabulary.size, bool)
    mask[300:303] = True
    sampling = {"temperature": 3.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0, "no_repeat_ngram": 0}
    phrases = {(a, b): 300 for a in range(engine.vocabulary.size) for b in range(300, 303)}

    def count(first_seed: int, **options: Any) -> Counter[tuple[int, ...]]:
        counts: Counter[tuple[int, ...]] = Counter()
        for seed in range(first_seed, first_seed + 600):
            recorder = Recorder(mask)
            run_with(
                engine, prompt="x", limits=Limits(3), constraint=recorder,
                sampling=Sampling(seed=seed, **sampling), **options,
            )  # fmt: skip
            counts[tuple(recorder.ids)] += 1
        return counts

    alone, guessed = count(0, speculate=False), count(10_000, phrases=phrases)
    cells = [texts for texts in set(alone) | set(guessed) if alone[texts] + guessed[texts] >= 10]
    statistic = sum((alone[c] - guessed[c]) ** 2 / (alone[c] + guessed[c]) for c in cells)
    # Wilson and Hilferty 1931: a chi-square of n degrees, below its 99.9 % point.
    n = len(cells) - 1
    assert n >= 5
    assert statistic < n * (1 - 2 / (9 * n) + 3.09 * np.sqrt(2 / (9 * n))) ** 3


# -- what was read before ------------------------------------------------------------------------------------------


def test_what_a_prompt_begins_with_is_not_read_again(engine: Engine) -> None:
    session = FakeSession(engine, same)
    decoder = Decoder(Graph(session), engine.vocabulary, engine.info.context)

    def read(prompt: str) -> tuple[str, int]:
        before = len(session.tokens)
        (done,) = decoder.generate(
            prompt, variants=1, limits=Limits(5), constraint=None, sampling=GREEDY, on_token=None, cancel=None,
            speculate=False,
        )  # fmt: skip
        return done.text, sum(session.tokens[before:]) - 4  # without what was written

    def last(prompt: str) -> int:
        return 2 - engine.count_tokens(prompt) % 2

    start, other = PROMPT, "<|reply|><|en|><|message|>do you deliver to the market on Sundays?<|text|>"
    longer = PROMPT + "strong lamp"
    fresh = {
        prompt: run_with(engine, prompt=prompt, limits=Limits(5))[0][0].text for prompt in (start, longer)
    }
    assert read(start) == (fresh[start], engine.count_tokens(start))
    assert read(start) == (fresh[start], last(start))
    read(other)
    text, tokens = read(longer)
    assert text == fresh[longer]
    assert tokens <= engine.count_tokens("strong lamp") + 2
    assert read(other)[1] == last(other)
