"""A model folder as a contract.TextModel: verified, loaded when first needed, one job at a time.

The files are read here and handed on as bytes: so what was verified is what is used, and no native code has
to open a folder whose name it can't spell. numpy and onnxruntime are imported only after the CPU was checked.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .contract import (
    CancelToken,
    Completion,
    Constraint,
    EngineError,
    Limits,
    ModelDamaged,
    ModelInfo,
    ModelMissing,
    Sampling,
)
from .cpu import check_cpu, default_threads

if TYPE_CHECKING:
    from .decoder import Decoder
    from .tokenizer import Tokenizer

MANIFEST = "manifest.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
#: What the model often says (speculation.py); a model need not have it.
PHRASES = "phrases.json"

_REMEDY = "Install the program again, or copy the model's folder again from a good source."
_LIMITS = Limits()
_SAMPLING = Sampling()
_LIKELIEST = Sampling(temperature=0, repetition_penalty=1, no_repeat_ngram=0)


@dataclass(frozen=True, slots=True)
class _Loaded:
    decoder: Decoder
    tokenizer: Tokenizer
    info: ModelInfo


class Engine:
    """The language model of `model_dir` (manifest.json, model.onnx, tokenizer.json).

    `format_version` is the prompt format the caller speaks; a model trained for another one is refused (None:
    any will do). `threads`, or what it says of the model that is being loaded, defaults to the physical
    cores, at most 4. Every method may be called from any thread; they take turns.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        format_version: int | None = None,
        threads: int | Callable[[ModelInfo], int] | None = None,
    ) -> None:
        self._dir = model_dir
        self._format_version = format_version
        self._threads = threads
        self._lock = threading.RLock()
        self._loaded: _Loaded | None = None

    def load(self) -> None:
        """Load the model if it is not loaded yet.

        Raises CpuUnsupported, ModelMissing, ModelDamaged (the file and what to do are named) or EngineError.
        """
        self._ready()

    @property
    def loaded(self) -> bool:
        return self._loaded is not None

    @property
    def info(self) -> ModelInfo:
        """Loads the model; raises as `load` does."""
        return self._ready().info

    @property
    def vocabulary(self) -> Tokenizer:
        """Loads the model; raises as `load` does."""
        return self._ready().tokenizer

    def count_tokens(self, text: str) -> int:
        """How much of the model's context `text` takes. Loads the model; raises as `load` does."""
        return len(self._ready().tokenizer.encode(text))

    def generate(
        self,
        prompt: str,
        *,
        variants: int = 1,
        limits: Limits = _LIMITS,
        constraint: Constraint | None = None,
        sampling: Sampling = _SAMPLING,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
        speculate: bool = True,
    ) -> list[Completion]:
        """Go on from `prompt`, `variants` times; gives the completions in the order of their numbers.

        The same call gives the same texts. `speculate` (one variant only) reads several tokens at once where they
        can be guessed; the text is the same without.

        `on_token(variant, text)` is called in this thread as text comes in: the pieces of a variant add up to
        its text, as it was before a field's limit cut something off. Raises as `load` does, PromptTooLong, and
        ValueError for an empty prompt or an unknown stop token.
        """
        with self._lock:
            return self._ready().decoder.generate(
                prompt,
                variants=variants,
                limits=limits,
                constraint=constraint,
                sampling=sampling,
                on_token=on_token,
                cancel=cancel,
                speculate=speculate,
            )

    def complete(
        self,
        prompt: str,
        *,
        constraint: Constraint | None = None,
        stop: tuple[str, ...] = (),
        tokens: int = 8,
        cancel: CancelToken | None = None,
    ) -> Completion:
        """The likeliest few tokens that follow `prompt`; otherwise as `generate`."""
        limits = Limits(tokens, stop)
        (completion,) = self.generate(
            prompt, limits=limits, constraint=constraint, sampling=_LIKELIEST, cancel=cancel
        )
        return completion

    def close(self) -> None:
        """Free the model, once a running job has ended. Safe to call twice; the next job loads it again."""
        with self._lock:
            self._loaded = None

    def _ready(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                check_cpu()
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> _Loaded:
        info, files = _read_manifest(self._dir, self._format_version)
        model = _read_verified(self._dir / MODEL, files)
        tokenizer_json = _read_verified(self._dir / TOKENIZER, files)
        phrases = _phrases(_read_verified(self._dir / PHRASES, files)) if PHRASES in files else {}
        try:
            from .decoder import Decoder
            from .graph import Graph
            from .tokenizer import Tokenizer

            tokenizer = Tokenizer(tokenizer_json)
            threads = self._threads(info) if callable(self._threads) else self._threads
            session = _open_session(model, threads or default_threads())
        except ImportError as error:
            raise EngineError(f"A part of the program can't be started ({error}). {_REMEDY}") from error
        return _Loaded(Decoder(Graph(session), tokenizer, info.context, phrases), tokenizer, info)


def _read_manifest(folder: Path, format_version: int | None) -> tuple[ModelInfo, dict[str, dict[str, Any]]]:
    """The manifest's description of the model, and the size and SHA-256 of its files."""
    try:
        manifest = json.loads(_read(folder / MANIFEST))
        files = {name: dict(file) for name, file in dict(manifest["files"]).items()}
        info = ModelInfo(
            name=str(manifest["name"]),
            sha256=str(files[MODEL]["sha256"]),
            precision=str(manifest["precision"]),
            format_version=int(manifest["format_version"]),
            context=int(manifest["context"]),
            parameters=int(manifest.get("parameters", 0)),
            extra={str(key): str(value) for key, value in dict(manifest.get("extra", {})).items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(f"The model's file {MANIFEST} is damaged ({error!r}). {_REMEDY}") from error
    if format_version is not None and info.format_version != format_version:
        raise ModelDamaged(
            f"The model in {folder} is for another version of this program (prompt format "
            f"{info.format_version}, needed is {format_version}). {_REMEDY}"
        )
    return info, files


def _read_verified(path: Path, files: dict[str, dict[str, Any]]) -> bytes:
    data = _read(path)
    wanted = files.get(path.name, {})
    if len(data) != wanted.get("size") or hashlib.sha256(data).hexdigest() != wanted.get("sha256"):
        raise ModelDamaged(
            f"The model's file {path.name} is not the one that was released: it is damaged. {_REMEDY}"
        )
    return data


def _phrases(data: bytes) -> dict[tuple[int, ...], int]:
    try:
        return {tuple(before): following for *before, following in json.loads(data)}
    except (ValueError, TypeError) as error:
        raise ModelDamaged(f"The model's file {PHRASES} is damaged ({error!r}). {_REMEDY}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(f"The model's file {path} is missing. {_REMEDY}") from error
    except OSError as error:
        raise EngineError(f"The model's file {path} can't be read ({error.strerror}). {_REMEDY}") from error
    except MemoryError as error:
        raise EngineError(
            "There is not enough memory for the model. Close other programs and try again."
        ) from error


def _open_session(model: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait within a run spin, which makes it a third faster on a laptop that does nothing else; after the
    # run they sleep, so that an idle window costs neither fan nor battery.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    # A plan of memory for each shape: prompts have hundreds of lengths, and none comes often enough to gain from it.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class
        raise EngineError(f"The language model can't be started ({error}). {_REMEDY}") from error
