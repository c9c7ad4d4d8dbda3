"""From a trained checkpoint to the folder that the app loads: model.onnx (lean), tokenizer.json, manifest.json.

How far the weights can be rounded is measured, not assumed: PLANS are tried from the smallest file on, and the first
whose perplexity on held-out text is close enough to fp32's is taken.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from tokenizers import Tokenizer

from desktop.drafting.prompt import FORMAT_VERSION

from . import calibrate, lean
from .corpus.example import Example
from .phrases import phrases
from .quantize import FP32, Precision
from .rows import Document, encode

FILES = ("model.onnx", "tokenizer.json", "phrases.json")
#: What rounding may cost: perplexity on held-out targets, as a multiple of fp32's.
MAX_PERPLEXITY_RATIO = 1.01
CALIBRATION_TEXTS = 256

Plan = Callable[[str], Precision]


def _plan(table: Precision, narrow: Precision, others: Precision) -> Plan:
    """`narrow` is for the matrix that ends each MLP, which suffers most from rounding."""

    def precision(name: str) -> Precision:
        if name == lean.POSITIONS:
            return Precision(8) if others.bits else FP32
        if name == lean.TABLE:
            return table
        return narrow if name.endswith("mlp.c_proj.weight") else others

    return precision


_FOUR, _FINE, _EIGHT = Precision(4, 256), Precision(4, 64), Precision(8, 128)
#: By name, the smallest first. Large blocks are faster, too: of GPT-2 124M one text by a fifth, five by a quarter.
PLANS: Mapping[str, Plan] = {
    "int4": _plan(_FOUR, _FOUR, _FOUR),
    "int4, small blocks": _plan(_FINE, _FINE, _FINE),
    "int4, table int8": _plan(_EIGHT, _FOUR, _FOUR),
    "int4, table and narrow int8": _plan(_EIGHT, _EIGHT, _FOUR),
    "int8": _plan(_EIGHT, _EIGHT, _EIGHT),
    "fp32": _plan(FP32, FP32, FP32),
}


def export_model(
    source: Path,
    target: Path,
    *,
    name: str,
    precision: str | None = None,
    corpus: Iterable[Example] = (),
    held_out: Iterable[Example] = (),
) -> dict[str, Any]:
    """Export the checkpoint `source` (see `network.save`) into `target`; gives what was chosen and the sizes in bytes.

    `precision` is a name of PLANS, or None to take the first that is close enough on `held_out`. What the model often
    says is counted in `corpus`, and its first examples are those that GPTQ rounds the weights by (without any they are
    rounded to the nearest). Raises FileNotFoundError without a checkpoint, ValueError if it is
    not a GPT-2 of this form or `precision` is unknown or can't be chosen.
    """
    if not (source / "config.json").is_file():
        raise FileNotFoundError(f"{source} holds no trained model; run `python -m model_export train` first")
    if precision is not None and precision not in PLANS:
        raise ValueError(f"precision {precision!r} is none of {', '.join(PLANS)}")
    shape, weights = lean.read_shape(source), lean.read_weights(source)
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    documents = _documents(held_out, tokenizer, shape)
    trained = _documents(corpus, tokenizer, shape)
    texts = [document.ids for document in trained[:CALIBRATION_TEXTS]]
    hessians = calibrate.hessians(shape, weights, texts) if texts and precision != "fp32" else {}
    exact = perplexity(lean.build(shape, weights), shape, documents)
    tried: dict[str, float] = {}
    for plan in [precision] if precision else PLANS:
        model = lean.build(shape, weights, PLANS[plan], hessians)
        tried[plan] = perplexity(model, shape, documents) / exact
        if precision or tried[plan] <= MAX_PERPLEXITY_RATIO:
            break
    else:
        raise ValueError("without held-out text the precision can't be chosen by measuring; name one")
    for key, text in {"name": name, "format_version": str(FORMAT_VERSION), "precision": plan}.items():
        model.metadata_props.add(key=key, value=text)
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target / "model.onnx")
    (target / "tokenizer.json").write_text(tokenizer.to_str(), "utf-8")
    said = json.dumps(phrases(trained), separators=(",", ":"))
    (target / "phrases.json").write_text(said + "\n", "utf-8")
    parameters = sum(array.size for array in weights.values())
    write_manifest(target, name=name, precision=plan, context=shape.context, parameters=parameters)
    return {
        "name": name,
        "precision": plan,
        "rounding": "GPTQ" if hessians else "nearest",
        "perplexity_ratios": {plan: ratio for plan, ratio in tried.items() if not math.isnan(ratio)},
        "parameters": parameters,
        "fp32_bytes": 4 * parameters,
        "bytes": {file: (target / file).stat().st_size for file in FILES},
    }


def perplexity(model: onnx.ModelProto, shape: lean.Shape, documents: Sequence[Document]) -> float:
    """Of the documents' targets, their end tokens included; not a number without documents."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    total, count = 0.0, 0
    for document in documents:
        fed = lean.feed(shape, document.ids, first_logit=document.prompt_length - 1)
        (logits,) = session.run(["logits"], fed)
        wanted = np.array(document.ids[document.prompt_length :])
        total += negative_log_likelihood(logits[0][:-1], wanted)
        count += len(wanted)
    return math.exp(total / count) if count else math.nan


def negative_log_likelihood(logits: Any, wanted: Any) -> float:
    """Sum over the tokens `wanted` (tokens,) of `logits` (tokens, vocabulary), in nats."""
    wide = logits.astype(np.float64)
    top = wide.max(-1)
    log_sum = top + np.log(np.exp(wide - top[:, None]).sum(-1))
    return float((log_sum - wide[np.arange(len(wanted)), wanted]).sum())


def _documents(examples: Iterable[Example], tokenizer: Tokenizer, shape: lean.Shape) -> list[Document]:
    pairs = (example for example in examples if example.prompt)
    return [document for _, document in encode(pairs, tokenizer, shape.context)]


def write_manifest(target: Path, *, name: str, precision: str, context: int, parameters: int) -> None:
    """manifest.json as `desktop.engine.model` reads it, with size and SHA-256 of each file."""
    files = {}
    for file in FILES:
        data = (target / file).read_bytes()
        files[file] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    manifest = {
        "name": name,
        "precision": precision,
        "format_version": FORMAT_VERSION,
        "context": context,
        "parameters": parameters,
        "files": files,
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
