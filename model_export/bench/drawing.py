"""What the constraint and the drawing of tokens take of the time of decoding.

The bundled model drafts listings of the sample shop for a marketplace that has all kinds of
rules; the parts that are measured are wrapped, which adds less than a microsecond to each.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from desktop.desk import Desk, form_of
from desktop.engine import decoder
from desktop.engine.sampling import Sampler

from .footprint import products

VARIANTS = (1, 12)
MARKETPLACE = "amazon"


class Clock:
    """The seconds that some functions took together."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


@contextmanager
def clocks() -> Iterator[tuple[Clock, Clock]]:
    """Of all decoding, and of what of it goes to drawing, to remembering what was drawn, and to the constraint."""
    whole, drawing = Clock(), Clock()
    with ExitStack() as stack:
        for clock, owner, name in (
            (whole, decoder.Decoder, "generate"),
            (drawing, decoder, "choose_all"),
            (drawing, Sampler, "accept"),
            (drawing, Sampler, "finish"),
        ):
            stack.enter_context(patch.object(owner, name, clock.wrap(getattr(owner, name))))
        yield whole, drawing


def shares(rounds: int) -> dict[str, Any]:
    """For 1 and 12 variants, in each a list of `rounds` values: what constraint and drawing take of decoding in
    percent, and their microseconds for each token."""
    made: dict[str, Any] = {}
    shop = itertools.cycle(products())
    with Desk.open_without_store() as desk:
        form = form_of(desk.marketplaces[MARKETPLACE])
        desk.draft_listing(next(shop))  # what is made once
        for variants in VARIANTS:
            share, each = [], []
            for seed in range(rounds):
                with clocks() as (whole, drawing):
                    result = desk.listings.draft(
                        next(shop), variants=1, candidates=variants, seed=seed, form=form
                    )
                share.append(100 * drawing.seconds / whole.seconds)
                each.append(drawing.seconds / result.timing.tokens * 1e6)
            made[str(variants)] = {"percent": share, "us_per_token": each}
    return made
