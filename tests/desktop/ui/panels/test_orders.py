from datetime import date

import pytest
from PySide6.QtWidgets import QDialogButtonBox

from desktop.shop.money import Money
from desktop.shop.records import Order, OrderLine
from desktop.ui.panels.orders import OrdersPanel, next_number


@pytest.fixture
def panel(show):
    return show(OrdersPanel)


def save(dialog):
    button = next(
        b
        for b in dialog.buttons.buttons()
        if dialog.buttons.buttonRole(b) == QDialogButtonBox.ButtonRole.AcceptRole
    )
    button.click()


def test_no_orders_says_that_suggestions_come_from_them(panel):
    assert panel.pages.currentWidget() is panel.empty
    assert "suggestions" in panel.words.empty_hint


def test_a_new_order_from_the_catalogue(panel, desk, lantern, idle, qtbot):
    editor = panel.edit(None)
    assert editor.number.text() == "1"
    editor.take(editor.lines[0], lantern)
    editor.lines[0].quantity.setText("2")
    editor.customer.setText("آمنة")
    assert "4,900" in editor.total.text()
    save(editor)
    idle()
    (order,) = desk.store.orders.all()
    assert order == Order(
        "1",
        date.today(),
        (OrderLine("SL-10", "solar lantern", 2, Money(245000, "KES")),),
        "آمنة",
        order.id,
    )
    assert "4,900" in panel.model.index(0, 5).data()


def test_typing_a_name_and_choosing_it_fills_the_line(panel, lantern, idle, qtbot):
    editor = panel.edit(None)
    idle()
    line = editor.lines[0]
    qtbot.keyClicks(line.name, "lant")
    completer = line.name.completer()
    completer.activated[type(completer.completionModel().index(0, 0))].emit(
        completer.completionModel().index(0, 0)
    )
    qtbot.waitUntil(lambda: line.sku.text() == "SL-10")
    assert line.name.text() == "solar lantern"
    assert line.price.text() == "2450"


def test_an_empty_order_a_bad_price_and_a_taken_number_are_told(show, desk, sold):
    panel = show(OrdersPanel)
    editor = panel.edit(None)
    assert editor.number.text() == "A-010"
    save(editor)
    assert "at least one" in editor.line_error.text()
    editor.lines[0].name.setText("soap")
    editor.lines[0].price.setText("free")
    editor.number.setText("A-001")
    save(editor)
    assert editor.isVisible()
    assert "Line 1" in editor.line_error.text()
    assert "already" in editor.form.error(editor.number)
    editor.lines[0].price.setText("5")
    editor.lines[0].quantity.setText("0")
    save(editor)
    assert "how many" in editor.line_error.text()
    assert desk.store.orders.count() == 9


def test_a_line_can_be_taken_out(show, desk, sold, idle):
    panel = show(OrdersPanel)
    order = desk.store.orders.by_number("A-001")
    editor = panel.edit(order)
    editor.lines[0].remove.click()
    save(editor)
    idle()
    assert [line.sku for line in desk.store.orders.get(order.id).lines] == ["UC-1"]


def test_import_previews_orders_and_counts_what_is_left_out(panel, desk, idle, tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text(
        "InvoiceNo,InvoiceDate,StockCode,Description,Quantity,UnitPrice,Customer\n"
        "1,2026-03-01,SL-10,lantern,1,2450,Amina\n"
        "1,2026-03-01,UC-1,cable,2,300,Amina\n"
        "2,someday,UC-1,cable,1,300,Amina\n"
        "C3,2026-03-02,UC-1,cable,-1,300,Amina\n",
    )
    panel.import_file(file)
    idle()
    plan = panel.preview.plan
    assert plan.good == 1
    assert plan.rows[0][3] == "lantern, cable × 2"
    assert [error.row for error in plan.problems] == [4]
    assert "“UnitPrice” → price" in plan.notes[0]
    assert "1 line" in plan.notes[1]
    save(panel.preview)
    idle()
    assert desk.store.orders.count() == 1


def test_deleting_an_order_can_be_undone(show, desk, sold, idle):
    panel = show(OrdersPanel)
    before = desk.store.orders.all()
    panel.table.selectAll()
    panel.delete_selected()
    idle()
    assert desk.store.orders.count() == 0
    assert "9 orders" in panel.banner.text
    panel.undoing.undo()
    idle()
    assert desk.store.orders.all() == before


@pytest.mark.parametrize(
    ("numbers", "following"),
    [([], "1"), (["7", "12"], "13"), (["A-0099"], "A-0100"), (["web", "x9"], "x10")],
)
def test_the_next_order_number_continues_the_highest(numbers, following):
    assert next_number(numbers) == following
