"""Title, bullets and description as they will be copied, each with its counter, marks and own buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.drafting.results import Flag
from desktop.marketplaces.rules import Marketplace, RuleResult, count

from .. import theme
from ..i18n import tr
from .checks import Checks
from .copy_button import CopyButton
from .counter import Counter
from .ghost_text import GhostText

FIELDS = ("title", "bullets", "description")


class ListingEditor(QFrame):
    """`edited` follows each change by the seller; `redraft_requested` and `copied` name a field ("all" for all)."""

    edited = Signal()
    redraft_requested = Signal(str)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, role="card")
        self._marketplace: Marketplace | None = None
        self.fields = {
            "title": GhostText(single_line=True, lines=2),
            "bullets": GhostText(),
            "description": GhostText(),
        }
        captions = {"title": tr("Title"), "bullets": tr("Bullets"), "description": tr("Description")}
        self.fields["title"].setPlaceholderText(tr("Choose a version above, or write your own"))
        self.fields["bullets"].setPlaceholderText(tr("One point a line"))
        self.counters = {name: Counter() for name in FIELDS}
        self.redraft = {name: QPushButton(tr("Redraft")) for name in FIELDS}
        self.copy_buttons = {name: CopyButton(self.fields[name].text) for name in FIELDS}
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for name in FIELDS:
            texts.addLayout(self._field_head(name, captions[name]))
            texts.addWidget(self.fields[name], {"bullets": 5, "description": 5}.get(name, 0))
        self.copy_all_button = CopyButton(self.all_text, tr("Copy all"), small=False)
        self.copy_all_button.setToolTip(tr("Ctrl+Shift+C"))
        self.copy_all_button.copied.connect(lambda _text: self.copied.emit("all"))
        self.checks = Checks()
        side = QVBoxLayout()
        side.setSpacing(theme.GAP)
        side.addWidget(self.checks, 1)
        side.addWidget(self.copy_all_button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(theme.MARGIN)
        layout.addLayout(texts, 1)
        layout.addLayout(side)

    def _field_head(self, name: str, caption: str) -> QHBoxLayout:
        label = QLabel(caption)
        theme.set_role(label, role="heading")
        label.setBuddy(self.fields[name])
        self.fields[name].setAccessibleName(caption)
        self.fields[name].edited.connect(self._on_edited)
        redraft = self.redraft[name]
        redraft.setIcon(theme.icon("redraft"))
        redraft.setToolTip(tr("Write only this again; Ctrl+Z brings your text back"))
        redraft.setAccessibleName(tr("Redraft {field}").format(field=caption.lower()))
        redraft.clicked.connect(partial(self.redraft_requested.emit, name))
        theme.set_role(redraft, role="small")
        copy = self.copy_buttons[name]
        copy.setAccessibleName(tr("Copy {field}").format(field=caption.lower()))
        copy.copied.connect(lambda _text: self.copied.emit(name))
        row = QHBoxLayout()
        row.addWidget(label)
        row.addSpacing(theme.GAP)
        row.addWidget(self.counters[name])
        row.addStretch()
        row.addWidget(redraft)
        row.addWidget(copy)
        return row

    # -- texts -------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        return {name: edit.text() for name, edit in self.fields.items()}

    def set_texts(self, texts: Mapping[str, str], *, undoable: bool = False) -> None:
        """Show `texts`; fields that are not named stay as they are."""
        for name, text in texts.items():
            if name in self.fields:
                self.fields[name].set_text(text, undoable=undoable)
        self.count()

    def undo(self) -> None:
        """Take back the last change of each field."""
        for edit in self.fields.values():
            edit.undo()

    def all_text(self) -> str:
        """The listing in one piece, as it is pasted into a chat or a form with one field."""
        title, bullets, description = (self.fields[name].text().strip() for name in FIELDS)
        points = "\n".join(f"• {line.strip()}" for line in bullets.splitlines() if line.strip())
        return "\n\n".join(part for part in (title, points, description) if part)

    @property
    def empty(self) -> bool:
        return not any(self.texts().values())

    # -- checks ------------------------------------------------------------------------------------------------

    def set_marketplace(self, marketplace: Marketplace) -> None:
        self._marketplace = marketplace
        self.checks.show_notes(marketplace.notes)
        self.count()

    def count(self) -> None:
        """Measure each field as its marketplace does."""
        for name, edit in self.fields.items():
            limit = self._marketplace.limits.get(name) if self._marketplace else None
            if limit is None:
                self.counters[name].show_count(len(edit.text()))
            else:
                self.counters[name].show_count(count(edit.text(), limit.unit), limit.max)

    def show_checks(self, flags: Iterable[Flag], rules: Iterable[RuleResult]) -> None:
        flags = list(flags)
        for name, edit in self.fields.items():
            edit.set_flags(flag for flag in flags if flag.field == name)
        self.checks.show_results(flags, list(rules), empty=self.empty)

    def set_busy(self, busy: bool) -> None:
        for button in self.redraft.values():
            button.setEnabled(not busy)

    def _on_edited(self) -> None:
        self.count()
        self.edited.emit()
