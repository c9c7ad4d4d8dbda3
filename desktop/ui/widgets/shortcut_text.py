"""An editor in which "/" and a shortcut put a saved reply in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QCompleter, QWidget

from desktop.shop.records import SavedReply

from .ghost_text import GhostText

_TYPED = re.compile(r"(?:^|(?<=\s))/(\S*)$")
_TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class ShortcutText(GhostText):
    """`expand` gives the text to put in for a saved reply (placeholders filled)."""

    def __init__(self, expand: Callable[[SavedReply], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._expand = expand
        self._replies: list[SavedReply] = []
        self._labels = QStringListModel(self)
        self._completer = QCompleter(self._labels, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.activated[QModelIndex].connect(self._on_activated)
        self._completer.popup().setAccessibleName("/")

    def set_replies(self, replies: Iterable[SavedReply]) -> None:
        self._replies = list(replies)
        self._labels.setStringList([f"/{reply.shortcut}   {reply.title}".rstrip() for reply in self._replies])

    @property
    def popup_visible(self) -> bool:
        return self._completer.popup().isVisible()

    def before_cursor(self) -> str:
        return "" if self._typed() is not None else super().before_cursor()

    def insert_reply(self, reply: SavedReply) -> None:
        """Put `reply` where the cursor is, in place of a shortcut that was begun."""
        cursor = self.textCursor()
        typed = self._typed()
        if typed is not None:
            cursor.movePosition(
                QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(typed) + 1
            )
        cursor.insertText(self._expand(reply))
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._completer.popup()
        if popup.isVisible():
            if event.key() in _TAKES:
                self._on_activated(popup.currentIndex())
                popup.hide()
                return
            if event.key() == Qt.Key.Key_Escape:
                popup.hide()
                return
        super().keyPressEvent(event)
        if event.text():
            self._offer()

    def _typed(self) -> str | None:
        """What stands between a "/" that begins a word and the cursor; None if there is none."""
        cursor = self.textCursor()
        before = cursor.block().text().encode("utf-16-le")[: 2 * cursor.positionInBlock()].decode("utf-16-le")
        found = _TYPED.search(before)
        return found[1] if found else None

    def _offer(self) -> None:
        popup = self._completer.popup()
        typed = self._typed()
        if typed is None or not self._replies:
            popup.hide()
            return
        self._completer.setCompletionPrefix(f"/{typed}")
        if not self._completer.completionCount():
            popup.hide()
            return
        popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        place = self.cursorRect()
        place.setWidth(min(360, self.width()))
        self._completer.complete(place)

    def _on_activated(self, index: QModelIndex) -> None:
        label = index.data()
        reply = next((r for r in self._replies if label and label.split()[0] == f"/{r.shortcut}"), None)
        if reply is not None:
            self.insert_reply(reply)
