from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from desktop.engine.contract import ModelDamaged
from desktop.engine.graph import Graph
from desktop.engine.model import Engine


class Shape:
    """A session with these inputs and outputs."""

    def __init__(self, inputs: dict[str, tuple[str, list[Any]]], outputs: list[str]) -> None:
        self._inputs = [SimpleNamespace(name=n, type=t, shape=s) for n, (t, s) in inputs.items()]
        self._outputs = [SimpleNamespace(name=n) for n in outputs]
        self.feed: dict[str, Any] = {}

    def get_inputs(self) -> Any:
        return self._inputs

    def get_outputs(self) -> Any:
        return self._outputs

    def run(self, _names: list[str], feed: dict[str, Any]) -> Any:
        self.feed = feed
        batch, count = feed["input_ids"].shape
        grown = [np.zeros((batch, 3, a.shape[2] + count, 5), a.dtype) for n, a in feed.items() if "past" in n]
        return [np.zeros((batch, count, 7), np.float16), *grown]


IDS = {"input_ids": ("tensor(int64)", ["b", "s"])}
PAST = {f"past_key_values.0.{kind}": ("tensor(float16)", ["b", 3, "p", 5]) for kind in ("key", "value")}
PRESENT = ["logits", "present.0.key", "present.0.value"]


def test_form_and_type_of_the_cache_are_read_from_the_graph() -> None:
    session = Shape(IDS | PAST, PRESENT)
    graph = Graph(session)
    logits, cache = graph.step(np.array([[1, 2]]), graph.empty())
    assert set(session.feed) == set(IDS | PAST)  # nothing that the graph did not ask for
    assert [a.dtype for a in cache.arrays] == [np.float16, np.float16]
    assert (cache.length, logits.shape, logits.dtype) == (2, (1, 7), np.float32)


def test_mask_and_positions_grow_with_the_cache() -> None:
    more = {"attention_mask": ("tensor(int64)", ["b", "t"]), "position_ids": ("tensor(int64)", ["b", "s"])}
    session = Shape(IDS | more | PAST, PRESENT)
    graph = Graph(session)
    _, cache = graph.step(np.array([[1, 2]]), graph.empty())
    graph.step(np.array([[3], [4]]), cache.repeat(2))
    assert session.feed["attention_mask"].tolist() == [[1, 1, 1]] * 2
    assert session.feed["position_ids"].tolist() == [[2], [2]]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (IDS, ["logits"]),
        (IDS | PAST, ["logits", "present.0.key"]),
        (IDS | PAST, PRESENT[1:]),
        (IDS | PAST | {"use_cache_branch": ("tensor(bool)", [1])}, PRESENT),
        (PAST, PRESENT),
        (IDS | {"past_key_values.0.key": ("tensor(float)", ["b", "h", "p", 5])}, PRESENT),
        (IDS | {"past_key_values.0.key": ("tensor(int8)", ["b", 3, "p", 5])}, PRESENT),
    ],
)
def test_a_graph_of_another_kind_is_refused(inputs: Any, outputs: list[str]) -> None:
    with pytest.raises(ModelDamaged, match=r"model\.onnx"):
        Graph(Shape(inputs, outputs))


def test_rows_of_a_cache_can_be_kept(engine: Engine) -> None:
    graph = engine._ready().decoder._graph
    _, cache = graph.step(np.array([[5], [6], [7]]), graph.empty().repeat(3))
    kept = cache.keep([0, 2])
    assert kept.length == cache.length == 1
    assert all((a == b[[0, 2]]).all() for a, b in zip(kept.arrays, cache.arrays, strict=True))
