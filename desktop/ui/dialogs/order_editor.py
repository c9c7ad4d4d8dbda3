"""Add an order or change one: number, day, customer and any number of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from PySide6.QtCore import QDate, Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCompleter,
    QDateEdit,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from desktop.shop.money import PriceError, parse_price
from desktop.shop.records import Order, OrderLine, Product

from .. import theme
from ..i18n import tr
from ..models.columns import money_text, order_total
from ..models.direction import DirectionDelegate
from ..models.products import PRODUCT_ROLE, ProductList
from .form import EditorDialog, Form, scrolling

MAX_QUANTITY = 1_000_000


@dataclass(slots=True)
class _Line:
    name: QLineEdit
    sku: QLineEdit
    quantity: QLineEdit
    price: QLineEdit
    remove: QPushButton

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return (self.name, self.sku, self.quantity, self.price, self.remove)

    @property
    def empty(self) -> bool:
        return not (self.name.text().strip() or self.sku.text().strip() or self.price.text().strip())


class OrderEditor(EditorDialog):
    """`saved` carries the Order. `is_taken` tells whether another order has a number.

    Choosing a product, once `set_products` gave some, fills its line.
    """

    saved = Signal(object)

    def __init__(
        self,
        order: Order | None,
        currency: str,
        *,
        number: str = "",
        is_taken: Callable[[str], bool] = lambda _number: False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Edit order") if order and order.id else tr("New order"), parent)
        self._order = order or Order(number, date.today(), ())
        self._currency = currency
        self._is_taken = is_taken
        self._products = ProductList(parent=self)
        self.number = QLineEdit(self._order.number)
        self.number.setMaxLength(80)
        day = self._order.day
        self.day = QDateEdit(QDate(day.year, day.month, day.day))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.lineEdit().setAccessibleName(tr("Date"))
        self.customer = QLineEdit(self._order.customer)
        self.customer.setMaxLength(200)
        self.form = Form()
        self.form.add(tr("&Order number"), self.number, 0)
        self.form.add(tr("&Date"), self.day, 0, 1)
        self.form.add(tr("&Customer"), self.customer, 0, 2)
        heading = QLabel(tr("What was bought"))
        theme.set_role(heading, role="heading")
        self._rows: list[_Line] = []
        rows = QWidget()
        self._grid = QGridLayout(rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        captions = (tr("Product"), tr("SKU"), tr("Pieces"), tr("Price of one"))
        for column, (caption, stretch) in enumerate(zip(captions, (5, 2, 1, 2), strict=True)):
            label = QLabel(caption)
            if column > 1:
                label.setAlignment(Qt.AlignmentFlag.AlignTrailing)
            theme.set_role(label, role="muted")
            self._grid.addWidget(label, 0, column)
            self._grid.setColumnStretch(column, stretch)
        area = scrolling(rows, 180)
        self.line_error = QLabel()
        self.line_error.setWordWrap(True)
        self.line_error.hide()
        theme.set_role(self.line_error, role="danger")
        self.total = QLabel()
        self.total.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        for widget in (self.form, heading, area, self.line_error, self.total):
            self.body.addWidget(widget, 1 if widget is area else 0)
        for line in self._order.lines:
            self._add(line)
        self._add()
        self._on_edited()
        self.resize(760, 480)

    def set_products(self, products: Iterable[Product]) -> None:
        """What the lines offer to choose from."""
        self._products.set_products(products)

    def record(self) -> Order:
        """Raises PriceError naming the price that can't be read."""
        day = self.day.date()
        return replace(
            self._order,
            number=self.number.text().strip(),
            day=date(day.year(), day.month(), day.day()),
            customer=self.customer.text().strip(),
            lines=tuple(self._line(row) for row in self._rows if not row.empty),
        )

    def check(self) -> bool:
        number = self.number.text().strip()
        wrong = ""
        if not number:
            wrong = tr("Every order needs a number.")
        elif self._is_taken(number):
            wrong = tr("There already is an order with this number.")
        self.form.set_error(self.number, wrong)
        problem = self._check_lines()
        self.line_error.setText(problem)
        self.line_error.setVisible(bool(problem))
        if wrong or problem:
            self.form.focus_first_error()
            return False
        self.saved.emit(self.record())
        return True

    def _check_lines(self) -> str:
        """Mark the first wrong line and say what to do, or answer an empty text."""
        filled = [row for row in self._rows if not row.empty]
        for row in self._rows:
            theme.set_role(row.name, invalid=False)
            theme.set_role(row.price, invalid=False)
            theme.set_role(row.quantity, invalid=False)
        if not filled:
            return tr("Add at least one product that was bought.")
        for number, row in enumerate(self._rows, start=1):
            if row.empty:
                continue
            if not row.name.text().strip() and not row.sku.text().strip():
                theme.set_role(row.name, invalid=True)
                row.name.setFocus()
                return tr("Line {n} has no product. Type its name or SKU.").format(n=number)
            if not row.quantity.hasAcceptableInput():
                theme.set_role(row.quantity, invalid=True)
                row.quantity.setFocus()
                return tr("Line {n}: type how many pieces, 1 or more.").format(n=number)
            try:
                self._line(row)
            except PriceError as error:
                theme.set_role(row.price, invalid=True)
                row.price.setFocus()
                return tr("Line {n}: {what}").format(n=number, what=error)
        return ""

    def _line(self, row: _Line) -> OrderLine:
        return OrderLine(
            sku=row.sku.text().strip(),
            name=row.name.text().strip(),
            quantity=int(row.quantity.text()) if row.quantity.hasAcceptableInput() else 1,
            price=parse_price(row.price.text(), self._currency),
        )

    def _add(self, line: OrderLine | None = None) -> None:
        price = QLineEdit(_price_text(line, self._currency) if line else "")
        row = _Line(
            QLineEdit(line.name if line else ""),
            QLineEdit(line.sku if line else ""),
            QLineEdit(str(line.quantity if line else 1)),
            price,
            QPushButton("×"),
        )
        row.quantity.setValidator(QIntValidator(1, MAX_QUANTITY, row.quantity))
        row.quantity.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        price.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        row.name.setPlaceholderText(tr("Type to find a product"))
        row.name.setMaxLength(500)
        row.sku.setMaxLength(200)
        price.setMaxLength(60)
        row.remove.setFixedWidth(30)
        theme.set_role(row.remove, role="flat")
        completer = QCompleter(self._products, row.name)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.popup().setItemDelegate(DirectionDelegate(completer.popup()))
        completer.activated["QModelIndex"].connect(
            lambda index: self._on_found(row, index.data(PRODUCT_ROLE))
        )
        row.name.setCompleter(completer)
        self._rows.append(row)
        place = self._grid.rowCount()
        for column, widget in enumerate(row.widgets):
            self._grid.addWidget(widget, place, column, Qt.AlignmentFlag.AlignTop)
        for field in (row.name, row.sku, row.quantity, row.price):
            field.textChanged.connect(self._on_edited)
        row.remove.clicked.connect(lambda: self._remove(row))
        self._name_rows()

    def _on_found(self, row: _Line, product: Product) -> None:
        # The field is given the list's label after this signal, so the name has to follow that.
        QTimer.singleShot(0, row.name, lambda: self.take(row, product))

    def take(self, row: _Line, product: Product) -> None:
        """Fill a line from the catalogue."""
        row.name.setText(product.name)
        row.name.setCursorPosition(0)
        row.sku.setText(product.sku)
        if product.price:
            row.price.setText(_price_text(OrderLine("", "", 1, product.price), self._currency))
        row.quantity.setFocus()
        row.quantity.selectAll()

    @property
    def lines(self) -> Sequence[_Line]:
        return tuple(self._rows)

    def _name_rows(self) -> None:
        captions = (tr("Product"), tr("SKU"), tr("Pieces"), tr("Price of one"), tr("Remove line"))
        for number, row in enumerate(self._rows, start=1):
            for widget, caption in zip(row.widgets, captions, strict=True):
                widget.setAccessibleName(f"{caption} {number}")
            row.remove.setVisible(number < len(self._rows))

    def _remove(self, row: _Line) -> None:
        self._rows.remove(row)
        for widget in row.widgets:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._name_rows()
        self._on_edited()

    def _on_edited(self) -> None:
        if not self._rows[-1].empty:
            self._add()
        try:
            total = order_total(self.record())
        except PriceError:
            total = None
        self.total.setText(tr("Total: {money}").format(money=money_text(total)) if total else "")


def _price_text(line: OrderLine, currency: str) -> str:
    """The bare number, with its currency only if it isn't the shop's."""
    if line.price is None:
        return ""
    return (
        line.price.plain if line.price.currency == currency else f"{line.price.currency} {line.price.plain}"
    )
