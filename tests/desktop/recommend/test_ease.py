"""EASE against its formula, computed the plain way."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.recommend.baskets import BasketIndex
from desktop.recommend.ease import fit, invert, regularisation


@pytest.mark.parametrize(("size", "block"), [(1, 4), (32, 8), (33, 8), (100, 40), (300, 64)])
def test_the_inverse_in_place_is_the_inverse(size: int, block: int) -> None:
    rng = np.random.default_rng(size)
    baskets = (rng.random((2 * size, size)) < 0.2).astype(np.float32)
    matrix = baskets.T @ baskets + 5 * np.eye(size, dtype=np.float32)
    expected = np.linalg.inv(matrix.astype(np.float64))
    invert(matrix, block)
    assert np.abs(matrix - expected).max() < 1e-5


def test_weights_are_those_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    bought = rng.random((200, 12)) < 0.3
    bought[:, 1] |= bought[:, 0]
    index = BasketIndex()
    index.add([(f"S{item:02d}", "") for item in np.flatnonzero(row)] for row in bought)
    order = [int(sku[1:]) for sku in index.skus]
    x = bought[bought.any(axis=1)][:, order].astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + regularisation(len(index)) * np.eye(12))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    fitted = fit(index)
    assert fitted is not None
    kept, weights = fitted
    assert kept.tolist() == list(range(12))
    assert np.abs(weights - expected).max() < 2e-3
