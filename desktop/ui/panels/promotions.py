"""Promotions: an occasion and an offer become a message for the channel it will be sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.drafting.results import Flag, TextResult
from desktop.engine.contract import CancelToken
from desktop.shop.records import Draft, Product, ShopProfile, Task
from desktop.shop.sms import count_sms
from desktop.store.errors import StoreError

from .. import theme
from ..autosave import Debounce
from ..i18n import tr, tr_n
from ..tasks import TaskHandle, TaskManager
from ..widgets.banner import Banner
from ..widgets.brief_form import BriefForm
from ..widgets.copy_button import CopyButton
from ..widgets.counter import Counter
from ..widgets.flagged_text import FlaggedText
from ..widgets.variant_card import VariantCard
from ..words import drafted_note, problem_note
from .base import Panel
from .draft_keeper import DraftKeeper, kept

if TYPE_CHECKING:
    from desktop.desk import Desk

VARIANTS = 3
CHECK_DELAY_MS = 250


class PromotionsPanel(Panel):
    """As on the other pages, versions wait as cards while the seller's own text stands in the editor."""

    key = "promotions"
    title = "Promotions"
    icon_name = "promotions"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._job: TaskHandle | None = None
        self._edited = False
        self._offered: Draft | None = None
        self.keeper = DraftKeeper(desk, tasks, self)
        self._check = Debounce(self._run_check, CHECK_DELAY_MS, self)
        self._build()
        self.keeper.failed.connect(lambda text: self.banner.say(text, "error"))
        self.setFocusProxy(self.form)
        self._set_busy(False)
        self._count()

    # -- widgets -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.banner = Banner()
        self.form = BriefForm()
        self.form.setFixedWidth(340)
        self.form.edited.connect(self._on_brief_edited)
        self.form.refused.connect(self.banner.say)
        self.cards = [VariantCard(index) for index in range(VARIANTS)]
        versions = QHBoxLayout()
        versions.setSpacing(theme.GAP)
        for card in self.cards:
            versions.addWidget(card, 1)
            card.chosen.connect(self._on_chosen)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.banner)
        right.addLayout(versions, 1)
        right.addWidget(self._editor_card(), 1)
        columns = QHBoxLayout()
        columns.setSpacing(theme.GAP + 4)
        columns.addWidget(self.form)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(10)
        layout.addLayout(self._head())
        layout.addLayout(columns, 1)

    def _head(self) -> QHBoxLayout:
        heading = QLabel(tr(self.title))
        theme.set_role(heading, role="title")
        self.draft_button = QPushButton(tr("Draft"))
        self.draft_button.setToolTip(tr("Write three versions (Ctrl+Enter)"))
        theme.set_role(self.draft_button, role="primary")
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setIcon(theme.icon("stop"))
        self.stop_button.setToolTip(tr("Keep what is written so far (Esc)"))
        self.draft_button.clicked.connect(self.draft)
        self.stop_button.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(heading)
        row.addStretch()
        row.addWidget(self.stop_button)
        row.addWidget(self.draft_button)
        return row

    def _editor_card(self) -> QFrame:
        caption = QLabel(tr("Message"))
        theme.set_role(caption, role="heading")
        self.counter = Counter()
        self.editor = FlaggedText()
        self.editor.setAccessibleName(caption.text())
        self.editor.setPlaceholderText(tr("Choose a version above, or write your own"))
        self.copy_button = CopyButton(self.editor.text, tr("Copy"), small=False)
        self.copy_button.setToolTip(tr("Ctrl+Shift+C"))
        self.remark = QLabel()
        self.remark.setWordWrap(True)
        theme.set_role(self.remark, role="muted")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(caption)
        head.addSpacing(theme.GAP)
        head.addWidget(self.counter)
        head.addStretch()
        foot.addWidget(self.remark, 1)
        foot.addWidget(self.copy_button)
        card = QFrame()
        theme.set_role(card, role="card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 8, 12, 12)
        inside.setSpacing(6)
        inside.addLayout(head)
        inside.addWidget(self.editor, 1)
        inside.addLayout(foot)
        self.editor.edited.connect(self._on_text_edited)
        self.copy_button.copied.connect(self._on_copied)
        return card

    def _on_brief_edited(self) -> None:
        self._count()
        self._check.touch()
        self.state_changed.emit()

    # -- drafting ----------------------------------------------------------------------------------------------

    def draft(self) -> None:
        """Write VARIANTS versions from the brief."""
        if self._job is not None:
            return
        brief = self.form.brief()
        if not (brief.occasion or brief.offer or brief.products):
            self.banner.say(tr("Type the occasion, the offer, or pick a product first."), "warning")
            self.form.setFocus()
            return
        self.banner.clear()
        for card in self.cards:
            card.clear()
        inputs = {"brief": self.form.brief().to_json()}
        desk, seed, cancel = self.desk, self.keeper.next_seed(), CancelToken()
        stream = self.tasks.on_main(self._on_stream, owner=self)
        subject = brief.occasion or brief.offer or brief.products[0].name

        def job() -> tuple[TextResult, Draft | None, StoreError | None]:
            result = desk.promotions.draft(
                brief, desk.profile(), variants=VARIANTS, seed=seed, on_token=stream, cancel=cancel
            )
            if not result.variants:
                return result, None, None
            variants = tuple(variant.to_json() for variant in result.variants)
            draft = Draft(Task.PROMOTION, subject, inputs, variants, {"text": result.variants[0].text})
            return result, *kept(desk.store, draft)

        self._set_busy(True)
        self._job = self.tasks.run(
            job, self._on_drafted, self._on_error, lane="draft", owner=self, cancel=cancel
        )

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.stop_button.setEnabled(False)

    def _set_busy(self, busy: bool) -> None:
        if not busy:
            self._job = None
        self.draft_button.setEnabled(not busy)
        self.draft_button.setText(tr("Writing…") if busy else tr("Draft"))
        self.stop_button.setEnabled(busy)

    def _on_stream(self, variant: int, text: str) -> None:
        if variant < len(self.cards):
            self.cards[variant].stream("text", text)

    def _on_drafted(self, done: tuple[TextResult, Draft | None, StoreError | None]) -> None:
        result, draft, error = done
        self._set_busy(False)
        for card in self.cards:
            card.clear()
        if draft is None:
            self.status_message.emit(tr("Stopped") if result.cancelled else tr("Nothing could be written"))
            return
        self._offered = draft
        for card, variant in zip(self.cards, result.variants, strict=False):
            card.set_fields({"text": variant.text}, problem_note(variant.flags))
        if not self._edited:
            self._on_chosen(0)
        if error is not None:
            self.banner.say(
                tr("The draft could not be kept in the history. {why}").format(why=error), "error"
            )
        self.status_message.emit(drafted_note(len(result.variants), result))
        if result.note:
            self.remark.setText(result.note)
        self.state_changed.emit()

    def _on_error(self, error: Exception) -> None:
        self._set_busy(False)
        if not isinstance(error, StoreError | ValueError):
            self.banner.say(tr("The draft failed. Details are in the log."), "error")
            raise error
        self.banner.say(str(error), "error")

    # -- choosing and editing ----------------------------------------------------------------------------------

    def _on_chosen(self, index: int) -> None:
        text = self.cards[index].fields["text"]
        self.editor.set_text(text, undoable=True)
        if self._offered is not None and self._offered is not self.keeper.draft:
            self.keeper.adopt(self._offered)
        self.keeper.chosen({"text": text})
        self._offered = self.keeper.draft
        self._edited = False
        for card in self.cards:
            card.set_chosen(card.index == index)
        self._count()
        self._run_check()
        self.state_changed.emit()

    def _on_text_edited(self, text: str) -> None:
        self._edited = True
        if not self.keeper.active and text.strip():
            brief = self.form.brief()
            subject = brief.occasion or brief.offer or text.strip().splitlines()[0][:60]
            inputs = {"brief": self.form.brief().to_json()}
            self.keeper.start(Draft(Task.PROMOTION, subject, inputs, (), {"text": text}))
        self.keeper.edited({"text": text})
        self._count()
        self._check.touch()
        self.state_changed.emit()

    def _on_copied(self, text: str) -> None:
        if not self.keeper.active:
            self._on_text_edited(text)
        self.keeper.copied({"text": text})
        if self.editor.flags:
            self.banner.say(tr("Copied. Some words are not in your facts: look at the red marks."), "warning")
        self.status_message.emit(tr("Copied"))

    def _count(self) -> None:
        text = self.editor.text()
        if self.form.brief().channel == "sms":
            sms = count_sms(text)
            note = tr_n("{n} SMS", "{n} SMS", sms.messages)
            self.counter.show_count(
                sms.length, sms.limit, note if sms.gsm else tr("{n}, not plain letters").format(n=note)
            )
        else:
            self.counter.show_count(len(text))

    def _run_check(self) -> None:
        self._check.drop()
        desk, text, brief = self.desk, self.editor.text(), self.form.brief()

        def job() -> list[Flag]:
            shop: ShopProfile = desk.profile()
            return desk.check_text(
                text, brief.products, shop, brief.occasion, brief.offer, brief.deadline, brief.code
            )

        def show(flags: list[Flag]) -> None:
            if text == self.editor.text():
                self.editor.set_flags(flags)
                self.remark.setText(problem_note(flags))

        self.tasks.run(job, show, owner=self)

    # -- the frame ---------------------------------------------------------------------------------------------

    def activate(self) -> None:
        self.tasks.run(self.desk.store.products.all, self.form.set_catalogue, owner=self)

    def copy_all(self) -> None:
        self.copy_button.copy()

    def open_item(self, item: object) -> None:
        """A Product joins the brief; a Draft of the history comes back whole."""
        if isinstance(item, Product):
            self.form.add_product(item)
        elif isinstance(item, Draft):
            self.keeper.resume(item)
            self._fill_brief(item.inputs.get("brief") or {})
            self.editor.set_text(item.text.get("text", ""))
            for card in self.cards:
                card.clear()
            for card, variant in zip(self.cards, item.variants, strict=False):
                card.set_fields(
                    {"text": str(variant.get("text", ""))}, problem_note(variant.get("flags") or ())
                )
            self._offered = None
            self._edited = True
            self._count()
            self._run_check()
            self.state_changed.emit()

    def _fill_brief(self, brief: dict[str, Any]) -> None:
        self.form.set_texts(brief)
        skus = [row.get("sku") for row in brief.get("products") or () if row.get("sku")]
        found = (self.desk.store.products.by_sku(sku) for sku in skus)
        self.form.set_products([product for product in found if product is not None])

    def save_state(self) -> dict[str, Any]:
        return {
            "brief": self.form.brief().to_json() | {"products": []},
            "products": self.form.product_ids,
            "text": self.editor.text(),
            "edited": self._edited,
            "cards": [card.fields.get("text", "") for card in self.cards if card.ready],
            "chosen": next((card.index for card in self.cards if card.property("chosen")), -1),
            "entry": self.keeper.draft.id if self.keeper.draft else 0,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.form.set_texts(state.get("brief") or {})
        self.form.want_products([int(known) for known in state.get("products") or ()])
        for card, text in zip(self.cards, state.get("cards") or (), strict=False):
            card.set_fields({"text": str(text)})
            card.set_chosen(card.index == state.get("chosen"))
        entry = self.desk.store.drafts.get(int(state.get("entry") or 0))
        if entry is not None:
            self.keeper.adopt(entry)
        self.editor.set_text(str(state.get("text") or ""))
        self._edited = bool(state.get("edited"))
        self._count()

    def shutdown(self) -> None:
        self.stop()
        self.keeper.flush()
