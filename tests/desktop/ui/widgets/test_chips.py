from PySide6.QtWidgets import QPushButton

from desktop.ui.widgets.chips import LONGEST, Chips


def test_chips_wrap_instead_of_being_cut(qtbot):
    chips = Chips(removable=True)
    qtbot.addWidget(chips)
    chips.set_texts([f"product {i}" for i in range(8)])
    chips.resize(260, 400)
    chips.show()
    boxes = [button.geometry() for button in chips.findChildren(QPushButton)]
    assert len({box.y() for box in boxes}) > 1
    assert all(box.right() <= 260 for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_removing_tells_the_place(qtbot):
    chips = Chips(removable=True)
    qtbot.addWidget(chips)
    chips.set_texts(["a", "b"])
    with qtbot.waitSignal(chips.removed) as removed:
        chips.findChildren(QPushButton)[1].click()
    assert removed.args == [1]


def test_no_chips_take_no_room_and_long_ones_are_shortened(qtbot):
    chips = Chips()
    qtbot.addWidget(chips)
    chips.set_texts([])
    assert chips.isHidden()
    chips.set_texts(["x" * 500])
    assert chips.texts == ("x" * 500,)
    assert len(chips.layout().itemAt(0).widget().text()) == LONGEST
