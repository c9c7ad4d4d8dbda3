"""How fast the bundled model is here: the figures that a seller feels, as medians of several runs.

Load time, time to the first token, tokens a second for one, three and twelve variants, and the whole way from
pressing Draft to three listings. Peers are compared by the engine's own issue, not here.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from desktop.desk import Desk, resources_dir
from desktop.drafting.listing import listing_prompt
from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.contract import Limits, Sampling
from desktop.engine.model import Engine
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

REPEATS = 5
NEW_TOKENS = 96
VARIANTS = (1, 3, 12)
PRODUCT = Product(
    "solar lantern",
    brand="Sunbell",
    category="Lighting",
    price=Money(245000, "KES"),
    facts=(
        Fact("run time", "12 hours"),
        Fact("charging", "USB"),
        Fact("colour", "red"),
        Fact("weight", "350 g"),
        Fact("warranty", "1 year"),
    ),
)
_MEMORY = """
import resource, sys
from pathlib import Path
from desktop.drafting.prompt import FORMAT_VERSION
from desktop.engine.model import Engine
Engine(Path(sys.argv[1]), format_version=FORMAT_VERSION).generate("<|listing|>", variants=12)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def measure(model_dir: Path, repeats: int = REPEATS) -> dict[str, float | str]:
    """Figures by name; times in ms, speeds in tokens a second, memory in MB. Raises EngineError."""
    prompt = listing_prompt(PRODUCT).then("title").text
    figures: dict[str, float | str] = {"machine": platform.processor() or platform.machine()}
    figures["load ms"] = _median(repeats, lambda _: _load(model_dir))
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    engine.load()
    figures["model"] = f"{engine.info.name} {engine.info.precision} {engine.info.sha256[:12]}"
    figures["model file MB"] = round((model_dir / "model.onnx").stat().st_size / 1e6, 1)
    for variants in VARIANTS:
        speeds, firsts = [], []
        for i in range(repeats):
            began = time.perf_counter()
            done = engine.generate(
                prompt, variants=variants, limits=Limits(NEW_TOKENS), sampling=Sampling(seed=i)
            )
            speeds.append(sum(c.tokens for c in done) / (time.perf_counter() - began))
            firsts.append(min(c.first_token_ms for c in done))
        figures[f"tokens/s, {variants} at once"] = round(median(speeds), 1)
        figures[f"first token ms, {variants} at once"] = round(median(firsts), 1)
    engine.close()
    with Desk.open_without_store() as desk:
        desk.model_status()
        desk.draft_listing(PRODUCT)
        figures["Draft to three listings ms"] = _median(repeats, lambda i: _draft(desk, i))
    memory = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(model_dir)], capture_output=True, text=True, check=True
    )
    figures["peak memory of the engine MB"] = float(memory.stdout)
    return figures


def main(out: Path | None, model_dir: Path | None = None) -> int:
    """Print the table and write it as JSON to `out`."""
    figures = measure(model_dir or resources_dir() / "model")
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value}")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 0


def _median(repeats: int, run: Callable[[int], object]) -> float:
    times = []
    for i in range(repeats):
        began = time.perf_counter()
        run(i)
        times.append((time.perf_counter() - began) * 1000)
    return round(median(times), 1)


def _load(model_dir: Path) -> None:
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    engine.load()
    engine.close()


def _draft(desk: Desk, seed: int) -> None:
    desk.draft_listing(PRODUCT, seed=seed)
