"""The words that state a fact, read from resources/lexicon.

They are kept as data because three rooms must agree on them: the decoder's mask (a draft can't write them outside a
slot), the check of finished and typed text, and the corpus that the model is trained on.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .english import plural, stem, word_set

#: Letters, marks and digits of any script, with apostrophes inside a word. Marks keep Hindi and Thai words whole.
_WORD_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl"})
#: Written small inside a sentence; a brand, currency, day or country keeps its capital.
_KEEP_CAPITAL = frozenset({"currency", "brand", "certification", "date", "origin"})
#: Acronyms among the listed words: never lowered.
ACRONYMS = word_set(
    """
    abs bpa cd ce diy dvd eva fcc fda fm gmp gps haccp hd hdmi hdpe id iso jbl kebs lcd led mdf nafdac nfc oled pc
    pet pin pos psi pu pvc ram rohs rom rpm sgs sim sms ssd tuv tv uhd uk us usa usb uv vip wifi xl xs xxl xxs xxxl
    """
)


#: Names that the lexicon lists as facts; their capitals are kept where the seller typed them.
_NAMES = word_set("android bluetooth")


class LexiconError(ValueError):
    """The word list can't be used; the message names the file and the entry."""


def fold(text: str) -> str:
    """`text` for comparing: casefolded, compatibility forms and apostrophes unified, same for composed letters."""
    return unicodedata.normalize("NFKC", text.replace("’", "'")).casefold()


def is_fact_char(char: str) -> bool:
    """True for what only a slot may write: digits and number signs of any script, currency signs, % and °."""
    return char.isnumeric() or char in "%‰°№" or unicodedata.category(char) == "Sc"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `start`/`end` count characters."""

    text: str
    start: int
    end: int


def words_of(text: str) -> Iterator[Word]:
    """Split `text` into words of any script; hyphens separate, apostrophes inside a word do not."""
    start = -1
    for i, char in enumerate(text):
        inside = unicodedata.category(char) in _WORD_CATEGORIES or (
            char in "'’\u200c\u200d" and start >= 0 and i + 1 < len(text) and text[i + 1].isalpha()
        )
        if inside and start < 0:
            start = i
        elif not inside and start >= 0:
            yield Word(text[start:i], start, i)
            start = -1
    if start >= 0:
        yield Word(text[start:], start, len(text))


def folded_words(text: str) -> list[str]:
    """The words of `text` as `fold` gives them, for comparing."""
    return [fold(word.text) for word in words_of(text)]


#: Categories that a draft may never say outside a slot, whatever the facts hold.
ALWAYS_BANNED = ("number", "unit", "currency", "date")


@dataclass(frozen=True)
class Lexicon:
    """`categories` maps each listed word (casefolded, plurals included) to its category; `phrases` likewise for
    runs of words; `reasons` gives a category's name as the seller reads it."""

    language: str
    categories: Mapping[str, str]
    phrases: Mapping[tuple[str, ...], str]
    reasons: Mapping[str, str]
    harmless: frozenset[tuple[str, ...]]
    groups: tuple[frozenset[str], ...]
    ordinary: frozenset[str]
    names: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read a lexicon such as resources/lexicon/en.toml. Raises LexiconError."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LexiconError(f"The word list {path} can't be read: {error}.") from error
        try:
            return cls._from_toml(data)
        except (KeyError, TypeError, AttributeError) as error:
            raise LexiconError(f"The word list {path} has a wrong or missing entry: {error}.") from error

    @classmethod
    def _from_toml(cls, data: Mapping[str, Any]) -> Lexicon:
        categories: dict[str, str] = {}
        phrases: dict[tuple[str, ...], str] = {}
        for name, entry in data["category"].items():
            nouns = entry.get("nouns", [])
            for word in (*entry.get("words", []), *nouns, *map(plural, nouns)):
                categories.setdefault(fold(word), name)
            for phrase in entry.get("phrases", []):
                phrases[tuple(fold(phrase).split())] = name
        return cls(
            language=data["language"],
            categories=categories,
            phrases=phrases,
            reasons={name: entry["reason"] for name, entry in data["category"].items()},
            harmless=frozenset(tuple(fold(p).split()) for p in data.get("harmless", {}).get("phrases", [])),
            groups=tuple(frozenset(map(fold, group)) for group in data.get("same", {}).get("groups", [])),
            ordinary=frozenset(map(fold, data.get("ordinary", {}).get("words", []))),
            names=frozenset(map(fold, data.get("names", {}).get("words", []))),
        )

    @cached_property
    def banned_words(self) -> frozenset[str]:
        """Every single word, casefolded, that a draft may say only through a slot."""
        return frozenset(self.categories)

    def banned_words_beside(self, texts: Iterable[str]) -> frozenset[str]:
        """`banned_words` without those that the seller's own `texts` say, so that a draft for a "paper bag" may say
        "paper". Numbers, measures, money and dates stay banned: beside other words they state another fact."""
        own = {word for text in texts for word in folded_words(text)}
        return self.banned_words - (own - self.words_in(*ALWAYS_BANNED))

    def banned_phrases_beside(self, texts: Iterable[str]) -> frozenset[str]:
        """Every listed phrase, its words joined by a space, that none of the seller's own `texts` says."""
        own = " | ".join(" ".join(folded_words(text)) for text in texts)
        listed = frozenset(map(" ".join, self.phrases))
        return frozenset(phrase for phrase in listed if f" {phrase} " not in f" {own} ")

    def words_in(self, *categories: str) -> frozenset[str]:
        """The words of some categories. Raises KeyError for an unknown one."""
        for name in categories:
            self.reasons[name]
        return frozenset(word for word, name in self.categories.items() if name in categories)

    def category_of(self, word: str) -> str | None:
        """The category of a word or of several ("stainless steel"), or None."""
        parts = tuple(fold(word).replace("-", " ").split())
        return self.categories.get(" ".join(parts)) or self.phrases.get(parts)

    def is_plain(self, word: str) -> bool:
        """True for a word that is written small inside a sentence, whatever the seller typed ("Red", "Yes")."""
        folded = fold(word)
        if folded in ACRONYMS or folded in _NAMES:
            return False
        category = self.categories.get(folded)
        return folded in self.ordinary or (category is not None and category not in _KEEP_CAPITAL)

    @cached_property
    def _same(self) -> Mapping[str, frozenset[str]]:
        table: dict[str, set[str]] = {}
        for group in self.groups:
            for word in group:
                table.setdefault(stem(word), set()).update(map(stem, group))
        return {word: frozenset(group) for word, group in table.items()}

    def equals_of(self, word: str) -> frozenset[str]:
        """The stems that ground `word`: its own and those of the same measure, number or spelling."""
        own = stem(fold(word))
        return self._same.get(own, frozenset()) | {own}

    @cached_property
    def _by_first_word(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        index: dict[str, list[tuple[str, ...]]] = {}
        for phrase in (*self.harmless, *self.phrases):
            index.setdefault(phrase[0], []).append(phrase)
        return {first: tuple(sorted(found, key=len, reverse=True)) for first, found in index.items()}

    def phrase_at(self, folded: Sequence[str], at: int) -> tuple[str, ...]:
        """The longest listed or harmless phrase that begins at word `at` of `folded`; () for none."""
        for phrase in self._by_first_word.get(folded[at], ()):
            if tuple(folded[at : at + len(phrase)]) == phrase:
                return phrase
        return ()

    @cached_property
    def unit_stems(self) -> frozenset[str]:
        """Stems of everything that can follow a number as its measure, abbreviations included."""
        measures = {word for word, name in self.categories.items() if name == "unit"} | {"%", "°", "″", "′"}
        grouped = (group for group in self.groups if group & measures)
        return frozenset(stem(word) for word in measures.union(*grouped))

    @cached_property
    def _glued_currency(self) -> re.Pattern[str]:
        names = sorted(map(re.escape, self.words_in("currency")), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?=\d)", re.IGNORECASE)

    def without_glued_currency(self, text: str) -> str:
        """`text` of the same length with "KSh2,450" as "   2,450", so that the number stands free."""
        return self._glued_currency.sub(lambda match: " " * len(match.group()), text)
