"""Write or change a saved reply."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from desktop.shop.records import RecordError, SavedReply

from .. import theme
from ..i18n import tr
from ..widgets.flagged_text import FlaggedText
from .form import EditorDialog, Form


class SavedReplyEditor(EditorDialog):
    """`saved` carries the finished record; `taken` are shortcuts of other replies."""

    saved = Signal(object)

    def __init__(
        self, reply: SavedReply | None, taken: Collection[str] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Edit saved reply") if reply and reply.id else tr("New saved reply"), parent)
        self._reply = reply or SavedReply("", "", "")
        self._taken = {shortcut.casefold() for shortcut in taken}
        self.shortcut = QLineEdit(self._reply.shortcut)
        self.shortcut.setMaxLength(40)
        self.shortcut.setPlaceholderText(tr("delivery"))
        self.title = QLineEdit(self._reply.title)
        self.title.setMaxLength(120)
        self.text = FlaggedText(lines=7)
        self.text.set_text(self._reply.text)
        self.form = Form()
        self.form.add(tr("&Shortcut"), self.shortcut, 0)
        self.form.add(tr("&Title"), self.title, 0, 1)
        self.form.add(tr("Te&xt"), self.text, 1, 0, 2)
        hint = QLabel(
            tr(
                "Typing / and the shortcut in a reply puts this text in. {product}, {price} and {stock} are"
                " filled from the product; what is unknown stays open for you."
            )
        )
        hint.setWordWrap(True)
        theme.set_role(hint, role="muted")
        self.body.addWidget(self.form)
        self.body.addWidget(hint)
        self.resize(520, 360)

    def record(self) -> SavedReply:
        """Raises RecordError."""
        row = {
            "shortcut": self.shortcut.text(),
            "title": self.title.text(),
            "text": self.text.text(),
        }
        return replace(SavedReply.from_json(row), id=self._reply.id)

    def check(self) -> bool:
        shortcut = self.shortcut.text().strip().lstrip("/")
        wrong = ""
        if not shortcut or any(c.isspace() for c in shortcut):
            wrong = tr("Type one short word, such as delivery.")
        elif shortcut.casefold() in self._taken:
            wrong = tr("Another saved reply has this shortcut. Choose a different word.")
        self.form.set_error(self.shortcut, wrong)
        self.form.set_error(self.text, "" if self.text.text().strip() else tr("Type the text of the reply."))
        if not self.form.valid:
            self.form.focus_first_error()
            return False
        try:
            record = self.record()
        except RecordError as error:
            self.form.set_error(self.text, str(error))
            return False
        self.saved.emit(record)
        return True
