"""Promotions: an occasion and an offer become a message for the channel it will be sent on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.drafting.completion import Writing
from desktop.drafting.results import Flag, TextResult
from desktop.engine.contract import CancelToken
from desktop.shop.records import Draft, Product, Task
from desktop.shop.sms import count_sms

from .. import theme
from ..i18n import tr, tr_n
from ..tasks import TaskManager
from ..widgets.brief_form import BriefForm
from ..widgets.copy_button import CopyButton
from ..widgets.counter import Counter
from ..widgets.ghost_text import GhostText
from ..words import problem_note
from .drafting import Stream
from .versions import Texts, VersionsPanel

if TYPE_CHECKING:
    from desktop.desk import Desk

SUBJECT_CHARS = 60


class PromotionsPanel(VersionsPanel):
    key = "promotions"
    title = "Promotions"
    icon_name = "promotions"
    task = Task.PROMOTION

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._build()
        self.setFocusProxy(self.form)
        self.show_buttons()
        self._count()

    # -- widgets -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.form = BriefForm()
        self.form.setFixedWidth(340)
        self.form.edited.connect(self._on_inputs_edited)
        self.form.refused.connect(self.banner.say)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.banner)
        right.addLayout(self.card_row(), 1)
        right.addWidget(self._editor_card(), 1)
        columns = QHBoxLayout()
        columns.setSpacing(theme.GAP + 4)
        columns.addWidget(self.form)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(10)
        layout.addLayout(self.head())
        layout.addLayout(columns, 1)

    def _editor_card(self) -> QFrame:
        caption = QLabel(tr("Message"))
        theme.set_role(caption, role="heading")
        self.counter = Counter()
        self.editor = GhostText()
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
        self.editor.edited.connect(lambda _text: self._on_text_edited())
        self.suggest_words(self.editor, self._writing)
        self.copy_button.copied.connect(lambda _text: self.keep_copied())
        return card

    # -- what the drafts are made of ---------------------------------------------------------------------------

    def texts(self) -> Texts:
        return {"text": self.editor.text()}

    def show_texts(self, texts: Mapping[str, str], *, undoable: bool = False) -> None:
        self.editor.set_text(texts.get("text", ""), undoable=undoable)
        self._count()

    def undo_texts(self) -> None:
        self.editor.undo()

    def shown_flags(self) -> tuple[Flag, ...]:
        return self.editor.flags

    def fields_of(self, variant: Mapping[str, Any]) -> Texts:
        return {"text": str(variant.get("text") or "")}

    def inputs(self) -> dict[str, Any]:
        return {"brief": self.form.brief().to_json()}

    def subject(self, texts: Mapping[str, str]) -> str:
        brief = self.form.brief()
        return brief.occasion or brief.offer or texts["text"].strip().splitlines()[0][:SUBJECT_CHARS]

    def draft(self) -> None:
        """Write versions from the brief."""
        if self.busy:
            return
        brief = self.form.brief()
        if not (brief.occasion or brief.offer or brief.products):
            self.banner.say(tr("Type the occasion, the offer, or pick a product first."), "warning")
            self.form.setFocus()
            return
        desk = self.desk

        def draft(seed: int, on_token: Stream, cancel: CancelToken) -> TextResult:
            return desk.promotions.draft(
                brief, desk.profile(), variants=self.variants, seed=seed, on_token=on_token, cancel=cancel
            )

        self.offer(brief.occasion or brief.offer or brief.products[0].name, draft)

    def _writing(self) -> Callable[[], Writing] | None:
        brief, desk = self.form.brief(), self.desk
        if not (brief.occasion or brief.offer or brief.products):
            return None
        return lambda: desk.promotions.writing(brief, desk.profile())

    # -- counting and checking ---------------------------------------------------------------------------------

    def _on_inputs_edited(self) -> None:
        self._count()
        super()._on_inputs_edited()

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
            backing = (brief.occasion, brief.offer, brief.deadline, brief.code)
            return desk.check_text(text, brief.products, desk.profile(), *backing)

        def show(flags: list[Flag]) -> None:
            if text == self.editor.text():
                self.editor.set_flags(flags)
                self.remark.setText(problem_note(flags))

        self.tasks.run(job, show, owner=self)

    # -- the frame ---------------------------------------------------------------------------------------------

    def activate(self) -> None:
        def show(products: list[Product]) -> None:
            self.form.set_catalogue(products)
            self._run_check()  # what the products say backs the text

        self.tasks.run(self.desk.store.products.all, show, owner=self)

    def copy_all(self) -> None:
        self.copy_button.copy()

    def open_item(self, item: object) -> None:
        """A Product joins the brief; a Draft of the history comes back whole."""
        if isinstance(item, Product):
            self.form.add_product(item)
        elif isinstance(item, Draft):
            self._fill_brief(item.inputs.get("brief") or {})
            self.reuse(item)
            self._run_check()
            self.state_changed.emit()

    def _fill_brief(self, brief: dict[str, Any]) -> None:
        self.form.set_texts(brief)
        skus = [row.get("sku") for row in brief.get("products") or () if row.get("sku")]
        found = (self.desk.store.products.by_sku(sku) for sku in skus)
        self.form.set_products([product for product in found if product is not None])

    def save_state(self) -> dict[str, Any]:
        return super().save_state() | {
            "brief": self.form.brief().to_json() | {"products": []},
            "products": self.form.product_ids,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.form.set_texts(state.get("brief") or {})
        self.form.want_products([int(known) for known in state.get("products") or ()])
        super().restore_state(state)
