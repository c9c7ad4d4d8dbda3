"""One product of the catalogue, found by typing any part of its name or SKU."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from desktop.shop.records import Product

from ..i18n import tr
from ..models.direction import DirectionDelegate
from ..models.products import ProductList


class ProductPicker(QComboBox):
    """`picked` carries the product (or None) that the seller chose; setting one by code is silent."""

    picked = Signal(object)

    def __init__(self, none: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = ProductList(tr("No product") if none is None else none, self)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # Measuring 10,000 labels to find the widest would hold up the window.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(14)
        self.setMaxVisibleItems(12)
        self.setModel(self._list)
        self.setItemDelegate(DirectionDelegate(self))
        completer = QCompleter(self._list, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.popup().setItemDelegate(DirectionDelegate(completer.popup()))
        self.setCompleter(completer)
        self.activated.connect(self._on_activated)
        self.lineEdit().setAccessibleName(tr("Product, by name or SKU"))
        self.lineEdit().editingFinished.connect(self._show_current)

    def set_products(self, products: Iterable[Product]) -> None:
        """Offer `products`; the one that was chosen stays chosen if it is still there."""
        before = self.product()
        self.blockSignals(True)
        self._list.set_products(products)
        row = self._list.row_of(before.id) if before else None
        self.setCurrentIndex(row or 0)
        self.blockSignals(False)
        self._show_current()

    def product(self) -> Product | None:
        return self._list.product(self.currentIndex())

    def set_product(self, product_id: int) -> bool:
        """Choose by id; 0 chooses none. False if there is no such product."""
        return self._set_row(self._list.row_of(product_id) if product_id else 0)

    def set_sku(self, sku: str | None) -> bool:
        return self._set_row(self._list.row_of_sku(sku) if sku else 0)

    def _set_row(self, row: int | None) -> bool:
        self.blockSignals(True)
        self.setCurrentIndex(row or 0)
        self.blockSignals(False)
        self._show_current()
        return row is not None

    def _on_activated(self, row: int) -> None:
        self._show_current()
        self.picked.emit(self._list.product(row))

    def _show_current(self) -> None:
        """What was typed without choosing goes; the name's beginning shows rather than its end."""
        self.lineEdit().setText(self.itemText(self.currentIndex()))
        self.lineEdit().setCursorPosition(0)
