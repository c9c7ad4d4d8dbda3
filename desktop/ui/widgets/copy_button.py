"""A button that puts a text on the clipboard and says so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from .. import theme
from ..i18n import tr

SAY_COPIED_MS = 1500


class CopyButton(QPushButton):
    """Copies what `source()` gives when pressed; `copied` then carries the text.

    `allowed()` is asked first (for example to confirm copying with open slots); False copies nothing.
    """

    copied = Signal(str)

    def __init__(
        self,
        source: Callable[[], str],
        label: str | None = None,
        *,
        allowed: Callable[[], bool] = lambda: True,
        small: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._allowed = allowed
        self._label = label or tr("Copy")
        self._restore = QTimer(self, interval=SAY_COPIED_MS, singleShot=True)
        self._restore.timeout.connect(lambda: self.setText(self._label))
        self.setText(self._label)
        self.setIcon(theme.icon("copy"))
        if small:
            theme.set_role(self, role="small")
        self.clicked.connect(self.copy)

    def copy(self) -> bool:
        """Copy now; False if there was nothing to copy or it was not allowed."""
        text = self._source()
        if not text or not self._allowed():
            return False
        QGuiApplication.clipboard().setText(text)
        self.setText(tr("Copied"))
        self._restore.start()
        self.copied.emit(text)
        return True
