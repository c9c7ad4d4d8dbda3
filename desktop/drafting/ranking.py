"""Which of many candidate drafts are worth showing: pure functions on what was measured of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from .lexicon import folded_words
from .sections import split_sentences

T = TypeVar("T")

_LABEL = re.compile(r"[^.:!?]{2,40}: ")

#: Two drafts closer than this (share of word trigrams that they don't have in common) count as the same.
MIN_DISTANCE = 0.35


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a candidate. `coverage` is the share (0–1) of facts said, `described` of those that the
    description says (1 where there is none to say or no description asked for); `said_twice` counts facts said more
    than once in one section; `missing_sections` counts sections asked for and left empty; `logprob` is the mean
    natural log-probability of its tokens, 0 where there is none."""

    title: str
    bullets: tuple[str, ...]
    description: str
    coverage: float
    described: float = 1.0
    flags: int = 0
    said_twice: int = 0
    missing_sections: int = 0
    dropped: int = 0
    logprob: float = 0.0


def score(draft: Measured, *, title_limit: int | None = None) -> float:
    """Higher is better. Facts first, then honesty, then form; how likely the model found it breaks ties."""
    text = "\n".join((draft.title, *draft.bullets, draft.description))
    points = 4.0 * draft.coverage + 0.8 * draft.described
    points -= 0.8 * draft.flags
    points -= 0.3 * draft.said_twice
    points -= 1.5 * draft.missing_sections
    points -= 0.3 * draft.dropped
    points -= 2.0 * repetition(text)
    points -= 0.1 * max(len(draft.bullets) - 6, 0) + 0.4 * repeated_lines(draft.bullets)
    if draft.description:
        points -= _outside(len(draft.description), 80, 900, 400)
        points -= 0.12 * wooden_sentences(draft.description)
    if draft.title:
        points -= _outside(len(draft.title), 28, title_limit or 120, 40)
        if title_limit is not None and len(draft.title) > title_limit:
            points -= 1.0
    return points + 0.1 * max(draft.logprob, -10.0)


def _outside(value: int, low: int, high: int, scale: int) -> float:
    """0 inside the range, up to 1 with the distance from it in units of `scale`."""
    return min(max(low - value, value - high, 0) / scale, 1.0)


def _ngrams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def repetition(text: str, size: int = 4) -> float:
    """The share of word n-grams that were said before in the same text: 0 for none."""
    grams = _ngrams(folded_words(text), size)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def repeated_lines(lines: Sequence[str]) -> int:
    """How many lines say the same words as an earlier one."""
    return sum(count - 1 for count in Counter(tuple(folded_words(line)) for line in lines).values())


def wooden_sentences(description: str) -> int:
    """How many sentences are labels ("Pack: 3 pieces.") or begin with the same word as the one before."""
    sentences = split_sentences(description)
    first = [sentence.split()[0] for sentence in sentences]
    return sum(_LABEL.match(sentence) is not None for sentence in sentences) + sum(
        one == other for one, other in pairwise(first)
    )


def distance(a: str, b: str) -> float:
    """1 − Jaccard similarity of word trigrams (of words, for texts shorter than three)."""
    first, second = folded_words(a), folded_words(b)
    size = 3 if min(len(first), len(second)) >= 3 else 1
    x, y = set(_ngrams(first, size)), set(_ngrams(second, size))
    return 1 - len(x & y) / len(x | y) if x | y else 0.0


def pick_different(ranked: Sequence[T], text: Callable[[T], str], count: int) -> list[T]:
    """The first `count` of `ranked` that differ from each other; less different ones fill up, equal ones never."""
    picked: list[T] = []
    for threshold in (MIN_DISTANCE, MIN_DISTANCE / 3, 1e-9):
        for item in ranked:
            if len(picked) == count:
                return picked
            if all(item is not p and distance(text(item), text(p)) >= threshold for p in picked):
                picked.append(item)
    return picked
