"""What the engine takes and gives; see `decoder.py` for how."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # numpy must not be imported before the CPU was checked (see cpu.py)
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt


class EngineError(Exception):
    """The model can't be used; the message says why and what to do, in the seller's words."""


class ModelMissing(EngineError):  # noqa: N818 (read as a state, not as a fault)
    """A file of the model is not there."""


class ModelDamaged(EngineError):  # noqa: N818 (read as a state, not as a fault)
    """A file of the model is not the one that was released (SHA-256), or its format is unknown."""


class CpuUnsupported(EngineError):  # noqa: N818 (read as a state, not as a fault)
    """This processor lacks instructions (SSE4.2) that numpy and onnxruntime need."""


class PromptTooLong(EngineError):  # noqa: N818 (read as a state, not as a fault)
    """The prompt leaves no room in the model's context."""


class CancelToken:
    """Set from any thread; looked at between two tokens."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: `stop` are texts of special tokens that end a completion besides the end token."""

    max_new_tokens: int = 200
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens is {self.max_new_tokens}; it must be 1 or more")


@dataclass(frozen=True, slots=True)
class Sampling:
    """temperature 0 is greedy; top_k 0, top_p 1, repetition_penalty 1, no_repeat_ngram 0 switch a filter off.

    Penalty and n-grams look at what the variant itself wrote, not at the prompt; n-grams only at the field that is
    being written. Same seed, same text, on every machine of the same build.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    repetition_penalty: float = 1.1
    seed: int = 0
    no_repeat_ngram: int = 4

    def __post_init__(self) -> None:
        for name, ok, want in (
            ("temperature", self.temperature >= 0, "0 or more"),
            ("top_k", self.top_k >= 0, "0 or more"),
            ("top_p", 0 < self.top_p <= 1, "above 0 and at most 1"),
            ("repetition_penalty", self.repetition_penalty > 0, "above 0"),
            ("no_repeat_ngram", self.no_repeat_ngram >= 0, "0 or more"),
        ):
            if not ok:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {want}")


@dataclass(frozen=True, slots=True)
class Completion:
    """What one variant became. `text` is without the token that ended it; special tokens stay as text. It lacks the end
    of a field that its limit cut off, though this was among `pieces` and streamed.

    `finish` is "end" (end token), "stop" (one of Limits.stop), "length", "cancelled" or "constraint" (no
    token was allowed). `tokens` and `logprob` count the token that ended it; `logprob` is the mean natural
    log-probability of its tokens before constraint and sampling filters.
    `pieces` are the tokens as they were written: each one's text and log-probability.
    Times run from the start of decoding.
    """

    text: str
    tokens: int
    finish: str
    logprob: float
    first_token_ms: float
    total_ms: float
    pieces: tuple[tuple[str, float], ...] = ()


#: The most, in nats, that a constraint may add to a token's logit.
MOST_NUDGE = 1.0


class ConstraintState(Protocol):
    """One variant's view of a constraint while it is decoded.

    For each token: `bias`, then `allows` for each that is likely, `admit` for the one drawn, `accept` once it is
    appended. A text that ended is told so by `finish`.
    """

    @property
    def fields(self) -> frozenset[int]:
        """The tokens that begin a new field of the text; what may not be repeated is counted by field."""
        ...

    def bias(self) -> npt.NDArray[np.float32]:
        """Shape (vocabulary,), to be added to the logits: -inf where a token may not come, 0 or a nudge
        elsewhere, at most MOST_NUDGE. Not to be changed by the caller; `admit` and `accept` change it."""
        ...

    def allows(self, token_id: int) -> bool:
        """An exact look at a token that `bias` leaves open. Changes nothing."""
        ...

    def admit(self, token_id: int) -> bool:
        """False if the field has no room for the token that was drawn; `bias` has changed then, and another is
        to be drawn."""
        ...

    def accept(self, token_id: int) -> int:
        """The token was appended. Gives how many characters the text before it has to lose at its end: those of
        a word for which its field had no room."""
        ...

    def finish(self) -> int:
        """The text has ended, by its end token or without one. Gives how many characters it has to lose."""
        ...


class Constraint(Protocol):
    """What may be written. Made once for a prompt, started once for each variant, by its number."""

    def start(self, variant: int) -> ConstraintState: ...


class TextModel(Protocol):
    """The engine's contract, so that drafting can be tested without a model."""

    def generate(
        self,
        prompt: str,
        *,
        variants: int,
        limits: Limits,
        constraint: Constraint | None = None,
        sampling: Sampling = ...,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> list[Completion]: ...

    def complete(
        self,
        prompt: str,
        *,
        constraint: Constraint | None = None,
        stop: tuple[str, ...] = (),
        tokens: int = 8,
        cancel: CancelToken | None = None,
    ) -> Completion: ...

    @property
    def vocabulary(self) -> Vocabulary: ...


class Vocabulary(Protocol):
    """What a constraint needs to know of the tokens."""

    @property
    def size(self) -> int: ...

    @property
    def pieces(self) -> Sequence[bytes]:
        """Each token's bytes; a special token's are its own text, such as b"<|product|>"."""
        ...

    @property
    def special(self) -> frozenset[int]: ...

    def id_of(self, token_text: str) -> int:
        """Raises KeyError for a token that is not in the vocabulary."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What `stallhand doctor` and a draft's JSON say of the model."""

    name: str
    sha256: str
    precision: str
    format_version: int
    context: int
    parameters: int = 0
    extra: dict[str, str] = field(default_factory=dict)
