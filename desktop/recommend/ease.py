"""EASE: a linear model of which items complete a basket (Steck 2019, "Embarrassingly Shallow Autoencoders").

With X the 0/1 matrix of baskets × items and G = XᵀX + λI, the weights are B = I − P·diag(1/P), P = G⁻¹: one inverse,
no training. On shop orders it beats counting pairs because it discounts what other items already explain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .baskets import BasketIndex

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: λ of the paper: how strongly rare pairs are held back. Chosen on a gift shop's 18,000 orders; 100 to 500 are alike.
REGULARISATION = 200.0
#: The weights of n items take 6·n² bytes while they are computed (150 MB at this size).
MAX_ITEMS = 5_000
#: An item bought once tells nothing of what it goes with.
MIN_COUNT = 2


def fit(index: BasketIndex) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float16]] | None:
    """(items kept, shape (n,); weights, shape (n, n), row: given, column: suggested). None without such items.

    Items in fewer than MIN_COUNT baskets are left out, and the rarest beyond MAX_ITEMS.
    """
    import numpy as np

    counts = np.array([index.count(item) for item in range(len(index.skus))])
    kept = np.flatnonzero(counts >= MIN_COUNT)
    if len(kept) > MAX_ITEMS:
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[:MAX_ITEMS]])
    if len(kept) < 2:
        return None
    place = np.full(len(counts), -1)
    place[kept] = np.arange(len(kept))
    gram = np.zeros((len(kept), len(kept)), dtype=np.float32)
    for basket in index:
        members = place[np.frombuffer(basket, dtype=np.uint32)] if len(basket) > 1 else place[list(basket)]
        members = members[members >= 0]
        gram[np.ix_(members, members)] += 1
    # λ is relative to the number of orders: a stall with 300 orders needs a lighter hand than one with 20,000.
    gram[np.diag_indices_from(gram)] += regularisation(len(index))
    invert(gram)
    gram /= -np.diag(gram).copy()
    np.fill_diagonal(gram, 0)
    return kept.astype(np.int32), gram.astype(np.float16)


#: LAPACK shares larger ones among threads that mostly wait for each other, longest where other programs are at work.
_SMALL_BLOCK = 32


def invert(matrix: npt.NDArray[np.float32], block: int = 256) -> None:
    """Put the inverse of a symmetric positive definite matrix in its place.

    The sweep operator (Goodnight 1979) on blocks: it keeps the matrix symmetric, so that half the work of a general
    inverse is enough, and it needs room for a few blocks where `numpy.linalg.inv` needs five more matrices.
    """
    import numpy as np

    size = len(matrix)
    if size <= _SMALL_BLOCK:
        matrix[:] = np.linalg.inv(matrix)
        return
    blocks = [slice(start, min(start + block, size)) for start in range(0, size, block)]
    for k in blocks:  # only the blocks on and above the diagonal are kept up to date
        column = np.concatenate([matrix[: k.start, k], matrix[k, k.start :].T])
        pivot = matrix[k, k].copy()
        invert(pivot, _SMALL_BLOCK)
        swept = column @ pivot
        for i in blocks:
            matrix[i, i.start :] -= swept[i] @ column[i.start :].T
        matrix[: k.start, k] = swept[: k.start]
        matrix[k, k.stop :] = swept[k.stop :].T
        matrix[k, k] = -pivot
    np.negative(matrix, out=matrix)
    for i in blocks:
        matrix[i.stop :, i] = matrix[i, i.stop :].T


def regularisation(orders: int) -> float:
    return min(REGULARISATION, max(2.0, orders / 80))
