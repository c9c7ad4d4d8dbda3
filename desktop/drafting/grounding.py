"""Looks a finished text up in the facts and marks what they don't hold.

The decoder can't write such words outside a slot; this check is the second layer, and the only one for text that the
seller types. It works on words and numbers of any script; a mark is a question to the seller, not a verdict.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .english import stem
from .lexicon import Lexicon, Word, fold, words_of
from .results import Flag

_NUMBER = re.compile(
    r"(?:(?<!\w)(?<!\d[.,])|(?<=\d[xX]))"
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d.,]?\d)|\d+(?:[.,٫٬'’]\d+)*)|[½¼¾⅓⅔⅛]"
)
_CODE = re.compile(r"(?<!\w)[^\W\d_]+\d\w*")
_UNIT_AFTER = re.compile(r"[ \u00a0\u202f-]?([^\W\d_]+|[%°″′])")
#: A fact that says what the product is not: "waterproof: no".
_DENIAL = re.compile(r"\s*([^:]+):\s*(?:no|n|none|false|not?\b.*|✗|✘|❌)\s*", re.IGNORECASE | re.DOTALL)
_NOT_BEFORE = re.compile(
    r"\b(?:not?|non|never|without|isn't|isn’t|aren't|aren’t)\b[\w\s-]{0,16}$", re.IGNORECASE
)
_NOT_AFTER = re.compile(r"\s*[:?–-][^.!?]*\b(?:not?|none|isn't|isn’t)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?…।؟\n]+")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the facts say: stems of their words, and each number with the measures it was seen with ("": alone).
    `denied` are stems of what the facts say the product is not."""

    stems: frozenset[str]
    numbers: Mapping[str, frozenset[str]]
    signs: frozenset[str]
    denied: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Number:
    start: int
    end: int
    values: frozenset[str]
    unit: str = ""
    unit_end: int = field(default=0)


def read_facts(facts_text: Iterable[str], lexicon: Lexicon) -> Grounds:
    """Read all that the seller said: names and values of facts, product name, brand, price, category, notes."""
    stems: set[str] = set()
    numbers: dict[str, set[str]] = {}
    signs: set[str] = set()
    denied: set[str] = set()
    for text in facts_text:
        if denial := _DENIAL.fullmatch(text):
            denied |= {stem(fold(word.text)) for word in words_of(denial[1])}
            text = text[denial.end(1) :]
        words = list(words_of(text))
        stems |= set(_phrases([fold(word.text) for word in words], lexicon))
        for word in words:
            # "in", "a", "m" are words far more often than measures; as measures they count after a number only.
            lone = len(word.text) == 1 and word.text.islower()
            if not lone and not word.text.isdecimal() and fold(word.text) != "in":
                stems |= {stem(fold(word.text)), *(stem(part) for part in _letters_and_digits(word.text))}
        stems.update(stem(fold(code.group())) for code in _codes(text, lexicon))
        for number in _numbers(text, lexicon):
            stems |= number.values | ({number.unit} if number.unit else set())
            for value in number.values:
                numbers.setdefault(value, set()).add(number.unit)
        signs.update(c for c in text if unicodedata.category(c) == "Sc")
    by_value = {value: frozenset(units) for value, units in numbers.items()}
    return Grounds(frozenset(stems), by_value, frozenset(signs), frozenset(denied - stems))


def without_denials(facts_text: Iterable[str]) -> list[str]:
    """The texts but those that say what the product is not."""
    return [text for text in facts_text if not _DENIAL.fullmatch(text)]


def check(fields: Mapping[str, str], facts_text: Iterable[str], lexicon: Lexicon) -> list[Flag]:
    """Every number, currency, listed word and unknown name in `fields` that the facts don't hold.

    `facts_text` is all that the seller said of the product and the shop. Flags come in the order of the fields and
    of their places; they never overlap.
    """
    grounds = read_facts(facts_text, lexicon)
    return [flag for name, text in fields.items() for flag in check_text(name, text, grounds, lexicon)]


def check_text(name: str, text: str, grounds: Grounds, lexicon: Lexicon) -> list[Flag]:
    """The flags of one field; see `check`."""
    found = [
        *_number_flags(text, grounds, lexicon),
        *_sign_flags(text, grounds, lexicon),
        *_word_flags(text, grounds, lexicon),
        *([] if name == "title" else _name_flags(text, grounds, lexicon)),
    ]
    flags: list[Flag] = []
    for start, end, reason in sorted(found):
        if not flags or start >= flags[-1].end:
            flags.append(Flag(name, start, end, text[start:end], reason))
    return flags


_Found = tuple[int, int, str]


def _number_flags(text: str, grounds: Grounds, lexicon: Lexicon) -> Iterable[_Found]:
    for code in _codes(text, lexicon):
        if stem(fold(code.group())) not in grounds.stems:
            yield code.start(), code.end(), f"“{code.group()}” is not in the facts."
    for number in _numbers(text, lexicon):
        known = [grounds.numbers[value] for value in number.values if value in grounds.numbers]
        if known:
            units = frozenset().union(*known)
            if (
                number.unit
                and "" not in units
                and not any(lexicon.equals_of(u) & {number.unit} for u in units)
            ):
                said = text[number.start : number.unit_end]
                yield (
                    number.start,
                    number.unit_end,
                    f"“{said}”: the facts give this number with another measure.",
                )
        elif not number.values & grounds.stems:
            said = text[number.start : number.end]
            yield number.start, number.unit_end or number.end, f"The number “{said}” is not in the facts."


def _codes(text: str, lexicon: Lexicon) -> Iterator[re.Match[str]]:
    """Names with figures in them, such as "A15" or "v2"."""
    return _CODE.finditer(lexicon.without_glued_currency(text))


def _numbers(text: str, lexicon: Lexicon) -> list[_Number]:
    found = []
    for match in _NUMBER.finditer(lexicon.without_glued_currency(text)):
        number = _Number(match.start(), match.end(), _values(match.group()))
        after = _UNIT_AFTER.match(text, match.end())
        if after and stem(fold(after.group(1))) in lexicon.unit_stems:
            number.unit, number.unit_end = stem(fold(after.group(1))), after.end()
        found.append(number)
    return found


def _values(numeral: str) -> frozenset[str]:
    """What a numeral may mean, as plain figures: "2.450" → {"2450", "2.45"}; "1.299,00" → {"1299"}."""
    if len(numeral) == 1 and not numeral.isdecimal():
        return frozenset({f"{unicodedata.numeric(numeral):g}"})
    figures = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in numeral)
    figures = re.sub(r"[ '’٬\u00a0\u202f]", "", figures).replace("٫", ".")
    marks = [c for c in figures if c in ".,"]
    whole = re.sub(r"[.,]", "", figures)
    if not marks:
        return frozenset({whole.lstrip("0") or "0", whole})
    head, _, tail = figures.rpartition(marks[-1])
    decimal = f"{re.sub(r'[.,]', '', head).lstrip('0') or '0'}.{tail}".rstrip("0").rstrip(".")
    if len(set(marks)) == 2 or (len(marks) == 1 and len(tail) != 3):
        return frozenset({decimal})
    return frozenset({whole}) if len(marks) > 1 else frozenset({whole.lstrip("0") or "0", decimal})


def _letters_and_digits(word: str) -> list[str]:
    """ "12hrs" → ["hrs"]: the measure glued to a number is a word of its own."""
    glued = re.fullmatch(r"\d+([^\W\d_]{2,})", fold(word))
    return [glued.group(1)] if glued else []


def _sign_flags(text: str, grounds: Grounds, lexicon: Lexicon) -> Iterable[_Found]:
    for i, char in enumerate(text):
        known = char in grounds.signs or lexicon.equals_of(char) & grounds.stems
        if unicodedata.category(char) == "Sc" and not known:
            yield i, i + 1, f"The currency sign “{char}” is not in the facts."


def _word_flags(text: str, grounds: Grounds, lexicon: Lexicon) -> Iterable[_Found]:
    words = list(words_of(text))
    folded = [fold(word.text) for word in words]
    at = 0
    while at < len(words):
        phrase = lexicon.phrase_at(folded, at)
        size = len(phrase) or 1
        category = None if phrase in lexicon.harmless else lexicon.phrases.get(phrase)
        if not phrase:
            category = lexicon.categories.get(folded[at].removesuffix("'s"))
        if category and not _grounded(folded[at : at + size], grounds, lexicon):
            start, end = words[at].start, words[at + size - 1].end
            if {stem(word) for word in folded[at : at + size]} <= grounds.denied:
                if not (_NOT_BEFORE.search(text[:start]) or _NOT_AFTER.match(text, end)):
                    yield start, end, f"The facts say “no” to “{text[start:end]}”."
            else:
                yield (
                    start,
                    end,
                    f"“{text[start:end]}” is {lexicon.reasons[category]} that is not in the facts.",
                )
            at += size
        elif phrase in lexicon.harmless:
            at += size
        else:
            at += 1


def _grounded(folded: Sequence[str], grounds: Grounds, lexicon: Lexicon) -> bool:
    if " ".join(folded) in grounds.stems:
        return True
    return all(lexicon.equals_of(word.removesuffix("'s")) & grounds.stems for word in folded)


def _phrases(folded: Sequence[str], lexicon: Lexicon) -> Iterator[str]:
    """The listed phrases of several words in a text, whole: the "in" of "made in" is no word of its own."""
    return (" ".join(phrase) for at in range(len(folded)) if len(phrase := lexicon.phrase_at(folded, at)) > 1)


def _name_flags(text: str, grounds: Grounds, lexicon: Lexicon) -> Iterable[_Found]:
    """Capitalised words inside a sentence that the facts don't hold: most likely a brand or a place.

    Sentences with many capitals (headlines) are passed over, and so is a sentence's first word.
    """
    for sentence in _SENTENCE.finditer(text):
        words = [
            Word(w.text, w.start + sentence.start(), w.end + sentence.start())
            for w in words_of(sentence.group())
        ]
        long_words = [w for w in words if len(w.text) > 3]
        capitals = [w for w in words if _is_name_like(w.text)]
        if len([w for w in capitals if len(w.text) > 3]) * 2 > len(long_words):
            continue
        for before, word in pairwise(words):
            between = text[before.end : word.start]
            if not _is_name_like(word.text) or any(c in between for c in ':•*"“”()–—/'):
                continue
            folded = fold(word.text).removesuffix("'s")
            known = folded in lexicon.names or folded in lexicon.categories or folded in lexicon.ordinary
            if not known and stem(folded) not in grounds.stems:
                yield word.start, word.end, f"“{word.text}” looks like a name that is not in the facts."


def _is_name_like(word: str) -> bool:
    return len(word) > 2 and word[0].isupper() and not word.isupper() and word.isalpha()
