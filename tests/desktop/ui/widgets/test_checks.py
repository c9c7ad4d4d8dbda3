import pytest

from desktop.drafting.results import Flag
from desktop.marketplaces.rules import RuleResult
from desktop.ui.widgets.checks import Checks

FLAG = Flag("title", 0, 10, "Waterproof", "No fact says so")
LONG = RuleResult("google", "title", "length", False, "160 of 150 characters, 10 too many.")
FITS = RuleResult("google", "description", "length", True, "20 of 5000 characters.")
CLEAN = RuleResult("google", "title", "banned words", True, "No banned words.")
CLEAN_TOO = RuleResult("google", "description", "banned words", True, "No banned words.")


@pytest.fixture
def checks(qtbot):
    made = Checks()
    qtbot.addWidget(made)
    made.show()
    return made


def test_problems_come_first_and_what_passed_is_one_line(checks):
    checks.show_results([FLAG], [CLEAN, LONG, FITS, CLEAN_TOO], empty=False)
    assert checks.lines() == [
        "! “Waterproof” – No fact says so",
        "! Title: 160 of 150 characters, 10 too many.",
        "✓ No banned words",
    ]
    assert checks._heading.text() == "Checks · 2 to look at"
    assert "1 check passed" in checks.fold.text()
    assert not checks._passed.isVisible()


def test_what_passed_unfolds_and_stays_unfolded_while_the_text_changes(checks):
    checks.show_results([], [CLEAN, FITS], empty=False)
    assert "3 checks passed" in checks.fold.text()
    checks.fold.click()
    assert checks._passed.isVisible()
    checks.show_results([], [CLEAN], empty=False)
    assert checks._passed.text().splitlines() == ["✓ Everything said is in your facts", "✓ No banned words"]
    assert checks._passed.isVisible()


def test_an_empty_text_shows_what_will_be_checked_and_the_notes(checks):
    checks.show_results([], [], empty=True)
    checks.show_notes(["Titles all in capitals are refused."])
    assert checks.lines() == []
    assert checks._hint.isVisible() and not checks.fold.isVisible()
    assert checks._notes.isVisible() and "capitals" in checks._notes.text()
    checks.show_notes([])
    assert not checks._notes.isVisible()
