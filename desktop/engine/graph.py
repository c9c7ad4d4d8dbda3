"""The ONNX graph as one function: tokens and cache in, logits and cache out.

Works on what optimum exports for `text-generation-with-past`; the number of layers, heads and their size are
read from the graph's inputs, so another GPT-2 needs no change here. Plain arrays go in and out: binding
OrtValues instead was measured to make no difference at these sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .contract import EngineError, ModelDamaged

Array = npt.NDArray[Any]

_PAST = "past_key_values."
_PRESENT = "present."
_FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Session(Protocol):
    """The part of onnxruntime.InferenceSession that is used."""

    def get_inputs(self) -> Any: ...
    def get_outputs(self) -> Any: ...
    def run(self, output_names: list[str], input_feed: dict[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values of all layers, each of shape (batch, heads, length, head size)."""

    arrays: tuple[Array, ...]
    length: int

    def repeat(self, times: int) -> Cache:
        """One row's cache for `times` rows."""
        return Cache(tuple(np.repeat(array, times, axis=0) for array in self.arrays), self.length)

    def keep(self, rows: list[int]) -> Cache:
        """Only these rows, in this order."""
        return Cache(tuple(array[rows] for array in self.arrays), self.length)


class Graph:
    def __init__(self, session: Session) -> None:
        """Raises ModelDamaged if the graph is not a decoder with a cache."""
        inputs = {item.name: item for item in session.get_inputs()}
        outputs = {item.name for item in session.get_outputs()}
        self._past = [name for name in inputs if name.startswith(_PAST)]
        self._present = [_PRESENT + name.removeprefix(_PAST) for name in self._past]
        plain = set(inputs) - set(self._past)
        unknown = plain - {"input_ids", "attention_mask", "position_ids"}
        absent = {"logits", *self._present} - outputs
        if unknown or absent or not self._past or "input_ids" not in plain:
            raise ModelDamaged(
                "The model's file model.onnx is not a text generator with a cache "
                f"(unknown inputs: {sorted(unknown)}, missing outputs: {sorted(absent)}). "
                "Install the program again."
            )
        self._session = session
        self._plain = plain
        self._empty = tuple(_empty(inputs[name]) for name in self._past)

    def empty(self) -> Cache:
        """The cache before the first token, for a batch of 1."""
        return Cache(self._empty, 0)

    def step(self, ids: npt.NDArray[np.int64], cache: Cache) -> tuple[npt.NDArray[np.float32], Cache]:
        """Read `ids` (batch, tokens) after `cache`; gives the logits of the last token (batch, vocabulary).

        Raises EngineError if onnxruntime fails.
        """
        batch, count = ids.shape
        length = cache.length + count
        feed: dict[str, Array] = {"input_ids": ids}
        if "attention_mask" in self._plain:
            feed["attention_mask"] = np.ones((batch, length), np.int64)
        if "position_ids" in self._plain:
            feed["position_ids"] = np.tile(np.arange(cache.length, length, dtype=np.int64), (batch, 1))
        feed.update(zip(self._past, cache.arrays, strict=True))
        try:
            logits, *present = self._session.run(["logits", *self._present], feed)
        except Exception as error:  # onnxruntime's errors share no base class
            raise EngineError(
                f"The language model stopped with an error ({error}). Close other programs and try again."
            ) from error
        return logits[:, -1, :].astype(np.float32, copy=False), Cache(tuple(present), length)


def _empty(item: Any) -> Array:
    """A cache of length 0 for an input of shape (batch, heads, length, head size)."""
    heads, size = item.shape[1], item.shape[3]
    if item.type not in _FLOATS or not isinstance(heads, int) or not isinstance(size, int):
        raise ModelDamaged(
            "The model's file model.onnx has a cache of unknown form "
            f"({item.name}: {item.type} {item.shape}). Install the program again."
        )
    return np.zeros((1, heads, 0, size), _FLOATS[item.type])
