import threading
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.desk import Desk
from desktop.drafting.results import ListingResult, ListingVariant, Timing
from desktop.shop.money import Money
from desktop.shop.records import DraftState, Fact, Product, ShopProfile
from desktop.store.errors import StoreFull
from desktop.ui.panels.listings import ListingsPanel
from desktop.ui.tasks import TaskManager

LANTERN = Product(
    "solar lantern",
    "SL-10",
    "Sunbell",
    "Home > Lighting",
    Money(245000, "KES"),
    14,
    (Fact("run time", "12 hours"), Fact("charging", "USB")),
)


@pytest.fixture
def desk(tmp_path):
    with Desk.open(tmp_path / "shop", use_model=False) as made:
        made.store.save_profile(ShopProfile("Jirani", "KES"))
        made.store.products.save(LANTERN)
        yield made


@pytest.fixture
def panel(show):
    return show(ListingsPanel)


def fill(qtbot, panel, name="solar lantern", facts=(("run time", "12 hours"), ("charging", "USB"))):
    qtbot.keyClicks(panel.form.name, name)
    panel.form.facts.set_facts([Fact(*fact) for fact in facts])


def drafted(qtbot, panel):
    panel.draft()
    qtbot.waitUntil(lambda: panel.draft_button.isEnabled() and panel.cards[0].ready)


def variant(word):
    return ListingVariant(f"{word} lantern", (f"{word} point",), f"A {word} lantern.")


def scripted(desk, monkeypatch, *, wait=None):
    """Draft words that count up; with `wait`, stream and hold until it is set or the draft is stopped."""
    calls = []

    def draft_listing(product, *, seed=0, only=None, on_token=None, cancel=None, **more):
        calls.append((product, seed, only, more))
        if on_token:
            on_token(0, "title", f"Stream {seed}")
        while wait is not None and not wait.is_set() and not cancel.cancelled:
            time.sleep(0.002)
        made = tuple(variant(f"{word}{seed}") for word in ("good", "fine", "nice"))
        return ListingResult(made, "model", seed, Timing(total_ms=1500), cancel.cancelled)

    monkeypatch.setattr(desk, "draft_listing", draft_listing)
    return calls


def test_typed_facts_become_three_versions_an_editor_and_a_history_entry(qtbot, panel, desk, idle):
    fill(qtbot, panel)
    drafted(qtbot, panel)
    idle()
    assert all(card.ready for card in panel.cards)
    assert "12 hours" in panel.editor.all_text()
    (draft,) = desk.store.drafts.search("lantern")
    assert draft.text == panel.editor.texts()
    assert draft.inputs["product"]["facts"] == {"run time": "12 hours", "charging": "USB"}
    assert len(draft.variants) == 3
    assert draft.state == DraftState.DRAFT


def test_picking_from_the_catalogue_fills_the_form(qtbot, panel):
    qtbot.keyClicks(panel.form.name, "lant")
    popup = panel.form.name.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.form.picked):
        qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert panel.form.name.text() == "solar lantern"
    assert panel.form.product().sku == "SL-10"
    assert panel.form.product().facts == LANTERN.facts
    assert str(panel.form.product().price) == "KSh 2,450"


def test_choosing_a_card_fills_the_editor_and_saves_no_edit(qtbot, panel, desk, idle, monkeypatch):
    scripted(desk, monkeypatch)
    fill(qtbot, panel)
    drafted(qtbot, panel)
    qtbot.mouseClick(panel.cards[1], Qt.MouseButton.LeftButton)
    idle()
    assert panel.editor.texts()["title"] == "fine0 lantern"
    (draft,) = desk.store.drafts.search()
    assert draft.text["title"] == "fine0 lantern"
    assert draft.state == DraftState.DRAFT


def test_typing_is_saved_as_typed_and_makes_the_draft_edited(qtbot, panel, desk, idle):
    fill(qtbot, panel)
    drafted(qtbot, panel)
    panel.editor.fields["description"].moveCursor(
        panel.editor.fields["description"].textCursor().MoveOperation.End
    )
    qtbot.keyClicks(panel.editor.fields["description"], " Thank you.")
    qtbot.waitUntil(lambda: desk.store.drafts.search()[0].text["description"].endswith("Thank you."))
    assert desk.store.drafts.search()[0].state == DraftState.EDITED


def test_a_claim_the_facts_lack_is_flagged_with_why(qtbot, panel, idle):
    fill(qtbot, panel)
    drafted(qtbot, panel)
    edit = panel.editor.fields["title"]
    edit.set_text("")
    qtbot.keyClicks(edit, "Waterproof lantern 99 hours")
    qtbot.waitUntil(lambda: {flag.text for flag in edit.flags} >= {"99"} or len(edit.flags) >= 2)
    assert any("99" in flag.text for flag in edit.flags)
    assert edit.why_at(edit.text().index("99"))
    assert any(line.startswith("!") and "99" in line for line in panel.editor.checks.lines())


def test_a_fact_added_later_takes_the_flag_away(qtbot, panel, idle):
    fill(qtbot, panel)
    edit = panel.editor.fields["title"]
    qtbot.keyClicks(edit, "Lantern 47 W")
    qtbot.waitUntil(lambda: len(edit.flags) == 1)
    panel.form.facts.set_facts([Fact("power", "47 W")])
    panel.form.facts.edited.emit()
    qtbot.waitUntil(lambda: not edit.flags)


def test_the_counter_is_red_past_the_marketplaces_limit(qtbot, panel, desk):
    row = panel.marketplace.findData("amazon")
    panel.marketplace.setCurrentIndex(row)
    limit = desk.marketplaces["amazon"].limits["title"].max
    panel.editor.fields["title"].setPlainText("x" * (limit + 5))
    counter = panel.editor.counters["title"]
    assert f"{limit + 5} / {limit}" in counter.text()
    assert counter.property("role") == "danger"
    panel.editor.fields["title"].setPlainText("x")
    assert counter.property("role") == "muted"


def test_copying_marks_the_draft_and_says_when_words_are_not_backed(qtbot, panel, desk, idle):
    fill(qtbot, panel)
    drafted(qtbot, panel)
    panel.copy_all()
    assert QGuiApplication.clipboard().text() == panel.editor.all_text()
    qtbot.waitUntil(lambda: desk.store.drafts.search()[0].state == DraftState.COPIED)
    assert desk.store.drafts.search()[0].approved == panel.editor.texts()
    qtbot.keyClicks(panel.editor.fields["title"], " 99 kg")
    qtbot.waitUntil(lambda: bool(panel.editor.fields["title"].flags))
    panel.editor.copy_buttons["title"].click()
    assert "not in your facts" in panel.banner.text


def test_redraft_changes_one_field_and_ctrl_z_brings_it_back(qtbot, panel, desk, monkeypatch):
    calls = scripted(desk, monkeypatch)
    fill(qtbot, panel)
    drafted(qtbot, panel)
    before = panel.editor.texts()
    qtbot.mouseClick(panel.editor.redraft["description"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.editor.texts() != before)
    assert calls[-1][2] == "description"
    after = panel.editor.texts()
    assert after["description"] == "A good1 lantern."
    assert (after["title"], after["bullets"]) == (before["title"], before["bullets"])
    qtbot.keyClick(panel.editor.fields["description"], Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.editor.texts() == before


def test_streaming_shows_in_the_cards_and_stop_keeps_what_is_there(qtbot, panel, desk, monkeypatch):
    scripted(desk, monkeypatch, wait=threading.Event())
    fill(qtbot, panel)
    panel.draft()
    qtbot.waitUntil(lambda: panel.cards[0].fields == {"title": "Stream 0"})
    assert panel.stop_button.isEnabled() and not panel.draft_button.isEnabled()
    panel.draft()  # a second press while writing does nothing
    with qtbot.waitSignal(panel.status_message) as said:
        panel.stop()
    assert said.args[0].startswith("Stopped")
    assert panel.editor.texts()["title"] == "good0 lantern"
    assert panel.draft_button.isEnabled()


def test_a_new_draft_never_overwrites_the_sellers_own_text(qtbot, panel, desk, idle, monkeypatch):
    scripted(desk, monkeypatch)
    fill(qtbot, panel)
    qtbot.keyClicks(panel.editor.fields["title"], "My own title")
    drafted(qtbot, panel)
    assert panel.editor.texts()["title"] == "My own title"
    qtbot.mouseClick(panel.cards[0], Qt.MouseButton.LeftButton)
    assert panel.editor.texts()["title"] == "good0 lantern"
    assert "kept in the history" in panel.banner.text
    idle()
    assert {d.text["title"] for d in desk.store.drafts.search()} == {"My own title", "good0 lantern"}
    panel.banner._action.click()
    assert panel.editor.texts()["title"] == "My own title"


@pytest.mark.parametrize(
    ("name", "price", "says"),
    [("", "", "name"), ("lamp", "cheap", "no number"), ("lamp", "-5", "below zero")],
)
def test_what_cannot_be_drafted_is_said_without_a_dialog(qtbot, panel, name, price, says):
    panel.form.name.setText(name)
    panel.form.price.setText(price)
    panel.draft()
    assert says in panel.banner.text
    assert panel.draft_button.isEnabled()


def test_a_price_that_names_its_currency_sets_it(qtbot, panel):
    qtbot.keyClicks(panel.form.name, "lamp")
    qtbot.keyClicks(panel.form.price, "NGN 1,500")
    assert panel.form.currency.currentData() == "NGN"
    assert panel.form.product().price == Money(150000, "NGN")


def test_a_full_disk_costs_the_history_entry_but_not_the_draft(qtbot, panel, desk, monkeypatch):
    scripted(desk, monkeypatch)

    def full(_draft):
        raise StoreFull("The disk is full. Free some space.")

    monkeypatch.setattr(desk.store.drafts, "add", full)
    fill(qtbot, panel)
    drafted(qtbot, panel)
    qtbot.waitUntil(lambda: "disk is full" in panel.banner.text)
    assert panel.editor.texts()["title"] == "good0 lantern"


def test_why_phrases_were_used_is_said_beside_the_versions(qtbot, panel, desk, monkeypatch):
    def draft_listing(product, *, seed=0, **_more):
        return ListingResult((variant("good"),), "phrases", seed, note="The model's file is missing.")

    monkeypatch.setattr(desk, "draft_listing", draft_listing)
    fill(qtbot, panel)
    drafted(qtbot, panel)
    assert panel.banner.text == "Written from phrases. The model's file is missing."


def test_the_notes_of_the_marketplace_stand_beside_the_checks(panel):
    panel.marketplace.setCurrentIndex(panel.marketplace.findData("google"))
    assert "structured_title" in panel.editor.checks._notes.text()


def test_a_draft_taken_from_the_history_is_not_overwritten_by_one_still_written(
    qtbot, panel, desk, idle, monkeypatch
):
    fill(qtbot, panel)
    drafted(qtbot, panel)
    idle()
    (draft,) = desk.store.drafts.search()
    scripted(desk, monkeypatch, wait=threading.Event())
    panel.draft()
    panel.open_item(draft)
    idle()
    assert panel.editor.texts() == draft.text
    assert panel.draft_button.isEnabled()


def test_saving_to_the_catalogue_twice_keeps_one_product(qtbot, panel, desk, idle):
    fill(qtbot, panel, "desk fan")
    panel.save_product()
    idle()
    qtbot.keyClicks(panel.form.brand, "Cool")
    panel.save_product()
    idle()
    (fan,) = desk.store.products.all("fan")
    assert (fan.brand, fan.facts[0].value) == ("Cool", "12 hours")


def test_the_state_comes_back_with_cards_text_and_history_entry(qtbot, panel, desk, tasks, idle):
    fill(qtbot, panel)
    panel.form.price.setText("12 or 13")  # what can't be read yet is kept too
    panel.form.price.clear()
    drafted(qtbot, panel)
    qtbot.keyClicks(panel.editor.fields["title"], "New ")
    panel.form.price.setText("12 or 13")
    panel.shutdown()
    idle()
    state = panel.save_state()
    again = ListingsPanel(desk, tasks)
    qtbot.addWidget(again)
    again.restore_state(state)
    assert again.editor.texts() == panel.editor.texts()
    assert again.form.price.text() == "12 or 13"
    assert again.form.facts.facts() == panel.form.facts.facts()
    assert [card.fields for card in again.cards] == [card.fields for card in panel.cards]
    qtbot.keyClicks(again.editor.fields["title"], "Very ")
    again.shutdown()
    idle()
    (draft,) = desk.store.drafts.search()
    assert "Very " in draft.text["title"] and "New " in draft.text["title"]


def test_a_draft_of_the_history_comes_back_whole(qtbot, panel, desk, idle):
    fill(qtbot, panel)
    panel.tone.setCurrentIndex(panel.tone.findData("friendly"))
    drafted(qtbot, panel)
    idle()
    (draft,) = desk.store.drafts.search()
    panel.form.clear()
    panel.editor.set_texts({"title": "", "bullets": "", "description": ""})
    panel.open_item(draft)
    assert panel.form.product().facts == (Fact("run time", "12 hours"), Fact("charging", "USB"))
    assert panel.editor.texts() == draft.text
    assert panel.tone.currentData() == "friendly"
    assert panel.cards[2].ready


@pytest.mark.parametrize("text", ["", "x" * 10_000, "🔥 مصباح شمسي", "सौर लालटेन", "โคมไฟพลังงานแสงอาทิตย์"])
def test_any_text_can_be_typed_and_drafted(qtbot, panel, idle, text):
    panel.form.set_product(Product("lamp " + text, facts=(Fact("note", text or "none"),), notes=text))
    drafted(qtbot, panel)
    panel.editor.set_texts({"description": text})
    panel._on_text_edited()
    idle()
    assert panel.editor.texts()["description"] == text


def test_closing_while_drafting_ends_at_once_and_leaves_no_thread(qtbot, desk, monkeypatch):
    manager = TaskManager()
    panel = ListingsPanel(desk, manager)
    qtbot.addWidget(panel)
    scripted(desk, monkeypatch, wait=threading.Event())
    fill(qtbot, panel)
    panel.draft()
    qtbot.waitUntil(lambda: panel.cards[0].fields != {})
    began = time.perf_counter()
    panel.shutdown()
    manager.close()
    assert time.perf_counter() - began < 1
    assert not [t for t in threading.enumerate() if t.name.startswith(("draft", "store"))]


def test_rows_of_facts_move_by_keyboard(qtbot, panel):
    rows = panel.form.facts
    rows.set_facts([Fact("a", "1"), Fact("b", "2")])
    value = rows._rows[1][1]
    value.setFocus()
    qtbot.waitUntil(value.hasFocus)
    qtbot.keyClick(value, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [fact.name for fact in rows.facts()] == ["b", "a"]
    assert rows._rows[0][1].hasFocus()
    qtbot.keyClick(rows._rows[0][1], Qt.Key.Key_Return)
    assert rows._rows[0][2].hasFocus() or rows._rows[1][0].hasFocus()
