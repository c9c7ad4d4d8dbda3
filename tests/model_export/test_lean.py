"""The lean graph against a plain numpy GPT-2, so that these tests need no torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("safetensors")

import onnx
import onnxruntime

from model_export import lean
from model_export.quantize import FP32, Precision

SHAPE = lean.Shape(layers=2, width=64, heads=4, vocabulary=96, context=40, epsilon=1e-5)
IDS = [3, 95, 0, 17, 17, 42, 8]


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    dice = np.random.default_rng(5)
    width = SHAPE.width
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (96, width), "wpe.weight": (40, width)}
    for norm in ("ln_f", *(f"h.{layer}.ln_{i}" for layer in range(2) for i in (1, 2))):
        shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    for layer in range(SHAPE.layers):
        for name, inputs, outputs in (
            ("attn.c_attn", width, 3 * width),
            ("attn.c_proj", width, width),
            ("mlp.c_fc", width, 4 * width),
            ("mlp.c_proj", 4 * width, width),
        ):
            shapes |= {f"h.{layer}.{name}.weight": (inputs, outputs), f"h.{layer}.{name}.bias": (outputs,)}
    return {name: dice.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}


def plain_gpt2(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """Radford et al. 2019 as openai/gpt-2's model.py computes it; logits (tokens, vocabulary)."""

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt(x.var(-1, keepdims=True) + SHAPE.epsilon)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    count = len(ids)
    hidden = weights["wte.weight"][ids] + weights["wpe.weight"][:count]
    for layer in range(SHAPE.layers):
        packed = linear(norm(hidden, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn")
        q, k, v = packed.reshape(count, 3, SHAPE.heads, SHAPE.head_size).transpose(1, 2, 0, 3)
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(SHAPE.head_size)
        scores = np.where(np.tri(count, dtype=bool), scores, -np.inf)
        chances = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (chances / chances.sum(-1, keepdims=True)) @ v
        hidden = hidden + linear(mixed.transpose(1, 0, 2).reshape(count, -1), f"h.{layer}.attn.c_proj")
        wide = linear(norm(hidden, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc")
        wide = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
        hidden = hidden + linear(wide, f"h.{layer}.mlp.c_proj")
    return norm(hidden, "ln_f") @ weights["wte.weight"].T


def logits(model: onnx.ModelProto, ids: list[int], first: int = 0) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["logits"], lean.feed(SHAPE, ids, first_logit=first))[0][0]


def test_in_fp32_it_computes_gpt2(weights: dict[str, np.ndarray]) -> None:
    onnx.checker.check_model(model := lean.build(SHAPE, weights), full_check=False)
    np.testing.assert_allclose(logits(model, IDS), plain_gpt2(weights, IDS), atol=2e-4)
    np.testing.assert_allclose(logits(model, IDS, first=5), plain_gpt2(weights, IDS)[5:], atol=2e-4)


@pytest.mark.parametrize("precision", [Precision(4), Precision(8, 64)])
def test_rounded_it_computes_gpt2_of_the_rounded_weights(
    weights: dict[str, np.ndarray], precision: Precision
) -> None:
    model = lean.build(SHAPE, weights, lambda _: precision)
    shape, rounded = lean.unpack(model)
    assert shape == SHAPE
    assert set(rounded) == set(weights)
    expected = plain_gpt2(rounded, IDS)
    # Activations are rounded to int8 inside, so it is near, not equal.
    assert np.abs(logits(model, IDS) - expected).max() < 0.05 * np.abs(expected).max()
    assert not np.allclose(rounded["wte.weight"], weights["wte.weight"], atol=1e-3)


def test_the_table_is_stored_once(weights: dict[str, np.ndarray]) -> None:
    model = lean.build(SHAPE, weights, lambda _: Precision(4))
    stored = sum(
        np.prod(item.dims) for item in model.graph.initializer if "wte" in item.name and len(item.dims) > 1
    )
    assert stored <= 96 * 64 / 2 + 96 * 2
    readers = [node.op_type for node in model.graph.node if "wte.weight.table" in node.input]
    assert sorted(readers) == ["MatMulNBits", "Reshape"]


def test_a_layer_takes_ten_nodes(weights: dict[str, np.ndarray]) -> None:
    model = lean.build(SHAPE, weights, lambda _: Precision(4))
    assert len(model.graph.node) <= 10 * SHAPE.layers + 8


def test_a_checkpoint_can_be_read_and_written(weights: dict[str, np.ndarray], tmp_path: Path) -> None:
    lean.write_checkpoint(SHAPE, weights, tmp_path)
    assert lean.read_shape(tmp_path) == SHAPE
    again = lean.read_weights(tmp_path)
    assert set(again) == set(weights)
    assert all((again[name] == weights[name]).all() for name in weights)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model_type": "llama"}, "llama, not a GPT-2"),
        ({"activation_function": "relu"}, "activation_function"),
        ({"n_inner": 100}, "n_inner"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx"),
    ],
)
def test_a_model_of_another_form_is_refused(
    weights: dict[str, np.ndarray], tmp_path: Path, change: dict[str, object], named: str
) -> None:
    lean.write_checkpoint(SHAPE, weights, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(ValueError, match=named):
        lean.read_shape(tmp_path)


def test_a_graph_of_another_kind_is_not_unpacked(weights: dict[str, np.ndarray]) -> None:
    model = lean.build(SHAPE, weights, lambda _: FP32)
    del model.metadata_props[:]
    with pytest.raises(ValueError, match="not a lean graph"):
        lean.unpack(model)
