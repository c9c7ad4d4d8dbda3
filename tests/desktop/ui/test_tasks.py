import gc
import subprocess
import sys
import threading
import time

import pytest
from PySide6.QtCore import QObject

from desktop.engine.contract import CancelToken
from desktop.ui.tasks import TaskManager


@pytest.fixture
def tasks(qtbot):
    manager = TaskManager()
    yield manager
    manager.close()
    assert not [t for t in threading.enumerate() if t.name.startswith(("draft", "store"))]


def test_results_arrive_on_the_main_thread(tasks, qtbot):
    seen = []
    tasks.run(
        lambda: threading.current_thread().name,
        lambda name: seen.append((name, threading.current_thread() is threading.main_thread())),
        lane="draft",
    )
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0].startswith("draft")
    assert seen[0][1]


def test_an_error_goes_to_on_error(tasks, qtbot):
    seen = []
    tasks.run(lambda: 1 // 0, lambda _: seen.append("done"), seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], ZeroDivisionError)


def test_an_error_that_nobody_takes_reaches_the_except_hook(tasks, qtbot):
    with qtbot.captureExceptions() as caught:
        handle = tasks.run(lambda: 1 // 0)
        qtbot.waitUntil(lambda: not handle.running)
    assert caught[0][0] is ZeroDivisionError


def test_a_slow_draft_does_not_hold_up_the_store(tasks, qtbot):
    go, seen = threading.Event(), []
    tasks.run(lambda: go.wait(5), lambda _: seen.append("draft"), lane="draft")
    tasks.run(lambda: None, lambda _: seen.append("store"), lane="store")
    qtbot.waitUntil(lambda: seen == ["store"])
    go.set()
    qtbot.waitUntil(lambda: seen == ["store", "draft"])


def test_callbacks_of_a_deleted_owner_are_dropped(tasks, qtbot):
    owner, go, seen = QObject(), threading.Event(), []
    handle = tasks.run(lambda: go.wait(5), seen.append, owner=owner)
    owner.deleteLater()
    qtbot.wait(20)
    go.set()
    qtbot.waitUntil(lambda: not handle.running)
    assert seen == []


def test_a_stream_is_thinned_but_its_newest_text_arrives_before_the_result(tasks, qtbot):
    seen = []

    def on_token(variant, text):
        seen.append((variant, text))

    stream = tasks.on_main(on_token)

    def job():
        for i in range(2000):
            stream(0, f"a{i}")
            stream(1, f"b{i}")
        return "end"

    tasks.run(job, lambda result: seen.append(result), lane="draft")
    qtbot.waitUntil(lambda: "end" in seen)
    assert seen[-1] == "end"
    assert (0, "a1999") in seen and (1, "b1999") in seen
    assert len(seen) < 400


def test_close_cancels_drafts_and_waits_but_finishes_what_is_to_be_saved(qtbot):
    manager, cancel, saved, seen = TaskManager(), CancelToken(), [], []

    def draft():
        while not cancel.cancelled:
            time.sleep(0.005)

    manager.run(draft, seen.append, lane="draft", cancel=cancel)
    manager.run(lambda: time.sleep(0.05), lane="store")
    manager.run(lambda: saved.append("edit"), seen.append, lane="store")
    manager.close()
    qtbot.wait(20)
    assert saved == ["edit"]
    assert seen == []
    with pytest.raises(RuntimeError):
        manager.run(lambda: None)


def test_a_long_day_of_signals_and_calls_does_not_use_up_true_and_none():
    code = (
        "from PySide6.QtCore import QCoreApplication, QObject, Signal\n"
        "import desktop.ui\n"
        "class Sender(QObject):\n"
        "    sent = Signal()\n"
        "app, sender = QCoreApplication([]), Sender()\n"
        "for _ in range(50_000): sender.sent.emit(), app.processEvents()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_widgets_in_cycles_die_on_the_windows_thread_though_a_worker_allocates(qtbot, tasks):
    died_on = []

    class Node(QObject):
        def __init__(self):
            super().__init__()
            self.me = self

        def __del__(self):
            died_on.append(threading.current_thread())

    def allocate():
        return len([[[]] for _ in range(200_000)])

    Node()
    with qtbot.waitSignal(tasks.busy_changed, check_params_cb=lambda busy: not busy):
        tasks.run(allocate)
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]  # makes a collection due
    qtbot.waitUntil(lambda: bool(died_on), timeout=5000)
    assert kept and died_on == [threading.main_thread()]


def test_python_collects_by_itself_again_once_no_work_can_begin(qtbot):
    first, second = TaskManager(), TaskManager()
    assert not gc.isenabled()
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()


def test_a_spare_job_gives_way_to_the_next_of_its_lane(tasks, qtbot):
    seen, begun = [], threading.Event()
    cancel = CancelToken()

    def wait():
        begun.set()
        while not cancel.cancelled:
            time.sleep(0.005)
        return "spare"

    tasks.run(wait, seen.append, lane="draft", cancel=cancel, spare=True)
    qtbot.waitUntil(begun.is_set)
    tasks.run(lambda: "store", seen.append, lane="store")
    qtbot.waitUntil(lambda: seen == ["store"])
    assert not cancel.cancelled
    tasks.run(lambda: "draft", seen.append, lane="draft")
    qtbot.waitUntil(lambda: not tasks.busy)
    assert seen == ["store", "draft"]  # nobody waits for what gave way


def test_a_spare_job_that_gave_way_is_not_begun(tasks, qtbot):
    go, seen = threading.Event(), []
    tasks.run(lambda: go.wait(5), lane="draft")
    for name in ("first", "second"):
        tasks.run(lambda name=name: seen.append(name), lane="draft", spare=True)
    go.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert seen == ["second"]


def test_a_lane_with_spare_jobs_only_is_free(tasks, qtbot):
    go = threading.Event()
    assert tasks.is_free("draft")
    tasks.run(lambda: go.wait(5), lane="draft", spare=True)
    assert tasks.is_free("draft")
    tasks.run(lambda: None, lane="draft")
    assert not tasks.is_free("draft") and tasks.is_free("store")
    go.set()
    qtbot.waitUntil(lambda: tasks.is_free("draft"))
