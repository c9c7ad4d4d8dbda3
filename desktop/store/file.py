"""The SQLite file itself: how it is opened, checked, backed up, shared between threads, and set aside when damaged.

One connection writes, under a lock; another one, opened read-only, reads. So a long import, which is one transaction
(all or nothing), holds up other writers but never a table or a search on the screen, and there are never two writers,
which SQLite before 3.51.3 does not survive for sure (sqlite.org/wal.html#walresetbug).
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from . import migrations
from .errors import (
    StoreClosed,
    StoreCorrupt,
    StoreForeign,
    StoreNewer,
    StoreReadOnly,
    explained,
    explained_sql,
)

#: How long to wait for another program (a virus scanner, the command line) to let go of the file, in ms.
BUSY_TIMEOUT_MS = 5000
_SIDES = ("-wal", "-shm", "-journal")


class StoreFile:
    """The open file. `notices` holds what the seller should be told about the opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self._writing = threading.RLock()
        self._reading = threading.RLock()
        self._writer_thread: int | None = None
        self._closed = False
        self._sides: dict[str, bytes] = {}
        with explained(path):
            self._prepare_folder()
            if self._was_emptied():
                self.notices.append(self._set_aside())
            try:
                self._writer = self._open()
            except (StoreCorrupt, sqlite3.DatabaseError) as error:
                if not _is_damage(error):
                    raise
                self.notices.append(self._set_aside())
                self._writer = self._open()
            self._read_only_uri = path.resolve().as_uri() + "?mode=ro"
            self._reader = self._connect(self._read_only_uri, uri=True)

    # -- use ---------------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Database]:
        """The reading connection, or the writing one inside `write()`. Fetch all rows before leaving."""
        if self._writer_thread == threading.get_ident():
            yield self._writer
            return
        with self._reading, explained_sql(self.path):
            self._refuse_if_closed()
            yield self._reader

    @contextmanager
    def write(self) -> Iterator[Database]:
        """The writing connection inside a transaction: committed to the disk at the end, or undone on an error."""
        with self._writing, explained_sql(self.path):
            self._refuse_if_closed()
            outermost = self._writer_thread is None
            if outermost:
                # A plain BEGIN takes the lock at the first write only, and then fails at once, without waiting, if
                # another program wrote since the transaction's first read.
                self._writer.conn.execute("BEGIN IMMEDIATE")
            self._writer_thread = threading.get_ident()
            try:
                with self._writer.atomic():
                    yield self._writer
                if outermost:
                    self._writer.commit()
            except BaseException:
                if outermost:
                    self._writer.rollback()
                raise
            finally:
                if outermost:
                    self._writer_thread = None

    def close(self) -> None:
        """Wait for what is being written, then close. Safe to call twice."""
        with self._writing, self._reading:
            if self._closed:
                return
            self._closed = True
            self._reader.close()
            self._writer.close()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreClosed(f"“{self.path}” is closed.")

    # -- opening -----------------------------------------------------------------------------------------------

    def _prepare_folder(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.is_dir():
            raise StoreReadOnly(f"“{self.path}” is a folder. Move it away, or choose another data folder.")

    def _was_emptied(self) -> bool:
        """Nothing where something was: SQLite would start a new file there and forget the old one's log."""
        if self.path.exists() and self.path.stat().st_size:
            return False
        wal = Path(f"{self.path}-wal")
        return (wal.exists() and wal.stat().st_size > 0) or self._newest_good_backup() is not None

    def _connect(self, target: str, *, uri: bool = False) -> Database:
        connection = sqlite3.connect(target, uri=uri, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000)
        db = Database(connection)
        try:
            for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "foreign_keys = ON", "synchronous = FULL"):
                db.execute(f"PRAGMA {pragma}")
        except BaseException:
            self._let_go(db)
            raise
        return db

    def _let_go(self, db: Database) -> None:
        """Close what could not be opened: Windows moves no file that is open. SQLite deletes the log as it closes, so
        what was in it is kept for `_set_aside`."""
        for side in _SIDES:
            with suppress(OSError):
                self._sides[side] = Path(f"{self.path}{side}").read_bytes()
        db.close()

    def _open(self) -> Database:
        db = self._connect(str(self.path))
        try:
            self._check(db)
            db.execute("PRAGMA journal_mode = WAL")
            db.conn.execute(
                "BEGIN IMMEDIATE"
            )  # fails now, and not at the first save, if the file can't be written
            db.rollback()
            self._migrate(db)
        except BaseException:
            self._let_go(db)
            raise
        return db

    def _check(self, db: Database) -> None:
        owner = db.execute("PRAGMA application_id").fetchone()[0]
        empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if owner != migrations.APPLICATION_ID and not (empty and owner == 0):
            raise StoreForeign(
                f"“{self.path}” belongs to another program. Choose another data folder; the file was left alone."
            )
        found, known = migrations.version(db), migrations.latest_version()
        if found > known:
            raise StoreNewer(
                f"“{self.path}” was written by a newer version of Stallhand (format {found}, this version reads "
                f"up to {known}). Install the newer version; the file was left alone."
            )
        problem = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise StoreCorrupt(f"“{self.path}” is damaged ({problem}).")

    def _migrate(self, db: Database) -> None:
        if not migrations.steps.pending(db):
            return
        old = migrations.version(db)
        if old:
            self._backup(db, f"before-format-{old + 1}")
        db.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        migrations.steps.apply(db)
        db.execute(f"PRAGMA user_version = {migrations.latest_version()}")

    # -- safety ------------------------------------------------------------------------------------------------

    def backup(self, why: str) -> Path:
        """Copy all records into one file of the folder “backups” and return its path.

        The copy is taken by SQLite's backup API, so it is whole even while others write. Raises StoreError.
        """
        with explained(self.path):
            self._refuse_if_closed()
            source = self._connect(self._read_only_uri, uri=True)
            try:
                return self._backup(source, why)
            finally:
                source.close()

    def backup_if_due(self, every: timedelta = timedelta(days=1), keep: int = 7) -> Path | None:
        """Make the backup of the day unless there is one; the newest `keep` of these stay. Raises StoreError."""
        now = datetime.now(UTC)
        made_at = (datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in self._dailies())
        # A clock that was set back must not stop backups until it has caught up.
        if any(abs(now - moment) < every for moment in made_at):
            return None
        made = self.backup("daily")
        if not _is_good(made):
            raise StoreCorrupt(
                f"The backup “{made}” can't be read back. Check the disk. Older backups were kept."
            )
        for old in self._dailies()[:-keep]:
            old.unlink()
        return made

    def _dailies(self) -> list[Path]:
        return sorted((self.path.parent / "backups").glob(f"{self.path.stem}-*-daily{self.path.suffix}"))

    def _backup(self, source: Database, why: str) -> Path:
        folder = self.path.parent / "backups"
        target = folder / f"{self.path.stem}-{_stamp()}-{why}{self.path.suffix}"
        unfinished = folder / f"{self.path.name}.part"
        with explained(target):
            folder.mkdir(exist_ok=True)
            unfinished.unlink(missing_ok=True)
            copy = sqlite3.connect(unfinished)
            try:
                source.conn.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be moved alone
            finally:
                copy.close()
            unfinished.replace(target)
        return target

    def quick_check(self) -> str:
        """ "ok", or what SQLite finds wrong with the file."""
        with self.read() as db:
            return str(db.execute("PRAGMA quick_check(1)").fetchone()[0])

    def _set_aside(self) -> str:
        """Move the damaged file, its -wal and -shm together, out of the way; put the newest good backup in place."""
        aside = self.path.with_name(f"{self.path.stem}-damaged-{_stamp()}{self.path.suffix}")
        for side in ("", *_SIDES):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{side}").rename(f"{aside}{side}")
        for side, content in self._sides.items():
            if not Path(f"{aside}{side}").exists():
                Path(f"{aside}{side}").write_bytes(content)
        told = (
            f"The file with your records was damaged or missing. What was there is kept as “{aside.name}” in "
            f"“{aside.parent}”. "
        )
        backup = self._newest_good_backup()
        if backup is None:
            return told + "There is no backup, so a new, empty one was started."
        shutil.copyfile(backup, self.path)
        return told + f"The backup “{backup.name}” took its place; what was saved after it is missing."

    def _newest_good_backup(self) -> Path | None:
        backups = (self.path.parent / "backups").glob(f"{self.path.stem}-*{self.path.suffix}")
        newest_first = sorted(backups, key=lambda path: path.stat().st_mtime, reverse=True)
        return next(filter(_is_good, newest_first), None)


def _is_good(backup: Path) -> bool:
    copy = sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return bool(copy.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False
    finally:
        copy.close()


def _is_damage(error: Exception) -> bool:
    if isinstance(error, StoreCorrupt):
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
