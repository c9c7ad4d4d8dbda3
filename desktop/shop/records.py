"""What a seller keeps: products, orders, the shop's profile and policies, saved replies, drafts.

Frozen records without I/O. `from_json`/`to_json` follow the command line's contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .money import Money, parse_price


class RecordError(ValueError):
    """A record that can't be used; the message names the field and says what to do."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the seller says of a product: name "run time", value "12 hours"."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue. Only `name` must be filled; `id` is given by the store (0: not stored)."""

    name: str
    sku: str = ""
    brand: str = ""
    category: str = ""
    price: Money | None = None
    stock: int | None = None
    facts: tuple[Fact, ...] = ()
    notes: str = ""
    id: int = 0

    @classmethod
    def from_json(cls, row: Mapping[str, Any], default_currency: str = "USD") -> Product:
        """Read the command line's product format.

        Raises RecordError (which field, what to type) and PriceError.
        """
        name = _text(row, "name")
        if not name:
            raise RecordError("“name” is empty. Every product needs a name.")
        facts = row.get("facts") or {}
        if not isinstance(facts, Mapping):
            raise RecordError("“facts” must be a table of names and values, such as {\"run time\": \"12 hours\"}.")
        currency = _text(row, "currency") or default_currency
        stock = row.get("stock")
        return cls(
            name=name,
            sku=_text(row, "sku"),
            brand=_text(row, "brand"),
            category=_text(row, "category"),
            price=parse_price(_text(row, "price"), currency),
            stock=_stock(stock),
            facts=tuple(Fact(str(k).strip(), str(v).strip()) for k, v in facts.items() if str(v).strip()),
            notes=_text(row, "notes"),
        )

    def to_json(self) -> dict[str, Any]:
        price = None
        if self.price is not None:
            digits = self.price.known.digits
            whole, cents = divmod(self.price.amount_minor, 10**digits)
            price = f"{whole}.{cents:0{digits}d}" if digits and cents else str(whole)
        return {
            "sku": self.sku,
            "name": self.name,
            "brand": self.brand,
            "category": self.category,
            "price": price,
            "currency": self.price.currency if self.price else None,
            "stock": self.stock,
            "facts": {fact.name: fact.value for fact in self.facts},
            "notes": self.notes,
        }

    def with_facts(self, *facts: Fact) -> Product:
        return replace(self, facts=(*self.facts, *facts))


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value).strip()


def _stock(value: Any) -> int | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        raise RecordError(f"“stock” is “{value}”. Type a whole number, such as 14, or leave it empty.") from None
    if number != int(number) or number < 0:
        raise RecordError(f"“stock” is “{value}”. Type a whole number of 0 or more, or leave it empty.")
    return int(number)


@dataclass(frozen=True, slots=True)
class DeliveryZone:
    """One line of the delivery table: "Nakuru", "1-2 days", "KSh 350". `cost` and `time` may be empty."""

    place: str
    time: str = ""
    cost: str = ""


#: Policies a shop may state, in the order of the settings page. Each is one short text in the seller's words.
POLICIES = ("payment", "returns", "pickup", "hours", "warranty", "place", "contact", "discount")


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """Who the shop is and what it promises. `policies` maps a name of POLICIES to the seller's own words."""

    name: str = ""
    currency: str = "USD"
    language: str = "en"
    policies: Mapping[str, str] = field(default_factory=dict)
    delivery: tuple[DeliveryZone, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ShopProfile:
        """Read `{"name", "currency", "language", "policies": {…}}`.

        `policies.delivery` is a list of {"place", "time", "cost"} or one text, which becomes a zone for
        everywhere. Raises RecordError.
        """
        policies = dict(row.get("policies") or {})
        delivery = policies.pop("delivery", ())
        if isinstance(delivery, str):
            zones: tuple[DeliveryZone, ...] = (DeliveryZone("", delivery.strip()),) if delivery.strip() else ()
        else:
            try:
                zones = tuple(
                    DeliveryZone(_text(zone, "place"), _text(zone, "time"), _text(zone, "cost")) for zone in delivery
                )
            except AttributeError:
                raise RecordError(
                    "“policies.delivery” must be a text or a list of {\"place\", \"time\", \"cost\"}."
                ) from None
        return cls(
            name=_text(row, "name"),
            currency=_text(row, "currency") or "USD",
            language=_text(row, "language") or "en",
            policies={str(k): str(v).strip() for k, v in policies.items() if str(v or "").strip()},
            delivery=zones,
        )

    def to_json(self) -> dict[str, Any]:
        zones = [{"place": z.place, "time": z.time, "cost": z.cost} for z in self.delivery]
        return {
            "name": self.name,
            "currency": self.currency,
            "language": self.language,
            "policies": {**self.policies, **({"delivery": zones} if zones else {})},
        }


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order. `price` is for one piece."""

    sku: str
    name: str
    quantity: int = 1
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A sale: `number` is the seller's own order number."""

    number: str
    day: date
    lines: tuple[OrderLine, ...]
    customer: str = ""
    id: int = 0

    @property
    def basket(self) -> frozenset[str]:
        """The different SKUs bought together."""
        return frozenset(line.sku for line in self.lines if line.quantity > 0)


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A text the seller uses again: `/shortcut` inserts it. `{product}`, `{price}` … are open slots."""

    shortcut: str
    title: str
    text: str
    id: int = 0


class Task(StrEnum):
    LISTING = "listing"
    REPLY = "reply"
    PROMOTION = "promotion"
    PITCH = "pitch"


class DraftState(StrEnum):
    DRAFT = "draft"
    EDITED = "edited"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Draft:
    """One entry of the history.

    `inputs` is what the draft was made from (facts, message, brief …), `variants` what was offered, both in the
    command line's JSON; `text` maps a field ("title", "bullets", "description" or "text") to what stands in the
    editor now; `approved` maps a field to what was copied last.
    """

    task: Task
    subject: str
    inputs: Mapping[str, Any]
    variants: tuple[Mapping[str, Any], ...]
    text: Mapping[str, str]
    state: DraftState = DraftState.DRAFT
    approved: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    changed: datetime | None = None
    id: int = 0
