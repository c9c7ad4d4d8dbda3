import threading
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from desktop.desk import Desk, ModelStatus
from desktop.drafting.results import ListingResult
from desktop.engine.contract import ModelInfo
from desktop.samples import load_samples
from desktop.shop.records import Draft, Fact, Product, Task
from desktop.store.errors import StoreFull
from desktop.ui.main_window import MainWindow
from desktop.ui.panels import PAGES


@pytest.fixture
def desk(tmp_path):
    with Desk.open(tmp_path / "shop", use_model=False) as made:
        made.store.settings.set("welcomed", True)
        made.store.products.save(Product("solar lantern", "SL-10", facts=(Fact("run time", "12 hours"),)))
        yield made


@pytest.fixture
def open_window(qtbot, desk):
    """Open the window as a start does; all are closed at the end, and no worker may outlive them."""
    made = []

    def start():
        window = MainWindow(desk)
        qtbot.addWidget(window)
        made.append(window)
        with qtbot.waitActive(window):
            window.start()
            window.activateWindow()
        return window

    yield start
    for window in made:
        window.close()
    assert not [t for t in threading.enumerate() if t.name.startswith(("draft", "store"))]


def settle(qtbot, window):
    qtbot.waitUntil(lambda: not window.tasks.busy, timeout=5000)


def press(qtbot, window, key, modifiers=Qt.KeyboardModifier.ControlModifier):
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifiers)


def test_only_the_page_in_front_is_built(open_window):
    window = open_window()
    assert window.current_panel.key == "listings"
    assert list(window._panels) == ["listings"]


def test_ctrl_and_a_number_goes_to_each_page(qtbot, open_window):
    window = open_window()
    for number, page in enumerate(PAGES):
        press(qtbot, window, Qt.Key(Qt.Key.Key_1 + number))
        assert window.current_panel.key == page.module
        assert window._nav.checkedButton().text() == page.title
    settle(qtbot, window)


def test_ctrl_enter_drafts_and_ctrl_shift_c_copies(qtbot, open_window, desk):
    window = open_window()
    panel = window.current_panel
    qtbot.keyClicks(panel.form.name, "desk fan")
    panel.editor.fields["title"].setFocus()
    press(qtbot, window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.cards[0].ready and panel.draft_button.isEnabled())
    press(
        qtbot, window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert "desk fan" in QApplication.clipboard().text().casefold()


def test_esc_stops_the_draft_that_is_being_written(qtbot, open_window, desk, monkeypatch):
    began = threading.Event()

    def slow(product, *, seed, cancel, **_more):
        began.set()
        while not cancel.cancelled:
            time.sleep(0.002)
        return ListingResult((), "model", seed, cancelled=True)

    monkeypatch.setattr(desk, "draft_listing", slow)
    window = open_window()
    panel = window.current_panel
    qtbot.keyClicks(panel.form.name, "desk fan")
    panel.draft()
    assert panel.stop_button.isVisible()
    qtbot.waitUntil(began.is_set)
    panel.editor.fields["title"].setFocus()
    press(qtbot, window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    settle(qtbot, window)
    assert panel.draft_button.isEnabled() and not panel.stop_button.isVisible()


def unnamed(root):
    """What can be reached with Tab but would be read out as nothing."""
    for widget in root.findChildren(QWidget):
        reached = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
        if reached and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip():
            yield widget


def test_a_screen_reader_finds_a_name_for_every_control(qtbot, open_window, desk):
    load_samples(desk.store, desk.resources / "samples")
    window = open_window()
    desk.store.drafts.add(Draft(Task.REPLY, "Price?", {}, (), {"text": "KSh 5"}))
    for page in PAGES:
        window.show_panel(page.module)
        settle(qtbot, window)
        assert list(unnamed(window)) == [], page.module
    for records in (window.panel("products"), window.panel("orders"), window.panel("messages").saved):
        editor = records.edit(None)
        settle(qtbot, window)
        assert list(unnamed(editor)) == []
        editor.reject()


def test_tab_goes_through_the_facts_before_the_versions_and_the_text(open_window):
    panel = open_window().current_panel
    order, widget = [], panel.form.name
    stops = (panel.form.brand, panel.form.notes, panel.cards[0], panel.cards[2], panel.editor.fields["title"])
    for _ in range(300):
        widget = widget.nextInFocusChain()
        if widget in stops:
            order.append(widget)
    assert tuple(order[: len(stops)]) == stops


def test_it_fits_a_small_laptop_without_scrolling_the_frame(open_window):
    window = open_window()
    for page in PAGES:
        window.show_panel(page.module)
    window.showNormal()
    window.resize(1366, 700)
    assert window.minimumSizeHint().width() <= 1366
    assert window.minimumSizeHint().height() <= 700


def test_all_that_was_typed_is_there_again_after_a_restart(qtbot, open_window):
    window = open_window()
    listings = window.current_panel
    qtbot.keyClicks(listings.form.name, "desk fan")
    qtbot.keyClicks(listings.editor.fields["title"], "Cool air")
    window.show_panel("promotions")
    window.current_panel.form.offer.setText("10% off")
    window.current_panel.state_changed.emit()
    window.close()
    again = open_window()
    assert again.current_panel.key == "promotions"
    assert again.current_panel.form.offer.text() == "10% off"
    again.show_panel("listings")
    assert again.current_panel.form.name.text() == "desk fan"
    assert again.current_panel.editor.texts()["title"] == "Cool air"
    assert [draft.text["title"] for draft in again.desk.store.drafts.search()] == ["Cool air"]


def test_the_page_in_front_is_known_also_after_a_crash(qtbot, open_window, desk):
    window = open_window()
    window.show_panel("promotions")
    qtbot.waitUntil(lambda: desk.store.settings.get("window", {}).get("panel") == "promotions", timeout=2500)


def test_what_is_typed_is_saved_within_two_seconds_without_closing(qtbot, open_window, desk):
    window = open_window()
    qtbot.keyClicks(window.current_panel.form.name, "desk fan")
    key = "panel: listings"
    qtbot.waitUntil(lambda: bool(desk.store.scratch.get(key)), timeout=2500)
    assert desk.store.scratch.get(key)["form"]["product"]["name"] == "desk fan"


def test_a_saved_state_of_another_version_does_no_harm(open_window, desk):
    desk.store.scratch.set("panel: listings", {"form": {"product": 7, "facts": "?"}, "texts": []})
    desk.store.settings.set("window", {"panel": "gone", "geometry": "!!"})
    window = open_window()
    assert window.current_panel.key == "listings"


def test_without_a_model_the_status_bar_says_so_and_why(qtbot, open_window):
    window = open_window()
    with qtbot.waitSignal(window.model_ready):
        pass
    assert window._model_label.text() == "Writing from phrases"
    assert window.statusBar().currentMessage() == window.model_status.reason != ""
    assert "switched off" in window._model_label.toolTip()


def test_a_full_disk_is_said_in_the_banner(qtbot, open_window, desk, monkeypatch):
    window = open_window()

    def full(_key, _value):
        raise StoreFull("The disk is full. Free some space.")

    monkeypatch.setattr(desk.store.scratch, "set", full)
    qtbot.keyClicks(window.current_panel.form.name, "fan")
    qtbot.waitUntil(lambda: "disk is full" in window.banner.text, timeout=2500)


def test_an_empty_shop_is_offered_the_samples(qtbot, tmp_path):
    with Desk.open(tmp_path / "new", use_model=False) as desk:
        window = MainWindow(desk)
        qtbot.addWidget(window)
        window.start()
        assert window.current_panel is None
        window._welcome.sample_button.click()
        qtbot.waitUntil(lambda: window.current_panel is not None, timeout=10_000)
        assert desk.store.products.count() == 60
        assert desk.store.orders.count() == 300
        assert desk.profile().name
        window.close()
        again = MainWindow(desk)
        qtbot.addWidget(again)
        again.start()
        assert again.current_panel is not None
        again.close()


def test_an_empty_shop_can_begin_with_its_own(qtbot, tmp_path):
    with Desk.open(tmp_path / "new", use_model=False) as desk:
        window = MainWindow(desk)
        qtbot.addWidget(window)
        window.start()
        window._welcome.own_button.click()
        assert window.current_panel.key == "settings"
        window.close()


def test_missing_samples_are_said_and_can_be_tried_again(qtbot, tmp_path):
    with Desk.open(tmp_path / "new", use_model=False) as desk:
        desk.resources = tmp_path
        window = MainWindow(desk)
        qtbot.addWidget(window)
        window.start()
        window._welcome.sample_button.click()
        qtbot.waitUntil(lambda: "sample shop" in window.banner.text)
        assert window._welcome.sample_button.isEnabled()
        window.close()


def test_a_draft_reused_from_the_history_opens_its_page(qtbot, open_window, desk):
    window = open_window()
    listings = window.current_panel
    qtbot.keyClicks(listings.form.name, "desk fan")
    listings.draft()
    qtbot.waitUntil(lambda: bool(desk.store.drafts.search(task=Task.LISTING)) and listings._job is None)
    (draft,) = desk.store.drafts.search()
    window.show_panel("history")
    window.current_panel.open_requested.emit("listings", draft)
    assert window.current_panel is listings
    assert listings.editor.texts() == draft.text


def test_closing_with_a_check_due_disturbs_nobody(qtbot, open_window):
    window = open_window()
    qtbot.keyClicks(window.current_panel.editor.fields["title"], "Lantern 99 hours")
    window.close()
    qtbot.wait(400)  # longer than the check's delay: it would raise in the event loop


def test_the_machine_is_measured_when_nobody_waits(qtbot, desk, open_window, monkeypatch):
    begun, tuned, tries = threading.Event(), threading.Event(), []

    def tune(_desk, cancel):
        tries.append(cancel)
        begun.set()
        if len(tries) == 1:  # the first one is in the seller's way
            while not cancel.cancelled:
                time.sleep(0.005)
        else:
            tuned.set()

    monkeypatch.setattr("desktop.ui.main_window.TUNE_MS", 30)
    monkeypatch.setattr(
        Desk, "model_status", lambda _: ModelStatus(ModelInfo("m", "ab" * 32, "int8", 1, 512))
    )
    monkeypatch.setattr(Desk, "tune", tune)
    monkeypatch.setattr(Desk, "tuned", property(lambda _: tuned.is_set()))
    window = open_window()
    qtbot.waitUntil(begun.is_set)
    drafted = []
    window.tasks.run(lambda: drafted.append(1), lane="draft")
    qtbot.waitUntil(lambda: bool(drafted))
    assert tries[0].cancelled
    qtbot.waitUntil(tuned.is_set)
    settle(qtbot, window)
    qtbot.wait(100)
    assert len(tries) == 2
