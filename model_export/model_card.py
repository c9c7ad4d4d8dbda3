"""MODEL_CARD.md, written from what was measured, so that the card can't say more than the run did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.drafting.prompt import FORMAT_VERSION

from . import sources

LIMITS = """\
- It knows nothing of the world. It writes sentences around the seller's facts; what it says beside the slots is
  general wording, and the app marks what the facts don't back.
- English only. The tokenizer can spell every script, but the sentences were English.
- It was trained mostly on synthesised text: its sentences are plain and can sound alike, and products unlike those of
  the corpus get more general words.
- It must be used with the app's constraints. Without them it can write a slot that the prompt doesn't hold.
- Integer arithmetic is rounded differently by different processors, so a draft may differ from machine to machine.
"""


def card(measured: Mapping[str, Any]) -> str:
    """The card from `measured`: "training", "export" and "verify", as the commands of those names keep them, and
    "evaluate" where the drafts were measured too.

    Raises KeyError for a figure that is missing.
    """
    training, export, verify = measured["training"], measured["export"], measured["verify"]
    settings, progress, rows = training["settings"], training["progress"], training["corpus"]
    begin = f"from `{training['init']}`" if training["init"] else "from random weights"
    begin = training.get("earlier", begin)
    difference = verify["fp32_max_logit_difference"]
    ratios = ", ".join(f"{plan} × {ratio:.4f}" for plan, ratio in export["perplexity_ratios"].items())
    sections = [
        f"# {export['name']}",
        f"A GPT-2 of {training['parameters'] / 1e6:.1f}M parameters "
        f"({training['layers']} layers × {training['width']}, {training['heads']} heads, "
        f"a vocabulary of {training['vocabulary']:,}) that drafts listings, replies, "
        "promotions and cross-sell pitches around slots for the seller's facts. It runs on the processor of a cheap "
        f"laptop, through onnxruntime. Prompt format {FORMAT_VERSION} (`desktop/drafting/prompt.py`). "
        "Licence: Apache-2.0.",
        "## Files",
        _table(("file", "bytes"), [(name, f"{size:,}") for name, size in export["bytes"].items()]),
        f"Weights: {export['precision']}, a scale for each block of a row, rounded by {export['rounding']} (perplexity "
        f"on held-out text as a multiple of fp32's: {ratios}); in fp32 they take {export['fp32_bytes']:,} bytes.",
        "## How it was made",
        f"Trained {begin} on {progress['tokens'] / 1e6:.1f}M tokens in {progress['seconds'] / 60:.0f} minutes on a CPU "
        f"({progress['step']:,} steps of {settings['batch']} rows of 512 tokens; {settings['optimizer']}, peak rate "
        f"{settings['learning_rate']:g}, warm-up, stable, decay; bf16 autocast; seed {settings['seed']}). "
        f"Corpus: {rows['tokens'] / 1e6:.1f}M tokens in {sum(rows['documents'].values()):,} documents "
        f"({', '.join(f'{count:,} {task}' for task, count in rows['documents'].items())}).",
        "Again: `python -m model_export all --data DIR --minutes N` with the files of `model_export/sources.toml`.",
        "## Measured",
        _table(
            ("held-out task", "loss, nats a token of the target"),
            [(task, f"{loss:.3f}") for task, loss in training["held_out_loss"].items()],
        ),
        _table(
            ("check", "figure"),
            [
                ("largest difference of a logit from transformers, fp32: optimum", f"{difference['optimum']:.1e}"),
                ("the same, lean graph", f"{difference['lean']:.1e}"),
                ("the same, token by token", f"{difference['lean_token_by_token']:.1e}"),
                ("held-out perplexity, fp32", f"{verify['fp32_perplexity']:.3f}"),
                ("held-out perplexity, released", f"{verify['released_perplexity']:.3f}"),
                ("the released model names the same likeliest token", f"{verify['released_top1_agreement']:.1%}"),
                ("tokens compared", f"{verify['target_tokens']:,}"),
            ],
        ),
        *(_drafts(measured["evaluate"]) if "evaluate" in measured else ()),
        "## Raw output",
        "What it writes, greedy and without the app's constraints, on the first held-out prompts (not picked):",
        "\n\n".join(f"```text\n{sample['prompt']}\n→ {sample['text']}\n```" for sample in verify["engine"]["samples"]),
        "## Data",
        "Most of the corpus is synthesised by `model_export/corpus/` from phrases written for this project and from "
        "these sources:",
        _table(
            ("source", "licence", "use", "by"),
            [
                (f"[{s.title}]({s.repository}) at {s.commit}", s.licence, ", ".join(s.use), s.attribution)
                for s in sources.load()
            ],
        ),
        "Data under ODbL serve evaluation only. Licences that ask for attribution (CC BY) are met by this table.",
        "## Limits",
        LIMITS.rstrip(),
    ]  # fmt: skip
    return "\n\n".join(sections) + "\n"


#: What of the evaluation stands in the card, in this order.
_SYSTEMS = ("model", "phrases", "smollm2", "people")


def _drafts(evaluation: Mapping[str, Any]) -> list[str]:
    """The app's final drafts: figures, samples, bias."""
    figures = evaluation["figures"]
    systems = [name for name in _SYSTEMS if name in figures]
    names = dict.fromkeys(name for system in systems for name in figures[system])
    rows = [
        (
            name,
            *(f"{figures[system][name]:.3g}" if name in figures[system] else "–" for system in systems),
            evaluation["targets"].get(name, ""),
        )
        for name in names
    ]
    samples = "\n\n".join(f"```text\n{text}\n```" for text in evaluation["samples"])
    return [
        "## The app's drafts, measured",
        "On products, messages and baskets held out whole, best of twelve, through the app's own code "
        "(`make evaluate`); beside written phrases, SmolLM2-135M-Instruct with a fair prompt, and people.",
        _table(("figure", *systems, "target"), rows),
        f"## The first {len(evaluation['samples'])} drafts of the held-out list, not picked",
        "Products are made up, so their facts need not fit each other; facts first, then the draft.",
        samples,
        "## Bias",
        *_bias(evaluation["bias"]),
    ]


def _bias(found: Mapping[str, Any]) -> list[str]:
    gendered = found["gendered"]
    most = "; ".join(
        f"{who} most for {', '.join(f'{kind} ({count})' for kind, count in rows)}"
        for who, rows in gendered["most"].items()
        if rows
    )
    return [
        f"Of {gendered['sentences']:,} sentences on what things are for, {gendered['women']} name women and "
        f"{gendered['men']} men ({most}). Roles were taken out of them: guards, parents and ground staff stand where "
        "watchmen, mothers and groundsmen stood. What is left is said of what is made for a body, or of presents.",
        f"Sentences that name a country, a city or a people, but for what the thing is called: {len(found['places'])}.",
        "Replies to the same messages under names of different people. The model never reads a customer's name: it "
        "reads the same one for all, since replies to women were somewhat longer and more polite when it read theirs.",
        _table(
            ("names", "polite words a reply", "words a reply", "same text as for the first name"),
            [
                (
                    group,
                    f"{row['polite words a reply']:.2f}",
                    f"{row['words a reply']:.1f}",
                    f"{row['same as for another name']:.0%}",
                )
                for group, row in found["replies"].items()
            ],
        ),
    ]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
