"""Settings, autosave, the shop's profile and saved replies."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.shop.records import DeliveryZone, SavedReply, ShopProfile
from desktop.store.errors import DuplicateError
from desktop.store.store import Store


@pytest.mark.parametrize(
    ("value", "default"),
    [
        (3, 0),
        ("ar", "en"),
        ([1, 2], []),
        ({"a": {"b": None}}, {}),
        (True, False),
        (1.5, 0.0),
        (2, 0.0),
        ("x", None),
    ],
)
def test_a_setting_comes_back_after_a_restart(tmp_path: Path, value: Any, default: Any) -> None:
    for _ in range(2):
        with Store(tmp_path / "a.db") as store:
            store.settings.set("key", value)
    with Store(tmp_path / "a.db") as store:
        assert store.settings.get("key", default) == value


@pytest.mark.parametrize(
    ("value", "default"), [("x", 3), (True, 3), (1, False), ([], {}), (1.5, 1), (None, "en")]
)
def test_a_setting_of_another_kind_gives_the_default(
    store: Store, value: Any, default: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store.settings.set("key", value)
    with caplog.at_level(logging.WARNING):
        assert store.settings.get("key", default) == default
    assert ("key" in caplog.text) is (value is not None)


def test_a_setting_that_is_no_json_gives_the_default(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with store._file.write() as db:
        db.execute("INSERT INTO settings VALUES ('key', '{broken', '')")
    with caplog.at_level(logging.WARNING):
        assert store.settings.get("key", "en") == "en"
    assert "can't be used" in caplog.text


def test_none_takes_a_setting_away(store: Store) -> None:
    store.settings.set("key", 1)
    store.settings.set("key", None)
    assert store.settings.get("key", 7) == 7


def test_scratch_keeps_what_is_being_typed_apart_from_the_settings(store: Store) -> None:
    typed = {"name": "lamp 🏮", "facts": [["run time", "12 h"]]}
    store.scratch.set("listing", typed)
    assert store.scratch.get("listing") == typed
    assert store.scratch.get("reply") is None
    assert store.settings.get("listing", "") == ""


def test_the_profile_comes_back(store: Store) -> None:
    assert store.profile() == ShopProfile()
    shop = ShopProfile(
        "Mama Njeri", "KES", "sw", {"payment": "M-Pesa"}, (DeliveryZone("Nakuru", "1 day", "350"),)
    )
    store.save_profile(shop)
    assert store.profile() == shop


def test_a_profile_that_cant_be_read_is_an_empty_one(store: Store) -> None:
    store.settings.set("shop profile", {"policies": 3})
    assert store.profile() == ShopProfile()


def test_saved_replies_are_found_by_shortcut_and_words(store: Store) -> None:
    hours = store.replies.save(SavedReply("/hours", "Opening", "We open at 8."))
    store.replies.save(SavedReply("pay", "Payment", "M-Pesa or cash."))
    assert hours.shortcut == "hours"
    assert store.replies.by_shortcut("/HOURS") == hours
    assert store.replies.by_shortcut("h") is None
    assert [reply.shortcut for reply in store.replies.all("open")] == ["hours"]
    assert [reply.shortcut for reply in store.replies.all()] == ["hours", "pay"]


def test_a_shortcut_stands_once(store: Store) -> None:
    hours = store.replies.save(SavedReply("hours", "", "We open at 8."))
    with pytest.raises(DuplicateError, match="/Hours"):
        store.replies.save(SavedReply("Hours", "", "other"))
    store.replies.save(replace(hours, text="We open at 9."))
    undo = store.replies.delete([hours.id])
    store.replies.restore(undo)
    assert [reply.text for reply in store.replies.all()] == ["We open at 9."]
