"""A text to edit that shows what the facts don't back, what is still open, and how long it may be.

Marks are extra selections, not formats: they stay out of the undo history and move along as the seller types.
Flags and slots count characters as Python does; Qt counts UTF-16 units, so an emoji moves what follows it.
QPlainTextEdit can't start an Arabic paragraph at the right, so this is a QTextEdit that takes plain text only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextEdit, QToolTip, QWidget

from desktop.drafting.results import Flag, OpenSlot

from .. import theme
from ..i18n import tr

_WHY = 0x100001  # QTextFormat.UserProperty + 1: what the tooltip says


class FlaggedText(QTextEdit):
    """`edited` follows each change by the seller (not by `set_text`), with the new text.

    `single_line` refuses line breaks (a pasted one becomes a space), for titles.
    """

    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, single_line: bool = False, lines: int = 0) -> None:
        super().__init__(parent)
        self._single_line = single_line
        self._quiet = False
        self._flags: tuple[Flag, ...] = ()
        self._slots: tuple[OpenSlot, ...] = ()
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDefaultTextOption(option)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        if lines:
            self.set_visible_lines(lines)
        self.textChanged.connect(self._on_text_changed)

    def set_visible_lines(self, lines: int) -> None:
        """Fix the height to `lines` lines of text."""
        margins = 2 * int(self.document().documentMargin()) + 10
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + margins)

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str, *, undoable: bool = False) -> None:
        """Show `text` and drop the marks. With `undoable`, Ctrl+Z brings the former text back."""
        if self._single_line:
            text = " ".join(text.splitlines())
        self._quiet = True
        if undoable:
            cursor = QTextCursor(self.document())
            cursor.beginEditBlock()
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
            cursor.endEditBlock()
        else:
            self.setPlainText(text)
        self._quiet = False
        self.set_marks((), ())

    def set_flags(self, flags: Iterable[Flag]) -> None:
        """Underline `flags` (their `field` is not looked at; positions are of this text)."""
        self.set_marks(flags, self._slots)

    def set_open_slots(self, slots: Iterable[OpenSlot]) -> None:
        """Highlight places that only the seller can fill."""
        self.set_marks(self._flags, slots)

    def set_marks(self, flags: Iterable[Flag], slots: Iterable[OpenSlot]) -> None:
        self._flags, self._slots = tuple(flags), tuple(slots)
        units = _utf16_positions(self.text())
        now = theme.colors()
        wavy = QTextCharFormat()
        wavy.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wavy.setUnderlineColor(QColor(now.danger))
        wavy.setBackground(QColor(now.danger_soft))
        hole = QTextCharFormat()
        hole.setBackground(QColor(now.warning_soft))
        hole.setForeground(QColor(now.warning))
        selections = [
            self._selection(
                units, slot.start, slot.end, hole, tr("Fill this in: {what}").format(what=slot.label)
            )
            for slot in self._slots
        ]
        selections += [
            self._selection(units, flag.start, flag.end, wavy, flag.reason) for flag in self._flags
        ]
        self.setExtraSelections(selections)

    @property
    def flags(self) -> tuple[Flag, ...]:
        return self._flags

    @property
    def open_slots(self) -> tuple[OpenSlot, ...]:
        return self._slots

    def _selection(
        self, units: Sequence[int], start: int, end: int, style: QTextCharFormat, why: str
    ) -> QTextEdit.ExtraSelection:
        last = len(units) - 1
        selection = QTextEdit.ExtraSelection()
        style = QTextCharFormat(style)
        style.setProperty(_WHY, why)
        cursor = QTextCursor(self.document())
        cursor.setPosition(units[min(start, last)])
        cursor.setPosition(units[min(end, last)], QTextCursor.MoveMode.KeepAnchor)
        selection.cursor = cursor
        selection.format = style
        return selection

    def why_at(self, position: int) -> str:
        """What is wrong at `position` (in UTF-16 units, as Qt counts), or an empty text."""
        for selection in reversed(self.extraSelections()):
            cursor: QTextCursor = selection.cursor
            if cursor.selectionStart() <= position < cursor.selectionEnd():
                return str(selection.format.property(_WHY) or "")
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.viewport().mapFromGlobal(event.globalPos())
            cursor = self.cursorForPosition(place)
            why = self.why_at(cursor.position()) or self.why_at(max(cursor.position() - 1, 0))
            QToolTip.showText(event.globalPos(), why, self, QRect()) if why else QToolTip.hideText()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and (self._single_line or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.ignore()  # Ctrl+Enter belongs to the window: it drafts
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        self.textCursor().insertText(" ".join(text.splitlines()) if self._single_line else text)

    def _on_text_changed(self) -> None:
        if not self._quiet:
            self.edited.emit(self.text())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().lineSpacing() + 16)

    def sizeHint(self) -> QSize:
        return QSize(240, 3 * self.fontMetrics().lineSpacing() + 16)


def _utf16_positions(text: str) -> list[int]:
    """Where each character of `text` starts in UTF-16 units, and where the text ends."""
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if ord(character) > 0xFFFF else 1))
    return positions
