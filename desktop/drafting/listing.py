"""A product's facts to a listing: title, bullets, description.

More candidates are sampled than shown; each is rendered, checked against the facts and scored, and the best that
differ are offered. Without a model the candidates come from written phrases and take the same way.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from desktop.engine.contract import (
    CancelToken,
    Completion,
    Constraint,
    EngineError,
    Limits,
    PromptTooLong,
    Sampling,
    TextModel,
)
from desktop.shop.records import Product

from .completion import Writing, listing_writing
from .families import Families, offer
from .form import MOST_BULLETS, Form, without_loose_end
from .grounding import without_denials
from .judging import FIELDS, SECTION_OF, Candidate, ListingTask, judge_all
from .lexicon import Lexicon
from .listing_prompt import facts_text, listing_prompt, listing_roles, name_without_brand
from .phrases import Phrases
from .prompt import MAX_FACTS, Prompt, token
from .ranking import pick_different
from .results import ListingResult, Source, Timing
from .sections import Sections, finished, parse
from .sense import Sense

#: Gives the model, loading it at the first call; raises EngineError where it can't.
ModelSource = Callable[[], TextModel]
#: Called with (variant index, field, the field's rendered text so far).
OnText = Callable[[int, str, str], None]

_ANY_FORM = Form()
#: A listing's usual length: by then every fact should be said.
_USUAL_TOKENS = 150
_MAX_NEW_TOKENS = {None: 320, "title": 40, "bullets": 160, "description": 200}


class ListingDrafter:
    """Drafts listings with the model of `source`, or from `phrases` where that is None or can't be loaded."""

    def __init__(
        self,
        source: ModelSource | None,
        lexicon: Lexicon,
        phrases: Phrases,
        families: Families | None = None,
    ) -> None:
        self._source = source
        self._lexicon = lexicon
        self._phrases = phrases
        self._families = families or Families(())
        self._senses: dict[str, Sense] = {}

    def draft(
        self,
        product: Product,
        *,
        tone: str = "plain",
        language: str = "en",
        variants: int = 3,
        candidates: int = 12,
        seed: int = 0,
        form: Form = _ANY_FORM,
        only: str | None = None,
        on_token: OnText | None = None,
        cancel: CancelToken | None = None,
    ) -> ListingResult:
        """Up to `variants` listings that differ, the best first.

        `only` drafts one of FIELDS and leaves the others empty. What the model writes keeps within `form`; written
        phrases that are too long are ranked lower. `on_token` is called for the first `variants` candidates while
        they are written; the result then replaces what it showed. A draft that was stopped holds what was written
        until then. Raises ValueError for an unknown tone, language or field.
        """
        if only is not None and only not in FIELDS:
            raise ValueError(f"{only!r} is not one of {FIELDS}")
        began = time.perf_counter()
        idea_sets = (
            self._idea_sets(product, tone, seed, max(candidates, variants)) if language == "en" else []
        )
        prompt = self._prompt(product, tone, language, idea_sets)
        task = ListingTask(
            product,
            prompt,
            only,
            form,
            self._lexicon,
            self._sense(language),
            self._phrases.attributes,
            [[text for _, text in ideas] for ideas in idea_sets],
        )
        completions, note = None, ""
        if self._source is not None:
            count = max(candidates, variants)
            try:
                completions = self._with_model(
                    self._source, task, count, variants, seed, tone, language, on_token, cancel
                )
            except EngineError as error:
                note = str(error)
        source: Source = "model"
        cancelled = cancel is not None and cancel.cancelled
        judged = judge_all(task, completions or ())
        if completions is None or (not judged and not cancelled):
            source = "phrases"
            judged = self._from_phrases(task, max(candidates, variants), seed, language)
        ranked = sorted(judged, key=lambda c: -c.variant.score)
        picked = pick_different(ranked, lambda c: c.text, variants)
        timing = Timing(
            first_token_ms=min((c.first_token_ms for c in completions or ()), default=0.0),
            total_ms=(time.perf_counter() - began) * 1000,
            tokens=sum(c.tokens for c in completions or ()),
        )
        return ListingResult(tuple(c.variant for c in picked), source, seed, timing, cancelled, note)

    def writing(
        self,
        product: Product,
        texts: Mapping[str, str],
        field: str,
        *,
        tone: str = "plain",
        language: str = "en",
        form: Form = _ANY_FORM,
    ) -> Writing:
        """For completion while typing: `field` of a listing that says `texts` so far."""
        idea_sets = self._idea_sets(product, tone, 0, 1) if language == "en" else []
        prompt = self._prompt(product, tone, language, idea_sets)
        return listing_writing(
            prompt,
            product,
            texts,
            field,
            lexicon=self._lexicon,
            sense=self._sense(language),
            form=form,
        )

    def _prompt(
        self,
        product: Product,
        tone: str,
        language: str,
        idea_sets: Sequence[Sequence[tuple[str, str]]] = (),
        *,
        most_facts: int = MAX_FACTS,
    ) -> Prompt:
        return listing_prompt(
            product,
            tone,
            language,
            ideas=idea_sets[0] if idea_sets else (),
            most_facts=most_facts,
            kind_of=self._phrases.attributes.kind_of if language == "en" else None,
        )

    def _sense(self, language: str) -> Sense:
        if language not in self._senses:
            self._senses[language] = Sense.of(self._phrases.table("sense", language))
        return self._senses[language]

    def _idea_sets(self, product: Product, tone: str, seed: int, count: int) -> list[list[tuple[str, str]]]:
        """`count` times what may be said of every product of this kind, in the same kinds and order; other seeds
        give other sentences. Empty for a kind that is not known."""
        family = self._families.find(name_without_brand(product.name, product.brand))
        if family is None:
            return []
        values = {token(name): text for name, text in listing_roles(product) if text}
        rngs = (random.Random(f"{seed}/{i}/{product.name}") for i in range(count))
        return [offer(family, values, tone, rng, self._lexicon) for rng in rngs]

    def _with_model(
        self,
        source: ModelSource,
        task: ListingTask,
        count: int,
        shown: int,
        seed: int,
        tone: str,
        language: str,
        on_token: OnText | None,
        cancel: CancelToken | None,
    ) -> list[Completion]:
        """The model's completions. Facts that find no room are left out. Raises EngineError."""
        most_facts = MAX_FACTS
        while True:
            try:
                model = source()
                return model.generate(
                    task.prompt.then(task.first).text,
                    variants=count,
                    limits=Limits(_MAX_NEW_TOKENS[task.only], _stops(task.only)),
                    constraint=_constraint(model, task),
                    sampling=Sampling(seed=seed),
                    on_token=_Stream(task, shown, on_token) if on_token else None,
                    cancel=cancel,
                )
            except PromptTooLong:
                most_facts //= 2
                if not most_facts:
                    raise
                task.prompt = self._prompt(task.product, tone, language, most_facts=most_facts)

    def _from_phrases(self, task: ListingTask, count: int, seed: int, language: str) -> list[Candidate]:
        ideas = task.prompt.ideas
        values = {slot: text for slot, text in task.prompt.values.items() if slot not in ideas}
        texts = self._phrases.listing(values, count=count, seed=seed, language=language, first=task.first)
        rng = random.Random(seed)
        written = (_with_ideas(parse(text, first=task.first), ideas, rng) for text in texts)
        judged = (task.judge(sections, 0.0, index) for index, sections in enumerate(written))
        return [candidate for candidate in judged if candidate is not None]


def _with_ideas(sections: Sections, ideas: Mapping[str, str], rng: random.Random) -> Sections:
    """A listing written from phrases with one sentence on what the thing is for, and a bullet of the kind."""
    slots = {kind: [slot for slot, of in ideas.items() if of == kind] for kind in ideas.values()}
    if "use" in slots and sections.description:
        use = f"{rng.choice(slots['use'])}."
        parts = [sections.description, use] if rng.random() < 0.5 else [use, sections.description]
        sections = replace(sections, description=" ".join(parts))
    if "point" in slots and sections.bullets and rng.random() < 0.6:
        sections = replace(sections, bullets=(*sections.bullets, rng.choice(slots["point"])))
    return sections


def _stops(only: str | None) -> tuple[str, ...]:
    """A single field ends where the next one would begin."""
    if only == "title":
        return (token("bullet"), token("description"))
    return (token("description"),) if only == "bullets" else ()


_SECTIONS = tuple(token(SECTION_OF[name]) for name in FIELDS)
_PRICE = token("price")


def may_come(text: str, written: Sequence[str]) -> bool:
    """Whether the special token `text` may follow those `written`: no bullet after the description, no fact that its
    field says already (all bullets are one field), nothing twice in a title, and no price there."""
    title, bullet, description = _SECTIONS
    if text == bullet:
        return description not in written
    section = next((section for section in (description, bullet, title) if section in written), "")
    said = written[written.index(section) :] if section else written
    if text.startswith(("<|f", "<|k")):
        return text not in said and text.replace("<|k", "<|f") not in said
    return section != title or (text not in said and text != _PRICE)


def _constraint(model: TextModel, task: ListingTask) -> Constraint:
    from desktop.engine.constraints import Field, Nudge, SlotConstraint

    def field(name: str, shorten: Callable[[str], str]) -> Field:
        section = SECTION_OF[name]
        return Field(
            (lambda index, slotted: task.room(name, slotted, index)) if section in task.form.limits else None,
            shorten,
            task.form.banned_symbols.get(section, ""),
        )

    fields = {
        token("title"): field("title", without_loose_end),
        token("bullet"): field("bullets", without_loose_end),
        token("description"): field("description", finished),
    }
    bullets = min(task.form.most_bullets, MOST_BULLETS)
    sections = {None: {"bullet": bullets, "description": 1}, "title": {"bullet": 1, "description": 1}}
    sections |= {"bullets": {"bullet": bullets - 1, "description": 1}, "description": {}}
    uses = {token(name): most for name, most in sections[task.only].items()}
    # A fact may stand once in each field.
    slots = dict.fromkeys(task.prompt.values, len(FIELDS)) | dict.fromkeys(task.prompt.ideas, 1)
    slots |= dict.fromkeys(
        {token("product")} & slots.keys(), 4
    )  # a name of control characters leaves no slot
    said = without_denials(facts_text(task.product))
    return SlotConstraint(
        model.vocabulary,
        allowed_special={*slots, *uses},
        banned_words=task.lexicon.banned_words_beside(said)
        | task.lexicon.banned_phrases_beside(said)
        | task.form.banned_words,
        max_uses={**slots, **uses},
        may_come=lambda text, written: may_come(text, (token(task.first), *written)),
        fields=fields,
        first=token(task.first),
        nudge=Nudge(task.wanted_slots, tokens=_USUAL_TOKENS) if task.only != "title" else None,
    )


class _Stream:
    """Turns the engine's tokens of the first `shown` candidates into rendered fields as they grow."""

    def __init__(self, task: ListingTask, shown: int, on_token: OnText) -> None:
        self._task = task
        self._on_token = on_token
        self._texts = [""] * shown

    def __call__(self, index: int, piece: str) -> None:
        if index >= len(self._texts):
            return
        self._texts[index] += piece
        sections = parse(self._texts[index], first=self._task.first)
        # What was written before stands already; only the field that grows is rendered again.
        growing = replace(sections, title="") if sections.bullets or sections.description else sections
        growing = replace(growing, bullets=()) if sections.description else growing
        fields, _ = self._task.render(growing, index)
        begun = [name for name in FIELDS if fields[name]]
        if begun:
            self._on_token(index, begun[-1], "\n".join(r.text for r in fields[begun[-1]]))
