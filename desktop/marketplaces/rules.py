"""What each marketplace allows, as data with its source and date, and the check of a listing against it.

Limits change (Amazon's title went from 200 to 75 in one year) and the app is offline: so a broken rule is a warning
that says where the rule comes from, and no text is ever cut.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .content import FINDERS

UNITS = ("characters", "bytes", "items")
#: Rules that look at more than one field, besides those of content.FINDERS.
_RULES_OVER_FIELDS = frozenset({"brand", "same_as_title"})


class MarketplaceError(ValueError):
    """A rule file that can't be used; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a field may be. `unit` is "characters" (code points), "bytes" (UTF-8) or "items"."""

    max: int
    unit: str = "characters"
    min: int = 0
    source_url: str = ""
    source: str = ""
    checked_on: date | None = None
    confidence: str = "unverified"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """`limits` by field: "title", "description", "bullets" (all together), "bullet" (each), "bullet_count" and
    fields that only the marketplace's own form has. `banned_words` are casefolded words and phrases. `content` maps
    a rule's name to the fields it holds for. `notes` are for the seller to read. The source is of the banned words."""

    id: str
    name: str
    limits: Mapping[str, Limit] = field(default_factory=dict)
    banned_words: frozenset[str] = frozenset()
    banned_symbols: str = ""
    symbol_fields: tuple[str, ...] = ("title",)
    content: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source_url: str = ""
    source: str = ""
    checked_on: date | None = None
    confidence: str = "unverified"
    order: int = 99


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule looked at; `detail` tells the seller what was found, also where it is well."""

    marketplace: str
    field: str
    rule: str
    ok: bool
    detail: str

    def to_json(self) -> dict[str, Any]:
        return {
            "marketplace": self.marketplace,
            "field": self.field,
            "rule": self.rule,
            "ok": self.ok,
            "detail": self.detail,
        }


def count(text: str, unit: str) -> int:
    """The length of `text` in `unit`: code points, UTF-8 bytes, or lines that are not empty ("items")."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "items":
        return sum(bool(line.strip()) for line in text.splitlines())
    if unit == "characters":
        return len(text)
    raise ValueError(f"{unit!r} is not one of {UNITS}")


# ---- loading ---------------------------------------------------------------------------------------------


def load_marketplaces(directory: Path) -> dict[str, Marketplace]:
    """Every .toml file of `directory` by its marketplace's id, in the order of their `order`.

    Raises MarketplaceError (unreadable, unknown entry, an id twice, no file at all).
    """
    found: dict[str, Marketplace] = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            marketplace = _marketplace(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise MarketplaceError(f"The marketplace rules {path} can't be used: {error}.") from error
        if marketplace.id in found:
            raise MarketplaceError(f"The marketplace rules {path} hold “{marketplace.id}” a second time.")
        found[marketplace.id] = marketplace
    if not found:
        raise MarketplaceError(f"There are no marketplace rules in {directory}. Install the program again.")
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[1].name)))


def _marketplace(data: Mapping[str, Any]) -> Marketplace:
    banned = data.get("banned", {})
    content = {rule: tuple(fields) for rule, fields in data.get("content", {}).items()}
    unknown = content.keys() - FINDERS.keys() - _RULES_OVER_FIELDS
    if unknown:
        raise ValueError(f"“{min(unknown)}” is not a rule of this program")
    return Marketplace(
        id=data["id"],
        name=data["name"],
        limits={name: _limit(row) for name, row in data.get("limits", {}).items()},
        banned_words=frozenset(" ".join(word.casefold().split()) for word in banned.get("words", [])),
        banned_symbols=banned.get("symbols", ""),
        symbol_fields=tuple(banned.get("symbol_fields", ("title",))),
        content=content,
        notes=tuple(data.get("notes", ())),
        source_url=banned.get("source_url", ""),
        source=banned.get("source", ""),
        checked_on=banned.get("checked_on"),
        confidence=banned.get("confidence", "unverified"),
        order=data.get("order", 99),
    )


def _limit(row: Mapping[str, Any]) -> Limit:
    limit = Limit(**row)
    if limit.unit not in UNITS:
        raise ValueError(f"the unit “{limit.unit}” is not one of {', '.join(UNITS)}")
    if not 0 <= limit.min <= limit.max:
        raise ValueError(f"a limit goes from {limit.min} to {limit.max}")
    return limit


# ---- checking --------------------------------------------------------------------------------------------


def check(marketplace: Marketplace, fields: Mapping[str, str]) -> list[RuleResult]:
    """Every rule that holds for `fields` ("title", "bullets" one a line, "description"; "brand" if known).

    Empty fields are not looked at, so that a half-written listing shows no false alarm.
    """
    filled = {name: text for name, text in fields.items() if text.strip()}
    return [
        RuleResult(marketplace.id, *result)
        for result in (
            *_lengths(marketplace, filled),
            *_banned(marketplace, filled),
            *_content(marketplace, filled),
            *_over_fields(marketplace, filled),
        )
    ]


_Found = tuple[str, str, bool, str]


def _lengths(marketplace: Marketplace, fields: Mapping[str, str]) -> Iterator[_Found]:
    for name, limit in marketplace.limits.items():
        if name in fields:
            yield _length(name, "length", fields[name], limit, "")
    lines = [line for line in fields.get("bullets", "").splitlines() if line.strip()]
    each = marketplace.limits.get("bullet")
    if each:
        for number, line in enumerate(lines, start=1):
            yield _length("bullets", "length", line.strip(), each, f"Bullet {number}: ")
    most = marketplace.limits.get("bullet_count")
    if most and lines:
        yield _length("bullets", "count", fields["bullets"], most, "")


def _length(name: str, rule: str, text: str, limit: Limit, start: str) -> _Found:
    length = count(text, limit.unit)
    if length > limit.max:
        over = f"{start}{length} of {limit.max} {limit.unit}, {length - limit.max} too many."
        return name, rule, False, over
    if length < limit.min:
        return name, rule, False, f"{start}{length} {limit.unit}; at least {limit.min} are asked for."
    return name, rule, True, f"{start}{length} of {limit.max} {limit.unit}."


def _banned(marketplace: Marketplace, fields: Mapping[str, str]) -> Iterator[_Found]:
    for name in ("title", "bullets", "description"):
        text = fields.get(name, "")
        if not text:
            continue
        if marketplace.banned_words:
            words = sorted(word for word in marketplace.banned_words if _holds(text, word))
            yield name, "banned words", not words, _told(words, f"{marketplace.name} does not allow", "words")
        if marketplace.banned_symbols and name in marketplace.symbol_fields:
            symbols = sorted({c for c in text if c in marketplace.banned_symbols})
            yield (
                name,
                "banned symbols",
                not symbols,
                _told(symbols, f"{marketplace.name} does not allow", "symbols"),
            )


def _told(found: Iterable[str], start: str, kind: str) -> str:
    quoted = ", ".join(f"“{item}”" for item in found)
    return f"{start} {quoted}." if quoted else f"No banned {kind}."


def _holds(text: str, word: str) -> bool:
    spaced = r"[\s-]+".join(map(re.escape, word.split(" ")))
    return re.search(rf"(?<!\w){spaced}(?!\w)", text.casefold()) is not None


def _content(marketplace: Marketplace, fields: Mapping[str, str]) -> Iterator[_Found]:
    for rule, names in marketplace.content.items():
        if rule not in FINDERS:
            continue
        find, what = FINDERS[rule]
        for name in names:
            if name in fields:
                found = find(fields[name])
                yield name, rule, not found, f"“{found}” is {what}." if found else f"Not found: {what}."


def _over_fields(marketplace: Marketplace, fields: Mapping[str, str]) -> Iterator[_Found]:
    brand = fields.get("brand", "").strip().casefold()
    for name in marketplace.content.get("brand", ()):
        if name in fields and brand:
            ok = not _holds(fields[name], brand)
            said = (
                f"The {name} does not hold the brand."
                if ok
                else f"The brand “{fields['brand']}” has its own field."
            )
            yield name, "brand", ok, said
    for name in marketplace.content.get("same_as_title", ()):
        if name in fields and "title" in fields:
            ok = fields[name].strip().casefold() != fields["title"].strip().casefold()
            yield (
                name,
                "same as title",
                ok,
                "Differs from the title." if ok else f"The {name} repeats the title.",
            )
