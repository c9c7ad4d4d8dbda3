import subprocess
import sys

import pytest

from desktop.ui.single_instance import SingleInstance


def test_a_second_start_raises_the_first(qtbot, tmp_path):
    folder = tmp_path / "دكان 店"
    folder.mkdir()
    first, second = SingleInstance(folder), SingleInstance(folder)
    assert first.claim()
    with qtbot.waitSignal(first.raise_requested):
        assert not second.claim()
    first.release()
    assert second.claim()
    second.release()


def test_two_folders_are_two_shops(qtbot, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert first.claim() and second.claim()
    first.release()
    second.release()


@pytest.mark.skipif(sys.platform == "win32", reason="the test kills its child by a signal")
def test_the_lock_of_a_killed_program_is_taken_over(qtbot, tmp_path):
    code = (
        "import os,signal,sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
        "app=QCoreApplication([]); from desktop.ui.single_instance import SingleInstance;"
        "s=SingleInstance(Path(sys.argv[1])); assert s.claim(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode < 0
    instance = SingleInstance(tmp_path)
    assert instance.claim()
    instance.release()
