"""A product's facts to a listing: title, bullets, description.

More candidates are sampled than shown; each is rendered, checked against the facts and scored, and the best that
differ are offered. Without a model the candidates come from written phrases and take the same way.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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

from .families import Families, offer
from .grounding import Grounds, check_text, read_facts, without_denials
from .lexicon import Lexicon
from .phrases import NOTE, Phrases
from .prompt import MAX_FACTS, Prompt, build, token
from .ranking import Measured, pick_different, score
from .render import TRUE_VALUES, Rendered, clean_value, render
from .results import ListingResult, ListingVariant, Source, Timing
from .sections import Sections, parse, slots_in, split_sentences
from .sense import Sense

#: Gives the model, loading it at the first call; raises EngineError where it can't.
ModelSource = Callable[[], TextModel]
#: Called with (variant index, field, the field's rendered text so far).
OnText = Callable[[int, str, str], None]

FIELDS = ("title", "bullets", "description")
_SECTION_OF = {"title": "title", "bullets": "bullet", "description": "description"}
_MOST_NOTES = 3
_MOST_NOTE_CHARS = 120
_MAX_NEW_TOKENS = {None: 320, "title": 40, "bullets": 160, "description": 200}


def listing_prompt(
    product: Product,
    tone: str = "plain",
    language: str = "en",
    *,
    ideas: Sequence[tuple[str, str]] = (),
    most_facts: int = MAX_FACTS,
) -> Prompt:
    """The prompt of a listing. Facts keep the seller's order, so that fact n is slot n; sentences of the notes
    follow as facts named "note", then `ideas` (see families.py). Raises ValueError for a tone or language that the
    format doesn't know."""
    return build(
        "listing",
        language=language,
        styles=(tone,),
        context=(("category", product.category),),
        roles=listing_roles(product),
        facts=_prompt_facts(product)[:most_facts],
        ideas=ideas,
    )


def listing_roles(product: Product) -> tuple[tuple[str, str], ...]:
    return (
        ("product", name_without_brand(product.name, product.brand)),
        ("brand", product.brand),
        ("price", str(product.price) if product.price else ""),
    )


def _prompt_facts(product: Product) -> list[tuple[str, str]]:
    facts = [(f.name, f.value) for f in product.facts if clean_value(f.name) and clean_value(f.value)]
    return [*facts, *((NOTE, sentence) for sentence in note_sentences(product.notes))]


def name_without_brand(name: str, brand: str) -> str:
    """ "Sunbell lantern" of brand "Sunbell" → "lantern"; a name that is only the brand stays."""
    brand = clean_value(brand)
    name = clean_value(name)
    if not brand:
        return name
    bare = re.sub(
        rf"(?i)^{re.escape(brand)}(?!\w)[\s,:–-]*|[\s,–-]*\b(?:by\s+)?(?<!\w){re.escape(brand)}$", "", name
    )
    return bare.strip() or name


def note_sentences(notes: str) -> list[str]:
    """The first sentences of the notes that are short enough to stand in a listing."""
    lines = (clean_value(line).lstrip("-*• ") for line in notes.splitlines())
    sentences = (s.rstrip(".") for line in lines for s in split_sentences(line))
    return [s for s in sentences if s and len(s) <= _MOST_NOTE_CHARS][:_MOST_NOTES]


def facts_text(product: Product) -> list[str]:
    """All that the seller said of the product, for `grounding.check`."""
    facts = [f"{fact.name}: {fact.value}" for fact in product.facts]
    price = str(product.price) if product.price else ""
    return [product.name, product.brand, product.category, price, product.sku, product.notes, *facts]


@dataclass(frozen=True, slots=True)
class _Candidate:
    variant: ListingVariant
    text: str


@dataclass
class _Task:
    """One call of `ListingDrafter.draft`: what is asked and what candidates are judged by."""

    product: Product
    prompt: Prompt
    only: str | None
    title_limit: int | None
    lexicon: Lexicon
    banned_words: frozenset[str]
    sense: Sense
    #: For each candidate in turn the sentences that its idea slots stand for; the model chose only their kinds.
    idea_sets: Sequence[Sequence[str]] = ()
    grounds: Grounds = field(init=False)

    def __post_init__(self) -> None:
        self.grounds = read_facts(facts_text(self.product), self.lexicon)

    @property
    def first(self) -> str:
        return _SECTION_OF[self.only or "title"]

    @property
    def wanted(self) -> tuple[str, ...]:
        return (self.only,) if self.only else FIELDS

    def values(self, index: int) -> Mapping[str, str]:
        """What the slots stand for in candidate `index`."""
        if not self.idea_sets:
            return self.prompt.values
        own = self.idea_sets[index % len(self.idea_sets)]
        return {**self.prompt.values, **dict(zip(self.prompt.ideas, own, strict=False))}

    def render(self, sections: Sections, index: int = 0) -> tuple[dict[str, list[Rendered]], int]:
        """Rendered lines by field, and how many were dropped because they name an empty slot or make no sense."""
        values, lexicon = self.values(index), self.lexicon
        sentences = split_sentences(sections.description)
        filled = [s for s in sentences if self._is_sound("description", s)]
        bullets = [b for b in sections.bullets if self._is_sound("bullets", b)]
        title = [sections.title] if self._is_sound("title", sections.title) and sections.title else []
        rendered = {
            "title": [render(text, values, style="title", lexicon=lexicon) for text in title],
            "bullets": [render(text, values, style="line", lexicon=lexicon) for text in bullets],
            "description": [render(" ".join(filled), values, style="sentence", lexicon=lexicon)]
            if filled
            else [],
        }
        wanted = {
            name: [r for r in lines if r.text] if name in self.wanted else []
            for name, lines in rendered.items()
        }
        return wanted, len(sentences) - len(filled) + len(sections.bullets) - len(bullets)

    def _is_sound(self, field: str, slotted: str) -> bool:
        filled = all(clean_value(self.prompt.values.get(slot, "")) for slot in slots_in(slotted))
        return filled and self.sense.holds(field, slotted, self.prompt)

    def judge(self, sections: Sections, logprob: float, index: int = 0) -> _Candidate | None:
        """The candidate with its score, or None if nothing of it is left."""
        fields, dropped = self.render(sections, index)
        if not any(fields.values()):
            return None
        said = frozenset().union(*(r.used for lines in fields.values() for r in lines))
        used, missing = self.coverage(said)
        texts = {name: "\n".join(r.text for r in lines) for name, lines in fields.items()}
        flags = tuple(
            f for name, text in texts.items() for f in check_text(name, text, self.grounds, self.lexicon)
        )
        bullets = tuple(r.text for r in fields["bullets"])
        counted = [name for name in used if name != "price"]
        measured = Measured(
            title=texts["title"],
            bullets=bullets,
            description=texts["description"],
            coverage=len(counted) / (len(counted) + len(missing)) if counted or missing else 1.0,
            flags=len(flags),
            said_twice=sum(_said_twice(lines) for lines in fields.values()),
            missing_sections=sum(not fields[name] for name in self._expected),
            dropped=dropped,
            logprob=logprob,
        )
        points = score(measured, title_limit=self.title_limit)
        variant = ListingVariant(
            texts["title"], bullets, texts["description"], points, tuple(used), tuple(missing), flags
        )
        return _Candidate(variant, "\n".join(texts[name] for name in self.wanted))

    @property
    def _expected(self) -> tuple[str, ...]:
        """A product without facts has nothing to put into bullets."""
        return tuple(name for name in self.wanted if name != "bullets" or token("f1") in self.prompt.values)

    def coverage(self, said: frozenset[str]) -> tuple[list[str], list[str]]:
        """Names of the facts said and not said. Price is never missed: many marketplaces want it out of the text."""
        used: list[str] = []
        missing: list[str] = []
        if token("brand") in self.prompt.values:
            (used if token("brand") in said else missing).append("brand")
        if token("price") in said:
            used.append("price")
        facts = [f for f in self.product.facts if clean_value(f.name) and clean_value(f.value)]
        for number, fact in enumerate(facts, start=1):
            by_name = fact.value.strip().casefold() in TRUE_VALUES and token(f"k{number}") in said
            (used if by_name or token(f"f{number}") in said else missing).append(fact.name)
        return used, missing


def _said_twice(lines: Sequence[Rendered]) -> int:
    """Values of facts that one field says more than once (the product's name may come back)."""
    spans = [span.slot for line in lines for span in line.spans]
    values = [slot for slot in spans if slot.startswith("<|f")]
    # A yes/no fact is said by its name alone.
    names = [slot for slot in spans if slot.startswith("<|k") and slot.replace("k", "f") not in values]
    return len(values) - len(set(values)) + len(names) - len(set(names))


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
        title_limit: int | None = None,
        banned_words: frozenset[str] = frozenset(),
        only: str | None = None,
        on_token: OnText | None = None,
        cancel: CancelToken | None = None,
    ) -> ListingResult:
        """Up to `variants` listings that differ, the best first.

        `only` drafts one of FIELDS and leaves the others empty. `banned_words` (casefolded) are a marketplace's.
        `title_limit` counts characters; longer titles are ranked lower, never cut. `on_token` is called for the
        first `variants` candidates while they are written; the result then replaces what it showed. A draft that
        was stopped holds what was written until then. Raises ValueError for an unknown tone, language or field.
        """
        if only is not None and only not in FIELDS:
            raise ValueError(f"{only!r} is not one of {FIELDS}")
        began = time.perf_counter()
        idea_sets = (
            self._idea_sets(product, tone, seed, max(candidates, variants)) if language == "en" else []
        )
        prompt = listing_prompt(product, tone, language, ideas=idea_sets[0] if idea_sets else ())
        task = _Task(
            product,
            prompt,
            only,
            title_limit,
            self._lexicon,
            banned_words,
            self._sense(language),
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
        judged = _judged(task, completions or ())
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
        task: _Task,
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
                task.prompt = listing_prompt(task.product, tone, language, most_facts=most_facts)

    def _from_phrases(self, task: _Task, count: int, seed: int, language: str) -> list[_Candidate]:
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


def _judged(task: _Task, completions: Iterable[Completion]) -> list[_Candidate]:
    found = []
    for index, completion in enumerate(completions):
        cut = completion.finish in ("length", "cancelled", "constraint")
        sections = parse(completion.text, first=task.first, truncated=cut)
        candidate = task.judge(sections, completion.logprob, index)
        if candidate is not None:
            found.append(candidate)
    return found


def _stops(only: str | None) -> tuple[str, ...]:
    """A single field ends where the next one would begin."""
    if only == "title":
        return (token("bullet"), token("description"))
    return (token("description"),) if only == "bullets" else ()


def _constraint(model: TextModel, task: _Task) -> Constraint:
    from desktop.engine.constraints import SlotConstraint

    sections = {None: {"bullet": 8, "description": 1}, "title": {"bullet": 1, "description": 1}}
    sections |= {"bullets": {"bullet": 7, "description": 1}, "description": {}}
    uses = {token(name): most for name, most in sections[task.only].items()}
    slots = dict.fromkeys(task.prompt.values, 2) | dict.fromkeys(task.prompt.ideas, 1)
    slots[token("product")] = 4
    return SlotConstraint(
        model.vocabulary,
        allowed_special={*slots, *uses},
        banned_words=task.lexicon.banned_words_beside(without_denials(facts_text(task.product)))
        | task.banned_words,
        max_uses={**slots, **uses},
        may_come=lambda text, written: text != token("bullet") or token("description") not in written,
    )


class _Stream:
    """Turns the engine's tokens of the first `shown` candidates into rendered fields as they grow."""

    def __init__(self, task: _Task, shown: int, on_token: OnText) -> None:
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
