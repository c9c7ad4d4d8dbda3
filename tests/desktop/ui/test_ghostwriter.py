import threading

import pytest

from desktop.ui.ghostwriter import Ghostwriter
from desktop.ui.tasks import TaskManager
from desktop.ui.widgets.ghost_text import GhostText


class Slow:
    """A completion that waits until it is let go or cancelled, as the engine does between two tokens."""

    def __init__(self):
        self.begun, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.cancelled = False

    def __call__(self, cancel):
        self.begun.set()
        while not self.go.wait(0.005) and not cancel.cancelled:
            pass
        self.cancelled = cancel.cancelled
        self.ended.set()
        return "" if cancel.cancelled else "suggested"


@pytest.fixture
def tasks(qtbot):
    manager = TaskManager()
    yield manager
    manager.close()


@pytest.fixture
def editor(qtbot):
    editor = GhostText()
    qtbot.addWidget(editor)
    editor.show()
    editor.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    return editor


def test_a_pause_in_typing_asks_once_and_shows_the_answer(qtbot, editor, tasks):
    asked = []

    def prepare(before):
        asked.append(before)
        return lambda _cancel: "for 12 hours."

    Ghostwriter(editor, prepare, tasks)
    qtbot.keyClicks(editor, "It runs ")
    assert asked == []  # nothing while the seller types
    qtbot.waitUntil(lambda: editor.ghost == "for 12 hours.")
    assert asked == ["It runs "]


def test_a_newer_key_cancels_the_older_job(qtbot, editor, tasks):
    slow, asked = Slow(), []

    def prepare(before):
        asked.append(before)
        return slow if len(asked) == 1 else lambda _cancel: "second"

    Ghostwriter(editor, prepare, tasks)
    qtbot.keyClicks(editor, "a")
    qtbot.waitUntil(slow.begun.is_set)
    qtbot.keyClicks(editor, "b")
    qtbot.waitUntil(slow.ended.is_set)
    assert slow.cancelled
    qtbot.waitUntil(lambda: editor.ghost == "second")
    assert asked == ["a", "ab"]


def test_a_draft_does_not_wait_for_it(qtbot, editor, tasks):
    slow, seen = Slow(), []
    Ghostwriter(editor, lambda _before: slow, tasks)
    qtbot.keyClicks(editor, "a")
    qtbot.waitUntil(slow.begun.is_set)
    tasks.run(lambda: "draft", seen.append, lane="draft")
    qtbot.waitUntil(lambda: seen == ["draft"])
    assert slow.cancelled
    assert editor.ghost == ""


def test_nothing_is_asked_while_a_draft_is_written(qtbot, editor, tasks):
    go, asked = threading.Event(), []

    def prepare(before):
        asked.append(before)
        return lambda _cancel: "later"

    Ghostwriter(editor, prepare, tasks)
    tasks.run(lambda: go.wait(5), lane="draft")
    qtbot.keyClicks(editor, "a")
    qtbot.wait(400)
    assert asked == []
    go.set()
    qtbot.waitUntil(lambda: editor.ghost == "later")


def test_an_answer_for_another_place_is_not_shown(qtbot, editor, tasks):
    slow = Slow()
    Ghostwriter(editor, lambda _before: slow, tasks)
    qtbot.keyClicks(editor, "ab")
    qtbot.waitUntil(slow.begun.is_set)
    editor.moveCursor(editor.textCursor().MoveOperation.Left)
    slow.go.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert editor.ghost == ""


def test_nothing_to_go_on_from_asks_nothing(qtbot, editor, tasks):
    asked = []
    Ghostwriter(editor, lambda before: asked.append(before), tasks)
    qtbot.keyClicks(editor, "a")
    qtbot.waitUntil(lambda: asked == ["a"])  # None: nothing is to be suggested
    editor.selectAll()
    qtbot.keyClicks(editor, " ")
    qtbot.wait(300)
    assert asked == ["a"]
    assert not tasks.busy
