"""An editor that can show a suggestion in grey after the cursor.

The suggestion stands in the paragraph's layout as an input method's text does before it is taken, so it wraps and
reads in the text's own direction, and never is part of the document: not of what is saved, copied or undone, nor of
what a screen reader reads.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QWidget

from .. import theme
from .flagged_text import FlaggedText

_WORD = re.compile(r"\s*\S+")


class GhostText(FlaggedText):
    """Tab takes the whole suggestion, Ctrl+Right (Ctrl+Left in a right-to-left paragraph) its next word; Alt does as
    Ctrl. Esc hides it, typing that agrees with it keeps the rest, and anything else drops it.

    `wanted` follows each change by the seller that leaves no suggestion.
    """

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None, *, single_line: bool = False, lines: int = 0) -> None:
        super().__init__(parent, single_line=single_line, lines=lines)
        self._ghost = ""
        #: What stood before and after the cursor when the suggestion was last looked at.
        self._around = ("", "")
        self._composing = False
        self.cursorPositionChanged.connect(self._keep_or_drop)

    # -- the suggestion ----------------------------------------------------------------------------------------

    @property
    def ghost(self) -> str:
        """The suggestion that is shown; "" for none."""
        return self._ghost

    def before_cursor(self) -> str:
        """The text that a suggestion would go on from; "" where none may be shown: the cursor is not at the end of a
        line, or an input method or a screen reader is at work, which would not tell of it."""
        before, after = self._texts_around()
        at_end = not after or after.startswith("\n")
        usable = self.hasFocus() and not self.isReadOnly() and not self.textCursor().hasSelection()
        return before if at_end and usable and not self._composing and not QAccessible.isActive() else ""

    def show_ghost(self, text: str) -> None:
        """Show `text`, one line, after the cursor; dropped where `before_cursor` is empty."""
        self._ghost = text if self.before_cursor() else ""
        self._around = self._texts_around()
        self._lay_out()

    def hide_ghost(self) -> None:
        if self._ghost:
            self._ghost = ""
            self._lay_out()

    def _take(self, text: str) -> None:
        """Put the beginning of the suggestion into the text, as one step of undo."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.insertText(text)
        cursor.endEditBlock()
        self.ensureCursorVisible()

    def _keep_or_drop(self) -> None:
        """After any change of text or cursor: what was typed may be how the suggestion begins."""
        if not self._ghost:
            return
        (old_before, old_after), (before, after) = self._around, self._texts_around()
        typed = before[len(old_before) :]
        agrees = before.startswith(old_before) and after == old_after and self._ghost.startswith(typed)
        self._ghost = self._ghost[len(typed) :] if agrees and self.before_cursor() else ""
        self._around = (before, after)
        self._lay_out()

    def _texts_around(self) -> tuple[str, str]:
        units = self.text().encode("utf-16-le", "surrogatepass")
        at = 2 * self.textCursor().position()
        before, after = (part.decode("utf-16-le", "surrogatepass") for part in (units[:at], units[at:]))
        return before, after

    def _lay_out(self) -> None:
        """Bring the paragraphs' layouts up to date. The document itself does not change, and must not say so."""
        document, cursor = self.document(), self.textCursor()
        here = cursor.block()
        blocked = document.blockSignals(True)
        cursor.beginEditBlock()
        block = document.begin()
        while block.isValid():
            layout = block.layout()
            wanted = self._ghost if block == here else ""
            if not self._composing and layout.preeditAreaText() != wanted:
                layout.setPreeditArea(cursor.positionInBlock() if wanted else -1, wanted)
                layout.setFormats([_grey(cursor.positionInBlock(), wanted)] if wanted else [])
                document.markContentsDirty(block.position(), block.length())
            block = block.next()
        cursor.endEditBlock()
        document.blockSignals(blocked)

    # -- events ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if self._ghost and isinstance(event, QKeyEvent) and (text := self._taken_by(event)) is not None:
            if event.type() == QEvent.Type.ShortcutOverride:  # a window's shortcut would take the key
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(text) if text else self.hide_ghost()
                return True
        return super().event(event)

    def _taken_by(self, event: QKeyEvent) -> str | None:
        """How much of the suggestion the key takes: "" for Esc, which hides it; None for any other key."""
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not modifiers and key in (Qt.Key.Key_Tab, Qt.Key.Key_Escape):
            return self._ghost if key == Qt.Key.Key_Tab else ""
        from_right = self.textCursor().block().textDirection() == Qt.LayoutDirection.RightToLeft
        onward = Qt.Key.Key_Left if from_right else Qt.Key.Key_Right
        if key == onward and modifiers in (
            Qt.KeyboardModifier.ControlModifier,
            Qt.KeyboardModifier.AltModifier,
        ):
            word = _WORD.match(self._ghost)
            return word.group() if word else self._ghost
        return None

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if event.preeditString():
            self.hide_ghost()
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        self._keep_or_drop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide_ghost()
        super().mousePressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hide_ghost()
        super().focusOutEvent(event)

    def _on_text_changed(self) -> None:
        super()._on_text_changed()
        if self._quiet:
            self.hide_ghost()
            return
        self._keep_or_drop()
        if not self._ghost:
            self.wanted.emit()


def _grey(start: int, text: str) -> QTextLayout.FormatRange:
    span = QTextLayout.FormatRange()
    span.start, span.length = start, len(text.encode("utf-16-le")) // 2
    style = QTextCharFormat()
    style.setForeground(QColor(theme.colors().muted))
    span.format = style
    return span
