"""The texts a seller uses again."""

from __future__ import annotations

from typing import ClassVar

from desktop.shop.records import SavedReply

from .table import RecordTable, Row
from .text import folded


class Replies(RecordTable[SavedReply]):
    """Saved replies by shortcut, which stands once (capitals aside)."""

    table: ClassVar[str] = "replies"
    order: ClassVar[str] = "shortcut COLLATE NOCASE, id"

    def by_shortcut(self, shortcut: str) -> SavedReply | None:
        """The reply for "/delivery" or "delivery"."""
        with self._file.read() as db:
            found = self._fetch(db, "shortcut = ?", [_shortcut(shortcut)])
        return found[0] if found else None

    def _to_row(self, record: SavedReply) -> Row:
        return {
            "id": record.id,
            "shortcut": _shortcut(record.shortcut),
            "title": record.title.strip(),
            "text": record.text,
            "search": folded((record.shortcut, record.title, record.text)),
        }

    def _from_row(self, row: Row) -> SavedReply:
        return SavedReply(row["shortcut"], row["title"], row["text"], row["id"])

    def _duplicate(self, row: Row) -> str:
        return f"The shortcut “/{row['shortcut']}” is already used by another reply. Choose another one."


def _shortcut(text: str) -> str:
    return text.strip().lstrip("/").strip()
