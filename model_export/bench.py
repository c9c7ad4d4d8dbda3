"""How fast the exported model drafts on this machine, in the app's own engine."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from desktop.drafting.prompt import FORMAT_VERSION, build
from desktop.engine.contract import Limits, Sampling
from desktop.engine.model import Engine

PROMPT = build(
    "listing",
    styles=("friendly",),
    roles=(("product", "solar lantern"), ("brand", "Sunbell"), ("price", "KSh 2,450")),
    facts=(("run time", "12 hours"), ("charging", "USB"), ("warranty", "1 year"), ("weight", "450 g")),
).then("title")


def bench(model_dir: Path, *, runs: int = 5, tokens: int = 100) -> dict[str, Any]:
    """Medians over `runs`: tokens a second and time to the first token, for 1, 3 and 12 variants at once.

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
    return figures
