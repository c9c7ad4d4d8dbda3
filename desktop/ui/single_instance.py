"""One window for one data folder: a second start asks the first to come to the front and ends.

The lock file decides (it is freed by the system if the program dies); the local socket only carries the wish.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

LOCK_FILE = "stallhand.lock"
_WAIT_MS = 2000


class SingleInstance(QObject):
    """`raise_requested` is emitted in the first instance when another was started over the same folder."""

    raise_requested = Signal()

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(data_dir / LOCK_FILE))
        self._lock.setStaleLockTime(0)  # a lock is stale only when its process is gone
        self._name = (
            "stallhand-" + hashlib.sha256(os.path.normcase(data_dir.resolve()).encode()).hexdigest()[:24]
        )
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """True if this is the first instance. If not, the first is asked to come to the front.

        A folder that can't be written to can't be locked either: it counts as ours, and opening the store then
        says what is wrong with it.
        """
        if not self._lock.tryLock(0):
            if self._lock.error() == QLockFile.LockError.LockFailedError:
                self._ask()
                return False
            return True
        QLocalServer.removeServer(self._name)  # left behind by a program that died
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Let another start have the folder. Safe to call twice."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _ask(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        socket.write(b"raise\n")
        sent = socket.waitForBytesWritten(_WAIT_MS)
        socket.disconnectFromServer()
        return sent

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raise_requested.emit()
