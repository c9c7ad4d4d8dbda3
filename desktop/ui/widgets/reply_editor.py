"""The reply as it will be sent: what is still open in it, what it is made of, and copying that asks for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.drafting.saved import open_slots
from desktop.shop.records import SavedReply

from .. import theme
from ..dialogs.fill_slots import FillSlotsDialog
from ..i18n import tr
from .chips import Chips
from .copy_button import CopyButton
from .shortcut_text import ShortcutText


class ReplyEditor(QWidget):
    """`edited` follows each change but `set_text`, `copied` a copy, `save_requested` the wish to use it again.

    `expand` gives the text to put in for a saved reply.
    """

    edited = Signal(str)
    copied = Signal(str)
    save_requested = Signal(str)

    def __init__(self, expand: Callable[[SavedReply], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._copy_anyway = ""
        self.editor = ShortcutText(expand)
        self.editor.setPlaceholderText(
            tr("Choose a reply above, or write your own. Type / and a shortcut for a saved reply.")
        )
        self.facts = Chips()
        self.remark = QLabel()
        self.remark.setWordWrap(True)
        theme.set_role(self.remark, role="muted")
        self.save_button = QPushButton(tr("Save for later use"))
        theme.set_role(self.save_button, role="flat")
        self.copy_button = CopyButton(self.text, tr("Copy reply"), allowed=self._may_copy, small=False)
        self.copy_button.setToolTip("Ctrl+Shift+C")
        foot = QHBoxLayout()
        foot.addWidget(self.remark, 1)
        foot.addWidget(self.save_button)
        foot.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(caption(tr("&Your reply"), self.editor))
        column.addWidget(self.editor, 1)
        column.addWidget(self.facts)
        column.addLayout(foot)
        self.editor.edited.connect(self._on_edited)
        self.save_button.clicked.connect(lambda: self.save_requested.emit(self.text()))
        self.copy_button.copied.connect(self.copied)
        self._show_marks()

    def text(self) -> str:
        return self.editor.text().strip()

    def set_text(self, text: str) -> None:
        """Show `text`; Ctrl+Z brings back what stood there."""
        self.editor.set_text(text, undoable=bool(self.editor.text()))
        self._show_marks()

    def show_facts(self, names: Iterable[str]) -> None:
        """Name the facts that the offered replies were made from."""
        self.facts.set_texts(tr("from: {fact}").format(fact=name.replace("_", " ")) for name in names)

    def _on_edited(self, text: str) -> None:
        self._show_marks()
        self.edited.emit(text)

    def _show_marks(self) -> None:
        text = self.editor.text()
        slots = open_slots(text)
        self.editor.set_open_slots(slots)
        self.copy_button.setEnabled(bool(text.strip()))
        self.save_button.setEnabled(bool(text.strip()))
        if slots:
            self.remark.setText(
                tr("Still open: {places}").format(places=", ".join(dict.fromkeys(s.label for s in slots)))
            )
        elif self.remark.text().startswith(tr("Still open: {places}").format(places="")):
            self.remark.clear()

    def _may_copy(self) -> bool:
        """True if nothing is open; else the seller is asked, and copying goes on from there."""
        text = self.text()
        if not open_slots(text) or text == self._copy_anyway:
            return True
        self.slots_dialog = FillSlotsDialog(text, parent=self)
        self.slots_dialog.filled.connect(self._on_filled)
        self.slots_dialog.finished.connect(self.slots_dialog.deleteLater)
        self.slots_dialog.open()
        return False

    def _on_filled(self, text: str) -> None:
        if text != self.text():
            self.set_text(text)
            self.edited.emit(text)
        self._copy_anyway = text
        self.copy_button.copy()
        self._copy_anyway = ""


def caption(text: str, field: QWidget) -> QLabel:
    """A heading above `field` that also names it."""
    label = QLabel(text)
    label.setBuddy(field)
    field.setAccessibleName(text.replace("&", ""))
    theme.set_role(label, role="heading")
    return label
