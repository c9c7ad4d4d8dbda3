"""Weights in four or eight bits, as onnxruntime's MatMulNBits and GatherBlockQuantized read them.

Numbers of a row that follow each other share a scale; they are a block. Rounding to the nearest, with each block's
scale searched for the smallest error, costs the bundled model 0.3 % of perplexity in four bits; GPTQ, which lets later
columns make up for what rounding one column costs on real activations, 0.2 %. That is with blocks of 64; with the
largest ones up to 256 GPTQ costs less than 0.1 % more, and there are fewer scales to be read and multiplied by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: A block's largest number need not be kept whole: a smaller scale often costs less for all the others.
_SHRINKS = np.linspace(0.75, 1.0, 11, dtype=np.float32)
#: GPTQ: added to the Hessian's diagonal, as a share of its mean (Frantar et al. 2023, section 3.3).
_DAMPING = 0.01
_LAZY_COLUMNS = 128
#: MatMulNBits knows none smaller.
_LEAST_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Precision:
    """`bits` is 4 or 8, or None for fp32; up to `block` numbers share a scale (a power of two, 16 or more): as many as
    the columns are a multiple of."""

    bits: int | None
    block: int = 64


FP32 = Precision(None)


@dataclass(frozen=True, slots=True)
class Quantized:
    """`table` (rows, blocks, bytes of a block): unsigned, so that half the range stands for 0; of two 4-bit
    numbers in a byte the lower comes first. `scales` (rows, blocks)."""

    table: npt.NDArray[np.uint8]
    scales: Floats
    bits: int
    block: int

    @property
    def rows(self) -> int:
        return len(self.table)

    @property
    def columns(self) -> int:
        return self.table.shape[1] * self.block

    def matrix(self) -> Floats:
        """The numbers that the table stands for, shape (rows, columns)."""
        parts = self.table
        if self.bits == 4:
            parts = np.stack([parts & 15, parts >> 4], axis=-1).reshape(self.rows, -1, self.block)
        whole = (parts.astype(np.float32) - _middle(self.bits)) * self.scales[..., None]
        return whole.reshape(self.rows, self.columns)


def quantize(matrix: Floats, precision: Precision, hessian: Floats | None = None) -> Quantized:
    """`matrix` (rows, columns) rounded along its rows; by GPTQ if `hessian` (columns, columns) is given.

    `hessian` is the sum of x xᵀ over activations x that the matrix is multiplied with. Raises ValueError if the
    columns are a multiple of no block.
    """
    bits, block = precision.bits, math.gcd(precision.block, matrix.shape[1])
    if bits not in (4, 8) or block < _LEAST_BLOCK:
        raise ValueError(f"a matrix {matrix.shape} can't be stored in {bits} bits with blocks of {block}")
    if hessian is None:
        scales = _scales(matrix.reshape(len(matrix), -1, block), bits)
        levels = _levels(matrix, np.repeat(scales, block, axis=1), bits)
    else:
        levels, scales = _gptq(matrix, hessian, bits, block)
    whole = (levels + _middle(bits)).astype(np.uint8).reshape(len(matrix), -1, block)
    table = whole if bits == 8 else np.bitwise_or(whole[..., 0::2], whole[..., 1::2] << 4)
    return Quantized(np.ascontiguousarray(table, np.uint8), scales, bits, block)


def _middle(bits: int) -> int:
    return 1 << (bits - 1)


def _levels(numbers: Floats, scales: Floats, bits: int) -> Floats:
    """The whole numbers -2^(bits-1) … 2^(bits-1)-1 nearest to `numbers` / `scales`."""
    middle = _middle(bits)
    return np.clip(np.rint(numbers / np.where(scales == 0, 1, scales)), -middle, middle - 1)


def _scales(blocks: Floats, bits: int) -> Floats:
    """For blocks (…, block) the scales (…) of least squared error.

    The range has one more number below 0 than above, so the scale takes the sign that lets the largest use it.
    """
    peaks = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    best, least = np.zeros_like(peaks), np.full_like(peaks, np.inf)
    for shrink in _SHRINKS if bits == 4 else _SHRINKS[-1:]:
        scales = -shrink * peaks / _middle(bits)
        error = np.square(_levels(blocks, scales, bits) * scales - blocks).sum(-1, keepdims=True)
        better = error < least
        best, least = np.where(better, scales, best), np.where(better, error, least)
    return best[..., 0].astype(np.float32)


def _gptq(matrix: Floats, hessian: Floats, bits: int, block: int) -> tuple[Floats, Floats]:
    """Levels (rows, columns) and scales (rows, blocks) by Frantar et al. 2023, algorithm 1, a scale a block."""
    left = matrix.astype(np.float64)
    upper = _inverse_root(hessian)
    levels, scales = np.empty(matrix.shape, np.float32), []
    for begin in range(0, left.shape[1], _LAZY_COLUMNS):
        end = min(begin + _LAZY_COLUMNS, left.shape[1])
        errors = np.empty((len(left), end - begin))
        for column in range(begin, end):
            if column % block == 0:
                scale = _scales(left[:, column : column + block].astype(np.float32), bits)
                scales.append(scale)
            level = _levels(left[:, column].astype(np.float32), scale, bits)
            levels[:, column] = level
            error = (left[:, column] - level * scale) / upper[column, column]
            left[:, column:end] -= np.outer(error, upper[column, column:end])
            errors[:, column - begin] = error
        left[:, end:] -= errors @ upper[begin:end, end:]
    return levels, np.stack(scales, axis=1).astype(np.float32)


def _inverse_root(hessian: Floats) -> npt.NDArray[np.float64]:
    """The upper triangular U with UᵀU = hessian⁻¹, after damping."""
    wide = hessian.astype(np.float64)
    silent = np.diag(wide) == 0  # an activation that is always 0 tells nothing
    wide[silent, silent] = 1
    wide[np.diag_indices_from(wide)] += _DAMPING * np.diag(wide).mean()
    return np.linalg.cholesky(np.linalg.inv(wide)).T
