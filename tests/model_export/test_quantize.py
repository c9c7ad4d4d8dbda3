from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")

from model_export.quantize import FP32, Precision, quantize


def noise(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


@pytest.mark.parametrize(("bits", "most"), [(4, 0.12), (8, 0.01)])
@pytest.mark.parametrize("block", [16, 32, 64])
def test_what_is_stored_is_near_to_what_was_given(bits: int, most: float, block: int) -> None:
    matrix = noise(24, 128)
    stored = quantize(matrix, Precision(bits, block))
    assert stored.table.shape == (24, 128 // block, block * bits // 8)
    assert stored.scales.shape == (24, 128 // block)
    assert (stored.rows, stored.columns) == matrix.shape
    assert np.sqrt(np.square(stored.matrix() - matrix).mean()) < most


@pytest.mark.parametrize(("columns", "block"), [(384, 128), (768, 256), (96, 32)])
def test_a_block_is_as_large_as_the_columns_let_it_be(columns: int, block: int) -> None:
    stored = quantize(noise(2, columns), Precision(4, 256))
    assert (stored.block, stored.scales.shape) == (block, (2, columns // block))
    assert stored.matrix().shape == (2, columns)


def test_numbers_on_the_grid_are_kept_exactly() -> None:
    levels = np.random.default_rng(1).integers(-8, 8, (5, 64)).astype(np.float32)
    levels[:, ::32] = -8  # so that each block's range is known
    stored = quantize(levels * 0.25, Precision(4, 32))
    assert (stored.matrix() == levels * 0.25).all()


def test_a_row_of_zeros_stays_zero() -> None:
    assert not quantize(np.zeros((2, 64), np.float32), Precision(4)).matrix().any()


def test_gptq_costs_less_on_what_the_matrix_is_multiplied_with() -> None:
    matrix = noise(48, 128, 2)
    mixing = noise(32, 128, 3)  # activations that depend on each other, as real ones do
    seen, fresh = noise(2000, 32, 4) @ mixing, noise(500, 32, 5) @ mixing
    nearest = quantize(matrix, Precision(4)).matrix()
    by_gptq = quantize(matrix, Precision(4), seen.T @ seen).matrix()

    def cost(rounded: np.ndarray) -> float:
        return float(np.square(fresh @ (rounded - matrix).T).mean())

    assert cost(by_gptq) < 0.3 * cost(nearest)


def test_inputs_that_are_always_zero_do_no_harm() -> None:
    matrix, hessian = noise(4, 64), np.diag(np.r_[np.zeros(8), np.ones(56)]).astype(np.float32)
    assert np.abs(quantize(matrix, Precision(8), hessian).matrix() - matrix).max() < 0.05


@pytest.mark.parametrize(("columns", "precision"), [(40, Precision(4, 32)), (64, Precision(2)), (64, FP32)])
def test_what_cannot_be_stored_is_refused(columns: int, precision: Precision) -> None:
    with pytest.raises(ValueError, match="can't be stored"):
        quantize(noise(2, columns), precision)
