"""The trial's own judgement: which lines count, what the trace says, how the figures are held against targets."""

import re

import pytest

from installer.windows import sockets, targets, trial
from installer.windows.wine import Wine

TRACE = """\
12  connect(4, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X0"}, 20) = 0
12  sendmsg(4, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="AF_INET", iov_len=8}]}, 0) = 8
13  connect(9, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = -1 ENETUNREACH
13  bind(9, {sa_family=AF_INET6, sin6_port=htons(0)}, 28) = 0
13  sendto(9, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53)}, 16) = 1
13  +++ exited with 0 +++
"""


def test_only_what_reaches_for_the_network_counts():
    assert [line.split("(")[0][4:] for line in sockets.attempts(TRACE)] == ["connect", "bind", "sendto"]


def test_every_line_on_stderr_needs_a_reason():
    assert trial.unexpected(["Failed to create DXGI factory.", "", "  "]) == []
    assert trial.unexpected(["Failed to create DXGI factory. And more", "Traceback"]) == [
        "Failed to create DXGI factory. And more",
        "Traceback",
    ]
    assert all(reason and re.compile(rule) for rule, reason in trial.ALLOWED.items())


def test_every_target_is_held_against_its_figure():
    text = targets.table({"setup_mb": 31.44, "files": 700, "build_s": 240, "trial_s": 300})
    rows = {row.split("  ")[0]: row for row in text.splitlines()}
    assert len(rows) == len(targets.TARGETS) == 6
    assert rows["setup.exe with the bundled model"].endswith("met") and "31.4 MB" in text
    assert rows["files installed"].endswith("MISSED")
    assert "9.0 min" in rows["build and trial here"]
    assert "–" in rows["installed size"]


def test_figures_of_an_earlier_run_stay_until_they_are_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr(targets, "FIGURES", tmp_path / "out" / "figures.json")
    assert targets.noted() == {}
    targets.note(files=1, setup_mb=2)
    targets.note(files=3)
    assert targets.noted() == {"files": 3, "setup_mb": 2}


def test_windows_names_of_places(tmp_path):
    wine = Wine(tmp_path, "José")
    assert wine.seen(wine.profile / "a b.txt") == "C:\\users\\José\\a b.txt"
    assert wine.seen(tmp_path / "x") == "Z:" + str(tmp_path / "x").replace("/", "\\")


def test_a_trial_ends_at_the_first_step_that_fails(tmp_path, monkeypatch, capsys):
    taken = []

    class Eyes:
        def shoot(self, target):
            taken.append(target.name)

    def passes(_trial):
        taken.append("passes")

    def fails(_trial):
        trial.require(False, "it is not so")

    tried = trial.Trial(Wine(tmp_path), Eyes(), tmp_path, tmp_path)
    assert trial._take(tried, [passes]) is True
    assert trial._take(tried, [passes, fails, passes]) is False
    assert taken == ["passes", "passes", "failed.png"]
    assert "FAILED fails: it is not so" in capsys.readouterr().err


def test_waiting_ends_with_what_was_waited_for():
    with pytest.raises(trial.TrialError, match="no drafts after 0 s"):
        trial.wait_until(lambda: False, 0, "no drafts")
