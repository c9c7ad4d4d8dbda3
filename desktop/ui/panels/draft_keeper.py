"""Keeps what a panel drafts in the history: the draft itself, each edit as it is typed, and that it was copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.shop.records import Draft, DraftState
from desktop.store.errors import StoreError

from ..autosave import Debounce, HistoryEntry
from ..tasks import TaskManager

if TYPE_CHECKING:
    from desktop.desk import Desk
    from desktop.store.store import Store

#: Long enough not to write at every key, short enough that a power cut costs no sentence.
AUTOSAVE_MS = 600


class DraftKeeper(QObject):
    """`failed` carries what went wrong in words for the seller; the text is written with the next edit."""

    failed = Signal(str)

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._entry: HistoryEntry | None = None
        self._template: Draft | None = None
        self._text: dict[str, str] = {}
        self._seed = -1
        self._later = Debounce(self.flush, AUTOSAVE_MS, self)

    def next_seed(self) -> int:
        """0, 1, 2 …, so that drafting again offers other words and a first draft is always the same."""
        self._seed += 1
        return self._seed

    @property
    def active(self) -> bool:
        """True while edits have a draft to go to."""
        return self._entry is not None or self._template is not None

    @property
    def draft(self) -> Draft | None:
        """The draft that edits go to, as last written; its id is 0 until the store has it."""
        return self._entry.draft if self._entry else None

    def adopt(self, draft: Draft) -> None:
        """Edits go to `draft`, which the history already has, from now on."""
        self.leave()
        self._entry = HistoryEntry(self._desk.store, draft)

    def start(self, draft: Draft) -> None:
        """Put a new draft into the history; edits go to it from now on."""
        self.leave()
        entry = self._entry = HistoryEntry(self._desk.store, draft)
        self._run(lambda: entry.save({}))

    def resume(self, draft: Draft) -> None:
        """Go on from a draft of the history. The old entry stays as it is: the first change makes a new one."""
        self.leave()
        self._template = replace(draft, id=0, state=DraftState.DRAFT, approved={}, created=None, changed=None)

    def edited(self, text: Mapping[str, str]) -> None:
        """The fields that the seller changed; written a moment later."""
        if self.active:
            self._text.update(text)
            self._later.touch()

    def chosen(self, text: Mapping[str, str]) -> None:
        """Another variant was taken as it was offered, which is no edit."""
        if self.active:
            self.flush()
            self._text.update(text)
            self._write({}, DraftState.DRAFT)

    def copied(self, text: Mapping[str, str]) -> None:
        """The fields that were copied as they stand."""
        self._text.update(text)
        self._write(text)

    def flush(self) -> None:
        """Write what is not yet written."""
        if self._text:
            self._write({})

    def leave(self) -> None:
        """The next edits belong to no draft yet."""
        self.flush()
        self._entry = self._template = None

    def _write(self, approved: Mapping[str, str], state: DraftState | None = None) -> None:
        self._later.drop()
        text, self._text = self._text, {}
        if self._template is not None:
            self._entry, self._template = HistoryEntry(self._desk.store, self._template), None
        entry = self._entry
        if entry is not None:
            self._run(lambda: entry.save(text, approved, state))

    def _run(self, job: Callable[[], Draft]) -> None:
        self._tasks.run(job, None, self._on_error, owner=self)

    def _on_error(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            raise error
        self.failed.emit(str(error))


def kept(store: Store, draft: Draft) -> tuple[Draft, StoreError | None]:
    """Add `draft` to the history. A full disk must not cost the seller the draft itself: it comes back as it was,
    with what went wrong."""
    try:
        return store.drafts.add(draft), None
    except StoreError as error:
        return draft, error
