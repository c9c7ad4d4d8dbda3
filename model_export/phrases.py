"""What the model often says: after some tokens the one that nearly always follows, as guesses for speculation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .rows import Document

SIZES = (2, 3, 4)
#: A guess that is wrong more often than right costs more than it saves.
LEAST_SHARE = 0.5
LEAST_COUNT = 6
#: The most frequent are nearly all of what is said, and the file stays small.
MOST_PHRASES = 20_000


def phrases(documents: Iterable[Document]) -> list[tuple[int, ...]]:
    """SIZES tokens and the one that follows them, counted in the documents' targets, the most frequent first.

    A longer phrase is kept only where the shorter one that ends it says something else, or nothing.
    """
    counts: Counter[tuple[int, ...]] = Counter()
    for document in documents:
        ids = document.ids[max(document.prompt_length - SIZES[-1], 0) :]
        for size in SIZES:
            counts.update(zip(*(ids[i:] for i in range(size + 1)), strict=False))
    starts: Counter[tuple[int, ...]] = Counter()
    for phrase, count in counts.items():
        starts[phrase[:-1]] += count
    usual = {
        phrase: count
        for phrase, count in counts.items()
        if count >= LEAST_COUNT and count >= LEAST_SHARE * starts[phrase[:-1]]
    }
    news = [
        phrase for phrase in usual if not any(phrase[i:] in usual for i in range(1, len(phrase) - SIZES[0]))
    ]
    return sorted(news, key=lambda phrase: (-usual[phrase], phrase))[:MOST_PHRASES]
