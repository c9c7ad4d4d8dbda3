"""The app itself, in a process of its own: `python -m model_export.bench.footprint WHAT ROUNDS`.

It prints one JSON object. Nothing is imported here but what the app imports, so that memory is the app's.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from desktop.desk import Desk, resources_dir
from desktop.drafting.listing_prompt import listing_prompt, listing_roles
from desktop.drafting.prompt import FORMAT_VERSION
from desktop.drafting.rewriting import rewrite_prompt
from desktop.drafting.slotting import to_slots
from desktop.engine.contract import Completion, Limits, Sampling
from desktop.engine.model import Engine
from desktop.shop.records import Product
from desktop.store.product_import import read_products

VARIANTS = (1, 3, 12)
NEW_TOKENS = 96
_DRAFTS = 3
_TEXTS = 12
_SECONDS = 600
_STATUS = Path("/proc/self/status")


def measure(what: str, rounds: int) -> dict[str, Any]:
    """Run this module in a fresh process; gives its figures, or {"missing": reason}."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, what, str(rounds)],
            capture_output=True, text=True, timeout=_SECONDS, cwd=Path(__file__).parents[2],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"missing": f"no answer within {_SECONDS} s"}
    if done.returncode:
        last_line = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"missing": last_line}
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def products() -> list[Product]:
    """The sample shop's."""
    return read_products(resources_dir() / "samples" / "shop.json", "KES").products


def times(rounds: int) -> dict[str, Any]:
    """Each a list of `rounds` values: loading, drafting, and tokens a second of 1, 3 and 12 variants.

    No product comes twice soon, for the engine doesn't read again what it has just read.
    """
    model_dir = resources_dir() / "model"
    first_load = _ms(lambda: _load(model_dir))
    shop = itertools.cycle(products())
    rates: dict[int, list[float]] = {variants: [] for variants in VARIANTS}
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    for seed in range(rounds):
        for variants in VARIANTS:
            prompt = listing_prompt(next(shop), "friendly").then("title").text
            began = time.perf_counter()
            made = engine.generate(
                prompt,
                variants=variants,
                limits=Limits(max_new_tokens=NEW_TOKENS),
                sampling=Sampling(seed=seed),
            )
            rates[variants].append(
                sum(completion.tokens for completion in made) / (time.perf_counter() - began)
            )
    engine.close()
    loads = [_ms(lambda: _load(model_dir)) for _ in range(rounds)]
    drafts, firsts = [], []
    with Desk.open_without_store() as desk:
        desk.draft_listing(next(shop))  # what is made once: masks, tries, the thread pool
        for seed, product in zip(range(rounds), shop, strict=False):
            began = time.perf_counter()
            result = desk.draft_listing(product, seed=seed)
            drafts.append((time.perf_counter() - began) * 1000)
            firsts.append(result.timing.first_token_ms)
    return {
        "first_load_ms": first_load,
        "load_ms": loads,
        "tokens_per_s": {str(variants): values for variants, values in rates.items()},
        "three_listings_ms": drafts,
        "first_token_ms": firsts,
        "file_bytes": (model_dir / "model.onnx").stat().st_size,
    }


def speculation(rounds: int) -> dict[str, Any]:
    """What guessing tokens gains (see engine/speculation.py) where a text repeats its input.

    For rewriting and for completion: tokens a second with and without, once the prompt is read (while a text is typed
    it is), over all of `_TEXTS` texts, a value for each of `rounds`; and how many of the texts were the same. Greedy.
    """
    engine = Engine(resources_dir() / "model", format_version=FORMAT_VERSION)
    made: dict[str, Any] = {}
    for task, prompts in _repeating_prompts(_TEXTS).items():
        rates: dict[str, list[float]] = {"without": [], "with": []}
        texts: dict[str, list[str]] = {}
        for _, name in itertools.product(range(rounds), rates):
            done = [_write(engine, prompt, speculate=name == "with") for prompt in prompts]
            seconds = sum(text.total_ms - text.first_token_ms for text in done) / 1000
            rates[name].append(sum(text.tokens - 1 for text in done) / seconds)
            texts[name] = [text.text for text in done]
        same = sum(one == other for one, other in zip(*texts.values(), strict=True))
        made[task] = {**rates, "same_texts": same, "texts": len(prompts)}
    return made


def _write(engine: Engine, prompt: str, *, speculate: bool) -> Completion:
    (completion,) = engine.generate(
        prompt,
        limits=Limits(max_new_tokens=NEW_TOKENS),
        sampling=Sampling(temperature=0, repetition_penalty=1, no_repeat_ngram=0),
        speculate=speculate,
    )
    return completion


def _repeating_prompts(count: int) -> dict[str, list[str]]:
    """Prompts of `count` products of the sample shop: their listing's description to be rewritten, or begun."""
    prompts: dict[str, list[str]] = {"rewriting": [], "completion": []}
    with Desk.open_without_store() as desk:
        for product in products()[:count]:
            variant = desk.draft_listing(product).variants[0]
            rewritten = rewrite_prompt(
                variant.description,
                "friendlier",
                desk.lexicon,
                section="description",
                roles=listing_roles(product),
                facts=[(fact.name, fact.value) for fact in product.facts],
            )
            prompts["rewriting"].append(rewritten.text)
            texts = {**variant.fields, "description": ""}
            asked = desk.listing_writing(product, texts, "description").prompt
            half, _, _ = variant.description[: len(variant.description) // 2].rpartition(" ")
            prompts["completion"].append(asked.text + to_slots(half, asked.values).text)
    return prompts


def drawing(rounds: int) -> dict[str, Any]:
    """See drawing.py."""
    from .drawing import shares

    return shares(rounds)


def memory() -> dict[str, float]:
    """Of a process without Qt that drafted `_DRAFTS` listings, each three best of twelve."""
    with Desk.open_without_store() as desk:
        for product in products()[:_DRAFTS]:
            desk.draft_listing(product)
        return _memory()


def window() -> dict[str, float]:
    """Of a process with the window that drafted a listing, a reply and a pitch in the sample shop.

    Raises RuntimeError if one of them could not be drafted.
    """
    from desktop.app import demo

    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(sys.stderr):
        folder = Path(scratch)
        if demo(folder / "window.png", folder / "data"):
            raise RuntimeError("the window could not draft")
        return _memory()


def _memory() -> dict[str, float]:
    """This process's resident memory, at its peak and now, in MB (10^6 bytes)."""
    if not _STATUS.exists():
        raise RuntimeError(f"memory is read from {_STATUS}, which this system has not")
    fields = dict(line.split(":", 1) for line in _STATUS.read_text("ascii").splitlines())
    kib = {"peak": "VmHWM", "resident": "VmRSS"}
    return {name: round(int(fields[field].split()[0]) * 1024 / 1e6, 1) for name, field in kib.items()}


def _load(model_dir: Path) -> None:
    engine = Engine(model_dir, format_version=FORMAT_VERSION)
    engine.load()
    engine.close()


def _ms(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    asked, wanted_rounds = sys.argv[1], int(sys.argv[2])
    jobs: dict[str, Callable[[], dict[str, Any]]] = {
        "times": lambda: times(wanted_rounds),
        "speculation": lambda: speculation(wanted_rounds),
        "drawing": lambda: drawing(wanted_rounds),
        "memory": memory,
        "window": window,
    }
    print(json.dumps(jobs[asked]()))
