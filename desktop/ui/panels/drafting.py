"""What all panels that draft have in common: Draft and Stop, cards that fill, one job, and the history behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.drafting.completion import Writing
from desktop.drafting.results import ListingResult, TextResult
from desktop.engine.contract import CancelToken

from .. import theme
from ..autosave import Debounce
from ..ghostwriter import Completion, Ghostwriter
from ..i18n import tr
from ..tasks import TaskHandle, TaskManager
from ..widgets.ghost_text import GhostText
from ..widgets.variant_card import VariantCard
from .base import Panel
from .draft_keeper import DraftKeeper

if TYPE_CHECKING:
    from desktop.desk import Desk

T = TypeVar("T")
Stream = Callable[..., None]

VARIANTS = 3
CHECK_DELAY_MS = 250


class DraftingPanel(Panel):
    """A panel that writes one text at a time.

    A subclass builds its page from `banner`, `cards`, `draft_button` and `stop_button`, calls `write` in its
    `draft` and `show_buttons` once it is built, and says in `can_draft` whether there is anything to write from.
    """

    #: How many versions stand as cards beside each other.
    variants: ClassVar[int] = VARIANTS
    draft_caption: ClassVar[str] = "Draft"
    draft_hint: ClassVar[str] = "Write three versions (Ctrl+Enter)"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._job: TaskHandle | None = None
        self.cards = [VariantCard(index) for index in range(self.variants)]
        for card in self.cards:
            card.chosen.connect(self._on_chosen)
        self.draft_button = QPushButton(tr(self.draft_caption))
        self.draft_button.setToolTip(tr(self.draft_hint))
        theme.set_role(self.draft_button, role="primary")
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setIcon(theme.icon("stop"))
        self.stop_button.setToolTip(tr("Keep what is written so far (Esc)"))
        keep_room = self.stop_button.sizePolicy()
        keep_room.setRetainSizeWhenHidden(True)
        self.stop_button.setSizePolicy(keep_room)
        self.draft_button.clicked.connect(self.draft)
        self.stop_button.clicked.connect(self.stop)
        self.keeper = DraftKeeper(desk, tasks, self)
        self.keeper.failed.connect(self._on_not_saved)
        self._check = Debounce(self._run_check, CHECK_DELAY_MS, self)

    def suggest_words(
        self, editor: GhostText, prepare: Callable[[], Callable[[], Writing | None] | None]
    ) -> None:
        """Suggest what follows while the seller types in `editor`.

        `prepare()` is called on this thread; what it gives is called on a worker and tells what is being written.
        Either may give None for nothing to be suggested.
        """

        def completion(before: str) -> Completion | None:
            writing = prepare() if self.desk.suggests_words else None
            if writing is None:
                return None
            desk = self.desk

            def complete(cancel: CancelToken) -> str:
                known = writing()
                return desk.complete(known, before, cancel) if known else ""

            return complete

        Ghostwriter(editor, completion, self.tasks)

    # -- what a subclass gives ---------------------------------------------------------------------------------

    def can_draft(self) -> bool:
        """Whether the Draft button can be pressed while nothing is written."""
        return True

    def _run_check(self) -> None:
        """Mark what the facts don't back in the editor."""
        raise NotImplementedError

    def _on_chosen(self, index: int) -> None:
        """The seller takes a card's version."""

    # -- building ----------------------------------------------------------------------------------------------

    def head(self, *fields: tuple[str, QWidget]) -> QHBoxLayout:
        """The panel's title, captioned `fields`, Stop and Draft in a row."""
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.heading())
        row.addStretch()
        for caption, field in fields:
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption.replace("&", ""))
            row.addWidget(label)
            row.addWidget(field)
            row.addSpacing(theme.GAP)
        row.addWidget(self.stop_button)
        row.addWidget(self.draft_button)
        return row

    def card_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for card in self.cards:
            row.addWidget(card, 1)
        return row

    # -- the job -----------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._job is not None

    def write(self, job: Callable[[Stream, CancelToken], T], on_done: Callable[[T], None]) -> None:
        """Run `job(on_token, cancel)` on a worker, then `on_done(result)`. A job that still runs gives way to it:
        it is stopped and its result dropped."""
        self.stop()
        cancel = CancelToken()
        stream = self.tasks.on_main(self._on_token, owner=self)

        def done(result: T) -> None:
            if self._job is handle:
                self._end()
                on_done(result)

        def failed(error: Exception) -> None:
            if self._job is handle:
                self._end()
                self._clear_unfinished()
            self.banner.say(tr("The draft failed. Details are in the log."), "error")
            self._on_error(error)

        handle = self._job = self.tasks.run(
            lambda: job(stream, cancel), done, failed, lane="draft", owner=self, cancel=cancel
        )
        self.show_buttons()

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.stop_button.setEnabled(False)

    def abandon(self) -> None:
        """Stop what is being written and drop it."""
        self.stop()
        self._end()

    def _end(self) -> None:
        self._job = None
        self.show_buttons()

    def show_buttons(self) -> None:
        self.draft_button.setEnabled(not self.busy and self.can_draft())
        self.draft_button.setText(tr("Writing…") if self.busy else tr(self.draft_caption))
        self.stop_button.setEnabled(self.busy)
        self.stop_button.setVisible(self.busy)

    def _on_token(self, variant: int, *written: str) -> None:
        """(variant, field, text so far) of a listing, (variant, text so far) of any other task."""
        *field, text = written
        if self.busy and variant < len(self.cards):
            self.cards[variant].stream(field[0] if field else "text", text)

    def _on_not_saved(self, why: str) -> None:
        self.banner.say(tr("Your text is not saved yet. {why}").format(why=why), "error")

    def say_note(self, result: ListingResult | TextResult) -> None:
        """Tell what the drafter has to tell, for example why it could not use the model."""
        if result.note and result.source == "phrases":
            self.banner.say(tr("Written from phrases. {why}").format(why=result.note))
        elif result.note:
            self.banner.say(result.note, "warning")

    # -- cards -------------------------------------------------------------------------------------------------

    def clear_cards(self) -> None:
        for card in self.cards:
            card.clear()

    def fill_cards(self, texts: Sequence[tuple[Mapping[str, str], str]]) -> None:
        """Show (fields, remark) of each version that was offered; the other cards are empty."""
        self.clear_cards()
        for card, (fields, note) in zip(self.cards, texts, strict=False):
            card.set_fields(fields, note)

    def mark_chosen(self, index: int) -> None:
        """Show which card is in use; -1 for none."""
        for card in self.cards:
            card.set_chosen(card.index == index and card.ready)

    @property
    def chosen_index(self) -> int:
        """The card that is in use, -1 for none."""
        return next((card.index for card in self.cards if card.property("chosen")), -1)

    def _clear_unfinished(self) -> None:
        for card in self.cards:
            if not card.ready:
                card.clear()

    # -- the frame ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        return {"draft": self.keeper.draft.id if self.keeper.draft else 0}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Edits go on into the draft of the history that they went to before."""
        draft = self.desk.store.drafts.get(int(state.get("draft") or 0))
        if draft is not None:
            self.keeper.adopt(draft)

    def shutdown(self) -> None:
        self.stop()
        self._check.drop()
        self.keeper.flush()
