"""Listings: the facts on the left, three versions to choose from, and an editor that keeps every keystroke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.drafting.prompt import TONES
from desktop.drafting.results import Flag, ListingResult
from desktop.engine.contract import CancelToken
from desktop.marketplaces.rules import RuleResult
from desktop.shop.money import PriceError
from desktop.shop.records import Draft, Product, Task
from desktop.store.errors import StoreError

from .. import theme
from ..autosave import Debounce
from ..i18n import tr
from ..tasks import TaskHandle, TaskManager
from ..widgets.banner import Banner
from ..widgets.facts_form import FactsForm
from ..widgets.listing_editor import ListingEditor
from ..widgets.variant_card import VariantCard
from ..words import drafted_note, problem_note, tone_name
from .base import Panel
from .draft_keeper import DraftKeeper, kept

if TYPE_CHECKING:
    from desktop.desk import Desk

VARIANTS = 3
CHECK_DELAY_MS = 250


class ListingsPanel(Panel):
    """Drafting never touches the editor while the seller's own changes stand in it: the versions wait as cards."""

    key = "listings"
    title = "Listings"
    icon_name = "listings"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._job: TaskHandle | None = None
        self._edited = False
        self._offered: Draft | None = None  # what the cards show; the keeper has what the editor holds
        self.keeper = DraftKeeper(desk, tasks, self)
        self._check = Debounce(self._run_check, CHECK_DELAY_MS, self)
        self._build()
        self.setFocusProxy(self.form.name)
        self.keeper.failed.connect(self._on_not_saved)
        self._on_marketplace()
        self._set_busy(False)

    def _build(self) -> None:
        self.banner = Banner()
        self.form = FactsForm()
        self.editor = ListingEditor()
        self.cards = [VariantCard(index) for index in range(VARIANTS)]
        card = QFrame()
        theme.set_role(card, role="card")
        card.setFixedWidth(340)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 10, 12, 12)
        inside.addWidget(self.form)
        versions = QHBoxLayout()
        versions.setSpacing(theme.GAP)
        for variant in self.cards:
            versions.addWidget(variant, 1)
            variant.chosen.connect(self._on_chosen)
        right = QVBoxLayout()
        right.setSpacing(theme.GAP)
        right.addWidget(self.banner)
        right.addLayout(versions, 3)
        right.addWidget(self.editor, 5)
        columns = QHBoxLayout()
        columns.setSpacing(theme.GAP + 4)
        columns.addWidget(card)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(10)
        layout.addLayout(self._head())
        layout.addLayout(columns, 1)
        self.form.edited.connect(self._on_facts_edited)
        self.form.picked.connect(self._on_picked)
        self.form.save_requested.connect(self.save_product)
        self.editor.edited.connect(self._on_text_edited)
        self.editor.redraft_requested.connect(self.redraft)
        self.editor.copied.connect(self._on_copied)

    def _head(self) -> QHBoxLayout:
        heading = QLabel(tr(self.title))
        theme.set_role(heading, role="title")
        self.marketplace = QComboBox()
        for name, rules in sorted(self.desk.marketplaces.items(), key=lambda item: item[1].name.casefold()):
            self.marketplace.addItem(rules.name, name)
        self.marketplace.setCurrentIndex(max(self.marketplace.findData("generic"), 0))
        self.tone = QComboBox()
        for tone in TONES:
            self.tone.addItem(tone_name(tone), tone)
        self.draft_button = QPushButton(tr("Draft"))
        self.draft_button.setToolTip(tr("Write three versions (Ctrl+Enter)"))
        theme.set_role(self.draft_button, role="primary")
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setIcon(theme.icon("stop"))
        self.stop_button.setToolTip(tr("Keep what is written so far (Esc)"))
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(heading)
        row.addStretch()
        for caption, field in ((tr("&Marketplace"), self.marketplace), (tr("&Tone"), self.tone)):
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption.replace("&", ""))
            row.addWidget(label)
            row.addWidget(field)
            row.addSpacing(theme.GAP)
        row.addWidget(self.stop_button)
        row.addWidget(self.draft_button)
        self.marketplace.currentIndexChanged.connect(self._on_marketplace)
        self.tone.currentIndexChanged.connect(self.state_changed)
        self.draft_button.clicked.connect(self.draft)
        self.stop_button.clicked.connect(self.stop)
        return row

    # -- drafting ----------------------------------------------------------------------------------------------

    def draft(self) -> None:
        """Write VARIANTS versions from the facts."""
        if self._job is not None:
            return
        if problem := self.form.show_problem():
            self.banner.say(problem, "warning")
            return
        self.banner.clear()
        self.keeper.flush()
        for card in self.cards:
            card.clear()
        seed = self.keeper.next_seed()
        product, inputs = self.form.product(), self._inputs() | {"seed": seed}
        desk, language, cancel = self.desk, self.desk.profile().language, CancelToken()
        stream = self.tasks.on_main(self._on_stream, owner=self)
        marketplace, tone = inputs["marketplace"], inputs["tone"]

        def job() -> tuple[ListingResult, Draft | None, StoreError | None]:
            result = desk.draft_listing(
                product,
                marketplace=marketplace,
                tone=tone,
                language=language,
                variants=VARIANTS,
                seed=seed,
                on_token=stream,
                cancel=cancel,
            )
            if not result.variants:
                return result, None, None
            variants = tuple(variant.to_json() for variant in result.variants)
            draft = Draft(Task.LISTING, product.name, inputs, variants, result.variants[0].fields)
            return result, *kept(desk.store, draft)

        self._run(job, self._on_drafted, cancel)

    def redraft(self, field: str) -> None:
        """Write `field` again and leave the others alone."""
        if self._job is not None:
            return
        if problem := self.form.show_problem():
            self.banner.say(problem, "warning")
            return
        seed, product, inputs = self.keeper.next_seed(), self.form.product(), self._inputs()
        desk, language, cancel = self.desk, self.desk.profile().language, CancelToken()
        marketplace, tone = inputs["marketplace"], inputs["tone"]

        def job() -> ListingResult:
            return desk.draft_listing(
                product,
                marketplace=marketplace,
                tone=tone,
                language=language,
                variants=VARIANTS,
                seed=seed,
                only=field,
                cancel=cancel,
            )

        self._run(job, lambda result: self._on_redrafted(field, result), cancel)

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.stop_button.setEnabled(False)

    def _run(self, job: Any, on_done: Any, cancel: CancelToken) -> None:
        def done(result: Any) -> None:
            self._set_busy(False)
            on_done(result)

        self._set_busy(True)
        self._job = self.tasks.run(job, done, self._on_error, lane="draft", owner=self, cancel=cancel)

    def _set_busy(self, busy: bool) -> None:
        if not busy:
            self._job = None
        self.draft_button.setEnabled(not busy)
        self.draft_button.setText(tr("Writing…") if busy else tr("Draft"))
        self.stop_button.setEnabled(busy)
        self.editor.set_busy(busy)

    def _on_stream(self, variant: int, field: str, text: str) -> None:
        if variant < len(self.cards):
            self.cards[variant].stream(field, text)

    def _on_drafted(self, done: tuple[ListingResult, Draft | None, StoreError | None]) -> None:
        result, draft, error = done
        for card in self.cards:
            card.clear()
        if draft is None:
            self.status_message.emit(tr("Stopped") if result.cancelled else tr("Nothing could be written"))
            return
        self._offered = draft
        self._show_cards(draft)
        if not self._edited:
            self._on_chosen(0)
        if error is not None:
            self.banner.say(
                tr("The draft could not be kept in the history. {why}").format(why=error), "error"
            )
        self.status_message.emit(drafted_note(len(result.variants), result))
        self.state_changed.emit()

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
        self.status_message.emit(tr("Written again. Ctrl+Z in the field brings your text back."))

    def _on_error(self, error: Exception) -> None:
        self._set_busy(False)
        for card in self.cards:
            if not card.ready:
                card.clear()
        if not isinstance(error, StoreError | ValueError):
            self.banner.say(tr("The draft failed. Details are in the log."), "error")
            raise error
        self.banner.say(str(error), "error")

    def _show_cards(self, draft: Draft) -> None:
        for card, variant in zip(self.cards, draft.variants, strict=False):
            card.set_fields(_fields_of(variant), problem_note(variant.get("flags") or ()))

    # -- choosing and editing ----------------------------------------------------------------------------------

    def _on_chosen(self, index: int) -> None:
        before, had_own_text = self.keeper.draft, self._edited and not self.editor.empty
        texts = self.cards[index].fields
        self.editor.set_texts(texts, undoable=True)
        if self._offered is not None and self._offered is not before:
            self.keeper.adopt(self._offered)
        self.keeper.chosen(texts)
        self._offered = self.keeper.draft
        self._edited = False
        for card in self.cards:
            card.set_chosen(card.index == index)
        if had_own_text:
            self.banner.say(
                tr("Your own text was replaced; it is kept in the history."),
                action=tr("Undo"),
                on_action=lambda: self._undo_choice(before),
            )
        self._run_check()
        self.state_changed.emit()

    def _undo_choice(self, draft: Draft | None) -> None:
        self.editor.undo()
        if draft is not None:
            self.keeper.adopt(draft)
        for card in self.cards:
            card.set_chosen(False)
        self._on_text_edited()

    def _on_text_edited(self) -> None:
        self._edited = True
        texts = self.editor.texts()
        if not self.keeper.active and not self.editor.empty:
            subject = self.form.name.text().strip() or texts["title"].strip() or tr("Untitled")
            self.keeper.start(Draft(Task.LISTING, subject, self._inputs(), (), texts))
        self.keeper.edited(texts)
        self._check.touch()
        self.state_changed.emit()

    def _on_facts_edited(self) -> None:
        self._check.touch()
        self.state_changed.emit()

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

    def _on_not_saved(self, why: str) -> None:
        self.banner.say(tr("Your text is not saved yet. {why}").format(why=why), "error")

    def _inputs(self) -> dict[str, Any]:
        return {
            "product": self.form.product_so_far().to_json(),
            "marketplace": self.marketplace.currentData(),
            "tone": self.tone.currentData(),
        }

    # -- copying and saving ------------------------------------------------------------------------------------

    def copy_all(self) -> None:
        self.editor.copy_all_button.copy()

    def _on_copied(self, field: str) -> None:
        texts = self.editor.texts()
        if not self.keeper.active:
            self._on_text_edited()
        self.keeper.copied(texts if field == "all" else {field: texts[field]})
        flags = sum(len(edit.flags) for edit in self.editor.fields.values())
        if flags:
            self.banner.say(tr("Copied. Some words are not in your facts: look at the red marks."), "warning")
        self.status_message.emit(tr("Copied"))

    def save_product(self) -> None:
        """Keep the form's product in the catalogue: the one it was picked from, or a new one."""
        if problem := self.form.show_problem():
            self.banner.say(problem, "warning")
            return
        product, store = self.form.product(), self.desk.store

        def saved(product: Product) -> None:
            self.form.set_saved(product)
            self.banner.say(tr("“{name}” is in the catalogue.").format(name=product.name), "done")
            self.activate()
            self.state_changed.emit()

        self.tasks.run(lambda: store.products.save(product), saved, self._on_product_error, owner=self)

    def _on_product_error(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            raise error
        self.banner.say(str(error), "error")

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
        for card in self.cards:
            card.clear()
        self._show_cards(draft)
        self.keeper.resume(draft)
        self._offered = None
        self._edited = not any(draft.text == _fields_of(variant) for variant in draft.variants)
        self.editor.set_texts({"title": "", "bullets": "", "description": ""} | dict(draft.text))

    def _choose_data(self, combo: QComboBox, data: Any) -> None:
        row = combo.findData(data)
        if row >= 0:
            combo.setCurrentIndex(row)

    def save_state(self) -> dict[str, Any]:
        return {
            "form": self.form.save_state(),
            "marketplace": self.marketplace.currentData(),
            "tone": self.tone.currentData(),
            "texts": self.editor.texts(),
            "edited": self._edited,
            "entry": self.keeper.draft.id if self.keeper.draft else 0,
            "offered": self._offered.id if self._offered else 0,
            "chosen": next((card.index for card in self.cards if card.property("chosen")), -1),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.form.restore_state(state.get("form") or {})
        self._choose_data(self.marketplace, state.get("marketplace"))
        self._choose_data(self.tone, state.get("tone"))
        self._edited = bool(state.get("edited"))
        drafts = self.desk.store.drafts
        entry = drafts.get(int(state.get("entry") or 0))
        if entry is not None:
            self.keeper.adopt(entry)
        self._offered = drafts.get(int(state.get("offered") or 0))
        if self._offered is not None:
            self._show_cards(self._offered)
            if entry is not None and entry.id == self._offered.id:
                self._offered = entry
            for card in self.cards:
                card.set_chosen(card.index == state.get("chosen"))
        self.editor.set_texts(state.get("texts") or {})
        self._run_check()

    def shutdown(self) -> None:
        self.stop()
        self.keeper.flush()


def _fields_of(variant: Mapping[str, Any]) -> dict[str, str]:
    """A variant's JSON as the editor's three texts."""
    return {
        "title": str(variant.get("title") or ""),
        "bullets": "\n".join(variant.get("bullets") or ()),
        "description": str(variant.get("description") or ""),
    }
