"""What the seller knows of a product: picked from the catalogue by typing its name, or typed anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.shop.currencies import CURRENCIES
from desktop.shop.money import PriceError, parse_price
from desktop.shop.records import Product

from .. import theme
from ..dialogs.form import Form
from ..i18n import tr
from ..models.direction import DirectionDelegate
from ..models.products import PRODUCT_ROLE, ProductList
from .fact_rows import FactRows
from .flagged_text import FlaggedText


class FactsForm(QWidget):
    """`edited` follows each change by the seller, `picked` when a product of the catalogue was taken.

    A picked product keeps its id, SKU and stock, so that saving changes it instead of adding another.
    """

    edited = Signal()
    picked = Signal(Product)
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = Product("")
        self._quiet = False
        self._build_fields()
        self._build_buttons()
        form = Form()
        form.add(tr("&Product"), self.name, 0, 0, 2)
        form.add(tr("&Brand"), self.brand, 1, 0)
        form.add(tr("Cate&gory"), self.category, 1, 1)
        form.add(tr("P&rice"), self.price, 2, 0)
        form.add(tr("C&urrency"), self.currency, 2, 1)
        self._form = form
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 4, 0)
        column.addWidget(self.facts)
        column.addStretch()
        area.setWidget(holder)
        notes_label = QLabel(tr("&Notes"))
        notes_label.setBuddy(self.notes)
        theme.set_role(notes_label, role="heading")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._head)
        layout.addWidget(form)
        layout.addWidget(area, 1)
        layout.addWidget(notes_label)
        layout.addWidget(self.notes)
        self.set_currency("USD")

    def _build_fields(self) -> None:
        self.name, self.brand, self.category, self.price = (QLineEdit() for _ in range(4))
        self.name.setPlaceholderText(tr("Type a name, or pick from the catalogue"))
        self.category.setPlaceholderText(tr("Home > Lighting"))
        self.price.setPlaceholderText("2450")
        self.currency = QComboBox()
        for code, currency in sorted(CURRENCIES.items()):
            self.currency.addItem(f"{code} · {currency.signs[0]}", code)
        self.facts = FactRows()
        self.notes = FlaggedText(lines=2)
        self.notes.setPlaceholderText(tr("Anything else that is true and worth saying"))
        self._catalogue = ProductList(parent=self)
        completer = QCompleter(self._catalogue, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(10)
        popup = QListView()
        popup.setItemDelegate(DirectionDelegate(popup))
        completer.setPopup(popup)
        # Queued: the line edit writes the list's label into itself after this signal.
        completer.activated[QModelIndex].connect(  # type: ignore[index]
            self._on_picked, Qt.ConnectionType.QueuedConnection
        )
        self.name.setCompleter(completer)
        for field in (self.name, self.brand, self.category, self.price):
            field.textEdited.connect(self._on_edited)
        self.currency.activated.connect(self._on_edited)
        self.facts.edited.connect(self._on_edited)
        self.notes.edited.connect(self._on_edited)

    def _build_buttons(self) -> None:
        heading = QLabel(tr("Facts"))
        theme.set_role(heading, role="heading")
        self.new_button = QPushButton(tr("New"))
        self.new_button.setToolTip(tr("Empty the form for another product"))
        self.save_button = QPushButton(tr("Save to catalogue"))
        for button, icon in ((self.new_button, "add"), (self.save_button, "save")):
            button.setIcon(theme.icon(icon))
            theme.set_role(button, role="small")
        self.new_button.clicked.connect(self.clear)
        self.save_button.clicked.connect(self.save_requested)
        self._head = QHBoxLayout()
        self._head.addWidget(heading)
        self._head.addStretch()
        self._head.addWidget(self.new_button)
        self._head.addWidget(self.save_button)

    # -- what is in it -----------------------------------------------------------------------------------------

    def set_catalogue(self, products: Iterable[Product]) -> None:
        self._catalogue.set_products(products)

    def set_currency(self, code: str) -> None:
        """What a price without a currency is in."""
        row = self.currency.findData(code)
        if row >= 0:
            self.currency.setCurrentIndex(row)

    def product(self) -> Product:
        """The product as typed. Raises PriceError, and ValueError if there is no name."""
        name = self.name.text().strip()
        if not name:
            raise ValueError(tr("Type the product's name first."))
        return self._typed(name, parse_price(self.price.text(), self.currency.currentData()))

    def product_so_far(self) -> Product:
        """As `product`, with what can't be read left out; for checks while typing."""
        try:
            price = parse_price(self.price.text(), self.currency.currentData())
        except PriceError:
            price = None
        return self._typed(self.name.text().strip(), price)

    def _typed(self, name: str, price: Any) -> Product:
        return replace(
            self._base,
            name=name,
            brand=self.brand.text().strip(),
            category=self.category.text().strip(),
            price=price,
            facts=self.facts.facts(),
            notes=self.notes.text().strip(),
        )

    def set_product(self, product: Product) -> None:
        """Show `product`; the next save changes it if it has an id."""
        self._base = product
        row = product.to_json()
        self._fill(
            row["name"], row["brand"], row["category"], row["price"] or "", row["currency"], row["notes"]
        )
        self.facts.set_facts(product.facts)

    def set_saved(self, product: Product) -> None:
        """`product` is what the store holds now: later saves change it. The fields stay as they are."""
        self._base = product

    def clear(self) -> None:
        self._base = Product("")
        self._fill("", "", "", "", None, "")
        self.facts.set_facts(())
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    @property
    def empty(self) -> bool:
        return self._typed("", None) == Product("") and not self.name.text() and not self.price.text()

    def show_problem(self) -> str:
        """Mark what can't be read, put the cursor there, and say what is wrong (empty if nothing is)."""
        problem = ""
        try:
            self.product()
        except PriceError as error:
            problem = str(error)
            self.price.setFocus(Qt.FocusReason.OtherFocusReason)
        except ValueError as error:
            problem = str(error)
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._check()
        return problem

    # -- over a restart ----------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        """Everything as typed, also what can't be read yet."""
        return {
            "product": self.product_so_far().to_json(),
            "facts": [[fact.name, fact.value] for fact in self.facts.facts()],
            "price": self.price.text(),
            "currency": self.currency.currentData(),
            "id": self._base.id,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        row = state.get("product") or {}
        product = Product.from_json(row | {"name": row.get("name") or "?", "price": None})
        self.set_product(replace(product, name=row.get("name") or "", id=int(state.get("id") or 0)))
        self._fill_price(str(state.get("price") or ""), state.get("currency"))

    # -- behind it ---------------------------------------------------------------------------------------------

    def _fill(
        self, name: str, brand: str, category: str, price: str, currency: str | None, notes: str
    ) -> None:
        for field, text in ((self.name, name), (self.brand, brand), (self.category, category)):
            field.setText(text)
            field.setCursorPosition(0)
        self._fill_price(price, currency)
        self.notes.set_text(notes)

    def _fill_price(self, price: str, currency: str | None) -> None:
        self.price.setText(price)
        if currency:
            self.set_currency(currency)
        self._check()

    def _check(self) -> None:
        problem = ""
        try:
            money = parse_price(self.price.text(), self.currency.currentData())
            if money is not None:
                self.set_currency(money.currency)  # "KSh 2,450" names its own
        except PriceError as error:
            problem = str(error)
        self._form.set_error(self.price, problem)

    def _on_edited(self) -> None:
        self._check()
        self.edited.emit()

    def _on_picked(self, index: QModelIndex) -> None:
        product = index.data(PRODUCT_ROLE)
        if isinstance(product, Product):
            self.set_product(product)
            self.picked.emit(product)
            self.edited.emit()
