import pytest
from PySide6.QtCore import Qt

from desktop.shop.records import Product
from desktop.ui.widgets.product_picker import ProductPicker

LAMP, SOAP = Product("lamp", "L1", id=1), Product("صابون", "S1", id=2)


@pytest.fixture
def picker(qtbot):
    made = ProductPicker()
    qtbot.addWidget(made)
    made.set_products([LAMP, SOAP])
    made.show()
    return made


def test_nothing_is_chosen_at_first(picker):
    assert picker.product() is None
    assert picker.currentText() == "No product"


def test_a_product_is_found_by_a_part_of_its_sku(picker, qtbot):
    picker.lineEdit().selectAll()
    with qtbot.waitSignal(picker.picked) as picked:
        qtbot.keyClicks(picker.lineEdit(), "s1")
        qtbot.keyClick(picker.completer().popup(), Qt.Key.Key_Down)
        qtbot.keyClick(picker.completer().popup(), Qt.Key.Key_Return)
    assert picked.args == [SOAP]
    assert picker.product() == SOAP


def test_typing_without_choosing_changes_nothing(picker, qtbot):
    picker.set_product(LAMP.id)
    picker.lineEdit().selectAll()
    qtbot.keyClicks(picker.lineEdit(), "zzz")
    picker.lineEdit().editingFinished.emit()
    assert picker.product() == LAMP
    assert picker.currentText() == "lamp · L1"


def test_the_choice_survives_a_new_catalogue_and_choosing_by_code_is_silent(picker, qtbot):
    with qtbot.assertNotEmitted(picker.picked):
        assert picker.set_sku("s1")
        picker.set_products([SOAP, LAMP, Product("new", id=3)])
        assert picker.product() == SOAP
        picker.set_products([LAMP])
        assert picker.product() is None
        assert not picker.set_sku("gone")
