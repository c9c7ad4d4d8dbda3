"""What a customer buys: products picked from the catalogue, or those of a past order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QListView, QPushButton, QVBoxLayout, QWidget

from desktop.shop.records import Order, Product

from .. import theme
from ..i18n import tr
from ..models.direction import DirectionDelegate
from ..models.products import PRODUCT_ROLE, ProductList
from .chips import Chips


class BasketPicker(QWidget):
    """`changed` follows each change of the basket, `refused` carries why a product can't be in it."""

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue: list[Product] = []
        self._orders: list[Order] = []
        self._basket: list[Product] = []
        self._wanted: list[str] = []
        caption = QLabel(tr("What the customer buys"))
        theme.set_role(caption, role="heading")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search products"))
        self.search.setAccessibleName(tr("Search products to put into the basket"))
        self.order_search = QLineEdit()
        self.order_search.setPlaceholderText(tr("Or a past order: number or customer"))
        self.order_search.setAccessibleName(tr("Past order"))
        for field in (self.search, self.order_search):
            field.setClearButtonEnabled(True)
        self._list = ProductList(parent=self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._list)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView()
        self.list.setModel(self._found)
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setItemDelegate(DirectionDelegate(self.list))
        self.list.setAccessibleName(tr("Products; Enter puts one into the basket"))
        self.chips = Chips(removable=True)
        self.clear_button = QPushButton(tr("Empty the basket"))
        theme.set_role(self.clear_button, role="flat")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(caption)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.order_search)
        column.addWidget(self.chips)
        column.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignLeading)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.search.returnPressed.connect(lambda: self._take(self._found.index(0, 0)))
        self.list.activated.connect(self._take)
        self.list.clicked.connect(self._take)
        self.chips.removed.connect(self._take_out)
        self.clear_button.clicked.connect(lambda: self.set_basket([]))
        self._show()

    @property
    def basket(self) -> Sequence[Product]:
        return tuple(self._basket)

    @property
    def skus(self) -> list[str]:
        """The basket's SKUs, also while the catalogue isn't read yet."""
        return self._wanted or [product.sku for product in self._basket]

    def set_basket(self, products: Iterable[Product]) -> None:
        """Take `products` (once each) as the basket."""
        self._wanted = []
        self._basket = list({product.sku or product.name: product for product in products}.values())
        self._show()
        self.changed.emit()

    def set_order(self, order: Order) -> None:
        """Take what was bought in `order`; what is not in the catalogue goes by the order's own names."""
        bought = {line.sku: line for line in order.lines if line.quantity > 0}
        known = self._by_sku()
        self.set_basket(
            known.get(sku) or Product(line.name or sku, sku, price=line.price) for sku, line in bought.items()
        )

    def restore(self, skus: Iterable[str]) -> None:
        """Take these SKUs as the basket once the catalogue is there."""
        self._wanted = list(skus)

    def set_shop(self, products: Iterable[Product], orders: Iterable[Order]) -> None:
        """What can be picked. The basket takes over what changed in the catalogue."""
        self._catalogue, self._orders = list(products), list(orders)
        self._list.set_products(self._catalogue)
        completer = QCompleter([_label(order) for order in self._orders], self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated[str].connect(self._on_order_named)
        self.order_search.setCompleter(completer)
        by_id = {product.id: product for product in self._catalogue}
        self._basket = [by_id.get(product.id, product) for product in self._basket]
        if self._wanted:
            known = self._by_sku()
            wanted, self._wanted = self._wanted, []
            self._basket = [known[sku] for sku in wanted if sku in known]
        self._show()

    def current(self, product: Product) -> Product:
        """The catalogue's record of `product`, if its SKU is known there."""
        return self._by_sku().get(product.sku, product)

    def _by_sku(self) -> dict[str, Product]:
        return {product.sku: product for product in self._catalogue if product.sku}

    def _on_order_named(self, label: str) -> None:
        order = next((order for order in self._orders if _label(order) == label), None)
        if order is not None:
            self.set_order(order)

    def _take(self, index: QModelIndex) -> None:
        product = index.data(PRODUCT_ROLE) if index.isValid() else None
        if product is None:
            return
        if not product.sku:
            why = tr(
                "“{name}” has no SKU, so your orders can't tell what goes with it. Give it one in Products."
            )
            self.refused.emit(why.format(name=product.name))
            return
        self.set_basket([*self._basket, product])

    def _take_out(self, place: int) -> None:
        self.set_basket([product for i, product in enumerate(self._basket) if i != place])

    def _show(self) -> None:
        self.chips.set_texts(product.name for product in self._basket)
        self.clear_button.setVisible(bool(self._basket))


def _label(order: Order) -> str:
    return " · ".join(filter(None, (order.number, order.day.isoformat(), order.customer)))
