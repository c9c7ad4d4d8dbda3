import csv

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.shop.records import Draft, DraftState, Task
from desktop.store.errors import StoreError
from desktop.ui.panels import history
from desktop.ui.panels.history import HistoryPanel
from desktop.ui.panels.messages import MessagesPanel
from desktop.ui.panels.products import ProductsPanel


def reply(text="Yes, we deliver to Nakuru.", message="Do you deliver?"):
    product = {"name": "solar lantern", "facts": {"run time": "12 hours"}}
    return Draft(
        Task.REPLY,
        message,
        {"message": message, "product": product, "tone": "friendly"},
        ({"text": text}, {"text": "Another way to say it"}),
        {"text": text},
    )


@pytest.fixture
def drafts(desk):
    kept = [
        desk.store.drafts.add(reply()),
        desk.store.drafts.add(
            Draft(
                Task.LISTING,
                "soap",
                {"product": {"name": "soap"}},
                ({"title": "Soap", "bullets": ["Mild", "Small"], "description": "A soap."},),
                {"title": "Soap", "bullets": "Mild\nSmall", "description": "A soap."},
            )
        ),
        desk.store.drafts.add(reply("نعم، التوصيل متاح", "هل يوجد توصيل؟")),
    ]
    desk.store.drafts.update(kept[0].id, text={"text": "Yes, to Nakuru in two days."})
    return kept


@pytest.fixture
def panel(show, drafts):
    return show(HistoryPanel)


def subjects(panel):
    return [draft.subject for draft in panel.model.records]


def test_an_empty_history_explains_itself(show):
    panel = show(HistoryPanel)
    assert panel.pages.currentWidget() is panel.empty
    assert not panel.export_button.isEnabled()


def test_drafts_stand_newest_first_with_the_newest_shown(panel):
    assert subjects(panel) == ["هل يوجد توصيل؟", "soap", "Do you deliver?"]
    assert panel.current().subject == "هل يوجد توصيل؟"


def test_details_hold_the_text_the_facts_and_what_was_offered(panel, drafts):
    panel.open_item(drafts[0])
    panel.table.selectRow(2)
    text = panel.details.toPlainText()
    for part in ("to Nakuru in two days", "12 hours", "Yes, we deliver to Nakuru.", "Another way"):
        assert part in text
    assert "Edited" in panel.when.text()


def test_what_customers_write_is_never_taken_for_markup(show, desk):
    desk.store.drafts.add(reply("<b>5 < 6</b>", "<img src=x>"))
    panel = show(HistoryPanel)
    assert "<b>5 < 6</b>" in panel.details.toPlainText()
    assert "<img src=x>" in panel.about.text()


def test_search_and_filters(panel, idle):
    panel.search.setText("nakuru days")
    panel.reload()
    idle()
    assert subjects(panel) == ["Do you deliver?"]
    panel.search.setText("")
    panel.task.setCurrentIndex(panel.task.findData(Task.LISTING))
    idle()
    assert subjects(panel) == ["soap"]
    panel.task.setCurrentIndex(0)
    panel.state.setCurrentIndex(panel.state.findData(DraftState.EDITED))
    idle()
    assert subjects(panel) == ["Do you deliver?"]
    panel.search.setText("no such words")
    panel.reload()
    idle()
    assert panel.pages.currentWidget() is panel.nothing_found


def test_a_long_history_is_shown_in_parts(show, desk, idle, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 2)
    for i in range(5):
        desk.store.drafts.add(reply(message=f"m{i}"))
    panel = show(HistoryPanel)
    panel._limit = 2
    panel.reload()
    idle()
    assert subjects(panel) == ["m4", "m3"]
    assert panel.more_button.isVisible()
    panel.more_button.click()
    idle()
    panel.more_button.click()
    idle()
    assert len(subjects(panel)) == 5
    assert not panel.more_button.isVisible()


def test_use_again_asks_for_the_panel_that_made_it(panel, qtbot):
    panel.table.selectRow(1)
    with qtbot.waitSignal(panel.open_requested) as asked:
        panel.reuse_button.click()
    assert asked.args[0] == "listings"
    assert asked.args[1].subject == "soap"


def test_copying_takes_all_fields_and_marks_the_draft(panel, desk, drafts, idle):
    panel.table.selectRow(1)
    panel.copy_button.click()
    idle()
    assert QGuiApplication.clipboard().text() == "Soap\n\nMild\nSmall\n\nA soap."
    assert desk.store.drafts.get(drafts[1].id).state == DraftState.COPIED
    assert "Copied" in panel.when.text()


def test_deleting_can_be_undone(panel, desk, drafts, idle):
    before = desk.store.drafts.search()
    panel.table.selectAll()
    panel.delete_button.click()
    idle()
    assert desk.store.drafts.search() == []
    panel.undoing.undo()
    idle()
    assert desk.store.drafts.search() == before


def test_export_writes_what_the_filters_show(panel, idle, tmp_path):
    panel.state.setCurrentIndex(panel.state.findData(DraftState.EDITED))
    idle()
    for ending in ("csv", "xlsx", "txt"):
        panel.export(tmp_path / f"drafts.{ending}")
        idle()
        assert f"drafts.{ending}" in panel.banner.text
    with (tmp_path / "drafts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["subject"] for row in rows] == ["Do you deliver?"]


def test_an_export_that_fails_says_why(panel, idle, tmp_path):
    panel.export(tmp_path / "no such folder" / "drafts.csv")
    idle()
    assert "no such folder" in panel.banner.text
    assert panel.export_button.isEnabled()


def test_the_newest_search_wins(panel, idle):
    panel._show([], panel._asked - 1, 10)
    assert len(subjects(panel)) == 3


def test_filters_survive_a_restart(panel, show):
    panel.search.setText("soap")
    panel.task.setCurrentIndex(panel.task.findData(Task.REPLY))
    again = show(HistoryPanel)
    again.restore_state(panel.save_state())
    assert again.search.text() == "soap"
    assert again.task.currentData() == Task.REPLY


def test_faults_of_the_program_are_not_shown_as_the_sellers(panel):
    with pytest.raises(KeyError):
        panel._on_error(KeyError("bug"))
    panel._on_error(StoreError("The disk is full."))
    assert panel.banner.text == "The disk is full."


@pytest.mark.parametrize("panel_class", [HistoryPanel, MessagesPanel, ProductsPanel])
def test_nothing_begins_after_the_end(show, tasks, qtbot, panel_class):
    panel = show(panel_class)
    search = panel.saved.search if panel_class is MessagesPanel else panel.search
    search.setText("lamp")
    if panel_class is MessagesPanel:
        qtbot.keyClicks(panel.message, "Hi")
    panel.shutdown()
    tasks.close()
    qtbot.wait(500)  # a job begun now would raise, which fails the test
