"""Any number of facts, a name and a value each; an empty row is always waiting at the end."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.shop.records import Fact

from .. import theme
from ..i18n import tr


class FactRows(QWidget):
    """`edited` is emitted when the seller changes a row. Enter goes to the next field, Alt+↑ and Alt+↓ move a row."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLineEdit, QLineEdit, QPushButton]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        for column, caption in enumerate((tr("Fact"), tr("Value"))):
            label = QLabel(caption)
            theme.set_role(label, role="muted")
            self._grid.addWidget(label, 0, column)
        self._quiet = False
        self._add()

    @property
    def fields(self) -> list[tuple[QLineEdit, QLineEdit]]:
        """The name's and the value's field of each row; the last row is empty."""
        return [(name, value) for name, value, _ in self._rows]

    def facts(self) -> tuple[Fact, ...]:
        """The rows that have a value."""
        pairs = ((name.text().strip(), value.text().strip()) for name, value, _ in self._rows)
        return tuple(Fact(name, value) for name, value in pairs if value)

    def set_facts(self, facts: Iterable[Fact]) -> None:
        self._quiet = True
        while self._rows:
            self._take(0)
        for fact in facts:
            self._add(fact)
        self._add()
        self._quiet = False

    def unfinished(self) -> str:
        """The name of the first fact without a value, or an empty text."""
        named = (name.text().strip() for name, value, _ in self._rows if not value.text().strip())
        return next(filter(None, named), "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        row = next((n for n, row in enumerate(self._rows) if self.focusWidget() in row), None)
        if row is None:
            super().keyPressEvent(event)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move(row, -1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextChild()
        else:
            super().keyPressEvent(event)

    def _move(self, row: int, by: int) -> None:
        """Swap a filled row with its neighbour; the cursor goes along."""
        to = row + by
        last = len(self._rows) - 1
        if not (0 <= to < last and row < last):
            return
        column = self._rows[row].index(self.focusWidget())
        self._quiet = True
        for here, there in zip(self._rows[row][:2], self._rows[to][:2], strict=True):
            mine, other = here.text(), there.text()
            here.setText(other)
            there.setText(mine)
        self._quiet = False
        self._rows[to][column].setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _add(self, fact: Fact | None = None) -> None:
        name, value = QLineEdit(fact.name if fact else ""), QLineEdit(fact.value if fact else "")
        name.setPlaceholderText(tr("run time"))
        value.setPlaceholderText(tr("12 hours"))
        remove = QPushButton("×")
        remove.setFixedWidth(30)
        theme.set_role(remove, role="flat")
        row = (name, value, remove)
        self._rows.append(row)
        place = self._grid.rowCount()
        for column, widget in enumerate(row):
            self._grid.addWidget(widget, place, column)
        before: QWidget | None = self._rows[-2][2] if len(self._rows) > 1 else None
        for widget in row:  # a row that comes later is still reached from the row above
            if before is not None:
                self.setTabOrder(before, widget)
            before = widget
        for field in (name, value):
            field.setCursorPosition(0)  # the beginning of a long value shows, not its end
            field.textChanged.connect(self._on_edited)
        remove.clicked.connect(lambda: self._remove(row))
        self._name_rows()

    def _name_rows(self) -> None:
        for number, (name, value, remove) in enumerate(self._rows, start=1):
            name.setAccessibleName(tr("Name of fact {n}").format(n=number))
            value.setAccessibleName(tr("Value of fact {n}").format(n=number))
            remove.setAccessibleName(tr("Remove fact {n}").format(n=number))
            remove.setVisible(number < len(self._rows))

    def _remove(self, row: tuple[QLineEdit, QLineEdit, QPushButton]) -> None:
        place = self._rows.index(row)
        self._take(place)
        self._rows[min(place, len(self._rows) - 1)][0].setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_rows()
        self.edited.emit()

    def _take(self, place: int) -> None:
        for widget in self._rows.pop(place):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _on_edited(self) -> None:
        name, value, _ = self._rows[-1]
        if name.text() or value.text():
            self._add()
        if not self._quiet:
            self.edited.emit()
