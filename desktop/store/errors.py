"""What can go wrong with the file that holds the shop, in words for the seller.

After qutebrowser's split: a StoreError is a trouble of the machine (disk full, file damaged …) that the seller can do
something about, so it is shown as it stands (the names say a state, hence N818). Any other sqlite3 error is a fault of
this program and is left alone.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(Exception):
    """Base of all. The message names the file or folder and says what to do."""


class StoreFull(StoreError):  # noqa: N818
    """No room left on the disk."""


class StoreReadOnly(StoreError):  # noqa: N818
    """The folder or file can't be written to."""


class StoreBusy(StoreError):  # noqa: N818
    """Another program holds the file."""


class StoreCorrupt(StoreError):  # noqa: N818
    """The file is damaged or is no database."""


class StoreNewer(StoreError):  # noqa: N818
    """The file was written by a newer version of this program."""


class StoreForeign(StoreError):  # noqa: N818
    """The file belongs to another program."""


class StoreUnreachable(StoreError):  # noqa: N818
    """The disk can't be read or written, for example because it was pulled out."""


class StoreClosed(StoreError):  # noqa: N818
    """Used after `close()`."""


class DuplicateError(StoreError):
    """A second record with an SKU, order number or shortcut that must stand once."""


class MissingRecord(StoreError):  # noqa: N818
    """A record that is not there any more."""


_KINDS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_FULL: (
        StoreFull,
        "There is no room left on the disk that holds “{path}”. Free some space, then try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        StoreReadOnly,
        "“{path}” can't be written to. Allow writing to this folder, or choose another data folder.",
    ),
    sqlite3.SQLITE_PERM: (
        StoreReadOnly,
        "“{path}” can't be written to. Allow writing to this folder, or choose another data folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        StoreReadOnly,
        "“{path}” can't be opened or made. Check that the folder is there and that you may write to it.",
    ),
    sqlite3.SQLITE_BUSY: (
        StoreBusy,
        "Another program is using “{path}”. Close the other window or the backup program, then try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        StoreBusy,
        "Another program is using “{path}”. Close the other window or the backup program, then try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (StoreCorrupt, "“{path}” is damaged. Start the program again to set it aside."),
    sqlite3.SQLITE_NOTADB: (StoreCorrupt, "“{path}” is not a Stallhand file, or it is damaged."),
    sqlite3.SQLITE_IOERR: (
        StoreUnreachable,
        "“{path}” can't be read or written. Check that the disk is plugged in and not failing, then try again.",
    ),
}


def known_error(error: sqlite3.Error, path: Path) -> StoreError | None:
    """The StoreError that tells `error` to the seller, or None for a fault of this program."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    kind = _KINDS.get(code & 0xFF)  # the extended codes keep the primary one in their low byte
    return kind[0](kind[1].format(path=path)) if kind else None


@contextmanager
def explained_sql(path: Path) -> Iterator[None]:
    """Turn SQLite's troubles inside into StoreErrors that name `path`."""
    try:
        yield
    except sqlite3.Error as error:
        known = known_error(error, path)
        if known is None:
            raise
        raise known from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """As `explained_sql`, for troubles with files and folders too."""
    try:
        with explained_sql(path):
            yield
    except OSError as error:
        raise from_os(error, path) from error


def from_os(error: OSError, path: Path) -> StoreError:
    """The StoreError for a failed file operation on `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(_KINDS[sqlite3.SQLITE_FULL][1].format(path=path))
    if isinstance(
        error, (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError, FileNotFoundError)
    ):
        return StoreReadOnly(
            f"“{path}” can't be written to ({error.strerror}). Check the folder's permissions, or that no other "
            "program has the file open, or choose another place."
        )
    if error.errno == errno.EROFS:
        return StoreReadOnly(_KINDS[sqlite3.SQLITE_READONLY][1].format(path=path))
    return StoreUnreachable(_KINDS[sqlite3.SQLITE_IOERR][1].format(path=path) + f" ({error.strerror})")
