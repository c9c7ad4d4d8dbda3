"""What a place shows while there is nothing in it: why, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from .. import theme


class EmptyState(QWidget):
    """An icon, one line, an explanation and, with `action`, a button that emits `triggered`."""

    triggered = Signal()

    def __init__(
        self, icon: str, heading: str, text: str = "", action: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        picture = QLabel()
        picture.setPixmap(theme.icon(icon).pixmap(QSize(40, 40)))
        self._heading = QLabel(heading)
        theme.set_role(self._heading, role="heading")
        self._text = QLabel(text)
        theme.set_role(self._text, role="muted")
        self._button = QPushButton(action)
        self._button.setVisible(bool(action))
        self._button.clicked.connect(self.triggered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.GAP)
        layout.addStretch()
        for widget in (picture, self._heading, self._text):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(widget)
        self._text.setWordWrap(True)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()

    def say(self, heading: str, text: str = "") -> None:
        self._heading.setText(heading)
        self._text.setText(text)
