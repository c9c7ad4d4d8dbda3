"""Figures of what was written, as JSON and as a Markdown table with examples, the worst among them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from desktop.desk import DEFAULT_MARKETPLACE, Desk, shop_text
from desktop.drafting.grounding import check
from desktop.drafting.listing_prompt import facts_text, listing_prompt, name_without_brand
from desktop.drafting.prompt import token
from desktop.drafting.ranking import distance
from desktop.drafting.sections import split_sentences
from desktop.drafting.slotting import to_slots
from desktop.shop.records import Fact, Product

from . import bias, subjects
from .figures import (
    facts_said,
    has_repeated_ngram,
    invented,
    mean,
    mean_distance,
    self_bleu,
    share,
    title_faults,
)
from .kinds import Clash, clashes
from .run import FULL, QUICK, Plan, Record, Written, write_all
from .subjects import Asked, Question

#: So many samples of a kind are shown, the first of the list.
SHOWN = 20
#: What issue-level targets say of a figure: the sign, and the number it is compared with.
TARGETS = {
    "invented numbers, share of drafts": ("=", 0.0),
    "invented attributes or claims, share of drafts": ("<=", 0.01),
    "of these not flagged": ("=", 0.0),
    "fact coverage": (">=", 0.95),
    "phrase–kind clashes, new names, share of sentences": ("<=", 0.02),
    "descriptions with a repeated 4-gram": ("<=", 0.02),
    "different trigrams among variants": (">=", 0.60),
    "replies right": (">=", 0.88),
    "replies harmful": ("=", 0.0),
    "intent accuracy, macro, HINT3, live messages": (">=", 0.85),
    "intent accuracy, macro, HINT3, never read": (">=", 0.85),
    "intent accuracy, macro, Bitext": (">=", 0.85),
}


@dataclass(frozen=True, slots=True)
class Measures:
    """What all systems are measured with."""

    desk: Desk
    asked: Mapping[str, Asked]
    questions: Mapping[str, Question]
    attributes: Collection[str]
    title_limit: int
    shop_facts: Sequence[str]


@dataclass(slots=True)
class Result:
    """A system's figures by name, and what to look at: (badness, what is wrong, text)."""

    figures: dict[str, float] = field(default_factory=dict)
    worst: list[tuple[float, str, str]] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)


def measures(resources: Path, data: Path | None, plan: Plan) -> Measures:
    desk = Desk.open_without_store(resources, use_model=False)
    shop, sold = subjects.shop()
    title = desk.marketplaces[DEFAULT_MARKETPLACE].limits["title"]
    facts = [*shop_text(shop), *(line for product in sold for line in facts_text(product))]
    facts += [f"{product.stock} in stock" for product in sold if product.stock is not None]
    return Measures(
        desk,
        {one.id: one for one in subjects.products(data, max(plan.products, plan.slow_products))},
        {
            one.id: one
            for one in [*subjects.questions(), *subjects.unknown(max(plan.unknown, plan.slow_questions))]
        },
        subjects.attribute_words(data, desk.lexicon) if data else frozenset(),
        title.max,
        facts,
    )


# -- listings ------------------------------------------------------------------------------------------------------


def listings(
    records: Sequence[Record], m: Measures, nll: Callable[[str], float] | None, fluency: int
) -> Result:
    """Figures of the shown variants; fluency and variety across products of the first of each."""
    result = Result()
    rows: dict[str, list[float]] = {}
    firsts: list[str] = []
    for record in records:
        asked = m.asked[record["id"]]
        texts = ["\n".join((v["title"], *v["bullets"], v["description"])) for v in record["variants"]]
        rows.setdefault("different trigrams among variants", []).extend(
            distance(a, b) for a, b in combinations(texts, 2)
        )
        firsts += [v["description"] for v in record["variants"][:1]]
        for variant, text in zip(record["variants"], texts, strict=True):
            found = _listing(variant, text, asked, m)
            for name, value in found.items():
                rows.setdefault(name, []).append(value)
            faults = [f"{name} {value:.2f}" for name, value in found.items() if name in _BAD and value]
            badness = sum(found[name] * weight for name, weight in _BAD.items() if name in found)
            if found["fact coverage"] < 1:
                faults.append(f"fact coverage {found['fact coverage']:.2f}")
            badness += 1 - found["fact coverage"]
            result.worst.append((badness, "; ".join(faults), f"{_given(asked.product)}\n\n{text}"))
        result.samples.append(f"{_given(asked.product)}\n\n{texts[0] if texts else '(nothing)'}")
    result.figures = {name: mean(values) for name, values in rows.items()}
    clashed = rows.get(_CLASHES, [])
    sentences = rows.get(_SENTENCES, [])
    result.figures[_CLASHES] = sum(clashed) / max(sum(sentences), 1)
    result.figures.pop(_SENTENCES, None)
    result.figures |= prose(firsts, nll, fluency)
    return result


_NLL = "NLL per word under SmolLM2"
_CLASHES = "phrase–kind clashes, new names, share of sentences"
_SENTENCES = "sentences of new names"
#: How bad a fault is, for the list of the worst.
_BAD = {
    "invented numbers, share of drafts": 5.0,
    "invented attributes or claims, share of drafts": 3.0,
    _CLASHES: 2.0,
    "descriptions with a repeated 4-gram": 1.0,
    "titles with a fault": 1.0,
}


def _listing(variant: Mapping[str, Any], text: str, asked: Asked, m: Measures) -> dict[str, float]:
    product = asked.product
    facts = facts_text(product)
    fields = {
        "title": variant["title"],
        "bullets": "\n".join(variant["bullets"]),
        "description": variant["description"],
    }
    flags = check(fields, facts, m.desk.lexicon)
    numbers = [flag for flag in flags if any(c.isnumeric() for c in flag.text)]
    flagged = " ".join(flag.text.casefold() for flag in flags)
    strange = invented(text, m.attributes, facts)
    claims = len(flags) > len(numbers) or bool(strange)
    used, missing = facts_said(text, product)
    found = {
        "invented numbers, share of drafts": float(bool(numbers)),
        "invented attributes or claims, share of drafts": float(claims),
        "of these not flagged": float(any(word not in flagged for word in strange)),
        "descriptions with a repeated 4-gram": float(
            has_repeated_ngram(_unnamed(variant["description"], product))
        ),
        "titles with a fault": float(bool(_title(variant["title"], product, m))),
        "words in a description": float(len(variant["description"].split())),
        "facts in a description": float(len(facts_said(variant["description"], product)[0])),
    }
    if used or missing:
        found["fact coverage"] = len(used) / len(used + missing)
    if asked.source == "names":
        said = sentences_of(variant)
        found[_CLASHES] = float(sum(bool(found_in(sentence, product)) for sentence in said))
        found[_SENTENCES] = float(len(said))
    return {"fact coverage": 1.0, **found} if not product.facts else found


def _unnamed(text: str, product: Product) -> str:
    """`text` with a long name as one word: a product that is named twice is no repetition."""
    return to_slots(text, {token("product"): name_without_brand(product.name, product.brand)}).text


def sentences_of(variant: Mapping[str, Any]) -> list[str]:
    return [*variant["bullets"], *split_sentences(variant["description"])]


def found_in(sentence: str, product: Product) -> list[Clash]:
    return clashes(sentence, listing_prompt(product).values, subjects.meant())


def checker_errors() -> dict[str, float]:
    """How the check of phrases and kinds does on read.toml: alarms at sound sentences, and clashes that it misses."""
    rows = tomllib.loads(Path(__file__).with_name("read.toml").read_text("utf-8"))["read"]
    alarms: list[bool] = []
    missed: list[bool] = []
    for row in rows:
        product = Product("thing", facts=tuple(Fact(*pair) for pair in row["facts"].items()))
        found = bool(found_in(row["sentence"], product))
        if row.get("clash"):
            missed.append(not found)
        else:
            alarms.append(found)
    return {
        "false alarms of the check on read sentences": share(alarms),
        "clashes in read sentences that it misses": share(missed),
    }


def _title(title: str, product: Product, m: Measures) -> list[str]:
    return title_faults(title, name_without_brand(product.name, product.brand), product.brand, m.title_limit)


def prose(texts: Sequence[str], nll: Callable[[str], float] | None, most: int) -> dict[str, float]:
    """What is measured of anybody's descriptions."""
    figures = {
        "different trigrams across products": mean_distance(texts),
        "self-BLEU across products": self_bleu(texts[:most]),
    }
    if nll is not None:
        # What is one word or none has no fluency to measure.
        figures[_NLL] = mean(nll(text) for text in texts[:most] if len(text.split()) > 1)
    return figures


def _given(product: Product) -> str:
    facts = "; ".join(f"{fact.name}: {fact.value}" for fact in product.facts)
    return f"{product.brand} {product.name} ({facts or 'no facts'})".strip()


# -- replies and pitches -------------------------------------------------------------------------------------------


def replies(records: Sequence[Record], m: Measures) -> Result:
    """The first of each reply, which is what a seller in a hurry sends."""
    result = Result()
    right: list[bool] = []
    harmful: list[bool] = []
    honest: list[bool] = []
    for record in records:
        question = m.questions[record["id"]]
        text = record["texts"][0] if record["texts"] else ""
        wrong, harm = faults_of(text, question, m)
        (honest if question.id.startswith("unknown/") else right).append(not wrong)
        harmful.append(bool(harm))
        shown = f"> {question.message}\n\n{text or '(nothing)'}"
        result.samples.append(shown)
        if wrong or harm:
            result.worst.append((len(wrong) + 3.0 * len(harm), "; ".join(wrong), shown))
    result.figures = {
        "replies right": share(right),
        "replies harmful": share(harmful),
        "unknown facts owned to": share(honest),
    }
    return result


def faults_of(text: str, question: Question, m: Measures) -> tuple[list[str], list[str]]:
    """(what makes a reply wrong, what makes it harmful): what it must not say, numbers and claims that nobody gave."""
    wrong = [f"lacks {p}" for p in question.says if not _has(p, text)]
    if question.one and not any(_has(pattern, text) for pattern in question.one):
        wrong.append("lacks " + " or ".join(question.one[:3]))
    harm = [f"says {p}" for p in question.never if _has(p, text)]
    flags = check({"text": text}, [*m.shop_facts, question.message], m.desk.lexicon)
    harm += [f"invents {flag.text}" for flag in flags]
    return (wrong + harm if text else ["says nothing"]), harm


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def pitches(records: Sequence[Record], m: Measures) -> Result:
    texts = [record["texts"] for record in records]
    return Result(
        {
            "pitches with something invented": share(
                bool(check({"text": text}, m.shop_facts, m.desk.lexicon)) for found in texts for text in found
            ),
            "different trigrams among pitches": mean_distance([found[0] for found in texts if found]),
        },
        samples=[found[0] for found in texts if found],
    )


# -- all together --------------------------------------------------------------------------------------------------


def evaluate(
    resources: Path, data: Path | None, out: Path, *, quick: bool, say: Callable[[str], None]
) -> None:
    """Write, measure, and leave evaluate.json and evaluate.md in `out`. A run that was stopped goes on."""
    plan = QUICK if quick else FULL
    written = write_all(resources, data, out, plan, say)
    found = results(written, data, resources, plan)
    found_bias = bias.found(resources, say)
    (out / "evaluate.json").write_text(as_json(found, written, found_bias), "utf-8")
    (out / "evaluate.md").write_text(as_markdown(found, written), "utf-8")


def results(written: Written, data: Path | None, resources: Path, plan: Plan) -> dict[str, Result]:
    m = measures(resources, data, plan)
    found = {}
    for system, records in written.records.items():
        of = {kind: [r for r in records if r["kind"] == kind] for kind in ("listing", "reply", "pitch")}
        parts = [listings(of["listing"], m, written.nll, plan.fluency), replies(of["reply"], m)]
        parts += [pitches(of["pitch"], m)] if of["pitch"] else []
        found[system] = Result(
            {name: value for part in parts for name, value in part.figures.items()},
            sorted((row for part in parts for row in part.worst), key=lambda row: -row[0]),
            [sample for part in parts for sample in part.samples[:SHOWN]],
        )
    next(iter(found.values())).figures |= checker_errors()
    if data is not None:
        texts = subjects.human_descriptions(data, plan.humans)
        repeated = {"descriptions with a repeated 4-gram": share(has_repeated_ngram(text) for text in texts)}
        found["people"] = Result({**repeated, **prose(texts, written.nll, plan.fluency)})
        for system in found.keys() & {"model", "phrases"}:  # one classifier for both
            found[system].figures |= intents(resources, data)
    return found


def intents(resources: Path, data: Path) -> dict[str, float]:
    """The classifier on messages of others; labels of HINT3 that overlap with ours are right either way."""
    from desktop.drafting.intent import IntentModel

    from ..intents import ALSO_RIGHT, bitext, hint3, measure

    model = IntentModel.load(resources / "model" / "intents.json")
    found = {
        "HINT3, live messages": measure(model, hint3(data, "test"), ALSO_RIGHT),
        "HINT3, never read": measure(model, hint3(data, "train"), ALSO_RIGHT),
        "Bitext": measure(model, bitext(data, test=True)),
    }
    return {f"intent accuracy, macro, {name}": float(str(row["macro"])) for name, row in found.items()}


def as_json(
    found: Mapping[str, Result], written: Written, found_bias: Mapping[str, Any] | None = None
) -> str:
    table = {
        "resources": written.stamp,
        "missing": dict(written.missing),
        "figures": {system: {k: round(v, 4) for k, v in r.figures.items()} for system, r in found.items()},
        "worst": {
            system: [{"why": why, "text": text} for _, why, text in result.worst[:10]]
            for system, result in found.items()
            if result.worst
        },
        # Listings come first.
        "samples": next(iter(found.values())).samples[:SHOWN],
        "targets": {name: _target(name, found) for name in [*TARGETS, _NLL]},
        "bias": found_bias or {},
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def as_markdown(found: Mapping[str, Result], written: Written) -> str:
    """The table, the reasons for what is missing, samples of each kind and the worst ten of the model."""
    systems = list(found)
    names = list(dict.fromkeys(name for result in found.values() for name in result.figures))
    lines = ["| figure | " + " | ".join(systems) + " | target |", "|---" * (len(systems) + 2) + "|"]
    for name in names:
        values = (found[system].figures.get(name) for system in systems)
        cells = ["–" if value is None else f"{value:.3g}" for value in values]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {_target(name, found)} |")
    lines += [f"\n{name} is missing: {why}" for name, why in written.missing.items()]
    shown = found[next(iter(found))]
    for title, texts in (
        (f"Samples of {systems[0]}, unpicked", shown.samples),
        ("The worst ten", [f"*{why}*\n\n{text}" for _, why, text in shown.worst[:10]]),
    ):
        lines += [f"\n## {title}\n", "\n\n---\n\n".join(texts)]
    return "\n".join(lines) + "\n"


def _target(name: str, found: Mapping[str, Result]) -> str:
    if name == _NLL and "people" in found:
        most = 1.1 * found["people"].figures.get(name, 0.0)
        return f"≤ {most:.3g} and below phrases"
    if name not in TARGETS:
        return ""
    sign, wanted = TARGETS[name]
    return f"{sign.replace('<=', '≤').replace('>=', '≥')} {wanted:g}"
