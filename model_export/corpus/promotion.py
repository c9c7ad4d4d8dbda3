"""Training text for promotions: made-up briefs for every channel, worded from the phrases.

Prompts come from the function that the app calls.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting import patterns, promotion
from desktop.drafting.phrases import Phrases
from desktop.drafting.prompt import CHANNELS
from desktop.drafting.render import render
from desktop.drafting.wording import merged
from desktop.shop.records import ShopProfile

from . import shops
from .example import Example
from .guard import allowed
from .messages import PHRASES
from .reply import RESOURCES, TONES


@cache
def _corpus() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """(phrases, briefs' parts)."""
    more = tomllib.loads((PHRASES / "promotion" / "promotion.toml").read_text(encoding="utf-8"))
    own = Phrases.load(RESOURCES / "phrases").table("promotion")
    return merged(own, more["promotion"]), more


def examples(rng: random.Random, count: int, split: str, data_dir: Path) -> Iterator[Example]:
    """`count` pairs. `split` is "train" or "held_out" (other product names)."""
    table, parts = _corpus()
    made = 0
    while made < count:
        brief, shop = _brief(rng, parts, data_dir, split != "train")
        prompt = promotion.promotion_prompt(brief, shop)
        target = promotion.compose(table, prompt, brief.channel, brief.tone, rng)
        said = set(prompt.values)
        if (
            not target
            or not allowed(target, said)
            or not patterns.fits_values(target, prompt.values)
            or not all(any(s in target for s in n) for n in promotion.must_say(prompt))
        ):
            continue
        if brief.channel == "sms" and not promotion.fits_sms(render(target, prompt.values).text):
            continue
        made += 1
        yield Example("promo", prompt.text, target)


def _brief(
    rng: random.Random, parts: Mapping[str, Any], data_dir: Path, held_out: bool
) -> tuple[promotion.Brief, ShopProfile]:
    shop = shops.shop(rng)
    channel = rng.choice(CHANNELS)
    most = 2 if channel == "sms" else 3
    occasion = rng.choice(parts["occasions"]) if rng.random() < 0.8 else ""
    offer = rng.choice(parts["offers"]) if rng.random() < 0.75 or not occasion else ""
    if rng.random() < 0.15 and offer:
        occasion = ""
    brief = promotion.Brief(
        occasion=occasion,
        offer=offer,
        products=tuple(
            shops.product(rng, shop.currency, data_dir, held_out)
            for _ in range(rng.randint(0 if offer else 1, most))
        ),
        channel=channel,
        deadline=rng.choice(parts["deadlines"]) if rng.random() < 0.4 else "",
        code=rng.choice(parts["codes"]) if rng.random() < 0.2 else "",
        tone=rng.choice(TONES),
    )
    return brief, shop
