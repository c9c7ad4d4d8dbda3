import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from desktop.drafting.results import Flag
from desktop.shop.records import SavedReply
from desktop.ui.widgets.ghost_text import GhostText
from desktop.ui.widgets.shortcut_text import ShortcutText

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(qtbot):
    """An editor with a field after it, on the screen."""
    page = QWidget()
    qtbot.addWidget(page)
    page.editor, page.next = GhostText(), QLineEdit()
    layout = QVBoxLayout(page)
    layout.addWidget(page.editor)
    layout.addWidget(page.next)
    page.show()
    page.activateWindow()
    page.editor.setFocus()
    qtbot.waitUntil(page.editor.hasFocus)
    return page


@pytest.fixture
def editor(page):
    return page.editor


def shown(editor):
    """What the layouts of the paragraphs show besides the text."""
    document = editor.document()
    blocks = [document.findBlockByNumber(i) for i in range(document.blockCount())]
    return [block.layout().preeditAreaText() for block in blocks]


def type_and_suggest(qtbot, editor, text="It runs ", ghost="for 12 hours."):
    qtbot.keyClicks(editor, text)
    editor.show_ghost(ghost)
    assert shown(editor)[-1] == ghost


def test_tab_takes_the_suggestion_and_without_one_leaves_the_field(qtbot, page, editor):
    type_and_suggest(qtbot, editor)
    assert editor.text() == "It runs "  # it is no part of the text
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert (editor.text(), editor.ghost, shown(editor)) == ("It runs for 12 hours.", "", [""])
    assert editor.hasFocus() and editor.textCursor().atEnd()
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert page.next.hasFocus()
    assert editor.text() == "It runs for 12 hours."


def test_shift_tab_goes_back_and_takes_nothing(qtbot, editor):
    type_and_suggest(qtbot, editor)
    qtbot.keyClick(editor, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert editor.text() == "It runs "
    assert editor.ghost == ""


@pytest.mark.parametrize("modifier", [CTRL, ALT])
def test_a_word_at_a_time(qtbot, editor, modifier):
    type_and_suggest(qtbot, editor, "It runs", " for 12 hours.")
    for text, rest in (
        ("It runs for", " 12 hours."),
        ("It runs for 12", " hours."),
        ("It runs for 12 hours.", ""),
    ):
        qtbot.keyClick(editor, Qt.Key.Key_Right, modifier)
        assert (editor.text(), editor.ghost) == (text, rest)


def test_esc_hides_it_and_goes_on_to_the_window_without_one(qtbot, editor):
    type_and_suggest(qtbot, editor)
    escape = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    escape.ignore()
    QApplication.sendEvent(editor, escape)
    assert escape.isAccepted()  # so that the window's own Esc does not stop a draft
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert (editor.text(), editor.ghost, shown(editor)) == ("It runs ", "", [""])
    escape.ignore()
    QApplication.sendEvent(editor, escape)
    assert not escape.isAccepted()


def test_typing_that_agrees_keeps_the_rest_and_other_typing_drops_it(qtbot, editor):
    type_and_suggest(qtbot, editor)
    qtbot.keyClicks(editor, "for ")
    assert (editor.ghost, shown(editor)) == ("12 hours.", ["12 hours."])
    qtbot.keyClicks(editor, "3")
    assert (editor.ghost, shown(editor)) == ("", [""])
    assert editor.text() == "It runs for 3"


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Backspace, Qt.Key.Key_Return])
def test_moving_and_deleting_drop_it(qtbot, editor, key):
    type_and_suggest(qtbot, editor)
    qtbot.keyClick(editor, key)
    assert editor.ghost == ""
    assert set(shown(editor)) == {""}


def test_a_click_another_text_and_leaving_drop_it(qtbot, page, editor):
    type_and_suggest(qtbot, editor)
    qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=editor.cursorRect().center())
    assert (editor.ghost, shown(editor)) == ("", [""])
    editor.show_ghost("for 12 hours.")
    editor.set_text("Another text")
    assert (editor.ghost, shown(editor)) == ("", [""])
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.show_ghost(" here")
    page.next.setFocus()
    assert (editor.ghost, shown(editor)) == ("", [""])


def test_taking_it_is_one_step_of_undo(qtbot, editor):
    type_and_suggest(qtbot, editor)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    editor.undo()
    assert editor.text() == "It runs "
    editor.redo()
    assert editor.text() == "It runs for 12 hours."


def test_showing_it_changes_nothing_but_the_picture(qtbot, editor):
    qtbot.keyClicks(editor, "It runs ")
    heard = []
    for signal in (editor.edited, editor.textChanged, editor.document().contentsChange, editor.wanted):
        signal.connect(lambda *_: heard.append(1))
    steps = editor.document().availableUndoSteps()
    editor.show_ghost("for 12 hours.")
    editor.hide_ghost()
    assert heard == []
    assert editor.document().availableUndoSteps() == steps
    editor.show_ghost("for 12 hours.")
    editor.selectAll()
    editor.copy()
    assert QApplication.clipboard().text() == "It runs "


def test_taking_it_is_an_edit_by_the_seller(qtbot, editor):
    type_and_suggest(qtbot, editor)
    with qtbot.waitSignal(editor.edited) as edited:
        qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert edited.args == ["It runs for 12 hours."]


def test_it_is_wanted_after_each_change_that_leaves_none(qtbot, editor):
    wanted = []
    editor.wanted.connect(lambda: wanted.append(editor.text()))
    qtbot.keyClicks(editor, "It")
    assert wanted == ["I", "It"]
    editor.show_ghost(" runs well")
    qtbot.keyClicks(editor, " r")
    assert wanted == ["I", "It"]
    qtbot.keyClicks(editor, "e")
    assert wanted[2:] == ["It re"]
    editor.set_text("Not by the seller")
    assert len(wanted) == 3


def test_only_at_the_end_of_a_line(qtbot, editor):
    editor.set_text("First line\nSecond line")
    assert editor.before_cursor() == ""  # the cursor stands before "First"
    editor.moveCursor(QTextCursor.MoveOperation.EndOfLine)
    assert editor.before_cursor() == "First line"
    editor.show_ghost(" goes on")
    assert shown(editor) == [" goes on", ""]
    editor.moveCursor(QTextCursor.MoveOperation.Left)
    editor.show_ghost(" goes on")
    assert (editor.ghost, shown(editor)) == ("", ["", ""])
    editor.selectAll()
    assert editor.before_cursor() == ""


def test_not_where_a_screen_reader_would_not_tell_of_it(editor, qtbot, monkeypatch):
    qtbot.keyClicks(editor, "It runs ")
    monkeypatch.setattr(QAccessible, "isActive", staticmethod(lambda: True))
    editor.show_ghost("for 12 hours.")
    assert editor.ghost == ""


def test_in_a_right_to_left_paragraph_the_words_come_from_the_left(qtbot, editor):
    editor.insertPlainText("مصباح ")
    editor.show_ghost("شمسي جديد")
    qtbot.keyClick(editor, Qt.Key.Key_Right, CTRL)
    assert (editor.text(), editor.ghost) == ("مصباح ", "")  # the cursor moved
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.show_ghost("شمسي جديد")
    qtbot.keyClick(editor, Qt.Key.Key_Left, CTRL)
    assert (editor.text(), editor.ghost) == ("مصباح شمسي", " جديد")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text() == "مصباح شمسي جديد"


def test_an_emoji_before_the_cursor_counts_as_one(qtbot, editor):
    editor.insertPlainText("🔥🔥 It runs ")
    editor.show_ghost("for 12 hours.")
    qtbot.keyClicks(editor, "for")
    assert editor.ghost == " 12 hours."
    assert editor.before_cursor() == "🔥🔥 It runs for"


def test_half_an_emoji_in_the_text_does_no_harm(qtbot, editor):
    editor.insertPlainText("\ud83d It runs ")
    editor.show_ghost("for 12 hours.")
    assert editor.ghost == "for 12 hours."


def test_an_input_method_is_not_disturbed(qtbot, editor):
    type_and_suggest(qtbot, editor)
    QApplication.sendEvent(editor, QInputMethodEvent("ni", []))
    assert editor.ghost == "" and shown(editor) == ["ni"]
    assert editor.before_cursor() == ""
    editor.show_ghost("for 12 hours.")
    assert shown(editor) == ["ni"]
    done = QInputMethodEvent()
    done.setCommitString("你")
    QApplication.sendEvent(editor, done)
    assert editor.text() == "It runs 你" and shown(editor) == [""]
    assert editor.before_cursor() == "It runs 你"


def test_what_an_input_method_commits_may_agree(qtbot, editor):
    type_and_suggest(qtbot, editor)
    commit = QInputMethodEvent()
    commit.setCommitString("for")
    QApplication.sendEvent(editor, commit)
    assert (editor.text(), editor.ghost, shown(editor)) == ("It runs for", " 12 hours.", [" 12 hours."])


def test_pasting_drops_it(qtbot, editor):
    type_and_suggest(qtbot, editor)
    pasted = QMimeData()
    pasted.setText("well.\nAnd long.")
    editor.insertFromMimeData(pasted)
    assert (editor.ghost, shown(editor)) == ("", ["", ""])


def test_marks_stay_on_their_words(qtbot, editor):
    qtbot.keyClicks(editor, "It runs 99 hours")
    editor.set_flags([Flag("text", 8, 10, "99", "not in the facts")])
    editor.show_ghost(" a day")
    assert [s.cursor.selectedText() for s in editor.extraSelections()] == ["99"]


def test_it_wraps_inside_the_editor(qtbot, editor):
    editor.setFixedWidth(160)
    type_and_suggest(qtbot, editor, ghost="for 12 hours and charges by USB or the sun")
    assert editor.document().firstBlock().layout().lineCount() > 1


def test_none_while_a_saved_reply_is_looked_for(qtbot):
    editor = ShortcutText(lambda reply: reply.text)
    qtbot.addWidget(editor)
    editor.set_replies([SavedReply("hours", "Hours", "We are open.")])
    editor.show()
    editor.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClicks(editor, "Hello ")
    assert editor.before_cursor() == "Hello "
    qtbot.keyClicks(editor, "/ho")
    assert editor.before_cursor() == ""
    editor._completer.popup().hide()
