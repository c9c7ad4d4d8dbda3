"""What reaches each matrix on real text, for GPTQ: the sum of x xᵀ over the activations x it is multiplied with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper

from . import lean


def hessians(
    shape: lean.Shape, weights: lean.Weights, texts: Iterable[Sequence[int]]
) -> dict[str, npt.NDArray[np.float32]]:
    """By the name of a matrix, shape (its inputs, its inputs); `texts` are token ids."""
    model = lean.build(shape, weights)
    sources = _inputs_of_matrices(model)
    for value in dict.fromkeys(sources.values()):
        model.graph.output.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    sums = {name: np.zeros((1, 1)) for name in sources}
    for ids in texts:
        read = session.run(list(sources.values()), lean.feed(shape, ids))
        for name, activations in zip(sources, read, strict=True):
            rows = activations[0].astype(np.float64)
            sums[name] = sums[name] + rows.T @ rows
    return {name: total.astype(np.float32) for name, total in sums.items()}


def _inputs_of_matrices(model: onnx.ModelProto) -> dict[str, str]:
    """From the fp32 graph: each matrix's name and the value that it is multiplied with."""
    products = [node for node in model.graph.node if node.op_type == "MatMul"]
    # The last product's matrix is the table, turned by a node of its own.
    return {
        node.input[1] if node.input[1].endswith(".weight") else lean.TABLE: node.input[0] for node in products
    }
