"""What a seller keeps: products, orders, the shop's profile and policies, saved replies, drafts.

Frozen records without I/O. `from_json`/`to_json` follow the command line's contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .money import Money, money_of_number, parse_price


class RecordError(ValueError):
    """A record that can't be used; the message names the field and says what to do."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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
            raise RecordError("“name” is empty. Every product needs a name.", "name")
        currency = _text(row, "currency") or default_currency
        return cls(
            name=name,
            sku=_text(row, "sku"),
            brand=_text(row, "brand"),
            category=_text(row, "category"),
            price=_price(row.get("price"), currency),
            stock=_whole(row.get("stock")),
            facts=_facts(row.get("facts")),
            notes=_text(row, "notes"),
        )

    def to_json(self) -> dict[str, Any]:
        facts: dict[str, str] = {}
        for fact in self.facts:  # a name that stands twice keeps both values
            facts[fact.name] = f"{facts[fact.name]}, {fact.value}" if fact.name in facts else fact.value
        return {
            "sku": self.sku,
            "name": self.name,
            "brand": self.brand,
            "category": self.category,
            "price": self.price.plain if self.price else None,
            "currency": self.price.currency if self.price else None,
            "stock": self.stock,
            "facts": facts,
            "notes": self.notes,
        }


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        raise RecordError(f"“{key}” must be one text, not a list or a table.", key)
    return str(value).strip()


def _price(value: Any, currency: str) -> Money | None:
    if isinstance(value, (bool, Mapping, list, tuple)):
        raise RecordError("“price” must be a number or a text such as 2450.", "price")
    if isinstance(value, (int, float, Decimal)):
        return money_of_number(value, currency)
    return parse_price(str(value or ""), currency)


def _facts(value: Any) -> tuple[Fact, ...]:
    """A table of names and values, or a list of {"name", "value"}. Facts without a value are left out."""
    if not value:
        return ()
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, (list, tuple)) and all(isinstance(item, Mapping) for item in value):
        pairs = [(item.get("name"), item.get("value")) for item in value]
    else:
        raise RecordError(
            '“facts” must be a table of names and values, such as {"run time": "12 hours"}.', "facts"
        )
    facts = (Fact(str(name or "").strip(), _fact_value(value)) for name, value in pairs)
    return tuple(fact for fact in facts if fact.value)


def _fact_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(_fact_value, value)))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text}" for name, item in value.items() if (text := _fact_value(item)))
    return "" if value is None else str(value).strip()


#: Past this a stock is a slip of the hand, and SQLite's integers end not far above.
_MAX_STOCK = 10**12


def _whole(value: Any, field: str = "stock") -> int | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        number = Decimal(str(value).replace(",", "").strip())
    except ArithmeticError:
        raise RecordError(
            f"“{field}” is “{value}”. Type a whole number, such as 14, or leave it empty.", field
        ) from None
    if not number.is_finite() or not 0 <= number < _MAX_STOCK or number != number.to_integral_value():
        raise RecordError(
            f"“{field}” is “{value}”. Type a whole number of 0 or more, or leave it empty.", field
        )
    return int(number)


def _day(value: Any) -> date:
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise RecordError(
            f"“date” is “{value}”. Type the day as year-month-day, for example 2026-03-31.", "date"
        ) from None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except (TypeError, ValueError):
        raise RecordError(f"“{value}” is not a time such as 2026-03-31T09:30:00+00:00.") from None


def _mapping(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = row.get(key) or {}
    if not isinstance(value, Mapping):
        raise RecordError(f"“{key}” must be a table of names and values.", key)
    return value


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
        policies = dict(_mapping(row, "policies"))
        delivery = policies.pop("delivery", None) or ()
        if isinstance(delivery, str):
            zones: tuple[DeliveryZone, ...] = (
                (DeliveryZone("", delivery.strip()),) if delivery.strip() else ()
            )
        else:
            try:
                zones = tuple(
                    DeliveryZone(_text(zone, "place"), _text(zone, "time"), _text(zone, "cost"))
                    for zone in delivery
                )
            except (AttributeError, TypeError):
                raise RecordError(
                    '“policies.delivery” must be a text or a list of {"place", "time", "cost"}.'
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

    @classmethod
    def from_json(cls, row: Mapping[str, Any], default_currency: str = "USD") -> OrderLine:
        """Read {"sku", "name", "quantity", "price", "currency"}. Raises RecordError and PriceError."""
        quantity = _whole(row.get("quantity"), "quantity")
        return cls(
            sku=_text(row, "sku"),
            name=_text(row, "name"),
            quantity=1 if quantity is None else quantity,
            price=_price(row.get("price"), _text(row, "currency") or default_currency),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "sku": self.sku,
            "name": self.name,
            "quantity": self.quantity,
            "price": self.price.plain if self.price else None,
            "currency": self.price.currency if self.price else None,
        }


@dataclass(frozen=True, slots=True)
class Order:
    """A sale: `number` is the seller's own order number."""

    number: str
    day: date
    lines: tuple[OrderLine, ...]
    customer: str = ""
    id: int = 0

    @classmethod
    def from_json(cls, row: Mapping[str, Any], default_currency: str = "USD") -> Order:
        """Read {"order", "date", "customer", "lines": [{"sku", "name", "quantity", "price"}]}.

        Raises RecordError (which field, what to type) and PriceError.
        """
        number = _text(row, "order")
        if not number:
            raise RecordError("“order” is empty. Every order needs a number.", "order")
        lines = row.get("lines")
        if not isinstance(lines, (list, tuple)) or not all(isinstance(line, Mapping) for line in lines):
            raise RecordError('“lines” must be a list of {"sku", "name", "quantity", "price"}.', "lines")
        return cls(
            number=number,
            day=_day(_text(row, "date")),
            lines=tuple(OrderLine.from_json(line, default_currency) for line in lines),
            customer=_text(row, "customer"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.number,
            "date": self.day.isoformat(),
            "customer": self.customer,
            "lines": [line.to_json() for line in self.lines],
        }

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

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> SavedReply:
        """Read {"shortcut", "title", "text"}; the slash before a shortcut may be left out. Raises RecordError."""
        text = _text(row, "text")
        shortcut = _text(row, "shortcut").lstrip("/").strip()
        if not text:
            raise RecordError("“text” is empty. A saved reply needs a text.", "text")
        if not shortcut or any(c.isspace() for c in shortcut):
            raise RecordError(
                f"“shortcut” is “{shortcut}”. Type one short word, such as delivery.", "shortcut"
            )
        return cls(shortcut=shortcut, title=_text(row, "title"), text=text)

    def to_json(self) -> dict[str, Any]:
        return {"shortcut": self.shortcut, "title": self.title, "text": self.text}


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

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Draft:
        """Read what `to_json` wrote. Raises RecordError naming the field."""
        try:
            task, state = Task(_text(row, "task")), DraftState(row.get("state") or DraftState.DRAFT)
        except ValueError as error:
            raise RecordError(f"“task” or “state” is not one this program knows: {error}.") from None
        variants = row.get("variants") or ()
        if not isinstance(variants, (list, tuple)) or not all(isinstance(item, Mapping) for item in variants):
            raise RecordError("“variants” must be a list of drafts.", "variants")
        return cls(
            task=task,
            subject=_text(row, "subject"),
            inputs=dict(_mapping(row, "inputs")),
            variants=tuple(dict(variant) for variant in variants),
            text={str(k): str(v) for k, v in _mapping(row, "text").items()},
            state=state,
            approved={str(k): str(v) for k, v in _mapping(row, "approved").items()},
            created=_moment(row.get("created")),
            changed=_moment(row.get("changed")),
            id=_whole(row.get("id"), "id") or 0,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "task": self.task.value,
            "subject": self.subject,
            "state": self.state.value,
            "inputs": dict(self.inputs),
            "variants": [dict(variant) for variant in self.variants],
            "text": dict(self.text),
            "approved": dict(self.approved),
            "created": self.created.isoformat() if self.created else None,
            "changed": self.changed.isoformat() if self.changed else None,
        }
