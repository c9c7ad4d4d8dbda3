"""The prompt of a listing, and all that the seller said of a product. Training reads the same functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from desktop.shop.records import Product

from .prompt import MAX_FACTS, NOTE, Prompt, build
from .render import clean_value
from .sections import split_sentences

_MOST_NOTES = 3
_MOST_NOTE_CHARS = 120


def listing_prompt(
    product: Product,
    tone: str = "plain",
    language: str = "en",
    *,
    ideas: Sequence[tuple[str, str]] = (),
    most_facts: int = MAX_FACTS,
    kind_of: Callable[[str, str], str] | None = None,
) -> Prompt:
    """The prompt of a listing. Facts keep the seller's order, so that fact n is slot n; sentences of the notes follow
    as facts named "note", then `ideas` (see families.py). `kind_of` is that of attributes.py. Raises ValueError for a
    tone or language that the format doesn't know."""
    return build(
        "listing",
        language=language,
        styles=(tone,),
        context=(("category", product.category),),
        roles=listing_roles(product),
        facts=_prompt_facts(product)[:most_facts],
        ideas=ideas,
        kind_of=kind_of,
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
