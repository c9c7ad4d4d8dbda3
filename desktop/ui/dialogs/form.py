"""Labels above fields, and what is wrong with a field right under it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from .. import theme
from ..i18n import tr


class Form(QWidget):
    """Fields on a grid; `set_error` marks one and says what to type instead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MARGIN)
        self._grid.setVerticalSpacing(2)
        self._errors: dict[QWidget, str] = {}
        self._rows: dict[QWidget, int] = {}
        self._labels: dict[int, QLabel] = {}

    def add(self, label: str, field: QWidget, row: int, column: int = 0, span: int = 1) -> None:
        """Put `field` into the grid; each row of fields takes its label's line, its own and its error's."""
        caption = QLabel(label)
        caption.setBuddy(field)
        theme.set_role(caption, role="heading")
        if not field.accessibleName():
            field.setAccessibleName(label.replace("&", ""))
        self._errors[field], self._rows[field] = "", row
        self._grid.addWidget(caption, row * 3, column, 1, span)
        self._grid.addWidget(field, row * 3 + 1, column, 1, span)
        self._grid.setColumnStretch(column, 1)
        if row not in self._labels:  # a narrow field's own column would be too narrow for a sentence
            line = self._labels[row] = QLabel()
            line.setWordWrap(True)
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.hide()
            theme.set_role(line, role="danger")
            self._grid.addWidget(line, row * 3 + 2, 0, 1, -1)

    def set_error(self, field: QWidget, text: str) -> None:
        """Say what is wrong with `field`; an empty text takes it back."""
        self._errors[field] = text
        row = self._rows[field]
        label = self._labels[row]
        label.setText(
            "\n".join(self._errors[f] for f, at in self._rows.items() if at == row and self._errors[f])
        )
        label.setVisible(bool(label.text()))
        field.setAccessibleDescription(text)
        theme.set_role(field, invalid=bool(text))

    def error(self, field: QWidget) -> str:
        return self._errors[field]

    @property
    def valid(self) -> bool:
        return not any(self._errors.values())

    def focus_first_error(self) -> None:
        for field, text in self._errors.items():
            if text:
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return


def scrolling(rows: QWidget, height: int) -> QScrollArea:
    """`rows` at the top of an area at least `height` high; Tab goes to what is in it."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 4, 0)
    column.addWidget(rows)
    column.addStretch()
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setMinimumHeight(height)
    area.setWidget(holder)
    return area


class EditorDialog(QDialog):
    """A window-modal editor: Save keeps the dialog open while a field is wrong.

    It lives until `deleteLater`, so that one closed by mistake can be opened again as it was.
    A subclass adds to `body` and overrides `check`, which marks wrong fields and answers whether all is well.
    """

    def __init__(self, title: str, parent: QWidget | None = None, *, save: str | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._at_first: list[str] | None = None
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.GAP)
        self.buttons = QDialogButtonBox()
        self.save_button = self.buttons.addButton(save or tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        theme.set_role(self.save_button, role="primary")
        self.buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(self.body, 1)
        layout.addWidget(self.buttons)

    def check(self) -> bool:
        return True

    @property
    def changed(self) -> bool:
        """True if a field is not as it was when the dialog was shown."""
        return self._texts() != self._at_first

    def _texts(self) -> list[str]:
        edits = [edit.text() for edit in self.findChildren(QLineEdit)]
        return [text for text in (*edits, *(e.toPlainText() for e in self.findChildren(QTextEdit))) if text]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._at_first is None:
            self._at_first = self._texts()

    def accept(self) -> None:
        if self.check():
            super().accept()
