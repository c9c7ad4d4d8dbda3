"""F1: what each page is for and the keys that save time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from .. import theme
from ..dialogs.about import AboutDialog
from ..i18n import tr


def keys() -> tuple[tuple[str, str], ...]:
    return (
        ("Ctrl+1 … Ctrl+8", tr("Go to a page")),
        ("Ctrl+Enter", tr("Draft")),
        ("Esc", tr("Stop; what is written so far is kept")),
        ("Ctrl+Shift+C", tr("Copy the whole text")),
        ("Tab", tr("Take the words suggested in grey; Ctrl+→ takes one word, Esc hides them")),
        ("Ctrl+Z", tr("Undo in a text, also after Redraft")),
        ("Alt+↑ / Alt+↓", tr("Move a fact up or down")),
        ("F1", tr("This help")),
    )


class HelpDialog(QDialog):
    """Window-modal and small; it deletes itself when closed. `licences` is the folder that About shows."""

    def __init__(self, licences: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Help"))
        self.setMinimumWidth(520)
        intro = QLabel(
            tr(
                "Type what you know of a product or paste a customer's message, then press Draft. "
                "Every text is made from your own facts: what is not in them is underlined in red, and a place "
                "that only you can fill is marked in yellow. Nothing leaves this computer; you copy what you approve."
            )
        )
        intro.setWordWrap(True)
        table = QGridLayout()
        table.setHorizontalSpacing(theme.MARGIN)
        table.setColumnStretch(1, 1)
        for row, (key, what) in enumerate(keys()):
            label = QLabel(key)
            theme.set_role(label, role="heading")
            table.addWidget(label, row, 0)
            table.addWidget(QLabel(what), row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        about = buttons.addButton(tr("About and licences"), QDialogButtonBox.ButtonRole.ActionRole)
        about.clicked.connect(lambda: AboutDialog(licences, self).open())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(intro)
        layout.addLayout(table)
        layout.addWidget(buttons)
