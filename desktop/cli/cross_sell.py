"""`stallhand suggest`: what goes with a basket, from a file of orders or the shop's own."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.desk import default_data_dir, kept_recommender
from desktop.shop.records import Order, Product, ShopProfile
from desktop.store.order_import import read_orders

from .given import (
    BadInputError,
    baskets_of,
    complain,
    model_json,
    open_desk,
    print_json,
    products_of,
    split_skus,
)

if TYPE_CHECKING:
    from desktop.recommend import Recommender


def suggest(args: argparse.Namespace) -> None:
    baskets = [split_skus(args.basket)] if args.basket is not None else baskets_of(args.baskets)
    with open_desk(args, store=args.orders is None) as desk:
        if args.pitch:
            model_json(desk, args)
        shop = ShopProfile()
        if args.orders:
            catalogue = products_of(args.products, "USD") if args.products else []
            recommender = _recommender_of_file(args)
        else:
            catalogue = desk.store.products.all()
            shop = desk.profile()
            recommender = desk.recommender()
        known = {product.sku: product for product in catalogue}
        sold_out = [sku for sku, product in known.items() if product.stock == 0]
        for basket in baskets:
            suggestions = []
            for found in recommender.suggest(basket, top=args.top, exclude=sold_out):
                pitch = ""
                if args.pitch:
                    given = [
                        known.get(sku) or Product(recommender.name_of(sku) or sku, sku) for sku in basket
                    ]
                    suggested = known.get(found.sku, Product(name=found.name or found.sku, sku=found.sku))
                    texts = desk.pitches.draft(given, suggested, shop=shop, seed=args.seed).variants
                    pitch = texts[0].text if texts else ""
                row = {
                    "sku": found.sku,
                    "name": found.name,
                    "score": round(found.score, 4),
                    "support": found.support,
                }
                suggestions.append(
                    row | {"lift": round(found.lift, 2), "reason": found.reason, "pitch": pitch}
                )
            if args.json:
                print_json({"basket": basket, "suggestions": suggestions})
                continue
            print(f"=== {', '.join(basket)}")
            for row in suggestions:
                print(
                    f"  {row['sku']}  {row['name']}: {row['reason']}"
                    + (f"\n      {row['pitch']}" * bool(row["pitch"]))
                )
            if not suggestions:
                print("  Nothing was ever bought together with this.")


def _recommender_of_file(args: argparse.Namespace) -> Recommender:
    """The order model of a file, kept in the data folder until the file changes."""
    path: Path = args.orders
    try:
        about = path.stat()
    except OSError as error:
        raise BadInputError(f"“{path}” can't be read: {error.strerror}.") from None
    folder = args.data_dir or default_data_dir()
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    kept = folder / "order_files" / f"{name}.model"
    stamp = f"{about.st_size}:{about.st_mtime_ns}"
    recommender = kept_recommender(kept)
    if recommender.stamp == stamp:
        return recommender
    imported = read_orders(path, "USD")
    if not imported.orders:
        complain(imported.errors)
        raise BadInputError(f"“{path.name}” holds no order that can be used.")
    complain(imported.errors)
    left_out = imported.skipped_cancelled, imported.skipped_service
    print("Left out: {} cancelled lines, {} lines of services.".format(*left_out), file=sys.stderr)
    recommender.fit(_let_go(imported.orders), stamp=stamp)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        recommender.save(kept)
    except OSError as error:  # suggestions work all the same, only slower next time
        print(f"The order model can't be kept in {kept.parent}: {error.strerror}.", file=sys.stderr)
    return recommender


def _let_go(orders: list[Order]) -> Iterator[Order]:
    """Each order once, without keeping it: all orders of a long file beside the model's matrices are too much."""
    orders.reverse()
    while orders:
        yield orders.pop()
