"""The ways to run a GPT-2 that are measured: one class each with one method, and how its file is made.

Every one gets the same ids, writes greedily, and never the end token, so that all write equally many tokens. A class
imports its library only when it is made: a missing one is then named as missing, with the reason.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Runner(Protocol):
    #: What a reader of the figures should know of how it ran.
    notes: str

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        """Go on from `prompt` greedily, `rows` times at once; gives the ids that each row wrote, `tokens` of them."""
        ...


@dataclass(frozen=True, slots=True)
class Contender:
    """`rows` are the numbers of texts at once that it is measured with; `form` names its files (see FORMS)."""

    name: str
    form: str
    open: Callable[[Path, int], Runner]
    rows: tuple[int, ...] = (1, 5)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file that a checkpoint is made into, from another form if it `needs` one.

    `exact` opens it in fp32, so that it can be compared.
    """

    make: Callable[[Path, Path, int], None]
    exact: Callable[[Path, int], Runner] | None = None
    needs: str = ""


# -- transformers and optimum ----------------------------------------------------------------------------------


class Transformers:
    def __init__(self, folder: Path, threads: int) -> None:
        import torch
        from transformers import GPT2LMHeadModel

        torch.set_num_threads(threads)
        self._torch = torch
        self._model: Any = GPT2LMHeadModel.from_pretrained(folder, local_files_only=True).eval()
        self._end = end_of(folder)
        self.notes = f"torch {torch.__version__}"

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        return _generate(self._torch, self._model, self._end, prompt, tokens, rows)

    def gaps(self, prompt: Sequence[int], written: Sequence[int]) -> list[float]:
        """For each id that someone wrote after `prompt`, how far its logit is here below the best one's (0: the same
        choice). The end token is left out, as no one may write it."""
        with self._torch.inference_mode():
            logits = self._model(self._torch.tensor([[*prompt, *written[:-1]]])).logits[0, len(prompt) - 1 :]
            logits[:, self._end] = -self._torch.inf
            chosen = logits[range(len(written)), list(written)]
            gaps: list[float] = (logits.max(dim=1).values - chosen).tolist()
        return gaps


class OptimumModel:
    """optimum's ORTModelForCausalLM over its own export."""

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime
        import torch
        from optimum.onnxruntime import ORTModelForCausalLM

        torch.set_num_threads(threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._torch = torch
        self._end = end_of(folder)
        self._model: Any = ORTModelForCausalLM.from_pretrained(
            folder, session_options=options, local_files_only=True
        )
        self.notes = f"onnxruntime {onnxruntime.__version__}"

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        return _generate(self._torch, self._model, self._end, prompt, tokens, rows)


class BareLoop:
    """optimum's graph, fed by numpy: nothing of transformers between two tokens."""

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        inputs = self._session.get_inputs()
        self._names = {item.name for item in inputs}
        past = [item for item in inputs if item.name.startswith("past_key_values.")]
        self._past = [item.name for item in past]
        self._heads, self._size = past[0].shape[1], past[0].shape[3]
        present = [name.replace("past_key_values", "present") for name in self._past]
        self._outputs = ["logits", *present]
        self._end = end_of(folder)
        self.notes = f"onnxruntime {onnxruntime.__version__}"

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        cache = [np.zeros((rows, self._heads, 0, self._size), np.float32)] * len(self._past)
        ids = np.tile(np.array(prompt, np.int64), (rows, 1))
        written: list[npt.NDArray[np.int64]] = []
        length = 0
        while len(written) < tokens:
            places = np.arange(length, length + ids.shape[1], dtype=np.int64)
            length += ids.shape[1]
            plain = {
                "input_ids": ids,
                "attention_mask": np.ones((rows, length), np.int64),
                "position_ids": np.tile(places, (rows, 1)),
            }
            feed = {name: plain[name] for name in plain if name in self._names}
            logits, *cache = self._session.run(
                self._outputs, {**feed, **dict(zip(self._past, cache, strict=True))}
            )
            last = logits[:, -1]
            last[:, self._end] = -np.inf
            ids = last.argmax(axis=1)[:, None]
            written.append(ids)
        result: list[list[int]] = np.concatenate(written, axis=1).tolist()
        return result


def _generate(
    torch: Any, model: Any, end: int, prompt: Sequence[int], tokens: int, rows: int
) -> list[list[int]]:
    """`generate` as the usual tutorial has it."""
    ids = torch.tensor([list(prompt)] * rows)
    with torch.inference_mode():
        made = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            eos_token_id=end,
            pad_token_id=end,
        )
    written: list[list[int]] = made[:, ids.shape[1] :].tolist()
    return written


def make_optimum(checkpoint: Path, folder: Path, _threads: int) -> None:
    from optimum.exporters.onnx import main_export

    main_export(
        str(checkpoint),
        output=folder,
        task="text-generation-with-past",
        do_validation=False,
        no_post_process=True,
        local_files_only=True,
    )


def make_optimum_int8(checkpoint: Path, folder: Path, _threads: int) -> None:
    """onnxruntime's dynamic quantization of the optimum export, also of the tied table's second copy."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source = folder.with_name("optimum")
    prepared = folder / "prepared.onnx"
    # Folds the transpose of the tied table into a constant: otherwise the last matrix product stays in fp32.
    quant_pre_process(source / "model.onnx", prepared, skip_symbolic_shape=True)
    quantize_dynamic(
        prepared,
        folder / "model.onnx",
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    prepared.unlink()
    shutil.copy(checkpoint / "config.json", folder)


# -- CTranslate2 -----------------------------------------------------------------------------------------------


class CTranslate2:
    def __init__(self, folder: Path, threads: int, *, kind: str = "int8") -> None:
        import ctranslate2

        self._generator: Any = ctranslate2.Generator(
            str(folder), device="cpu", compute_type=kind, inter_threads=1, intra_threads=threads
        )
        vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        self._tokens: list[str] = vocabulary
        self.notes = f"ctranslate2 {ctranslate2.__version__}"

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        made = self._generator.generate_batch(
            [[self._tokens[number] for number in prompt]] * rows,
            max_length=tokens,
            min_length=tokens,
            sampling_topk=1,
            include_prompt_in_result=False,
        )
        return [result.sequences_ids[0] for result in made]


def make_ctranslate2(checkpoint: Path, folder: Path, _threads: int) -> None:
    """Weights stay in fp32 on the disk; the kind of numbers is chosen where they are loaded."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(checkpoint)).convert(str(folder), force=True)


# -- llama.cpp -------------------------------------------------------------------------------------------------


def _llama(folder: Path, threads: int, *, exact: bool = False) -> Runner:
    from .llama import LlamaCpp

    return LlamaCpp(folder / "model.gguf", threads, end_of(folder), exact=exact)


def make_gguf(checkpoint: Path, folder: Path, _threads: int) -> None:
    from .gguf_file import write_gguf

    write_gguf(checkpoint, folder / "model.gguf")
    shutil.copy(checkpoint / "config.json", folder)


def _quantized_gguf(kind: str, *, pure: bool = False) -> Callable[[Path, Path, int], None]:
    def make(checkpoint: Path, folder: Path, threads: int) -> None:
        from .gguf_file import quantize_gguf

        source = folder.with_name("gguf") / "model.gguf"
        quantize_gguf(source, folder / "model.gguf", kind, pure=pure, threads=threads)
        shutil.copy(checkpoint / "config.json", folder)

    return make


# -- the app's own ---------------------------------------------------------------------------------------------


class AppEngine:
    """The app's own engine, as it runs in the app: from text to text."""

    def __init__(self, folder: Path, threads: int) -> None:
        from desktop.engine.model import Engine

        self._engine = Engine(folder, threads=threads)
        self._engine.load()
        vocabulary = self._engine.vocabulary
        self._pieces = vocabulary.pieces
        self._endless = Endless(vocabulary.size, vocabulary.id_of("<|endoftext|>"))
        self.notes = self._engine.info.precision

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> list[list[int]]:
        from desktop.engine.contract import Limits, Sampling

        made = self._engine.generate(
            b"".join(self._pieces[number] for number in prompt).decode(),
            variants=rows,
            limits=Limits(max_new_tokens=tokens),
            constraint=self._endless,
            sampling=Sampling(temperature=0, repetition_penalty=1, no_repeat_ngram=0),
            # A greedy text soon repeats itself, and then nearly every guess is right: that would flatter us.
            speculate=False,
        )
        if any(completion.tokens != tokens for completion in made):
            raise RuntimeError(f"the engine wrote {[completion.tokens for completion in made]} tokens")
        return self._endless.written(rows)


class Endless:
    """The least of a constraint: no end token. It also keeps the ids, which the engine gives as text only."""

    def __init__(self, vocabulary: int, end: int) -> None:
        self.open = np.zeros(vocabulary, np.float32)
        self.open[end] = -np.inf
        self._rows: list[_EndlessRow] = []

    def start(self, variant: int) -> _EndlessRow:
        if variant == 0:
            self._rows = []
        self._rows.append(_EndlessRow(self.open))
        return self._rows[-1]

    def written(self, rows: int) -> list[list[int]]:
        return [row.ids for row in self._rows[:rows]]


class _EndlessRow:
    fields: frozenset[int] = frozenset()

    def __init__(self, bias: npt.NDArray[np.float32]) -> None:
        self._bias = bias
        self.ids: list[int] = []

    def bias(self) -> npt.NDArray[np.float32]:
        return self._bias

    def allows(self, _token_id: int) -> bool:
        return True

    def admit(self, _token_id: int) -> bool:
        return True

    def accept(self, token_id: int) -> int:
        self.ids.append(token_id)
        return 0

    def finish(self) -> int:
        return 0


def _lean(precision: str) -> Callable[[Path, Path, int], None]:
    def make(checkpoint: Path, folder: Path, _threads: int) -> None:
        from model_export.export import export_model

        export_model(checkpoint, folder, name="bench", precision=precision)

    return make


# -- all of them -----------------------------------------------------------------------------------------------


def end_of(folder: Path) -> int:
    """The id of the end token, from config.json."""
    end: int = json.loads((folder / "config.json").read_text("utf-8"))["eos_token_id"]
    return end


def _as_it_is(_checkpoint: Path, _folder: Path, _threads: int) -> None:
    """The form "checkpoint" lies where it is made from."""


FORMS = {
    "checkpoint": Form(_as_it_is),
    "lean-fp32": Form(_lean("fp32"), exact=AppEngine),
    "lean-int8": Form(_lean("int8")),
    "lean-4bit": Form(_lean("int4")),
    "optimum": Form(make_optimum, exact=BareLoop),
    "optimum-int8": Form(make_optimum_int8, needs="optimum"),
    "ctranslate2": Form(
        make_ctranslate2, exact=lambda folder, threads: CTranslate2(folder, threads, kind="float32")
    ),
    "gguf": Form(make_gguf, exact=lambda folder, threads: _llama(folder, threads, exact=True)),
    "gguf-q8": Form(_quantized_gguf("Q8_0"), needs="gguf"),
    "gguf-q4": Form(_quantized_gguf("Q4_0"), needs="gguf"),
    "gguf-q4-pure": Form(_quantized_gguf("Q4_0", pure=True), needs="gguf"),
}

REFERENCE = Contender("transformers generate, fp32", "checkpoint", Transformers)
OURS = (
    Contender("Stallhand, int8", "lean-int8", AppEngine),
    Contender("Stallhand, 4-bit", "lean-4bit", AppEngine),
)
PEERS = (
    Contender("optimum ORTModelForCausalLM, fp32", "optimum", OptimumModel, rows=(1,)),
    Contender("optimum's graph, int8, numpy loop", "optimum-int8", BareLoop, rows=(1,)),
    Contender("CTranslate2, int8", "ctranslate2", CTranslate2),
    Contender("llama.cpp, Q8_0", "gguf-q8", _llama),
    Contender("llama.cpp, Q4_0", "gguf-q4", _llama),
    Contender("llama.cpp, Q4_0, embedding too", "gguf-q4-pure", _llama),
)
