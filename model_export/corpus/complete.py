"""Training text for completion while typing: listings and replies that someone else has begun.

The prompt is that of the listing or reply with its first words. Going on from a text of its own is what the model
learns from every listing, so only one thing is new here: the first words are a seller's, in other words than the
written phrases or with slips, and what follows is sound all the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from desktop.drafting.prompt import SECTIONS, token

from . import listing, reply, rewrite
from .example import Example

_GAP = re.compile(r"(?<=\S) (?=\S)")
_SECTION = re.compile("|".join(re.escape(token(name)) for name in SECTIONS))


def examples(rng: random.Random, count: int, split: str, data_dir: Path | None) -> Iterator[Example]:
    """`count` texts cut between two words."""
    whole = {
        part: part.examples(random.Random(rng.random()), 4 * count, split, data_dir or Path())
        for part in (listing, reply)
    }
    made = 0
    while made < count:
        part = rng.choices(tuple(whole), (65, 35))[0]
        example = next(whole[part])
        gaps = [match.start() for match in _GAP.finditer(example.target)]
        if not gaps:
            continue
        cut = rng.choice(gaps)
        made += 1
        yield Example("complete", example.prompt + _typed(rng, example.target[:cut]), example.target[cut:])


def _typed(rng: random.Random, begun: str) -> str:
    """`begun` with what its last section says so far as a seller might have typed it."""
    sections = list(_SECTION.finditer(begun))
    start = sections[-1].end() if sections else 0
    text = begun[start:]
    if rng.random() < 0.5:
        text = rewrite.in_tone(rng, text, rng.choice(("friendly", "premium")), ending=False)
    if rng.random() < 0.4:
        text = rewrite.slipped(rng, text)
    return begun[:start] + (text.strip() or begun[start:])
