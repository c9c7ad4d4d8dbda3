"""The window's pages, in the order of its navigation. Each is imported when it is first shown."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Panel


@dataclass(frozen=True, slots=True)
class Page:
    """`module` of this package holds `name`, a subclass of Panel whose `key` is `module`."""

    module: str
    name: str
    title: str

    def load(self) -> type[Panel]:
        made: type[Panel] = getattr(import_module(f".{self.module}", __name__), self.name)
        return made


PAGES = (
    Page("listings", "ListingsPanel", "Listings"),
    Page("messages", "MessagesPanel", "Messages"),
    Page("cross_sell", "CrossSellPanel", "Cross-sell"),
    Page("promotions", "PromotionsPanel", "Promotions"),
    Page("products", "ProductsPanel", "Products"),
    Page("orders", "OrdersPanel", "Orders"),
    Page("history", "HistoryPanel", "History"),
    Page("settings", "SettingsPanel", "Settings"),
)
