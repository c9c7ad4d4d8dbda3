"""Deleting without asking first: what was deleted can be taken back, from the banner or with Ctrl+Z."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from desktop.store.table import UndoToken

from .i18n import tr
from .tasks import TaskManager
from .widgets.banner import Banner


class Records(Protocol):
    """The part of a table of the store that this needs."""

    def delete(self, ids: Iterable[int]) -> UndoToken: ...
    def restore(self, token: UndoToken) -> UndoToken: ...


class Undo(QObject):
    """What was done to `records` in this session and can be undone, the newest first.

    `changed` follows each change with the ids that came back (none after a deletion). `on_error` takes what went
    wrong.
    """

    changed = Signal(tuple)

    def __init__(
        self,
        records: Records,
        tasks: TaskManager,
        banner: Banner,
        on_error: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._records = records
        self._tasks = tasks
        self._banner = banner
        self._on_error = on_error
        self._done: list[tuple[UndoToken, str]] = []

    def delete(self, ids: Iterable[int], words: Callable[[int], str]) -> None:
        """Delete `ids`; `words` says it of so many ("3 products deleted.")."""
        chosen = list(ids)
        if chosen:
            self._tasks.run(
                lambda: self._records.delete(chosen),
                lambda token: self.offer(token, words(len(token))),
                self._on_error,
                owner=self,
            )

    def offer(self, token: UndoToken, text: str) -> None:
        """Say what was done and offer to take it back."""
        self._done.append((token, text))
        self._banner.say(text, "done", action=tr("Undo"), on_action=self.undo)
        self.changed.emit(())

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        if not self._done:
            return
        token, text = self._done.pop()

        def done(_redo: UndoToken) -> None:
            self._banner.say(tr("Undone: {what}").format(what=text), "done")
            self.changed.emit(token.ids)

        def failed(error: Exception) -> None:
            self._done.append((token, text))
            self._on_error(error)

        self._tasks.run(lambda: self._records.restore(token), done, failed, owner=self)
