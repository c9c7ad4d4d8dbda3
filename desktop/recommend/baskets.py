"""An index of past baskets: who was bought with whom, counted when asked.

Plain Python arrays, so that suggestions work on a processor that numpy refuses. 20,000 orders of 20 lines take
about 4 MB.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

Basket = Iterable[tuple[str, str]]


class BasketIndex:
    """Baskets as lists of item numbers, and for each item the sorted numbers of the baskets it is in.

    Baskets of one item are counted (they tell how popular it is) but say nothing of pairs.
    """

    def __init__(self) -> None:
        self.skus: list[str] = []
        self.names: list[str] = []
        self.number: dict[str, int] = {}
        self.starts = array("Q", [0])
        self.items = array("I")
        self.postings: list[array[int]] = []

    def __len__(self) -> int:
        return len(self.starts) - 1

    def add(self, baskets: Iterable[Basket]) -> None:
        """Append baskets of (sku, name); the last name seen for a SKU is the one shown."""
        for basket in baskets:
            numbers = sorted({self._number_of(sku, name) for sku, name in basket})
            if not numbers:
                continue
            place = len(self)
            for item in numbers:
                self.postings[item].append(place)
            self.items.extend(numbers)
            self.starts.append(len(self.items))

    def _number_of(self, sku: str, name: str) -> int:
        item = self.number.get(sku)
        if item is None:
            item = self.number[sku] = len(self.skus)
            self.skus.append(sku)
            self.names.append(name)
            self.postings.append(array("I"))
        elif name:
            self.names[item] = name
        return item

    def basket(self, place: int) -> array[int]:
        return self.items[self.starts[place] : self.starts[place + 1]]

    def begins_with(self, other: BasketIndex) -> bool:
        """True when the first baskets here are those of `other`, with the same numbers of items."""
        return (
            self.skus[: len(other.skus)] == other.skus
            and self.starts[: len(other.starts)] == other.starts
            and self.items[: len(other.items)] == other.items
        )

    def __iter__(self) -> Iterator[array[int]]:
        return (self.basket(place) for place in range(len(self)))

    def count(self, item: int) -> int:
        """How many baskets hold `item`."""
        return len(self.postings[item])

    def neighbours(self, item: int) -> Counter[int]:
        """How many baskets each other item shares with `item`."""
        shared: Counter[int] = Counter()
        for place in self.postings[item]:
            shared.update(self.basket(place))
        del shared[item]
        return shared

    def together(self, item: int, others: Collection[int]) -> dict[int, int]:
        """How many baskets `item` shares with each of `others`."""
        mine = set(self.postings[item])
        return {other: sum(place in mine for place in self.postings[other]) for other in others}
