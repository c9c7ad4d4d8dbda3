"""Training text for cross-sell pitches: pairs of products that belong together, and pairs that just meet.

Prompts come from the function that the app calls.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting import patterns, pitch
from desktop.drafting.phrases import Phrases
from desktop.drafting.prompt import token
from desktop.drafting.wording import merged

from . import shops
from .example import Example
from .guard import allowed
from .messages import PHRASES
from .reply import RESOURCES, TONES


@cache
def _corpus() -> tuple[Mapping[str, Any], tuple[tuple[str, str], ...]]:
    """(phrases, pairs of names). Further sentences for a relation stand beside the app's own."""
    more = tomllib.loads((PHRASES / "pitch" / "pitch.toml").read_text(encoding="utf-8"))
    own = Phrases.load(RESOURCES / "phrases").table("pitch")
    extra = {entry["name"]: entry["sentences"] for entry in more["pitch"]["relations"]}
    relations = [{**e, "sentences": [*e["sentences"], *extra.get(e["name"], [])]} for e in own["relations"]]
    rest = {key: value for key, value in more["pitch"].items() if key != "relations"}
    table = {**merged(own, rest), "relations": relations}
    return table, tuple((a, b) for a, b in more["pairs"])


def examples(rng: random.Random, count: int, split: str, data_dir: Path) -> Iterator[Example]:
    """`count` pairs. `split` is "train" or "held_out" (other product names)."""
    held_out = split != "train"
    table, pairs = _corpus()
    side = [pair for pair in pairs if shops.is_held_out(pair[0]) == held_out] or list(pairs)
    made = 0
    while made < count:
        shop = shops.shop(rng)
        first, second = (shops.product(rng, shop.currency, data_dir, held_out) for _ in range(2))
        if rng.random() < 0.65:
            names = rng.choice(side)
            style = rng.choice((str, str, str.title, str.capitalize))
            facts = second.facts if rng.random() < 0.2 else ()
            first, second = (
                replace(first, name=style(names[0])),
                replace(second, name=style(names[1]), category="", facts=facts),
            )
        tone = rng.choice(TONES)
        prompt = pitch.pitch_prompt([first], second, shop, tone=tone)
        target = pitch.compose(table, prompt, tone, rng)
        fits = patterns.fits_values(target, prompt.values)
        if fits and token("product2") in target and allowed(target, prompt.values):
            made += 1
            yield Example("pitch", prompt.text, target)
