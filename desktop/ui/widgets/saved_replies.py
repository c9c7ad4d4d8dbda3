"""The texts that the seller uses again: find, put in, add, change, delete with undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.shop.records import SavedReply
from desktop.store.errors import StoreError

from .. import theme
from ..dialogs.saved_reply_editor import SavedReplyEditor
from ..i18n import tr
from ..models.direction import DirectionDelegate
from ..tasks import TaskManager
from ..undo import Undo
from .banner import Banner

if TYPE_CHECKING:
    from desktop.desk import Desk

SEARCH_DELAY_MS = 150


class _Replies(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.replies: list[SavedReply] = []

    def set_replies(self, replies: list[SavedReply]) -> None:
        self.beginResetModel()
        self.replies = replies
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.replies)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        reply = self.replies[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"/{reply.shortcut}   {reply.title}".rstrip()
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return reply.text
        return None


class SavedReplies(QWidget):
    """`inserted` carries a SavedReply to put into the editor, `changed` all of them after each change."""

    inserted = Signal(object)
    changed = Signal(list)

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._all: list[SavedReply] = []
        self._asked = 0
        self._select = 0
        caption = QLabel(tr("Saved replies"))
        theme.set_role(caption, role="heading")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search saved replies"))
        self.search.setAccessibleName(tr("Search saved replies"))
        self.search.setClearButtonEnabled(True)
        self.model = _Replies(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(DirectionDelegate(self.list))
        self.list.setAlternatingRowColors(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Saved replies; Enter puts one into your reply"))
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self.empty, role="muted")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.list)
        self.pages.addWidget(self.empty)
        self.insert_button = QPushButton(tr("Insert"))
        self.add_button = QPushButton(tr("New"))
        self.edit_button = QPushButton(tr("Edit"))
        self.delete_button = QPushButton(tr("Delete"))
        buttons = QGridLayout()
        for place, button in enumerate(
            (self.insert_button, self.add_button, self.edit_button, self.delete_button)
        ):
            theme.set_role(button, role="small")
            buttons.addWidget(button, place // 2, place % 2)
        self.banner = Banner()
        self.undoing = Undo(desk.store.replies, tasks, self.banner, self._on_error, self)
        self.undoing.changed.connect(self._on_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (caption, self.search, self.banner):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)
        column.addLayout(buttons)
        self._timer = QTimer(self, interval=SEARCH_DELAY_MS, singleShot=True)
        self._timer.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _: self._timer.start())
        self.search.returnPressed.connect(self.insert_current)
        self.list.activated.connect(lambda _: self.insert_current())
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_selection())
        self.insert_button.clicked.connect(self.insert_current)
        self.add_button.clicked.connect(lambda: self.edit(None))
        self.edit_button.clicked.connect(lambda: self.edit(self.current()))
        self.delete_button.clicked.connect(self.delete_current)
        for keys, target, call in (
            (QKeySequence(Qt.Key.Key_Delete), self.list, self.delete_current),
            (QKeySequence(QKeySequence.StandardKey.Undo), self, self.undoing.undo),
        ):
            shortcut = QShortcut(keys, target)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)
        self._show_selection()

    def reload(self) -> None:
        """Read all replies again; show those that the search finds."""
        self._timer.stop()
        self._asked += 1
        asked, text = self._asked, self.search.text()
        replies = self._desk.store.replies
        self._tasks.run(
            lambda: (replies.all(), replies.all(text)),
            lambda found: self._show(*found, asked, text),
            self._on_error,
            owner=self,
        )

    def shutdown(self) -> None:
        """No search begins any more."""
        self._timer.stop()

    def current(self) -> SavedReply | None:
        row = self.list.currentIndex().row()
        return self.model.replies[row] if 0 <= row < len(self.model.replies) else None

    def insert_current(self) -> None:
        reply = self.current()
        if reply is not None:
            self.inserted.emit(reply)

    def edit(self, reply: SavedReply | None, text: str = "") -> SavedReplyEditor:
        """Open the editor on `reply`, or on a new one that begins with `text`."""
        others = [other.shortcut for other in self._all if reply is None or other.id != reply.id]
        editor = SavedReplyEditor(reply or SavedReply("", "", text), others, self.window())
        editor.saved.connect(self._save)
        editor.finished.connect(editor.deleteLater)
        editor.open()
        return editor

    def delete_current(self) -> None:
        reply = self.current()
        if reply is not None:
            said = tr("/{shortcut} deleted.").format(shortcut=reply.shortcut)
            self.undoing.delete([reply.id], lambda _n: said)

    def _on_changed(self, back: tuple[int, ...]) -> None:
        self._select = back[0] if back else self._select
        self.reload()

    def _save(self, reply: SavedReply) -> None:
        def done(saved: SavedReply) -> None:
            self._select = saved.id
            self.banner.clear()
            self.reload()

        self._tasks.run(lambda: self._desk.store.replies.save(reply), done, self._on_error, owner=self)

    def _show(self, everything: list[SavedReply], found: list[SavedReply], asked: int, text: str) -> None:
        if asked != self._asked:
            return
        before = self.current()
        wanted = self._select or (before.id if before else 0)
        self._select = 0
        self._all = everything
        self.model.set_replies(found)
        self.changed.emit(everything)
        row = next((row for row, reply in enumerate(found) if reply.id == wanted), 0)
        if found:
            self.list.setCurrentIndex(self.model.index(row))
        self.empty.setText(
            tr("Nothing found.")
            if text.strip()
            else tr("Texts you send often. Type / and a shortcut in your reply to put one in.")
        )
        self.pages.setCurrentWidget(self.list if found else self.empty)
        self._show_selection()

    def _show_selection(self) -> None:
        for button in (self.insert_button, self.edit_button, self.delete_button):
            button.setEnabled(self.current() is not None)

    def _on_error(self, error: Exception) -> None:
        if not isinstance(error, (StoreError, ValueError)):
            raise error
        self.banner.say(str(error), "error")
