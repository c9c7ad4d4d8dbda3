"""What was measured as JSON, as a table for people, against the targets, and as a chart. Pure but for the files."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MB = 1_000_000

Figures = Mapping[str, Any]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most. Raises ValueError if there are none."""
    if not values:
        raise ValueError("nothing was measured")
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


@dataclass(frozen=True, slots=True)
class Target:
    """`value` must be `least` or more, or `most` or less; a `value` of None was not measured, and `why` says it."""

    what: str
    value: float | None
    least: float | None = None
    most: float | None = None
    unit: str = ""
    why: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured" + (f": {self.why}" if self.why else "")
        if self.least is not None:
            return "PASS" if self.value >= self.least else "short of it"
        return "PASS" if self.most is not None and self.value <= self.most else "short of it"

    @property
    def wanted(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "value": self.value,
            "wanted": self.wanted,
            "unit": self.unit,
            "verdict": self.verdict,
        }


#: What, whose figure, over whose, of how many texts at once, at least: ratios of medians of one run.
_RATIOS = (
    ("one text, 4-bit over llama.cpp Q4_0", ("Stallhand, 4-bit", 1), ("llama.cpp, Q4_0", 1), 1.25),
    ("one text, int8 over llama.cpp Q8_0", ("Stallhand, int8", 1), ("llama.cpp, Q8_0", 1), 1.4),
    ("one text, 4-bit over transformers", ("Stallhand, 4-bit", 1), ("transformers generate, fp32", 1), 10.0),
    (
        "one text, 4-bit over optimum's int8 graph",
        ("Stallhand, 4-bit", 1),
        ("optimum's graph, int8, numpy loop", 1),
        1.8,
    ),
    ("one text, 4-bit over CTranslate2 int8", ("Stallhand, 4-bit", 1), ("CTranslate2, int8", 1), 3.5),
    ("five texts, 4-bit over llama.cpp's one (Q4_0)", ("Stallhand, 4-bit", 5), ("llama.cpp, Q4_0", 1), 2.0),
)


#: The model that the ratios are for: the size that everyone knows.
_JUDGED = "GPT-2 124M"


def targets(run: Figures) -> list[Target]:
    """All that the run is judged by; what a quick run leaves out is not there."""
    judged = [model for model in run["models"] if model["name"] == _JUDGED]
    found = [target for model in judged for target in (*ratios(model), file_size(model))]
    return [*found, *limits(run["app"])]


def ratios(model: Figures) -> Iterator[Target]:
    """The speeds of `model` (one of the run's models) against each other."""
    by_name = {entry["name"]: entry for entry in model["contenders"]}

    def rate(key: tuple[str, int]) -> tuple[float | None, str]:
        name, rows = key
        entry = by_name.get(name)
        if entry is None:
            return None, f"{name} was left out"
        if entry["missing"]:
            return None, f"{name} is missing"
        return entry["tokens_per_s"][str(rows)]["median"], ""

    for what, ours, theirs, least in _RATIOS:
        (upper, why_upper), (lower, why_lower) = rate(ours), rate(theirs)
        value = round(upper / lower, 2) if upper and lower else None
        yield Target(f"{model['name']}: {what}", value, least=least, unit="×", why=why_upper or why_lower)


#: A load average above which figures are not worth much.
_BUSY = 0.5

#: What, its figure's place in the run's "app", at most, unit.
_LIMITS = (
    ("model load", ("load_ms", "median"), 250.0, "ms"),
    ("Draft to the first token", ("first_token_ms", "median"), 60.0, "ms"),
    ("Draft to three best of twelve", ("three_listings_ms", "median"), 1500.0, "ms"),
    ("memory while drafting, without Qt", ("memory_mb", "peak"), 250.0, "MB"),
    ("memory while drafting, with the window", ("window_memory_mb", "peak"), 400.0, "MB"),
)


def limits(app: Figures) -> Iterator[Target]:
    """The app's own figures with the bundled model against what they may be."""
    for what, (group, name), most, unit in _LIMITS:
        figures = app if "missing" in app else app[group]
        yield Target(what, figures.get(name), most=most, unit=unit, why=figures.get("missing", ""))
    made = app if "missing" in app else app["drawing"]
    for count in ("1", "12"):
        percent = round(made[count]["percent"]["median"], 1) if count in made else None
        what = f"constraint and drawing, share of decoding {count} at once"
        yield Target(what, percent, most=10.0, unit="%", why=made.get("missing", ""))
    made = app if "missing" in app else app["speculation"]
    for task in ("rewriting", "completion"):
        gain = (
            round(made[task]["with"]["median"] / made[task]["without"]["median"], 2) if task in made else None
        )
        yield Target(
            f"{task} with guessed tokens over without", gain, least=1.3, unit="×", why=made.get("missing", "")
        )


def file_size(model: Figures) -> Target:
    """The 4-bit file of the random 124M."""
    entry = next(entry for entry in model["contenders"] if entry["name"] == "Stallhand, 4-bit")
    size = None if entry["missing"] else round(entry["file_bytes"] / MB, 1)
    return Target(f"{model['name']}: 4-bit file", size, most=75, unit="MB", why=entry["missing"] or "")


def markdown(run: Figures) -> str:
    """All of `run` as tables; what is missing stands there with its reason."""
    lines = [
        "# Bench",
        "",
        f"{run['machine']['cpu']}, {run['threads']} threads. {run['prompt_tokens']} tokens read, "
        f"{run['new_tokens']} written greedily; tokens a second are those written, over "
        f"the time of both; median of {run['rounds']} rounds (least–most), in each of which all write in turn.",
    ]
    if (load := run["machine"].get("others_load") or 0) > _BUSY:
        lines += [
            "",
            f"**Others were busy here when it began (load {load:g}): measure again on a quiet machine.**",
        ]
    for model in run["models"]:
        lines += ["", f"## {model['name']}: {model['about']}", "", *_table(_model_rows(model, run))]
        notes = [f"- {entry['name']}: {entry['notes']}" for entry in model["contenders"] if entry["notes"]]
        lines += ["", *notes]
    lines += ["", "## The app with the bundled model", "", *_table(_app_rows(run["app"]))]
    verdicts = [
        (t["what"], "–" if t["value"] is None else f"{t['value']:g} {t['unit']}", t["wanted"], t["verdict"])
        for t in run["targets"]
    ]
    lines += ["", "## Targets", "", *_table([("", "here", "wanted", ""), *verdicts])]
    return "\n".join(lines) + "\n"


def _model_rows(model: Figures, run: Figures) -> Iterator[tuple[str, ...]]:
    first = f"first token of {run['long_prompt_tokens']}, ms"
    yield ("", "one", "five at once", first, "same choice as fp32", "file, MB")
    for entry in model["contenders"]:
        if entry["missing"]:
            yield (entry["name"], f"missing: {entry['missing']}", "", "", "", "")
            continue
        rates = entry["tokens_per_s"]
        same = entry["same_choices"]
        yield (
            entry["name"],
            _shown(rates.get("1")),
            _shown(rates.get("5")),
            _shown(entry["first_token_ms"]),
            "" if same is None else f"{same} of {run['new_tokens']}",
            f"{entry['file_bytes'] / MB:,.1f}",
        )


def _app_rows(app: Figures) -> Iterator[tuple[str, ...]]:
    yield ("", "median (least–most)")
    if "missing" in app:
        yield ("all", f"missing: {app['missing']}")
        return
    yield ("model load, ms", _shown(app["load_ms"]))
    yield ("first model load, with the import of onnxruntime, ms", f"{app['first_load_ms']:,.0f}")
    yield ("Draft to the first token, ms", _shown(app["first_token_ms"]))
    yield ("Draft to three best of twelve, ms", _shown(app["three_listings_ms"]))
    for count, rates in app["tokens_per_s"].items():
        yield (f"tokens a second, sampled, {count} at once", _shown(rates))
    if "missing" in app["drawing"]:
        yield ("constraint and drawing", f"missing: {app['drawing']['missing']}")
    else:
        for count, figures in app["drawing"].items():
            yield (f"constraint and drawing, % of decoding {count} at once", _shown(figures["percent"]))
            yield (f"constraint and drawing, µs a token, {count} at once", _shown(figures["us_per_token"]))
    if "missing" in app["speculation"]:
        yield ("guessed tokens", f"missing: {app['speculation']['missing']}")
    else:
        for task, figures in app["speculation"].items():
            same = f"{figures['same_texts']} of {figures['texts']} texts the same"
            yield (f"tokens a second, {task}, none guessed", _shown(figures["without"]))
            yield (f"tokens a second, {task}, some guessed", f"{_shown(figures['with'])}, {same}")
    for what, figures in (("without Qt", app["memory_mb"]), ("with the window", app["window_memory_mb"])):
        if "missing" in figures:
            yield (f"memory while drafting, {what}", f"missing: {figures['missing']}")
        else:
            yield (
                f"memory while drafting, {what}, MB: peak (at the end)",
                f"{figures['peak']:,.0f} ({figures['resident']:,.0f})",
            )
    yield ("file, MB", f"{app['file_bytes'] / MB:,.1f}")


def _shown(values: Mapping[str, float] | None) -> str:
    if values is None:
        return ""
    return f"{values['median']:,.0f} ({values['min']:,.0f}–{values['max']:,.0f})"


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Markdown; the first row is the head."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, "|---" * len(cells[0]) + "|")
    return lines


def chart(run: Figures, target: Path) -> None:
    """Bars of tokens a second: one panel a model, one text and five at once; thin lines are least and most."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    models = run["models"]
    rows = [len(model["contenders"]) for model in models]
    figure, panels = pyplot.subplots(
        len(models), 1, figsize=(10, 1.2 + 0.55 * sum(rows) + 0.6 * len(models)),
        gridspec_kw={"height_ratios": rows}, squeeze=False, layout="constrained",
    )  # fmt: skip
    for panel, model in zip(panels[:, 0], models, strict=True):
        _bars(panel, model)
    panels[0, 0].legend(loc="upper right", frameon=False)
    panels[-1, 0].set_xlabel(
        f"tokens a second, {run['threads']} threads, {run['prompt_tokens']} tokens read and {run['new_tokens']} written"
    )
    figure.savefig(target, dpi=130)
    pyplot.close(figure)


def _bars(panel: Any, model: Figures) -> None:
    contenders = list(reversed(model["contenders"]))
    for rows, shift, colour, label in (
        ("1", 0.2, "#2a6f97", "one text"),
        ("5", -0.2, "#a9c9dd", "five at once"),
    ):
        shown = [
            (place + shift, entry["tokens_per_s"][rows])
            for place, entry in enumerate(contenders)
            if not entry["missing"] and rows in entry["tokens_per_s"]
        ]
        places = [place for place, _ in shown]
        medians = [rate["median"] for _, rate in shown]
        reach = [[r["median"] - r["min"] for _, r in shown], [r["max"] - r["median"] for _, r in shown]]
        panel.barh(places, medians, height=0.38, color=colour, label=label, xerr=reach, ecolor="#555555")
        for place, rate in shown:
            panel.annotate(
                f"{rate['median']:,.0f}", (rate["max"], place), xytext=(4, 0),
                textcoords="offset points", va="center", fontsize=8,
            )  # fmt: skip
    for place, entry in enumerate(contenders):
        if entry["missing"]:
            panel.annotate(
                "missing", (0, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8
            )
    panel.set_yticks(range(len(contenders)), [entry["name"] for entry in contenders])
    panel.set_ylim(-0.6, len(contenders) - 0.4)
    panel.margins(x=0.1)
    panel.set_title(f"{model['name']}: {model['about']}", loc="left", fontsize=10)
    panel.spines[["top", "right"]].set_visible(False)
