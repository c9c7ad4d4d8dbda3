"""Which of the shop's facts and policies answer a question, decided by plain code.

The model only words an answer; what is in it is chosen here. What the facts lack becomes a `topic`, which is
answered with an honest "let me check". Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..shop.money import format_money
from ..shop.records import DeliveryZone, Fact, Product, ShopProfile
from .patterns import polarity
from .questions import (
    asked_about,
    disputes_price,
    place_named_in,
    reports_fault,
    reports_payment,
    thing_asked_for,
    wants_abroad,
    wants_photos,
    zone_named_in,
)

#: Shown in place of a value that only the seller can fill; the model reads it as a value that is not known yet.
OPEN_VALUE = "?"
_EVERYWHERE = re.compile(r"^(|everywhere|anywhere|all)$", re.I)
_COUNTRY = re.compile(r"^(nation|country) ?wide$", re.I)
_REST = re.compile(r"^(the )?(?P<rest>(rest|remainder) of .*|(all )?other .*|elsewhere.*|outside .*)$", re.I)
_DURATION = re.compile(
    r"^(about |around |within |in )?(\d|same[- ]day|next[- ]day|today|tomorrow|a |one|two|three)", re.I
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes into the answer to one question.

    `kind` is "<intent>.<case>", such as "delivery.known". `roles` pairs names of prompt.ROLE_SLOTS with the
    seller's words; `must` are the role slots without which the question stays unanswered, one of `any_of` is enough;
    each of `facts` must be used too (only one of them for "product_info.overview").
    """

    kind: str
    roles: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()
    must: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        return any(name == "topic" for name, _ in self.roles)


def answers(intent: str, message: str, shop: ShopProfile, product: Product | None) -> tuple[Answer, ...]:
    """The facts and policies that answer `intent` (one of intent.INTENTS): one answer for each thing asked."""
    if product is None:
        if intent in ("price", "stock", "product_info", "order"):
            thing = thing_asked_for(message) if intent in ("price", "stock") else ""
            if thing:
                return (Answer("not_sold", (("topic", thing),), must=("topic",)),)
            return (Answer("ask_product"),)
    elif intent in _OF_PRODUCT:
        sold_out = product.stock == 0 and intent != "recommend"
        if sold_out and intent != "product_info":
            return (_sold_out(product),)
        told = _OF_PRODUCT[intent](message, product)
        return (_sold_out(product), *told) if sold_out else told
    by_intent = {
        "delivery": lambda: _delivery(message, shop),
        "negotiation": lambda: _negotiation(shop, product),
        "warranty": lambda: _warranty(shop, product),
        "scam_worry": lambda: _trust(shop),
        "complaint": lambda: _complaint(message, shop, product),
        "location": lambda: _location(shop),
    }
    if intent == "payment" and reports_payment(message):
        return (Answer("payment.check"),)
    if intent in by_intent:
        return (by_intent[intent](),)
    return (_policy(intent, shop) if intent in _POLICY_OF else Answer(intent),)


def _sold_out(product: Product) -> Answer:
    return _with_product(product, "stock.out", (("stock", "out of stock"),), ("stock",), ("stock",))


def _order(_: str, product: Product) -> tuple[Answer, ...]:
    return (_with_product(product, "order.known", _price_role(product), ("product",), ("price",)),)


def _recommend(_: str, product: Product) -> tuple[Answer, ...]:
    return (_with_product(product, "recommend.known", _price_role(product), ("product",), ("price",)),)


#: intent → (policy of the shop, slot, what to call it when the shop has none)
_POLICY_OF = {
    "payment": ("payment", "payment", "payment"),
    "returns": ("returns", "returns", "returns"),
    "pickup": ("pickup", "pickup", "pickup"),
    "hours": ("hours", "hours", "opening hours"),
    "contact": ("contact", "contact", "contact"),
}


def _policy(intent: str, shop: ShopProfile) -> Answer:
    policy, slot, topic = _POLICY_OF[intent]
    text = shop.policies.get(policy, "")
    if not text:
        return missing(intent, topic)
    return Answer(f"{intent}.known", ((slot, text),), must=(slot,), sources=(policy,))


def missing(intent: str, topic: str, *more: tuple[str, str]) -> Answer:
    """The honest answer: the shop's facts don't say."""
    return Answer(f"{intent}.missing", (*more, ("topic", topic)), must=("topic",))


def _with_product(
    product: Product,
    kind: str,
    roles: tuple[tuple[str, str], ...] = (),
    must: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    facts: tuple[Fact, ...] = (),
) -> Answer:
    named = (("product", product.name), *((("brand", product.brand),) if product.brand else ()))
    have = {name for name, _ in roles}
    return Answer(kind, (*named, *roles), facts, must, tuple(s for s in sources if s in have))


def _price_role(product: Product) -> tuple[tuple[str, str], ...]:
    return (("price", format_money(product.price)),) if product.price else ()


def _price(product: Product) -> Answer:
    if product.price is None:
        return missing("price", "price", ("product", product.name))
    return _with_product(product, "price.known", _price_role(product), ("price",), ("price",))


def _stock(product: Product) -> Answer:
    if product.stock is None:
        return missing("stock", "stock", ("product", product.name))
    roles = (("stock", f"{product.stock} in stock"), *_price_role(product))
    return _with_product(product, "stock.known", roles, ("stock",), ("stock", "price"))


def _about(message: str, product: Product) -> tuple[Answer, ...]:
    asked = asked_about(message, product.facts, f"{product.brand} {product.name}")
    found: tuple[Answer, ...] = ()
    if asked.facts:
        kind = (
            "product_info.polar"
            if any(polarity(fact.value) for fact in asked.facts)
            else "product_info.known"
        )
        names = tuple(fact.name for fact in asked.facts)
        found = (_with_product(product, kind, facts=asked.facts, sources=names),)
    unknown = tuple(missing("product_info", topic, ("product", product.name)) for topic in asked.unknown)
    photos: tuple[Answer, ...] = ()
    if wants_photos(message):
        photos = (_with_product(product, "product_info.photos", must=("product",)),)
    if found or unknown or photos:
        return found + unknown + photos
    # A bare "fuse: yes" is no description.
    shown = tuple(fact for fact in product.facts if not polarity(fact.value))[:4]
    if not shown:
        return (missing("product_info", "full details", ("product", product.name)),)
    names = tuple(fact.name for fact in shown)
    return (
        _with_product(product, "product_info.overview", _price_role(product), facts=shown, sources=names),
    )


_OF_PRODUCT: Mapping[str, Callable[[str, Product], tuple[Answer, ...]]] = {
    "price": lambda _, product: (_price(product),),
    "stock": lambda _, product: (_stock(product),),
    "product_info": _about,
    "order": _order,
    "recommend": _recommend,
}


def _negotiation(shop: ShopProfile, product: Product | None) -> Answer:
    discount = shop.policies.get("discount", "")
    roles: tuple[tuple[str, str], ...] = ()
    if product is not None:
        roles = (("product", product.name), *_price_role(product))
    must = tuple(name for name, _ in roles if name == "price")
    if discount:
        return Answer(
            "negotiation.known", (*roles, ("discount", discount)), must=("discount",), sources=("discount",)
        )
    if must:
        return Answer("negotiation.price", roles, must=must, sources=("price",))
    return missing("negotiation", "discount", *roles)


def _warranty(shop: ShopProfile, product: Product | None) -> Answer:
    if product is not None:
        own = next((f for f in product.facts if re.search(r"warrant|guarant", f.name, re.I)), None)
        if own:
            named = (("product", product.name), ("warranty", own.value))
            return Answer("warranty.known", named, must=("warranty",), sources=(own.name,))
    text = shop.policies.get("warranty", "")
    named_product = (("product", product.name),) if product else ()
    if text:
        return Answer(
            "warranty.known", (*named_product, ("warranty", text)), must=("warranty",), sources=("warranty",)
        )
    return missing("warranty", "warranty", *named_product)


def _trust(shop: ShopProfile) -> Answer:
    pairs = (("place", "address"), ("contact", "contact"), ("pickup", "pickup"), ("payment", "payment"))
    found = tuple((slot, shop.policies[policy]) for policy, slot in pairs if shop.policies.get(policy))[:2]
    names = tuple(name for name, _ in found)
    return Answer("scam_worry.known" if found else "scam_worry", found, sources=names, any_of=names)


def _complaint(message: str, shop: ShopProfile, product: Product | None) -> Answer:
    """A price that was not as told; something bought that is wrong, with the policy that applies; any other."""
    named = (("product", product.name),) if product else ()
    if disputes_price(message):
        price = _price_role(product) if product else ()
        if price:
            return Answer("complaint.price", (*named, *price), must=("price",), sources=("price",))
        return Answer("complaint.unpriced", named)
    if not reports_fault(message, sold=True):
        return Answer("complaint")
    policy = (
        "warranty"
        if re.search(r"warrant|guarant", message, re.I) and "warranty" in shop.policies
        else "returns"
    )
    text = shop.policies.get(policy, "")
    if not text:
        return Answer("complaint", named)
    return Answer(f"complaint.{policy}", (*named, (policy, text)), must=(policy,), sources=(policy,))


def _location(shop: ShopProfile) -> Answer:
    text = shop.policies.get("place", "")
    if text:
        hours = shop.policies.get("hours", "")
        roles = (("address", text), *((("hours", hours),) if hours else ()))
        return Answer("location.known", roles, must=("address",), sources=("place",))
    if shop.policies.get("pickup"):
        return Answer(
            "pickup.known", (("pickup", shop.policies["pickup"]),), must=("pickup",), sources=("pickup",)
        )
    return missing("location", "shop location")


def _delivery(message: str, shop: ShopProfile) -> Answer:
    zone = zone_named_in(message, shop.delivery)
    if zone:
        return _zone_answer(zone, zone.place)
    if wants_abroad(message):
        return missing("delivery", "delivery outside the country")
    place = place_named_in(message)
    if place or len(shop.delivery) == 1:
        for zone in shop.delivery:
            named = zone.place.strip()
            if _EVERYWHERE.match(named):
                return _zone_answer(zone, place if zone.time or zone.cost else "")
            if _COUNTRY.match(named):
                return _zone_answer(zone, "")
            if rest := _REST.match(named):
                # The seller's own words: whether they hold for `place` is not known here.
                words = rest["rest"]
                words = f"the {words}" if words[:3].casefold() in ("res", "rem") else words
                found = _zone_answer(zone, words)
                return replace(found, must=(*found.must, "place"))
    if place or not shop.delivery:
        return missing("delivery", f"delivery to {place}" if place else "delivery")
    if len(shop.delivery) == 1:
        return _zone_answer(shop.delivery[0], shop.delivery[0].place)
    rests = [
        f"the {z.place}" if z.place.casefold().startswith(("rest ", "rem")) else z.place
        for z in shop.delivery[:8]
    ]
    places = _listed(rests)
    return Answer("delivery.zones", (("place", places),), must=("place",), sources=("delivery",))


def _zone_answer(zone: DeliveryZone, place: str) -> Answer:
    if zone.time and not zone.cost and not _DURATION.match(zone.time):
        return Answer(
            "policy.told", facts=(Fact("delivery", zone.time),), sources=("delivery",)
        )  # one free text instead of a table
    pairs = (("place", place), ("delivery_time", zone.time), ("delivery_cost", zone.cost))
    roles = tuple((name, value) for name, value in pairs if value)
    if not roles:
        return missing("delivery", "delivery")
    must = tuple(name for name, _ in roles if name != "place") or ("place",)
    return Answer("delivery.known", roles, must=must, sources=(f"delivery: {zone.place or 'everywhere'}",))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
