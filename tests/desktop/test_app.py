import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop import app
from desktop.__main__ import main
from desktop.ui.main_window import MainWindow
from desktop.ui.single_instance import LOCK_FILE


@pytest.fixture
def refused(monkeypatch):
    """What the message box would say."""
    said = []
    monkeypatch.setattr(QMessageBox, "critical", lambda _parent, _title, text: said.append(text))
    return said


def window():
    (found,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
    return found


def during_run(qapp, action):
    """Do `action` once the window is on the screen, then close it."""

    def act():
        try:
            action()
        finally:
            window().close()

    QTimer.singleShot(50, qapp, act)


@pytest.mark.parametrize("name", ["plain", "José Müller", "田中　太郎", "محمد", "shop 🏪"])
def test_the_window_opens_over_any_folder_and_leaves_it_free(qapp, tmp_path, name):
    folder = tmp_path / name / "data"
    titles = []
    during_run(qapp, lambda: titles.append(window().windowTitle()))
    assert app.run(folder, use_model=False) == 0
    assert titles == ["Stallhand"]
    assert (folder / "stallhand.db").exists()
    assert not (folder / LOCK_FILE).exists()


def test_a_folder_that_cannot_be_used_is_refused_with_what_to_do(qapp, tmp_path, refused, capsys):
    (tmp_path / "file").write_text("")
    assert app.run(tmp_path / "file" / "data", use_model=False) == 2
    assert str(tmp_path / "file") in refused[0] and "--data-dir" in refused[0]
    assert refused[0] in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(qapp, tmp_path, refused):
    tmp_path.chmod(0o500)
    try:
        assert app.run(tmp_path, use_model=False) == 2
    finally:
        tmp_path.chmod(0o700)
    assert "writable" in refused[0]


def test_a_damaged_program_is_refused_with_what_to_do(qapp, tmp_path, refused, monkeypatch):
    monkeypatch.setattr("desktop.desk.resources_dir", lambda: tmp_path / "no_resources")
    assert app.run(tmp_path / "data", use_model=False) == 2
    assert "Install it again" in refused[0]


def test_a_damaged_database_is_set_aside_and_said(qapp, tmp_path):
    (tmp_path / "stallhand.db").write_bytes(b"no database at all" * 500)
    said = []
    during_run(qapp, lambda: said.append(window().banner.text))
    assert app.run(tmp_path, use_model=False) == 0
    assert said[0]


def test_unexpected_errors_go_to_the_log_and_the_log_is_closed(qapp, tmp_path):
    hook = sys.excepthook

    def fail():
        sys.excepthook(ValueError, ValueError("broken gear"), None)

    quiet, sys.excepthook = sys.excepthook, lambda *_: None
    try:
        during_run(qapp, fail)
        app.run(tmp_path, use_model=False)
    finally:
        sys.excepthook = quiet
    assert "broken gear" in (tmp_path / "logs" / "stallhand.log").read_text("utf-8")
    assert sys.excepthook is hook
    assert not [
        h for h in logging.getLogger().handlers if getattr(h, "baseFilename", "").startswith(str(tmp_path))
    ]


def test_a_second_start_ends_at_once_and_a_closed_first_frees_the_folder(tmp_path):
    command = [sys.executable, "-m", "desktop", "--no-model", "--data-dir", str(tmp_path)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "stallhand.db").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        second = subprocess.run(command, env=environment, timeout=20, check=False, capture_output=True)
        assert second.returncode == 0
        assert first.poll() is None
    finally:
        first.kill()
        first.wait()


def test_the_demo_drafts_prints_and_saves_what_it_looks_like(qapp, tmp_path, capsys):
    shot = tmp_path / "shots" / "demo.png"
    arguments = ["--no-model", "--data-dir", str(tmp_path / "data"), "--demo-screenshot", str(shot)]
    assert main([*arguments, "--demo-pages", "settings,history"]) == 0
    printed = capsys.readouterr().out
    assert "version 1" in printed and str(shot) in printed
    assert "Customer: Hi, how much is the solar lantern?" in printed and "Reply: " in printed
    assert "KSh 2,450" in printed.split("Reply: ")[1].splitlines()[0]
    assert "Why: Bought together" in printed and "Pitch: " in printed
    for path in (shot, shot.with_name("demo-settings.png"), shot.with_name("demo-history.png")):
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1366, 728)
        assert len({image.pixel(x, y) for x in range(0, 1366, 7) for y in range(0, 728, 13)}) > 20


def test_the_command_line_works_without_qt(tmp_path):
    code = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from desktop.__main__ import main\n"
        "sys.exit(main(['--data-dir', sys.argv[1], 'history', 'list']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(app.__file__).parents[1],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
