"""A line above the work that says what went wrong or what was done; never in the way, never modal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from .. import theme
from ..i18n import tr

Kind = Literal["info", "done", "warning", "error"]

DONE_MS = 6000


class Banner(QFrame):
    """Hidden until `say`. A "done" message goes by itself, unless it offers an action (Undo)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, role="banner", kind="info")
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._close = QPushButton("×")
        self._close.setAccessibleName(tr("Dismiss"))
        self._close.setFixedWidth(30)
        for button in (self._action, self._close):
            theme.set_role(button, role="flat")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._call: Callable[[], None] | None = None
        self._timer = QTimer(self, interval=DONE_MS, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self._action.clicked.connect(self._on_action)
        self._close.clicked.connect(self.hide)
        self.hide()

    def say(
        self, text: str, kind: Kind = "info", *, action: str = "", on_action: Callable[[], None] | None = None
    ) -> None:
        """Show `text` (plain). `action` names a button that calls `on_action` once and hides the banner."""
        self._label.setText(text)
        self._call = on_action
        self._action.setText(action)
        self._action.setVisible(bool(action))
        theme.set_role(self, kind=kind)
        self._timer.stop()
        if kind == "done" and not action:
            self._timer.start()
        self.show()

    def clear(self) -> None:
        self._timer.stop()
        self.hide()

    @property
    def text(self) -> str:
        """What is shown now; empty while hidden."""
        return self._label.text() if not self.isHidden() else ""

    def _on_action(self) -> None:
        call, self._call = self._call, None
        self.hide()
        if call is not None:
            call()
