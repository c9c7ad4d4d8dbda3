"""Finds in a text what marketplaces ban by its form: phone numbers, addresses, prices, shouting and the like.

Each finder returns the piece of text that breaks the rule, or "" for none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

from desktop.shop.currencies import CURRENCIES

_PHONE = re.compile(r"(?<![\w.,])(?:\+|\(?0|\(\d)[\d\s().\-–]{7,}\d(?!\w)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_URL = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w@.])[a-z0-9-]+\.(?:com|net|org|info|shop|store|co|me|app|link|page|bio|ly)"
    r"(?:\.[a-z]{2})?(?:/\S*)?(?![\w])",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@\w[\w.]{2,}")
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>")
_SCRIPT = re.compile(r"<\s*script|javascript:|\bon\w+\s*=\s*[\"']", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: Names of currencies that are words of another kind far more often.
_OTHER_WORDS = frozenset({"soles", "bob", "pula", "Sh", "Shs", "dong"})
_UNCOUNTED = "a an and at by de el en for from in la of on or the to with y"
_SMALL_WORDS = frozenset(_UNCOUNTED.split(" "))


def _price_pattern() -> re.Pattern[str]:
    names = {
        sign for currency in CURRENCIES.values() for sign in (currency.code, *currency.signs)
    } - _OTHER_WORDS
    letters = sorted((re.escape(n) for n in names if len(n) > 1), key=len, reverse=True)
    signs = "".join(sorted({n for n in names if len(n) == 1 and unicodedata.category(n) == "Sc"}))
    named = rf"(?:(?<!\w)(?:{'|'.join(letters)})\.?|[{re.escape(signs)}])"
    after = rf"(?:(?:{'|'.join(letters)})(?!\w)|[{re.escape(signs)}])"
    return re.compile(rf"{named}\s?\d[\d.,]*|\d[\d.,]*\s?{after}|\d[\d.,]*\s?/[=-]")


_PRICE = _price_pattern()


def _first(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def find(text: str) -> str:
        match = pattern.search(text)
        return match.group().strip() if match else ""

    return find


def find_phone(text: str) -> str:
    """A phone number: it begins with +, 0 or a bracket and has 9 to 15 digits, so that bare codes pass."""
    for match in _PHONE.finditer(text):
        if 9 <= sum(c.isdigit() for c in match.group()) <= 15:
            return match.group().strip()
    return ""


def find_emoji(text: str) -> str:
    """The first pictograph. ©, ® and ™ are not counted."""
    for char in text:
        if ord(char) >= 0x1F000 or (0x2600 <= ord(char) <= 0x27BF and unicodedata.category(char) == "So"):
            return char
    return ""


def find_shouting(text: str) -> str:
    """The whole text, if it has two words or more and every letter is a capital."""
    words = [word for word in _WORD.findall(text) if any(c.isalpha() for c in word)]
    return text.strip() if len(words) > 1 and text.isupper() and sum(c.isalpha() for c in text) > 6 else ""


def find_shouting_word(text: str) -> str:
    """A word of more than four capitals and no digit."""
    return next((w for w in _WORD.findall(text) if len(w) > 4 and w.isupper() and w.isalpha()), "")


def find_repeated_word(text: str) -> str:
    """A word that stands there more than twice; small words ("and", "for") don't count."""
    counts = Counter(word.casefold() for word in _WORD.findall(text))
    return next((word for word, count in counts.items() if count > 2 and word not in _SMALL_WORDS), "")


#: Finder and what the seller reads of it, by the rule's name in resources/marketplaces.
FINDERS: Mapping[str, tuple[Callable[[str], str], str]] = {
    "phone": (find_phone, "a phone number"),
    "email": (_first(_EMAIL), "an e-mail address"),
    "url": (_first(_URL), "a web address"),
    "handle": (_first(_HANDLE), "the name of an account"),
    "price": (_first(_PRICE), "a price"),
    "html": (_first(_HTML), "HTML"),
    "script": (_first(_SCRIPT), "a script"),
    "emoji": (find_emoji, "an emoji"),
    "shouting": (find_shouting, "capitals only"),
    "shouting_word": (find_shouting_word, "a word in capitals"),
    "repeated_word": (find_repeated_word, "a word more than twice"),
}
