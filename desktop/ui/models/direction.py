"""Right-to-left words in lists and labels read from their own side, whatever the window's direction is."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QLabel, QStyledItemDelegate, QStyleOptionViewItem


def direction_of(text: str, default: Qt.LayoutDirection) -> Qt.LayoutDirection:
    """The direction of the first strong character (Unicode's bidirectional algorithm, rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return Qt.LayoutDirection.LeftToRight
        if kind in ("R", "AL"):
            return Qt.LayoutDirection.RightToLeft
    return default


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
        option.direction = direction_of(option.text, option.direction)  # type: ignore[attr-defined]
