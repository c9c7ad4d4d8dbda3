"""llama.cpp at its best: its own functions, not the Python wrapper's loop; one or several sequences at once."""

from __future__ import annotations

import ctypes
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

_CELLS = 512  # of the cache, for each sequence
_BATCH = 512


@llama_cpp.llama_log_callback
def _drop(_level: int, _text: bytes, _data: Any) -> None:
    """llama.cpp logs hundreds of lines a model."""


def quiet() -> None:
    llama_cpp.llama_log_set(_drop, ctypes.c_void_p(0))


class LlamaCpp:
    """A runner (see contenders.py). Of flash attention on and off, and one cache for all sequences or one for each,
    the fastest here is kept, for one row and for several apart; `notes` says which.
    """

    def __init__(self, path: Path, threads: int, end: int, *, exact: bool = False) -> None:
        """`exact` keeps keys and values in fp32, for comparing. Raises RuntimeError if llama.cpp refuses."""
        quiet()
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(
            str(path).encode(), llama_cpp.llama_model_default_params()
        )
        if not self._model:
            raise RuntimeError(f"llama.cpp can't load {path.name}")
        self._vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self._model))
        self._threads = threads
        self._end = end
        self._exact = exact
        self._batch = llama_cpp.llama_batch_init(_BATCH, 0, 1)
        self._contexts: dict[int, Any] = {}
        self.notes = llama_cpp.llama_print_system_info().decode().strip(" |")

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        if rows not in self._contexts:
            self._contexts[rows] = self._fastest(prompt, rows)
        return self._write(self._contexts[rows], prompt, tokens, rows)

    def _fastest(self, prompt: Sequence[int], rows: int) -> Any:
        """A context for `rows` sequences, with the settings that write 32 tokens soonest (best of 3)."""
        choices = {}
        for flash, unified in itertools.product((False, True), (False, True) if rows > 1 else (True,)):
            if self._exact and flash:
                continue
            context = self._context(rows, flash=flash, unified=unified)
            best = min(self._timed(context, prompt, rows) for _ in range(3))
            name = f"{rows} rows: flash attention {'on' if flash else 'off'}"
            if rows > 1:
                name += f", {'one cache' if unified else 'a cache for each'}"
            choices[name] = (best, context)
        chosen = min(choices, key=lambda name: choices[name][0])
        for name, (_, context) in choices.items():
            if name != chosen:
                llama_cpp.llama_free(context)
        self.notes += f" | {chosen}"
        return choices[chosen][1]

    def _timed(self, context: Any, prompt: Sequence[int], rows: int) -> float:
        began = time.perf_counter()
        self._write(context, prompt, 32, rows)
        return time.perf_counter() - began

    def _context(self, rows: int, *, flash: bool, unified: bool) -> Any:
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = _CELLS * rows
        settings.n_batch = settings.n_ubatch = _BATCH
        settings.n_seq_max = rows
        settings.n_threads = settings.n_threads_batch = self._threads
        settings.kv_unified = unified
        settings.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        if self._exact:
            settings.type_k = settings.type_v = llama_cpp.GGML_TYPE_F32
        context = llama_cpp.llama_init_from_model(self._model, settings)
        if not context:
            raise RuntimeError("llama.cpp can't make a context")
        return context

    def _write(self, context: Any, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        """The prompt is read once and its cache copied for the other rows, as the app's own engine does."""
        memory = llama_cpp.llama_get_memory(context)
        llama_cpp.llama_memory_clear(memory, False)
        self._decode(context, [(token, place, 0) for place, token in enumerate(prompt)], last_only=True)
        first = self._best(context, len(prompt) - 1)
        for row in range(1, rows):
            llama_cpp.llama_memory_seq_cp(memory, 0, row, -1, -1)
        written = [[first] for _ in range(rows)]
        for place in range(len(prompt), len(prompt) + tokens - 1):
            self._decode(context, [(written[row][-1], place, row) for row in range(rows)])
            for row in range(rows):
                written[row].append(self._best(context, row))
        return written

    def _decode(self, context: Any, entries: list[tuple[int, int, int]], *, last_only: bool = False) -> None:
        batch = self._batch
        batch.n_tokens = len(entries)
        for at, (token, place, row) in enumerate(entries):
            batch.token[at] = token
            batch.pos[at] = place
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = row
            batch.logits[at] = not last_only or at == len(entries) - 1
        if status := llama_cpp.llama_decode(context, batch):
            raise RuntimeError(f"llama_decode ended with status {status}")

    def _best(self, context: Any, at: int) -> int:
        pointer = llama_cpp.llama_get_logits_ith(context, at)
        logits = np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))
        logits[self._end] = -np.inf
        return int(logits.argmax())
