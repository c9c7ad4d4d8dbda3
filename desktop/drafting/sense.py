"""Whether a sentence that the model wrote makes sense of its slots.

The mask keeps a sentence true to the facts' values; this check keeps it true to what they are values of. A sentence
that fails is left out of the draft, and the candidate ranks lower for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .attributes import ADJECTIVE, says_name
from .english import is_label, is_many, stem
from .lexicon import folded_words
from .prompt import NOTE, Prompt, token
from .render import FALSE_VALUES, TRUE_VALUES

#: Where each kind of idea may stand (see families.py), always as a sentence or line of its own.
_PLACES = {
    "opening": "description",
    "use": "description",
    "tone": "description",
    "point": "bullets",
    "tail": "title",
}
_FACT = re.compile(r"<\|([kf])(\d+)\|>")
_WHOLE = re.compile(r"(?:[^<>:]{0,24}: ?)?<\|f\d+\|>[.!]?")
_NAMED = re.compile(
    r"<\|k(\d+)\|>(?:\s*:\s*|\s+(?:is|are|of|comes to)\s+|,\s+(?:the figure is|it says)\s+)<\|f(\d+)\|>"
)
_OF = re.compile(r"<\|k(\d+)\|>\s+(?:of|is|are|comes to)\s+<\|f\1\|>")

_SUBJECT = r"^(?:(?:the|our|this|these) )?(?:<\|brand\|> )?<\|product\|>"
_HERE = r"\b(?:here|this|these) {} the (?:<\|brand\|> )?<\|product\|>"
_MANY = re.compile(
    rf"\bthese <\|product\|>|^They\b|{_SUBJECT} (?:are|have|come)\b|{_HERE.format('are')}", re.IGNORECASE
)
_ONE = re.compile(
    rf"\b(?:this|an?) <\|product\|>|^It\b|{_SUBJECT} (?:is|has|comes)\b|{_HERE.format('is')}", re.IGNORECASE
)
_BESIDE = re.compile(r"<\|f(\d+)\|> (?:of )?<\|k\1\|>|<\|k(\d+)\|> of <\|f\2\|>", re.IGNORECASE)
_HAD = re.compile(r"\b(?:has|have|with|get|there is)(?: an?)? <\|k(\d+)\|>(?!\s*(?::|is|of))", re.IGNORECASE)
_AS_NOUN = re.compile(r"\b(?:the|its|an?) <\|k(\d+)\|>", re.IGNORECASE)
_BEING = re.compile(r"\b(?:the|its|their) <\|k(\d+)\|> (is|are)\b", re.IGNORECASE)
_BEEN = re.compile(r"\b(?:is|are) <\|k(\d+)\|>", re.IGNORECASE)
_NEUTRAL = (
    "what you get",
    "please note",
    "good to know",
    "on the label",
    "for your things",
    "to choose from",
)
_GENERAL = frozenset({"a", "an", "in", "kind", "of", "the", "type"})
_LABELLED = re.compile(r"(?:^|\|>)([^<>:]{2,28}): ?<\|f(\d+)\|>")


@dataclass(frozen=True)
class Sense:
    """`relations` are pairs of what a wording says ("weighs {f}") and the names of facts of which that is true;
    `labels` each find the names of one kind; `untitled` finds those of what has no place in a title."""

    relations: Sequence[tuple[re.Pattern[str], re.Pattern[str]]]
    labels: Sequence[re.Pattern[str]] = ()
    untitled: re.Pattern[str] = re.compile("(?!)")

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Sense:
        """From the table "sense" of the phrases."""
        slot = r"<\|f(?P<n>\d+)\|>"

        def pattern(words: str) -> re.Pattern[str]:
            parts = [part.replace("{f}", slot, 1) for part in _alternatives(words)]
            numbered = (part.replace("?P<n>", f"?P<n{i}>") for i, part in enumerate(parts))
            return re.compile("|".join(numbered), re.IGNORECASE)

        rows = table.get("relations", ())
        return cls(
            tuple((pattern(row["words"]), re.compile(row["names"], re.IGNORECASE)) for row in rows),
            tuple(re.compile(kind, re.IGNORECASE) for kind in table.get("labels", ())),
            re.compile(table.get("untitled", "(?!)"), re.IGNORECASE),
        )

    def holds(self, field: str, slotted: str, prompt: Prompt) -> bool:
        """True if `slotted`, a sentence or line of `field` ("title", "bullets", "description"), makes sense, whoever
        wrote its words."""
        return self.stands(field, slotted, prompt) and self._kinds_fit(slotted, prompt)

    def stands(self, field: str, slotted: str, prompt: Prompt) -> bool:
        """As `holds`, but for what is said of the kinds of facts; for a draft attributes.py knows that better."""
        return (
            self._ideas_stand_alone(field, slotted, prompt)
            and _names_stand_with_values(slotted, prompt)
            and _agrees(slotted, prompt)
            and not (field == "title" and self._is_untitled(slotted, prompt))
        )

    def _is_untitled(self, slotted: str, prompt: Prompt) -> bool:
        names = (prompt.values.get(token(f"k{match[2]}"), "") for match in _FACT.finditer(slotted))
        return any(self.untitled.search(name) for name in names)

    @staticmethod
    def _ideas_stand_alone(field: str, slotted: str, prompt: Prompt) -> bool:
        text = slotted.strip()
        for slot, kind in prompt.ideas.items():
            if slot in text:
                alone = text.endswith(slot) if kind == "tail" else text.rstrip(".!") == slot
                if _PLACES[kind] != field or not alone:
                    return False
        notes = (m[2] for m in _FACT.finditer(text) if prompt.values.get(token(f"k{m[2]}")) == NOTE)
        return all(field != "title" and _WHOLE.fullmatch(text) for _ in notes)

    def _kinds_fit(self, slotted: str, prompt: Prompt) -> bool:
        for label in _LABELLED.finditer(slotted.strip()):
            name = prompt.values.get(token(f"k{label[2]}"))
            if name is not None and not self._means(label[1], name):
                return False
        for words, names in self.relations:
            for match in words.finditer(slotted):
                number = next(n for n in match.groupdict().values() if n)
                name = prompt.values.get(token(f"k{number}"))
                if name is not None and not names.search(name):
                    return False
        return True

    def _means(self, label: str, name: str) -> bool:
        """True if `label`, the model's own word before a colon, can stand for a fact called `name`."""
        if name == NOTE or label.casefold() in _NEUTRAL:
            return True
        # One word in common is not enough: a noise level is no light level.
        said, given = _stems(label), _stems(name)
        if said & given and said - _GENERAL <= given:
            return True
        return any(kind.search(label) and kind.search(name) for kind in self.labels)


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, folded_words(text)))


def _names_stand_with_values(slotted: str, prompt: Prompt) -> bool:
    """False for "The <|k1|> is <|f2|>", for "a warranty of 1 year warranty", for a name without its value that is no
    yes/no fact, for "has no" and for "a lid of yes"."""
    if any(name != value for name, value in _NAMED.findall(slotted)):
        return False
    for first, second in _BESIDE.findall(slotted):
        number = first or second
        if says_name(prompt.values.get(token(f"k{number}"), ""), prompt.values.get(token(f"f{number}"), "")):
            return False
    said = (prompt.values.get(token(f"f{number}"), "").strip().casefold() for number in _OF.findall(slotted))
    if not TRUE_VALUES.isdisjoint(said):
        return False
    slots = _FACT.findall(slotted)
    values = {number for kind, number in slots if kind == "f"}
    for kind, number in slots:
        value = prompt.values.get(token(f"f{number}"), "").strip().casefold()
        if kind == "k" and number not in values and value not in TRUE_VALUES:
            return False
        if kind == "f" and value in TRUE_VALUES | FALSE_VALUES and ("k", number) not in slots:
            return False
    return True


def _agrees(slotted: str, prompt: Prompt) -> bool:
    """False for "these solar lantern", "They …" of one thing, "The how to clean is", "The sizes is" and "It comes with
    waterproof"."""
    if (_ONE if is_many(prompt.values.get(token("product"), "")) else _MANY).search(slotted):
        return False
    for number, verb in _BEING.findall(slotted):
        if (verb == "are") != is_many(prompt.values.get(token(f"k{number}"), "")):
            return False
    if any(is_label(prompt.values.get(token(f"k{number}"), "")) for number in _AS_NOUN.findall(slotted)):
        return False
    had = (prompt.values.get(token(f"k{number}"), "") for number in _HAD.findall(slotted))
    been = (prompt.values.get(token(f"k{number}"), "") for number in _BEEN.findall(slotted))
    return not any(ADJECTIVE.search(name) for name in had) and all(ADJECTIVE.search(name) for name in been)


def _alternatives(pattern: str) -> list[str]:
    """The parts of a regular expression between its outermost bars."""
    parts, depth = [""], 0
    for char in pattern:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts
