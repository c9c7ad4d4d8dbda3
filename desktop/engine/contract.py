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

    Penalty and n-grams look at what the variant itself wrote, not at the prompt. Same seed, same text, on
    every machine of the same build.
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
    """What one variant became. `text` is without the token that ended it; special tokens stay as text.

    `finish` is "end" (end token), "stop" (one of Limits.stop), "length", "cancelled" or "constraint" (no
    token was allowed). `tokens` and `logprob` count the token that ended it; `logprob` is the mean natural
    log-probability of its tokens before constraint and sampling filters.
    Times run from the start of decoding.
    """

    text: str
    tokens: int
    finish: str
    logprob: float
    first_token_ms: float
    total_ms: float


class ConstraintState(Protocol):
    """One variant's view of a constraint while it is decoded."""

    def mask(self) -> npt.NDArray[np.bool_]:
        """Shape (vocabulary,), True where a token may come next. Must not be changed by the caller."""
        ...

    def allows(self, token_id: int) -> bool:
        """A last look at the token that was drawn; a refused one is masked and another is drawn."""
        ...

    def accept(self, token_id: int) -> None:
        """The token was appended."""
        ...


class Constraint(Protocol):
    """What may be written. Made once for a prompt, started once for each variant."""

    def start(self) -> ConstraintState: ...


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
