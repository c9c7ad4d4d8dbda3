"""Which version this is, what it is made of, and under which licences."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop import __version__

from .. import theme
from ..i18n import tr


class AboutDialog(QDialog):
    """Licences: the texts in `folder`, one file for each part. It deletes itself when closed."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("About Stallhand"))
        self.resize(820, 540)
        intro = QLabel(
            tr(
                "Stallhand {version}, free software under the Apache License 2.0. Its window is made with Qt {qt}, "
                "used under the GNU LGPL 3; “Qt” below says where its source code is and how to put in your own. "
                "The parts and their licences:"
            ).format(version=__version__, qt=qVersion())
        )
        intro.setWordWrap(True)
        self.parts = QListWidget()
        self.parts.setAccessibleName(tr("Parts"))
        self.parts.setFixedWidth(210)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Licence"))
        self.text.setReadOnly(True)
        self._files = {path.stem: path for path in folder.glob("*.txt")}
        self.parts.currentTextChanged.connect(self._show)
        self.parts.addItems(sorted(self._files, key=str.casefold))
        found = self.parts.findItems("Qt", Qt.MatchFlag.MatchExactly)
        self.parts.setCurrentItem(found[0] if found else self.parts.item(0))
        row = QHBoxLayout()
        row.addWidget(self.parts)
        row.addWidget(self.text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(intro)
        layout.addLayout(row, 1)
        layout.addWidget(buttons)

    def _show(self, part: str) -> None:
        try:
            self.text.setPlainText(self._files[part].read_text(encoding="utf-8"))
        except OSError as error:
            self.text.setPlainText(tr("This text can't be read: {why}.").format(why=error.strerror))
