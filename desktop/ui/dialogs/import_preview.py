"""What a file holds, shown before anything of it is taken over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QWidget,
)

from desktop.store.tables import RowError

from .. import theme
from ..i18n import tr, tr_n
from ..models.direction import DirectionDelegate
from .form import EditorDialog

#: More is not read by anyone in a preview.
PREVIEW_ROWS = 50
#: A file of 100,000 wrong rows must not make 100,000 table items; the count says how many there are.
SHOWN_ERRORS = 1000


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """`rows` are the first good rows under `headers`; `good` is how many there are in all.

    `noun` names them ("products"); `notes` are remarks such as which lines are left out and why.
    """

    file_name: str
    noun: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    good: int
    problems: tuple[RowError, ...] = ()
    notes: tuple[str, ...] = ()


class ImportPreview(EditorDialog):
    """`confirmed` is emitted when the seller takes the good rows over."""

    confirmed = Signal()

    def __init__(self, plan: ImportPlan, parent: QWidget | None = None) -> None:
        count = f"{plan.good:,}"
        label = (
            tr("Import {n} good rows").format(n=count)
            if plan.problems
            else tr("Import {n} {what}").format(n=count, what=plan.noun)
        )
        super().__init__(tr("Import from {file}").format(file=plan.file_name), parent, save=label)
        self.plan = plan
        self.save_button.setEnabled(plan.good > 0)
        self.summary = QLabel(summary_text(plan))
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.summary, role="heading")
        self.body.addWidget(self.summary)
        if plan.notes:
            notes = QLabel("\n".join(plan.notes))
            notes.setWordWrap(True)
            notes.setTextFormat(Qt.TextFormat.PlainText)
            theme.set_role(notes, role="muted")
            self.body.addWidget(notes)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.rows = _table(plan.headers, plan.rows)
        self.rows.setAccessibleName(tr("First rows of the file"))
        shown = len(plan.rows)
        self.tabs.addTab(self.rows, tr_n("First row", "First {n} rows", shown) if shown else tr("Rows"))
        problems = plan.problems[:SHOWN_ERRORS]
        self.problems = _table(
            (tr("Row"), tr("Column"), tr("What is wrong")),
            [(str(problem.row), problem.column, problem.message) for problem in problems],
        )
        self.problems.setAccessibleName(tr("Rows that can't be imported"))
        self.problems.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        several = (
            tr("Problems (first {n} of {all})")
            if len(problems) < len(plan.problems)
            else tr("Problems ({n})")
        )
        self.tabs.addTab(self.problems, several.format(n=f"{len(problems):,}", all=f"{len(plan.problems):,}"))
        self.tabs.setTabEnabled(1, bool(plan.problems))
        if plan.problems and not plan.rows:
            self.tabs.setCurrentIndex(1)
        self.body.addWidget(self.tabs, 1)
        self.resize(900, 520)

    def check(self) -> bool:
        if not self.plan.good:
            return False
        self.confirmed.emit()
        return True


def summary_text(plan: ImportPlan) -> str:
    good = tr("{n} {what} can be imported.").format(n=f"{plan.good:,}", what=plan.noun)
    if not plan.problems:
        return good
    wrong = len(plan.problems)
    left_out = tr_n(
        "{n} problem was found; its row is left out.",
        "{n} problems were found; their rows are left out.",
        wrong,
    )
    return f"{good} {left_out}"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    table = QTableWidget(len(rows), len(headers))
    table.setHorizontalHeaderLabels(list(headers))
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(
        Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    )
    table.horizontalHeader().setHighlightSections(False)
    table.setItemDelegate(DirectionDelegate(table))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            item = QTableWidgetItem(" ".join(text[:300].split()))
            item.setToolTip(text[:1000])
            table.setItem(y, x, item)
    table.resizeColumnsToContents()
    for x in range(len(headers)):
        table.setColumnWidth(x, min(table.columnWidth(x), 320))
    table.horizontalHeader().setStretchLastSection(True)
    return table
