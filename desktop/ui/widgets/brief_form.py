"""What to promote: the occasion, the offer, up to three products, the channel, a deadline and a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from desktop.drafting.promotion import MAX_PRODUCTS, Brief
from desktop.drafting.prompt import CHANNELS, TONES
from desktop.shop.records import Product

from .. import theme
from ..dialogs.form import Form
from ..i18n import tr
from ..words import channel_name, tone_name
from .chips import Chips
from .product_picker import ProductPicker


class BriefForm(QFrame):
    """`edited` follows each change; `refused` says why a product was not taken."""

    edited = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._products: list[Product] = []
        self._wanted: list[int] = []  # ids to take from the catalogue once it is there
        self._build_fields()
        above, below = Form(), Form()
        above.add(tr("&Occasion"), self.occasion, 0, 0, 2)
        above.add(tr("O&ffer"), self.offer, 1, 0, 2)
        above.add(tr("&Products (up to {n})").format(n=MAX_PRODUCTS), self.picker, 2, 0, 2)
        below.add(tr("C&hannel"), self.channel, 0, 0)
        below.add(tr("&Tone"), self.tone, 0, 1)
        below.add(tr("D&eadline"), self.deadline, 1, 0)
        below.add(tr("Co&de"), self.code, 1, 1)
        theme.set_role(self, role="card")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(12, 10, 12, 12)
        inside.setSpacing(6)
        for widget in (above, self.basket, below):
            inside.addWidget(widget)
        inside.addStretch()
        self.setFocusProxy(self.occasion)

    def _build_fields(self) -> None:
        self.occasion = QComboBox()
        self.occasion.setEditable(True)
        self.occasion.addItems(["", *_occasions()])
        self.occasion.lineEdit().setAccessibleName(tr("Occasion"))
        self.occasion.lineEdit().setPlaceholderText(tr("Choose one or type your own"))
        self.offer, self.deadline, self.code = QLineEdit(), QLineEdit(), QLineEdit()
        self.offer.setPlaceholderText(tr("10% off all lamps"))
        self.deadline.setPlaceholderText(tr("until Sunday"))
        self.code.setPlaceholderText(tr("LIGHT10"))
        self.picker = ProductPicker(tr("Add a product"))
        self.basket = Chips(removable=True)
        self.basket.set_texts(())
        self.channel, self.tone = QComboBox(), QComboBox()
        for channel in CHANNELS:
            self.channel.addItem(channel_name(channel), channel)
        for tone in TONES:
            self.tone.addItem(tone_name(tone), tone)
        self.tone.setCurrentIndex(self.tone.findData("friendly"))
        for field in (self.offer, self.deadline, self.code):
            field.textEdited.connect(self.edited)
        self.occasion.editTextChanged.connect(self.edited)
        self.channel.currentIndexChanged.connect(self.edited)
        self.tone.currentIndexChanged.connect(self.edited)
        self.picker.picked.connect(self._on_picked)
        self.basket.removed.connect(self._on_removed)

    def brief(self) -> Brief:
        """What is typed."""
        return Brief(
            occasion=self.occasion.currentText().strip(),
            offer=self.offer.text().strip(),
            products=tuple(self._products),
            channel=self.channel.currentData(),
            deadline=self.deadline.text().strip(),
            code=self.code.text().strip(),
            tone=self.tone.currentData(),
        )

    def set_texts(self, brief: Mapping[str, Any]) -> None:
        """Show everything of a brief's JSON but its products."""
        self.occasion.setEditText(str(brief.get("occasion") or ""))
        for field, name in ((self.offer, "offer"), (self.deadline, "deadline"), (self.code, "code")):
            field.setText(str(brief.get(name) or ""))
        for combo, name in ((self.channel, "channel"), (self.tone, "tone")):
            row = combo.findData(brief.get(name))
            if row >= 0:
                combo.setCurrentIndex(row)

    def add_product(self, product: Product) -> None:
        if product.id in {known.id for known in self._products}:
            return
        if len(self._products) >= MAX_PRODUCTS:
            self.refused.emit(
                tr("A message names up to {n} products. Take one out first.").format(n=MAX_PRODUCTS)
            )
            return
        self.set_products([*self._products, product])

    def set_products(self, products: Sequence[Product]) -> None:
        self._show_products(products)
        self.edited.emit()

    @property
    def product_ids(self) -> list[int]:
        """The chosen products, also while the catalogue is still being read."""
        return self._wanted or [product.id for product in self._products]

    def want_products(self, ids: Sequence[int]) -> None:
        """Take these from the catalogue when `set_catalogue` brings it."""
        self._wanted = list(ids)

    def set_catalogue(self, products: Sequence[Product]) -> None:
        """Offer `products`; those chosen are shown as they are now, or go with the product."""
        self.picker.set_products(products)
        by_id = {product.id: product for product in products}
        ids, self._wanted = self.product_ids, []
        self._show_products([by_id[known] for known in ids if known in by_id])

    def _show_products(self, products: Sequence[Product]) -> None:
        self._products = list(products)
        self.basket.set_texts(product.name for product in self._products)

    def _on_picked(self, product: Product | None) -> None:
        self.picker.set_product(0)
        if product is not None:
            self.add_product(product)

    def _on_removed(self, place: int) -> None:
        self.set_products([product for n, product in enumerate(self._products) if n != place])


def _occasions() -> list[str]:
    return [
        tr("Weekend sale"),
        tr("New arrivals"),
        tr("Back to school"),
        tr("End of month"),
        tr("Ramadan"),
        tr("Eid"),
        tr("Easter"),
        tr("Diwali"),
        tr("Christmas"),
        tr("New Year"),
        tr("Mother's Day"),
        tr("Independence Day"),
        tr("Stock clearance"),
    ]
