from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from desktop.engine.contract import ModelDamaged
from desktop.engine.graph import Graph
from desktop.engine.model import Engine


@pytest.fixture
def graph(engine: Engine) -> Graph:
    return engine._ready().decoder._graph


def test_a_text_can_be_read_at_once_or_piece_by_piece(graph: Graph) -> None:
    ids = np.array([[5, 6, 7, 8, 9, 10]])
    at_once = graph.run(ids, graph.cache(1, 6), wanted=6).copy()
    cache = graph.cache(1, 20)
    pieces = [graph.run(ids[:, a:b], cache, wanted=b - a).copy() for a, b in ((0, 1), (1, 4), (4, 6))]
    assert cache.length == 6
    assert at_once.shape == (1, 6, graph.vocabulary)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), at_once, atol=1e-4)


def test_only_the_wanted_logits_are_given(graph: Graph) -> None:
    ids = np.array([[5, 6, 7]])
    whole = graph.run(ids, graph.cache(1, 3), wanted=3).copy()
    last = graph.run(ids, graph.cache(1, 3))
    assert last.shape == (1, 1, graph.vocabulary)
    np.testing.assert_allclose(last, whole[:, -1:], atol=1e-4)


def test_what_was_cut_off_is_forgotten(graph: Graph) -> None:
    cache = graph.cache(1, 8)
    graph.run(np.array([[5, 6, 7, 8]]), cache)
    cache.cut(2)
    again = graph.run(np.array([[9]]), cache).copy()
    np.testing.assert_allclose(again, graph.run(np.array([[5, 6, 9]]), graph.cache(1, 3)), atol=1e-4)


def test_rows_grow_apart_and_can_be_kept(graph: Graph) -> None:
    cache = graph.cache(3, 8)
    graph.run(np.array([[5, 6]]), cache)
    cache.spread(3)
    graph.run(np.array([[7], [8], [9]]), cache)
    cache.keep([0, 2])
    both = graph.run(np.array([[10], [10]]), cache).copy()
    for row, token in enumerate((7, 9)):
        alone = graph.run(np.array([[5, 6, token, 10]]), graph.cache(1, 4))
        np.testing.assert_allclose(both[row], alone[0], atol=1e-4)


def test_a_row_can_be_saved_for_another_cache(graph: Graph) -> None:
    cache = graph.cache(2, 8)
    graph.run(np.array([[5, 6, 7, 8]]), cache)
    saved = cache.copy_row(4)
    other = graph.cache(1, 6)
    other.restore(saved, 3)
    assert other.length == 3
    again = graph.run(np.array([[8]]), other).copy()
    np.testing.assert_allclose(again, graph.run(np.array([[5, 6, 7, 8]]), graph.cache(1, 4)), atol=1e-4)


class Shape:
    """A session with these inputs and outputs."""

    def __init__(self, inputs: dict[str, list[Any]], outputs: dict[str, list[Any]]) -> None:
        self._inputs = [SimpleNamespace(name=name, shape=shape) for name, shape in inputs.items()]
        self._outputs = [SimpleNamespace(name=name, shape=shape) for name, shape in outputs.items()]

    def get_inputs(self) -> Any:
        return self._inputs

    def get_outputs(self) -> Any:
        return self._outputs


ROWS = ["batch", 3, "capacity", 5]
PLAIN: dict[str, list[Any]] = {
    "input_ids": ["batch", "new"],
    "positions": ["batch", "new"],
    "first_logit": [1],
    "seqlens_k": ["batch"],
    "total_sequence_length": [],
}
PAST = {"past_key_0": ROWS, "past_value_0": ROWS}
LOGITS: dict[str, list[Any]] = {"logits": ["batch", "wanted", 7]}
PRESENT = {"present_key_0": ROWS, "present_value_0": ROWS}


def test_sizes_are_read_from_the_graph() -> None:
    graph = Graph(Shape(PLAIN | PAST, LOGITS | PRESENT))  # type: ignore[arg-type]
    cache = graph.cache(2, 9)
    assert graph.vocabulary == 7
    assert {name: array.shape for name, array in cache.arrays.items()} == {
        "key_0": (2, 3, 9, 5), "value_0": (2, 3, 9, 5)
    }  # fmt: skip
    assert cache.capacity == 9


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (PLAIN, LOGITS),
        (PLAIN | PAST, LOGITS),
        (PLAIN | PAST, PRESENT),
        (PLAIN | PAST | {"use_cache_branch": [1]}, LOGITS | PRESENT),
        (PAST, LOGITS | PRESENT),
        (PLAIN | {"past_key_1": ROWS, "past_value_1": ROWS}, LOGITS | PRESENT),
        (PLAIN | {"past_key_0": ["batch", "heads", "capacity", 5], "past_value_0": ROWS}, LOGITS | PRESENT),
        (PLAIN | PAST, {"logits": ["batch", "wanted", "vocabulary"]} | PRESENT),
        # What optimum writes.
        ({"input_ids": ["b", "s"], "past_key_values.0.key": ROWS}, LOGITS | {"present.0.key": ROWS}),
    ],
)
def test_a_graph_of_another_kind_is_refused(inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    with pytest.raises(ModelDamaged, match=r"model\.onnx"):
        Graph(Shape(inputs, outputs))  # type: ignore[arg-type]
