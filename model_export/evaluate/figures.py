"""What is measured of finished texts: pure functions."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from desktop.drafting.lexicon import folded_words
from desktop.drafting.prompt import token
from desktop.drafting.ranking import distance
from desktop.drafting.render import FALSE_VALUES, TRUE_VALUES
from desktop.drafting.slotting import to_slots
from desktop.shop.records import Product

#: Pairs of products that variety is measured on, drawn by lot where there are more.
PAIRS = 400


def has_repeated_ngram(text: str, size: int = 4) -> bool:
    """True if a run of `size` words comes twice."""
    said = folded_words(text)
    grams = [tuple(said[i : i + size]) for i in range(len(said) - size + 1)]
    return len(set(grams)) < len(grams)


def mean_distance(texts: Sequence[str], *, seed: int = 0) -> float:
    """The mean share of word trigrams that two of `texts` don't have in common (1: none shared)."""
    pairs = list(combinations(texts, 2))
    if len(pairs) > PAIRS:
        pairs = random.Random(seed).sample(pairs, PAIRS)
    return mean(distance(a, b) for a, b in pairs)


def self_bleu(texts: Sequence[str], *, order: int = 4) -> float:
    """The mean BLEU of each text with the others as references (Zhu et al., Texygen, 2018): 1 if all are alike.

    Counts of n-grams not found are smoothed by 0.1 (Chen & Cherry, 2014, method 1).
    """
    said = [folded_words(text) for text in texts]
    said = [text for text in said if len(text) >= order]
    if len(said) < 2:
        return 0.0
    grams = [[Counter(_ngrams(text, n)) for n in range(1, order + 1)] for text in said]
    return mean(
        _bleu(said[i], grams[i], said[:i] + said[i + 1 :], grams[:i] + grams[i + 1 :])
        for i in range(len(said))
    )


def _bleu(
    text: Sequence[str],
    own: Sequence[Counter[tuple[str, ...]]],
    others: Sequence[Sequence[str]],
    grams: Sequence[Sequence[Counter[tuple[str, ...]]]],
) -> float:
    total = 0.0
    for n, counts in enumerate(own):
        most: Counter[tuple[str, ...]] = Counter()
        for other in grams:
            most |= other[n] & counts
        total += math.log(max((most & counts).total(), 0.1) / counts.total()) / len(own)
    nearest = min((len(other) for other in others), key=lambda length: (abs(length - len(text)), length))
    return math.exp(total + min(0.0, 1 - nearest / len(text)))


def _ngrams(said: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(said[i : i + size]) for i in range(len(said) - size + 1))


def title_faults(title: str, name: str, brand: str, limit: int) -> list[str]:
    """What is wrong with a title: "length", "name" or "brand" (a word of it is missing), "twice" (a word of four
    letters or more), "capitals", "mark" (ends in one)."""
    said = folded_words(title)
    found = []
    if not 0 < len(title) <= limit:
        found.append("length")
    found += [
        what for what, text in (("name", name), ("brand", brand)) if set(folded_words(text)) - set(said)
    ]
    given = Counter(folded_words(f"{brand} {name}"))
    if any(count > max(given[word], 1) for word, count in Counter(said).items() if len(word) > 3):
        found.append("twice")
    if sum(c.isupper() for c in title) > 0.6 * max(sum(c.isalpha() for c in title), 1) and not name.isupper():
        found.append("capitals")
    if re.search(r"[.,;:!–-]$", title):
        found.append("mark")
    return found


def invented(text: str, attributes: Collection[str], facts: Iterable[str]) -> list[str]:
    """Words of `text` that are `attributes` (values of colour, material … of a taxonomy) and stand in no fact."""
    known = {form for fact in facts for word in folded_words(fact) for form in (word, word.removesuffix("s"))}
    return [
        w
        for w in folded_words(text)
        if w in attributes and w not in known and w.removesuffix("s") not in known
    ]


def facts_said(text: str, product: Product) -> tuple[list[str], list[str]]:
    """Names of the facts whose value stands in `text` (of a bare yes: its name), and of the others.

    A bare no counts as said where the fact is named.
    """
    used: list[str] = []
    missing: list[str] = []
    for fact in product.facts:
        by_name = fact.value.strip().casefold() in TRUE_VALUES | FALSE_VALUES
        slot = token("f1")
        (used if to_slots(text, {slot: fact.name if by_name else fact.value}).places else missing).append(
            fact.name
        )
    return used, missing


def mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def share(values: Iterable[bool]) -> float:
    return mean(float(value) for value in values)
