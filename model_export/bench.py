"""How fast the exported model drafts on this machine, in the app's own engine."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.desk import Desk
from desktop.drafting.listing_prompt import listing_prompt
from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.contract import Limits, Sampling
from desktop.engine.model import Engine
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

PRODUCT = Product(
    "solar lantern",
    brand="Sunbell",
    price=Money(245000, "KES"),
    facts=tuple(
        Fact(name, value)
        for name, value in (
            ("run time", "12 hours"),
            ("charging", "USB"),
            ("warranty", "1 year"),
            ("weight", "450 g"),
        )
    ),
)
PROMPT = listing_prompt(PRODUCT, "friendly").then("title")


def bench(model_dir: Path, *, runs: int = 5, tokens: int = 100) -> dict[str, Any]:
    """Medians over `runs`: tokens a second and time to the first token, for 1, 3 and 12 variants at once; loading;
    from a product to its three listings (the bundled model); and this process's peak memory.

    Raises EngineError if the model can't be loaded.
    """
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    engine.load()
    figures: dict[str, Any] = {"model": engine.info.name, "sha256": engine.info.sha256}
    for variants in (1, 3, 12):
        rates, firsts = [], []
        for seed in range(runs):
            made = engine.generate(
                PROMPT.text,
                variants=variants,
                limits=Limits(max_new_tokens=tokens),
                sampling=Sampling(seed=seed),
            )
            slowest = max(completion.total_ms for completion in made)
            rates.append(1000 * sum(completion.tokens for completion in made) / slowest)
            firsts.append(min(completion.first_token_ms for completion in made))
        figures[f"{variants} variants"] = {
            "tokens_per_s": round(statistics.median(rates), 1),
            "first_token_ms": round(statistics.median(firsts), 1),
        }
    engine.close()
    figures["load_ms"] = _median(runs, lambda _: _load(model_dir))
    with Desk.open_without_store() as desk:
        desk.draft_listing(PRODUCT)
        figures["three_listings_ms"] = _median(runs, lambda seed: desk.draft_listing(PRODUCT, seed=seed))
    figures["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures["model_bytes"] = (model_dir / "model.onnx").stat().st_size
    return figures


def _median(runs: int, job: Callable[[int], object]) -> float:
    times = []
    for seed in range(runs):
        began = time.perf_counter()
        job(seed)
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1)


def _load(model_dir: Path) -> None:
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    engine.load()
    engine.close()
