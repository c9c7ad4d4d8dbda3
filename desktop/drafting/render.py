"""Slots to words: puts the seller's own words into a slotted draft.

A value is shown as the seller wrote it. Only its fit to the sentence is touched: one line, a capital or a small
letter by position, a/an before it, a plural where the draft asks for one, no doubled word or mark at its edges.

Right-to-left values inside left-to-right text get no invisible marks as a rule, for these would be pasted into shops
that count or show them. The isolates U+2068 … U+2069 are put round such a value only where the order on screen would
otherwise be wrong: it opens the text, it ends in a digit or mark, or a number or another right-to-left value follows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .english import article, is_countable, plural, stem, word_set
from .lexicon import ACRONYMS, Lexicon
from .prompt import SLOT_TOKENS

Style = Literal["title", "sentence", "line"]

TRUE_VALUES = frozenset({"yes", "y", "true", "✓", "✔", "✅", "☑"})
FALSE_VALUES = frozenset({"no", "n", "false", "none", "✗", "✘", "❌"})


@dataclass(frozen=True, slots=True)
class Span:
    """Where a slot's value stands in the rendered text, in characters."""

    start: int
    end: int
    slot: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """`used` are the slot tokens whose value is shown; `unfilled` those that the draft names and nobody filled."""

    text: str
    used: frozenset[str]
    spans: tuple[Span, ...]
    unfilled: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Segment:
    """A run of the draft's own text (`slot` empty) or one slot's value."""

    text: str
    slot: str = ""


_TOKEN = re.compile(r"(<\|[a-z_]+\d*\|>)((?:es|s)(?![^\W_]))?")
_ARTICLE = re.compile(r"(?<![\w'’-])(an?)(\s+)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W\d_]{1,2}(?![^\W_]))?")
_TITLE_WORD = re.compile(r"[^\W_](?:[^\W_]|['’.](?=[^\W_]))*")
_MARKS = ".,;:!?"
_NO_SPACE_AFTER = "([{“‘\"'/#@-–—"
_ABBREVIATIONS = word_set(
    """
    co ltd inc corp st no nos dr mr mrs approx etc pcs pc hrs hr min max oz lb ft rd ave
    """
)
_SMALL_WORDS = word_set("a an and as at but by for from in of on or per the to with")
_UNITS = word_set(
    """
    kg g gm mg l ml cl mm cm m km in ft oz lb w kw v mah wh kwh hz khz mhz ghz gb mb tb mp lm pcs pc x gsm rpm psi kpa
    """
)
_NEVER_SOFTENED = frozenset({"<|code|>", "<|contact|>"})
#: Names: their capitals are the owner's choice, even when the word is a plain one ("Orange").
_PROPER = re.compile(r"<\|(?:brand|shop|customer|place|address|contact|code|occasion)\d*\|>")


def clean_value(value: str) -> str:
    """One line, without control characters; anything that looks like a special token loses its look."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value)
    return " ".join(kept.replace("<|", "< |").split())


def render(
    slotted: str, values: Mapping[str, str], *, style: Style = "sentence", lexicon: Lexicon | None = None
) -> Rendered:
    """Render `slotted`, a run of text and slot tokens such as "<|f1|> of light", with `values` by slot token.

    `style`: "title" capitalises words, "sentence" each sentence's start, "line" the line's start (a bullet; what
    follows its colon stays as typed). With a `lexicon`, plain words that a value writes with a capital ("Red") are
    written small inside a sentence. Tokens that are no slots are dropped.
    """
    segments, used, unfilled = _fill(slotted, values, style, lexicon)
    segments = _without_doubles(segments)
    segments = _spaced(segments)
    _fit_articles(segments)
    _capitalise(segments, style)
    _isolate_right_to_left(segments)
    return Rendered("".join(s.text for s in segments), used, _spans(segments), unfilled)


def _spans(segments: Sequence[_Segment]) -> tuple[Span, ...]:
    spans = []
    at = 0
    for segment in segments:
        if segment.slot:
            spans.append(Span(at, at + len(segment.text), segment.slot))
        at += len(segment.text)
    return tuple(spans)


# ---- filling -------------------------------------------------------------------------------------------------------


def _fill(
    slotted: str, values: Mapping[str, str], style: Style, lexicon: Lexicon | None
) -> tuple[list[_Segment], frozenset[str], frozenset[str]]:
    segments: list[_Segment] = []
    used: set[str] = set()
    unfilled: set[str] = set()
    at = 0
    for match in _TOKEN.finditer(slotted):
        _add_text(segments, slotted[at : match.start()])
        at = match.end()
        slot, ending = match.group(1), match.group(2) or ""
        if slot not in SLOT_TOKENS:
            _add_text(segments, " " + ending)
            continue
        value = _value_shown(slot, values, segments)
        if not value:
            unfilled.add(slot)
            continue
        used.add(slot)
        value = _softened(value, slot)
        after_colon = style == "line" and bool(segments) and segments[-1].text.rstrip().endswith(":")
        if style != "title" and not after_colon:
            value = _small(value, slot, lexicon)
        segments.append(_Segment(plural(value) if ending else value, slot))
    _add_text(segments, slotted[at:])
    return segments, frozenset(used), frozenset(unfilled)


def _add_text(segments: list[_Segment], text: str) -> None:
    if not text:
        return
    if segments and not segments[-1].slot:
        segments[-1].text += text
    else:
        segments.append(_Segment(text))


def _value_shown(slot: str, values: Mapping[str, str], before: Sequence[_Segment]) -> str:
    """The slot's value; a fact "rechargeable: yes" is said by its name unless "rechargeable:" was just written."""
    value = clean_value(values.get(slot, ""))
    if slot.startswith("<|f") and value.casefold() in TRUE_VALUES:
        name_slot = slot.replace("<|f", "<|k")
        labelled = len(before) > 1 and before[-2].slot == name_slot and before[-1].text.strip() == ":"
        if not labelled:
            return clean_value(values.get(name_slot, "")).replace("_", " ") or value
    return value.replace("_", " ") if slot.startswith("<|k") else value


def _softened(value: str, slot: str) -> str:
    """A value typed in capitals only, "STAINLESS STEEL", as "Stainless Steel"; codes and acronyms stay."""
    letters = [c for c in value if c.isalpha()]
    if slot in _NEVER_SOFTENED or len(letters) <= 4 or not value.isupper() or any(c.isdigit() for c in value):
        return value
    return _WORD.sub(lambda m: m.group() if _is_acronym(m.group()) else m.group().capitalize(), value)


def _is_acronym(word: str) -> bool:
    return word.casefold() in ACRONYMS or (
        len(word) > 1 and word.isascii() and not re.search("[AEIOUY]", word)
    )


def _small(value: str, slot: str, lexicon: Lexicon | None) -> str:
    """Capitals of plain words taken off ("Hard Plastic"); a value with any other capitalised word stays as it is.

    A fact's name ("Run Time") is no proper name, so each of its words is written small.
    """
    titled = [m for m in _WORD.finditer(value) if m.group()[0].isupper() and m.group()[1:].islower()]
    if slot.startswith("<|k"):
        plain = True
    elif _PROPER.fullmatch(slot):
        plain = False
    else:
        plain = lexicon is not None and all(lexicon.is_plain(m.group()) for m in titled)
    if not titled or not plain:
        return value
    return _WORD.sub(lambda m: m.group().lower() if m.group()[1:].islower() else m.group(), value)


# ---- edges ---------------------------------------------------------------------------------------------------------


def _without_doubles(segments: list[_Segment]) -> list[_Segment]:
    """No word twice where a value meets its neighbour: "Sunbell Sunbell lantern", "12 hours hours"."""
    for i, (left, right) in enumerate(pairwise(segments)):
        if left.slot and not right.slot:
            right.text = _without_repeated_start(left.text, right.text)
        elif right.slot and not left.slot:
            left.text = _without_repeated_end(left.text, right.text)
            brand = segments[i - 1] if i and not left.text.strip() else None
            if brand is not None:
                _drop_brand(brand, right)
        elif left.slot and right.slot:
            _drop_brand(left, right)
    return [s for s in segments if s.text]


def _drop_brand(brand: _Segment, product: _Segment) -> None:
    if brand.slot.startswith("<|brand") and product.slot.startswith("<|product"):
        rest = product.text[len(brand.text) :]
        if product.text.casefold().startswith(brand.text.casefold()) and not rest[:1].isalnum():
            product.text = rest.strip()


def _without_repeated_start(value: str, text: str) -> str:
    next_word = re.match(r"\s*([^\W_]+)", text)
    last_word = re.search(r"([^\W_]+)$", value)
    if next_word and last_word and stem(next_word.group(1)) == stem(last_word.group(1)):
        return text[next_word.end() :]
    return text


def _without_repeated_end(text: str, value: str) -> str:
    words = value.split(" ", 3)[:3]
    for count in range(len(words), 0, -1):
        opening = " ".join(words[:count]).casefold()
        kept = text.rstrip()
        if kept.casefold().endswith(opening) and not kept[: len(kept) - len(opening)][-1:].isalnum():
            return kept[: len(kept) - len(opening)]
    return text


def _spaced(segments: list[_Segment]) -> list[_Segment]:
    """One space between a value and a word, none before a mark, no doubled mark at a value's end."""
    out: list[_Segment] = []
    for segment in segments:
        if not segment.slot:
            text = re.sub(r"\s+", " ", segment.text)
            text = re.sub(r"([(\[]) ", r"\1", re.sub(r" ([.,;:!?)\]])", r"\1", text))
            if out:
                text = _after_value(out[-1], text)
            segment.text = text if out else text.lstrip()
        elif (
            out
            and not out[-1].text[-1:].isspace()
            and not (out[-1].text[-1:] in _NO_SPACE_AFTER and not out[-1].slot)
        ):
            if out[-1].slot:
                out.append(_Segment(" "))
            else:
                out[-1].text += " "
        if segment.text:
            out.append(segment)
    if out:
        out[-1].text = out[-1].text.rstrip()
    return [s for s in out if s.text]


def _after_value(value: _Segment, text: str) -> str:
    if text[:1].isalnum():
        text = " " + text
    mark = text[:1]
    last = value.text[-1:]
    if last == "." and not _is_abbreviated(value.text):
        continues = text.strip() and not re.match(r"\s+[^a-z]", text)
        if mark in tuple(_MARKS) or continues:
            value.text = value.text[:-1] or value.text
    elif (last and last in ".!?…。।؟" and mark == ".") or (
        last and last in ",;:" and mark and mark in _MARKS
    ):
        return text[1:]
    return text


def _is_abbreviated(text: str) -> bool:
    word = re.search(r"([^\W_]+)\.$", text)
    return bool(word) and (len(word.group(1)) == 1 or word.group(1).casefold() in _ABBREVIATIONS)  # type: ignore[union-attr]


def _fit_articles(segments: Sequence[_Segment]) -> None:
    """ "a" or "an" by the sound of the value that follows; none before "shoes" or "rice"."""
    for left, right in pairwise(segments):
        match = None if left.slot or not right.slot else _ARTICLE.search(left.text)
        if match is None:
            continue
        if right.slot.startswith(("<|product", "<|k")) and not is_countable(right.text):
            left.text = left.text[: match.start()]
            continue
        right_one = article(right.text)
        if match.group(1)[0].isupper():
            right_one = right_one.capitalize()
        left.text = left.text[: match.start()] + right_one + match.group(2)


# ---- capitals ------------------------------------------------------------------------------------------------------


def _capitalise(segments: Sequence[_Segment], style: Style) -> None:
    if style == "title":
        _title_case(segments)
        return
    starts = True
    for segment in segments:
        out = list(segment.text)
        for i, char in enumerate(segment.text):
            if char.isalnum():
                if starts:
                    out[i] = _upper_first(segment.text, i)
                starts = False
            elif not segment.slot and style == "sentence" and char in ".!?…।":
                starts = segment.text[i + 1 : i + 2] in (" ", "")
        segment.text = "".join(out)


def _title_case(segments: Sequence[_Segment]) -> None:
    first = True
    for segment in segments:
        out = list(segment.text)
        measures = any(c.isdigit() for c in segment.text)
        for match in _TITLE_WORD.finditer(segment.text):
            word = match.group()
            unit = measures and word in _UNITS
            if first or not (word in _SMALL_WORDS or unit):
                out[match.start()] = _upper_first(segment.text, match.start())
            first = False
        segment.text = "".join(out)


def _upper_first(text: str, at: int) -> str:
    """The letter at `at` as a capital, unless its word is a code or has capitals of its own ("iPhone", "usb")."""
    word = re.match(r"[^\W_]+", text[at:])
    whole = word.group() if word else text[at]
    plain = whole.islower() and not any(c.isdigit() for c in whole) and whole not in ACRONYMS
    upper = text[at].upper()
    return upper if plain and len(upper) == 1 else text[at]


# ---- direction -----------------------------------------------------------------------------------------------------


def _isolate_right_to_left(segments: Sequence[_Segment]) -> None:
    """See the module's docstring; after the rules of UAX #9 for neutrals and European numbers."""
    if not any(_direction(c) == "L" for s in segments if not s.slot for c in s.text):
        return
    opens = True
    for i, segment in enumerate(segments):
        directions = [_direction(c) for c in segment.text]
        if segment.slot and "R" in directions:
            after = (_direction(c) for later in segments[i + 1 :] for c in later.text)
            next_strong = next((d for d in after if d), "")
            if opens or directions[-1] != "R" or next_strong in ("R", "N"):
                segment.text = f"\u2068{segment.text}\u2069"
        opens = opens and not any(d in ("L", "R") for d in directions)


def _direction(char: str) -> str:
    """ "L", "R", "N" for a number, "" for anything else."""
    kind = unicodedata.bidirectional(char)
    return {"L": "L", "R": "R", "AL": "R", "EN": "N", "AN": "N"}.get(kind, "")
