import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import QStyleOptionViewItem

from desktop.ui.models.direction import DirectionDelegate, direction_of, isolated

LTR, RTL = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("lamp مصباح", LTR),
        ("مصباح lamp", RTL),
        ("12 שלום", RTL),
        ("🔥 12", LTR),
        ("", LTR),
        ("\u2068مصباح\u2069 × 2", LTR),
        ("\u2068مصباح\u2069 then שלום", LTR),
    ],
)
def test_the_first_strong_character_outside_isolates_decides(text, direction):
    assert direction_of(text, LTR) == direction


def test_only_right_to_left_words_are_isolated():
    assert isolated("lamp") == "lamp"
    assert isolated("مصباح") == "\u2068مصباح\u2069"


def test_items_of_a_list_are_drawn_in_their_own_direction(qapp):
    model = QStringListModel(["lamp", "مصباح"])
    delegate = DirectionDelegate()
    for row, direction in enumerate((LTR, RTL)):
        option = QStyleOptionViewItem()
        delegate.initStyleOption(option, model.index(row, 0))
        assert option.direction == direction
