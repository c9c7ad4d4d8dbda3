"""Reading a catalogue from a file: CSV or spreadsheet with loosely named columns, JSON or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop.shop.money import PriceError
from desktop.shop.records import Product, RecordError

from .columns import PRODUCT_COLUMNS, currency_in, match_headers
from .json_files import JSON_SUFFIXES, read_objects
from .tables import RowError, TableError, read_table


@dataclass(frozen=True, slots=True)
class ProductsImport:
    """The products that can be used and what is wrong with the other rows (and with the file's odd ones)."""

    products: list[Product]
    errors: list[RowError]
    #: The file's own name of each field that was found in it (tables only).
    columns: dict[str, str] = field(default_factory=dict)


def read_products(path: Path, currency: str) -> ProductsImport:
    """Read products; prices that name no currency are in `currency` (ISO 4217).

    A column or key that is no field of a product becomes a fact. A row that can't be used is an error with its row
    and column, the others still come. Raises TableError if the file as a whole can't be read.
    """
    if path.suffix.casefold() in JSON_SUFFIXES:
        rows, errors = read_objects(path, "products")
        return _products(((number, *_named(row)) for number, row in rows), currency, errors)
    table = read_table(path)
    columns = match_headers(table.headers, PRODUCT_COLUMNS)
    if (
        "name" not in columns and "notes" in columns
    ):  # "StockCode, Description": the description names the product
        columns["name"] = columns.pop("notes")
    if "name" not in columns:
        raise TableError(
            f"“{path.name}” has no column for the product's name. Its columns are: {', '.join(table.headers)}. "
            "Call one of them “name”."
        )
    facts = [(header, i) for i, header in enumerate(table.headers) if header and i not in columns.values()]
    headers = {field: table.headers[i] for field, i in columns.items()}
    currency = currency_in(headers.get("price", "")) or currency

    def rows_of_table() -> Iterator[tuple[int, dict[str, Any], dict[str, str]]]:
        for number, row in zip(table.numbers, table.rows, strict=True):
            values: dict[str, Any] = {field: row[i] for field, i in columns.items()}
            values["facts"] = _facts_cell(values.get("facts", "")) + [(name, row[i]) for name, i in facts]
            yield number, values, headers

    return replace(_products(rows_of_table(), currency, list(table.errors)), columns=headers)


def _products(
    rows: Iterable[tuple[int, dict[str, Any], Mapping[str, str]]], currency: str, errors: list[RowError]
) -> ProductsImport:
    products: list[Product] = []
    row_of_sku: dict[str, int] = {}
    for number, row, headers in rows:
        facts = row.get("facts")
        if isinstance(facts, list) and all(isinstance(fact, tuple) for fact in facts):
            row = row | {"facts": [{"name": name, "value": value} for name, value in facts]}
        try:
            product = Product.from_json(row, currency)
        except PriceError as error:
            errors.append(RowError(number, headers.get("price", "price"), str(error)))
            continue
        except RecordError as error:
            errors.append(RowError(number, headers.get(error.field, error.field), str(error)))
            continue
        if product.sku and product.sku in row_of_sku:
            message = (
                f"“{product.sku}” stands in row {row_of_sku[product.sku]} too. Give each product its own."
            )
            errors.append(RowError(number, headers.get("sku", "sku"), message))
            continue
        row_of_sku[product.sku] = number
        products.append(product)
    return ProductsImport(products, sorted(errors, key=lambda error: error.row))


def _named(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A JSON object with its keys matched as headers are: the fields, and the file's own names of them."""
    keys = list(row)
    columns = match_headers(keys, PRODUCT_COLUMNS)
    if "name" not in columns and "notes" in columns:
        columns["name"] = columns.pop("notes")
    values = {field: row[keys[i]] for field, i in columns.items()}
    others = [(key, row[key]) for i, key in enumerate(keys) if i not in columns.values() and key != "id"]
    facts = values.get("facts") or {}
    if isinstance(facts, Mapping):
        values["facts"] = [*facts.items(), *others]
    return values, {field: keys[i] for field, i in columns.items()}


def _facts_cell(cell: str) -> list[tuple[str, Any]]:
    """The facts that one cell holds: JSON, or "name: value" parted by ; or |. Other text is one fact, "details"."""
    if cell.lstrip().startswith("{"):
        try:
            found = json.loads(cell)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return list(found.items())
    parts = [part.strip() for part in cell.replace("|", ";").replace("\n", ";").split(";") if part.strip()]
    if parts and all(":" in part for part in parts):
        return [(name.strip(), value.strip()) for name, _, value in (part.partition(":") for part in parts)]
    return [("details", cell)] if cell else []
