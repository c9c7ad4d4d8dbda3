"""Writes all drafts, each kept in a file as soon as it is there, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from desktop.desk import DEFAULT_MARKETPLACE, Desk
from desktop.drafting.matching import find_product
from desktop.drafting.ranking import Measured, pick_different, score
from desktop.drafting.sections import Sections
from desktop.shop.records import Product

from . import subjects
from .figures import facts_said
from .general import General, Missing, listing_request, read_listing, reply_request
from .subjects import Asked, Question

VARIANTS = 3
CANDIDATES = 12

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is written. `slow` is what a general model gets, which takes a minute for each product here."""

    products: int
    slow_products: int
    questions: int | None
    slow_questions: int
    unknown: int
    baskets: int
    humans: int
    fluency: int


FULL = Plan(
    products=20,
    slow_products=4,
    questions=None,
    slow_questions=30,
    unknown=40,
    baskets=30,
    humans=60,
    fluency=60,
)
QUICK = Plan(
    products=4, slow_products=1, questions=30, slow_questions=5, unknown=10, baskets=8, humans=15, fluency=12
)


class Kept:
    """Records by key in a file of JSON lines. What was written with another model or plan has another key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._rows: dict[str, Record] = {row["key"]: row for row in map(json.loads, lines)}

    def get(self, key: str, make: Callable[[], Record]) -> Record:
        if key not in self._rows:
            self._rows[key] = {"key": key, **make()}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._rows[key], ensure_ascii=False) + "\n")
        return self._rows[key]


def digest(resources: Path) -> str:
    """Of the model and the phrases, which decide what is written."""
    paths = sorted(p for name in ("model", "phrases", "lexicon") for p in (resources / name).rglob("*.*"))
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


class Writer:
    """A system that drafts through the app's own code: with the model, or (`use_model` False) from phrases."""

    def __init__(self, resources: Path, *, use_model: bool) -> None:
        self.desk = Desk.open_without_store(resources, use_model=use_model)
        self.shop, self.sold = subjects.shop()

    def close(self) -> None:
        self.desk.close()

    def listing(self, asked: Asked) -> Record:
        result = self.desk.draft_listing(asked.product, tone=asked.tone, seed=asked.seed, variants=VARIANTS)
        return {
            "source": result.source,
            "variants": [
                {"title": v.title, "bullets": list(v.bullets), "description": v.description}
                for v in result.variants
            ],
        }

    def reply(self, question: Question) -> Record:
        result = self.desk.replies.draft(question.message, self.shop, self.sold, variants=VARIANTS)
        return {
            "source": result.source,
            "texts": [variant.text for variant in result.variants if not variant.open_slots],
        }

    def pitch(self, first: Product, second: Product, seed: int) -> Record:
        result = self.desk.pitches.draft([first], second, shop=self.shop, seed=seed, variants=VARIANTS)
        return {"source": result.source, "texts": [variant.text for variant in result.variants]}


class Unaided:
    """The general model with a fair prompt; the best of twelve by the app's own ranking."""

    def __init__(self, model: General, desk: Desk) -> None:
        self._model = model
        self._desk = desk
        self.shop, self.sold = subjects.shop()

    def listing(self, asked: Asked) -> Record:
        request = listing_request(asked.product, asked.tone)
        drafts = [
            read_listing(self._model.write(request, seed=asked.seed * CANDIDATES + i, tokens=220))
            for i in range(CANDIDATES)
        ]
        ranked = sorted(drafts, key=lambda draft: -self._score(asked.product, draft))
        picked = pick_different(ranked, lambda d: "\n".join((d.title, *d.bullets, d.description)), VARIANTS)
        return {
            "source": "model",
            "variants": [
                {"title": d.title, "bullets": list(d.bullets), "description": d.description} for d in picked
            ],
        }

    def _score(self, product: Product, draft: Sections) -> float:
        fields = {"title": draft.title, "bullets": "\n".join(draft.bullets), "description": draft.description}
        flags, _ = self._desk.check_listing(product, fields)
        used, missing = facts_said("\n".join(fields.values()), product)
        total = len(used) + len(missing)
        return score(
            Measured(
                draft.title,
                draft.bullets,
                draft.description,
                coverage=len(used) / total if total else 1.0,
                flags=len(flags),
                missing_sections=sum(not text for text in fields.values()),
            ),
            title_limit=self._desk.marketplaces[DEFAULT_MARKETPLACE].limits["title"].max,
        )

    def reply(self, question: Question) -> Record:
        match = find_product(question.message, self.sold)
        request = reply_request(question.message, self.shop, match.product if match else None)
        return {"source": "model", "texts": [self._model.write(request, seed=1, tokens=80)]}


@dataclass(frozen=True, slots=True)
class Written:
    """Everything that was written, by system, in the order of `subjects`; `missing` are systems that can't run here
    and why. `nll` gives a text's fluency (None: no general model here)."""

    records: Mapping[str, list[Record]]
    missing: Mapping[str, str]
    nll: Callable[[str], float] | None
    stamp: str


def write_all(
    resources: Path, data: Path | None, out: Path, plan: Plan, say: Callable[[str], None]
) -> Written:
    """Let every system write; `out`/records.jsonl keeps what is there."""
    kept = Kept(out / "records.jsonl")
    stamp = digest(resources)
    found: dict[str, list[Record]] = {}
    products = subjects.products(data, plan.products)
    asked = [*subjects.questions(plan.questions), *subjects.unknown(plan.unknown)]
    missing: dict[str, str] = {}
    for system, use_model in (("model", True), ("phrases", False)):
        writer = Writer(resources, use_model=use_model)
        status = writer.desk.model_status()
        if use_model and not status.ready:
            missing[system] = status.reason
            continue
        record = partial(_record, kept, f"{system}/{stamp}")
        try:
            found[system] = [
                *(record("listing", one.id, partial(writer.listing, one)) for one in products),
                *(record("reply", one.id, partial(writer.reply, one)) for one in asked),
                *(
                    record("pitch", name, partial(writer.pitch, first, second, seed))
                    for seed, (name, first, second) in enumerate(subjects.baskets(plan.baskets))
                ),
            ]
        finally:
            writer.close()
        say(f"{system}: {len(found[system])} records")
    try:
        general = General()
    except Missing as error:
        return Written(found, {**missing, "smollm2": str(error)}, None, stamp)
    with Desk.open_without_store(resources, use_model=False) as desk:
        unaided = Unaided(general, desk)
        asked_so = hashlib.sha256(Path(__file__).with_name("general.py").read_bytes()).hexdigest()[:12]
        record = partial(_record, kept, f"smollm2/{asked_so}")
        few = [*subjects.questions(plan.slow_questions), *subjects.unknown(plan.slow_questions // 2)]
        found["smollm2"] = [
            *(
                record("listing", one.id, partial(unaided.listing, one))
                for one in subjects.products(data, plan.slow_products)
            ),
            *(record("reply", one.id, partial(unaided.reply, one)) for one in few),
        ]
    say(f"smollm2: {len(found['smollm2'])} records")

    def nll(text: str) -> float:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        return float(kept.get(f"nll/{name}", lambda: {"nll": general.nll(text)})["nll"])

    return Written(found, missing, nll, stamp)


def _record(kept: Kept, prefix: str, kind: str, name: str, write: Callable[[], Record]) -> Record:
    return kept.get(f"{prefix}/{kind}/{name}", lambda: {"kind": kind, "id": name, **write()})
