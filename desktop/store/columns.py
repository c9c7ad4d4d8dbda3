"""Which column of a seller's file is which field: the names in use, as data, and how they are matched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from desktop.shop.currencies import SIGNS

from .text import fold

#: The names of each field, the surest first. Compared without case, spaces, marks and a plural's s.
PRODUCT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "product name", "item name", "title", "product title", "product", "item", "article", "goods"),
    "sku": ("sku", "variant sku", "seller sku", "product code", "item code", "stock code", "code", "barcode", "ref"),
    "brand": ("brand", "brand name", "vendor", "make", "manufacturer"),
    "category": ("category", "product category", "type", "product type", "department", "group"),
    "price": (
        "price", "unit price", "selling price", "sale price", "retail price", "variant price", "amount", "rate",
    ),
    "currency": ("currency", "currency code", "price currency"),
    "stock": ("stock", "quantity", "qty", "in stock", "stock quantity", "available", "inventory", "on hand"),
    "facts": ("facts", "attributes", "specs", "specifications", "features"),
    "notes": ("notes", "note", "description", "product description", "details", "remark", "comment"),
}  # fmt: skip

ORDER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": (
        "order", "order number", "order no", "order id", "invoice", "invoice number", "invoice no", "invoice id",
        "receipt", "receipt number", "receipt no", "transaction", "transaction id", "sale", "sale id", "name",
    ),
    "date": (
        "date", "order date", "invoice date", "sale date", "transaction date", "created at", "day", "time",
    ),
    "sku": ("sku", "stock code", "product code", "item code", "lineitem sku", "product id", "item id", "code"),
    "name": (
        "product name", "item name", "product", "item", "description", "title", "lineitem name", "article", "name",
    ),
    "quantity": ("quantity", "qty", "units", "pieces", "lineitem quantity", "count"),
    "price": ("price", "unit price", "selling price", "lineitem price", "rate", "amount"),
    "customer": (
        "customer", "customer id", "customer name", "customer no", "client", "buyer", "phone", "billing name",
    ),
    "currency": ("currency", "currency code"),
    "status": ("status", "order status", "financial status", "state"),
}  # fmt: skip


def match_headers(headers: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each field of `columns` stands in `headers`. A header serves one field, a field takes one header."""
    keys = [_key(_without_currency(header)[0]) for header in headers]
    found: dict[str, int] = {}
    for field, names in columns.items():
        for name in names:
            at = next(
                (i for i, key in enumerate(keys) if key == _key(name) and i not in found.values()), None
            )
            if at is not None:
                found[field] = at
                break
    return found


def currency_in(header: str) -> str | None:
    """ "Price (KES)" → "KES"."""
    return _without_currency(header)[1]


def _without_currency(header: str) -> tuple[str, str | None]:
    parts = re.fullmatch(r"(.+?)\s*[(\[]\s*(.+?)\s*[)\]]|(.+?)\s+(?:in\s+)?(\S+)", header.strip())
    if parts:
        name, word = parts[1] or parts[3], parts[2] or parts[4]
        codes = SIGNS.get(word.casefold().strip(" ./"))
        if codes:
            return name, codes[0]
    return header, None


def _key(name: str) -> str:
    letters = re.sub(r"[\W_]+", "", fold(name))
    return re.sub(r"ies$", "y", letters).removesuffix("s") if len(letters) > 3 else letters
