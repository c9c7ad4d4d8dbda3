"""The shop's own sales, which cross-selling learns from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.shop.records import Order
from desktop.store.order_import import OrdersImport, read_orders

from ..dialogs.import_preview import ImportPlan
from ..dialogs.order_editor import OrderEditor
from ..i18n import tr, tr_n
from ..models.columns import order_columns
from ..tasks import TaskManager
from .records import RecordsPanel, Words, recognised

if TYPE_CHECKING:
    from desktop.desk import Desk


class OrdersPanel(RecordsPanel[Order]):
    key = "orders"
    title = "Orders"
    icon_name = "orders"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        words = Words(
            new=tr("New order"),
            search=tr("Search by number, customer or product"),
            several=tr("orders"),
            empty=tr("No orders yet"),
            empty_hint=tr(
                "Add your sales, or import a CSV or Excel file with one line for each product sold."
                " Cross-sell suggestions come only from these orders."
            ),
            deleted=lambda n: tr_n("{n} order deleted.", "{n} orders deleted.", n),
            counted=lambda n: tr_n("{n} order", "{n} orders", n),
        )
        super().__init__(desk, tasks, desk.store.orders, order_columns(), words, parent)

    def make_editor(self, record: Order | None) -> OrderEditor:
        def is_taken(number: str) -> bool:
            other = self.desk.store.orders.by_number(number)
            return other is not None and (record is None or other.id != record.id)

        editor = OrderEditor(
            record,
            self.desk.profile().currency,
            number=next_number(order.number for order in self.model.records),
            is_taken=is_taken,
            parent=self,
        )
        self.tasks.run(
            lambda: self.desk.store.products.all(), editor.set_products, self._on_error, owner=editor
        )
        return editor

    def read_file(self, path: Path) -> tuple[ImportPlan, list[Order]]:
        read = read_orders(path, self.desk.profile().currency)
        notes = (*recognised(read.columns), *left_out(read))
        return self.plan(path, read.orders, read.errors, notes), read.orders


def left_out(read: OrdersImport) -> tuple[str, ...]:
    """Which lines are no sales, in words."""
    notes = []
    if read.skipped_cancelled:
        notes.append(
            tr_n(
                "{n} line of cancelled or returned goods is left out.",
                "{n} lines of cancelled or returned goods are left out.",
                read.skipped_cancelled,
            )
        )
    if read.skipped_service:
        notes.append(
            tr_n(
                "{n} line of postage or fees is left out.",
                "{n} lines of postage or fees are left out.",
                read.skipped_service,
            )
        )
    return tuple(notes)


def next_number(numbers: Iterable[str]) -> str:
    """One more than the highest number that ends an order number, in the same form: "A-0099" → "A-0100"."""
    found = [match for number in numbers if (match := re.fullmatch(r"(.*?)(\d{1,15})", number))]
    if not found:
        return "1"
    last = max(found, key=lambda match: int(match[2]))
    return last[1] + str(int(last[2]) + 1).zfill(len(last[2]))
