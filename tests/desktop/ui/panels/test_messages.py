import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPushButton

from desktop.shop.records import DraftState, Product, SavedReply, Task
from desktop.ui.dialogs.saved_reply_editor import SavedReplyEditor
from desktop.ui.panels.messages import MessagesPanel

PRICE = "Hi, how much is the solar lantern?"


@pytest.fixture
def panel(show, desk, sold):
    desk.store.replies.save(SavedReply("delivery", "Delivery", "{product} to Nakuru: KSh 350, [day]"))
    desk.store.replies.save(SavedReply("mpesa", "Payment", "M-Pesa till 55555, {shop}."))
    return show(MessagesPanel)


@pytest.fixture
def ask(panel, qtbot, idle):
    """Paste a message and draft."""

    def make(message):
        panel.message.setFocus()
        panel.message.selectAll()
        QGuiApplication.clipboard().setText(message)
        panel.message.paste()
        panel._recognise.flush()
        idle()
        panel.draft()
        idle()

    return make


def drafts(desk):
    return desk.store.drafts.search()


def type_at_end(qtbot, editor, text):
    editor.setFocus()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, text)


def test_what_a_message_asks_for_is_recognised_before_drafting(panel, qtbot, idle):
    assert not panel.draft_button.isEnabled()
    qtbot.keyClicks(panel.message, PRICE)
    panel._recognise.flush()
    idle()
    assert panel.recognised.intent.currentData() == "price"
    assert panel.recognised.product.product().sku == "SL-10"
    assert panel.draft_button.isEnabled()


def test_replies_come_from_the_shops_own_facts_and_go_to_the_history(panel, ask, desk):
    ask(PRICE)
    texts = [card.fields["text"] for card in panel.cards if card.ready]
    assert 2 <= len(texts) <= 3
    assert any("KSh 2,450" in text for text in texts)
    assert panel.editor.text() == texts[0]
    assert any("price" in text for text in panel.reply.facts.texts)
    (draft,) = drafts(desk)
    assert draft.task == Task.REPLY
    assert draft.subject == PRICE
    assert draft.state == DraftState.DRAFT
    assert draft.inputs["intent"] == "price"
    assert draft.inputs["product"]["sku"] == "SL-10"
    assert [variant["text"] for variant in draft.variants] == texts


def test_nothing_is_drafted_for_an_empty_message(panel, desk):
    panel.draft()
    assert "message" in panel.banner.text
    assert drafts(desk) == []


def test_correcting_the_intent_drafts_anew(panel, ask, desk, idle):
    ask(PRICE)
    panel.recognised.intent.setCurrentIndex(panel.recognised.intent.findData("payment"))
    panel.recognised.intent.activated.emit(panel.recognised.intent.currentIndex())
    idle()
    assert panel.recognised.intent.currentData() == "payment"
    assert "55555" in panel.editor.text()
    assert "your choice" in panel.recognised.guess.text()
    assert len(drafts(desk)) == 2


def test_correcting_the_product_drafts_anew_also_without_an_sku(panel, ask, desk, idle):
    tea = desk.store.products.save(Product("loose tea", facts=(), stock=3))
    panel.activate()
    ask(PRICE)
    panel.recognised.product.set_product(tea.id)
    panel.recognised.product.picked.emit(tea)
    idle()
    assert panel.recognised.product.product() == tea
    assert drafts(desk)[0].inputs["product"]["name"] == "loose tea"
    assert "2,450" not in panel.editor.text()


def test_a_new_message_is_recognised_afresh(panel, ask, qtbot, idle):
    ask(PRICE)
    panel.recognised.intent.setCurrentIndex(panel.recognised.intent.findData("payment"))
    panel.recognised.intent.activated.emit(panel.recognised.intent.currentIndex())
    idle()
    ask(PRICE)
    assert panel.recognised.intent.currentData() == "price"


def test_choosing_another_version_puts_it_into_the_editor_without_counting_as_an_edit(panel, ask, desk, idle):
    ask(PRICE)
    qtext = panel.cards[1].fields["text"]
    panel.cards[1].chosen.emit(1)
    idle()
    assert panel.editor.text() == qtext
    (draft,) = drafts(desk)
    assert draft.text == {"text": qtext}
    assert draft.state == DraftState.DRAFT


def test_edits_are_kept_as_they_are_typed(panel, ask, desk, qtbot, idle):
    ask(PRICE)
    type_at_end(qtbot, panel.editor, " Karibu!")
    panel.keeper.flush()
    idle()
    (draft,) = drafts(desk)
    assert draft.text["text"].endswith(" Karibu!")
    assert draft.state == DraftState.EDITED


def test_what_the_facts_do_not_back_is_underlined_while_typing(panel, ask, qtbot):
    ask(PRICE)
    type_at_end(qtbot, panel.editor, " It is waterproof.")
    panel._check.flush()
    assert "waterproof" in [flag.text for flag in panel.editor.flags]


def test_copying_marks_the_draft(panel, ask, desk, idle):
    ask(PRICE)
    panel.copy_all()
    idle()
    assert QGuiApplication.clipboard().text() == panel.editor.text()
    (draft,) = drafts(desk)
    assert draft.state == DraftState.COPIED
    assert draft.approved == {"text": panel.editor.text()}


def test_an_open_place_stops_copying_and_can_be_filled_in(panel, desk, qtbot, idle):
    type_at_end(qtbot, panel.editor, "It takes [delivery time] and costs [cost].")
    assert [slot.label for slot in panel.editor.open_slots] == ["delivery time", "cost"]
    assert "delivery time" in panel.reply.remark.text()
    QGuiApplication.clipboard().setText("before")
    panel.reply.copy_button.click()
    assert QGuiApplication.clipboard().text() == "before"
    dialog = panel.reply.slots_dialog
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.fields["delivery time"], "2 days")
    assert dialog.preview.text() == "It takes 2 days and costs [cost]."
    assert not dialog.save_button.isEnabled()
    qtbot.keyClicks(dialog.fields["cost"], "KSh 350")
    dialog.save_button.click()
    idle()
    assert QGuiApplication.clipboard().text() == "It takes 2 days and costs KSh 350."
    assert panel.editor.text() == "It takes 2 days and costs KSh 350."
    assert drafts(desk)[0].state == DraftState.COPIED


def test_an_open_place_can_be_copied_on_purpose_or_not_at_all(panel, desk, qtbot, idle):
    type_at_end(qtbot, panel.editor, "It takes [delivery time].")
    QGuiApplication.clipboard().setText("before")
    panel.reply.copy_button.click()
    panel.reply.slots_dialog.reject()
    assert QGuiApplication.clipboard().text() == "before"
    assert drafts(desk) == []
    panel.reply.copy_button.click()
    panel.reply.slots_dialog.as_it_is.click()
    assert QGuiApplication.clipboard().text() == "It takes [delivery time]."


def test_slash_and_a_shortcut_put_a_saved_reply_in(panel, ask, qtbot, idle):
    ask(PRICE)
    panel.editor.clear()
    type_at_end(qtbot, panel.editor, "Hello. /del")
    assert panel.editor.popup_visible
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    assert not panel.editor.popup_visible
    assert panel.editor.text() == "Hello. solar lantern to Nakuru: KSh 350, [day]"
    assert [slot.label for slot in panel.editor.open_slots] == ["day"]


def test_a_slash_inside_a_word_or_without_a_match_offers_nothing(panel, qtbot):
    type_at_end(qtbot, panel.editor, "open 24/7 or /zzz")
    assert not panel.editor.popup_visible
    assert panel.editor.text() == "open 24/7 or /zzz"


def test_escape_closes_the_offer_and_keeps_what_was_typed(panel, qtbot):
    panel.editor.insertPlainText("😀 ")
    type_at_end(qtbot, panel.editor, "/mp")
    assert panel.editor.popup_visible
    qtbot.keyClick(panel.editor, Qt.Key.Key_Escape)
    assert not panel.editor.popup_visible
    assert panel.editor.text() == "😀 /mp"


def test_a_saved_reply_is_put_in_where_the_cursor_is(panel, qtbot):
    type_at_end(qtbot, panel.editor, "Thanks. ")
    panel.saved.list.setCurrentIndex(panel.saved.model.index(1))
    panel.saved.insert_button.click()
    assert panel.editor.text() == "Thanks. M-Pesa till 55555, Mama Njeri Shop."


def test_saved_replies_are_searched(panel, idle):
    panel.saved.search.setText("till")
    panel.saved.reload()
    idle()
    assert [reply.shortcut for reply in panel.saved.model.replies] == ["mpesa"]
    panel.saved.search.setText("nothing")
    panel.saved.reload()
    idle()
    assert panel.saved.pages.currentWidget() is panel.saved.empty
    assert not panel.saved.insert_button.isEnabled()


def test_a_saved_reply_is_added_checked_and_changed(panel, desk, qtbot, idle):
    editor = panel.saved.edit(None)
    qtbot.keyClicks(editor.shortcut, "/MPESA")
    editor.save_button.click()
    assert "Another" in editor.form.error(editor.shortcut)
    assert editor.form.error(editor.text)
    editor.shortcut.setText("/hours")
    qtbot.keyClicks(editor.text, "8 to 7")
    editor.save_button.click()
    idle()
    hours = desk.store.replies.by_shortcut("hours")
    assert panel.saved.current() == hours
    editor = panel.saved.edit(hours)
    editor.text.set_text("9 to 5")
    editor.save_button.click()
    idle()
    assert desk.store.replies.get(hours.id).text == "9 to 5"


def test_deleting_a_saved_reply_can_be_undone(panel, desk, idle):
    before = desk.store.replies.all()
    panel.saved.delete_button.click()
    idle()
    assert len(desk.store.replies.all()) == 1
    next(b for b in panel.saved.banner.findChildren(QPushButton) if b.text() == "Undo").click()
    idle()
    assert desk.store.replies.all() == before


def test_a_good_reply_can_be_saved_for_later(panel, qtbot):
    type_at_end(qtbot, panel.editor, "We open at 8.")
    panel.reply.save_button.click()
    (editor,) = panel.window().findChildren(SavedReplyEditor)
    assert editor.text.text() == "We open at 8."


def test_stop_keeps_what_is_there_and_frees_the_button(panel, desk, qtbot, idle, monkeypatch):
    started, cancelled = threading.Event(), threading.Event()

    def slow(*_args, on_token, cancel, **_options):
        on_token(0, "Hello, ")
        started.set()
        while not cancel.cancelled:
            pass
        cancelled.set()
        raise ValueError("stopped")

    monkeypatch.setattr(desk.replies, "draft", slow)
    qtbot.keyClicks(panel.message, PRICE)
    panel.draft()
    qtbot.waitUntil(started.is_set)
    qtbot.waitUntil(lambda: panel.cards[0].fields == {"text": "Hello, "})
    assert panel.stop_button.isVisible()
    assert not panel.draft_button.isEnabled()
    panel.stop_button.click()
    qtbot.waitUntil(cancelled.is_set)
    idle()
    assert not panel.stop_button.isVisible()
    assert panel.draft_button.isEnabled()


def test_a_correction_while_drafting_replaces_the_draft(panel, desk, qtbot, idle, monkeypatch):
    real, calls = desk.replies.draft, []

    def first_waits(*args, cancel, **options):
        calls.append(options["intent"])
        while len(calls) == 1 and not cancel.cancelled:
            pass
        return real(*args, cancel=cancel, **options)

    monkeypatch.setattr(desk.replies, "draft", first_waits)
    qtbot.keyClicks(panel.message, PRICE)
    panel.draft()
    qtbot.waitUntil(lambda: bool(calls))
    panel.recognised.intent.setCurrentIndex(panel.recognised.intent.findData("payment"))
    panel.recognised.intent.activated.emit(panel.recognised.intent.currentIndex())
    idle()
    assert calls == [None, "payment"]
    assert "55555" in panel.editor.text()
    assert len(drafts(desk)) == 1


def test_a_reply_of_the_history_is_taken_up_again_as_a_new_one(panel, ask, show, desk, qtbot, idle):
    ask(PRICE)
    (old,) = drafts(desk)
    again = show(MessagesPanel)
    again.open_item(old)
    idle()
    assert again.message.text() == PRICE
    assert again.recognised.intent.currentData() == "price"
    assert again.recognised.product.product().sku == "SL-10"
    assert [card.ready for card in again.cards] == [True] * len(old.variants) + [False] * (
        3 - len(old.variants)
    )
    type_at_end(qtbot, again.editor, " More.")
    again.shutdown()
    idle()
    assert desk.store.drafts.get(old.id) == old
    assert drafts(desk)[0].text["text"] == old.text["text"] + " More."


def test_message_reply_and_choices_survive_a_restart(panel, ask, show, idle):
    ask("هل يوجد توصيل؟")
    panel.recognised.intent.setCurrentIndex(panel.recognised.intent.findData("delivery"))
    panel.recognised.intent.activated.emit(panel.recognised.intent.currentIndex())
    idle()
    again = show(MessagesPanel)
    again.restore_state(panel.save_state())
    again.activate()
    idle()
    assert again.message.text() == "هل يوجد توصيل؟"
    assert again.editor.text() == panel.editor.text()
    assert again.recognised.intent.currentData() == "delivery"


@pytest.mark.parametrize("message", ["x" * 10_000, "🔥" * 50, "ราคาเท่าไหร่", "?"])
def test_odd_messages_are_answered_or_told_of(panel, ask, message, desk):
    ask(message)
    assert panel.editor.text() or panel.reply.remark.text()
    assert len(drafts(desk)) <= 1


def test_edits_after_a_restart_still_go_to_the_same_draft(panel, ask, show, desk, idle, qtbot):
    ask(PRICE)
    (draft,) = drafts(desk)
    again = show(MessagesPanel)
    again.restore_state(panel.save_state())
    assert again.cards[0].ready
    type_at_end(qtbot, again.editor, " Karibu!")
    again.shutdown()
    idle()
    (after,) = drafts(desk)
    assert after.id == draft.id
    assert after.text["text"].endswith(" Karibu!")
