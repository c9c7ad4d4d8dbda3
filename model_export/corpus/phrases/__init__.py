"""Written phrases as data, and what every task does with them."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting.lexicon import Lexicon, fold, folded_words, is_fact_char, words_of

HERE = Path(__file__).parent
LEXICON = HERE.parents[2] / "resources" / "lexicon" / "en.toml"


@cache
def load_toml(path: Path) -> dict[str, Any]:
    """Raises ValueError that names the file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(LEXICON)


def stated(bare: str) -> list[str]:
    """The digits, signs and words of a text without slots that state a fact by themselves, as they are written."""
    banned = lexicon().banned_words
    signs = [char for char in bare if is_fact_char(char)]
    return signs + [word.text for word in words_of(bare) if fold(word.text) in banned]


@cache
def stated_words(pattern: str) -> frozenset[str]:
    """What `pattern` states (casefolded) beside its slots and places."""
    bare = re.sub(r"<\|[^|]*\|>|\{[^}]*\}", " ", pattern)
    return frozenset(fold(word) for word in stated(bare))


def words(text: str) -> frozenset[str]:
    """The casefolded words of `text`."""
    return frozenset(folded_words(text))


def choose_number(rng: random.Random, pattern: str) -> str:
    """Fill a value pattern: {i:3-48} a whole number, {d:1-9} one decimal, {a|b} one of them."""

    def draw(match: re.Match[str]) -> str:
        body = match.group(1)
        if body[:2] in ("i:", "d:"):
            low, _, high = body[2:].partition("-")
            if body[0] == "i":
                return str(rng.randint(int(low), int(high or low)))
            return f"{rng.uniform(int(low), int(high)):.1f}".removesuffix(".0").replace("0.0", "0.5")
        return rng.choice(body.split("|"))

    return re.sub(r"\{([^}]*)\}", draw, pattern)


def misspell(rng: random.Random, text: str) -> str:
    """One slip of the finger: a letter dropped, doubled or swapped with the next."""
    letters = [i for i, char in enumerate(text[:-1]) if char.isalpha() and text[i + 1].isalpha()]
    if not letters:
        return text
    i = rng.choice(letters)
    slip = rng.choice(("drop", "double", "swap"))
    if slip == "drop":
        return text[:i] + text[i + 1 :]
    return text[: i + 1] + text[i:] if slip == "double" else text[:i] + text[i + 1] + text[i] + text[i + 2 :]
