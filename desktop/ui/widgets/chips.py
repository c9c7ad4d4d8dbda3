"""Short names in rounded boxes: the facts behind a text, or a basket from which products can be taken out."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from .. import theme
from ..i18n import tr
from ..models.direction import set_label_text
from .flow import FlowLayout

LONGEST = 48


class Chips(QWidget):
    """`removed` carries the place of the chip whose × was pressed (only with `removable`)."""

    removed = Signal(int)

    def __init__(self, *, removable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._removable = removable
        self._texts: tuple[str, ...] = ()
        self._layout = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def texts(self) -> tuple[str, ...]:
        return self._texts

    def set_texts(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)
        self._layout.clear()
        for place, text in enumerate(self._texts):
            self._layout.addWidget(self._chip(place, text))
        self.setVisible(bool(self._texts))
        self.updateGeometry()

    def _chip(self, place: int, text: str) -> QWidget:
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        if not self._removable:
            label = QLabel()
            set_label_text(label, short)
            label.setToolTip(text)
            theme.set_role(label, role="chip")
            return label
        button = QPushButton(f"{short.replace('&', '&&')}  ×")
        button.setToolTip(tr("Take “{what}” out").format(what=text))
        button.setAccessibleName(button.toolTip())
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.set_role(button, role="chip")
        button.clicked.connect(lambda: self.removed.emit(place))
        return button
