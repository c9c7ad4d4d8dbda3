"""What to look at before copying: what is wrong stands out, what is well is one line, what to know comes last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.drafting.results import Flag
from desktop.marketplaces.rules import RuleResult

from .. import theme
from ..i18n import tr, tr_n

WIDTH = 240


class Checks(QWidget):
    """Words the facts don't back and broken rules of the marketplace; what passed unfolds at a press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._heading = QLabel()
        theme.set_role(self._heading, role="heading")
        self._hint = _words(tr("What your text is checked for shows here."))
        self._problems = QGridLayout()
        self._problems.setHorizontalSpacing(6)
        self._problems.setVerticalSpacing(4)
        self._problems.setColumnStretch(1, 1)
        self.fold = QPushButton()
        self.fold.setCheckable(True)
        self.fold.setToolTip(tr("Show what was looked at"))
        theme.set_role(self.fold, role="fold")
        self._passed = _words("")
        self.fold.toggled.connect(self._on_fold)
        self._notes_heading = QLabel(tr("Good to know"))
        theme.set_role(self._notes_heading, role="heading")
        self._notes = _words("")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(4)
        column.addLayout(self._problems)
        for widget in (self._hint, self.fold, self._passed):
            column.addWidget(widget)
        column.addSpacing(theme.GAP)
        column.addWidget(self._notes_heading)
        column.addWidget(self._notes)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setAccessibleName(tr("Checks"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._heading)
        layout.addWidget(area, 1)
        self.show_results([], [], empty=True)
        self.show_notes(())

    def lines(self) -> list[str]:
        """What is listed, top first, as "! …" or "✓ …" (also while it is folded)."""
        cells = [self._problems.itemAt(place) for place in range(self._problems.count())]
        texts = [cell.widget().text() for cell in cells if cell is not None]  # type: ignore[union-attr]
        return [*(f"! {text}" for text in texts if text != "!"), *self._passed.text().splitlines()]

    def show_results(self, flags: Sequence[Flag], rules: Sequence[RuleResult], *, empty: bool) -> None:
        """List `flags` and `rules`, or what would be listed if the text is still `empty`."""
        while (item := self._problems.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        problems = 0 if empty else self._show_problems(flags, rules)
        passed = (
            [] if empty else [*([] if flags else [tr("Everything said is in your facts")]), *_well(rules)]
        )
        self._passed.setText("\n".join(f"✓ {text}" for text in passed))
        self.fold.setVisible(bool(passed))
        self._on_fold(self.fold.isChecked())
        self._hint.setVisible(empty)
        todo = " · " + tr_n("{n} to look at", "{n} to look at", problems) if problems else ""
        self._heading.setText(tr("Checks") + todo)

    def show_notes(self, notes: Iterable[str]) -> None:
        """What the marketplace wants that no check can see."""
        text = "\n".join(f"• {note}" for note in notes)
        self._notes.setText(text)
        self._notes.setVisible(bool(text))
        self._notes_heading.setVisible(bool(text))

    def _on_fold(self, unfolded: bool) -> None:
        count = len(self._passed.text().splitlines())
        told = tr_n("{n} check passed", "{n} checks passed", count)
        self.fold.setText(f"✓ {told} {'▾' if unfolded else '▸'}")
        self.fold.setAccessibleName(told)
        self._passed.setVisible(unfolded and count > 0)

    def _show_problems(self, flags: Iterable[Flag], rules: Iterable[RuleResult]) -> int:
        found = [("danger", _told(flag)) for flag in flags]
        found += [("warning", f"{_field_name(rule.field)}: {rule.detail}") for rule in rules if not rule.ok]
        for row, (role, text) in enumerate(found):
            sign, label = QLabel("!"), _words(text)
            theme.set_role(sign, role=role)
            theme.set_role(label, role="")
            self._problems.addWidget(sign, row, 0, Qt.AlignmentFlag.AlignTop)
            self._problems.addWidget(label, row, 1, Qt.AlignmentFlag.AlignTop)
        return len(found)


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    theme.set_role(label, role="muted")
    return label


def _told(flag: Flag) -> str:
    return flag.reason if flag.text in flag.reason else f"“{flag.text}” – {flag.reason}"


def _field_name(field: str) -> str:
    names = {"title": tr("Title"), "bullets": tr("Bullets"), "description": tr("Description")}
    return names.get(field, field.replace("_", " ").capitalize())


def _well(rules: Iterable[RuleResult]) -> list[str]:
    """One line for each kind of rule that holds in every field."""
    rules = list(rules)
    held = {rule.rule: rule for rule in rules if rule.ok}
    broken = {rule.rule for rule in rules if not rule.ok}
    lines = [tr("All lengths fit")] if "length" in held and "length" not in broken else []
    return lines + [rule.detail.rstrip(".") for kind, rule in held.items() if kind not in {"length", *broken}]
