"""What the model often says: for two tokens the one that nearly always follows, as guesses for speculation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .rows import Document

#: A guess that is wrong more often than not costs more than it saves.
LEAST_SHARE = 0.6
LEAST_COUNT = 12
#: The most frequent pairs: they are nearly all of what is said, and the file stays small.
MOST_PAIRS = 8_000


def usual_followers(documents: Iterable[Document]) -> list[tuple[int, int, int]]:
    """(token, token, the one that follows), counted in the documents' targets, the most frequent pairs first."""
    triples: Counter[tuple[int, int, int]] = Counter()
    for document in documents:
        start = max(document.prompt_length - 2, 0)
        ids = document.ids[start:]
        triples.update(zip(ids, ids[1:], ids[2:], strict=False))
    pairs: Counter[tuple[int, int]] = Counter()
    for (first, second, _), count in triples.items():
        pairs[first, second] += count
    usual = [
        (pairs[triple[:2]], triple)
        for triple, count in triples.items()
        if count >= LEAST_COUNT and count >= LEAST_SHARE * pairs[triple[:2]]
    ]
    return [triple for _, triple in sorted(usual, key=lambda pair: (-pair[0], pair[1]))[:MOST_PAIRS]]
