import pytest

from desktop.desk import Desk
from desktop.shop.records import DeliveryZone, ShopProfile
from desktop.store.errors import StoreReadOnly
from desktop.ui.panels.settings import SettingsPanel


@pytest.fixture
def desk(tmp_path):
    with Desk.open(tmp_path / "данные", use_model=False) as made:
        made.store.save_profile(
            ShopProfile(
                "Jirani", "KES", "en", {"payment": "M-Pesa"}, (DeliveryZone("Meru", "1 day", "KSh 250"),)
            )
        )
        yield made


@pytest.fixture
def panel(show):
    return show(SettingsPanel)


def test_the_profile_is_shown_as_stored(panel, desk):
    assert panel.profile() == desk.profile()


def test_only_languages_that_can_be_checked_are_offered(panel):
    assert [panel.language.itemData(row) for row in range(panel.language.count())] == ["en"]


def test_typing_is_saved_without_a_button(qtbot, panel, desk):
    qtbot.keyClicks(panel.policies["returns"], "7 days")
    qtbot.waitUntil(lambda: desk.profile().policies.get("returns") == "7 days", timeout=3000)
    qtbot.waitUntil(lambda: "Saved" in panel._saved.text())


def test_closing_saves_what_was_just_typed(qtbot, panel, desk, idle):
    qtbot.keyClicks(panel.policies["hours"], "8 to 5")
    panel.shutdown()
    idle()
    assert desk.profile().policies["hours"] == "8 to 5"


def test_a_delivery_row_grows_and_half_a_row_is_named_but_kept(qtbot, panel, desk):
    row = panel.delivery._rows[-1]
    qtbot.keyClicks(row[0], "Nyeri")
    assert len(panel.delivery._rows) == 3
    qtbot.waitUntil(lambda: "Nyeri" in panel.banner.text, timeout=3000)
    qtbot.keyClicks(row[1], "2 days")
    qtbot.waitUntil(lambda: DeliveryZone("Nyeri", "2 days") in desk.profile().delivery, timeout=3000)
    assert panel.banner.text == ""


def test_removing_a_delivery_row_removes_the_zone(qtbot, panel, desk):
    panel.delivery._rows[0][3].click()
    qtbot.waitUntil(lambda: desk.profile().delivery == (), timeout=3000)


def test_what_could_not_be_saved_is_said(qtbot, panel, desk, monkeypatch):
    def refuse(_profile):
        raise StoreReadOnly("The folder is read-only.")

    monkeypatch.setattr(desk.store, "save_profile", refuse)
    qtbot.keyClicks(panel.name, "!")
    qtbot.waitUntil(lambda: "read-only" in panel.banner.text, timeout=3000)


def test_the_data_folder_and_the_model_are_named(panel, desk, idle):
    idle()
    assert "switched off" in panel._model.text()
    assert panel.open_folder.isEnabled()
