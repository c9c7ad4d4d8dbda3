"""A GPT-2 as the lean ONNX graph that the app runs: about ten nodes a layer, and a cache that is written in place.

optimum's export describes PyTorch's steps one by one; here each step of a block is one of onnxruntime's own operators
(`com.microsoft`): LayerNormalization with the residual sum in it, one packed matrix for queries, keys and values,
GroupQueryAttention with as many heads for keys as for queries and no rotation, FastGelu. Inputs and outputs:

    input_ids              int64   (batch, new)      the tokens to read
    positions              int64   (batch, new)      where each stands in the context
    first_logit            int64   (1,)              logits are given for input_ids[:, first_logit:] only
    seqlens_k              int32   (batch,)          tokens in the row after this run, less 1
    total_sequence_length  int32   ()                the longest row after this run
    past_key_N, past_value_N     float (batch, heads, capacity, size)
    logits                 float   (batch, wanted, vocabulary)
    present_key_N, present_value_N                   bound to the same memory as past_…: nothing is copied

The embedding is tied and stored once: the look-up and the last matrix product read one table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from .quantize import FP32, Precision, Quantized, quantize

Floats = npt.NDArray[np.float32]
Weights = Mapping[str, Floats]

OPSET = 17
IR_VERSION = 9
TABLE = "wte.weight"
POSITIONS = "wpe.weight"
_MICROSOFT = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Shape:
    """What of GPT2Config decides the graph."""

    layers: int
    width: int
    heads: int
    vocabulary: int
    context: int
    epsilon: float

    @property
    def head_size(self) -> int:
        return self.width // self.heads


def read_shape(source: Path) -> Shape:
    """From config.json of a checkpoint. Raises ValueError if it is not a GPT-2 that this graph can be."""
    config = json.loads((source / "config.json").read_text("utf-8"))
    if config.get("model_type") != "gpt2":
        raise ValueError(f"{source} is a {config.get('model_type')}, not a GPT-2")
    wanted = {
        "activation_function": "gelu_new",
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "tie_word_embeddings": True,
        "add_cross_attention": False,
    }
    odd = [name for name, value in wanted.items() if config.get(name, value) != value]
    if odd or config.get("n_inner") not in (None, 4 * config["n_embd"]):
        raise ValueError(f"{source} has settings that the lean graph doesn't know: {odd or ['n_inner']}")
    return Shape(
        layers=config["n_layer"],
        width=config["n_embd"],
        heads=config["n_head"],
        vocabulary=config["vocab_size"],
        context=config["n_positions"],
        epsilon=config.get("layer_norm_epsilon", 1e-5),
    )


def read_weights(source: Path) -> dict[str, Floats]:
    """The tensors of a checkpoint by their names in GPT2Model ("h.0.attn.c_attn.weight" …), matrices (in, out)."""
    from safetensors.numpy import load_file

    tensors = load_file(source / "model.safetensors")
    return {
        name.removeprefix("transformer."): np.ascontiguousarray(tensor, np.float32)
        for name, tensor in tensors.items()
        if name != "lm_head.weight" and not name.endswith((".attn.bias", ".attn.masked_bias"))
    }


def build(
    shape: Shape,
    weights: Weights,
    precision: Callable[[str], Precision] = lambda _: FP32,
    hessians: Mapping[str, Floats] | None = None,
) -> onnx.ModelProto:
    """The graph of `weights`; `precision` says for each matrix's name how it is stored.

    `hessians` (see calibrate.py) are for GPTQ. Raises KeyError for a tensor that is not there, ValueError for one that
    can't be quantized as asked.
    """
    graph = _Graph(shape, weights, precision, hessians or {})
    hidden = graph.embed()
    normal = graph.layer_norm(hidden, "h.0.ln_1")
    for layer in range(shape.layers):
        hidden, normal = _block(graph, layer, hidden, normal)
    graph.logits(normal)
    return graph.model()


def feed(shape: Shape, ids: Sequence[int], *, first_logit: int = 0) -> dict[str, npt.NDArray[Any]]:
    """What the graph is given to read `ids` at once, with nothing before them."""
    count = len(ids)
    cache = np.zeros((1, shape.heads, count, shape.head_size), np.float32)
    kinds = [f"past_{kind}_{layer}" for layer in range(shape.layers) for kind in ("key", "value")]
    return {
        "input_ids": np.array([ids], np.int64),
        "positions": np.arange(count, dtype=np.int64)[None],
        "first_logit": np.array([first_logit], np.int64),
        "seqlens_k": np.array([count - 1], np.int32),
        "total_sequence_length": np.array(count, np.int32),
        **{name: cache.copy() for name in kinds},
    }


def unpack(model: onnx.ModelProto) -> tuple[Shape, dict[str, Floats]]:
    """What `build` made a graph of: so a released model can be trained on, or written in another format.

    Raises ValueError if the graph is not one of `build`.
    """
    found = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    numbers = {
        item.key: item.value for item in model.metadata_props if item.key in Shape.__dataclass_fields__
    }
    if len(numbers) != len(Shape.__dataclass_fields__):
        raise ValueError("the ONNX file is not a lean graph: its metadata don't hold the model's sizes")
    epsilon = float(numbers.pop("epsilon"))
    shape = Shape(**{name: int(value) for name, value in numbers.items()}, epsilon=epsilon)
    weights: dict[str, Floats] = {}
    for name, array in found.items():
        if name.endswith(".table"):
            name = name.removesuffix(".table")
            scales = found[f"{name}.scales"]
            bits = 8 * array.shape[1] * array.shape[2] // _columns(name, shape)
            matrix = Quantized(array, scales, bits, 8 * array.shape[2] // bits).matrix()
            weights[name] = matrix if name in (TABLE, POSITIONS) else np.ascontiguousarray(matrix.T)
        elif name.endswith((".weight", ".bias")):
            weights[name] = array
    return shape, weights


def write_checkpoint(shape: Shape, weights: Weights, target: Path) -> None:
    """config.json and model.safetensors, as transformers reads them."""
    from safetensors.numpy import save_file

    config = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "n_layer": shape.layers,
        "n_embd": shape.width,
        "n_head": shape.heads,
        "vocab_size": shape.vocabulary,
        "n_positions": shape.context,
        "layer_norm_epsilon": shape.epsilon,
    }
    target.mkdir(parents=True, exist_ok=True)
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    tensors = {f"transformer.{name}": np.ascontiguousarray(array) for name, array in weights.items()}
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})


def _columns(name: str, shape: Shape) -> int:
    """How many numbers a row of the stored matrix has."""
    return 4 * shape.width if name.endswith("mlp.c_proj.weight") else shape.width


def _block(graph: _Graph, layer: int, hidden: str, normal: str) -> tuple[str, str]:
    """One block: the residual stream and its normalised form in, both out (the latter for the next block)."""
    name = f"h.{layer}"
    last = layer == graph.shape.layers - 1
    packed = graph.linear(normal, f"{name}.attn.c_attn")
    attended = graph.attention(packed, layer)
    projected = graph.linear(attended, f"{name}.attn.c_proj", bias=False)
    normal, hidden = graph.add_and_norm(projected, hidden, f"{name}.ln_2", bias=f"{name}.attn.c_proj.bias")
    wide = graph.linear(normal, f"{name}.mlp.c_fc", bias=False)
    wide = graph.gelu(wide, f"{name}.mlp.c_fc.bias")
    narrow = graph.linear(wide, f"{name}.mlp.c_proj", bias=False)
    following = "ln_f" if last else f"h.{layer + 1}.ln_1"
    normal, hidden = graph.add_and_norm(narrow, hidden, following, bias=f"{name}.mlp.c_proj.bias")
    return hidden, normal


class _Graph:
    """Nodes and initializers while they are put together. Methods take and give names of values."""

    def __init__(
        self,
        shape: Shape,
        weights: Weights,
        precision: Callable[[str], Precision],
        hessians: Mapping[str, Floats],
    ) -> None:
        self.shape = shape
        self._weights = weights
        self._precision = precision
        self._hessians = hessians
        self._stored: dict[str, Quantized] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def embed(self) -> str:
        words = self._look_up(TABLE, "input_ids")
        places = self._look_up(POSITIONS, "positions")
        return self._node("Add", words, places)

    def layer_norm(self, x: str, name: str) -> str:
        return self._node(
            "LayerNormalization", x, self._plain(f"{name}.weight"), self._plain(f"{name}.bias"),
            axis=-1, epsilon=self.shape.epsilon,
        )  # fmt: skip

    def add_and_norm(self, x: str, residual: str, name: str, *, bias: str) -> tuple[str, str]:
        """norm(x + bias + residual), and the sum itself."""
        normal, total = self._new("normal"), self._new("sum")
        self._add(
            "SkipLayerNormalization",
            [x, residual, self._plain(f"{name}.weight"), self._plain(f"{name}.bias"), self._plain(bias)],
            [normal, "", "", total],
            epsilon=self.shape.epsilon,
        )
        return normal, total

    def linear(self, x: str, name: str, *, bias: bool = True) -> str:
        weight = f"{name}.weight"
        biases = [self._plain(f"{name}.bias")] if bias else []
        if self._precision(weight).bits is None:
            product = self._node("MatMul", x, self._plain(weight))
            return self._node("Add", product, *biases) if bias else product
        return self._blockwise(x, weight, self._new("product"), *biases)

    def attention(self, packed: str, layer: int) -> str:
        out = self._new("attended")
        self._add(
            "GroupQueryAttention",
            [
                packed,
                "",
                "",
                f"past_key_{layer}",
                f"past_value_{layer}",
                "seqlens_k",
                "total_sequence_length",
            ],
            [out, f"present_key_{layer}", f"present_value_{layer}"],
            num_heads=self.shape.heads,
            kv_num_heads=self.shape.heads,
        )
        return out

    def gelu(self, x: str, bias: str) -> str:
        return self._node("FastGelu", x, self._plain(bias))

    def logits(self, normal: str) -> None:
        end = self._constant("end", np.array([np.iinfo(np.int64).max], np.int64))
        axis = self._constant("axis", np.array([1], np.int64))
        wanted = self._node("Slice", normal, "first_logit", end, axis)
        if self._precision(TABLE).bits is None:
            turned = self._node("Transpose", self._plain(TABLE), perm=[1, 0])
            self._add("MatMul", [wanted, turned], ["logits"])
        else:
            self._blockwise(wanted, TABLE, "logits")

    def model(self) -> onnx.ModelProto:
        shape = self.shape
        value = helper.make_tensor_value_info
        cache = ["batch", shape.heads, "capacity", shape.head_size]
        kinds = [f"{kind}_{layer}" for layer in range(shape.layers) for kind in ("key", "value")]
        inputs = [
            value("input_ids", TensorProto.INT64, ["batch", "new"]),
            value("positions", TensorProto.INT64, ["batch", "new"]),
            value("first_logit", TensorProto.INT64, [1]),
            value("seqlens_k", TensorProto.INT32, ["batch"]),
            value("total_sequence_length", TensorProto.INT32, []),
            *(value(f"past_{kind}", TensorProto.FLOAT, cache) for kind in kinds),
        ]
        outputs = [
            value("logits", TensorProto.FLOAT, ["batch", "wanted", shape.vocabulary]),
            *(value(f"present_{kind}", TensorProto.FLOAT, cache) for kind in kinds),
        ]
        graph = helper.make_graph(self._nodes, "gpt2", inputs, outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="stallhand")
        model.ir_version = IR_VERSION
        helper.set_model_props(model, {name: str(value) for name, value in asdict(shape).items()})
        return model

    # -- parts ------------------------------------------------------------------------------------------------

    def _look_up(self, name: str, ids: str) -> str:
        if self._precision(name).bits is None:
            return self._node("Gather", self._plain(name), ids, axis=0)
        stored = self._quantized(name)
        turned = self._constant(f"{name}.flat", np.array([stored.rows, -1], np.int64))
        flat = self._node("Reshape", f"{name}.table", turned)
        return self._node(
            "GatherBlockQuantized", flat, ids, f"{name}.scales",
            gather_axis=0, quantize_axis=1, bits=stored.bits, block_size=stored.block,
        )  # fmt: skip

    def _blockwise(self, x: str, name: str, out: str, *biases: str) -> str:
        stored = self._quantized(name)
        self._add(
            "MatMulNBits",
            [x, f"{name}.table", f"{name}.scales", *(["", "", *biases] if biases else [])],
            [out],
            N=stored.rows,
            K=stored.columns,
            bits=stored.bits,
            block_size=stored.block,
            accuracy_level=4,  # activations are rounded to int8, block by block
        )
        return out

    def _quantized(self, name: str) -> Quantized:
        """The matrix of that name, kept as `name`.table and `name`.scales; rows are looked up or give outputs."""
        if name not in self._stored:
            matrix = self._weights[name] if name in (TABLE, POSITIONS) else self._weights[name].T
            stored = quantize(matrix, self._precision(name), self._hessians.get(name))
            self._constant(f"{name}.table", stored.table)
            self._constant(f"{name}.scales", stored.scales)
            self._stored[name] = stored
        return self._stored[name]

    def _plain(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, array: npt.NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def _node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        out = self._new(operator.lower())
        self._add(operator, list(inputs), [out], **attributes)
        return out

    def _add(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        domain = "" if operator in _STANDARD else _MICROSOFT
        self._nodes.append(
            helper.make_node(
                operator, inputs, outputs, name=f"{operator}_{len(self._nodes)}", domain=domain, **attributes
            )
        )

    def _new(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"


_STANDARD = frozenset({"Add", "Gather", "LayerNormalization", "MatMul", "Reshape", "Slice", "Transpose"})
