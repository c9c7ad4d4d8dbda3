"""Every draft that was made: found again, read, used again, copied, taken out into a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.shop.records import Draft, DraftState, Task
from desktop.store.exports import write_drafts

from .. import theme
from ..i18n import tr, tr_n
from ..models.columns import draft_columns, state_name, task_name, when_text
from ..models.direction import set_label_text
from ..models.draft_text import details_html, plain_text
from ..models.table import RecordTable
from ..tasks import TaskManager
from ..undo import Undo
from ..widgets.copy_button import CopyButton
from ..widgets.empty_state import EmptyState
from ..widgets.record_view import choose_row, make_table
from .base import Panel
from .records import SEARCH_DELAY_MS

if TYPE_CHECKING:
    from desktop.desk import Desk

#: Shown at once; "Show more" adds as many again.
PAGE = 500
EVERYTHING = 10**9
PANEL_OF_TASK = {
    Task.LISTING: "listings",
    Task.REPLY: "messages",
    Task.PROMOTION: "promotions",
    Task.PITCH: "cross_sell",
}


class HistoryPanel(Panel):
    """“Use again” asks the frame, by `open_requested`, for the panel that made the draft."""

    key = "history"
    title = "History"
    icon_name = "history"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._asked = 0
        self._limit = PAGE
        self.undoing = Undo(desk.store.drafts, tasks, self.banner, self._on_error, self)
        self.undoing.changed.connect(self._on_changed)
        self._select = 0
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search all drafts"))
        self.search.setAccessibleName(tr("Search all drafts"))
        self.search.setClearButtonEnabled(True)
        self.task = QComboBox()
        self.task.setAccessibleName(tr("Kind of draft"))
        self.task.addItem(tr("All kinds"), None)
        for task in Task:
            self.task.addItem(task_name(task), task)
        self.state = QComboBox()
        self.state.setAccessibleName(tr("State of the draft"))
        self.state.addItem(tr("Any state"), None)
        for state in DraftState:
            self.state.addItem(state_name(state), state)
        self.export_button = QPushButton(tr("Export…"))
        self.export_button.setToolTip(tr("Write what is found to a CSV, Excel or text file"))
        self.count = QLabel()
        theme.set_role(self.count, role="muted")
        top = QHBoxLayout()
        top.addWidget(self.heading())
        top.addStretch()
        top.addWidget(self.export_button)
        filters = QHBoxLayout()
        filters.addWidget(self.search, 1)
        filters.addWidget(self.task)
        filters.addWidget(self.state)
        filters.addWidget(self.count)
        self.model: RecordTable[Draft] = RecordTable(draft_columns(), self)
        self.table = make_table(self.model)
        self.table.setAccessibleName(tr("Drafts, newest first"))
        self.more_button = QPushButton(tr("Show more"))
        theme.set_role(self.more_button, role="flat")
        left = QWidget()
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 0, 0)
        left_column.addWidget(self.table, 1)
        left_column.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignCenter)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._build_details())
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([640, 420])
        self.empty = EmptyState(
            "history",
            tr("Nothing here yet"),
            tr(
                "Each listing, reply, promotion and pitch you draft is kept here with the facts it came from."
            ),
        )
        self.nothing_found = EmptyState(
            "search", tr("Nothing found"), tr("Try fewer words or other filters.")
        )
        self.pages = QStackedWidget()
        for page in (self.splitter, self.empty, self.nothing_found):
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(theme.GAP)
        layout.addLayout(top)
        layout.addWidget(self.banner)
        layout.addLayout(filters)
        layout.addWidget(self.pages, 1)
        self._connect()
        self._show_selection()

    def _build_details(self) -> QWidget:
        side = QWidget()
        self.about = QLabel()
        self.about.setWordWrap(True)
        theme.set_role(self.about, role="heading")
        self.when = QLabel()
        theme.set_role(self.when, role="muted")
        self.details = QTextBrowser()
        self.details.setOpenLinks(False)
        self.details.setAccessibleName(tr("The draft, its facts and what was offered"))
        self.reuse_button = QPushButton(tr("Use again"))
        theme.set_role(self.reuse_button, role="primary")
        self.copy_button = CopyButton(self._copy_text, small=False)
        self.delete_button = QPushButton(tr("Delete"))
        buttons = QHBoxLayout()
        for button in (self.reuse_button, self.copy_button, self.delete_button):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.GAP, 0, 0, 0)
        column.addWidget(self.about)
        column.addWidget(self.when)
        column.addWidget(self.details, 1)
        column.addLayout(buttons)
        return side

    def _connect(self) -> None:
        self._timer = QTimer(self, interval=SEARCH_DELAY_MS, singleShot=True)
        self._timer.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _: self._on_filter(wait=True))
        self.task.currentIndexChanged.connect(lambda _: self._on_filter())
        self.state.currentIndexChanged.connect(lambda _: self._on_filter())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_selection())
        self.table.doubleClicked.connect(lambda _: self.reuse())
        self.more_button.clicked.connect(self._show_more)
        self.reuse_button.clicked.connect(self.reuse)
        self.delete_button.clicked.connect(self.delete_selected)
        self.export_button.clicked.connect(self.choose_export)
        self.copy_button.copied.connect(self._on_copied)
        for keys, target, call in (
            (QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus),
            (QKeySequence(QKeySequence.StandardKey.Undo), self, self.undoing.undo),
            (QKeySequence(Qt.Key.Key_Delete), self.table, self.delete_selected),
            (QKeySequence(Qt.Key.Key_Return), self.table, self.reuse),
        ):
            shortcut = QShortcut(keys, target)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)

    # -- the frame's side --------------------------------------------------------------------------------------

    def activate(self) -> None:
        self.reload()

    def save_state(self) -> dict[str, Any]:
        return {
            "search": self.search.text(),
            "task": self.task.currentData() or "",
            "state": self.state.currentData() or "",
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        self.search.setText(str(state.get("search", "")))
        for box, key in ((self.task, "task"), (self.state, "state")):
            found = [i for i in range(box.count()) if box.itemData(i) == state.get(key)]
            box.setCurrentIndex(found[0] if found else 0)

    def open_item(self, item: object) -> None:
        """Show one draft."""
        if isinstance(item, Draft):
            self._select = item.id
            self.restore_state({})
            self.reload()

    def copy_all(self) -> None:
        self.copy_button.copy()

    def shutdown(self) -> None:
        self._timer.stop()

    # -- finding -----------------------------------------------------------------------------------------------

    def _on_filter(self, *, wait: bool = False) -> None:
        self._limit = PAGE
        if wait:
            self._timer.start()
        else:
            self.reload()
        self.state_changed.emit()

    def _show_more(self) -> None:
        self._limit += PAGE
        self.reload()

    def reload(self) -> None:
        self._timer.stop()
        self._asked += 1
        asked, limit = self._asked, self._limit
        text, task, state = self.search.text(), self.task.currentData(), self.state.currentData()
        current = self.current()
        self._select = self._select or (current.id if current else 0)
        self.tasks.run(
            lambda: self._find(text, task, state, limit),
            lambda found: self._show(found, asked, limit),
            self._on_error,
            owner=self,
        )

    def _find(self, text: str, task: Task | None, state: DraftState | None, limit: int) -> list[Draft]:
        """One more than `limit`, if there are so many, tells that there is more to show."""
        drafts = self.desk.store.drafts
        if state is None:
            return drafts.search(text, task, limit=limit + 1)
        found: list[Draft] = []
        offset = 0
        while len(found) <= limit:
            page = drafts.search(text, task, limit=PAGE, offset=offset)
            found += [draft for draft in page if draft.state == state]
            offset += PAGE
            if len(page) < PAGE:
                break
        return found[: limit + 1]

    def _show(self, found: list[Draft], asked: int, limit: int) -> None:
        if asked != self._asked:
            return
        more = len(found) > limit
        self.model.set_records(found[:limit])
        self.more_button.setVisible(more)
        shown = min(len(found), limit)
        self.count.setText(
            tr("the newest {n}").format(n=shown) if more else tr_n("{n} draft", "{n} drafts", shown)
        )
        row = self.model.row_of(self._select) if self._select else None
        self._select = 0
        if found:
            choose_row(self.table, row or 0)
        filtered = self.search.text().strip() or self.task.currentIndex() or self.state.currentIndex()
        self.pages.setCurrentWidget(
            self.splitter if found else self.nothing_found if filtered else self.empty
        )
        self.export_button.setEnabled(bool(found))
        self._show_selection()

    def selected(self) -> list[Draft]:
        return [self.model.record(index.row()) for index in self.table.selectionModel().selectedRows()]

    def current(self) -> Draft | None:
        chosen = self.selected()
        return chosen[0] if len(chosen) == 1 else None

    def _show_selection(self) -> None:
        chosen = self.selected()
        draft = chosen[0] if len(chosen) == 1 else None
        self.reuse_button.setEnabled(draft is not None)
        self.copy_button.setEnabled(draft is not None)
        self.delete_button.setEnabled(bool(chosen))
        if draft is None:
            self.details.clear()
            self.when.clear()
            self.about.setText(tr_n("{n} draft chosen", "{n} drafts chosen", len(chosen)) if chosen else "")
            return
        set_label_text(
            self.about,
            f"{task_name(draft.task)}: {draft.subject}" if draft.subject else task_name(draft.task),
        )
        moments = tr("Made {when}").format(when=when_text(draft.created))
        if draft.changed and draft.state != DraftState.DRAFT:
            moments += " · " + tr("changed {when}").format(when=when_text(draft.changed))
        self.when.setText(f"{state_name(draft.state)} · {moments}")
        self.details.setHtml(details_html(draft))

    # -- using -------------------------------------------------------------------------------------------------

    def _copy_text(self) -> str:
        draft = self.current()
        return plain_text(draft) if draft else ""

    def _on_copied(self, _text: str) -> None:
        draft = self.current()
        if draft is None:
            return
        self.tasks.run(
            lambda: self.desk.store.drafts.update(draft.id, approved=draft.text),
            self._on_updated,
            self._on_error,
            owner=self,
        )

    def _on_updated(self, draft: Draft) -> None:
        self.model.replace(draft)
        self._show_selection()

    def reuse(self) -> None:
        """Take the chosen draft up again in its own panel."""
        draft = self.current()
        if draft is not None:
            self.open_requested.emit(PANEL_OF_TASK[draft.task], draft)

    def delete_selected(self) -> None:
        self.undoing.delete(
            [draft.id for draft in self.selected()],
            lambda n: tr_n("{n} draft deleted.", "{n} drafts deleted.", n),
        )

    def _on_changed(self, back: tuple[int, ...]) -> None:
        self._select = back[0] if back else self._select
        self.reload()

    # -- export ------------------------------------------------------------------------------------------------

    def choose_export(self) -> None:
        dialog = QFileDialog(self, tr("Export the drafts"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        filters = {
            tr("Excel workbook (*.xlsx)"): "xlsx",
            tr("CSV table (*.csv)"): "csv",
            tr("Text (*.txt)"): "txt",
        }
        dialog.setNameFilters(list(filters))
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix(filters[name]))
        dialog.selectFile(tr("drafts"))
        dialog.fileSelected.connect(lambda name: self.export(Path(name)))
        dialog.open()

    def export(self, path: Path) -> None:
        """Write all that the filters find to `path`; its ending says which format."""
        text, task, state = self.search.text(), self.task.currentData(), self.state.currentData()

        def write() -> int:
            found = self._find(text, task, state, EVERYTHING)
            write_drafts(path, found)
            return len(found)

        def done(count: int) -> None:
            self.export_button.setEnabled(True)
            self.banner.say(
                tr_n("{n} draft written to {file}.", "{n} drafts written to {file}.", count).format(
                    file=path
                ),
                "done",
            )

        self.export_button.setEnabled(False)
        self.status_message.emit(tr("Writing {file}…").format(file=path.name))
        self.tasks.run(write, done, self._on_error, owner=self)

    def _on_error(self, error: Exception) -> None:
        self.export_button.setEnabled(True)
        super()._on_error(error)
