"""The sample shop: the same files a seller could import, loaded into an empty store in one go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .shop.records import SavedReply, ShopProfile
from .store.order_import import read_orders
from .store.product_import import read_products
from .store.store import Store
from .store.tables import RowError, TableError


class SamplesError(Exception):
    """A file of the samples is missing or can't be read; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    products: int
    orders: int


def load_samples(store: Store, folder: Path) -> Loaded:
    """Put the shop of `folder` into `store`; products and orders with a known SKU or number are replaced.

    `folder` holds shop.json (profile and products), orders.csv and saved_replies.json in the command line's formats.
    Raises SamplesError and StoreError; nothing is written unless all files can be read.
    """
    try:
        shop = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
        profile = ShopProfile.from_json(shop)
        catalogue = read_products(folder / "shop.json", profile.currency)
        sales = read_orders(folder / "orders.csv", profile.currency)
        _refuse([*catalogue.errors, *sales.errors])
        saved = json.loads((folder / "saved_replies.json").read_text(encoding="utf-8"))
        replies = [SavedReply(row["shortcut"], row["title"], row["text"]) for row in saved]
    except (OSError, KeyError, ValueError, TableError) as error:
        raise SamplesError(
            f"The sample shop can't be opened: {error}. Install the program again, or start with your own shop."
        ) from error
    store.save_profile(profile)
    store.products.save_many(catalogue.products)
    store.orders.save_many(sales.orders)
    for reply in replies:
        if store.replies.by_shortcut(reply.shortcut) is None:
            store.replies.save(reply)
    return Loaded(len(catalogue.products), len(sales.orders))


def _refuse(errors: list[RowError]) -> None:
    if errors:
        raise ValueError(str(errors[0]))
