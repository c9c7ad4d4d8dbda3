"""The loop that writes: read the prompt once, then let all variants grow together, token by token.

The prompt is read for one row and its cache copied for every variant, so that a prompt costs the same for one
variant as for twelve; what an earlier prompt began with in the same way is not read again (prefixes.py). All variants
always have the same length; one that has ended leaves the batch. Where a single text is written, several tokens are
read in a run if they can be guessed (speculation.py): each is drawn as if it had come alone.
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
from .graph import Cache, Graph
from .prefixes import Prefixes
from .sampling import Sampler, choose_all
from .speculation import Guesser, Phrases
from .tokenizer import Tokenizer

END = "<|endoftext|>"

#: Tokens of the prompt that are read between two looks at the cancel token; even (see Decoder._read).
_PIECE = 128
#: A single text's cache has places for a multiple of so many tokens.
_ROUND = 256


class Decoder:
    def __init__(
        self, graph: Graph, tokenizer: Tokenizer, context: int, phrases: Phrases | None = None
    ) -> None:
        """`context` is the most tokens the model can look at; `phrases` are what it often says.

        Raises ModelDamaged without an end token, or if graph and tokenizer don't belong together.
        """
        self._graph = graph
        self._tokenizer = tokenizer
        self._context = context
        self._phrases = phrases or {}
        self._prefixes = Prefixes()
        self._cache: Cache | None = None
        if graph.vocabulary < tokenizer.size:
            raise ModelDamaged(
                f"The model's files don't belong together: model.onnx knows {graph.vocabulary} tokens, "
                f"tokenizer.json {tokenizer.size}. Install the program again."
            )
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
        speculate: bool = True,
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
        guesser = Guesser(ids, self._phrases) if speculate and variants == 1 else None
        cache = self._take_cache(variants, len(ids) + room)
        logits = self._read(ids, cache, cancel).repeat(variants, axis=0)
        cache.spread(variants)
        active, guess = writers, list[int]()
        while True:
            drawn, right = self._draw(active, logits, guess, room, stops, on_token, cancel)
            cache.cut(cache.length - len(guess) + right)
            going = [i for i, writer in enumerate(active) if not writer.finish]
            if not going:
                self._cache = cache if variants == 1 else self._cache
                return [writer.completion() for writer in writers]
            cache.keep(going)
            active = [active[i] for i in going]
            batch = np.array([[drawn[i]] for i in going], np.int64)
            if guesser:
                guesser.wrote([*guess[:right], int(batch[0, 0])])
                guess = guesser.guess(room - active[0].tokens - 1)
                batch = np.append(batch, [guess], axis=1) if guess else batch
            logits = self._graph.run(batch, cache, wanted=1 + len(guess))

    def _take_cache(self, rows: int, length: int) -> Cache:
        """An empty cache. The last single text's is used again: its memory is there already and its steps are bound,
        which for a few words takes longer than to write them. A batch's would take up too much of a small laptop."""
        if rows > 1:
            return self._graph.cache(rows, length)
        cache, self._cache = self._cache, None
        if cache is None or cache.capacity < length:
            cache = self._graph.cache(1, -(-length // _ROUND) * _ROUND)
        cache.cut(0)
        return cache

    def _draw(
        self,
        active: list[_Writer],
        logits: npt.NDArray[np.float32],
        guess: list[int],
        room: int,
        stops: dict[int, str],
        on_token: Callable[[int, str], None] | None,
        cancel: CancelToken | None,
    ) -> tuple[list[int | None], int]:
        """Let every writer draw at each place of `logits` (variants, places, vocabulary), as far as the guess is right.

        Gives what was drawn last, and how many of the guessed tokens were drawn.
        """
        drawn: list[int | None] = []
        for place in range(1 + len(guess)):
            if cancel is not None and cancel.cancelled:
                for writer in active:
                    writer.end("cancelled")
                return drawn, place
            here, norms = self._checked(logits[:, place])
            drawn = choose_all([writer.sampler for writer in active], here, norms)
            for writer, token_id, row, norm in zip(active, drawn, here, norms, strict=True):
                logprob = 0.0 if token_id is None else float(row[token_id]) - norm
                writer.write(token_id, logprob, stops, on_token)
                if writer.tokens >= room and not writer.finish:
                    writer.end("length")
            if guess[place : place + 1] != drawn or active[0].finish:
                break
        return drawn, place

    def _read(self, ids: list[int], cache: Cache, cancel: CancelToken | None) -> npt.NDArray[np.float32]:
        """Read the prompt into the first row of `cache`; gives the logits (1, 1, vocabulary) of its last token.

        Once cancelled it reads no further: then the logits are of no use, and nobody draws from them.

        Kernels take rows two by two, and a row without a partner is rounded a little differently. So all but the last
        one or two tokens are read, kept and restored in pairs: what was read before doesn't change the text.
        """
        paired = (len(ids) - 1) // 2 * 2
        self._prefixes.restore(ids[:paired], cache)
        cache.cut(cache.length // 2 * 2)
        known = cache.length
        while cache.length < paired and not (cancel and cancel.cancelled):
            piece = ids[cache.length : min(cache.length + _PIECE, paired)]
            self._graph.run(np.array([piece], np.int64), cache)
        if cache.length > known:
            self._prefixes.keep(ids[: cache.length], cache)
        return self._graph.run(np.array([ids[paired:]], np.int64), cache)

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

    def _checked(self, logits: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], list[float]]:
        """The logits of known tokens and, for each variant, the logarithm of the sum of their exponentials."""
        # The rows of an embedding may be padded to a round number.
        logits = logits[:, : self._tokenizer.size]
        peak = logits.max(axis=-1)
        if not np.isfinite(peak).all():
            raise EngineError(
                "The language model gave a result that is not a number. Try again; "
                "if it happens each time, install the program again."
            )
        shares = logits - peak[:, None]
        norms: list[float] = (peak + np.log(np.exp(shares, out=shares).sum(axis=-1))).tolist()
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
