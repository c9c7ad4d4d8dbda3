"""The shop's records in one SQLite file: the door through which the rest of the program comes in."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from desktop.shop.records import RecordError, ShopProfile

from .errors import explained
from .file import StoreFile
from .history import Drafts
from .orders import Orders
from .products import Products
from .replies import Replies
from .settings import Scratch, Settings

_PROFILE = "shop profile"


class Store:
    """All that the seller keeps. Made by opening; every method may be called from any thread.

    Reading never waits for writing. What a method returned from is on the disk. `notices` are sentences for the
    seller about the opening, such as that a damaged file was set aside. Everything raises StoreError.
    """

    def __init__(self, path: Path) -> None:
        self._file = StoreFile(path)
        self.path = path
        self.notices: tuple[str, ...] = tuple(self._file.notices)
        self.products = Products(self._file)
        self.orders = Orders(self._file)
        self.replies = Replies(self._file)
        self.drafts = Drafts(self._file)
        self.settings = Settings(self._file)
        self.scratch = Scratch(self._file)

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> Store:
        """Open `name` in `folder`, which is made if it is missing."""
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / name)

    def profile(self) -> ShopProfile:
        """The shop's name, currency and policies (an empty profile before the first `save_profile`)."""
        stored: dict[str, Any] = self.settings.get(_PROFILE, {})
        try:
            return ShopProfile.from_json(stored)
        except RecordError:
            return ShopProfile()

    def save_profile(self, profile: ShopProfile) -> None:
        self.settings.set(_PROFILE, json.loads(json.dumps(profile.to_json())))

    def backup(self, why: str = "by-hand") -> Path:
        """Copy all records into the folder “backups” beside the file and return the copy's path."""
        return self._file.backup(why)

    def backup_if_due(self) -> Path | None:
        """Make the backup of the day unless there is one (slow for a large shop: not on the window's thread)."""
        return self._file.backup_if_due()

    def check(self) -> str:
        """ "ok", or what is wrong with the file, as SQLite says it."""
        return self._file.quick_check()

    def close(self) -> None:
        """Wait for what is being written, then close. Safe to call twice."""
        self._file.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
