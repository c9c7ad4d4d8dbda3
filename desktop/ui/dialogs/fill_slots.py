"""Asked before a reply with open places is copied: fill each of them, see the text, copy."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit, QWidget

from desktop.drafting.results import OpenSlot
from desktop.drafting.saved import fill_open, open_slots

from .. import theme
from ..i18n import tr
from ..widgets.flagged_text import FlaggedText
from .form import EditorDialog, Form


class FillSlotsDialog(EditorDialog):
    """`filled` carries the text to put into the editor and to copy; what was left empty stays "[label]"."""

    filled = Signal(str)

    def __init__(
        self, text: str, known: Mapping[str, str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Fill in before copying"), parent, save=tr("Fill in and copy"))
        self._text = text
        self.fields: dict[str, QLineEdit] = {}
        intro = QLabel(tr("The reply still has open places. What you type here goes in their place."))
        intro.setWordWrap(True)
        theme.set_role(intro, role="muted")
        form = Form()
        for row, label in enumerate(dict.fromkeys(slot.label for slot in open_slots(text))):
            field = QLineEdit((known or {}).get(label, ""))
            field.setMaxLength(300)
            form.add(label[:1].upper() + label[1:], field, row)
            field.textChanged.connect(self._show_preview)
            self.fields[label] = field
        caption = QLabel(tr("The reply"))
        theme.set_role(caption, role="heading")
        self.preview = FlaggedText()
        self.preview.setReadOnly(True)
        self.preview.setAccessibleName(tr("Preview of the reply"))
        for widget in (intro, form, caption, self.preview):
            self.body.addWidget(widget)
        self.as_it_is = self.buttons.addButton(
            tr("Copy as it is"), QDialogButtonBox.ButtonRole.DestructiveRole
        )
        self.as_it_is.setAutoDefault(False)
        self.as_it_is.clicked.connect(self._on_as_it_is)
        self.resize(520, 200 + 60 * min(len(self.fields), 5))
        self._show_preview()
        next(iter(self.fields.values())).setFocus()

    @property
    def open_slots(self) -> tuple[OpenSlot, ...]:
        """What would still be open in the text."""
        return open_slots(self.result_text())

    def result_text(self) -> str:
        values = {label: field.text().strip() for label, field in self.fields.items()}
        return fill_open(self._text, values)

    def check(self) -> bool:
        self.filled.emit(self.result_text())
        return True

    def _show_preview(self) -> None:
        text = self.result_text()
        self.preview.set_text(text)
        self.preview.set_open_slots(open_slots(text))
        self.save_button.setEnabled(not open_slots(text))

    def _on_as_it_is(self) -> None:
        self.filled.emit(self._text)
        self.done(self.DialogCode.Accepted)
