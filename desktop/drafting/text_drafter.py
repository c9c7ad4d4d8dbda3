"""Drafting of one text (reply, promotion, pitch): sample candidates, keep those that say what they must, show the best.

Where the model can't be used or gives nothing usable, the written phrases of the task are used, and the result's
note says so.
"""

from __future__ import annotations

import random
import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..engine.contract import CancelToken, Completion, Constraint, EngineError, Limits, Sampling, TextModel
from . import grounding
from .lexicon import Lexicon
from .policies import OPEN_VALUE
from .prompt import Prompt, token
from .ranking import pick_different, repetition
from .render import Rendered, render
from .results import OpenSlot, Source, TextResult, TextVariant, Timing
from .sections import finished

#: Gives the model, loading it if need be. Raises EngineError.
ModelSource = Callable[[], TextModel]

NOTE_UNUSABLE = "The model found no answer that says what was asked, so this is a written phrase."
NOTE_TOO_LONG = (
    "With all that it has to say, this text is longer than the channel allows. Shorten it before sending."
)
_MAX_NEW_TOKENS = 120
_USUAL_TOKENS = 40
_COMPOSE_ROUNDS = 10
_SHOWN_AGAIN = frozenset({token("product"), token("shop"), token("customer")})
_SLOT = re.compile(r"<\|[a-z_]+\d*\|>")


@dataclass(frozen=True, slots=True)
class TextTask:
    """What to draft.

    `must` are sets of slot tokens: a text has to use at least one of each. `compose` writes a slotted text from the
    phrases. `backing` is all that grounds the text. `accept` refuses a slotted text that doesn't fit its values.
    `ideal` are the shortest and longest good lengths in characters; `length` gives (length, most) of a finished text
    where a channel sets a limit. `liked` are slot tokens that are good to have, such as the product's name. `key` is
    what the draft is about: phrases are drawn by it and the seed, so that not every draft opens alike. `mend` sets
    small slips of a slotted text right. `written`: only the phrases may word this.
    """

    prompt: Prompt
    must: Sequence[frozenset[str]]
    compose: Callable[[random.Random], str]
    backing: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    accept: Callable[[str], bool] = lambda _: True
    ideal: tuple[int, int] = (30, 400)
    length: Callable[[str], tuple[int, int]] | None = None
    liked: frozenset[str] = frozenset()
    key: str = ""
    mend: Callable[[str], str] = lambda text: text
    written: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    variant: TextVariant
    complete: bool
    excess: int


class TextDrafter:
    """`source` gives the model; None: written phrases only."""

    def __init__(self, source: ModelSource | None, lexicon: Lexicon) -> None:
        self._source = source
        self._lexicon = lexicon

    def draft(
        self,
        task: TextTask,
        *,
        variants: int = 3,
        candidates: int = 8,
        seed: int = 0,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> TextResult:
        """Up to `variants` texts that differ, best first.

        `on_token` is called with the index and rendered text of the first `variants` candidates while they are
        written. A draft that was stopped holds what was written until then.
        """
        began = time.perf_counter()
        grounds = grounding.read_facts([*task.backing, *task.prompt.values.values()], self._lexicon)
        count = 0 if task.written else max(candidates, variants)
        completions, note = self._generate(task, count, variants, seed, on_token, cancel)
        cancelled = cancel is not None and cancel.cancelled
        found: list[_Candidate] = []
        for completion in completions:
            if completion.finish in ("end", "stop") or cancelled:
                found += self._judge(task, completion.text, completion.logprob, grounds)
        good = [c for c in found if c.complete and not c.excess]
        source: Source = "model"
        if cancelled:
            good = good or found
        elif not good:
            source, found = "phrases", []
            note = note or (NOTE_UNUSABLE if completions else "")
            rng = random.Random(seed ^ zlib.crc32(task.key.encode()))
            for _ in range(_COMPOSE_ROUNDS):  # a channel's limit may fit few of the ways to say it all
                texts = [task.compose(rng) for _ in range(max(4 * variants, 12))]
                found += [c for text in texts for c in self._judge(task, text, 0.0, grounds)]
                good = [c for c in found if c.complete and not c.excess]
                if len({c.variant.text for c in good}) >= 2 * variants:
                    break
            if not good:
                good = sorted((c for c in found if c.complete), key=lambda c: c.excess)[:variants] or found
                note = NOTE_TOO_LONG if any(c.excess for c in good) else note
        ranked = sorted(good, key=lambda c: -c.variant.score)
        picked = pick_different(_varied(ranked), lambda c: c.variant.text, variants)
        timing = Timing(
            first_token_ms=min((c.first_token_ms for c in completions), default=0.0),
            total_ms=(time.perf_counter() - began) * 1000,
            tokens=sum(c.tokens for c in completions),
        )
        return TextResult(tuple(c.variant for c in picked), source, seed, timing, cancelled, note)

    def _generate(
        self,
        task: TextTask,
        count: int,
        shown: int,
        seed: int,
        on_token: Callable[[int, str], None] | None,
        cancel: CancelToken | None,
    ) -> tuple[list[Completion], str]:
        """The model's texts, or none and the reason in the seller's words."""
        if self._source is None or not count:
            return [], ""
        try:
            model = self._source()
            constraint = self._constraint(model, task)
            return model.generate(
                task.prompt.text,
                variants=count,
                limits=Limits(_MAX_NEW_TOKENS),
                constraint=constraint,
                sampling=Sampling(temperature=0.8, seed=seed),
                on_token=_Stream(task, shown, on_token) if on_token else None,
                cancel=cancel,
            ), ""
        except EngineError as error:
            return [], str(error)

    def _constraint(self, model: TextModel, task: TextTask) -> Constraint:
        from ..engine.constraints import Field, Nudge, SlotConstraint

        def room(_index: int, slotted: str) -> int:
            assert task.length is not None
            length, most = task.length(_rendered(task, task.mend(slotted)).text)
            return most - length

        slots = task.prompt.values
        said = [*task.backing, *slots.values()]
        return SlotConstraint(
            model.vocabulary,
            allowed_special=set(slots),
            banned_words=self._lexicon.banned_words | self._lexicon.banned_phrases_beside(said),
            max_uses={slot: 2 if slot in _SHOWN_AGAIN else 1 for slot in slots},
            partial_characters=True,  # emoji
            fields={token("text"): Field(room if task.length else None, finished)},
            first=token("text"),
            nudge=Nudge(
                [slot for needed in task.must if len(needed) == 1 for slot in needed], tokens=_USUAL_TOKENS
            ),
        )

    def _judge(
        self, task: TextTask, slotted: str, logprob: float, grounds: grounding.Grounds
    ) -> Iterable[_Candidate]:
        slotted = task.mend(slotted)
        rendered = _rendered(task, slotted)
        text = rendered.text
        if not text:
            return
        length, most = task.length(text) if task.length else (0, 0)
        said = set(_SLOT.findall(slotted)) & set(task.prompt.values)
        complete = task.accept(slotted) and all(said & needed for needed in task.must)
        opened = tuple(
            OpenSlot(span.start, span.end, _label(task, span.slot))
            for span in rendered.spans
            if task.prompt.values.get(span.slot) == OPEN_VALUE
        )
        flags = tuple(
            flag
            for flag in grounding.check_text("text", text, grounds, self._lexicon)
            if not any(o.start <= flag.start < o.end for o in opened)
        )
        low, high = task.ideal
        points = 1.0 - 0.8 * len(flags) - 2.0 * repetition(text) - _twice(slotted)
        points -= min(max(low - len(text), len(text) - high, 0) / 100, 1.0)
        points += 0.1 * max(logprob, -10.0) + 0.15 * len(said & task.liked)
        yield _Candidate(TextVariant(text, points, flags, opened), complete, max(length - most, 0))


def _varied(ranked: Sequence[_Candidate]) -> list[_Candidate]:
    """The best of each way to open first, then the others, each in order."""
    seen: set[str] = set()
    first: list[_Candidate] = []
    later: list[_Candidate] = []
    for candidate in ranked:
        opening = candidate.variant.text[:10]
        (later if opening in seen else first).append(candidate)
        seen.add(opening)
    return first + later


def _twice(slotted: str) -> float:
    """A cost for each slot shown more than once."""
    said = _SLOT.findall(slotted)
    return 0.3 * (len(said) - len(set(said)))


def _label(task: TextTask, slot: str) -> str:
    name = slot[2:-2]
    return task.labels.get(name, name.replace("_", " "))


def _rendered(task: TextTask, slotted: str) -> Rendered:
    values = {
        slot: f"[{_label(task, slot)}]" if value == OPEN_VALUE else value
        for slot, value in task.prompt.values.items()
    }
    return render(slotted.strip(), values, style="sentence")


class _Stream:
    """Puts the pieces of each candidate together and shows them rendered."""

    def __init__(self, task: TextTask, shown: int, on_text: Callable[[int, str], None]) -> None:
        self._task = task
        self._shown = shown
        self._on_text = on_text
        self._texts: dict[int, str] = {}

    def __call__(self, index: int, piece: str) -> None:
        if index >= self._shown:
            return
        self._texts[index] = self._texts.get(index, "") + piece
        self._on_text(index, _rendered(self._task, self._texts[index]).text)
