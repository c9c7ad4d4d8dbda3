"""A table of the seller's own records with search, editing, undo and import: products and orders alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.store.table import Saved, UndoToken
from desktop.store.tables import RowError

from .. import theme
from ..dialogs.form import EditorDialog
from ..dialogs.import_preview import PREVIEW_ROWS, ImportPlan, ImportPreview
from ..i18n import tr, tr_n
from ..models.table import Column, Record, RecordTable
from ..tasks import TaskManager
from ..undo import Undo
from ..widgets.empty_state import EmptyState
from ..widgets.record_view import make_table
from .base import Panel

if TYPE_CHECKING:
    from desktop.desk import Desk

R = TypeVar("R", bound=Record)
TABLE_FILES = ("csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "json", "jsonl", "gz")
SEARCH_DELAY_MS = 200
#: Selecting more rows one by one would hold up the window.
SELECTED_AT_MOST = 100


class Records(Protocol[R]):
    """What a table of the store offers."""

    def all(self, search: str = "") -> list[R]: ...
    def save(self, record: R) -> R: ...
    def save_many(self, records: Iterable[R]) -> Saved: ...
    def delete(self, ids: Iterable[int]) -> UndoToken: ...
    def restore(self, token: UndoToken) -> UndoToken: ...


@dataclass(frozen=True, slots=True)
class Words:
    """How a panel speaks of its records. `counted` takes a number: "3 products"."""

    new: str
    search: str
    several: str
    empty: str
    empty_hint: str
    deleted: Callable[[int], str]
    counted: Callable[[int], str]


class RecordsPanel(Panel, Generic[R]):
    """A subclass gives columns, words, an editor and how to read a file."""

    def __init__(
        self,
        desk: Desk,
        tasks: TaskManager,
        records: Records[R],
        columns: Sequence[Column[R]],
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, tasks, parent)
        self.records = records
        self.words = words
        self.undoing = Undo(records, tasks, self.banner, self._on_error, self)
        self.undoing.changed.connect(lambda ids: self.reload(ids[:SELECTED_AT_MOST]))
        self._asked = 0
        self._left: EditorDialog | None = None
        self._select: tuple[int, ...] = ()
        self.setAcceptDrops(True)

        self.search = QLineEdit()
        self.search.setPlaceholderText(words.search)
        self.search.setAccessibleName(words.search)
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(360)
        self.count = QLabel()
        theme.set_role(self.count, role="muted")
        self.add_button = QPushButton(tr("Add"))
        theme.set_role(self.add_button, role="primary")
        self.edit_button = QPushButton(tr("Edit"))
        self.delete_button = QPushButton(tr("Delete"))
        self.import_button = QPushButton(tr("Import…"))
        self.add_button.setToolTip(f"{words.new} (Ctrl+N)")
        self.import_button.setToolTip(tr("Import a CSV or Excel file; you can also drop one here"))
        top = QHBoxLayout()
        top.addWidget(self.heading())
        top.addStretch()
        for button in (self.add_button, self.edit_button, self.delete_button, self.import_button):
            top.addWidget(button)
        below = QHBoxLayout()
        below.addWidget(self.search, 1)
        below.addWidget(self.count)
        below.addStretch()

        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Progress of the import"))
        self.progress.setMaximumHeight(8)
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.model: RecordTable[R] = RecordTable(columns, self)
        self.table = make_table(self.model)
        self.table.setAccessibleName(tr(self.title))
        self.empty = EmptyState(self.icon_name, words.empty, words.empty_hint, tr("Import…"))
        self.nothing_found = EmptyState("search", tr("Nothing found"), tr("Try fewer or shorter words."))
        self.pages = QStackedWidget()
        for page in (self.table, self.empty, self.nothing_found):
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(theme.GAP)
        layout.addLayout(top)
        layout.addWidget(self.banner)
        layout.addWidget(self.progress)
        layout.addLayout(below)
        layout.addWidget(self.pages, 1)

        self._search_timer = QTimer(self, interval=SEARCH_DELAY_MS, singleShot=True)
        self._search_timer.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _text: self._search_timer.start())
        self.search.textChanged.connect(lambda _text: self.state_changed.emit())
        self.add_button.clicked.connect(lambda: self.edit(None))
        self.edit_button.clicked.connect(self.edit_current)
        self.delete_button.clicked.connect(self.delete_selected)
        self.import_button.clicked.connect(self.choose_file)
        self.empty.triggered.connect(self.choose_file)
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_selection())
        for keys, target, call in (
            (QKeySequence(QKeySequence.StandardKey.New), self, lambda: self.edit(None)),
            (QKeySequence(QKeySequence.StandardKey.Find), self, self._focus_search),
            (QKeySequence(QKeySequence.StandardKey.Undo), self, self.undoing.undo),
            (QKeySequence(Qt.Key.Key_Delete), self.table, self.delete_selected),
            (QKeySequence(Qt.Key.Key_Return), self.table, self.edit_current),
            (QKeySequence(Qt.Key.Key_Enter), self.table, self.edit_current),
        ):
            shortcut = QShortcut(keys, target)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)
        self._show_selection()

    # -- what a subclass gives ---------------------------------------------------------------------------------

    def make_editor(self, record: R | None) -> EditorDialog:
        """An editor whose signal `saved` carries the record."""
        raise NotImplementedError

    def read_file(self, path: Path) -> tuple[ImportPlan, list[R]]:
        """Called on a worker. Raises an error with a text for the seller if nothing of the file can be read."""
        raise NotImplementedError

    def plan(
        self, path: Path, records: Sequence[R], errors: Sequence[RowError], notes: Sequence[str]
    ) -> ImportPlan:
        """What `path` holds, as the preview shows it."""
        columns = self.model.columns
        return ImportPlan(
            path.name,
            self.words.several,
            tuple(column.title for column in columns),
            tuple(tuple(column.text(record) for column in columns) for record in records[:PREVIEW_ROWS]),
            len(records),
            tuple(errors),
            tuple(notes),
        )

    # -- showing -----------------------------------------------------------------------------------------------

    def activate(self) -> None:
        self.reload()

    def save_state(self) -> dict[str, Any]:
        return {"search": self.search.text()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.search.setText(str(state.get("search", "")))

    def shutdown(self) -> None:
        self._search_timer.stop()

    def reload(self, select: Sequence[int] = ()) -> None:
        """Read the records again and keep (or set) what is selected."""
        self._search_timer.stop()
        self._select = tuple(select) or self._select or tuple(record.id for record in self.selected())
        self._asked += 1
        asked, text = self._asked, self.search.text()
        self.tasks.run(
            lambda: self.records.all(text),
            lambda found: self._show(found, asked, text),
            self._on_error,
            owner=self,
        )

    def selected(self) -> list[R]:
        return [self.model.record(index.row()) for index in self.table.selectionModel().selectedRows()]

    def _show(self, found: list[R], asked: int, text: str) -> None:
        if asked != self._asked:  # an older search that came late
            return
        self.model.set_records(found)
        wanted, self._select = set(self._select), ()
        rows = [row for row, record in enumerate(found and self.model.records) if record.id in wanted]
        for row in rows:
            self.table.selectionModel().select(
                self.model.index(row, 0),
                QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
            )
        if rows:
            self.table.selectionModel().setCurrentIndex(
                self.model.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.table.scrollTo(self.model.index(rows[0], 0))
        page = self.table if found else self.nothing_found if text.strip() else self.empty
        self.pages.setCurrentWidget(page)
        self.count.setText(self.words.counted(len(found)) if found else "")
        self._show_selection()

    def _show_selection(self) -> None:
        count = len(self.table.selectionModel().selectedRows())
        self.edit_button.setEnabled(count == 1)
        self.delete_button.setEnabled(count > 0)

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_error(self, error: Exception) -> None:
        self.progress.hide()
        self.import_button.setEnabled(True)
        super()._on_error(error)

    # -- editing -----------------------------------------------------------------------------------------------

    def open_item(self, item: object) -> None:
        """Open the editor on a record of this panel; None only shows the table."""
        if item is not None:
            self.edit(item)  # type: ignore[arg-type]

    def edit(self, record: R | None) -> EditorDialog:
        editor = self.make_editor(record)
        editor.saved.connect(self._save)  # type: ignore[attr-defined]
        editor.accepted.connect(editor.deleteLater)
        editor.rejected.connect(lambda: self._on_left(editor))
        editor.open()
        return editor

    def _on_left(self, editor: EditorDialog) -> None:
        """A wrong Esc must not cost what was typed."""
        if not editor.changed:
            editor.deleteLater()
            return
        if self._left is not None and self._left is not editor:
            self._left.deleteLater()
        self._left = editor
        self.banner.say(
            tr("Your changes were not saved."), "warning", action=tr("Go on editing"), on_action=self._go_on
        )

    def _go_on(self) -> None:
        editor, self._left = self._left, None
        if editor is not None:
            editor.open()

    def edit_current(self) -> None:
        chosen = self.selected()
        if len(chosen) == 1:
            self.edit(chosen[0])

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.edit(self.model.record(index.row()))

    def _save(self, record: R) -> None:
        def done(saved: R) -> None:
            self.banner.clear()
            self.status_message.emit(tr("Saved."))
            self.reload([saved.id])

        def failed(error: Exception) -> None:
            self._on_error(error)
            self.edit(record)  # what was typed must not be lost

        self.tasks.run(lambda: self.records.save(record), done, failed, owner=self)

    def delete_selected(self) -> None:
        ids = [record.id for record in self.selected()]
        if not ids:
            return
        last = max(index.row() for index in self.table.selectionModel().selectedRows())
        self._select = tuple(record.id for record in self.model.records[last + 1 : last + 2])

        self.undoing.delete(ids, self.words.deleted)

    # -- import ------------------------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """Ask for a file without holding up the window."""
        dialog = QFileDialog(self, tr("Import {what}").format(what=self.words.several))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*.{ending}" for ending in TABLE_FILES)
        dialog.setNameFilters([tr("Tables ({patterns})").format(patterns=patterns), tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.import_file(Path(name)))
        dialog.open()

    def import_file(self, path: Path) -> None:
        """Read `path` on a worker, then show what it holds."""
        if not self.import_button.isEnabled():
            self.banner.say(tr("One import is still running. Wait for it, then try again."), "warning")
            return
        self.import_button.setEnabled(False)
        self._show_progress(tr("Reading {file}…").format(file=path.name))
        self.tasks.run(lambda: self.read_file(path), self._on_read, self._on_error, owner=self)

    def _show_progress(self, text: str) -> None:
        self.banner.say(text)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.status_message.emit(text)

    def _on_read(self, read: tuple[ImportPlan, list[R]]) -> None:
        plan, good = read
        self.progress.hide()
        self.banner.clear()
        self.preview = ImportPreview(plan, self)
        self.preview.confirmed.connect(lambda: self._import(good))
        self.preview.rejected.connect(lambda: self.import_button.setEnabled(True))
        self.preview.finished.connect(self.preview.deleteLater)
        self.preview.open()

    def _import(self, good: list[R]) -> None:
        self._show_progress(tr("Importing {what}…").format(what=self.words.counted(len(good))))

        def done(saved: Saved) -> None:
            self.progress.hide()
            self.import_button.setEnabled(True)
            parts = [tr_n("{n} added", "{n} added", saved.added)]
            if saved.updated:
                parts.append(tr_n("{n} updated", "{n} updated", saved.updated))
            if saved.unchanged:
                parts.append(tr_n("{n} already there", "{n} already there", saved.unchanged))
            text = tr("Import: {what}.").format(what=", ".join(parts))
            if len(saved.undo):
                self.undoing.offer(saved.undo, text)
            else:
                self.banner.say(text, "done")
                self.reload()

        self.tasks.run(lambda: self.records.save_many(good), done, self._on_error, owner=self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_table(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_table(event)
        if path is not None:
            event.acceptProposedAction()
            self.import_file(path)


def recognised(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Which of the file's columns stands for which field, where the names differ."""
    pairs = [f"“{header}” → {field}" for field, header in columns.items() if header.casefold() != field]
    return (tr("Columns taken as: {pairs}").format(pairs=", ".join(pairs)),) if pairs else ()


def _dropped_table(event: QDropEvent) -> Path | None:
    """The one table file that is dragged, if it is one."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower().lstrip(".") in TABLE_FILES else None
