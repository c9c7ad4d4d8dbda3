"""What drafting hands to the window and the command line. `to_json` follows the command line's contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["model", "phrases"]


@dataclass(frozen=True, slots=True)
class Flag:
    """Something in a text that the facts don't back. `start`/`end` count characters of that field."""

    field: str
    start: int
    end: int
    text: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A place in a text that only the seller can fill: "[delivery time]" at `start`…`end`."""

    start: int
    end: int
    label: str

    def to_json(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "label": self.label}


@dataclass(frozen=True, slots=True)
class Timing:
    first_token_ms: float = 0.0
    total_ms: float = 0.0
    tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        rate = self.tokens / self.total_ms * 1000 if self.total_ms else 0.0
        return {
            "first_token_ms": round(self.first_token_ms, 1),
            "total_ms": round(self.total_ms, 1),
            "tokens": self.tokens,
            "tokens_per_s": round(rate, 1),
        }


@dataclass(frozen=True, slots=True)
class ListingVariant:
    """One offered listing. `used`/`missing` are fact names ("price", "brand" and the product's own)."""

    title: str
    bullets: tuple[str, ...]
    description: str
    score: float = 0.0
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """The editor's three texts; bullets are one line each."""
        return {"title": self.title, "bullets": "\n".join(self.bullets), "description": self.description}

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "bullets": list(self.bullets),
            "description": self.description,
            "score": round(self.score, 3),
            "coverage": {"used": list(self.used), "missing": list(self.missing)},
            "flags": [flag.to_json() for flag in self.flags],
        }


@dataclass(frozen=True, slots=True)
class TextVariant:
    """One offered reply, promotion or pitch."""

    text: str
    score: float = 0.0
    flags: tuple[Flag, ...] = ()
    open_slots: tuple[OpenSlot, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "flags": [flag.to_json() for flag in self.flags],
            "slots": [slot.to_json() for slot in self.open_slots],
        }


@dataclass(frozen=True, slots=True)
class ListingResult:
    """`note` says why phrases were used where the model was asked for."""

    variants: tuple[ListingVariant, ...]
    source: Source
    seed: int
    timing: Timing = field(default_factory=Timing)
    cancelled: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class TextResult:
    """`note` tells the seller what the window should say besides, for example why phrases were used."""

    variants: tuple[TextVariant, ...]
    source: Source
    seed: int
    timing: Timing = field(default_factory=Timing)
    cancelled: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReplyResult(TextResult):
    """`facts_used` names the facts and policies that went into the reply; `product_sku` is None if none was found."""

    intent: str = "other"
    confidence: float = 0.0
    product_sku: str | None = None
    facts_used: tuple[str, ...] = ()
