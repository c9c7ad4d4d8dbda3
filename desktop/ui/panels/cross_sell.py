"""What goes with what a customer buys, from the shop's own orders, and a sentence to offer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QStackedWidget, QVBoxLayout, QWidget

from desktop.drafting.completion import Writing
from desktop.drafting.results import TextResult
from desktop.engine.contract import CancelToken
from desktop.shop.records import Draft, Order, Product, Task

from .. import theme
from ..i18n import tr
from ..models.columns import money_text, pieces
from ..models.direction import set_label_text
from ..models.table import Column, RecordTable
from ..tasks import TaskManager
from ..widgets.basket_picker import BasketPicker
from ..widgets.copy_button import CopyButton
from ..widgets.empty_state import EmptyState
from ..widgets.ghost_text import GhostText
from ..widgets.record_view import choose_row, make_table
from ..words import drafted_note
from .drafting import DraftingPanel, Stream

if TYPE_CHECKING:
    from desktop.desk import Desk

SUGGESTIONS = 8
ORDERS_OFFERED = 2000


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion with what the catalogue says of it. `id` is its place in the list."""

    product: Product
    reason: str
    support: int
    id: int

    @property
    def sold_out(self) -> bool:
        return self.product.stock == 0


def offers(desk: Desk, basket: Sequence[str], top: int = SUGGESTIONS) -> tuple[list[Offer], int]:
    """Suggestions for SKUs and the number of orders they come from; what is out of stock stands last.

    Slow the first time, as the orders are read: call it on a worker.
    """
    recommender = desk.recommender()
    found: list[Offer] = []
    for suggestion in recommender.suggest(basket, top=top):
        product = desk.store.products.by_sku(suggestion.sku)
        known = product or Product(suggestion.name or suggestion.sku, suggestion.sku)
        reason = suggestion.reason[:1].upper() + suggestion.reason[1:]
        found.append(Offer(known, reason, suggestion.support, 0))
    found.sort(key=lambda offer: offer.sold_out)  # stable: within each half the best stays first
    return [replace(offer, id=place) for place, offer in enumerate(found, start=1)], recommender.orders


def _offer_columns() -> list[Column[Offer]]:
    return [
        Column(tr("Suggestion"), lambda o: o.product.name, width=220),
        Column(tr("Why"), lambda o: o.reason, stretch=True),
        Column(tr("Price"), lambda o: money_text(o.product.price), number=True, width=110),
        Column(tr("Stock"), lambda o: "" if o.product.stock is None else pieces(o.product.stock), width=110),
    ]


class CrossSellPanel(DraftingPanel):
    """A pitch is one text, so it is written straight into the editor: no cards."""

    key = "cross_sell"
    title = "Cross-sell"
    icon_name = "cross_sell"
    variants = 0
    draft_caption = "Write pitch"
    draft_hint = "Write a sentence that offers the suggestion (Ctrl+Enter)"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._asked = 0
        self._pitched: Product | None = None
        columns = QHBoxLayout()
        columns.setSpacing(theme.MARGIN)
        self.picker = BasketPicker()
        columns.addWidget(self.picker, 2)
        columns.addLayout(self._build_offers(), 5)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.heading())
        layout.addWidget(self.banner)
        layout.addLayout(columns, 1)
        self.picker.refused.connect(lambda text: self.banner.say(text, "warning"))
        self.picker.changed.connect(self._on_basket)
        self._suggest()

    def _build_offers(self) -> QVBoxLayout:
        caption = QLabel(tr("Suggestions"))
        theme.set_role(caption, role="heading")
        self.source = QLabel()
        theme.set_role(self.source, role="muted")
        head = QHBoxLayout()
        head.addWidget(caption)
        head.addStretch()
        head.addWidget(self.source)
        self.model: RecordTable[Offer] = RecordTable(_offer_columns(), self)
        self.table = make_table(self.model)
        self.table.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.table.setSortingEnabled(False)
        self.table.setAccessibleName(tr("Suggestions"))
        self.no_orders = EmptyState(
            "orders",
            tr("No orders yet"),
            tr("Import your orders or add some; suggestions come only from your own sales."),
            tr("Go to Orders"),
        )
        self.pick_first = EmptyState(
            "cross_sell",
            tr("The basket is empty"),
            tr("Pick what the customer buys; what sold together with it shows here."),
        )
        self.nothing = EmptyState("cross_sell", tr("No suggestion for this basket"), "")
        self.pages = QStackedWidget()
        for page in (self.table, self.no_orders, self.pick_first, self.nothing):
            self.pages.addWidget(page)
        self.pitch_for = QLabel()
        theme.set_role(self.pitch_for, role="heading")
        self.copy_button = CopyButton(lambda: self.editor.text(), tr("Copy pitch"))
        self.editor = GhostText(lines=4)
        self.editor.setAccessibleName(tr("Pitch"))
        self.editor.setPlaceholderText(
            tr("Choose a suggestion and press Write pitch; one or two sentences stand here to edit and copy.")
        )
        self.remark = QLabel()
        self.remark.setWordWrap(True)
        theme.set_role(self.remark, role="muted")
        actions = QHBoxLayout()
        actions.addWidget(self.pitch_for, 1)
        for button in (self.stop_button, self.draft_button, self.copy_button):
            actions.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(theme.GAP)
        column.addLayout(head)
        column.addWidget(self.pages, 1)
        column.addLayout(actions)
        column.addWidget(self.editor)
        column.addWidget(self.remark)
        self.no_orders.triggered.connect(lambda: self.open_requested.emit("orders", None))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_choice())
        self.table.doubleClicked.connect(lambda _: self.draft())
        enter = QShortcut(QKeySequence(Qt.Key.Key_Return), self.table)
        enter.setContext(Qt.ShortcutContext.WidgetShortcut)
        enter.activated.connect(self.draft)
        self.editor.edited.connect(self._on_edited)
        self.suggest_words(self.editor, self._writing)
        self.copy_button.copied.connect(self._on_copied)
        return column

    # -- the frame's side --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read products and orders again, then the suggestions, as either may have changed."""

        def read() -> tuple[list[Product], list[Order]]:
            store = self.desk.store
            return store.products.all(), store.orders.all(limit=ORDERS_OFFERED)

        self.tasks.run(read, self._on_read, self._on_error, owner=self)

    def save_state(self) -> dict[str, Any]:
        return super().save_state() | {"basket": self.picker.skus, "pitch": self.editor.text()}

    def restore_state(self, state: dict[str, Any]) -> None:
        skus = state.get("basket")
        self.picker.restore(str(sku) for sku in skus) if isinstance(skus, list) else None
        super().restore_state(state)
        if self.keeper.draft is not None:
            self._take_subject(self.keeper.draft)
        self.editor.set_text(str(state.get("pitch", "")))
        self._show_choice()

    def open_item(self, item: object) -> None:
        """Take a Product or an Order as the basket, or a pitch of the history."""
        if isinstance(item, Product):
            self.picker.set_basket([item])
        elif isinstance(item, Order):
            self.picker.set_order(item)
        elif isinstance(item, Draft):
            self._reuse(item)

    def copy_all(self) -> None:
        self.copy_button.copy()

    # -- the basket --------------------------------------------------------------------------------------------

    def _on_read(self, read: tuple[list[Product], list[Order]]) -> None:
        self.picker.set_shop(*read)
        self._suggest()

    def _on_basket(self) -> None:
        self.banner.clear()
        self._suggest()
        self.state_changed.emit()

    def _suggest(self) -> None:
        self._asked += 1
        asked = self._asked
        skus = self.picker.skus
        self.tasks.run(
            lambda: offers(self.desk, skus),
            lambda found: self._show_offers(asked, *found),
            self._on_error,
            owner=self,
        )

    def _show_offers(self, asked: int, found: list[Offer], orders: int) -> None:
        if asked != self._asked:
            return
        self.model.set_records(found)
        self.source.setText(tr("from your {n} orders").format(n=f"{orders:,}") if orders else "")
        page: QWidget = self.table
        if not orders:
            page = self.no_orders
        elif not self.picker.basket:
            page = self.pick_first
        elif not found:
            self.nothing.say(
                tr("No suggestion for this basket"),
                tr("Nothing was bought together with these products yet. Each order you add helps."),
            )
            page = self.nothing
        self.pages.setCurrentWidget(page)
        if found:
            choose_row(self.table, 0)
        self._show_choice()

    def chosen(self) -> Offer | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.record(rows[0].row()) if rows else None

    def _show_choice(self) -> None:
        self.show_buttons()
        self.copy_button.setEnabled(bool(self.editor.text().strip()))
        subject = self._subject()
        set_label_text(
            self.pitch_for, tr("Pitch for {name}").format(name=subject.name) if subject else tr("Pitch")
        )

    def _subject(self) -> Product | None:
        """What the pitch is for."""
        offer = self.chosen()
        return self._pitched or (offer.product if offer else None)

    # -- the pitch ---------------------------------------------------------------------------------------------

    def can_draft(self) -> bool:
        return self.chosen() is not None

    def draft(self) -> None:
        """Write a pitch for the chosen suggestion."""
        offer = self.chosen()
        if offer is None or self.busy:
            return
        self.banner.clear()
        self.keeper.leave()
        self._pitched = offer.product
        self.editor.set_text("", undoable=True)
        self.remark.clear()
        basket, shop, seed = tuple(self.picker.basket), self.desk.profile(), self.keeper.next_seed()
        inputs = {
            "basket": [product.to_json() for product in basket],
            "suggestion": offer.product.to_json(),
            "reason": offer.reason,
        }

        def write(on_token: Stream, cancel: CancelToken) -> TextResult:
            return self.desk.pitches.draft(
                basket, offer.product, shop=shop, variants=1, seed=seed, on_token=on_token, cancel=cancel
            )

        self.write(write, lambda result: self._on_written(result, inputs, offer))
        self._show_choice()

    def _on_token(self, _variant: int, *written: str) -> None:
        if self.busy:
            self.editor.set_text(written[-1])

    def _on_written(self, result: TextResult, inputs: dict[str, Any], offer: Offer) -> None:
        if not result.variants:
            self.remark.setText(tr("Stopped before a pitch was written."))
            return
        text = result.variants[0].text
        self.editor.set_text(text)
        self.editor.set_flags(result.variants[0].flags)
        self.status_message.emit(drafted_note(1, result))
        self.say_note(result)
        variants = tuple(variant.to_json() for variant in result.variants)
        self.keeper.start(Draft(Task.PITCH, offer.product.name, inputs, variants, {"text": text}))
        self._show_choice()
        self.state_changed.emit()

    def _on_edited(self, text: str) -> None:
        self.keeper.edited({"text": text})
        self._check.touch()
        self._show_choice()
        self.state_changed.emit()

    def _writing(self) -> Callable[[], Writing] | None:
        basket, subject, desk = tuple(self.picker.basket), self._subject(), self.desk
        return (lambda: desk.pitches.writing(basket, subject, shop=desk.profile())) if subject else None

    def _run_check(self) -> None:
        products = [*self.picker.basket, *([self._pitched] if self._pitched else [])]
        if products:
            text = self.editor.text()
            self.editor.set_flags(self.desk.check_text(text, products, self.desk.profile()))

    def _on_copied(self, text: str) -> None:
        if not self.keeper.active:  # the seller wrote it without a draft
            basket = [product.to_json() for product in self.picker.basket]
            self.keeper.start(Draft(Task.PITCH, text[:80], {"basket": basket}, (), {"text": text}))
        self.keeper.copied({"text": text})

    def _reuse(self, draft: Draft) -> None:
        currency = self.desk.profile().currency
        basket = [Product.from_json(row, currency) for row in draft.inputs.get("basket") or ()]
        self._take_subject(draft)
        self.picker.set_basket(self.picker.current(product) for product in basket)
        self.editor.set_text(draft.text.get("text", ""))
        self.keeper.resume(draft)
        self._show_choice()

    def _take_subject(self, draft: Draft) -> None:
        suggestion = draft.inputs.get("suggestion")
        self._pitched = Product.from_json(suggestion, self.desk.profile().currency) if suggestion else None
