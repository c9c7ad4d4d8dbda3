"""Whether the words round a fact fit the kind of its value: "the flavour is 12 hours".

This looks at the value and the words, so it says something of names that nobody thought of, and shares nothing with
the app's own check (`desktop.drafting.sense`), which goes by names. For names that were thought of, what is true of
them can be told besides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.drafting.slotting import to_slots

_TABLE = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
_UNITS = tuple(
    (kind, re.compile(rf"\d\s?-?(?:{unit})(?![a-z])", re.IGNORECASE))
    for kind, unit in _TABLE["units"].items()
)
_SAID = tuple(
    (
        row["id"],
        re.compile(row["words"].replace("{f}", r"(<\|f\d+\|>)"), re.IGNORECASE),
        frozenset(row["kinds"]),
    )
    for row in _TABLE["said"]
)
_SIZE = re.compile(r"(?:x{0,3}[sml]|xxs|\d+)(?:\s?(?:-|–|to|,|/)\s?(?:x{0,3}[sml]|\d+))*", re.IGNORECASE)
_MONEY = re.compile(r"(?:[$€£₦₹]|\b(?:ksh|rs|usd|php)\b)\s?\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clash:
    """`said` is the id of what the sentence says of the value, `kind` what the value is."""

    sentence: str
    said: str
    value: str
    kind: str


def kind_of(value: str) -> str:
    """One of the kinds of kinds.toml."""
    text = value.strip()
    if not any(c.isdigit() for c in text):
        return "size" if _SIZE.fullmatch(text) else "text"
    if _MONEY.search(text):
        return "money"
    if re.search(r"\d\s?(?:x|×|by)\s?\d", text, re.IGNORECASE) or re.search(r"\d\s?(?:m²|sqm|acres?)", text):
        return "area"
    found = [kind for kind, unit in _UNITS if unit.search(text)]
    if found:
        return found[0]
    if re.fullmatch(r"[\d.,]+", text):
        return "number"
    if _SIZE.fullmatch(text):
        return "size"
    # "2 USB ports", "AA batteries x4": more words than a unit.
    return "other" if re.fullmatch(r"(?:up to |about )?[\d.,–-]+\s?\S{1,8}", text) else "text"


def clashes(
    sentence: str, values: Mapping[str, str], meant: Mapping[str, Collection[str]] | None = None
) -> list[Clash]:
    """What `sentence` (rendered, or with slots) says of facts' values that their kinds forbid; `values` by slot.

    `meant` gives, by name of a fact, the ids of kinds.toml that are true of it beside its name; where the sentence
    doesn't say the name, any other is a clash, too.
    """
    facts = {slot: value for slot, value in values.items() if slot.startswith("<|f")}
    slotted = to_slots(sentence, facts).text if "<|f" not in sentence else sentence
    found = []
    for said, pattern, allowed in _SAID:
        for match in pattern.finditer(slotted):
            slot = next((group for group in match.groups() if group), "")
            if slot not in facts:
                continue
            kind, name = kind_of(facts[slot]), values.get(slot.replace("<|f", "<|k"), "")
            named = name.casefold() in sentence.casefold() or slot.replace("<|f", "<|k") in sentence
            unmeant = meant is not None and not named and said not in meant.get(name, (said,))
            if kind not in allowed or unmeant:
                found.append(Clash(sentence, said, facts[slot], kind))
    return found
