"""The catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import ClassVar

from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

from .table import RecordTable, Row, Saved, UndoToken
from .text import folded


class Products(RecordTable[Product]):
    """Products by name. An SKU, where there is one, stands once."""

    table: ClassVar[str] = "products"
    order: ClassVar[str] = "name COLLATE NOCASE, id"

    def by_sku(self, sku: str) -> Product | None:
        """The product with this SKU; capitals count only where two SKUs differ by nothing else."""
        with self._file.read() as db:
            found = self._fetch(db, "sku != '' AND sku = ? COLLATE NOCASE", [sku.strip()])
        exact = [product for product in found if product.sku == sku.strip()]
        return next(iter(exact or found), None)

    def save_many(self, products: Iterable[Product]) -> Saved:
        """Add `products` in one step: all of them or, on an error, none.

        One whose SKU is known takes the place of the stored one; one without an SKU is always added.
        """
        with self._file.write() as db:
            stored = {row["sku"]: row for row in db.query("SELECT * FROM products WHERE sku != ''")}
            last_id = int(
                db.execute(
                    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'products'"
                ).fetchone()[0]
            )
            rows: list[Row] = []
            before: list[Row] = []
            unchanged = 0
            for product in products:
                row = self._to_row(product)
                known = stored.get(row["sku"]) if row["sku"] else None
                if known is None:
                    last_id += 1
                    row["id"] = last_id
                else:
                    row["id"] = known["id"]
                    if all(known[name] == value for name, value in row.items()):
                        unchanged += 1
                        continue
                    if "fresh" not in known:
                        before.append(known)
                row = self._stamped(row, known)
                rows.append(row)
                if row["sku"]:
                    stored[row["sku"]] = row | {"fresh": True}
            self._put(db, rows)
        ids = tuple(dict.fromkeys(row["id"] for row in rows))
        return Saved(
            len(ids) - len(before), len(before), unchanged, UndoToken(self.table, ids, tuple(before))
        )

    def _to_row(self, record: Product) -> Row:
        facts = [[fact.name, fact.value] for fact in record.facts]
        return {
            "id": record.id,
            "sku": record.sku.strip(),
            "name": record.name.strip(),
            "brand": record.brand.strip(),
            "category": record.category.strip(),
            "price_minor": record.price.amount_minor if record.price else None,
            "currency": record.price.currency if record.price else None,
            "stock": record.stock,
            "facts": json.dumps(facts, ensure_ascii=False),
            "notes": record.notes,
            "search": folded((record.name, record.brand, record.sku, record.category)),
        }

    def _from_row(self, row: Row) -> Product:
        return Product(
            name=row["name"],
            sku=row["sku"],
            brand=row["brand"],
            category=row["category"],
            price=money(row),
            stock=row["stock"],
            facts=tuple(Fact(name, value) for name, value in json.loads(row["facts"])),
            notes=row["notes"],
            id=row["id"],
        )

    def _duplicate(self, row: Row) -> str:
        return f"The SKU “{row['sku']}” already belongs to another product. Give this one another SKU."


def money(row: Row) -> Money | None:
    return None if row["price_minor"] is None else Money(row["price_minor"], row["currency"])
