import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.desk import Desk
from desktop.shop.money import Money
from desktop.shop.records import DraftState, Fact, Product, ShopProfile, Task
from desktop.ui.panels.promotions import PromotionsPanel


@pytest.fixture
def desk(tmp_path):
    with Desk.open(tmp_path / "shop", use_model=False) as made:
        made.store.save_profile(ShopProfile("Jirani", "KES"))
        for name, sku in (
            ("solar lantern", "SL-10"),
            ("lamp oil", "LO-1"),
            ("torch", "T-1"),
            ("wick", "W-1"),
        ):
            facts = (Fact("run time", "12 hours"),)
            made.store.products.save(Product(name, sku, price=Money(245000, "KES"), facts=facts))
        yield made


@pytest.fixture
def panel(show):
    return show(PromotionsPanel)


def drafted(qtbot, panel):
    panel.draft()
    qtbot.waitUntil(lambda: panel.draft_button.isEnabled() and panel.cards[0].ready)


def brief(qtbot, panel):
    panel.form.occasion.setEditText("Eid")
    qtbot.keyClicks(panel.form.offer, "10% off")
    panel.form.set_products(panel.desk.store.products.all("lantern"))


def test_a_brief_becomes_versions_and_a_history_entry(qtbot, panel, desk, idle):
    brief(qtbot, panel)
    drafted(qtbot, panel)
    idle()
    assert "10%" in panel.editor.text()
    (draft,) = desk.store.drafts.search(task=Task.PROMOTION)
    assert draft.text == {"text": panel.editor.text()}
    assert draft.inputs["brief"]["products"][0]["sku"] == "SL-10"


def test_what_the_brief_says_is_backed_and_the_rest_is_flagged(qtbot, panel, idle):
    brief(qtbot, panel)
    qtbot.keyClicks(panel.editor, "10% off, 99 hours")
    qtbot.waitUntil(lambda: bool(panel.editor.flags))
    assert "99" in panel.editor.flags[0].text
    assert not any("10" in flag.text for flag in panel.editor.flags)


def test_an_empty_brief_says_what_is_missing(qtbot, panel):
    panel.draft()
    assert "occasion" in panel.banner.text
    assert panel.draft_button.isEnabled()


def test_sms_are_counted_as_networks_count_them(qtbot, panel):
    panel.form.channel.setCurrentIndex(panel.form.channel.findData("sms"))
    panel.editor.setPlainText("a" * 161)
    assert panel.counter.text() == "161 / 306 · 2 SMS"
    panel.editor.setPlainText("ش" * 71)
    assert "71 / 134" in panel.counter.text() and "not plain letters" in panel.counter.text()
    panel.form.channel.setCurrentIndex(panel.form.channel.findData("whatsapp"))
    assert panel.counter.text() == "71"


def test_copying_keeps_what_was_copied(qtbot, panel, desk, idle):
    brief(qtbot, panel)
    drafted(qtbot, panel)
    qtbot.keyClicks(panel.editor, "Hello! ")
    panel.copy_all()
    idle()
    (draft,) = desk.store.drafts.search()
    assert draft.state == DraftState.COPIED
    assert draft.approved == {"text": panel.editor.text()}
    assert QGuiApplication.clipboard().text() == panel.editor.text()


def test_own_words_are_not_overwritten_by_a_draft(qtbot, panel, desk, idle):
    brief(qtbot, panel)
    qtbot.keyClicks(panel.editor, "My words")
    drafted(qtbot, panel)
    assert panel.editor.text() == "My words"
    qtbot.mouseClick(panel.cards[1], Qt.MouseButton.LeftButton)
    assert panel.editor.text() == panel.cards[1].fields["text"]
    idle()
    assert len(desk.store.drafts.search()) == 2


def test_a_message_names_three_products_at_most(qtbot, panel, desk):
    for product in desk.store.products.all():
        panel.open_item(product)
    assert len(panel.form.brief().products) == 3
    assert "3" in panel.banner.text
    panel.form.basket.removed.emit(0)
    assert len(panel.form.brief().products) == 2


def test_the_brief_and_text_come_back(qtbot, panel, desk, tasks, idle):
    brief(qtbot, panel)
    qtbot.keyClicks(panel.editor, "My words")
    state = panel.save_state()
    again = PromotionsPanel(desk, tasks)
    qtbot.addWidget(again)
    again.restore_state(state)
    again.activate()
    idle()
    assert again.form.brief() == panel.form.brief()
    assert again.editor.text() == "My words"


def test_a_draft_of_the_history_comes_back_whole(qtbot, panel, desk, idle):
    brief(qtbot, panel)
    drafted(qtbot, panel)
    idle()
    (draft,) = desk.store.drafts.search()
    panel._fill_brief({})
    panel.editor.set_text("")
    panel.open_item(draft)
    assert panel.form.brief().offer == "10% off"
    assert [product.sku for product in panel.form.brief().products] == ["SL-10"]
    assert panel.editor.text() == draft.text["text"]


def test_the_offered_versions_come_back_after_a_restart(qtbot, panel, desk, tasks, idle):
    brief(qtbot, panel)
    drafted(qtbot, panel)
    idle()
    again = PromotionsPanel(desk, tasks)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    again.activate()
    idle()
    assert [card.fields for card in again.cards] == [card.fields for card in panel.cards]
    assert again.cards[0].property("chosen")
    assert again.editor.flags == ()
    qtbot.keyClicks(again.editor, "Hello! ")
    again.shutdown()
    idle()
    (draft,) = desk.store.drafts.search()
    assert draft.text["text"].startswith("Hello! ")
