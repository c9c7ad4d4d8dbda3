"""Whether the words round a fact fit the kind of its value: "the flavour is 12 hours".

This looks only at the value and the words, never at the fact's name, so it says something of names that nobody thought
of, and shares nothing with the app's own check (`desktop.drafting.sense`), which goes by names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.drafting.slotting import to_slots

_TABLE = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
_UNITS = tuple(
    (kind, re.compile(rf"\d\s?-?(?:{unit})(?![a-z])", re.IGNORECASE))
    for kind, unit in _TABLE["units"].items()
)
_SAID = tuple(
    (re.compile(row["words"].replace("{f}", r"(<\|f\d+\|>)"), re.IGNORECASE), frozenset(row["kinds"]))
    for row in _TABLE["said"]
)
_SIZE = re.compile(r"(?:x{0,3}[sml]|xxs|\d+)(?:\s?(?:-|–|to|,|/)\s?(?:x{0,3}[sml]|\d+))*", re.IGNORECASE)
_MONEY = re.compile(r"(?:[$€£₦₹]|\b(?:ksh|rs|usd|php)\b)\s?\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clash:
    """`said` is what the sentence says of the value, `kind` what the value is."""

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


def clashes(sentence: str, values: Mapping[str, str]) -> list[Clash]:
    """What `sentence` (rendered, or with slots) says of facts' values that their kinds forbid; `values` by slot."""
    facts = {slot: value for slot, value in values.items() if slot.startswith("<|f")}
    slotted = to_slots(sentence, facts).text if "<|f" not in sentence else sentence
    found = []
    for pattern, allowed in _SAID:
        for match in pattern.finditer(slotted):
            slot = next((group for group in match.groups() if group), "")
            if slot in facts and kind_of(facts[slot]) not in allowed:
                found.append(Clash(sentence, pattern.pattern, facts[slot], kind_of(facts[slot])))
                break
    return found
