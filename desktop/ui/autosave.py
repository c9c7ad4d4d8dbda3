"""What is being typed is kept: a panel's state a second after each change, and a draft's text in the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer

from desktop.shop.records import Draft, DraftState
from desktop.store.errors import MissingRecord
from desktop.store.store import Store

DELAY_MS = 1000


class Debounce(QObject):
    """Calls `action` once, `delay_ms` after the last `touch()`; `flush()` calls it at once if it is due."""

    def __init__(
        self, action: Callable[[], None], delay_ms: int = DELAY_MS, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._action = action
        self._timer = QTimer(self, interval=delay_ms, singleShot=True)
        self._timer.timeout.connect(action)

    def touch(self) -> None:
        self._timer.start()

    @property
    def due(self) -> bool:
        return self._timer.isActive()

    def drop(self) -> None:
        self._timer.stop()

    def flush(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._action()


class HistoryEntry:
    """One draft's place in the history. Every method is called by the store's worker, one after the other.

    The entry is added at the first `save` if `draft` has no id yet, and again if the seller deleted it meanwhile,
    so that a text that is being worked on is never lost.
    """

    def __init__(self, store: Store, draft: Draft) -> None:
        self._store = store
        self.draft = draft

    @property
    def id(self) -> int:
        return self.draft.id

    def save(
        self,
        text: Mapping[str, str],
        approved: Mapping[str, str] | None = None,
        state: DraftState | None = None,
    ) -> Draft:
        """Keep the seller's text, and what was copied of it; `state` as in `Drafts.update`. Raises StoreError."""
        if not self.draft.id:
            self.draft = self._store.drafts.add(self.draft)
        try:
            self.draft = self._store.drafts.update(self.draft.id, text=text, approved=approved, state=state)
        except MissingRecord:
            self.draft = self._store.drafts.add(self.draft)
            self.draft = self._store.drafts.update(self.draft.id, text=text, approved=approved, state=state)
        return self.draft
