"""The orders with their lines, and a stamp that says whether they changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, ClassVar

from sqlite_utils import Database

from desktop.shop.records import Order, OrderLine

from .products import money
from .table import RecordTable, Row, Saved, UndoToken
from .text import folded

_LINE = ("order_id", "position", "sku", "name", "quantity", "price_minor", "currency")
_INSERT_LINE = f"INSERT INTO order_lines ({', '.join(_LINE)}) VALUES ({', '.join('?' for _ in _LINE)})"


class Orders(RecordTable[Order]):
    """Orders, newest first. An order's number stands once."""

    table: ClassVar[str] = "orders"
    order: ClassVar[str] = "day DESC, id DESC"

    def by_number(self, number: str) -> Order | None:
        with self._file.read() as db:
            found = self._fetch(db, "number = ?", [number.strip()])
        return found[0] if found else None

    def save_many(self, orders: Iterable[Order]) -> Saved:
        """Add `orders` in one step: all of them or, on an error, none.

        An order whose number is known takes the place of the stored one, so the same file can be read again.
        """
        with self._file.write() as db:
            stored = {row["number"]: row["id"] for row in db.query("SELECT id, number FROM orders")}
            incoming = {order.number.strip(): order for order in orders}
            known_ids = [stored[number] for number in incoming if number in stored]
            known = {row["id"]: row for row in self._snapshot(db, known_ids)}
            last_id = int(
                db.execute(
                    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'orders'"
                ).fetchone()[0]
            )
            rows: list[Row] = []
            before: list[Row] = []
            for number, order in incoming.items():
                row = self._to_row(order)
                old = known.get(stored.get(number, 0))
                if old is None:
                    last_id += 1
                    row["id"] = last_id
                else:
                    row["id"] = old["id"]
                    if all(old[name] == value for name, value in row.items()):
                        continue
                    before.append(old)
                rows.append(self._stamped(row, old))
            self._put(db, rows)
            ids = tuple(row["id"] for row in rows)
            self._changed(db, ids)
        undo = UndoToken(self.table, ids, tuple(before))
        return Saved(len(rows) - len(before), len(before), len(incoming) - len(rows), undo)

    def stamp(self) -> str:
        """A text that is another one after every change of the orders, and in every other file."""
        with self._file.read() as db:
            about = {row["key"]: row["value"] for row in db.query("SELECT key, value FROM about")}
        return f"{about['file']}:{about['orders revision']}"

    def iter_baskets(self) -> Iterator[Order]:
        """Every order that holds something, oldest first, without its prices and customer: for the recommender."""
        sql = (
            "SELECT o.id, o.number, o.day, l.sku, l.name, l.quantity FROM orders o JOIN order_lines l "
            "ON l.order_id = o.id ORDER BY o.day, o.id, l.position"
        )
        with self._file.read() as db:
            rows = db.execute(sql).fetchall()
        for (id, number, day), lines in groupby(rows, key=lambda row: row[:3]):
            found = tuple(OrderLine(sku, name, quantity) for *_, sku, name, quantity in lines)
            yield Order(number, date.fromisoformat(day), found, id=id)

    # -- rows --------------------------------------------------------------------------------------------------

    def _to_row(self, record: Order) -> Row:
        names = (text for line in record.lines for text in (line.sku, line.name))
        return {
            "id": record.id,
            "number": record.number.strip(),
            "day": record.day.isoformat(),
            "customer": record.customer.strip(),
            "search": folded((record.number, record.customer, *names)),
            "lines": [
                (
                    line.sku,
                    line.name,
                    line.quantity,
                    line.price.amount_minor if line.price else None,
                    line.price.currency if line.price else None,
                )
                for line in record.lines
            ],
        }

    def _from_row(self, row: Row) -> Order:
        lines = (
            OrderLine(sku, name, quantity, money({"price_minor": minor, "currency": code}))
            for sku, name, quantity, minor, code in row["lines"]
        )
        return Order(row["number"], date.fromisoformat(row["day"]), tuple(lines), row["customer"], row["id"])

    def _complete(self, db: Database, rows: list[Row]) -> list[Row]:
        lines: dict[int, list[tuple[Any, ...]]] = {row["id"]: [] for row in rows}
        found = db.execute(
            f"SELECT {', '.join(_LINE)} FROM order_lines WHERE order_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY order_id, position",
            [json.dumps(list(lines))],
        )
        for order_id, _, *rest in found:
            lines[order_id].append(tuple(rest))
        return [row | {"lines": lines[row["id"]]} for row in rows]

    def _put(self, db: Database, rows: Sequence[Row]) -> None:
        super()._put(db, rows)
        for row in rows:
            id = row["id"] or int(db.execute("SELECT last_insert_rowid()").fetchone()[0])
            db.conn.execute("DELETE FROM order_lines WHERE order_id = ?", [id])
            db.conn.executemany(_INSERT_LINE, ((id, i, *line) for i, line in enumerate(row["lines"])))

    def _changed(self, db: Database, ids: Sequence[int]) -> None:
        if ids:
            db.execute("UPDATE about SET value = CAST(value AS INTEGER) + 1 WHERE key = 'orders revision'")

    def _duplicate(self, row: Row) -> str:
        return f"There already is an order with the number “{row['number']}”. Give this order another number."
