"""Listings: the facts on the left, three versions to choose from, and an editor that keeps every keystroke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.drafting.completion import Writing
from desktop.drafting.prompt import TONES
from desktop.drafting.results import Flag, ListingResult
from desktop.engine.contract import CancelToken
from desktop.marketplaces.rules import RuleResult
from desktop.shop.money import PriceError
from desktop.shop.records import Draft, Product, Task

from .. import theme
from ..i18n import tr
from ..tasks import TaskManager
from ..widgets.facts_form import FactsForm
from ..widgets.listing_editor import ListingEditor
from ..words import tone_name
from .drafting import Stream
from .versions import Texts, VersionsPanel

if TYPE_CHECKING:
    from desktop.desk import Desk


class ListingsPanel(VersionsPanel):
    key = "listings"
    title = "Listings"
    icon_name = "listings"
    task = Task.LISTING

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._build()
        self.setFocusProxy(self.form.name)
        self._on_marketplace()
        self.show_buttons()

    def _build(self) -> None:
        self.form = FactsForm()
        self.editor = ListingEditor()
        card = QFrame()
        theme.set_role(card, role="card")
        card.setFixedWidth(340)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 10, 12, 12)
        inside.addWidget(self.form)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.banner)
        right.addLayout(self.card_row(), 3)
        right.addWidget(self.editor, 5)
        columns = QHBoxLayout()
        columns.setSpacing(theme.GAP + 4)
        columns.addWidget(card)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(10)
        layout.addLayout(self._choices())
        layout.addLayout(columns, 1)
        self.form.edited.connect(self._on_inputs_edited)
        self.form.picked.connect(self._on_picked)
        self.form.save_requested.connect(self.save_product)
        self.editor.edited.connect(self._on_text_edited)
        for field, edit in self.editor.fields.items():
            self.suggest_words(edit, partial(self._writing, field))
        self.editor.redraft_requested.connect(self.redraft)
        self.editor.copied.connect(self._on_copied)

    def _choices(self) -> QHBoxLayout:
        self.marketplace = QComboBox()
        for name, rules in sorted(self.desk.marketplaces.items(), key=lambda item: item[1].name.casefold()):
            self.marketplace.addItem(rules.name, name)
        self.marketplace.setCurrentIndex(max(self.marketplace.findData("generic"), 0))
        self.tone = QComboBox()
        for tone in TONES:
            self.tone.addItem(tone_name(tone), tone)
        self.marketplace.currentIndexChanged.connect(self._on_marketplace)
        self.tone.currentIndexChanged.connect(self.state_changed)
        return self.head((tr("&Marketplace"), self.marketplace), (tr("&Tone"), self.tone))

    # -- what the drafts are made of ---------------------------------------------------------------------------

    def texts(self) -> Texts:
        return self.editor.texts()

    def show_texts(self, texts: Mapping[str, str], *, undoable: bool = False) -> None:
        self.editor.set_texts(texts, undoable=undoable)

    def undo_texts(self) -> None:
        self.editor.undo()

    def shown_flags(self) -> tuple[Flag, ...]:
        return tuple(flag for edit in self.editor.fields.values() for flag in edit.flags)

    def fields_of(self, variant: Mapping[str, Any]) -> Texts:
        return {
            "title": str(variant.get("title") or ""),
            "bullets": "\n".join(variant.get("bullets") or ()),
            "description": str(variant.get("description") or ""),
        }

    def inputs(self) -> dict[str, Any]:
        return {
            "product": self.form.product_so_far().to_json(),
            "marketplace": self.marketplace.currentData(),
            "tone": self.tone.currentData(),
        }

    def subject(self, texts: Mapping[str, str]) -> str:
        return self.form.name.text().strip() or texts["title"].strip() or tr("Untitled")

    # -- drafting ----------------------------------------------------------------------------------------------

    def draft(self) -> None:
        """Write versions from the facts."""
        if self.busy or not self._facts_are_good():
            return
        self.offer(self.form.product().name, self._drafter())

    def redraft(self, field: str) -> None:
        """Write `field` again and leave the others alone."""
        if self.busy or not self._facts_are_good():
            return
        seed, draft = self.keeper.next_seed(), self._drafter(field)
        self.write(
            lambda _on_token, cancel: draft(seed, None, cancel),
            lambda result: self._on_redrafted(field, result),
        )

    def _drafter(self, only: str | None = None) -> Callable[[int, Stream | None, CancelToken], ListingResult]:
        """What a worker calls to write from the facts as they stand now."""
        desk, product, language = self.desk, self.form.product(), self.desk.profile().language
        marketplace, tone = self.marketplace.currentData(), self.tone.currentData()

        def draft(seed: int, on_token: Stream | None, cancel: CancelToken) -> ListingResult:
            return desk.draft_listing(
                product,
                marketplace=marketplace,
                tone=tone,
                language=language,
                variants=self.variants,
                seed=seed,
                only=only,
                on_token=on_token,
                cancel=cancel,
            )

        return draft

    def _facts_are_good(self) -> bool:
        problem = self.form.show_problem()
        if problem:
            self.banner.say(problem, "warning")
        return not problem

    def show_buttons(self) -> None:
        super().show_buttons()
        self.editor.set_busy(self.busy)

    def _on_redrafted(self, field: str, result: ListingResult) -> None:
        now = self.editor.texts()[field]
        texts = [variant.fields[field] for variant in result.variants if variant.fields[field]]
        fresh = next((text for text in texts if text != now), "")
        if not fresh:
            if not result.cancelled:
                self.banner.say(
                    tr("Nothing else could be written from these facts. Add a fact and try again.")
                )
            return
        self.editor.set_texts({field: fresh}, undoable=True)
        self._on_text_edited()
        self.say_note(result)
        self.status_message.emit(tr("Written again. Ctrl+Z in the field brings your text back."))

    def _writing(self, field: str) -> Callable[[], Writing] | None:
        desk, product, texts = self.desk, self.form.product_so_far(), self.editor.texts()
        marketplace, tone = self.marketplace.currentData(), self.tone.currentData()
        if not product.name:
            return None
        return lambda: desk.listing_writing(product, texts, field, marketplace=marketplace, tone=tone)

    # -- checks ------------------------------------------------------------------------------------------------

    def _on_picked(self, product: Product) -> None:
        self.status_message.emit(tr("Took “{name}” from the catalogue").format(name=product.name))

    def _on_marketplace(self) -> None:
        self.editor.set_marketplace(self.desk.marketplaces[self.marketplace.currentData()])
        self._run_check()
        self.state_changed.emit()

    def _run_check(self) -> None:
        """Look the editor's text up in the facts and rules, off this thread; an answer for an older text is dropped."""
        self._check.drop()
        desk, product, texts = self.desk, self.form.product_so_far(), self.editor.texts()
        marketplace = self.marketplace.currentData()

        def show(answer: tuple[list[Flag], list[RuleResult]]) -> None:
            if texts == self.editor.texts() and marketplace == self.marketplace.currentData():
                self.editor.show_checks(*answer)

        self.tasks.run(lambda: desk.check_listing(product, texts, marketplace), show, owner=self)

    # -- copying and saving ------------------------------------------------------------------------------------

    def copy_all(self) -> None:
        self.editor.copy_all_button.copy()

    def _on_copied(self, field: str) -> None:
        self.keep_copied(*(() if field == "all" else (field,)))

    def save_product(self) -> None:
        """Keep the form's product in the catalogue: the one it was picked from, or a new one."""
        if not self._facts_are_good():
            return
        product, store = self.form.product(), self.desk.store

        def saved(product: Product) -> None:
            self.form.set_saved(product)
            self.banner.say(tr("“{name}” is in the catalogue.").format(name=product.name), "done")
            self.activate()
            self.state_changed.emit()

        self.tasks.run(lambda: store.products.save(product), saved, self._on_error, owner=self)

    # -- the frame ---------------------------------------------------------------------------------------------

    def activate(self) -> None:
        if self.form.empty:
            self.form.set_currency(self.desk.profile().currency)
        self.tasks.run(self.desk.store.products.all, self.form.set_catalogue, owner=self)

    def open_item(self, item: object) -> None:
        """A Product goes into the form; a Draft of the history comes back whole."""
        if isinstance(item, Product):
            self.form.set_product(item)
        elif isinstance(item, Draft):
            self._open_draft(item)
        self._run_check()
        self.state_changed.emit()

    def _open_draft(self, draft: Draft) -> None:
        row = dict(draft.inputs.get("product") or {})
        try:
            product = Product.from_json(
                row | {"name": row.get("name") or draft.subject}, self.desk.profile().currency
            )
        except (PriceError, ValueError):  # facts of an older version: the name still helps
            product = Product(draft.subject)
        stored = self.desk.store.products.by_sku(product.sku) if product.sku else None
        self.form.set_product(replace(product, id=stored.id if stored else 0))
        self._choose_data(self.marketplace, draft.inputs.get("marketplace"))
        self._choose_data(self.tone, draft.inputs.get("tone"))
        self.reuse(draft)

    def _choose_data(self, combo: QComboBox, data: Any) -> None:
        row = combo.findData(data)
        if row >= 0:
            combo.setCurrentIndex(row)

    def save_state(self) -> dict[str, Any]:
        return super().save_state() | {
            "form": self.form.save_state(),
            "marketplace": self.marketplace.currentData(),
            "tone": self.tone.currentData(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.form.restore_state(state.get("form") or {})
        self._choose_data(self.marketplace, state.get("marketplace"))
        self._choose_data(self.tone, state.get("tone"))
        super().restore_state(state)
