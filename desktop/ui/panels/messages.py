"""A customer's message in, two or three replies out, built only from what the shop knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from desktop.drafting.completion import Writing
from desktop.drafting.prompt import LANGUAGES
from desktop.drafting.reply import find_product
from desktop.drafting.results import ReplyResult, TextVariant
from desktop.drafting.saved import fill, open_slots
from desktop.engine.contract import CancelToken
from desktop.shop.records import Draft, Product, SavedReply, Task

from .. import theme
from ..autosave import Debounce
from ..i18n import tr, tr_n
from ..tasks import TaskManager
from ..widgets.flagged_text import FlaggedText
from ..widgets.recognised_bar import RecognisedBar
from ..widgets.reply_editor import ReplyEditor, caption
from ..widgets.saved_replies import SavedReplies
from ..words import drafted_note, problem_note
from .drafting import DraftingPanel, Stream

if TYPE_CHECKING:
    from desktop.desk import Desk

RECOGNISE_MS = 400
SUBJECT_CHARS = 80


class MessagesPanel(DraftingPanel):
    """What is recognised in a message is shown and can be corrected, which drafts anew."""

    key = "messages"
    title = "Messages"
    icon_name = "messages"
    draft_caption = "Draft replies"
    draft_hint = "Write three replies (Ctrl+Enter)"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._products: tuple[Product, ...] = ()
        self._asked = 0  # counts what is to be recognised
        self._variants: tuple[TextVariant, ...] = ()
        self._recognise = Debounce(self._run_recognise, RECOGNISE_MS, self)
        self._build()
        self._connect()
        self.show_buttons()

    def _build(self) -> None:
        self.saved = SavedReplies(self.desk, self.tasks)
        self.saved.setMinimumWidth(190)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, theme.GAP, 0)
        column.setSpacing(theme.GAP)
        self.message = FlaggedText(lines=4)
        self.message.setPlaceholderText(tr("Paste the customer's message here"))
        column.addWidget(caption(tr("Customer's &message"), self.message))
        column.addWidget(self.message)
        self.recognised = RecognisedBar()
        column.addWidget(self.recognised)
        for card in self.cards:
            card.setMinimumHeight(120)
        column.addLayout(self.card_row(), 3)
        self.reply = ReplyEditor(self._expand)
        self.editor = self.reply.editor
        column.addWidget(self.reply, 3)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(main)
        self.splitter.addWidget(self.saved)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([860, 240])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self.head())
        layout.addWidget(self.banner)
        layout.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self.message.edited.connect(self._on_message_edited)
        self.recognised.corrected.connect(self._redraft)
        self.reply.edited.connect(self._on_reply_edited)
        self.reply.copied.connect(self._on_copied)
        self.reply.save_requested.connect(lambda text: self.saved.edit(None, text))
        self.suggest_words(self.editor, self._writing)
        self.saved.inserted.connect(self.editor.insert_reply)
        self.saved.changed.connect(self.editor.set_replies)

    # -- the frame's side --------------------------------------------------------------------------------------

    def activate(self) -> None:
        self.tasks.run(lambda: self.desk.store.products.all(), self._on_products, self._on_error, owner=self)
        self.saved.reload()

    def save_state(self) -> dict[str, Any]:
        return {
            "message": self.message.text(),
            "reply": self.editor.text(),
            **super().save_state(),
            **self.recognised.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.message.set_text(str(state.get("message", "")))
        super().restore_state(state)
        if self.keeper.draft is not None:
            self._show_offered(self.keeper.draft)
        self.reply.set_text(str(state.get("reply", "")))
        self.recognised.restore_state(state)
        self.show_buttons()
        self._run_recognise()

    def open_item(self, item: object) -> None:
        """Take a reply of the history up again, or answer about a Product."""
        if isinstance(item, Draft):
            self._reuse(item)
        elif isinstance(item, Product):
            self.recognised.fix("", item.sku)

    def copy_all(self) -> None:
        self.reply.copy_button.copy()

    def shutdown(self) -> None:
        self._recognise.drop()
        self.saved.shutdown()
        super().shutdown()

    # -- what is recognised ------------------------------------------------------------------------------------

    def _on_products(self, products: list[Product]) -> None:
        self._products = tuple(products)
        self.recognised.set_products(products)
        self._run_recognise()

    def _on_message_edited(self, _text: str) -> None:
        self.recognised.forget()
        self._recognise.touch()
        self.show_buttons()
        self.state_changed.emit()

    def _run_recognise(self) -> None:
        self._asked += 1
        asked, message, products = self._asked, self.message.text(), self._products
        if not message.strip():
            self._show_recognised(asked, "other", 0.0, None)
            return

        def recognise() -> tuple[str, float, Product | None]:
            match = find_product(message, products)
            return (*self.desk.intents.classify(message), match.product if match else None)

        self.tasks.run(
            recognise,
            lambda found: self._show_recognised(asked, *found),
            self._on_error,
            lane="draft",
            owner=self,
        )

    def _show_recognised(self, asked: int, intent: str, confidence: float, product: Product | None) -> None:
        if asked == self._asked:
            self.recognised.show_recognised(intent, confidence, product)

    def _redraft(self) -> None:
        """Draft again with what was corrected; a draft that still runs gives way."""
        self.state_changed.emit()
        if self.can_draft():
            self._start_draft()

    # -- drafting ----------------------------------------------------------------------------------------------

    def draft(self) -> None:
        """Write replies to the message."""
        if not self.busy:
            self._start_draft()

    def can_draft(self) -> bool:
        return bool(self.message.text().strip())

    def _start_draft(self) -> None:
        message = self.message.text().strip()
        if not message:
            self.banner.say(tr("Paste the customer's message first."), "warning")
            self.message.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.banner.clear()
        self.keeper.flush()
        self.clear_cards()
        self._variants = ()
        shop = self.desk.profile()
        products, intent, sku = self._found_or_fixed()
        tone, seed = self.recognised.tone.currentData(), self.keeper.next_seed()

        def write(on_token: Stream, cancel: CancelToken) -> ReplyResult:
            return self.desk.replies.draft(
                message,
                shop,
                products,
                intent=intent,
                sku=sku,
                tone=tone,
                language=shop.language if shop.language in LANGUAGES else "en",
                variants=self.variants,
                seed=seed,
                on_token=on_token,
                cancel=cancel,
            )

        self._asked += 1  # what the draft recognises counts from here
        self.write(write, lambda result: self._on_written(result, message, tone))

    def _found_or_fixed(self) -> tuple[list[Product], str | None, str | None]:
        """The catalogue, and the intent and SKU that the seller corrected (None: as recognised)."""
        chosen = self.recognised
        product = chosen.product.product()
        intent = chosen.intent.currentData() if chosen.intent_fixed else None
        sku = (_key(product) if product else "") if chosen.product_fixed else None
        return [replace(product, sku=_key(product)) for product in self._products], intent, sku

    def _on_written(self, result: ReplyResult, message: str, tone: str) -> None:
        self._show_variants(result.variants)
        self._show_recognised(self._asked, result.intent, result.confidence, self._by_sku(result.product_sku))
        self.reply.show_facts(result.facts_used)
        self.reply.remark.setText(drafted_note(len(result.variants), result))
        self.say_note(result)
        if not result.variants:
            return
        product = self._by_sku(result.product_sku) or self.recognised.product.product()
        inputs = {
            "message": message,
            "intent": result.intent,
            "product": product.to_json() if product else None,
            "tone": tone,
            "facts_used": list(result.facts_used),
        }
        text = result.variants[0].text
        variants = tuple(variant.to_json() for variant in result.variants)
        self.keeper.start(Draft(Task.REPLY, _subject(message), inputs, variants, {"text": text}))
        self._take(0)

    def _by_sku(self, sku: str | None) -> Product | None:
        return next((product for product in self._products if sku and _key(product) == sku), None)

    # -- the reply ---------------------------------------------------------------------------------------------

    def _on_chosen(self, index: int) -> None:
        self._take(index)
        self.keeper.chosen({"text": self._variants[index].text})

    def _take(self, index: int) -> None:
        """Put a variant into the editor; Ctrl+Z brings back what stood there."""
        variant = self._variants[index]
        self.mark_chosen(index)
        self.reply.set_text(variant.text)
        self.editor.set_flags(variant.flags)
        self.state_changed.emit()

    def _on_reply_edited(self, text: str) -> None:
        self.keeper.edited({"text": text})
        self._check.touch()
        self.state_changed.emit()

    def _writing(self) -> Callable[[], Writing | None] | None:
        message, desk = self.message.text().strip(), self.desk
        if not message:
            return None
        products, intent, sku = self._found_or_fixed()
        tone = self.recognised.tone.currentData()
        return lambda: desk.replies.writing(
            message, desk.profile(), products, intent=intent, sku=sku, tone=tone
        )

    def _run_check(self) -> None:
        product = self.recognised.product.product()
        products = [product] if product else []
        text = self.editor.text()
        self.editor.set_flags(self.desk.check_text(text, products, self.desk.profile()))

    def _expand(self, reply: SavedReply) -> str:
        """A saved reply with what is known of the product and the shop in its places."""
        text, _open = fill(
            reply.text, saved_values(self.recognised.product.product(), self.desk.profile().name)
        )
        return text

    def _on_copied(self, text: str) -> None:
        if not self.keeper.active:  # the seller wrote it without a draft
            message = self.message.text().strip()
            product = self.recognised.product.product()
            inputs = {"message": message, "product": product.to_json() if product else None}
            self.keeper.start(Draft(Task.REPLY, _subject(message or text), inputs, (), {"text": text}))
        self.keeper.copied({"text": text})

    def _reuse(self, draft: Draft) -> None:
        self.abandon()
        self._asked += 1
        self.message.set_text(str(draft.inputs.get("message") or ""))
        product = draft.inputs.get("product")
        self.recognised.fix(
            str(draft.inputs.get("intent") or ""), str(product.get("sku") or "") if product else None
        )
        self.recognised.set_tone(draft.inputs.get("tone"))
        self._show_offered(draft)
        self.reply.remark.clear()
        self.reply.set_text(draft.text.get("text", ""))
        self._run_check()
        self.keeper.resume(draft)
        self.show_buttons()
        self.state_changed.emit()

    def _show_offered(self, draft: Draft) -> None:
        """Put what was offered with a draft of the history onto the cards again."""
        self._show_variants(TextVariant(str(variant.get("text") or "")) for variant in draft.variants)
        self.reply.show_facts(draft.inputs.get("facts_used") or ())

    def _show_variants(self, variants: Iterable[TextVariant]) -> None:
        self._variants = tuple(variants)[: len(self.cards)]
        self.fill_cards([({"text": variant.text}, variant_note(variant)) for variant in self._variants])


def variant_note(variant: TextVariant) -> str:
    """What is left to do in a variant: "1 open place · 2 words to check"."""
    count = len(open_slots(variant.text))
    opened = tr_n("{n} open place", "{n} open places", count) if count else ""
    return " · ".join(filter(None, (opened, problem_note(variant.flags))))


def saved_values(product: Product | None, shop: str) -> dict[str, str]:
    """What can stand in the places of a saved reply."""
    values = {"shop": shop}
    if product is not None:
        values |= {
            "product": product.name,
            "brand": product.brand,
            "price": str(product.price) if product.price else "",
            "stock": "" if product.stock is None else str(product.stock),
            **{fact.name: fact.value for fact in product.facts},
        }
    return {name: value for name, value in values.items() if value}


def _key(product: Product) -> str:
    """What tells the product from others, also if the seller gave it no SKU."""
    return product.sku or f"#{product.id}"


def _subject(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= SUBJECT_CHARS else line[: SUBJECT_CHARS - 1] + "…"
