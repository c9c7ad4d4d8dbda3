"""Is the released model the trained one? transformers, optimum's graph and ours, compared on held-out text.

In fp32 the three compute the same, logit by logit, with the text read at once and token by token through the cache.
The released file is rounded: it is held to its perplexity.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch

from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.contract import Limits, Sampling
from desktop.engine.graph import Graph
from desktop.engine.model import Engine

from . import lean, network
from .corpus.example import Example
from .export import MAX_PERPLEXITY_RATIO, negative_log_likelihood
from .reference import export_reference
from .rows import Document, encode

#: In fp32 nothing differs but the order of sums.
MAX_LOGIT_DIFFERENCE = 1e-3
#: Of a matrix, as a share of its size: four bits cost about 0.1, another model's weights more than 1.
MAX_WEIGHT_DIFFERENCE = 0.3
PARITY_PROMPTS = 20
REFERENCE = "reference.onnx"

Logits = npt.NDArray[np.float32]


def verify(source: Path, target: Path, examples: Iterable[Example]) -> dict[str, Any]:
    """Figures of the model in `target` against the checkpoint `source`; "passed" says whether they will do.

    optimum's graph is written beside the checkpoint. Raises EngineError if the app's own engine would refuse the
    model, ValueError without examples.
    """
    model, tokenizer = network.load(source)
    pairs = [example for example in examples if example.prompt]
    documents = [document for _, document in encode(pairs, tokenizer, model.config.n_positions)]
    if not documents:
        raise ValueError("the corpus gave no prompts to compare on")
    export_reference(source, tokenizer, source.parent / REFERENCE)
    reference = _session((source.parent / REFERENCE).read_bytes())
    weights = lean.read_weights(source)
    ours = _session(lean.build(lean.read_shape(source), weights).SerializeToString())
    released = _session((target / "model.onnx").read_bytes())
    moved = _weight_difference(weights, lean.unpack(onnx.load(target / "model.onnx"))[1])
    differences = {"optimum": 0.0, "lean": 0.0, "lean_token_by_token": 0.0}
    for document in documents[:PARITY_PROMPTS]:
        expected = _torch_logits(model, document.ids)
        cut = max(1, document.prompt_length)
        for name, made in (
            ("optimum", _reference_logits(reference, document.ids)),
            ("lean", _lean_logits(ours, document.ids, len(document.ids))),
            ("lean_token_by_token", _lean_logits(ours, document.ids, cut)),
        ):
            differences[name] = max(differences[name], float(np.abs(made - expected).max()))
    likelihood, rounded, agreed, count = 0.0, 0.0, 0, 0
    for document in documents:
        of_exact, of_released = _targets(ours, document), _targets(released, document)
        wanted = np.array(document.ids[-len(of_exact) :])
        likelihood += negative_log_likelihood(of_exact, wanted)
        rounded += negative_log_likelihood(of_released, wanted)
        agreed += int((of_exact.argmax(-1) == of_released.argmax(-1)).sum())
        count += len(wanted)
    ratio = math.exp((rounded - likelihood) / count)
    return {
        "documents": len(documents),
        "target_tokens": count,
        "fp32_max_logit_difference": differences,
        "released_weight_difference": moved,
        "fp32_perplexity": math.exp(likelihood / count),
        "released_perplexity": math.exp(rounded / count),
        "released_perplexity_ratio": ratio,
        "released_top1_agreement": agreed / count,
        "engine": _engine(target, pairs),
        "passed": max(differences.values()) < MAX_LOGIT_DIFFERENCE
        and moved < MAX_WEIGHT_DIFFERENCE
        and ratio <= MAX_PERPLEXITY_RATIO,
    }


def _weight_difference(wanted: lean.Weights, found: lean.Weights) -> float:
    """The largest over the tensors of |found - wanted| / |wanted|; infinite if one is missing or of another shape."""
    if {n: a.shape for n, a in wanted.items()} != {n: a.shape for n, a in found.items()}:
        return math.inf
    norm = np.linalg.norm
    return max(float(norm(found[name] - array) / (norm(array) or 1)) for name, array in wanted.items())


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


def _session(model: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def _torch_logits(model: Any, ids: list[int]) -> Logits:
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


def _reference_logits(session: onnxruntime.InferenceSession, ids: list[int]) -> Logits:
    """Of every token, shape (tokens, vocabulary), by optimum's graph."""
    inputs = {item.name: item for item in session.get_inputs()}
    count = len(ids)
    given = {
        "input_ids": np.array([ids], np.int64),
        "attention_mask": np.ones((1, count), np.int64),
        "position_ids": np.arange(count, dtype=np.int64)[None],
    }
    past = {
        name: np.zeros((1, item.shape[1], 0, item.shape[3]), np.float32)
        for name, item in inputs.items()
        if name not in given
    }
    (logits,) = session.run(["logits"], {name: given[name] for name in inputs if name in given} | past)
    return logits[0]


def _lean_logits(session: onnxruntime.InferenceSession, ids: list[int], cut: int) -> Logits:
    """Of every token, shape (tokens, vocabulary), by the app's own loop: `cut` at once, then one after the other."""
    graph = Graph(session)
    cache = graph.cache(1, len(ids))
    pieces = [ids[:cut], *([token] for token in ids[cut:])]
    read = [graph.run(np.array([piece]), cache, wanted=len(piece))[0].copy() for piece in pieces]
    return np.concatenate(read)


def _targets(session: onnxruntime.InferenceSession, document: Document) -> Logits:
    """Logits that predict the target's tokens, the end token included."""
    logits = _lean_logits(session, document.ids, len(document.ids))
    return logits[document.prompt_length - 1 : -1]
