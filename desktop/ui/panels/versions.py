"""Versions offered as cards beside an editor that keeps every keystroke: listings and promotions alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from desktop.drafting.results import Flag, ListingResult, TextResult
from desktop.engine.contract import CancelToken
from desktop.shop.records import Draft, Task
from desktop.store.errors import StoreError

from ..i18n import tr
from ..tasks import TaskManager
from ..words import drafted_note, problem_note
from .draft_keeper import kept
from .drafting import DraftingPanel, Stream

if TYPE_CHECKING:
    from desktop.desk import Desk

Texts = dict[str, str]
Written = tuple[ListingResult | TextResult, Draft | None, StoreError | None]


class VersionsPanel(DraftingPanel):
    """Drafting never touches the editor while the seller's own changes stand in it: the versions wait as cards."""

    task: Task

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._edited = False
        self._offered: Draft | None = None  # what the cards show; the keeper has what the editor holds

    # -- what a subclass gives ---------------------------------------------------------------------------------

    def texts(self) -> Texts:
        """The editor's fields."""
        raise NotImplementedError

    def show_texts(self, texts: Mapping[str, str], *, undoable: bool = False) -> None:
        """Put `texts` into the editor, uncounted and unchecked."""
        raise NotImplementedError

    def undo_texts(self) -> None:
        """Take the last `show_texts` back."""
        raise NotImplementedError

    def shown_flags(self) -> tuple[Flag, ...]:
        """What is marked in the editor."""
        raise NotImplementedError

    def fields_of(self, variant: Mapping[str, Any]) -> Texts:
        """A variant's JSON as the editor's fields."""
        raise NotImplementedError

    def inputs(self) -> dict[str, Any]:
        """What the draft is written from, as the history keeps it."""
        raise NotImplementedError

    def subject(self, texts: Mapping[str, str]) -> str:
        """What the history calls a draft of the seller's own `texts`."""
        raise NotImplementedError

    # -- drafting ----------------------------------------------------------------------------------------------

    def offer(
        self, subject: str, draft: Callable[[int, Stream, CancelToken], ListingResult | TextResult]
    ) -> None:
        """Show what `draft(seed, on_token, cancel)`, called on a worker, writes as versions to choose from."""
        self.banner.clear()
        self.keeper.flush()
        self.clear_cards()
        seed, store, task = self.keeper.next_seed(), self.desk.store, self.task
        inputs = self.inputs() | {"seed": seed}

        def job(on_token: Stream, cancel: CancelToken) -> Written:
            result = draft(seed, on_token, cancel)
            if not result.variants:
                return result, None, None
            variants = tuple(variant.to_json() for variant in result.variants)
            return result, *kept(store, Draft(task, subject, inputs, variants, self.fields_of(variants[0])))

        self.write(job, self._on_drafted)

    def _on_drafted(self, done: Written) -> None:
        result, draft, error = done
        if draft is None:
            self.clear_cards()
            self.status_message.emit(tr("Stopped") if result.cancelled else tr("Nothing could be written"))
            return
        self.offer_again(draft)
        if not self._edited:
            self._on_chosen(0)
        self.say_note(result)
        if error is not None:
            self.banner.say(
                tr("The draft could not be kept in the history. {why}").format(why=error), "error"
            )
        self.status_message.emit(drafted_note(len(result.variants), result))
        self.state_changed.emit()

    def offer_again(self, draft: Draft) -> None:
        """Show the versions of `draft`, which take over its place in the history when one is chosen."""
        self._offered = draft
        self.fill_cards(
            [
                (self.fields_of(variant), problem_note(variant.get("flags") or ()))
                for variant in draft.variants
            ]
        )

    # -- choosing and editing ----------------------------------------------------------------------------------

    def _on_chosen(self, index: int) -> None:
        before, had_own_text = self.keeper.draft, self._edited and any(self.texts().values())
        texts = self.cards[index].fields
        self.show_texts(texts, undoable=True)
        if self._offered is not None and self._offered is not before:
            self.keeper.adopt(self._offered)
        self.keeper.chosen(texts)
        self._offered = self.keeper.draft
        self._edited = False
        self.mark_chosen(index)
        if had_own_text:
            self.banner.say(
                tr("Your own text was replaced; it is kept in the history."),
                action=tr("Undo"),
                on_action=lambda: self._undo_choice(before),
            )
        self._run_check()
        self.state_changed.emit()

    def _undo_choice(self, draft: Draft | None) -> None:
        self.undo_texts()
        if draft is not None:
            self.keeper.adopt(draft)
        self.mark_chosen(-1)
        self._on_text_edited()

    def _on_text_edited(self) -> None:
        self._edited = True
        texts = self.texts()
        if not self.keeper.active and any(text.strip() for text in texts.values()):
            self.keeper.start(Draft(self.task, self.subject(texts), self.inputs(), (), texts))
        self.keeper.edited(texts)
        self._on_inputs_edited()

    def _on_inputs_edited(self) -> None:
        self._check.touch()
        self.state_changed.emit()

    def keep_copied(self, *fields: str) -> None:
        """Keep that `fields` (all if none is named) were copied as they stand, and warn of what is marked in them."""
        texts = self.texts()
        if not self.keeper.active:
            self._on_text_edited()
        self.keeper.copied({name: texts[name] for name in fields or texts})
        if self.shown_flags():
            self.banner.say(tr("Copied. Some words are not in your facts: look at the red marks."), "warning")
        self.status_message.emit(tr("Copied"))

    # -- the frame ---------------------------------------------------------------------------------------------

    def reuse(self, draft: Draft) -> None:
        """Show a draft of the history again; what is changed from now on becomes a new one."""
        self.abandon()
        self.offer_again(draft)
        self.keeper.resume(draft)
        self._offered = None
        self._edited = not any(draft.text == self.fields_of(variant) for variant in draft.variants)
        self.show_texts(dict.fromkeys(self.texts(), "") | dict(draft.text))

    def save_state(self) -> dict[str, Any]:
        return super().save_state() | {
            "texts": self.texts(),
            "edited": self._edited,
            "offered": self._offered.id if self._offered else 0,
            "chosen": self.chosen_index,
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        super().restore_state(state)
        self._edited = bool(state.get("edited"))
        entry = self.keeper.draft
        offered = self.desk.store.drafts.get(int(state.get("offered") or 0))
        if offered is not None:
            self.offer_again(entry if entry is not None and entry.id == offered.id else offered)
            self.mark_chosen(int(state.get("chosen", -1)))
        self.show_texts(state.get("texts") or {})
        self._run_check()
