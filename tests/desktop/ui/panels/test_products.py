import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from desktop.shop.money import Money
from desktop.shop.records import Fact, Product
from desktop.ui.dialogs.product_editor import ProductEditor
from desktop.ui.panels.products import ProductsPanel


@pytest.fixture
def panel(show):
    return show(ProductsPanel)


def names(panel):
    return [record.name for record in panel.model.records]


def press(dialog, role=QDialogButtonBox.ButtonRole.AcceptRole):
    for button in dialog.buttons.buttons():
        if dialog.buttons.buttonRole(button) == role:
            button.click()
            return
    raise AssertionError("no such button")


def test_an_empty_catalogue_says_what_to_do(panel):
    assert panel.pages.currentWidget() is panel.empty
    assert not panel.edit_button.isEnabled()
    assert not panel.delete_button.isEnabled()


def test_a_new_product_is_saved_and_chosen(panel, desk, idle, qtbot):
    editor = panel.edit(None)
    qtbot.keyClicks(editor.name, "solar lantern")
    qtbot.keyClicks(editor.sku, "SL-10")
    qtbot.keyClicks(editor.price, "KSh 2,450/=")
    qtbot.keyClicks(editor.stock, "14")
    name, value = editor.facts.fields[0]
    qtbot.keyClicks(name, "run time")
    qtbot.keyClicks(value, "12 hours")
    press(editor)
    idle()
    (saved,) = desk.store.products.all()
    assert saved == Product(
        "solar lantern",
        "SL-10",
        price=Money(245000, "KES"),
        stock=14,
        facts=(Fact("run time", "12 hours"),),
        id=saved.id,
    )
    assert [product.id for product in panel.selected()] == [saved.id]
    assert panel.pages.currentWidget() is panel.table


def test_wrong_fields_keep_the_editor_open_and_say_why(panel, desk, lantern, qtbot):
    editor = panel.edit(None)
    qtbot.keyClicks(editor.sku, "sl-10")
    qtbot.keyClicks(editor.price, "cheap")
    qtbot.keyClicks(editor.stock, "-3")
    press(editor)
    assert editor.isVisible()
    assert "name" in editor.form.error(editor.name)
    assert "solar lantern" in editor.form.error(editor.sku)
    assert "cheap" in editor.form.error(editor.price)
    assert "0 or more" in editor.form.error(editor.stock)
    assert editor.price.accessibleDescription()
    assert desk.store.products.count() == 1


def test_a_fact_without_a_value_is_not_dropped_silently(panel, qtbot):
    editor = panel.edit(None)
    editor.name.setText("lantern")
    qtbot.keyClicks(editor.facts.fields[0][0], "run time")
    press(editor)
    assert editor.isVisible()
    assert "run time" in editor.fact_error.text()


def test_editing_keeps_the_id_and_shows_the_change(show, desk, lantern, idle):
    panel = show(ProductsPanel)
    panel.table.selectRow(0)
    panel.edit_current()
    editor = panel.findChild(ProductEditor)
    assert editor.price.text() == "2450"
    editor.price.setText("1.999,50")
    press(editor)
    idle()
    assert desk.store.products.get(lantern.id).price == Money(199950, "KES")
    assert "1,999.50" in panel.model.index(0, 4).data()


def test_what_the_store_refuses_comes_back_in_the_editor(show, desk, lantern, idle, monkeypatch):
    panel = show(ProductsPanel)
    editor = panel.edit(None)
    editor.name.setText("lamp")
    editor.sku.setText("LATE")
    save = desk.store.products.save

    def another_was_quicker(record):
        save(replace(lantern, id=0, sku="LATE"))
        return save(record)

    monkeypatch.setattr(desk.store.products, "save", another_was_quicker)
    press(editor)
    idle()
    assert "LATE" in panel.banner.text
    again = panel.findChildren(ProductEditor)[-1]
    assert again.isVisible()
    assert again.name.text() == "lamp"


def test_deleting_can_be_undone_with_the_button_and_with_ctrl_z(show, desk, lantern, idle, qtbot):
    panel = show(ProductsPanel)
    for way in ("button", "keys"):
        panel.table.selectRow(0)
        panel.delete_button.click()
        idle()
        assert desk.store.products.count() == 0
        assert panel.pages.currentWidget() is panel.empty
        if way == "button":
            next(b for b in panel.banner.findChildren(QPushButton) if b.text() == "Undo").click()
        else:
            panel.add_button.setFocus()
            qtbot.keyClick(panel.add_button, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        idle()
        assert desk.store.products.all() == [lantern]
        assert names(panel) == ["solar lantern"]


def test_an_editor_closed_by_mistake_opens_again_as_it_was(panel, qtbot):
    editor = panel.edit(None)
    editor.reject()
    assert panel.banner.text == ""
    editor = panel.edit(None)
    qtbot.keyClicks(editor.name, "lantern")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    next(b for b in panel.banner.findChildren(QPushButton) if b.text() == "Go on editing").click()
    assert editor.isVisible()
    assert editor.name.text() == "lantern"


def test_after_deleting_the_next_row_is_chosen(show, desk, idle):
    for name in ("a", "b", "c"):
        desk.store.products.save(Product(name))
    panel = show(ProductsPanel)
    panel.table.selectRow(1)
    panel.delete_selected()
    idle()
    assert [product.name for product in panel.selected()] == ["c"]


def test_search_and_sort(show, desk, idle):
    for i, name in enumerate(("lamp", "soap", "lantern")):
        desk.store.products.save(Product(name, f"S{i}", price=Money((i + 1) * 90000, "KES")))
    panel = show(ProductsPanel)
    panel.table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    assert names(panel) == ["lantern", "soap", "lamp"]
    panel.search.setText("la")
    panel.reload()
    idle()
    assert names(panel) == ["lantern", "lamp"]
    panel.search.setText("nothing like it")
    panel.reload()
    idle()
    assert panel.pages.currentWidget() is panel.nothing_found


def test_import_shows_good_rows_and_what_is_wrong_then_adds_the_good_ones(panel, desk, idle, tmp_path):
    file = tmp_path / "ürün.csv"
    file.write_text(
        "name;sku;price;stock;colour\nlamp;L1;1.299,00;3;red\n;L2;5;1;\nsoap;L3;soon;2;\n",
        encoding="utf-8-sig",
    )
    panel.import_file(file)
    idle()
    preview = panel.preview
    assert preview.plan.good == 1
    assert preview.rows.item(0, 0).text() == "lamp"
    wrong = [
        [preview.problems.item(y, x).text() for x in range(3)] for y in range(preview.problems.rowCount())
    ]
    assert [row[:2] for row in wrong] == [["3", "name"], ["4", "price"]]
    assert "soon" in wrong[1][2]
    assert "1 good row" in preview.save_button.text()
    assert desk.store.products.count() == 0
    press(preview)
    idle()
    (lamp,) = desk.store.products.all()
    assert lamp.price == Money(129900, "KES")
    assert lamp.facts == (Fact("colour", "red"),)
    panel.undoing.undo()
    idle()
    assert desk.store.products.count() == 0


def test_cancelling_an_import_adds_nothing_and_allows_the_next(panel, desk, idle, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("name\nlamp\n")
    panel.import_file(file)
    idle()
    panel.preview.reject()
    assert desk.store.products.count() == 0
    assert panel.import_button.isEnabled()


def test_a_file_without_a_good_row_cannot_be_imported(panel, idle, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("name,price\n,5\n")
    panel.import_file(file)
    idle()
    assert not panel.preview.save_button.isEnabled()
    assert panel.preview.tabs.currentWidget() is panel.preview.problems


def test_a_file_that_cannot_be_read_is_named(panel, idle, tmp_path):
    file = tmp_path / "broken.xlsx"
    file.write_bytes(b"no workbook")
    panel.import_file(file)
    idle()
    assert "broken.xlsx" in panel.banner.text
    assert panel.import_button.isEnabled()
    assert panel.progress.isHidden()


class FakeDrag:
    """Qt's own drag events can only be made by constructors that are deprecated."""

    def __init__(self, data):
        self.data, self.accepted = data, False

    def mimeData(self):
        return self.data

    def acceptProposedAction(self):
        self.accepted = True


def test_a_dropped_table_is_imported_and_other_files_are_refused(panel, idle, tmp_path):
    (tmp_path / "p.csv").write_text("name\nlamp\n")
    for name, taken in (("photo.png", False), ("p.csv", True)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        event = FakeDrag(data)
        panel.dragEnterEvent(event)
        assert event.accepted is taken
    panel.dropEvent(event)
    idle()
    assert panel.preview.plan.good == 1


def test_search_survives_a_restart(panel, show):
    panel.search.setText("lamp")
    again = show(ProductsPanel)
    again.restore_state(panel.save_state())
    assert again.search.text() == "lamp"


def test_every_control_has_a_name_for_screen_readers(panel):
    for widget in (panel.search, panel.table, panel.progress):
        assert widget.accessibleName()


def test_ten_thousand_products_are_shown_and_sorted_quickly(show, desk, qtbot):
    desk.store.products.save_many(
        Product(f"lamp {i}", f"L{i}", price=Money(i % 977 * 100, "KES")) for i in range(10_000)
    )
    panel = show(ProductsPanel)
    assert panel.model.rowCount() == 10_000
    began = time.perf_counter()
    panel.table.sortByColumn(4, Qt.SortOrder.AscendingOrder)
    panel.table.grab()
    assert time.perf_counter() - began < 1.0


def test_the_window_stays_alive_while_a_large_file_is_read(panel, idle, tmp_path, qtbot):
    file = tmp_path / "large.csv"
    file.write_text("name,sku,price\n" + "".join(f"lamp {i},L{i},{i}\n" for i in range(20_000)))
    gaps, last = [], [time.perf_counter()]
    timer = QTimer(panel, interval=10)

    def tick():
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer.timeout.connect(tick)
    timer.start()
    panel.import_file(file)
    assert panel.progress.isVisible()
    assert "large.csv" in panel.banner.text
    panel.import_file(file)
    assert "still running" in panel.banner.text
    idle()
    timer.stop()
    assert panel.preview.plan.good == 20_000
    assert max(gaps) < 0.5
