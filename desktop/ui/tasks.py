"""Work off the window's thread, after the way of Anki's task manager.

Two lanes of one worker each: "draft" for whatever uses the language model (one text at a time is all a small
laptop can do) and "store" for the database, so that a slow draft never holds up what the seller saves.
Results come back on the window's thread through one queued signal. A callback whose owner is gone is dropped.
A spare job is one that nobody waits for: it gives way to whatever is handed in after it.

Python frees cycles on whichever thread happens to allocate, and Qt crashes if a widget dies on a worker. While a
TaskManager is open the automatic collection is therefore off, and a timer of the window's thread does its work.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, Literal, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from desktop.engine.contract import CancelToken

T = TypeVar("T")
Lane = Literal["draft", "store"]

#: Repaints a second of a text that streams in; more than this only burns a slow processor.
STREAM_HZ = 30
COLLECT_MS = 1000


class TaskHandle:
    """One job that was handed in. `cancel` is the token that the job itself looks at."""

    def __init__(self, cancel: CancelToken, lane: Lane = "store", *, spare: bool = False) -> None:
        self.cancel_token = cancel
        self.lane = lane
        self.spare = spare
        self._future: Future[Any] | None = None
        self._delivered = False

    @property
    def running(self) -> bool:
        """True until its result was delivered (waiting for a free worker counts as running)."""
        return not self._delivered

    @property
    def gave_way(self) -> bool:
        return self.spare and self.cancel_token.cancelled

    def cancel(self) -> None:
        """Ask the job to stop; what it has by then is still delivered to `on_done`."""
        self.cancel_token.cancel()


class TaskManager(QObject):
    """Make one for the window, `close()` it before the desk is closed."""

    busy_changed = Signal(bool)
    _posted = Signal(object)
    _open: ClassVar[int] = 0  # how many there are; the automatic collection comes back with the last one

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        TaskManager._open += 1
        gc.disable()
        self._collector = QTimer(self, interval=COLLECT_MS)
        self._collector.timeout.connect(collect_garbage)
        self._collector.start()
        self._lanes: dict[Lane, ThreadPoolExecutor] = {
            "draft": ThreadPoolExecutor(1, thread_name_prefix="draft"),
            "store": ThreadPoolExecutor(1, thread_name_prefix="store"),
        }
        self._handles: set[TaskHandle] = set()
        self._relays: dict[Callable[..., None], _Relay] = {}
        self._closed = False
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        job: Callable[[], T],
        on_done: Callable[[T], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        *,
        lane: Lane = "store",
        owner: QObject | None = None,
        cancel: CancelToken | None = None,
        spare: bool = False,
    ) -> TaskHandle:
        """Run `job` on a worker of `lane`; `on_done(result)` or `on_error(error)` follows on this thread.

        `job` must not touch a widget. `owner` is the widget that the callbacks belong to: once it is
        deleted they are not called. `cancel` is a token that `job` looks at; `TaskHandle.cancel()` and
        `close()` set it. A `spare` job is cancelled by the next job of its lane, spare or not; once cancelled
        it is not begun, and its callbacks are not called. An error nobody takes goes to sys.excepthook. Raises
        RuntimeError after `close()`.
        """
        if self._closed:
            raise RuntimeError("the task manager is closed")
        for other in self._handles:
            if other.spare and other.lane == lane:
                other.cancel()
        handle = TaskHandle(cancel or CancelToken(), lane, spare=spare)
        self._handles.add(handle)
        self.busy_changed.emit(True)

        def work() -> None:
            try:
                result = None if handle.gave_way else job()
            except Exception as error:
                failed = partial(self._finish, handle, owner, on_error or _raise, error)
                self._post(failed)
            else:
                self._post(lambda: self._finish(handle, owner, on_done, result))

        handle._future = self._lanes[lane].submit(work)
        return handle

    def on_main(
        self,
        callback: Callable[..., None],
        *,
        owner: QObject | None = None,
        key: Callable[..., Hashable] = lambda *args: args[:-1],
    ) -> Callable[..., None]:
        """A function for workers to call as often as they like; `callback` runs on this thread ≤ 30 times a
        second.

        Calls with the same `key(*args)` in between are dropped but the last: with the default key, an
        `on_token(variant, field, text so far)` keeps the newest text of each variant and field. The calls
        made before a job ended arrive before its `on_done`. Pass a method, not a new closure for each job:
        there is one relay for each `callback`.
        """
        relay = self._relays.get(callback)
        if relay is None:
            relay = self._relays[callback] = _Relay(callback, owner, key, self)
        return relay.offer

    @property
    def busy(self) -> bool:
        return bool(self._handles)

    def is_free(self, lane: Lane) -> bool:
        """True if `lane` has no job that somebody waits for."""
        return all(handle.spare or handle.lane != lane for handle in self._handles)

    def close(self) -> None:
        """Cancel drafts, let the store's jobs finish, wait for both. No callback is called after this."""
        if self._closed:
            return
        self._closed = True
        for handle in self._handles:
            handle.cancel()
        self._lanes["draft"].shutdown(wait=True, cancel_futures=True)
        self._lanes["store"].shutdown(wait=True)
        self._handles.clear()
        for relay in self._relays.values():
            relay.stop()
        self._relays.clear()
        self._collector.stop()
        TaskManager._open -= 1
        if not TaskManager._open:
            gc.enable()

    def _post(self, call: Callable[[], None]) -> None:
        if shiboken6.isValid(self):
            self._posted.emit(call)

    @Slot(object)
    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    def _finish(
        self, handle: TaskHandle, owner: QObject | None, callback: Callable[[Any], None] | None, value: Any
    ) -> None:
        for relay in self._relays.values():
            relay.flush()
        handle._delivered = True
        self._handles.discard(handle)
        self.busy_changed.emit(self.busy)
        if callback is not None and not handle.gave_way and _alive(owner):
            callback(value)


class _Relay(QObject):
    """Keeps the newest arguments of each key and hands them over at most STREAM_HZ times a second."""

    _wake = Signal()

    def __init__(
        self,
        callback: Callable[..., None],
        owner: QObject | None,
        key: Callable[..., Hashable],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._callback = callback
        self._owner = owner
        self._key = key
        self._lock = threading.Lock()
        self._newest: dict[Hashable, tuple[Any, ...]] = {}
        self._timer = QTimer(self, interval=1000 // STREAM_HZ, singleShot=True)
        self._timer.timeout.connect(self.flush)
        self._wake.connect(self._on_wake, Qt.ConnectionType.QueuedConnection)

    def offer(self, *args: Any) -> None:
        with self._lock:
            first = not self._newest
            self._newest[self._key(*args)] = args
        if first and shiboken6.isValid(self):
            self._wake.emit()

    @Slot()
    def _on_wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def flush(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, {}
        for args in newest.values():
            if _alive(self._owner):
                self._callback(*args)

    def stop(self) -> None:
        self._timer.stop()
        with self._lock:
            self._newest.clear()


def collect_garbage() -> None:
    """Collect the oldest generation that is due, as the interpreter does when it is left to itself."""
    due = zip(gc.get_count(), gc.get_threshold(), strict=True)
    generations = [generation for generation, (count, most) in enumerate(due) if count > most]
    if generations:
        gc.collect(generations[-1])


def _alive(owner: QObject | None) -> bool:
    return owner is None or shiboken6.isValid(owner)


def _raise(error: Exception) -> None:
    raise error
