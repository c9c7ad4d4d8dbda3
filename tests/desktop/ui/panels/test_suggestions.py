"""Words suggested while the seller types, in each panel that drafts."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop.desk import SUGGEST_WORDS, Desk
from desktop.ui.panels.cross_sell import CrossSellPanel
from desktop.ui.panels.listings import ListingsPanel
from desktop.ui.panels.messages import MessagesPanel
from desktop.ui.panels.promotions import PromotionsPanel
from desktop.ui.panels.settings import SettingsPanel

PAUSE = 400  # longer than a suggestion takes to be asked for


@pytest.fixture
def asked(desk, monkeypatch):
    """As with a model loaded: what `Desk.complete` is asked, always answered by "suggested"."""
    asked = []

    def complete(_desk, writing, before, _cancel):
        asked.append((writing, before))
        return "suggested"

    monkeypatch.setattr(Desk, "complete", complete)
    monkeypatch.setattr(Desk, "has_model", property(lambda _: True))
    return asked


def write(qtbot, editor, text):
    editor.window().activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClicks(editor, text)


def test_each_field_of_a_listing_suggests_from_the_facts(qtbot, show, idle, asked, lantern):
    panel = show(ListingsPanel)
    panel.open_item(lantern)
    panel.editor.set_texts({"title": "Sunbell lantern"})
    for field, edit in panel.editor.fields.items():
        edit.set_text("")
        write(qtbot, edit, "Runs ")
        qtbot.waitUntil(lambda edit=edit: edit.ghost == "suggested")
        writing, before = asked[-1]
        assert (writing.field, before) == (field, "Runs ")
        assert writing.prompt.values["<|f1|>"] == "12 hours"
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    assert panel.editor.texts()["description"] == "Runs suggested"
    idle()


def test_a_listing_without_a_name_suggests_nothing(qtbot, show, asked):
    panel = show(ListingsPanel)
    write(qtbot, panel.editor.fields["description"], "Runs ")
    qtbot.wait(PAUSE)
    assert asked == []


def test_a_reply_suggests_from_what_was_asked(qtbot, show, idle, asked, lantern):
    panel = show(MessagesPanel)
    write(qtbot, panel.editor, "We ")
    qtbot.wait(PAUSE)
    assert asked == []  # there is no message yet
    panel.message.set_text("how much is the solar lantern")
    write(qtbot, panel.editor, "sell it ")
    qtbot.waitUntil(lambda: panel.editor.ghost == "suggested")
    writing, before = asked[-1]
    assert before == "We sell it "
    assert writing.prompt.values["<|price|>"] == "KSh 2,450"
    idle()


def test_a_delicate_reply_is_left_to_the_seller(qtbot, show, idle, asked, lantern):
    panel = show(MessagesPanel)
    panel.message.set_text("the solar lantern i bought does not work, it is broken")
    write(qtbot, panel.editor, "We ")
    qtbot.wait(PAUSE)
    idle()
    assert asked == []


def test_a_promotion_suggests_from_its_brief(qtbot, show, asked):
    panel = show(PromotionsPanel)
    write(qtbot, panel.editor, "Get ")
    qtbot.wait(PAUSE)
    assert asked == []
    panel.form.set_texts({"occasion": "Eid", "offer": "10% off"})
    write(qtbot, panel.editor, "now ")
    qtbot.waitUntil(lambda: panel.editor.ghost == "suggested")
    assert asked[-1][0].prompt.values["<|offer|>"] == "10% off"


def test_a_pitch_suggests_for_the_chosen_product(qtbot, show, idle, asked, sold):
    lantern, cable, _battery = sold
    panel = show(CrossSellPanel)
    panel.open_item(lantern)
    idle()
    qtbot.waitUntil(lambda: panel.chosen() is not None)
    write(qtbot, panel.editor, "Add ")
    qtbot.waitUntil(lambda: panel.editor.ghost == "suggested")
    values = asked[-1][0].prompt.values
    assert (values["<|product|>"], values["<|product2|>"]) == (lantern.name, cable.name)


def test_drafting_does_not_wait_for_a_suggestion(qtbot, show, idle, desk, asked, lantern, monkeypatch):
    begun, gave_way = threading.Event(), threading.Event()

    def complete(_desk, _writing, _before, cancel):
        begun.set()
        while not cancel.cancelled:
            gave_way.wait(0.005)
        gave_way.set()
        return ""

    monkeypatch.setattr(Desk, "complete", complete)
    panel = show(ListingsPanel)
    panel.open_item(lantern)
    write(qtbot, panel.editor.fields["title"], "Sun")
    qtbot.waitUntil(begun.is_set)
    panel.draft()
    qtbot.waitUntil(lambda: panel.cards[0].ready)
    assert gave_way.is_set()
    idle()


def test_the_switch_in_settings_is_remembered_and_obeyed(qtbot, show, idle, desk, asked, lantern):
    settings = show(SettingsPanel)
    assert settings.suggest.isChecked()
    settings.suggest.click()
    idle()
    assert desk.store.settings.get(SUGGEST_WORDS, True) is False
    assert not show(SettingsPanel).suggest.isChecked()
    panel = show(ListingsPanel)
    panel.open_item(lantern)
    write(qtbot, panel.editor.fields["title"], "Sun")
    qtbot.wait(PAUSE)
    assert asked == []
    settings.suggest.click()
    idle()
    write(qtbot, panel.editor.fields["title"], "b")
    qtbot.waitUntil(lambda: bool(asked))


def test_nothing_in_another_language_than_can_be_checked(qtbot, show, desk, asked, lantern):
    desk.store.save_profile(replace(desk.profile(), language="sw"))
    panel = show(ListingsPanel)
    panel.open_item(lantern)
    write(qtbot, panel.editor.fields["title"], "Taa ")
    qtbot.wait(PAUSE)
    assert asked == []


def test_nothing_where_phrases_are_written(qtbot, show, desk, lantern, monkeypatch):
    monkeypatch.setattr(Desk, "complete", lambda *_: pytest.fail("asked without a model"))
    panel = show(ListingsPanel)
    panel.open_item(lantern)
    write(qtbot, panel.editor.fields["title"], "Sun")
    qtbot.wait(PAUSE)
    assert not desk.suggests_words
