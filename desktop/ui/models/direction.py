"""Right-to-left words in lists and labels read from their own side, whatever the window's direction is."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QLabel, QStyledItemDelegate, QStyleOptionViewItem


def direction_of(text: str, default: Qt.LayoutDirection) -> Qt.LayoutDirection:
    """The direction of the first strong character (Unicode's bidirectional algorithm, rules P2 and P3)."""
    isolated = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("LRI", "RLI", "FSI"):
            isolated += 1
        elif kind == "PDI":
            isolated = max(isolated - 1, 0)
        elif isolated:
            continue
        elif kind == "L":
            return Qt.LayoutDirection.LeftToRight
        elif kind in ("R", "AL"):
            return Qt.LayoutDirection.RightToLeft
    return default


def isolated(text: str) -> str:
    """`text` for use inside another: right-to-left words are kept from drawing what follows to their side."""
    rtl = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return f"\u2068{text}\u2069" if rtl else text


def set_label_text(label: QLabel, text: str) -> None:
    """Show the seller's or a customer's own words, as plain text."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setLayoutDirection(direction_of(text, label.layoutDirection()))


class DirectionDelegate(QStyledItemDelegate):
    """Paints each item in the direction of its own text."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.direction = direction_of(option.text, option.direction)
