import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from desktop import __version__
from desktop.desk import resources_dir
from desktop.ui.dialogs.about import AboutDialog
from desktop.ui.widgets.help import HelpDialog


@pytest.fixture
def about(qtbot):
    dialog = AboutDialog(resources_dir() / "licences")
    qtbot.addWidget(dialog)
    return dialog


def shown(about, part):
    (item,) = about.parts.findItems(part, Qt.MatchFlag.MatchExactly)
    about.parts.setCurrentItem(item)
    return about.text.toPlainText()


def test_it_begins_with_qt_and_how_to_replace_it(about):
    assert "You may replace Qt" in about.text.toPlainText()
    assert "program\\PySide6" in about.text.toPlainText()
    assert "source code" in about.text.toPlainText()


def test_each_part_shows_its_own_text(about):
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in shown(about, "GNU LGPL 3")
    assert shown(about, "GNU GPL 3").lstrip().startswith("GNU GENERAL PUBLIC LICENSE")
    assert about.text.isReadOnly()


def test_a_text_that_is_gone_is_said(qtbot, tmp_path):
    (tmp_path / "Qt.txt").write_text("Qt", "utf-8")
    (tmp_path / "numpy.txt").write_text("BSD", "utf-8")
    dialog = AboutDialog(tmp_path)
    qtbot.addWidget(dialog)
    (tmp_path / "numpy.txt").unlink()
    assert "can't be read" in shown(dialog, "numpy")


def test_help_leads_to_it(qtbot):
    dialog = HelpDialog(resources_dir() / "licences")
    qtbot.addWidget(dialog)
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.text() == "About and licences"]
    button.click()
    (about,) = dialog.findChildren(AboutDialog)
    assert any(__version__ in label.text() for label in about.findChildren(QLabel))
    about.close()
