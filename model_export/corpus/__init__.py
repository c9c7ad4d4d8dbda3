"""What the model is trained on: pairs of prompt and target for every task, and some real text."""

from __future__ import annotations

import importlib
import random
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from .example import Example

__all__ = ["WEIGHTS", "Example", "Split", "build"]

Split = Literal["train", "valid"]

#: Each part of the corpus (a module of this package) and its share of the examples. Listings are the longest and
#: the most varied, so they get the most; real text keeps the English from sounding like our own patterns. Completion
#: gets little, for every listing and reply teaches to go on from its own beginning.
WEIGHTS = {
    "listing": 0.39, "reply": 0.26, "rewrite": 0.12, "promotion": 0.08, "pitch": 0.07, "real": 0.05, "complete": 0.03,
}  # fmt: skip


def build(
    data_dir: Path | None,
    *,
    seed: int,
    count: int,
    split: Split,
    parts: Collection[str] | None = None,
) -> Iterator[Example]:
    """About `count` examples, the parts mixed by WEIGHTS; the same arguments give the same examples.

    `data_dir` is the folder of the public data sets (see sources.toml); without it there is no real text and the
    synthesised parts use only their own words. `parts` limits what is built. Raises ValueError for an unknown part.
    """
    chosen = _chosen(parts, data_dir)
    total = sum(chosen.values())
    streams = {
        name: importlib.import_module(f"{__name__}.{name}").examples(
            random.Random(f"{seed}/{split}/{name}"), round(count * weight / total), split, data_dir
        )
        for name, weight in chosen.items()
    }
    rng = random.Random(f"{seed}/{split}")
    while streams:
        name = rng.choices(list(streams), [chosen[name] for name in streams])[0]
        example = next(streams[name], None)
        if example is None:
            del streams[name]
        else:
            yield example


def _chosen(parts: Collection[str] | None, data_dir: Path | None) -> dict[str, float]:
    unknown = sorted(set(parts or ()) - set(WEIGHTS))
    if unknown:
        raise ValueError(f"the corpus has no part {', '.join(unknown)}; there are {', '.join(WEIGHTS)}")
    return {
        name: weight
        for name, weight in WEIGHTS.items()
        if (parts is None or name in parts) and (name != "real" or data_dir is not None)
    }
