"""The catalogue as a list to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.shop.records import Product

Index = QModelIndex | QPersistentModelIndex
PRODUCT_ROLE = Qt.ItemDataRole.UserRole


def label_of(product: Product) -> str:
    return f"{product.name} · {product.sku}" if product.sku else product.name


class ProductList(QAbstractListModel):
    """Products by their labels; `none` is a first row that stands for no product."""

    def __init__(self, none: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._none = none
        self._products: list[Product | None] = [None] if none else []

    def set_products(self, products: Iterable[Product]) -> None:
        self.beginResetModel()
        self._products = [*([None] if self._none else []), *products]
        self.endResetModel()

    def product(self, row: int) -> Product | None:
        return self._products[row] if 0 <= row < len(self._products) else None

    def row_of_sku(self, sku: str) -> int | None:
        wanted = sku.strip().casefold()
        return next(
            (row for row, p in enumerate(self._products) if p and wanted and p.sku.casefold() == wanted), None
        )

    def row_of(self, product_id: int) -> int | None:
        return next((row for row, p in enumerate(self._products) if p and p.id == product_id), None)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._products)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._products):
            return None
        product = self._products[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return label_of(product) if product else self._none
        if role == PRODUCT_ROLE:
            return product
        return None
