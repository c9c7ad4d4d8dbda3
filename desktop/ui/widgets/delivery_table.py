"""The delivery table: where to, how long, how much; an empty row is always waiting at the end."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.shop.records import DeliveryZone

from .. import theme
from ..i18n import tr

_Row = tuple[QLineEdit, QLineEdit, QLineEdit, QPushButton]


class DeliveryTable(QWidget):
    """`edited` is emitted when the seller changes a row."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        for column, (caption, stretch) in enumerate(((tr("Where to"), 3), (tr("Time"), 2), (tr("Cost"), 2))):
            label = QLabel(caption)
            theme.set_role(label, role="muted")
            self._grid.addWidget(label, 0, column)
            self._grid.setColumnStretch(column, stretch)
        self._add(DeliveryZone(""))

    def zones(self) -> tuple[DeliveryZone, ...]:
        """The rows that say anything."""
        typed = [tuple(edit.text().strip() for edit in row[:3]) for row in self._rows]
        return tuple(DeliveryZone(*cells) for cells in typed if any(cells))

    def set_zones(self, zones: Iterable[DeliveryZone]) -> None:
        while self._rows:
            self._take(self._rows[0])
        for zone in zones:
            self._add(zone)
        self._add(DeliveryZone(""))

    def problem(self) -> str:
        """What is wrong with the first row that can't be used, or an empty text."""
        places = [zone.place.casefold() for zone in self.zones()]
        for number, zone in enumerate(self.zones(), start=1):
            if not (zone.time or zone.cost):
                return tr("Delivery row {n}, “{place}”: say how long it takes or what it costs.").format(
                    n=number, place=zone.place
                )
            if places.count(zone.place.casefold()) > 1:
                return tr("“{place}” stands twice in the delivery table. Keep one row.").format(
                    place=zone.place or tr("everywhere")
                )
        return ""

    def _add(self, zone: DeliveryZone) -> None:
        place, time, cost = (QLineEdit(text) for text in (zone.place, zone.time, zone.cost))
        for edit in (place, time, cost):
            edit.setCursorPosition(0)
        place.setPlaceholderText(tr("everywhere"))
        time.setPlaceholderText(tr("1-2 days"))
        cost.setPlaceholderText(tr("KSh 350"))
        remove = QPushButton("×")
        remove.setFixedWidth(30)
        theme.set_role(remove, role="flat")
        row: _Row = (place, time, cost, remove)
        self._rows.append(row)
        line = self._grid.rowCount()
        for column, widget in enumerate(row):
            self._grid.addWidget(widget, line, column)
        for edit in row[:3]:
            edit.textEdited.connect(self._on_edited)
        remove.clicked.connect(lambda: self._remove(row))
        self._name_rows()

    def _name_rows(self) -> None:
        for number, (place, time, cost, remove) in enumerate(self._rows, start=1):
            place.setAccessibleName(tr("Delivery row {n}: where to").format(n=number))
            time.setAccessibleName(tr("Delivery row {n}: time").format(n=number))
            cost.setAccessibleName(tr("Delivery row {n}: cost").format(n=number))
            remove.setAccessibleName(tr("Remove delivery row {n}").format(n=number))
            remove.setVisible(number < len(self._rows))

    def _remove(self, row: _Row) -> None:
        self._take(row)
        self._name_rows()
        self.edited.emit()

    def _take(self, row: _Row) -> None:
        self._rows.remove(row)
        for widget in row:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _on_edited(self) -> None:
        if any(edit.text() for edit in self._rows[-1][:3]):
            self._add(DeliveryZone(""))
        self.edited.emit()
