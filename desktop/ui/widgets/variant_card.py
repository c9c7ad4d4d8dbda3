"""One offered text as a card: it fills while the model writes and can then be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from .. import theme
from ..i18n import tr


class VariantCard(QFrame):
    """`chosen` carries the card's `index` when the seller takes it (click, Enter, or its button)."""

    chosen = Signal(int)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self._fields: dict[str, str] = {}
        self._ready = False
        theme.set_role(self, role="card", chosen=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._heading = QLabel(tr("Version {n}").format(n=index + 1))
        theme.set_role(self._heading, role="heading")
        self.setAccessibleName(self._heading.text())
        self._note = QLabel()
        theme.set_role(self._note, role="muted")
        self._body = QLabel()
        self._body.setWordWrap(True)
        self._body.setTextFormat(Qt.TextFormat.RichText)
        self._body.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._body)
        area.viewport().setAutoFillBackground(False)
        self._body.setAutoFillBackground(False)
        self._button = QPushButton(tr("Use this"))
        theme.set_role(self._button, role="small")
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Enter on the card does the same
        self._button.clicked.connect(self._choose)
        keep_room = self._button.sizePolicy()
        keep_room.setRetainSizeWhenHidden(True)
        self._button.setSizePolicy(keep_room)
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addStretch()
        head.addWidget(self._note)
        head.addWidget(self._button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        self.clear()

    def clear(self) -> None:
        self._fields = {}
        self._ready = False
        self._note.clear()
        self._button.hide()
        self.set_chosen(False)
        hint = tr("A version to choose stands here after Draft.")
        self._body.setText(f"<span style='color:{theme.colors().muted}'>{escape(hint)}</span>")

    def stream(self, field: str, text: str) -> None:
        """What `field` ("title", "bullets", "description" or "text") holds so far."""
        self._fields[field] = text
        self._note.setText(tr("Writing…"))
        self._show()

    def set_fields(self, fields: Mapping[str, str], note: str = "") -> None:
        """The finished text and a short remark ("2 to check"); it can be chosen now."""
        self._fields = dict(fields)
        self._ready = True
        self._note.setText(note)
        self._button.show()
        self._show()

    def set_chosen(self, chosen: bool) -> None:
        theme.set_role(self, chosen=chosen)
        self._button.setText(tr("In use") if chosen else tr("Use this"))

    @property
    def fields(self) -> dict[str, str]:
        return dict(self._fields)

    @property
    def ready(self) -> bool:
        return self._ready

    def _show(self) -> None:
        parts = []
        for field, text in self._fields.items():
            lines = [escape(line) for line in text.splitlines() if line.strip()]
            if field == "title":
                parts.append(f"<p dir='auto' style='margin:0 0 4px 0'><b>{' '.join(lines)}</b></p>")
            elif field == "bullets":
                parts += [f"<p dir='auto' style='margin:0 0 2px 0'>•&nbsp;{line}</p>" for line in lines]
            else:
                parts += [f"<p dir='auto' style='margin:4px 0 0 0'>{line}</p>" for line in lines]
        self._body.setText("".join(parts))

    def _choose(self) -> None:
        if self._ready:
            self.chosen.emit(self.index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._choose()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
            return
        super().keyPressEvent(event)
