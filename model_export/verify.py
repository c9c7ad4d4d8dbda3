"""Is the exported model the trained one? Compared with transformers on held-out prompts, through the cache as well."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.contract import Limits, Sampling
from desktop.engine.graph import Graph
from desktop.engine.model import Engine

from . import network
from .corpus.example import Example
from .export import FP32
from .rows import Document, encode

#: The fp32 graph computes the same as transformers, up to the order of its sums.
MAX_LOGIT_DIFFERENCE = 1e-3
#: What int8 may cost: perplexity on held-out targets, as a multiple of fp32's.
MAX_PERPLEXITY_RATIO = 1.05
PARITY_PROMPTS = 20

Logits = npt.NDArray[np.float32]


def verify(source: Path, target: Path, examples: Iterable[Example]) -> dict[str, Any]:
    """Figures of the model in `target` against the checkpoint `source`; "passed" says whether they will do.

    Raises EngineError if the app's own engine would refuse the model, ValueError without examples.
    """
    model, tokenizer = network.load(source)
    pairs = [example for example in examples if example.prompt]
    documents = [document for _, document in encode(pairs, tokenizer, model.config.n_positions)]
    if not documents:
        raise ValueError("the corpus gave no prompts to compare on")
    fp32 = _session(source.parent / FP32 / "model.onnx")
    int8 = _session(target / "model.onnx")
    difference = 0.0
    for document in documents[:PARITY_PROMPTS]:
        expected = _torch_logits(model, document.ids)
        cut = max(1, document.prompt_length)
        difference = max(difference, float(np.abs(_onnx_logits(fp32, document.ids, cut) - expected).max()))
    exact, rounded, agreed, count = 0.0, 0.0, 0, 0
    for document in documents:
        of_fp32, of_int8 = _targets(fp32, document), _targets(int8, document)
        wanted = np.array(document.ids[-len(of_fp32) :])
        exact += _negative_log_likelihood(of_fp32, wanted)
        rounded += _negative_log_likelihood(of_int8, wanted)
        agreed += int((of_fp32.argmax(-1) == of_int8.argmax(-1)).sum())
        count += len(wanted)
    ratio = math.exp((rounded - exact) / count)
    return {
        "documents": len(documents),
        "target_tokens": count,
        "fp32_max_logit_difference": difference,
        "fp32_perplexity": math.exp(exact / count),
        "int8_perplexity": math.exp(rounded / count),
        "int8_perplexity_ratio": ratio,
        "int8_top1_agreement": agreed / count,
        "engine": _engine(target, pairs),
        "passed": difference < MAX_LOGIT_DIFFERENCE and ratio <= MAX_PERPLEXITY_RATIO,
    }


def _engine(target: Path, pairs: Sequence[Example]) -> dict[str, Any]:
    """That the app's engine takes the model, what it says (greedy), and how fast."""
    engine = Engine(target, format_version=FORMAT_VERSION)
    engine.load()
    samples = []
    tokens, started = 0, time.monotonic()
    for example in pairs[:5]:
        (made,) = engine.generate(
            example.prompt, variants=1, limits=Limits(max_new_tokens=120), sampling=Sampling(temperature=0.0)
        )
        tokens += made.tokens
        samples.append({"prompt": example.prompt, "text": made.text, "finish": made.finish})
    seconds = time.monotonic() - started
    return {"tokens_per_s": round(tokens / seconds, 1), "samples": samples}


def _session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])


def _torch_logits(model: Any, ids: list[int]) -> Logits:
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


def _onnx_logits(session: onnxruntime.InferenceSession, ids: list[int], cut: int) -> Logits:
    """Logits of every token, shape (tokens, vocabulary); the first `cut` read at once, the rest on their cache."""
    outputs = [item.name for item in session.get_outputs()]
    cache = Graph(session).empty().arrays
    past = [item.name for item in session.get_inputs() if item.name.startswith("past_key_values.")]
    parts, length = [], 0
    for piece in (ids[:cut], ids[cut:]):
        if not piece:
            continue
        stop = length + len(piece)
        feed = {
            "input_ids": np.array([piece], np.int64),
            "attention_mask": np.ones((1, stop), np.int64),
            "position_ids": np.arange(length, stop, dtype=np.int64)[None],
            **dict(zip(past, cache, strict=True)),
        }
        names = {item.name for item in session.get_inputs()}
        made = dict(
            zip(outputs, session.run(None, {k: v for k, v in feed.items() if k in names}), strict=True)
        )
        parts.append(made["logits"][0])
        cache = tuple(made[name.replace("past_key_values", "present")] for name in past)
        length = stop
    return np.concatenate(parts)


def _targets(session: onnxruntime.InferenceSession, document: Document) -> Logits:
    """Logits that predict the target's tokens, the end token included."""
    logits = _onnx_logits(session, document.ids, len(document.ids))
    return logits[document.prompt_length - 1 : -1]


def _negative_log_likelihood(logits: Logits, wanted: npt.NDArray[Any]) -> float:
    """Sum over the tokens, in nats."""
    wide = logits.astype(np.float64)
    top = wide.max(-1)
    log_sum = top + np.log(np.exp(wide - top[:, None]).sum(-1))
    return float((log_sum - wide[np.arange(len(wanted)), wanted]).sum())
