"""Asks for a suggestion when the seller pauses for a moment, and shows it if the text is still the same."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop.engine.contract import CancelToken

from .autosave import Debounce
from .tasks import TaskHandle, TaskManager
from .widgets.ghost_text import GhostText

#: A pause in typing: shorter than it takes to look up, longer than from key to key.
PAUSE_MS = 150

#: Gives what follows the text before the cursor; called on a worker.
Completion = Callable[[CancelToken], str]


class Ghostwriter(QObject):
    """`prepare(before)` is called on this thread, with the editor's text up to the cursor; it gives the job for a
    worker, or None where nothing is to be suggested.

    Jobs are spare ones of the lane that drafts: each gives way to the next, and to a draft. While a draft is written
    nothing is asked.
    """

    def __init__(
        self, editor: GhostText, prepare: Callable[[str], Completion | None], tasks: TaskManager
    ) -> None:
        super().__init__(editor)
        self._editor = editor
        self._prepare = prepare
        self._tasks = tasks
        self._job: TaskHandle | None = None
        self._pause = Debounce(self._ask, PAUSE_MS, self)
        editor.wanted.connect(self._on_wanted)

    def _on_wanted(self) -> None:
        if self._job is not None:  # it is asked about an older text
            self._job.cancel()
            self._job = None
        self._pause.touch()

    def _ask(self) -> None:
        before = self._editor.before_cursor()
        if not before.strip():
            return
        if not self._tasks.is_free("draft"):
            self._pause.touch()
            return
        completion = self._prepare(before)
        if completion is None:
            return
        cancel = CancelToken()

        def show(text: str) -> None:
            if text and self._editor.before_cursor() == before:
                self._editor.show_ghost(text)

        self._job = self._tasks.run(
            lambda: completion(cancel), show, lane="draft", owner=self, cancel=cancel, spare=True
        )
