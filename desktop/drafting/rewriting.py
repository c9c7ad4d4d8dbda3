"""The prompt that asks for a text to be rewritten: shorter, longer, friendlier, more formal, in better English.

    <|rewrite|><|en|><|keywords|>friendlier<|product|>solar lantern<|k1|>run time<|f1|>12 hours
    <|k2|>#said<|f2|>until Friday<|message|>The <|product|> lasts <|f1|>. Offer <|f2|>.<|description|>

(without the line breaks). The section asked for says what kind of text it is; a reply, promotion or pitch is a
"text". Facts stand in the text as slots, and so does every number, measure, sum and day that the facts don't hold
("said"), so that a rewrite can leave such a thing out but never change it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from .lexicon import ALWAYS_BANNED, Lexicon, fold, is_fact_char, words_of
from .prompt import MAX_FACTS, Prompt, build, token
from .slotting import to_slots

Way = Literal["shorter", "longer", "friendlier", "more formal", "fix grammar"]
WAYS: tuple[Way, ...] = ("shorter", "longer", "friendlier", "more formal", "fix grammar")
#: The kind of "idea" that stands for words of the text itself.
SAID = "said"
#: What a greeting or "it" may need.
_ALWAYS = frozenset({"product", "shop", "customer"})

_ADDRESS = re.compile(r"(?:https?://|www\.)\S*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SLOT = re.compile(r"<\|[^|>]*\|>")
_GLUE = re.compile(r"[ \u00a0\u202f]?|[.,:/'’x×+–-]")


class TooManyNumbers(ValueError):  # noqa: N818
    """The text holds more facts and numbers than a prompt has slots for; a part of it can be rewritten."""


def rewrite_prompt(
    text: str,
    way: Way,
    lexicon: Lexicon,
    *,
    section: str = "text",
    roles: Sequence[tuple[str, str]] = (),
    facts: Sequence[tuple[str, str]] = (),
    ideas: Sequence[tuple[str, str]] = (),
    language: str = "en",
) -> Prompt:
    """The prompt for rewriting `text`, one paragraph, bullet or title, ending in `section` (one of SECTIONS).

    `roles` and `facts` are what the text may speak of, as for `prompt.build`. Only those that it does speak of are
    part of the prompt, with the product and who speaks to whom; for "longer" all, and the `ideas`. What the
    model writes may hold, beside slots, the listed words of `text` and of the facts (see
    `Lexicon.banned_words_beside`). Raises TooManyNumbers, and ValueError for an unknown way or section.
    """
    if way not in WAYS:
        raise ValueError(f"{way!r} is not one of {', '.join(WAYS)}")
    text = " ".join(text.split())
    if way != "longer":
        said = _said(text, roles, facts)
        roles = [(name, value) for name, value in roles if name in _ALWAYS or token(name) in said]
        facts = [pair for i, pair in enumerate(facts, start=1) if said & {token(f"k{i}"), token(f"f{i}")}]
        ideas = ()
    known = build("rewrite", roles=roles, facts=facts).values
    loose = list(dict.fromkeys(_loose(to_slots(text, known).text, lexicon)))
    if len(loose) + min(len(facts), MAX_FACTS) > MAX_FACTS:
        raise TooManyNumbers(
            f"This text holds {len(loose)} numbers, measures and days that are not in the facts; rewrite a part of it."
        )
    new = [(kind, idea) for kind, idea in ideas if fold(idea) not in fold(text)]
    prompt = build(
        "rewrite",
        language=language,
        context=[("keywords", way)],
        roles=roles,
        facts=facts,
        ideas=[*((SAID, words) for words in loose), *new],
    )
    values = {slot: value for slot, value in prompt.values.items() if prompt.ideas.get(slot, SAID) == SAID}
    slotted = to_slots(text, values).text
    return replace(prompt, text=prompt.text + token("message") + slotted).then(section)


def _said(text: str, roles: Sequence[tuple[str, str]], facts: Sequence[tuple[str, str]]) -> set[str]:
    """The slot tokens of what `text` speaks of."""
    return {place.slot for place in to_slots(text, build("rewrite", roles=roles, facts=facts).values).places}


def _loose(slotted: str, lexicon: Lexicon) -> Iterator[str]:
    """What a draft never says outside a slot and `slotted` does: "12 kg", "Monday", "$5", "www.shop.example"."""
    for piece in _SLOT.split(slotted):
        at = 0
        for address in _ADDRESS.finditer(piece):
            yield from _numbers(piece[at : address.start()], lexicon)
            yield address.group()
            at = address.end()
        yield from _numbers(piece[at:], lexicon)


def _numbers(text: str, lexicon: Lexicon) -> Iterator[str]:
    banned = lexicon.words_in(*ALWAYS_BANNED)
    marked = [any(map(is_fact_char, char)) for char in text]
    for word in words_of(text):
        if fold(word.text) in banned or any(marked[word.start : word.end]):
            marked[word.start : word.end] = [True] * (word.end - word.start)
    runs = [match.span() for match in re.finditer("1+", "".join("01"[mark] for mark in marked))]
    while runs:
        start, end = runs.pop(0)
        while runs and _GLUE.fullmatch(text, end, runs[0][0]):
            end = runs.pop(0)[1]
        yield text[start:end]
