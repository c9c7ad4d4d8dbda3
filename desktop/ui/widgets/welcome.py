"""The first start: look around in a sample shop, or begin with one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.samples import SamplesError, load_samples
from desktop.store.errors import StoreError

from .. import theme
from ..i18n import tr
from ..tasks import TaskManager

if TYPE_CHECKING:
    from desktop.desk import Desk


class Welcome(QWidget):
    """`finished` names the page to go to; `failed` says why the samples could not be loaded."""

    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        picture, heading = QLabel(), QLabel(tr("Welcome to Stallhand"))
        picture.setPixmap(theme.icon("stallhand").pixmap(QSize(64, 64)))
        theme.set_role(heading, role="title")
        text = QLabel(
            tr(
                "It drafts listings, answers and offers from your own facts, on this computer and without the "
                "internet. You read, edit and copy; nothing is sent anywhere."
            )
        )
        theme.set_role(text, role="muted")
        text.setWordWrap(True)
        text.setFixedWidth(560)
        for label in (picture, heading, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sample_button = QPushButton(tr("Open the sample shop"))
        self.own_button = QPushButton(tr("Start with my own shop"))
        theme.set_role(self.sample_button, role="primary")
        for button in (self.sample_button, self.own_button):
            button.setAutoDefault(True)  # Enter presses it
        cards = QHBoxLayout()
        cards.setSpacing(theme.MARGIN)
        cards.addStretch()
        cards.addWidget(
            self._card(
                tr("Just looking"),
                tr("60 products and 300 orders of an invented shop, to try everything with."),
                self.sample_button,
            )
        )
        cards.addWidget(
            self._card(
                tr("My own shop"),
                tr("Enter the shop's name and policies, then import or type your products."),
                self.own_button,
            )
        )
        cards.addStretch()
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.MARGIN)
        layout.addStretch()
        layout.addWidget(picture)
        layout.addWidget(heading)
        words = QHBoxLayout()  # an aligned item of a column would not grow with its wrapped text
        words.addStretch()
        words.addWidget(text)
        words.addStretch()
        layout.addLayout(words)
        layout.addSpacing(theme.GAP)
        layout.addLayout(cards)
        layout.addStretch()
        self.sample_button.clicked.connect(self.open_samples)
        self.own_button.clicked.connect(lambda: self.finished.emit("settings"))
        self.setFocusProxy(self.sample_button)

    def _card(self, caption: str, text: str, button: QPushButton) -> QFrame:
        card, heading, words = QFrame(), QLabel(caption), QLabel(text)
        theme.set_role(card, role="card")
        card.setFixedWidth(290)
        theme.set_role(heading, role="heading")
        theme.set_role(words, role="muted")
        words.setWordWrap(True)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(theme.GAP)
        column.addWidget(heading)
        column.addWidget(words)
        column.addStretch()
        column.addWidget(button)
        return card

    def open_samples(self) -> None:
        """Load the sample shop into the store, off this thread."""
        self.sample_button.setEnabled(False)
        self.own_button.setEnabled(False)
        store, folder = self._desk.store, self._desk.resources / "samples"
        self._tasks.run(
            lambda: load_samples(store, folder),
            lambda _loaded: self.finished.emit("listings"),
            self._on_error,
            owner=self,
        )

    def _on_error(self, error: Exception) -> None:
        self.sample_button.setEnabled(True)
        self.own_button.setEnabled(True)
        if not isinstance(error, SamplesError | StoreError):
            raise error
        self.failed.emit(str(error))
