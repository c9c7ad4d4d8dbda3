"""Completion while typing: from what the seller wrote up to the cursor to the few words that most likely follow.

The model goes on from the prompt of the task as if it had written the seller's text itself, so values in that text
become slots first, and half a word at the cursor is spelled anew (see engine/healing.py). A suggestion is shown only
as far as the model is sure of it, and only if nothing in it needs a look: better none than a wrong one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..engine.contract import CancelToken, Completion, EngineError, TextModel
from ..shop.records import Product
from . import patterns
from .form import Form, without_loose_end
from .grounding import check_text, read_facts, without_denials
from .judging import FIELDS, SECTION_OF
from .lexicon import Lexicon
from .listing_prompt import facts_text
from .prompt import SLOT_TOKENS, Prompt, token
from .render import Style, clean_value, render
from .sections import slots_in, split_sentences
from .sense import Sense
from .slotting import to_slots

#: Gives the model, loading it at the first call; raises EngineError where it can't.
ModelSource = Callable[[], TextModel]

#: The least joint probability of the words that are shown.
LIKELY = 0.6
#: What each typed letter of a half word speaks for it, as a logarithm: about a letter's entropy where all is open.
_LETTER = 2.5
_TOKENS = 8
_HALF_WORD = re.compile(r" ?[^\W_](?:[\w'’-]*\w)?$")
_WORD_START = re.compile(r"(?<![^\s(])\S")
_IN_WORD = re.compile(r"[\w'’-]")
_STYLES: Mapping[str, Style] = {"title": "title", "bullets": "line"}


@dataclass(frozen=True)
class Writing:
    """What is being written.

    `prompt` asks for the section, and `stops` are tokens that would begin another one. `backing` is all that grounds
    the text. `banned` words and symbols can't be written outside slots. `holds` refuses a slotted sentence that makes
    no sense. `most` is how many characters the field takes, or each of its lines if they are bullets.
    """

    prompt: Prompt
    backing: Sequence[str]
    banned: frozenset[str]
    holds: Callable[[str], bool]
    stops: tuple[str, ...] = ()
    field: str = "text"
    banned_symbols: str = ""
    most: int | None = None


def listing_writing(
    prompt: Prompt,
    product: Product,
    texts: Mapping[str, str],
    field: str,
    *,
    lexicon: Lexicon,
    sense: Sense,
    form: Form,
) -> Writing:
    """`field` (one of FIELDS) of a listing that says `texts` so far; `prompt` as `listing_prompt` gives it."""
    earlier = "".join(
        token(SECTION_OF[name]) + to_slots(line.strip(), prompt.values).text
        for name in FIELDS[: FIELDS.index(field)]
        for line in texts.get(name, "").splitlines()
        if line.strip()
    )
    backing = facts_text(product)
    return Writing(
        replace(prompt, text=prompt.text + earlier).then(SECTION_OF[field]),
        backing,
        lexicon.banned_words_beside(without_denials(backing)) | form.banned_words,
        lambda slotted: sense.holds(field, slotted, prompt),
        (token("bullet"), token("description")),
        field,
        form.banned_symbols.get(SECTION_OF[field], ""),
        form.limits.get(SECTION_OF[field]),
    )


def text_writing(prompt: Prompt, lexicon: Lexicon) -> Writing:
    """A reply, promotion or pitch; `prompt` already asks for the text."""
    return Writing(
        prompt,
        tuple(prompt.values.values()),
        lexicon.banned_words,
        lambda slotted: patterns.fits_values(slotted, prompt.values),
    )


class Completer:
    """`likely` is the least joint probability of the words that are shown."""

    def __init__(self, source: ModelSource, lexicon: Lexicon, *, likely: float = LIKELY) -> None:
        self._source = source
        self._lexicon = lexicon
        self._least = math.log(likely)

    def complete(self, writing: Writing, before: str, *, cancel: CancelToken | None = None) -> str:
        """What follows `before`, the field's text up to the cursor, as it is to be put in; "" for nothing.

        "" also where the model can't be used, and for a text that is too long for it.
        """
        if not before.strip():
            return ""
        cut = _Cut.of(before, writing)
        try:
            completion = self._ask(writing, cut, cancel)
        except EngineError:
            return ""
        if completion.finish == "cancelled":
            return ""
        for part in _likely_parts(completion, cut.half, self._least):
            slotted = _first_sentence(part)
            added = self._added(writing, cut, slotted)
            if self._is_sound(writing, cut, slotted, added):
                return added
        return ""

    def _ask(self, writing: Writing, cut: _Cut, cancel: CancelToken | None) -> Completion:
        from ..engine.constraints import SlotConstraint
        from ..engine.healing import Healing

        model = self._source()
        values = writing.prompt.values
        said = slots_in(cut.slotted)
        rules = SlotConstraint(
            model.vocabulary,
            allowed_special={*values, *writing.stops},
            banned_words=writing.banned,
            banned_chars=writing.banned_symbols,
            max_uses={slot: max(_most_uses(slot) - said.count(slot), 0) for slot in values},
        )
        shown = {slot: clean_value(value) for slot, value in values.items()}
        return model.complete(
            writing.prompt.text + cut.slotted,
            constraint=Healing(model.vocabulary, rules, cut.half, shown),
            stop=writing.stops,
            tokens=_TOKENS,
            cancel=cancel,
        )

    def _added(self, writing: Writing, cut: _Cut, slotted: str) -> str:
        """What `slotted` adds to the typed text in words; "" if that text itself would have to change for it."""
        style = _STYLES.get(writing.field, "sentence")
        values = writing.prompt.values
        # With its values as slots a sentence is rendered as the model means it, but maybe not as it was typed.
        for lead in (to_slots(cut.sentence, values).text, cut.sentence.replace("<|", "< |")):
            text = render(lead + slotted, values, style=style, lexicon=self._lexicon).text
            typed, rest = text[: len(cut.typed)], text[len(cut.typed) :]
            apart = (rest if typed else slotted)[:1].isspace()
            if typed.casefold() == cut.typed.casefold() and not (typed and cut.spaced and not apart):
                return f" {rest.lstrip()}" if apart and not cut.spaced else rest.lstrip()
        return ""

    def _is_sound(self, writing: Writing, cut: _Cut, slotted: str, added: str) -> bool:
        line = cut.line + added
        if not any(map(str.isalnum, added)) or (writing.most is not None and len(line) > writing.most):
            return False
        if not writing.holds((to_slots(cut.sentence, writing.prompt.values).text + slotted).strip()):
            return False
        grounds = read_facts(writing.backing, self._lexicon)
        whole = cut.typed + (" " if cut.spaced else "") + added
        flags = check_text(writing.field, whole, grounds, self._lexicon)
        return not any(flag.end > len(cut.typed) for flag in flags)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The text before the cursor in the parts that are needed.

    `slotted` is what the model reads of it, `half` what it has to spell first. `line` is the text, or its last line
    if these are bullets; `sentence` is its last sentence without `half`, `typed` all of that sentence. `spaced`: the
    text ends in white space.
    """

    line: str
    slotted: str
    half: str
    sentence: str
    typed: str
    spaced: bool

    @classmethod
    def of(cls, before: str, writing: Writing) -> _Cut:
        values = writing.prompt.values
        *lines, whole = before.split("\n") if writing.field == "bullets" else [before]
        spaced = before[-1].isspace()
        line = " ".join(whole.split())
        line += " " if line and spaced else ""
        half = _half_word(line, values)
        head = line.removesuffix(half)
        earlier = [to_slots(text.strip(), values).text for text in lines if text.strip()]
        slotted = "".join(text + token("bullet") for text in earlier) + to_slots(head, values).text
        sentence = _open_sentence(head) if writing.field != "title" else head
        typed = " ".join((sentence + half).split())
        return cls(whole, slotted, half, sentence, typed, spaced)


def _half_word(line: str, values: Mapping[str, str]) -> str:
    """The end of `line` that is to be spelled anew, with the space before it: the beginning of one of `values`, else
    the last word. "" where a value ends the line."""
    shown = [clean_value(value).casefold() for value in values.values()]
    for match in _WORD_START.finditer(line):
        begun = line[match.start() :].casefold()
        if any(value.startswith(begun) and value != begun for value in shown):
            return line[match.start() - line[: match.start()].endswith(" ") :]
    if line.endswith(" "):
        return " "
    slotted = to_slots(line, values)
    if slotted.places and slotted.places[-1].end == len(slotted.text):
        return ""
    half = _HALF_WORD.search(line)
    return half.group() if half else ""


def _open_sentence(text: str) -> str:
    """The last sentence of `text` if it goes on, else ""."""
    last = (split_sentences(text) or [""])[-1]
    return "" if last.endswith((".", "!", "?")) else last


def _likely_parts(completion: Completion, half: str, least: float) -> list[str]:
    """The beginnings of a completion, `half` included, that are likely enough and end with a word, the longest first.

    A half word counts as likely as its letters make it: the more are typed, the less else could be meant.
    """
    found: list[str] = []
    written, chance = "", 0.0
    spelled = not half
    last = "" if completion.finish in ("end", "stop") else "a"  # it may be the middle of a word
    nexts = [*(piece for piece, _ in completion.pieces[1:]), last]
    for (piece, logprob), following in zip(completion.pieces, nexts, strict=False):
        written += piece
        chance += logprob
        if not spelled:
            spelled = len(written) >= len(half) or piece in SLOT_TOKENS
            chance = min(0.0, chance + _LETTER * len(half.strip())) if spelled else chance
        if spelled and chance < least:
            break
        if spelled and not (piece[-1:].isalnum() and _IN_WORD.match(following)):
            found.append(written)
    return found[::-1]


def _first_sentence(slotted: str) -> str:
    text = slotted.lstrip()
    first = next(iter(split_sentences(text)), "")
    return slotted[: len(slotted) - len(text)] + without_loose_end(first)


def _most_uses(slot: str) -> int:
    return 4 if slot == token("product") else 1 if slot.startswith(("<|f", "<|k")) else 2
