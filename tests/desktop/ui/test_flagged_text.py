from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCharFormat

from desktop.drafting.results import Flag, OpenSlot
from desktop.ui.widgets.flagged_text import FlaggedText


def marks(edit):
    return [(s.cursor.selectedText(), s.format.underlineStyle()) for s in edit.extraSelections()]


def test_flags_after_an_emoji_underline_the_right_word(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    text = "🔥🔥 lasts 99 hours"
    edit.set_text(text)
    start = text.index("99")
    edit.set_flags([Flag("title", start, start + 2, "99", "“99” is not in the facts.")])
    ((word, style),) = marks(edit)
    assert word == "99"
    assert style == QTextCharFormat.UnderlineStyle.WaveUnderline
    assert edit.why_at(len("🔥🔥 lasts 99".encode("utf-16-le")) // 2 - 1) == "“99” is not in the facts."
    assert edit.why_at(0) == ""


def test_marks_move_along_with_typing(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    edit.set_text("red lamp")
    edit.set_flags([Flag("title", 0, 3, "red", "no")])
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    qtbot.keyClicks(edit, "!")
    assert [word for word, _ in marks(edit)] == ["red"]


def test_open_slots_are_highlighted_with_what_to_fill(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    edit.set_text("It takes [delivery time].")
    edit.set_open_slots([OpenSlot(9, 24, "delivery time")])
    assert marks(edit)[0][0] == "[delivery time]"
    assert "delivery time" in edit.why_at(12)


def test_set_text_is_not_an_edit_and_can_be_undone_when_asked(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    edits = []
    edit.edited.connect(edits.append)
    edit.set_text("one")
    edit.set_text("two", undoable=True)
    assert edits == []
    edit.undo()
    assert edit.text() == "one"
    assert edits == ["one"]


def test_a_title_stays_on_one_line(qtbot):
    edit = FlaggedText(single_line=True)
    qtbot.addWidget(edit)
    qtbot.keyClicks(edit, "a")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.keyClicks(edit, "b")
    assert edit.text() == "ab"
    edit.set_text("a\nb")
    assert edit.text() == "a b"


def test_an_arabic_paragraph_starts_at_the_right(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    edit.resize(400, 200)
    edit.set_text("latin\nعربي")
    edit.show()
    edit.moveCursor(edit.textCursor().MoveOperation.Start)
    assert edit.cursorRect().x() < 30
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    edit.moveCursor(edit.textCursor().MoveOperation.StartOfBlock)
    assert edit.cursorRect().x() > 350


def test_pasted_formats_are_dropped(qtbot):
    edit = FlaggedText()
    qtbot.addWidget(edit)
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold")
    edit.insertFromMimeData(data)
    assert "font-weight:700" not in edit.toHtml()
    assert edit.text() == "bold"
