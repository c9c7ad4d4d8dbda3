"""How long a text is against what is allowed, counted as typed."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from .. import theme
from ..i18n import tr


class Counter(QLabel):
    """ "42 / 75", red past the limit. `note` follows in the same line ("2 SMS")."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, role="muted")

    def show_count(self, count: int, limit: int | None = None, note: str = "") -> None:
        over = limit is not None and count > limit
        text = f"{count}" if limit is None else f"{count} / {limit}"
        if over:
            text += " · " + tr("{n} too many").format(n=count - (limit or 0))
        self.setText(f"{text} · {note}" if note else text)
        theme.set_role(self, role="danger" if over else "muted")
