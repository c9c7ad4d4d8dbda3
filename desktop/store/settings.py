"""Settings, and what is being typed, as JSON under a key."""

from __future__ import annotations

import json
import logging
from typing import Any, TypeVar

from .file import StoreFile
from .table import timestamp

T = TypeVar("T")
log = logging.getLogger(__name__)


class Settings:
    """Values that outlive the window. A stored value that can't be used counts as not set, never as an error."""

    table = "settings"

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def get(self, key: str, default: T) -> T:
        """The value of `key` if there is one of the same type as `default` (any type if that is None)."""
        with self._file.read() as db:
            row = db.execute(f"SELECT value FROM {self.table} WHERE key = ?", [key]).fetchone()
        if row is None:
            return default
        try:
            value = json.loads(row[0])
        except ValueError:
            value = None
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if default is not None and type(value) is not type(default):
            log.warning("the stored %s of %r can't be used; taking the default", self.table, key)
            return default
        return value  # type: ignore[no-any-return]

    def set(self, key: str, value: Any) -> None:
        """Keep `value` (anything JSON holds) under `key`; None takes it away."""
        with self._file.write() as db:
            if value is None:
                db.execute(f"DELETE FROM {self.table} WHERE key = ?", [key])
                return
            row = {"key": key, "value": json.dumps(value, ensure_ascii=False), "changed": timestamp()}
            db[self.table].upsert(row, pk="key")


class Scratch(Settings):
    """Autosave: what stands in the window's fields, so that a power cut loses nothing."""

    table = "scratch"

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default)
