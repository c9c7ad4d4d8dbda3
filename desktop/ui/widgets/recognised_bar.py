"""What was recognised in a customer's message, to be corrected: intent, product; and the tone of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from desktop.drafting.intent import INTENTS, LABELS
from desktop.drafting.prompt import TONES
from desktop.shop.records import Product

from .. import theme
from ..i18n import tr
from ..words import tone_name
from .product_picker import ProductPicker


class RecognisedBar(QWidget):
    """`corrected` follows each choice by the seller, which from then on holds against what is recognised."""

    corrected = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intent_fixed = False
        self.product_fixed = False
        self._wanted_sku: str | None = None
        self.intent = QComboBox()
        for intent in INTENTS:
            self.intent.addItem(tr(LABELS[intent]), intent)
        self.product = ProductPicker()
        self.tone = QComboBox()
        for tone in TONES:
            self.tone.addItem(tone_name(tone), tone)
        self.guess = QLabel()
        theme.set_role(self.guess, role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for caption, field, stretch in (
            (tr("Asks &for"), self.intent, 0),
            (tr("&Product"), self.product, 1),
            (tr("&Tone"), self.tone, 0),
        ):
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption.replace("&", ""))
            row.addWidget(label)
            row.addWidget(field, stretch)
            if field is self.intent:
                row.addWidget(self.guess)
        _choose(self.intent, "other")
        _choose(self.tone, "friendly")
        self.intent.activated.connect(self._on_intent)
        self.product.picked.connect(self._on_product)
        self.tone.activated.connect(lambda _: self.corrected.emit())

    def set_products(self, products: Iterable[Product]) -> None:
        self.product.set_products(products)
        if self._wanted_sku is not None:
            self.product.set_sku(self._wanted_sku)
            self._wanted_sku = None

    def show_recognised(self, intent: str, confidence: float, product: Product | None) -> None:
        """Show what was recognised where the seller has not chosen; confidence 0 says nothing of it."""
        if not self.intent_fixed:
            _choose(self.intent, intent)
        if not self.product_fixed:
            self.product.set_product(product.id if product else 0)
        self._show_guess(tr("{n} % sure").format(n=round(100 * confidence)) if confidence else "")

    def forget(self) -> None:
        """What the seller chose held for another message."""
        self.intent_fixed = self.product_fixed = False

    def fix(self, intent: str, sku: str | None) -> None:
        """Take what the seller chose before: an intent, and a SKU ("" is no product, None was not chosen)."""
        self.intent_fixed = bool(intent)
        _choose(self.intent, intent or "other")
        self.product_fixed = sku is not None
        if not self.product.set_sku(sku):
            self._wanted_sku = sku  # the products are not read yet

    def save_state(self) -> dict[str, Any]:
        product = self.product.product()
        return {
            "intent": self.intent.currentData() if self.intent_fixed else "",
            "sku": (product.sku if product else "") if self.product_fixed else None,
            "tone": self.tone.currentData(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.fix(str(state.get("intent", "")), state.get("sku"))
        self.set_tone(state.get("tone"))

    def set_tone(self, tone: object) -> None:
        _choose(self.tone, tone)

    def _on_intent(self) -> None:
        self.intent_fixed = True
        self._show_guess("")
        self.corrected.emit()

    def _on_product(self) -> None:
        self.product_fixed = True
        self._show_guess("")
        self.corrected.emit()

    def _show_guess(self, text: str) -> None:
        self.guess.setText(tr("your choice") if self.intent_fixed or self.product_fixed else text)


def _choose(box: QComboBox, data: object) -> None:
    row = box.findData(data)
    if row >= 0:
        box.setCurrentIndex(row)
