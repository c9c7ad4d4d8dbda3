"""The catalogue: look up, add, change, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.shop.records import Product
from desktop.store.product_import import read_products

from ..dialogs.import_preview import ImportPlan
from ..dialogs.product_editor import ProductEditor
from ..i18n import tr, tr_n
from ..models.columns import product_columns
from ..tasks import TaskManager
from .records import RecordsPanel, Words, recognised

if TYPE_CHECKING:
    from desktop.desk import Desk


class ProductsPanel(RecordsPanel[Product]):
    key = "products"
    title = "Products"
    icon_name = "products"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        words = Words(
            new=tr("New product"),
            search=tr("Search products"),
            several=tr("products"),
            empty=tr("No products yet"),
            empty_hint=tr("Add your products, or import a CSV or Excel file. You can drop the file here."),
            deleted=lambda n: tr_n("{n} product deleted.", "{n} products deleted.", n),
            counted=lambda n: tr_n("{n} product", "{n} products", n),
        )
        super().__init__(desk, tasks, desk.store.products, product_columns(), words, parent)

    def make_editor(self, record: Product | None) -> ProductEditor:
        def owner_of(sku: str) -> str:
            other = self.desk.store.products.by_sku(sku)
            return other.name if other and (record is None or other.id != record.id) else ""

        return ProductEditor(
            record,
            self.desk.profile().currency,
            categories={product.category for product in self.model.records if product.category},
            owner_of=owner_of,
            parent=self,
        )

    def read_file(self, path: Path) -> tuple[ImportPlan, list[Product]]:
        read = read_products(path, self.desk.profile().currency)
        return self.plan(path, read.products, read.errors, recognised(read.columns)), read.products
