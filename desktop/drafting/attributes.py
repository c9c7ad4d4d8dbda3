"""What a fact is about, and the ways to say it: "12 hours" called "run time" lasts, called "delivery" it doesn't.

A small model guesses such things, and a wrong guess reads like an invention ("15,000 hours between charges" of a
bulb's life). So plain code finds the kind of every fact: one of the attributes of resources/phrases/attributes, by its
name and the form of its value, or else only the form. The kind stands in the prompt beside the fact; training writes
only the wordings of that kind, and here a sentence that nobody wrote is found, so that it can be left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .english import UNCOUNTABLE, is_countable, is_many
from .lexicon import fold, folded_words
from .prompt import NOTE, token
from .render import FALSE_VALUES, TRUE_VALUES, clean_value
from .sections import split_sentences

#: The places of a listing that a fact is put into by a pattern of its own.
PLACES = ("title", "vp", "np", "s", "b")

_NUMBER = r"(?:\d+(?:[.,/]\d+)*)"
_ABOUT = r"(?:(?:up to|about|from|over|under|below|approx\.?|max\.?|min\.?)\s*)?"
_RANGE = rf"{_NUMBER}(?:\s*(?:-|–|to)\s*{_NUMBER})?"
_UNIT = r"[^\W\d]+\.?|[%°\"'″′µΩ][^\W\d]?[²³]?"
_DIMENSIONS = re.compile(rf"{_NUMBER}\s*\S{{0,4}}\s*(?:x|×|by)\s*{_NUMBER}", re.IGNORECASE)
_MEASURE = re.compile(
    rf"{_ABOUT}{_RANGE}\s*\+?\s*(?:{_UNIT})(?:[²³2]|[/·-](?:{_UNIT}))?(?:\s+(?!(?:when|if|with|unless)\b)[^\W\d]+){{0,2}}",
    re.IGNORECASE,
)
_HEAT = re.compile(r"\d\s*(?:°\s?[CF]?|[Dd]egrees(?: [CF])?|[Cc]elsius|[CF])$")
_FULL_STOP = re.compile(r"\.\s")
_CODE = re.compile(r"(?=\S*\d)\S+")
_SEPARATOR = re.compile(r"\s*(?:,(?!\d{3}\b)|[;/|+&]|\band\b|\bor\b)\s*", re.IGNORECASE)
#: "many, ask for photos" is no list.
_ADVICE = re.compile(r"(?:ask|see|call|send|check|please|not|no|with|without)\b", re.IGNORECASE)
_MOST_WORDS = 4
_MOST_ITEM_WORDS = 3
#: What a name can end in that stands after "is": "waterproof", "BPA free".
ADJECTIVE = re.compile(
    r"(?:ed|(?<!\b[ct])able|ible|proof|less|free|resistant|organic|natural|safe|friendly|stick|wireless|unisex|halal|vegan|handmade)$",
    re.IGNORECASE,
)


class AttributesError(ValueError):
    """The attributes can't be used; the message names the file and the entry."""


def form_of(value: str) -> str:
    """How `value` looks: "yes", "no", "number" (3), "range" (36 to 44), "sides" (5 x 6 ft), "measure" (12 hrs, 4
    pieces), "heat" (60 °C), "code" (A5, IPX4), "list" (red, blue), "words" (stainless steel) or "clause" (anything
    longer)."""
    text = clean_value(value)
    folded = text.casefold()
    if folded in TRUE_VALUES:
        return "yes"
    if folded in FALSE_VALUES or folded.startswith(("no ", "not ")) or folded == "n/a":
        return "no"
    if re.fullmatch(rf"{_NUMBER}\+?", text):
        return "number"
    if re.fullmatch(_RANGE, text):
        return "range"
    items = [item for item in _SEPARATOR.split(text) if item]
    if _DIMENSIONS.search(text) and len(items) == 1:
        return "sides" if len(text.split()) <= _MOST_WORDS + 2 else "clause"
    if _MEASURE.fullmatch(text):
        return "heat" if _HEAT.search(text) else "measure"
    if len(items) > 1:
        named = all(len(item.split()) <= _MOST_ITEM_WORDS and not _ADVICE.match(item) for item in items)
        return "list" if named else "clause"
    if _CODE.fullmatch(text):
        return "code"
    return "words" if len(text.split()) <= _MOST_WORDS and not _FULL_STOP.search(text) else "clause"


def form_of_fact(name: str, value: str) -> str:
    """As `form_of`, and "count" for a number of things that the name says ("pockets"). A yes is told apart by what its
    name can follow: "is {k}" ("yes_adjective"), "has a {k}" ("yes_thing") or "has {k}" ("yes_noun")."""
    form = form_of(value)
    if name == NOTE:
        return "note"
    if form == "number" and is_many(name):
        return "count"
    if form != "yes":
        return form
    last = fold(name.split()[-1]) if name.split() else ""
    if ADJECTIVE.search(last):
        return "yes_adjective"
    alone = last.endswith("ing") or last in UNCOUNTABLE or not is_countable(name)
    return "yes_noun" if alone else "yes_thing"


@dataclass(frozen=True, slots=True)
class Wording:
    """Patterns that say one fact; {k} stands for its name, {v} for its value, [a|b] for one or many of the product.

    `title`: parts of a title ("@…" stands before the product's name); `vp` follow "it", `np` follow "with" or "you
    get"; `s` are whole sentences, `b` whole bullets.
    """

    title: tuple[str, ...] = ()
    vp: tuple[str, ...] = ()
    np: tuple[str, ...] = ()
    s: tuple[str, ...] = ()
    b: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Wording:
        return cls(*(tuple(p.replace("{K}", "{k}") for p in row.get(place, ())) for place in PLACES))


_NO_WORDING = Wording()


@dataclass(frozen=True, slots=True)
class Way:
    """How an attribute is said where its value has one of `forms`. `values` are such as sellers write, for training
    (see model_export/corpus/phrases); `kind` is what the prompt calls it."""

    kind: str
    forms: frozenset[str]
    values: tuple[str, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class Attribute:
    """`names` are what sellers call it."""

    id: str
    names: tuple[str, ...]
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, id: str, row: Mapping[str, Any]) -> Attribute:
        ways = tuple(
            Way(
                f"{id}{number}" if number > 1 else id,
                frozenset(way["forms"]),
                tuple(way["values"]),
                Wording.of(way),
            )
            for number, way in enumerate(row["ways"], start=1)
        )
        return cls(id, tuple(row["names"]), ways)


@dataclass(frozen=True)
class Attributes:
    """`all` by id; `frames` say facts of which only the form is known, by form; `sentences` are the tables of
    sentences.toml: how facts are put into one sentence, and what holds for any product."""

    all: Mapping[str, Attribute]
    frames: Mapping[str, Wording]
    sentences: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Attributes:
        """Read every .toml of `folder`; forms.toml holds the frames. Raises AttributesError."""
        found: dict[str, Attribute] = {}
        frames: dict[str, Wording] = {}
        sentences: Mapping[str, Any] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                rows = tomllib.loads(path.read_text("utf-8"))
                if path.name == "sentences.toml":
                    sentences, rows = rows, {}
                for id, row in rows.items():
                    if path.name == "forms.toml":
                        frames[id] = Wording.of(row)
                    elif id in found:
                        raise ValueError(f"{id} is said a second time")
                    else:
                        found[id] = Attribute.of(id, row)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise AttributesError(f"{path} can't be read: {error}.") from error
        if both := frames.keys() & {way.kind for attribute in found.values() for way in attribute.ways}:
            raise AttributesError(f"{folder}: {', '.join(sorted(both))} is a form and a kind.")
        if not frames:
            raise AttributesError(f"{folder / 'forms.toml'} is missing. Install the program again.")
        return cls(found, frames, sentences)

    def kind_of(self, name: str, value: str) -> str:
        """The id of the attribute that a fact of this name and form belongs to, else the form (see `form_of_fact`).

        Without an attribute, a value that says its own name ("glaze: clear glaze") is a note: both would say it twice.
        """
        form = form_of_fact(name, value)
        return self._by_name.get((name_key(name), form)) or (NOTE if says_name(name, value) else form)

    def wording(self, kind: str) -> Wording:
        """How facts of `kind` (of `kind_of`) are said; empty where nothing is written."""
        return self._wordings.get(kind, _NO_WORDING)

    def holds(self, field: str, slotted: str, kinds: Mapping[str, str], *, many: bool) -> bool:
        """Whether `slotted`, a title ("title"), bullet ("bullets") or sentence ("description"), is one of those written
        for its product: each fact said by a wording of its kind or by its own name as a label, in a sentence that such
        wordings are put into, in the number of the product (`many`); or an idea; or what holds for any product.

        `kinds` maps value slots to kinds. Slots that are not in it are ideas or roles.
        """
        text = slotted.strip().rstrip(".!?")
        numbers = dict.fromkeys(_FACT.findall(text))
        known = {n: kinds[token(f"f{n}")] for n in numbers if token(f"f{n}") in kinds}
        if field == "title":
            first, *parts = _TITLE_PARTS.split(text)
            named = token("product") not in text or _TITLE_START.fullmatch(first) is not None
            says = all(self._found("title", kind, text, n, many) for n, kind in known.items())
            return says and named and all("<|" in part for part in parts)
        if _LABELLED.fullmatch(text):
            return True
        if not known:
            return _SLOT.fullmatch(text) is not None or text in self._plain(field, many)
        whole = "b" if field == "bullets" else "s"
        if len(known) == 1 and all(self._found(whole, kind, text, n, many) for n, kind in known.items()):
            return True
        found = self._skeletons(text, list(known.items()), many) if field != "bullets" else ()
        return not self._joins(many).isdisjoint(found)

    def _skeletons(self, text: str, known: Sequence[tuple[str, str]], many: bool) -> Iterator[str]:
        """`text` with {vp} and {np} for the phrases that say the `known` facts (number, kind), in every way that fits;
        none if one of them is said in another way."""
        if not known:
            yield text
            return
        (number, kind), *others = known
        for place in ("vp", "np"):
            if found := self._found(place, kind, text, number, many):
                said = f"{text[: found.start(1)]}{{{place}}}{text[found.end(1) :]}"
                yield from self._skeletons(said, others, many)

    def _joins(self, many: bool) -> frozenset[str]:
        """What `_skeletons` may give."""
        if ("joins", many) not in self._kept:
            tables = self.sentences.get("joins", {}).values()
            bare = (re.sub(r"(?<=[vn]p)\d", "", p) for table in tables for p in table)
            patterns = (one_or_many(p, many=many) for p in bare)
            self._kept["joins", many] = frozenset(slotted(p, 0).rstrip(".") for p in patterns)
        return self._kept["joins", many]

    def _plain(self, field: str, many: bool) -> frozenset[str]:
        """What a bullet or sentence without facts may say."""
        if (field, many) not in self._kept:
            generic = self.sentences.get("generic", {})
            tables = [*generic.items(), *self.sentences.get("closers", {}).items()]
            texts = (
                p for name, table in tables if (name == "bullets") == (field == "bullets") for p in table
            )
            said = (s for text in texts for s in split_sentences(slotted(one_or_many(text, many=many), 0)))
            self._kept[field, many] = frozenset(sentence.rstrip(".!?") for sentence in said)
        return self._kept[field, many]

    def _found(self, place: str, kind: str, text: str, number: str, many: bool) -> re.Match[str] | None:
        key = (place, kind, number, many)
        if key not in self._patterns:
            parts = [_compiled(place, p, number, many) for p in getattr(self.wording(kind), place)]
            before = {"vp": _SUBJECTS[many], "np": _GIVEN}.get(place, "")
            after = _AFTER if before else ""
            self._patterns[key] = re.compile(f"{before}({'|'.join(parts) or '(?!)'}){after}", re.IGNORECASE)
        return self._patterns[key].search(text)

    @cached_property
    def _kept(self) -> dict[tuple[str, bool], frozenset[str]]:
        return {}

    @cached_property
    def _patterns(self) -> dict[tuple[str, str, str, bool], re.Pattern[str]]:
        return {}

    @cached_property
    def _wordings(self) -> Mapping[str, Wording]:
        ways = (way for attribute in self.all.values() for way in attribute.ways)
        return {**self.frames, **{way.kind: way.wording for way in ways}}

    @cached_property
    def _by_name(self) -> Mapping[tuple[Sequence[str], str], str]:
        return {
            (name_key(name), form): way.kind
            for attribute in reversed(list(self.all.values()))
            for name in attribute.names
            for way in attribute.ways
            for form in way.forms
        }


#: For a language of which no ways to say facts are written.
NO_ATTRIBUTES = Attributes({}, {}, {})

_FACT = re.compile(r"<\|[kf](\d+)\|>")
#: A label is true of every fact.
_LABELLED = re.compile(r"<\|k(\d+)\|>: <\|f\1\|>")
_SLOT = re.compile(r"<\|f\d+\|>")
_TITLE_PARTS = re.compile(r", | – ")
#: The product with its brand, a word before it and an ending.
_TITLE_START = re.compile(
    r"(?:<\|brand\|> )?(?:<\|[fk]\d+\|>(?:[ -](?:<\|k\d+\|>|[a-z]+))? )?<\|product\|>(?: (?:by|from) <\|brand\|>)?"
    r"(?: <\|f\d+\|>)?"
)
#: What may stand directly before a phrase of a sentence, of one thing or of many, and what after it.
_SUBJECTS = (r"(?:\b(?:it|and)|<\|product\|>|,) ", r"(?:\b(?:they|and)|<\|product\|>(?:e?s)?|,) ")
_GIVEN = r"(?:\b(?:with|get|and)|,) "
_AFTER = r"(?=$|,| and )"


def _compiled(place: str, pattern: str, number: str, many: bool) -> str:
    """A regular expression that finds `pattern` of `place` where it says fact `number`."""
    text = slotted(one_or_many(pattern.removeprefix("@").removesuffix("."), many=many), number)
    text = re.escape(text).replace(re.escape("{is}"), "(?:is|are)")
    if pattern.startswith("@"):
        return rf"(?:^|<\|brand\|> ){text}(?= <\|product\|>)"
    if place == "title":
        return rf"(?:^|, |– ){text}(?=$|,| –| for )"
    return f"^{text}$" if place in ("s", "b") else text


def one_or_many(pattern: str, *, many: bool) -> str:
    """Choose in every [one|many] of `pattern`."""
    return re.sub(r"\[([^|\]]*)\|([^|\]]*)\]", r"\2" if many else r"\1", pattern)


def slotted(pattern: str, number: int | str) -> str:
    """`pattern` with the slots of fact `number` and of the product."""
    places = {"{k}": f"k{number}", "{v}": f"f{number}", "{p}": "product", "{b}": "brand", "{price}": "price"}
    return re.sub("|".join(map(re.escape, places)), lambda match: token(places[match.group()]), pattern)


#: "fits: iPhone" is no plural of "fit: slim".
_VERBS = frozenset({"fits"})


def says_name(name: str, value: str) -> bool:
    """True for "warranty" and "1 year warranty"."""
    return bool(name_key(name)) and set(name_key(name)) <= set(name_key(value))


def name_key(name: str) -> tuple[str, ...]:
    """What names are compared by: their words in small letters, "colours" as "colour"."""
    return tuple(
        w if w.endswith(("ss", "us", "is")) or len(w) < 4 or w in _VERBS else w.removesuffix("s")
        for w in folded_words(name)
    )
