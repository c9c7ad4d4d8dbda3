"""Training text for replies: made-up shops, messages as customers write them, and answers from the phrases.

Prompts come from the very functions that the app calls, so that what is learnt is what is asked later.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting import patterns, reply, wording
from desktop.drafting.phrases import Phrases
from desktop.shop.records import Product, ShopProfile

from . import shops
from .example import Example
from .guard import allowed
from .messages import Wordings, misspell

RESOURCES = Path(__file__).parents[2] / "resources"
TONES = ("plain", "friendly", "friendly", "premium", "urgent")
#: How often each intent is asked; the main ones of a small shop most.
_WEIGHTS = {
    "price": 14, "stock": 12, "product_info": 18, "delivery": 15, "delivery_status": 4, "payment": 6, "returns": 4,
    "warranty": 5, "pickup": 3, "location": 4, "hours": 4, "contact": 3, "negotiation": 7, "order": 7,
    "order_change": 2, "recommend": 4, "complaint": 4, "thanks": 2, "greeting": 2, "scam_worry": 4, "other": 4,
}  # fmt: skip
_PAIRS = (
    ("price", "delivery"), ("price", "stock"), ("stock", "delivery"), ("stock", "price"), ("price", "payment"),
    ("product_info", "price"), ("price", "product_info"), ("delivery", "payment"), ("stock", "location"),
    ("price", "negotiation"), ("price", "warranty"), ("warranty", "delivery"), ("returns", "delivery"),
    ("location", "hours"), ("product_info", "delivery"), ("stock", "pickup"), ("order", "payment"),
    ("order", "delivery"), ("product_info", "warranty"), ("scam_worry", "payment"),
)  # fmt: skip
#: Intents of Bitext whose wording suits a small shop.
_BITEXT = {
    "check_payment_methods": "payment", "get_refund": "returns", "check_refund_policy": "returns", "track_order":
    "delivery_status", "cancel_order": "order_change", "change_order": "order_change", "complaint": "complaint",
    "contact_human_agent": "contact", "delivery_options": "delivery", "place_order": "order",
}  # fmt: skip


@cache
def table() -> Mapping[str, Any]:
    """What a model's reply may be made of."""
    return wording.all_ways(Phrases.load(RESOURCES / "phrases"))


@cache
def _bitext(data_dir: Path) -> tuple[tuple[str, str], ...]:
    """(utterance, intent); order numbers and other entities stay as they are, obscene rows (tag W) are left out."""
    folder = data_dir / "bitext_customer_support"
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["intent"] in _BITEXT and "W" not in row["tags"]:
                    found[row["instruction"].strip()] = _BITEXT[row["intent"]]
    return tuple(found.items())


def examples(rng: random.Random, count: int, split: str, data_dir: Path) -> Iterator[Example]:
    """`count` pairs. `split` is "train" or "held_out" (other product names, Bitext rows set aside)."""
    held_out = split != "train"
    made = 0
    while made < count:
        example = _one(rng, table(), data_dir, held_out)
        if example is not None:
            made += 1
            yield example


def _one(rng: random.Random, ways: Mapping[str, Any], data_dir: Path, held_out: bool) -> Example | None:
    plan = planned(rng, data_dir, held_out)
    tone = rng.choice(TONES)
    prompt = reply.reply_prompt(plan, tone)
    target = wording.compose(ways, plan, tone, rng)
    fitting = patterns.fits_values(target, prompt.values) and wording.fits(ways, plan, tone, target)
    if not target or plan.written or not fitting or not allowed(target, prompt.values):
        return None
    return Example("reply", prompt.text, target)


def planned(rng: random.Random, data_dir: Path, held_out: bool) -> reply.Plan:
    """A message to a made-up shop, and what is to be answered."""
    shop = shops.shop(rng)
    product = shops.product(rng, shop.currency, data_dir, held_out)
    intents, message, product_known = _asked(rng, shop, product, data_dir, held_out)
    customer = rng.choice(shops.CUSTOMERS) if rng.random() < 0.3 else ""
    plan = reply.plan_reply(message, shop, product if product_known else None, intents, customer=customer)
    return (reply.opened(plan) or plan) if rng.random() < 0.25 else plan


def _asked(
    rng: random.Random, shop: ShopProfile, product: Product, data_dir: Path, held_out: bool
) -> tuple[Sequence[str], str, bool]:
    """(intents, message, whether the product is recognised)."""
    wordings = Wordings.load()
    values = _values(rng, shop, product)
    chance = rng.random()
    if chance < 0.06:
        rows = [row for row in _bitext(data_dir) if shops.is_held_out(row[0]) == held_out]
        if rows:
            text, intent = rng.choice(rows)
            return (intent,), text, False
    if chance < 0.22:
        first, second = rng.choice(_PAIRS)
        return (first, second), _typed(wordings.both(first, second, rng, values), rng), rng.random() < 0.9
    intent = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    text = _typed(wordings.message(intent, rng, values), rng)
    known = rng.random() < 0.9 and not any(thing in text for thing in wordings.things)
    return (intent,), text, known


def _typed(text: str, rng: random.Random) -> str:
    return misspell(text, rng) if rng.random() < 0.3 else text


def _values(rng: random.Random, shop: ShopProfile, product: Product) -> dict[str, str]:
    """What fills a message's slots: the product's name as customers shorten it, a served or another place."""
    name = product.name
    words = name.split()
    if len(words) > 2 and rng.random() < 0.4:
        name = " ".join(words[-2:])
    if product.brand and rng.random() < 0.3:
        name = f"{product.brand} {name}"
    zones = [zone.place for zone in shop.delivery if zone.place and zone.place != "everywhere"]
    place = rng.choice(zones) if zones and rng.random() < 0.7 else rng.choice(shops.PLACES)
    own = [fact.name for fact in product.facts]
    attribute = rng.choice(own) if own and rng.random() < 0.75 else rng.choice(shops.ATTRIBUTES)
    return {
        "product": rng.choice((name, name.lower())),
        "place": rng.choice((place, place, place.lower())),
        "attribute": attribute,
    }
