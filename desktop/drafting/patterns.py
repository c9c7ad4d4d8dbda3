"""Written sentences with choices and slots: what drafts are made of without a model, and what training text is made of.

A pattern is a line such as "[Hi|Hello], the {product} is {price}[.|, ready for you.]". "[a|b]" is a choice and may
hold choices; "{price}" is a slot. A pattern can be used when every slot that it must write is available.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from random import Random
from typing import Literal

from .english import is_countable, is_label
from .prompt import token
from .render import FALSE_VALUES, TRUE_VALUES

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_0-9]+)\}")


def slots_in(pattern: str) -> list[str]:
    """The names in braces, in order."""
    return _SLOT.findall(pattern)


def expand(pattern: str, available: Collection[str], rng: Random) -> str | None:
    """One way of saying `pattern`, slots still in braces; None if it needs a slot that is not `available`."""
    text = pattern
    while choice := _CHOICE.search(text):
        options = [option for option in choice[1].split("|") if _fits(option, available)]
        if not options:
            return None
        text = text[: choice.start()] + rng.choice(options) + text[choice.end() :]
    return text if _fits(text, available) else None


def _fits(text: str, available: Collection[str]) -> bool:
    return all(name in available for name in _SLOT.findall(text))


def pick(patterns: Iterable[str], available: Collection[str], rng: Random) -> str | None:
    """One of `patterns` that can be used, expanded; None if there is none."""
    usable = [p for p in patterns if all(name in available for name in _needed(p))]
    rng.shuffle(usable)
    for pattern in usable:
        text = expand(pattern, available, rng)
        if text is not None:
            return text
    return None


def _needed(pattern: str) -> list[str]:
    """Slots outside every choice."""
    while _CHOICE.search(pattern):
        pattern = _CHOICE.sub("", pattern)
    return _SLOT.findall(pattern)


def slotted(text: str, renamed: Mapping[str, str] | None = None) -> str:
    """ "{price}" → "<|price|>", with slots renamed ("f" → "f2") on the way, and spaces set right."""
    names = renamed or {}
    text = _SLOT.sub(lambda m: token(names.get(m[1], m[1])), text)
    return tidy(text)


def tidy(text: str) -> str:
    """Single spaces, none before a comma or full stop; a capital at the start of a sentence and none after a comma;
    a comma before the customer's name ("Thank you, <|customer|>") unless a greeting stands there; a full stop after
    what is no question ("Please tell me …?")."""
    text = re.sub(r" +([,.!?;:])(?!\w)", r"\1", re.sub(r"\s+", " ", text)).strip()
    text = _AFTER_COMMA.sub(lambda m: m[0].lower(), text)
    text = _NAME_AFTER_WORD.sub(
        lambda m: m[0] if m[1].casefold() in _BEFORE_NAME else f"{m[1]}, {m[2]}", text
    )
    text = re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda m: m[0].upper(), text)
    return _NO_QUESTION.sub(r"\1.", text)


_NO_QUESTION = re.compile(r"((?:^|(?<=[.!?] ))(?:Please|You may|You might)\b[^.!?]*)\?")
_AFTER_COMMA = re.compile(r"(?<=[a-z>], )[A-Z](?=[a-z]+\b)(?!ay\b|riday|onday|unday|aturday|hatsApp)")
_NAME_AFTER_WORD = re.compile(r"\b([A-Za-z]+) (<\|customer\|>)")
_BEFORE_NAME = frozenset((
    "hi", "hello", "hey", "dear", "karibu", "welcome", "morning", "afternoon", "evening", "day", "for", "to", "from",
    "with", "of", "is", "mr", "mrs", "ms", "madam", "sir",
))  # fmt: skip


def polarity(value: str) -> Literal["yes", "no", ""]:
    """Whether a fact's value is (or begins with) a bare yes or no, which needs an answer of its own: "Fuse? Yes."."""
    first = re.split(r"[,;.:(–—]", value.strip().casefold(), maxsplit=1)[0].strip()
    return "yes" if first in TRUE_VALUES else "no" if first in FALSE_VALUES else ""


def is_bare(value: str) -> bool:
    """True for a value that is nothing but a yes or no."""
    return value.strip().casefold() in TRUE_VALUES | FALSE_VALUES


def by_tone(table: Mapping[str, Sequence[str]], tone: str) -> list[str]:
    """The patterns for every tone and, three times as likely, those for `tone`."""
    return [*table.get("any", ()), *(3 * list(table.get(tone, ())))]


_TOKEN = re.compile(r"<\|([a-z_0-9]+)\|>")
_SINGULAR_VERB = re.compile(
    r" ?(?:you asked about |you saw |we have here |from <\|brand\d?\|> )?"
    r"(is|goes|costs|has|comes|sells|was|does|suits|would be a|works|fits|stays)\b"
)
_CALLED_IT = re.compile(r"(?:[:,]| \w+ \w+,)? it (?:is|was|has|goes|costs|comes)\b")
_A_OR_ONE = re.compile(r"\b(an?|one|another|this|that|each)( <\|brand\d?\|>)?$", re.I)
_BARE_NAME = re.compile(r"(?<!the )<\|k\d+\|>[:?]$", re.I)
_IN_SENTENCE = re.compile(r"\b(the|its|regarding|about|on|for|of|to|this)$", re.I)
_DAY_NOT_SPAN = re.compile(r"(the )?(same|next)\b|today|tomorrow|within|by |every|on ", re.I)
_WANTS_SPAN = re.compile(r"\b(takes?|count|after|is|it)$", re.I)


def fits_values(slotted_text: str, values: Mapping[str, str]) -> bool:
    """False where the words round a slot don't fit what stands in it.

    A seller's whole sentence inside another one, a plural with a singular verb ("The books is"), "a" before what
    can't be counted, "takes" before a day ("takes next day"), yes and no anywhere but after its name
    ("Waterproof: no"), "the" before a name that is no noun ("the from is").
    """
    for match in _TOKEN.finditer(slotted_text):
        value = values.get(match[0], "").strip()
        before, after = slotted_text[: match.start()].rstrip(), slotted_text[match.end() :]
        if is_sentence(value) and before and before[-1] not in ".:!?":
            return False
        if polarity(value) and match[1].startswith("f") and not _BARE_NAME.search(before):
            return False
        if match[1].startswith("k") and is_label(value) and _IN_SENTENCE.search(before):
            return False
        if match[1].startswith(("product", "k")):
            many = is_plural(value)
            if many and (_SINGULAR_VERB.match(after) or _CALLED_IT.match(after)):
                return False
            if (many or not is_countable(value)) and _A_OR_ONE.search(before):
                return False
        if match[1] == "delivery_time" and _DAY_NOT_SPAN.match(value) and _WANTS_SPAN.search(before):
            return False
    return True


def is_plural(name: str) -> bool:
    """True for a name of many things: "AA batteries"."""
    last = name.split()[-1].casefold() if name.split() else ""
    return len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is"))


def is_sentence(value: str) -> bool:
    """True for a value that is a sentence by itself."""
    return bool(_SENTENCE.match(value)) and (value.rstrip().endswith((".", "!")) or len(value.split()) > 4)


_SENTENCE = re.compile(r"(we|you|pay|i|it|there|all|open|our|bring|returns|faulty|price is)\b.+\s", re.I)
