import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from desktop.shop.records import DraftState, Product, Task
from desktop.ui.panels.cross_sell import CrossSellPanel


@pytest.fixture
def panel(show, sold):
    return show(CrossSellPanel)


@pytest.fixture
def pitched(panel, sold, idle):
    panel.picker.set_basket([sold[0]])
    idle()
    panel.draft()
    idle()
    return panel


def suggested(panel):
    return [offer.product.sku for offer in panel.model.records]


def test_without_orders_it_says_where_suggestions_come_from(show, lantern, qtbot):
    panel = show(CrossSellPanel)
    assert panel.pages.currentWidget() is panel.no_orders
    with qtbot.waitSignal(panel.open_requested) as asked:
        panel.no_orders.findChild(QPushButton).click()
    assert asked.args == ["orders", None]


def test_with_orders_but_no_basket_it_asks_for_one(panel):
    assert panel.pages.currentWidget() is panel.pick_first
    assert "9 orders" in panel.source.text()
    assert not panel.draft_button.isEnabled()


def test_searching_and_enter_put_a_product_into_the_basket(panel, idle, qtbot):
    qtbot.keyClicks(panel.picker.search, "lant")
    qtbot.keyClick(panel.picker.search, Qt.Key.Key_Return)
    idle()
    assert panel.picker.chips.texts == ("solar lantern",)
    assert suggested(panel) == ["UC-1", "BT-1"]


def test_what_is_sold_out_is_shown_last_though_it_sold_more_often(panel, sold, idle):
    panel.picker.set_basket([sold[0]])
    idle()
    first, last = panel.model.records
    assert "4 times" in first.reason
    assert "5 times" in last.reason
    row = [panel.model.index(1, column).data() for column in range(4)]
    assert row[0] == "battery"
    assert row[3] == "Out of stock"
    assert panel.model.index(0, 2).data() == "KSh 300"


def test_a_past_order_becomes_the_basket(panel, idle):
    label = next(
        panel.picker.order_search.completer().model().index(i, 0).data()
        for i in range(9)
        if "A-001" in panel.picker.order_search.completer().model().index(i, 0).data()
    )
    panel.picker.order_search.completer().activated[str].emit(label)
    idle()
    assert panel.picker.chips.texts == ("solar lantern", "USB cable")
    assert suggested(panel) == ["BT-1"]


def test_taking_a_product_out_suggests_anew(panel, sold, idle):
    panel.picker.set_basket(sold[:2])
    idle()
    panel.picker.chips.removed.emit(1)
    idle()
    assert suggested(panel) == ["UC-1", "BT-1"]
    panel.picker.clear_button.click()
    idle()
    assert panel.pages.currentWidget() is panel.pick_first


def test_a_basket_that_sold_with_nothing_says_so(panel, desk, idle):
    alone = desk.store.products.save(Product("soap", "SO-1"))
    panel.activate()
    panel.picker.set_basket([alone])
    idle()
    assert panel.pages.currentWidget() is panel.nothing


def test_a_product_without_an_sku_is_explained_not_ignored(panel, desk, idle, qtbot):
    desk.store.products.save(Product("loose tea"))
    panel.activate()
    idle()
    qtbot.keyClicks(panel.picker.search, "loose")
    qtbot.keyClick(panel.picker.search, Qt.Key.Key_Return)
    assert "no SKU" in panel.banner.text
    assert panel.picker.chips.texts == ()


def test_a_new_order_counts_at_once(panel, desk, sold, idle):
    panel.picker.set_basket([sold[1]])
    idle()
    assert "BT-1" not in suggested(panel)
    order = desk.store.orders.by_number("A-009")
    lines = (*order.lines, *desk.store.orders.by_number("A-001").lines[1:])
    desk.store.orders.save(type(order)("A-100", order.day, lines))
    panel.activate()
    idle()
    assert "BT-1" in suggested(panel)


def test_a_pitch_names_the_suggestion_and_goes_to_the_history(pitched, desk, idle):
    text = pitched.editor.text()
    assert "cable" in text.casefold()
    assert pitched.editor.flags == ()
    (draft,) = desk.store.drafts.search()
    assert draft.task == Task.PITCH
    assert draft.subject == "USB cable"
    assert draft.text == {"text": text}
    assert draft.inputs["basket"][0]["sku"] == "SL-10"
    assert "4 times" in draft.inputs["reason"]


def test_a_pitch_can_be_edited_and_copied(pitched, desk, idle, qtbot):
    pitched.editor.moveCursor(pitched.editor.textCursor().MoveOperation.End)
    qtbot.keyClicks(pitched.editor, " Only 99 left!")
    pitched._run_check()
    assert [flag.text for flag in pitched.editor.flags] == ["99"]
    pitched.copy_all()
    idle()
    assert QGuiApplication.clipboard().text() == pitched.editor.text()
    (draft,) = desk.store.drafts.search()
    assert draft.state == DraftState.COPIED
    assert draft.text["text"].endswith("Only 99 left!")


def test_a_pitch_of_the_history_is_taken_up_again_as_a_new_one(pitched, show, desk, idle, qtbot):
    (old,) = desk.store.drafts.search()
    panel = show(CrossSellPanel)
    panel.open_item(old)
    idle()
    assert panel.picker.chips.texts == ("solar lantern",)
    assert panel.editor.text() == old.text["text"]
    panel.copy_all()
    idle()
    assert len(desk.store.drafts.search()) == 2
    assert desk.store.drafts.get(old.id) == old


def test_basket_and_pitch_survive_a_restart(pitched, show, idle):
    panel = show(CrossSellPanel)
    panel.restore_state(pitched.save_state())
    panel.activate()
    idle()
    assert panel.picker.chips.texts == ("solar lantern",)
    assert panel.editor.text() == pitched.editor.text()


def test_the_best_suggestion_is_chosen_in_a_right_to_left_window_too(panel, sold, idle):
    panel.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    panel.picker.set_basket([sold[0]])
    idle()
    assert panel.chosen().product.sku == "UC-1"
    assert panel.draft_button.isEnabled()


def test_edits_after_a_restart_still_go_to_the_same_draft(pitched, show, desk, idle, qtbot):
    (draft,) = desk.store.drafts.search()
    panel = show(CrossSellPanel)
    panel.restore_state(pitched.save_state())
    panel.editor.moveCursor(panel.editor.textCursor().MoveOperation.End)
    qtbot.keyClicks(panel.editor, " Thanks!")
    panel.shutdown()
    idle()
    (after,) = desk.store.drafts.search()
    assert after.text["text"] == draft.text["text"] + " Thanks!"
    assert "USB cable" in panel.pitch_for.text()


def test_a_pitch_written_by_hand_is_kept_when_copied(panel, desk, idle, qtbot):
    qtbot.keyClicks(panel.editor, "Take two.")
    panel.copy_all()
    idle()
    assert [draft.text["text"] for draft in desk.store.drafts.search()] == ["Take two."]
