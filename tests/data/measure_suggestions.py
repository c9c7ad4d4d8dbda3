"""How often the hidden item of a basket is among the first five suggestions, beside plain ways of suggesting.

    python tests/data/measure_suggestions.py ORDERS.csv [--days 28]

Trains on all orders but those of the last days; of each later basket with two items or more one item (drawn with a
fixed seed) is hidden. Prints hit@5 of each way, what one suggestion takes, and the peak memory.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from desktop.recommend import Recommender
from desktop.recommend.baskets import BasketIndex
from desktop.shop.records import Order
from desktop.store.order_import import read_orders

TOP = 5
MIN_SUPPORT = 3


def split(orders: list[Order], days: int) -> tuple[list[Order], list[tuple[list[str], str]]]:
    """Orders to learn from, and (the rest of the basket, the hidden SKU) of each later one."""
    last = max(order.day for order in orders)
    begin = last - timedelta(days=days)
    rng = random.Random(0)
    hidden = []
    for order in orders:
        basket = sorted(order.basket)
        if order.day > begin and len(basket) >= 2:
            target = rng.choice(basket)
            hidden.append(([sku for sku in basket if sku != target], target))
    return [order for order in orders if order.day <= begin], hidden


def plain_ways(orders: list[Order]) -> dict[str, Callable[[list[str]], list[str]]]:
    """The ways that counting pairs gives: each takes a basket and returns its first TOP suggestions."""
    index = BasketIndex()
    index.add([(line.sku, "") for line in order.lines] for order in orders)
    popular = sorted(range(len(index.skus)), key=lambda item: -index.count(item))

    def by_popularity(basket: list[str]) -> list[str]:
        return [index.skus[item] for item in popular if index.skus[item] not in basket][:TOP]

    def by(score: Callable[[int, int, int], float]) -> Callable[[list[str]], list[str]]:
        def suggest(basket: list[str]) -> list[str]:
            total: Counter[int] = Counter()
            for item in (index.number[sku] for sku in basket if sku in index.number):
                for other, together in index.neighbours(item).items():
                    total[other] += score(item, other, together)  # type: ignore[assignment]
            best = (index.skus[item] for item, _ in total.most_common(TOP + len(basket)))
            return [sku for sku in best if sku not in basket][:TOP]

        return suggest

    def lift(item: int, other: int, together: int) -> float:
        return (
            together * len(index) / (index.count(item) * index.count(other))
            if together >= MIN_SUPPORT
            else 0.0
        )

    return {
        "popularity": by_popularity,
        f"lift, support ≥ {MIN_SUPPORT}": by(lift),
        "P(b|a)": by(lambda item, _, together: together / index.count(item)),
        "item-kNN cosine": by(lambda i, o, together: together / (index.count(i) * index.count(o)) ** 0.5),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("orders", type=Path)
    options.add_argument("--days", type=int, default=28)
    options.add_argument(
        "--most", type=int, default=400, help="baskets asked of the plain ways (they are slow)"
    )
    arguments = options.parse_args()
    began = time.perf_counter()
    orders = read_orders(arguments.orders, "GBP").orders
    print(f"{len(orders)} orders read in {time.perf_counter() - began:.1f} s")
    known, hidden = split(orders, arguments.days)
    model = Recommender()
    began = time.perf_counter()
    model.fit(known)
    print(
        f"fitted on {len(known)} orders in {time.perf_counter() - began:.1f} s; {len(hidden)} baskets asked"
    )
    began = time.perf_counter()
    hits = sum(target in [s.sku for s in model.suggest(rest, top=TOP)] for rest, target in hidden)
    took = (time.perf_counter() - began) / len(hidden) * 1000
    print(
        f"{'Stallhand (EASE, support ≥ 1)':<30} hit@{TOP} {hits / len(hidden):.3f}   {took:.1f} ms a basket"
    )
    some = hidden[: arguments.most]
    mine = sum(target in [s.sku for s in model.suggest(rest, top=TOP)] for rest, target in some)
    print(f"the first {len(some)} baskets: Stallhand {mine / len(some):.3f}")
    for name, way in plain_ways(known).items():
        hits = sum(target in way(rest) for rest, target in some)
        print(f"  {name:<28} hit@{TOP} {hits / len(some):.3f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
