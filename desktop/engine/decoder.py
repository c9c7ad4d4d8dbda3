"""The loop that writes: read the prompt once, then let all variants grow together, token by token.

The prompt is read for one row and its cache copied for every variant, so that a prompt costs the same for one
variant as for twelve. All variants always have the same length; one that has ended leaves the batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .contract import (
    CancelToken,
    Completion,
    Constraint,
    EngineError,
    Limits,
    ModelDamaged,
    PromptTooLong,
    Sampling,
)
from .graph import Graph
from .sampling import Sampler, choose_all
from .tokenizer import Tokenizer

END = "<|endoftext|>"


class Decoder:
    def __init__(self, graph: Graph, tokenizer: Tokenizer, context: int) -> None:
        """`context` is the most tokens the model can look at. Raises ModelDamaged without an end token."""
        self._graph = graph
        self._tokenizer = tokenizer
        self._context = context
        try:
            self._end = tokenizer.id_of(END)
        except KeyError:
            raise ModelDamaged(
                f"The model's file tokenizer.json has no token {END}. Install the program again."
            ) from None

    def generate(
        self,
        prompt: str,
        *,
        variants: int,
        limits: Limits,
        constraint: Constraint | None,
        sampling: Sampling,
        on_token: Callable[[int, str], None] | None,
        cancel: CancelToken | None,
    ) -> list[Completion]:
        """See model.Engine.generate; raises PromptTooLong, EngineError, ValueError for a senseless call."""
        began = time.perf_counter()
        if variants < 1:
            raise ValueError(f"variants is {variants}; it must be 1 or more")
        ids = self._encode(prompt)
        stops = {self._end: "end"} | {self._stop_id(text): "stop" for text in limits.stop}
        room = min(limits.max_new_tokens, self._context - len(ids))
        writers = [
            _Writer(number, self._tokenizer, sampling, constraint, began) for number in range(variants)
        ]
        active = writers
        batch = np.array([ids], dtype=np.int64)
        cache = self._graph.empty()
        while active:
            if cancel is not None and cancel.cancelled:
                for writer in active:
                    writer.end("cancelled")
                break
            logits, cache = self._graph.step(batch, cache)
            logits, norms = self._checked(logits)
            if len(logits) < len(active):  # the prompt, read for one row
                logits, norms = logits.repeat(len(active), axis=0), norms.repeat(len(active))
                cache = cache.repeat(len(active))
            drawn = choose_all([writer.sampler for writer in active], logits)
            for writer, token_id, row, norm in zip(active, drawn, logits, norms, strict=True):
                logprob = 0.0 if token_id is None else float(row[token_id] - norm)
                writer.write(token_id, logprob, stops, on_token)
                if writer.tokens >= room and not writer.finish:
                    writer.end("length")
            going = [i for i, writer in enumerate(active) if not writer.finish]
            if 0 < len(going) < len(active):
                cache = cache.keep(going)
            active = [active[i] for i in going]
            batch = np.array([[drawn[i]] for i in going], dtype=np.int64)
        return [writer.completion() for writer in writers]

    def _encode(self, prompt: str) -> list[int]:
        if not prompt:
            raise ValueError("the prompt is empty; give the model something to go on from")
        ids = self._tokenizer.encode(prompt)
        if len(ids) >= self._context:
            raise PromptTooLong(
                "There is more text here than the model can read at once "
                f"({len(ids)} of {self._context} tokens). Shorten the notes or the message, or remove some facts."
            )
        return ids

    def _stop_id(self, text: str) -> int:
        try:
            return self._tokenizer.id_of(text)
        except KeyError:
            raise ValueError(f"{text!r} in Limits.stop is not a token of this model") from None

    def _checked(
        self, logits: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The logits of known tokens and, for each row, the logarithm of the sum of their exponentials."""
        size = self._tokenizer.size
        if logits.shape[1] < size:
            raise ModelDamaged(
                f"The model's files don't belong together: model.onnx knows {logits.shape[1]} tokens, "
                f"tokenizer.json {size}. Install the program again."
            )
        logits = logits[:, :size]  # the rows of an embedding may be padded to a round number
        with np.errstate(invalid="ignore"):
            peak = logits.max(axis=1)
            norms = peak + np.log(np.exp(logits - peak[:, None]).sum(axis=1))
        if not np.isfinite(norms).all():
            raise EngineError(
                "The language model gave a result that is not a number. Try again; "
                "if it happens each time, install the program again."
            )
        return logits, norms


class _Writer:
    """One variant while it grows."""

    def __init__(
        self,
        number: int,
        tokenizer: Tokenizer,
        sampling: Sampling,
        constraint: Constraint | None,
        began: float,
    ) -> None:
        self.finish = ""
        self.tokens = 0
        self._number = number
        self.sampler = Sampler(
            sampling, number, tokenizer.special, constraint.start(number) if constraint else None
        )
        self._stream = tokenizer.stream()
        self._parts: list[str] = []
        self._pieces: list[tuple[str, float]] = []
        self._logprob = 0.0
        self._began = began
        self._first = self._last = began

    def write(
        self,
        token_id: int | None,
        logprob: float,
        stops: dict[int, str],
        on_token: Callable[[int, str], None] | None,
    ) -> None:
        """Append the token that was drawn with `sampler`, or set `finish` (None: no token was allowed).

        `logprob` is the natural logarithm of the token's probability before the filters.
        """
        self._last = time.perf_counter()
        if token_id is None:
            self.end("constraint")
            return
        if not self.tokens:
            self._first = self._last
        self.tokens += 1
        self._logprob += logprob
        if token_id in stops:
            self.end(stops[token_id])
            return
        self._drop(self.sampler.accept(token_id))
        text = self._stream.push(token_id)
        self._pieces.append((text, logprob))
        if text:
            self._parts.append(text)
            if on_token:
                on_token(self._number, text)

    def end(self, finish: str) -> None:
        """The text ends here, for the reason `finish` (see Completion)."""
        self.finish = finish
        self._drop(self.sampler.finish())

    def _drop(self, count: int) -> None:
        """Take `count` characters off the end of the text."""
        if count:
            self._parts = ["".join(self._parts)[:-count]]

    def completion(self) -> Completion:
        return Completion(
            text="".join(self._parts),
            tokens=self.tokens,
            finish=self.finish,
            logprob=self._logprob / self.tokens if self.tokens else 0.0,
            first_token_ms=(self._first - self._began) * 1000,
            total_ms=(self._last - self._began) * 1000,
            pieces=tuple(self._pieces),
        )
