"""Records as the rows of a Qt table, without copying them into items.

A table view asks only for the cells it shows, so 10,000 records cost no more than the list that holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt


class Record(Protocol):
    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Record)
Index = QModelIndex | QPersistentModelIndex


#: Digits stand under digits in every script, also where a price's sign decides the direction of its cell.
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """`text` gives a cell; `key` what it is sorted by (the folded text if None); numbers stand at the far side.

    `width` is in device-independent pixels; one column of a table has `stretch` and takes what is left.
    """

    title: str
    text: Callable[[R], str]
    key: Callable[[R], Any] | None = None
    number: bool = False
    width: int = 120
    stretch: bool = False

    def sort_key(self, record: R) -> Any:
        return self.key(record) if self.key else self.text(record).casefold()


class RecordTable(QAbstractTableModel, Generic[R]):
    """Rows in the order given until a header is clicked."""

    def __init__(self, columns: Sequence[Column[R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._records: list[R] = []
        self._sorted: tuple[int, Qt.SortOrder] | None = None

    def set_records(self, records: Iterable[R]) -> None:
        """Show `records`, sorted as the table was sorted before."""
        self.beginResetModel()
        self._records = list(records)
        if self._sorted is not None:
            self._sort_records(*self._sorted)
        self.endResetModel()

    @property
    def records(self) -> Sequence[R]:
        return tuple(self._records)

    def record(self, row: int) -> R:
        return self._records[row]

    def row_of(self, record_id: int) -> int | None:
        return next((row for row, record in enumerate(self._records) if record.id == record_id), None)

    def replace(self, record: R) -> bool:
        """Show `record` in place of the one with its id; False if that isn't in the table."""
        row = self.row_of(record.id)
        if row is None:
            return False
        self._records[row] = record
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
        return True

    # -- Qt's side ---------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(column.text(self._records[index.row()])[:300].split())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(self._records[index.row()])[:1000]
        if role == Qt.ItemDataRole.TextAlignmentRole and column.number:
            return _NUMBERS
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (
                _NUMBERS if column.number else Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
            )
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column < 0:
            self._sorted = None
            return
        self._sorted = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._records[index.row()].id for index in before]
        self._sort_records(column, order)
        rows = {record.id: row for row, record in enumerate(self._records)} if ids else {}
        after = [self.index(rows[i], index.column()) for i, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sort_records(self, column: int, order: Qt.SortOrder) -> None:
        self._records.sort(key=self.columns[column].sort_key, reverse=order == Qt.SortOrder.DescendingOrder)
