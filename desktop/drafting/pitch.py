"""Cross-sell pitches: a sentence or two that offer a further product with what is in the basket.

Why a product is suggested ("bought together 7 times") is counted elsewhere and shown beside the pitch; a pitch makes
no claim about other customers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine.contract import CancelToken
from ..shop.money import format_money
from ..shop.records import Product, ShopProfile
from . import patterns
from .completion import Writing, text_writing
from .english import plural_verb
from .lexicon import Lexicon
from .phrases import Phrases
from .prompt import Prompt, build, token
from .results import TextResult
from .text_drafter import ModelSource, TextDrafter, TextTask

MAX_FACTS = 2


def pitch_prompt(
    basket: Sequence[Product],
    suggestion: Product,
    shop: ShopProfile,
    *,
    tone: str = "friendly",
    language: str = "en",
) -> Prompt:
    """The prompt, ending in the section to write. The first product of `basket` is the one that is named."""
    roles = []
    if basket:
        roles += [("product", basket[0].name), ("brand", basket[0].brand)]
    roles += [("product2", suggestion.name), ("brand2", suggestion.brand)]
    if suggestion.price is not None:
        roles.append(("price2", format_money(suggestion.price)))
    roles.append(("shop", shop.name))
    told = [fact for fact in suggestion.facts if not patterns.polarity(fact.value)]
    facts = [(fact.name, fact.value) for fact in told[:MAX_FACTS]]
    context = [("category", suggestion.category)]
    return build("pitch", language=language, styles=[tone], context=context, roles=roles, facts=facts).then(
        "text"
    )


def relation(table: Mapping[str, Any], product: str, suggestion: str) -> Mapping[str, Any]:
    """How `suggestion` serves `product`, by words in their names; the entry "any" where that is unknown."""
    for entry in table["relations"]:
        if _has(product, entry["product"]) and _has(suggestion, entry["suggestion"]):
            return entry  # type: ignore[no-any-return]
    return next(entry for entry in table["relations"] if entry["name"] == "any")


def _has(name: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}(s|es)?\b", name, re.I) for word in words)


def fits_relation(table: Mapping[str, Any], prompt: Prompt, slotted: str) -> bool:
    """False for what can be said of another relation only: "for the school bag" of a hammer and nails."""
    product, suggestion = prompt.values.get(token("product"), ""), prompt.values[token("product2")]
    own = relation(table, product, suggestion).get("only")
    said = _SLOT.sub(" ", slotted)
    found = [
        entry["only"] for entry in table["relations"] if re.search(entry.get("only") or "(?!)", said, re.I)
    ]
    return not found or own in found


_SLOT = re.compile(r"<\|[^|>]*\|>")


def compose(table: Mapping[str, Any], prompt: Prompt, tone: str, rng: random.Random) -> str:
    """A slotted pitch from the phrases of `table` (resources/phrases/pitch.toml)."""
    available = {slot[2:-2] for slot in prompt.values}
    product, suggestion = prompt.values.get(token("product"), ""), prompt.values[token("product2")]
    own = relation(table, product, suggestion)
    lines = list(own["sentences"])
    if rng.random() < 0.15 or "product" not in available:
        lines += next(entry["sentences"] for entry in table["relations"] if entry["name"] == "any")
    text = None
    while text is None or "{product2}" not in text:
        text = patterns.pick([line for line in lines if "{product2}" in line], available, rng)
        if text is None:
            text = "[We also have|You may also like] the {product2}."
    parts = [patterns.expand(text, available, rng) or text]
    if "f1" in available and rng.random() < 0.35:
        number = "2" if "f2" in available and rng.random() < 0.4 else "1"
        fact = patterns.pick(table["fact"]["any"], {"k", "f"}, rng) or ""
        parts.append(patterns.slotted(fact, {"k": f"k{number}", "f": f"f{number}"}))
    if not parts[0].rstrip().endswith("?"):
        parts.append(patterns.pick(patterns.by_tone(table["close"], tone), available, rng) or "")
    return agreeing(patterns.slotted(" ".join(part for part in parts if part)), prompt)


_VERB = (
    r"(is|has|goes|suits|fits|keeps|takes|looks|helps|comes|works|costs|makes|stays|belongs|travels|completes|protects"
    r"|matches)\b"
)
_AFTER_THINGS = re.compile(rf"(?<=<\|product2\|> ){_VERB}")
_IT = re.compile(rf"\b([Ii])t (?:{_VERB}|(?=would|can|will))")
_OF_IT = re.compile(r"\b([Ii])ts\b")
_ITSELF = re.compile(
    r"\b(add|pack|want|put|pop|have|take|show|keep|bring|include|send|get) it\b", re.IGNORECASE
)
_IS_THERE = re.compile(r"\b([Ii])s ((?:there )?(?:still )?(?:the )?)(?=<\|product2\|>)")


def agreeing(slotted: str, prompt: Prompt) -> str:
    """`slotted` with verbs and pronouns for many where many are suggested: "The <|product2|> suit …, add them"."""
    if not patterns.is_plural(prompt.values[token("product2")]):
        return slotted
    text = _AFTER_THINGS.sub(lambda m: plural_verb(m[1]), slotted)
    text = _IT.sub(lambda m: _they(m[1], "hey ") + plural_verb(m[2] or ""), text)
    text = _OF_IT.sub(lambda m: _they(m[1], "heir"), text)
    text = _IS_THERE.sub(lambda m: ("Are " if m[1] == "I" else "are ") + m[2], text)
    return _ITSELF.sub(r"\1 them", text)


def _they(first: str, rest: str) -> str:
    return ("T" if first == "I" else "t") + rest


class PitchDrafter:
    """`source` gives the model (None: written phrases only)."""

    def __init__(self, source: ModelSource | None, lexicon: Lexicon, phrases: Phrases) -> None:
        self._drafter = TextDrafter(source, lexicon)
        self._lexicon = lexicon
        self._phrases = phrases

    def draft(
        self,
        basket: Sequence[Product],
        suggestion: Product,
        *,
        shop: ShopProfile,
        tone: str = "friendly",
        language: str = "en",
        variants: int = 1,
        seed: int = 0,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> TextResult:
        """Up to `variants` pitches that name `suggestion`."""
        prompt = pitch_prompt(basket, suggestion, shop, tone=tone, language=language)
        table = self._phrases.table("pitch", language)
        task = TextTask(
            prompt=prompt,
            must=(frozenset({token("product2")}),),
            compose=lambda rng: compose(table, prompt, tone, rng),
            backing=tuple(prompt.values.values()),
            liked=frozenset({token("price2"), token("product")}),
            key=prompt.text,
            mend=lambda text: agreeing(patterns.tidy(text), prompt),
            accept=lambda text: (
                patterns.fits_values(text, prompt.values) and fits_relation(table, prompt, text)
            ),
            ideal=(30, 220),
        )
        return self._drafter.draft(
            task, variants=variants, candidates=6, seed=seed, on_token=on_token, cancel=cancel
        )

    def writing(
        self,
        basket: Sequence[Product],
        suggestion: Product,
        *,
        shop: ShopProfile,
        tone: str = "friendly",
        language: str = "en",
    ) -> Writing:
        """For completion while typing."""
        return text_writing(
            pitch_prompt(basket, suggestion, shop, tone=tone, language=language), self._lexicon
        )
