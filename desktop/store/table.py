"""What the tables of products, orders, replies and drafts have in common: find, save, delete, undo."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar

from sqlite_utils import Database

from .errors import DuplicateError
from .file import StoreFile
from .text import words

T = TypeVar("T")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class UndoToken:
    """How to undo one change: the records `ids` are put back to `before`, those not in it are taken out."""

    table: str
    ids: tuple[int, ...]
    before: tuple[Row, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving many did. `undo` takes all of it back."""

    added: int
    updated: int
    unchanged: int
    undo: UndoToken


class RecordTable(Generic[T]):
    """Records of one kind. Every method may be called from any thread and raises StoreError."""

    table: ClassVar[str]
    order: ClassVar[str] = "id"

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    # What a kind of record says of itself.

    def _to_row(self, record: T) -> Row:
        raise NotImplementedError

    def _from_row(self, row: Row) -> T:
        raise NotImplementedError

    def _duplicate(self, row: Row) -> str:
        raise NotImplementedError

    # -- finding -----------------------------------------------------------------------------------------------

    def get(self, id: int) -> T | None:
        with self._file.read() as db:
            found = self._fetch(db, "id = ?", [id])
        return found[0] if found else None

    def all(self, search: str = "", *, limit: int | None = None, offset: int = 0) -> list[T]:
        """The records that hold every word of `search` (any part of a word, accents and case aside)."""
        where, values = self._where(search)
        with self._file.read() as db:
            return self._fetch(db, where, values, limit=limit, offset=offset)

    def count(self, search: str = "") -> int:
        where, values = self._where(search)
        with self._file.read() as db:
            return int(db.execute(f"SELECT count(*) FROM {self.table} WHERE {where}", values).fetchone()[0])

    def _where(self, search: str) -> tuple[str, list[Any]]:
        parts = words(search)
        return " AND ".join("instr(search, ?)" for _ in parts) or "1", list(parts)

    def _fetch(
        self, db: Database, where: str, values: Sequence[Any], *, limit: int | None = None, offset: int = 0
    ) -> list[T]:
        sql = f"SELECT * FROM {self.table} WHERE {where} ORDER BY {self.order} LIMIT ? OFFSET ?"
        rows = list(db.query(sql, [*values, -1 if limit is None else limit, offset]))
        return [self._from_row(row) for row in self._complete(db, rows)]

    # -- changing ----------------------------------------------------------------------------------------------

    def save(self, record: T) -> T:
        """Add `record`, or put it in place of the one with its id, and return it as stored.

        Raises DuplicateError for a key that another record has.
        """
        with self._file.write() as db:
            row = self._to_row(record)
            known = self._snapshot(db, [row["id"]]) if row["id"] else []
            self._put(db, [self._stamped(row, known[0] if known else None)])
            id = row["id"] or int(db.execute("SELECT last_insert_rowid()").fetchone()[0])
            self._changed(db, [id])
            return self._fetch(db, "id = ?", [id])[0]

    def delete(self, ids: Iterable[int]) -> UndoToken:
        """Delete the records that are there and return what `restore` needs to bring them back."""
        with self._file.write() as db:
            before = self._snapshot(db, list(ids))
            found = [row["id"] for row in before]
            self._remove(db, found)
            self._changed(db, found)
        return UndoToken(self.table, tuple(found), tuple(before))

    def restore(self, token: UndoToken) -> UndoToken:
        """Undo a change, ids and times included, and return the token that does it again.

        Raises DuplicateError if a key was given to another record since.
        """
        if token.table != self.table:
            raise ValueError(f"a token of {token.table} can't be undone in {self.table}")
        with self._file.write() as db:
            now = self._snapshot(db, list(token.ids))
            self._remove(db, list(token.ids))
            self._put(db, list(token.before))
            self._changed(db, list(token.ids))
        return UndoToken(self.table, token.ids, tuple(now))

    # -- rows --------------------------------------------------------------------------------------------------

    def _stamped(self, row: Row, known: Row | None) -> Row:
        now = timestamp()
        return row | {"created": known["created"] if known else now, "changed": now}

    def _complete(self, db: Database, rows: list[Row]) -> list[Row]:  # noqa: ARG002 (for those that need it)
        """Rows with what other tables hold of them."""
        return rows

    def _snapshot(self, db: Database, ids: Sequence[int]) -> list[Row]:
        rows = list(db.query(f"SELECT * FROM {self.table} WHERE {_AMONG}", [json.dumps(list(ids))]))
        return self._complete(db, rows)

    def _remove(self, db: Database, ids: Sequence[int]) -> None:
        db.execute(f"DELETE FROM {self.table} WHERE {_AMONG}", [json.dumps(list(ids))])

    def _put(self, db: Database, rows: Sequence[Row]) -> None:
        """Insert rows, or put them in place of those with their ids (an id of 0 is given by SQLite)."""
        if not rows:
            return
        columns = [name for name in rows[0] if name != "lines"]
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
        sql = (
            f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES (nullif(:id, 0), "
            f"{', '.join(f':{name}' for name in columns if name != 'id')}) ON CONFLICT(id) DO UPDATE SET {changes}"
        )
        try:
            for row in rows:
                db.conn.execute(sql, row)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            raise DuplicateError(self._duplicate(row)) from None

    def _changed(self, db: Database, ids: Sequence[int]) -> None:
        """Called inside the transaction of every change."""


_AMONG = "id IN (SELECT value FROM json_each(?))"


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
