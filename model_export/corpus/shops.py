"""Shops made up for training: products, facts, prices, policies and delivery tables of emerging markets."""

from __future__ import annotations

import json
import random
import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from desktop.shop.currencies import CURRENCIES
from desktop.shop.money import Money, format_money
from desktop.shop.records import DeliveryZone, Fact, Product, ShopProfile

_FILE = Path(__file__).parent / "phrases" / "reply" / "shops.toml"
_DATA: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
PLACES: tuple[str, ...] = tuple(_DATA["places"])
CUSTOMERS: tuple[str, ...] = tuple(_DATA["customers"])
ATTRIBUTES: tuple[str, ...] = tuple(sorted({name for kind in _DATA["product"] for name in kind["facts"]}))
_CURRENCIES = (
    "KES", "KES", "UGX", "TZS", "RWF", "ETB", "NGN", "GHS", "ZAR", "ZMW", "XOF", "MAD", "EGP", "INR", "INR", "PKR",
    "BDT", "LKR", "NPR", "IDR", "PHP", "PHP", "VND", "THB", "BRL", "MXN", "COP", "PEN", "USD",
)  # fmt: skip
#: Roughly what a dollar is in each currency, so that prices look right.
_PER_DOLLAR = {
    "KES": 130, "UGX": 3700, "TZS": 2600, "RWF": 1400, "ETB": 120, "NGN": 1550, "GHS": 12, "ZAR": 18, "ZMW": 26,
    "XOF": 600, "MAD": 10, "EGP": 48, "INR": 85, "PKR": 280, "BDT": 120, "LKR": 300, "NPR": 135, "IDR": 16000,
    "PHP": 57, "VND": 25000, "THB": 34, "BRL": 5.5, "MXN": 18, "COP": 4100, "PEN": 3.7, "USD": 1,
}  # fmt: skip


def is_held_out(name: str) -> bool:
    """One product name in twelve is never trained on."""
    return zlib.crc32(name.casefold().encode()) % 12 == 0


@cache
def _names(held_out: bool) -> tuple[tuple[str, int], ...]:
    """(product name, its row of shops.toml) for one side of the split."""
    rows = [(name, i) for i, kind in enumerate(_DATA["product"]) for name in kind["names"]]
    return tuple(row for row in rows if is_held_out(row[0]) == held_out)


@cache
def taxonomy(data_dir: Path) -> tuple[tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]], ...]:
    """(name, category path, its attributes with values) of the product taxonomy's leaves; empty if it is not there."""
    folder = data_dir / "shopify_product_taxonomy"
    if not folder.is_dir():
        return ()
    with (folder / "attributes.jsonl").open(encoding="utf-8") as file:
        values = {row["friendly_id"]: (row["name"], tuple(row["values"])) for row in map(json.loads, file)}
    found = []
    with (folder / "categories.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            attributes = tuple(values[a] for a in row["attributes"] if a in values and values[a][1])
            name = row["path"].rsplit(" > ", 1)[-1]
            if (
                attributes
                and not _UNSOLD.search(row["path"])
                and len(name) < 32
                and row["path"].count(" > ") >= 2
                and "&" not in name
            ):
                found.append((_singular(name), row["path"], attributes))
    return tuple(found)


_UNSOLD = re.compile(r"Tobacco|Alcohol|Mature|Weapon|Firearm|Gun |Ammunition|Funeral|Digital", re.I)


def _singular(name: str) -> str:
    name = name.lower()
    if name.endswith(("ss", "us", "ware", "clothes", "pants", "shorts", "jeans", "glasses")):
        return name
    return re.sub(r"(?<=[a-z]{2})ies$", "y", name) if name.endswith("ies") else re.sub(r"(?<!s)s$", "", name)


def product_name(rng: random.Random, held_out: bool = False) -> str:
    return rng.choice(_names(held_out))[0]


def number_in(text: str, rng: random.Random) -> str:
    """ "# months" → "6 months"; "0#9" → a nine-digit number after the 0."""
    text = re.sub(r"#(\d)", lambda m: "".join(rng.choice("0123456789") for _ in range(int(m[1]))), text)
    return re.sub("#", lambda _: str(rng.choice((2, 3, 5, 6, 7, 8, 10, 12, 14, 18, 24))), text)


def price(rng: random.Random, currency: str, low: float = 0.8, high: float = 120) -> Money:
    """A price as on a stall's tag: rounded to what is usual for its size."""
    amount = low * (high / low) ** rng.random() * _PER_DOLLAR[currency]
    size = 10 ** max(len(str(int(amount))) - 2, 0)
    whole = max(round(amount / size) * size, 1)
    if rng.random() < 0.2 and whole > 20:
        whole -= 1 if whole < 1000 else 10
    cents = (
        rng.choice((50, 90, 99))
        if CURRENCIES[currency].digits == 2 and whole < 100 and rng.random() < 0.4
        else 0
    )
    return Money(int(whole) * 10 ** CURRENCIES[currency].digits + cents, currency)


def brand(rng: random.Random) -> str:
    return str(rng.choice(_DATA["brand_start"]) + rng.choice(_DATA["brand_end"]))


def product(rng: random.Random, currency: str, data_dir: Path | None, held_out: bool = False) -> Product:
    """One made-up product; a third come from the product taxonomy when `data_dir` holds it."""
    leaves = taxonomy(data_dir) if data_dir else ()
    if leaves and rng.random() < 0.35:
        name, category, attributes = rng.choice(leaves)
        while is_held_out(name) != held_out:
            name, category, attributes = rng.choice(leaves)
        chosen = rng.sample(attributes, min(len(attributes), rng.randint(1, 4)))
        facts = [Fact(attribute.lower(), rng.choice(values)) for attribute, values in chosen]
    else:
        name, row = rng.choice(_names(held_out))
        table: Mapping[str, Sequence[str]] = _DATA["product"][row]["facts"]
        keys = rng.sample(list(table), min(len(table), rng.randint(0, 5)))
        category = ""
        facts = [Fact(key, number_in(rng.choice(table[key]), rng)) for key in keys]
    rng.shuffle(facts)
    style = rng.random()
    shown = (
        name
        if style < 0.55
        else name.title()
        if style < 0.85
        else name.capitalize()
        if style < 0.95
        else name.upper()
    )
    maker = brand(rng) if rng.random() < 0.55 else ""
    return Product(
        name=shown,
        sku=f"{name[:2].upper()}-{rng.randint(10, 999)}",
        brand=maker,
        category=category,
        price=price(rng, currency) if rng.random() < 0.88 else None,
        stock=rng.choice((None, None, 0, 0, 1, 2, 3, 5, 8, 12, 20, 25, 40, 60, 120, 300)),
        facts=tuple(facts),
    )


def shop(rng: random.Random) -> ShopProfile:
    """A shop that states some of its policies: each is there with a chance of 60 %."""
    currency = rng.choice(_CURRENCIES)
    stated = {
        key: number_in(rng.choice(texts), rng)
        for key, texts in _DATA["policies"].items()
        if key != "times" and rng.random() < 0.6
    }
    return ShopProfile(
        name=shop_name(rng) if rng.random() < 0.85 else "",
        currency=currency,
        policies=stated,
        delivery=_zones(rng, currency),
    )


def shop_name(rng: random.Random) -> str:
    return f"{rng.choice(_DATA['shop_first'])} {rng.choice(_DATA['shop_last'])}"


def _zones(rng: random.Random, currency: str) -> tuple[DeliveryZone, ...]:
    if rng.random() < 0.12:
        return ()
    if rng.random() < 0.1:
        texts = (
            "We deliver countrywide by courier.",
            "Delivery all over the city, ask for the cost.",
            "Free above 5 pieces",
        )
        return (DeliveryZone("", rng.choice(texts)),)
    zones = []
    for place in rng.sample(PLACES, rng.randint(1, 6)):
        time = number_in(rng.choice(_DATA["policies"]["times"]), rng) if rng.random() < 0.8 else ""
        fee = format_money(price(rng, currency, 0.8, 8)) if rng.random() < 0.85 else ""
        fee = rng.choice((fee, fee, fee, fee, "free", f"{fee} for small parcels" if fee else ""))
        zones.append(DeliveryZone(place, time, fee))
    if rng.random() < 0.25:
        zones.append(
            DeliveryZone("everywhere", number_in("# days", rng), format_money(price(rng, currency, 2, 10)))
        )
    return tuple(zones)
