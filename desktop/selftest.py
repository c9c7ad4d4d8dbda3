"""`--selftest FILE`: does the whole program work on this machine? The answer is one JSON document.

For the installer's tests, and for whoever helps a seller: a program without a console can't print what is wrong.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import __version__
from .desk import Desk
from .drafting.promotion import Brief
from .samples import load_samples
from .shop.records import Draft, Task

Step = Callable[[], Mapping[str, Any]]

#: Given the open desk, shows the window for a moment and gives the versions of what drew it.
Show = Callable[[Desk], Mapping[str, Any]]


def selftest(report: Path, data_dir: Path, *, use_model: bool = True, show: Show) -> int:
    """Try everything in a new folder inside `data_dir`, deleted afterwards, and write what was found to `report`.

    Returns 0, or 1 if a step failed: "ok" is then false, and the step holds "error" instead of what it found. Each
    step took "ms" milliseconds. Raises OSError if one of the two can't be written.
    """
    steps: dict[str, dict[str, Any]] = {"versions": dict(_versions())}
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="selftest-", dir=data_dir, ignore_cleanup_errors=True) as folder:
        _take_all(steps, Path(folder), use_model, show)
    ok = not any("error" in step for step in steps.values())
    document = {"ok": ok, "stallhand": __version__, "steps": steps}
    report.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if ok else 1


def _take_all(steps: dict[str, dict[str, Any]], folder: Path, use_model: bool, show: Show) -> None:
    opened: list[Desk] = []

    def open_desk() -> Mapping[str, Any]:
        desk = Desk.open(folder, use_model=use_model)
        opened.append(desk)
        loaded = load_samples(desk.store, desk.resources / "samples")
        return {"folder": str(folder), "products": loaded.products, "orders": loaded.orders}

    _take(steps, "open", open_desk)
    for desk in opened:
        with desk:
            for name, step in _jobs(desk, show).items():
                _take(steps, name, step)


def _jobs(desk: Desk, show: Show) -> dict[str, Step]:
    """What is tried at the open desk, in order. Each raises if it fails."""
    return {
        "model": lambda: _model(desk),
        "listing": lambda: _listing(desk),
        "reply": lambda: _reply(desk),
        "promotion": lambda: _promotion(desk),
        "pitch": lambda: _pitch(desk),
        "history": lambda: _history(desk),
        "window": lambda: show(desk),
    }


def _take(steps: dict[str, dict[str, Any]], name: str, step: Step) -> None:
    began = time.perf_counter()
    try:
        found = dict(step())
    except Exception as error:  # whatever it is, it belongs into the report
        found = {"error": f"{type(error).__name__}: {error}"}
    steps[name] = {"ms": round((time.perf_counter() - began) * 1000, 1), **found}


def _versions() -> Mapping[str, Any]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "frozen": bool(getattr(sys, "frozen", False)),
    }


def _model(desk: Desk) -> Mapping[str, Any]:
    status = desk.model_status()
    if status.info is None:
        raise RuntimeError(status.reason)
    import numpy
    import onnxruntime
    import tokenizers

    return {
        "name": status.info.name,
        "sha256": status.info.sha256,
        "precision": status.info.precision,
        "onnxruntime": onnxruntime.__version__,
        "numpy": numpy.__version__,
        "tokenizers": tokenizers.__version__,
    }


def _listing(desk: Desk) -> Mapping[str, Any]:
    result = desk.draft_listing(desk.store.products.all(limit=1)[0])
    return {"source": result.source, "text": result.variants[0].title, "variants": len(result.variants)}


def _reply(desk: Desk) -> Mapping[str, Any]:
    products = desk.store.products.all()
    message = f"Hi, how much is the {products[0].name}?"
    result = desk.replies.draft(message, desk.profile(), products)
    return {"source": result.source, "text": result.variants[0].text, "intent": result.intent}


def _promotion(desk: Desk) -> Mapping[str, Any]:
    brief = Brief(occasion="Christmas", products=tuple(desk.store.products.all(limit=2)))
    result = desk.promotions.draft(brief, desk.profile())
    return {"source": result.source, "text": result.variants[0].text}


def _pitch(desk: Desk) -> Mapping[str, Any]:
    bought, suggested = desk.store.products.all(limit=2)
    result = desk.pitches.draft([bought], suggested, shop=desk.profile())
    return {"source": result.source, "text": result.variants[0].text}


def _history(desk: Desk) -> Mapping[str, Any]:
    """A draft is written to the database, found by its text, and there again in what is read back."""
    text = "self-test ✓ José Ольга 田中 محمد"
    kept = desk.store.drafts.add(Draft(Task.REPLY, "self-test", {}, (), {"text": text}))
    found = [draft for draft in desk.store.drafts.search("Ольга") if draft.id == kept.id]
    if [draft.text["text"] for draft in found] != [text]:
        raise RuntimeError("what was written to the database was not read back")
    return {"database": str(desk.store.path)}
