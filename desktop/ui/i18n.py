"""The window's words in the seller's language, by gettext catalogues (standard tools extract and compile
them).

Every text the window shows goes through `tr`; without a catalogue for the language it stays English.
"""

from __future__ import annotations

import gettext
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

DOMAIN = "stallhand"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def tr(text: str) -> str:
    """`text` in the language chosen by `install`; English before that."""
    return _catalogue.gettext(text) if text else text


def tr_n(one: str, many: str, count: int) -> str:
    """`one` or `many` by the plural rule of the language, with "{n}" filled in."""
    return _catalogue.ngettext(one, many, count).replace("{n}", str(count))


def install(app: QApplication, folder: Path, language: str | None = None) -> None:
    """Use `folder`/<language>/LC_MESSAGES/stallhand.mo; `language` defaults to the system's.

    Qt's own texts (dialog buttons) and the window's direction follow.
    """
    global _catalogue
    locale = QLocale(language) if language else QLocale.system()
    code = locale.name()
    _catalogue = gettext.translation(DOMAIN, folder, [code, code.split("_")[0]], fallback=True)
    if type(_catalogue) is gettext.NullTranslations:
        return
    qt_texts = QTranslator(app)
    if qt_texts.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(qt_texts)
    rtl = locale.textDirection() == Qt.LayoutDirection.RightToLeft
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
