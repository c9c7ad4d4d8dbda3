import gettext
import struct

import pytest
from PySide6.QtCore import QLocale, Qt

from desktop.ui import i18n


def write_catalogue(path, texts):
    """A .mo file as gettext defines it (GNU gettext manual, "The Format of GNU MO Files")."""
    path.parent.mkdir(parents=True)
    pairs = [(k.encode(), v.encode()) for k, v in sorted(texts.items())]
    start = 28 + 16 * len(pairs)
    keys = b"".join(k + b"\0" for k, _ in pairs)
    tables, at = [b"", b""], [start, start + len(keys)]
    for pair in pairs:
        for n, text in enumerate(pair):
            tables[n] += struct.pack("<II", len(text), at[n])
            at[n] += len(text) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.write_bytes(head + tables[0] + tables[1] + keys + b"".join(v + b"\0" for _, v in pairs))


@pytest.fixture(autouse=True)
def back_to_english(qapp, monkeypatch):
    monkeypatch.setattr(i18n, "_catalogue", gettext.NullTranslations())
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    QLocale.setDefault(QLocale.system())


def test_without_a_catalogue_all_stays_english(qapp, tmp_path):
    i18n.install(qapp, tmp_path, "ar")
    assert i18n.tr("Copy") == "Copy"
    assert i18n.tr_n("{n} draft", "{n} drafts", 2) == "2 drafts"
    assert i18n.tr("") == ""
    assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight


def test_a_catalogue_gives_words_plurals_and_direction(qapp, tmp_path):
    texts = {
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
        "Copy": "نسخ",
        "{n} draft\0{n} drafts": "مسودة\0{n} مسودات",
    }
    write_catalogue(tmp_path / "ar" / "LC_MESSAGES" / "stallhand.mo", texts)
    i18n.install(qapp, tmp_path, "ar")
    assert i18n.tr("Copy") == "نسخ"
    assert i18n.tr_n("{n} draft", "{n} drafts", 3) == "3 مسودات"
    assert qapp.layoutDirection() == Qt.LayoutDirection.RightToLeft
