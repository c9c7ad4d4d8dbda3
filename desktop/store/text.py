"""Folding text for search, so that "cafe" finds "Café" and Thai, Chinese or Hindi text can be found by any part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Scripts written without spaces between words: an index of words can't find a part of them.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)


def fold(text: str) -> str:
    """Letter case, accents and widths taken away: "ＣAFÉ" → "cafe"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def folded(texts: Iterable[str]) -> str:
    return fold("\n".join(text for text in texts if text))


def words(query: str) -> list[str]:
    return fold(query).split()


def fts_query(query: str) -> str | None:
    """An FTS5 query for rows that hold a word beginning with each word of `query`.

    None where an index of words can't answer: text without spaces between words, or nothing but marks.
    Every word is quoted, so no text of the user is taken for FTS5's own language.
    """
    if _UNSPACED.search(query):
        return None
    asked = (word.replace('"', "").replace("\0", "") for word in words(query))
    return " ".join(f'"{word}"*' for word in asked if re.search(r"[^\W_]", word)) or None
