"""From a basket to what goes with it, each with the count that backs it.

Scores come from EASE where the catalogue allows its dense inverse, else from the cosine between items' baskets;
either way an item is only suggested when it was really bought together with something in the basket, and the
reason says how often.
"""

from __future__ import annotations

import io
import json
import zipfile
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.shop.records import Order

from . import ease
from .baskets import BasketIndex

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FORMAT = 1
#: EASE is solved again when the orders grew by this share; until then new orders count in support and lift only.
REFIT_SHARE = 0.02
#: Below this many items the inverse takes a moment, so it is solved at every change.
SMALL = 600
#: How far down EASE's ranking a pair with the wanted support is looked for.
MAX_CANDIDATES = 200


class OrderModelError(ValueError):
    """A saved model of the orders that can't be read; fit it anew from the orders."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`support`: baskets with this item and `because`; `lift`: how many times likelier than by chance that is."""

    sku: str
    name: str
    score: float
    support: int
    lift: float
    because: str
    reason: str


class Recommender:
    """`stamp` is whatever the caller uses to tell which orders the model has seen.

    `dense` False never imports numpy, for a processor that its wheels are not made for: cosine serves.
    """

    def __init__(self, *, dense: bool = True) -> None:
        self.stamp = ""
        self._dense = dense
        self._index = BasketIndex()
        self._ease: tuple[npt.NDArray[np.int32], npt.NDArray[np.float16]] | None = None
        self._place: dict[int, int] = {}
        self._fitted = 0

    @property
    def orders(self) -> int:
        """How many orders the model has seen."""
        return len(self._index)

    def knows(self, sku: str) -> bool:
        return sku in self._index.number

    def name_of(self, sku: str) -> str:
        """The name that `sku` was last sold under; "" if it never was."""
        return self._index.names[self._index.number[sku]] if self.knows(sku) else ""

    def fit(self, orders: Iterable[Order], *, stamp: str = "") -> None:
        """Learn from all orders anew."""
        self.fit_baskets(map(_bought, orders), stamp=stamp)

    def fit_baskets(self, baskets: Iterable[Iterable[tuple[str, str]]], *, stamp: str = "") -> None:
        """As `fit`, from baskets of (sku, name).

        What was solved before is kept while the orders it was solved on are still the first of `baskets` and few
        came after them, so that a shop that sells all day doesn't pay for an inverse at each sale.
        """
        before, self._index = self._index, BasketIndex()
        self._index.add(baskets)
        self.stamp = stamp
        if not self._index.begins_with(before) or self._outgrown:
            self._solve()

    def update(self, orders: Iterable[Order], *, stamp: str = "") -> None:
        """Add orders; EASE is solved again only when they are many (REFIT_SHARE) or the catalogue is small."""
        self._index.add(map(_bought, orders))
        self.stamp = stamp
        if self._outgrown:
            self._solve()

    @property
    def _outgrown(self) -> bool:
        return len(self._index) > self._fitted * (1 + REFIT_SHARE) or len(self._index.skus) <= SMALL

    def _solve(self) -> None:
        self._set_ease(ease.fit(self._index) if self._dense else None)
        self._fitted = len(self._index)

    def _set_ease(self, fitted: tuple[npt.NDArray[np.int32], npt.NDArray[np.float16]] | None) -> None:
        self._ease = fitted
        self._place = {int(item): i for i, item in enumerate(fitted[0])} if fitted else {}

    def suggest(
        self, basket: Collection[str], *, top: int = 5, exclude: Collection[str] = (), min_support: int = 1
    ) -> list[Suggestion]:
        """The best `top` items for a basket of SKUs, best first; empty when nothing was ever bought with it.

        SKUs the orders don't know are passed over; `exclude` are SKUs never to suggest (out of stock …).
        """
        index = self._index
        given = [index.number[sku] for sku in dict.fromkeys(basket) if sku in index.number]
        barred = {index.number[sku] for sku in exclude if sku in index.number} | set(given)
        found: list[Suggestion] = []
        for other, score in self._ranked(given):
            if len(found) == top:
                break
            if other in barred or any(s.sku == index.skus[other] for s in found):
                continue
            together = index.together(other, given)
            item = max(together, key=lambda g: (together[g], -g))
            if together[item] >= min_support:
                found.append(self._suggestion(other, together[item], item, score))
        return found

    def _ranked(self, given: list[int]) -> Iterator[tuple[int, float]]:
        """Candidates with scores, best first: EASE's, then by cosine those that it doesn't know."""
        rows = [self._place[item] for item in given if item in self._place]
        if self._ease is not None and rows:
            kept, weights = self._ease
            total = weights[rows].astype("float32").sum(axis=0)
            for place in (-total).argsort(kind="stable")[:MAX_CANDIDATES]:
                yield int(kept[place]), float(total[place])
        cosine: defaultdict[int, float] = defaultdict(float)
        for item in given:
            for other, count in self._index.neighbours(item).items():
                cosine[other] += count / sqrt(self._index.count(item) * self._index.count(other))
        yield from sorted(cosine.items(), key=lambda pair: (-pair[1], self._index.skus[pair[0]]))

    def _suggestion(self, other: int, count: int, item: int, score: float) -> Suggestion:
        index = self._index
        lift = count * len(index) / (index.count(item) * index.count(other))
        times = "once" if count == 1 else f"{count} times"
        name = index.names[item] or index.skus[item]
        return Suggestion(
            sku=index.skus[other],
            name=index.names[other],
            score=score,
            support=count,
            lift=lift,
            because=index.skus[item],
            reason=f"bought together {times} with {name}",
        )

    # -- keeping it ------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the model beside the orders; a broken write leaves the old file."""
        index = self._index
        head = {"format": _FORMAT, "stamp": self.stamp, "fitted": self._fitted}
        head |= {"skus": index.skus, "names": index.names}
        beside = path.with_suffix(path.suffix + ".new")
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("head.json", json.dumps(head, ensure_ascii=False))
            archive.writestr("starts", index.starts.tobytes())
            archive.writestr("items", index.items.tobytes())
            if self._ease is not None:
                import numpy as np

                kept, weights = self._ease
                for name, values in (("kept.npy", kept), ("weights.npy", weights)):
                    buffer = io.BytesIO()
                    np.save(buffer, values, allow_pickle=False)
                    archive.writestr(name, buffer.getbuffer())
        beside.replace(path)

    @classmethod
    def load(cls, path: Path, *, dense: bool = True) -> Recommender:
        """Read a saved model. Raises OrderModelError for a damaged or older file."""
        model = cls(dense=dense)
        index = model._index
        try:
            with zipfile.ZipFile(path) as archive:
                head = json.loads(archive.read("head.json"))
                if head["format"] != _FORMAT:
                    raise OrderModelError(f"{path.name} was written by another version.")
                index.skus, index.names = head["skus"], head["names"]
                index.number = {sku: i for i, sku in enumerate(index.skus)}
                index.starts = array("Q", archive.read("starts"))
                index.items = array("I", archive.read("items"))
                index.postings = [array("I") for _ in index.skus]
                for place in range(len(index)):
                    for item in index.basket(place):
                        index.postings[item].append(place)
                model.stamp, model._fitted = head["stamp"], head["fitted"]
                if dense and "weights.npy" in archive.namelist():
                    model._load_ease(archive)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
            raise OrderModelError(f"The model of the orders {path.name} can't be read: {error}") from error
        return model

    def _load_ease(self, archive: zipfile.ZipFile) -> None:
        import numpy as np

        kept, weights = (
            np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in ("kept.npy", "weights.npy")
        )
        self._set_ease((kept, weights))


def _bought(order: Order) -> list[tuple[str, str]]:
    return [(line.sku, line.name) for line in order.lines if line.quantity > 0]
