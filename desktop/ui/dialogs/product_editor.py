"""Add a product or change one; what is wrong stands beside its field."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QLabel, QLineEdit, QWidget

from desktop.shop.currencies import CURRENCIES
from desktop.shop.money import PriceError, parse_price
from desktop.shop.records import Product, RecordError

from .. import theme
from ..i18n import tr
from ..widgets.fact_rows import FactRows
from ..widgets.flagged_text import FlaggedText
from .form import EditorDialog, Form, scrolling


class ProductEditor(EditorDialog):
    """`saved` carries the Product. `owner_of` gives the name of another product with an SKU, or an empty text."""

    saved = Signal(object)

    def __init__(
        self,
        product: Product | None,
        currency: str,
        *,
        categories: Collection[str] = (),
        owner_of: Callable[[str], str] = lambda _sku: "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Edit product") if product and product.id else tr("New product"), parent)
        self._product = product or Product("")
        self._owner_of = owner_of
        made = self._product
        self.name = QLineEdit(made.name)
        self.sku = QLineEdit(made.sku)
        self.brand = QLineEdit(made.brand)
        self.category = QLineEdit(made.category)
        completer = QCompleter(sorted(categories), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.category.setCompleter(completer)
        self.category.setPlaceholderText(tr("Home & Garden > Lighting"))
        self.currency = QComboBox()
        self.currency.addItems(sorted(CURRENCIES))
        self.currency.setCurrentText(made.price.currency if made.price else currency)
        self.price = QLineEdit(made.price.plain if made.price else "")
        self.price.setPlaceholderText(tr("2,450"))
        self.stock = QLineEdit("" if made.stock is None else str(made.stock))
        self.stock.setPlaceholderText(tr("Leave empty if not counted"))
        self.notes = FlaggedText(lines=3)
        self.notes.set_text(made.notes)
        self.facts = FactRows()
        self.facts.set_facts(made.facts)
        for field in (self.name, self.sku, self.brand, self.category):
            field.setMaxLength(500)
            field.setCursorPosition(0)
        for field in (self.price, self.stock):
            field.setMaxLength(60)
        self.form = Form()
        self.form.add(tr("&Name"), self.name, 0, 0, 3)
        self.form.add(tr("S&KU"), self.sku, 0, 3)
        self.form.add(tr("&Brand"), self.brand, 1)
        self.form.add(tr("Ca&tegory"), self.category, 1, 1, 3)
        self.form.add(tr("&Price"), self.price, 2)
        self.form.add(tr("C&urrency"), self.currency, 2, 1)
        self.form.add(tr("&Stock"), self.stock, 2, 2, 2)
        heading = QLabel(tr("Facts"))
        theme.set_role(heading, role="heading")
        hint = QLabel(tr("Drafts say only what stands here: size, colour, material, run time …"))
        theme.set_role(hint, role="muted")
        hint.setWordWrap(True)
        area = scrolling(self.facts, 150)
        self.fact_error = QLabel()
        self.fact_error.setWordWrap(True)
        self.fact_error.hide()
        theme.set_role(self.fact_error, role="danger")
        notes = Form()
        notes.add(tr("N&otes (only for you)"), self.notes, 0)
        for widget in (self.form, heading, hint, area, self.fact_error, notes):
            self.body.addWidget(widget, 1 if widget is area else 0)
        self.sku.editingFinished.connect(self._check_sku)
        self.price.editingFinished.connect(self._check_price)
        self.stock.editingFinished.connect(self._check_stock)
        self.currency.currentIndexChanged.connect(lambda _: self._check_price())
        self.resize(640, 600)
        self.name.setFocus()

    def record(self) -> Product:
        """Raises PriceError and RecordError."""
        return replace(
            self._product,
            name=self.name.text().strip(),
            sku=self.sku.text().strip(),
            brand=self.brand.text().strip(),
            category=self.category.text().strip(),
            price=parse_price(self.price.text(), self.currency.currentText()),
            stock=_stock_of(self.stock.text()),
            facts=self.facts.facts(),
            notes=self.notes.text().strip(),
        )

    def check(self) -> bool:
        self.form.set_error(self.name, "" if self.name.text().strip() else tr("Every product needs a name."))
        self._check_sku()
        self._check_price()
        self._check_stock()
        lone = self.facts.unfinished()
        self.fact_error.setText(
            tr("“{fact}” has no value. Type one, or empty the row.").format(fact=lone) if lone else ""
        )
        self.fact_error.setVisible(bool(lone))
        if not self.form.valid or lone:
            self.form.focus_first_error()
            return False
        self.saved.emit(self.record())
        return True

    def _check_sku(self) -> None:
        sku = self.sku.text().strip()
        other = self._owner_of(sku) if sku else ""
        text = tr("“{name}” already has this SKU.").format(name=other) if other else ""
        self.form.set_error(self.sku, text)

    def _check_price(self) -> None:
        try:
            money = parse_price(self.price.text(), self.currency.currentText())
        except PriceError as error:
            self.form.set_error(self.price, str(error))
            return
        self.form.set_error(self.price, "")
        if money and money.currency != self.currency.currentText():
            self.currency.setCurrentText(money.currency)  # "KSh 300" names its currency itself

    def _check_stock(self) -> None:
        try:
            _stock_of(self.stock.text())
        except RecordError as error:
            self.form.set_error(self.stock, str(error))
        else:
            self.form.set_error(self.stock, "")


def _stock_of(text: str) -> int | None:
    """Raises RecordError."""
    return Product.from_json({"name": "-", "stock": text}).stock
