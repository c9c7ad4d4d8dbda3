"""What a command was given and what it prints: files, shops, baskets, the desk to work at."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from desktop.desk import Desk, default_data_dir
from desktop.shop.money import PriceError
from desktop.shop.records import Product, RecordError, ShopProfile
from desktop.store.product_import import read_products
from desktop.store.tables import RowError

DONE, FAILED, BAD_INPUT, NO_MODEL = 0, 1, 2, 3


class BadInputError(Exception):
    """What the user gave can't be used; the message says what, where and what to do."""


class NoModelError(Exception):
    """--no-fallback was given and the model can't be used."""


def open_desk(args: argparse.Namespace, *, store: bool = True) -> Desk:
    """The desk over --data-dir, or one without a store for work on files alone."""
    use_model = not getattr(args, "phrases", False)
    if store:
        return Desk.open(args.data_dir or default_data_dir(), use_model=use_model)
    return Desk.open_without_store(use_model=use_model)


def model_json(desk: Desk, args: argparse.Namespace) -> dict[str, str] | None:
    """What a draft says of its model. Raises NoModelError where phrases would be used and must not."""
    status = desk.model_status()
    if status.info is None:
        if args.no_fallback:
            raise NoModelError(status.reason)
        if not args.phrases:
            print(f"stallhand: writing from phrases. {status.reason}", file=sys.stderr)
        return None
    return {"name": status.info.name, "sha256": status.info.sha256, "precision": status.info.precision}


def products_of(path: Path, currency: str) -> list[Product]:
    """All products of a file. Raises BadInputError naming every row that can't be used."""
    imported = read_products(path, currency)
    if imported.errors:
        raise BadInputError(
            "\n".join([f"“{path.name}” has rows that can't be used:", *map(str, imported.errors)])
        )
    return imported.products


def complain(errors: Iterable[RowError]) -> None:
    """Name each row that can't be used, on stderr."""
    for error in errors:
        print(f"stallhand: {error}", file=sys.stderr)


def shop_of(path: Path | None, desk: Desk) -> tuple[ShopProfile, list[Product]]:
    """Profile and products of a shop file, or of the store. Raises BadInputError, RecordError."""
    if path is None:
        return desk.profile(), desk.store.products.all()
    row = read_object(path)
    shop = ShopProfile.from_json(row)
    listed = row.get("products") or []
    if not isinstance(listed, list) or not all(isinstance(product, dict) for product in listed):
        raise BadInputError(f"“{path.name}”: “products” must be a list of products.")
    products = []
    for number, product in enumerate(listed, start=1):
        try:
            products.append(Product.from_json(product, shop.currency))
        except (RecordError, PriceError) as error:
            raise BadInputError(f"“{path.name}”, product {number}: {error}") from None
    return shop, products


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInputError(f"“{path}” can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInputError(f"“{path.name}” is not UTF-8 text. Save it as UTF-8 and try again.") from None


def read_object(path: Path) -> dict[str, Any]:
    """The one JSON object of a file. Raises BadInputError naming line and column."""
    try:
        row = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise BadInputError(
            f"“{path.name}”, line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise BadInputError(f"“{path.name}” is nested too deeply.") from None
    if not isinstance(row, dict):
        raise BadInputError(f"“{path.name}” must hold one JSON object.")
    return row


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """(line number, JSON document) of a JSON-lines file; empty lines are passed over."""
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInputError(f"“{path.name}”, line {number}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise BadInputError(f"“{path.name}”, line {number}: is nested too deeply.") from None


def texts_of(path: Path, key: str) -> list[str]:
    """The text under `key` of each line of a JSON-lines file. Raises BadInputError."""
    found = []
    for number, row in _lines(path):
        text = row.get(key) if isinstance(row, dict) else row
        if not isinstance(text, str):
            raise BadInputError(f"“{path.name}”, line {number}: needs a text under “{key}”.")
        found.append(text)
    return found


def baskets_of(path: Path) -> list[list[str]]:
    """The baskets of a JSON-lines file. Raises BadInputError."""
    found = []
    for number, row in _lines(path):
        basket = row.get("basket") if isinstance(row, dict) else row
        if not isinstance(basket, list):
            raise BadInputError(f"“{path.name}”, line {number}: “basket” must be a list of SKUs.")
        found.append([str(sku) for sku in basket])
    return found


def split_skus(text: str) -> list[str]:
    """ "A, B" → ["A", "B"]. Raises BadInputError for none."""
    skus = [sku.strip() for sku in text.split(",") if sku.strip()]
    if not skus:
        raise BadInputError("--basket is empty. Give SKUs with commas between them.")
    return skus


def print_json(document: Mapping[str, Any]) -> None:
    """One document on one line, whatever its texts hold."""
    text = json.dumps(document, ensure_ascii=False)
    print(text.translate(_LINE_ENDS), flush=True)


#: JSON may hold these as they are, but many programs take them for the end of a line.
_LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
