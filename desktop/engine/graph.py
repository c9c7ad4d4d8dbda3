"""The ONNX graph as one function: tokens and cache in, logits out, the cache written in place.

The graph is the lean one that `model_export/lean.py` writes. Every input and output is bound to memory that is made
once; past and present of the cache are the same memory, so a step copies nothing. Layers, heads and sizes are read
from the graph, so another GPT-2 needs no change here.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .contract import EngineError, ModelDamaged

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_PLAIN = frozenset({"input_ids", "positions", "first_logit", "seqlens_k", "total_sequence_length"})
_KEY = "past_key_"
#: A batch takes one for each number of its variants, guesses one for each length; pieces of prompts have many lengths.
_MOST_STEPS = 32


class Session(Protocol):
    """The part of onnxruntime.InferenceSession that is used."""

    def get_inputs(self) -> Any: ...
    def get_outputs(self) -> Any: ...
    def io_binding(self) -> Any: ...
    def run_with_iobinding(self, iobinding: Any) -> None: ...


class Cache:
    """Keys and values of what was read: the first `length` places of the first `rows` rows."""

    def __init__(self, arrays: dict[str, Floats]) -> None:
        """`arrays` have the shape (rows, heads, capacity, head size)."""
        self.arrays = arrays
        self.steps: dict[tuple[int, int, int], _Step] = {}
        self.rows = 1
        self.length = 0

    @property
    def capacity(self) -> int:
        return int(next(iter(self.arrays.values())).shape[2])

    def spread(self, rows: int) -> None:
        """Copy the first row to `rows` rows."""
        for array in self.arrays.values():
            array[1:rows, :, : self.length] = array[:1, :, : self.length]
        self.rows = rows

    def keep(self, rows: list[int]) -> None:
        """Only these rows, in rising order."""
        for place, row in enumerate(rows):
            if place != row:
                for array in self.arrays.values():
                    array[place, :, : self.length] = array[row, :, : self.length]
        self.rows = len(rows)

    def cut(self, length: int) -> None:
        """Forget what was read after the first `length` tokens."""
        self.length = min(self.length, length)

    def copy_row(self, length: int) -> tuple[Floats, ...]:
        """The first row's first `length` places, for `restore`; each of shape (heads, length, head size)."""
        return tuple(array[0, :, :length].copy() for array in self.arrays.values())

    def restore(self, saved: tuple[Floats, ...], length: int) -> None:
        """Begin with the first `length` places of a row that was saved."""
        for array, row in zip(self.arrays.values(), saved, strict=True):
            array[0, :, :length] = row[:, :length]
        self.rows, self.length = 1, length


class Graph:
    def __init__(self, session: Session) -> None:
        """Raises ModelDamaged if the graph is not a decoder of the lean form."""
        inputs = {item.name: item for item in session.get_inputs()}
        outputs = {item.name: item for item in session.get_outputs()}
        layers = sum(name.startswith(_KEY) for name in inputs)
        self._cached = [f"{kind}_{layer}" for layer in range(layers) for kind in ("key", "value")]
        unknown = set(inputs) ^ (_PLAIN | {f"past_{name}" for name in self._cached})
        unknown |= set(outputs) ^ ({"logits"} | {f"present_{name}" for name in self._cached})
        shape = inputs[f"{_KEY}0"].shape if f"{_KEY}0" in inputs else []
        sizes = [*shape[1::2], *(outputs["logits"].shape[-1:] if "logits" in outputs else [])]
        if unknown or len(sizes) != 3 or not all(isinstance(size, int) for size in sizes):
            raise ModelDamaged(
                "The model's file model.onnx is not a text generator that this program can run "
                f"(unknown or missing: {', '.join(sorted(unknown)) or 'sizes'}). Install the program again."
            )
        self._session = session
        self._heads, self._size, self.vocabulary = sizes

    def cache(self, rows: int, capacity: int) -> Cache:
        """An empty cache for up to `rows` rows of up to `capacity` tokens.

        Memory that is not written yet costs nothing: the system gives it page by page.
        """
        shape = (rows, self._heads, capacity, self._size)
        return Cache({name: np.empty(shape, np.float32) for name in self._cached})

    def run(self, ids: Ints, cache: Cache, *, wanted: int = 1) -> Floats:
        """Read `ids` (rows, new) after `cache`, which grows by them; several new tokens only for one row.

        Gives the logits of the last `wanted` tokens, shape (rows, wanted, vocabulary), which the next run with this
        cache may write over. Raises EngineError if onnxruntime fails.
        """
        key = (*ids.shape, wanted)
        try:
            step = cache.steps.get(key)
            if step is None:
                if len(cache.steps) == _MOST_STEPS:
                    cache.steps.pop(next(iter(cache.steps)))
                step = cache.steps[key] = self._step(cache, *key)
            step.say(ids, cache.length)
            self._session.run_with_iobinding(step.binding)
        except Exception as error:  # onnxruntime's errors share no base class
            raise EngineError(
                f"The language model stopped with an error ({error}). Close other programs and try again."
            ) from error
        cache.length += ids.shape[1]
        return step.logits

    def _step(self, cache: Cache, rows: int, new: int, wanted: int) -> _Step:
        step = _Step(rows, new, wanted, self.vocabulary, self._session.io_binding())
        for name, array in cache.arrays.items():
            place = ("cpu", 0, np.float32, (rows, *array.shape[1:]), array.ctypes.data)
            step.binding.bind_input(f"past_{name}", *place)
            step.binding.bind_output(f"present_{name}", *place)
        return step


class _Step:
    """The small inputs and the output of a run of one shape, bound; made once, filled for every token."""

    def __init__(self, rows: int, new: int, wanted: int, vocabulary: int, binding: Any) -> None:
        self.binding = binding
        self.logits = np.empty((rows, wanted, vocabulary), np.float32)
        self._ids = np.empty((rows, new), np.int64)
        self._positions = np.empty((rows, new), np.int64)
        self._last = np.empty(rows, np.int32)
        self._total = np.empty((), np.int32)
        self._first = np.array([new - wanted], np.int64)
        inputs: dict[str, npt.NDArray[Any]] = {
            "input_ids": self._ids,
            "positions": self._positions,
            "first_logit": self._first,
            "seqlens_k": self._last,
            "total_sequence_length": self._total,
        }
        for name, array in inputs.items():
            binding.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        binding.bind_output("logits", "cpu", 0, np.float32, self.logits.shape, self.logits.ctypes.data)

    def say(self, ids: Ints, length: int) -> None:
        """What is read now, after `length` tokens."""
        total = length + ids.shape[1]
        self._ids[:] = ids
        self._positions[:] = np.arange(length, total)
        self._last[:] = total - 1
        self._total[()] = total
