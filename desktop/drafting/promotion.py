"""Promotions for one channel, worded from the seller's brief."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.contract import CancelToken
from ..shop.money import format_money
from ..shop.records import Product, RecordError, ShopProfile
from ..shop.sms import count_sms
from . import patterns
from .completion import Writing, text_writing
from .lexicon import Lexicon
from .phrases import Phrases
from .prompt import CHANNELS, TONES, Prompt, build, token
from .results import TextResult
from .text_drafter import ModelSource, TextDrafter, TextTask

MAX_PRODUCTS = 3
_IDEAL = {"whatsapp": (60, 420), "sms": (40, 160), "facebook": (70, 500), "instagram": (60, 450)}
#: The most characters of a message or post, as each channel documents it; an SMS is measured by `sms_length`.
_MOST = {"whatsapp": 4096, "facebook": 63206, "instagram": 2200}


@dataclass(frozen=True, slots=True)
class Brief:
    """What to promote. `offer` is in the seller's words ("10% off"), so are `deadline` and `code`."""

    occasion: str = ""
    offer: str = ""
    products: tuple[Product, ...] = ()
    channel: str = "whatsapp"
    deadline: str = ""
    code: str = ""
    tone: str = "friendly"

    @classmethod
    def from_json(
        cls, row: Mapping[str, Any], products: Sequence[Product] = (), default_currency: str = "USD"
    ) -> Brief:
        """Read `{"occasion", "offer", "products": [SKU or product, …], "channel", "deadline", "code", "tone"}`.

        A text among `products` is looked up in the catalogue by SKU, then by name. Raises RecordError.
        """
        channel = str(row.get("channel") or "whatsapp").casefold()
        tone = str(row.get("tone") or "friendly").casefold()
        if channel not in CHANNELS:
            raise RecordError(f"“channel” is “{channel}”. Use one of: {', '.join(CHANNELS)}.")
        if tone not in TONES:
            raise RecordError(f"“tone” is “{tone}”. Use one of: {', '.join(TONES)}.")
        listed = row.get("products") or ()
        if isinstance(listed, (str, Mapping)):
            listed = [listed]
        if not isinstance(listed, Sequence):
            raise RecordError("“products” must be a list of SKUs.", "products")
        chosen = tuple(_product(item, products, default_currency) for item in listed)
        texts = {key: str(row.get(key) or "").strip() for key in ("occasion", "offer", "deadline", "code")}
        if not (texts["occasion"] or texts["offer"] or chosen):
            raise RecordError("The brief is empty. Give an occasion, an offer or a product.")
        return cls(products=chosen, channel=channel, tone=tone, **texts)

    def to_json(self) -> dict[str, Any]:
        return {
            "occasion": self.occasion,
            "offer": self.offer,
            "products": [product.to_json() for product in self.products],
            "channel": self.channel,
            "deadline": self.deadline,
            "code": self.code,
            "tone": self.tone,
        }


def _product(item: object, products: Sequence[Product], default_currency: str) -> Product:
    if isinstance(item, Mapping):
        return Product.from_json(item, default_currency)
    wanted = str(item).strip()
    found = next((p for p in products if p.sku and p.sku == wanted), None)
    found = found or next((p for p in products if p.name.casefold() == wanted.casefold()), None)
    if found is None:
        raise RecordError(f"“products” names “{wanted}”, which is no SKU or name in the catalogue.")
    return found


def promotion_prompt(brief: Brief, shop: ShopProfile, language: str = "en") -> Prompt:
    """The prompt for `brief`, ending in the section to write. At most MAX_PRODUCTS products are named."""
    roles = [("occasion", brief.occasion), ("offer", _bare(brief.offer))]
    for number, product in enumerate(brief.products[:MAX_PRODUCTS], start=1):
        end = "" if number == 1 else str(number)
        roles += [(f"product{end}", product.name), (f"brand{end}", product.brand)]
        roles += [(f"price{end}", format_money(product.price))] if product.price else []
    until = re.sub(
        r"^(valid |only )?(until|till|untill|ends|by|before)\s+", "", brief.deadline.strip(), flags=re.I
    )
    roles += [("deadline", _bare(until)), ("code", brief.code), ("shop", shop.name)]
    roles += [("address", shop.policies.get("place", "")), ("contact", shop.policies.get("contact", ""))]
    return build("promo", language=language, styles=[brief.tone, brief.channel], roles=roles).then("text")


def _bare(text: str) -> str:
    return text.strip().rstrip(".!")


def must_say(prompt: Prompt) -> tuple[frozenset[str], ...]:
    """The offer, every product, the deadline and the code; the occasion where there is no offer."""
    names = ["offer", "product", "product2", "product3", "deadline", "code"]
    if token("offer") not in prompt.values:
        names.append("occasion")
    return tuple(frozenset({token(name)}) for name in names if token(name) in prompt.values)


def compose(table: Mapping[str, Any], prompt: Prompt, channel: str, tone: str, rng: random.Random) -> str:
    """A slotted promotion from the phrases of `table` (resources/phrases/promotion.toml)."""
    available = {slot[2:-2] for slot in prompt.values}
    lead = _with(patterns.by_tone(table["lead"], tone), _first_needed(available), available, rng)
    emoji = rng.choice(table["emoji"].get(channel, ("",)))
    parts = [lead + (f" {emoji}" if emoji and lead else "")]
    count = sum(name in available for name in ("product", "product2", "product3"))
    if count:
        names = ["product", "product2", "product3"][:count]
        parts.append(_with(table["products"][("one", "two", "three")[count - 1]], names, available, rng))
    dated = [name for name in ("deadline", "code") if name in available]
    parts += [_with(patterns.by_tone(table[name], tone), [name], available, rng) for name in dated]
    if rng.random() < (0.25 if channel == "sms" else 0.4):
        parts.append(patterns.pick(table["place"]["any"], available, rng) or "")
    parts.append(patterns.pick(table["call"][channel], available, rng) or "")
    tags = table["hashtags"].get(channel)
    if tags and rng.random() < 0.5:
        parts.append(" ".join(rng.sample(tags, rng.randint(1, 3))))
    return patterns.slotted(" ".join(part for part in parts if part))


def _first_needed(available: set[str]) -> list[str]:
    return ["offer"] if "offer" in available else ["occasion"] if "occasion" in available else []


def _with(lines: Sequence[str], needed: Sequence[str], available: set[str], rng: random.Random) -> str:
    """One of `lines` that says all of `needed`, "" if there is none."""
    usable = [line for line in lines if all(name in patterns.slots_in(line) for name in needed)]
    for _ in range(20):
        text = patterns.pick(usable, available, rng)
        if text is None:
            break
        if all("{" + name + "}" in text for name in needed) and _priced_alike(text, available):
            return text
    return ""


def _priced_alike(text: str, available: set[str]) -> bool:
    """A price beside some products only would leave the reader wondering about the others."""
    pairs = [
        ("{product" + end + "}", "{price" + end + "}") for end in ("", "2", "3") if f"price{end}" in available
    ]
    said = [price in text for product, price in pairs if product in text]
    return len(set(said)) <= 1


def sms_length(text: str) -> tuple[int, int]:
    """(length, most) of `text` as one SMS, in the units of `count_sms`."""
    counted = count_sms(text)
    return counted.length, counted.alone


def channel_length(channel: str) -> Callable[[str], tuple[int, int]]:
    """What gives (length, most) of a text for `channel`."""
    return sms_length if channel == "sms" else lambda text: (len(text), _MOST[channel])


def fits_sms(text: str) -> bool:
    return count_sms(text).messages == 1


class PromotionDrafter:
    """`source` gives the model (None: written phrases only)."""

    def __init__(self, source: ModelSource | None, lexicon: Lexicon, phrases: Phrases) -> None:
        self._drafter = TextDrafter(source, lexicon)
        self._lexicon = lexicon
        self._phrases = phrases

    def draft(
        self,
        brief: Brief,
        shop: ShopProfile,
        *,
        language: str = "en",
        variants: int = 3,
        seed: int = 0,
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> TextResult:
        """Up to `variants` promotions. Where not even the shortest fits into one SMS, longer ones are shown with a
        note."""
        prompt = promotion_prompt(brief, shop, language)
        table = self._phrases.table("promotion", language)
        task = TextTask(
            prompt=prompt,
            must=must_say(prompt),
            compose=lambda rng: compose(table, prompt, brief.channel, brief.tone, rng),
            backing=tuple(prompt.values.values()),
            liked=frozenset(token(f"price{end}") for end in ("", "2", "3")),
            key=prompt.text,
            accept=lambda text: patterns.fits_values(text, prompt.values),
            ideal=_IDEAL[brief.channel],
            length=channel_length(brief.channel),
        )
        return self._drafter.draft(task, variants=variants, seed=seed, on_token=on_token, cancel=cancel)

    def writing(self, brief: Brief, shop: ShopProfile, *, language: str = "en") -> Writing:
        """For completion while typing."""
        return text_writing(promotion_prompt(brief, shop, language), self._lexicon)
