"""`python -m model_export …`: from public text to `resources/model/`. Never shipped to sellers."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from . import corpus
from .corpus.example import Example
from .sources import check as check_sources
from .tokenizer import multilingual, texts_of, train_tokenizer

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINTS = ROOT / ".checkpoints"
RESOURCES = ROOT / "resources" / "model"
#: Somewhat more than 2 cores read in a minute (2,400 tokens/s, about 110 tokens an example): none comes twice.
EXAMPLES_PER_MINUTE = 2_000
VALID_EXAMPLES = 1_200
TOKENIZER_EXAMPLES = 40_000
VERIFY_EXAMPLES = 200
#: For GPTQ, and to count what the model will often say.
EXPORT_EXAMPLES = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 done, 1 a check failed, 2 bad input."""
    options = parser().parse_args(arguments)
    # The trainer's machine may be offline, and nothing here needs the hub unless --init names a model on it.
    if "/" not in (getattr(options, "init", None) or "") or Path(options.init).exists():
        os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        status: int = options.run(options)
    except (OSError, ValueError, tomllib.TOMLDecodeError) as error:
        print(f"model_export {options.command}: {error}", file=sys.stderr)
        return 2
    return status


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m model_export", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, run: object, about: str, *groups: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about, parents=groups)
        made.set_defaults(run=run)
        return made

    data, directory, training = _data_options(), _directory_options(), _training_options()
    target = _target_options()
    show = command("corpus", show_corpus, "print examples of the corpus as JSON lines, or count them", data)
    show.add_argument("--split", choices=("train", "valid"), default="train")
    show.add_argument("--count", type=int, default=20, help="how many examples (default %(default)s)")
    show.add_argument(
        "--summary", action="store_true", help="print counts and mean lengths of each task instead"
    )
    command("tokenizer", make_tokenizer, "train the byte-level BPE into --directory", data, directory)
    command("train", run_training, "train for --minutes, into --directory", data, directory, training)
    export = command(
        "export", run_export, "write the ONNX model of --directory to --target", data, directory, target
    )
    export.add_argument(
        "--precision", help="of the weights: int4, int8 … (default: the smallest that measures well)"
    )
    command("verify", run_verify, "compare the exported model with the trained one", data, directory, target)
    command(
        "bench", run_bench, "speed of the bundled model here, beside other ways to run it", _bench_options()
    )
    evaluation = command(
        "evaluate", run_evaluate, "quality of the drafts, beside written phrases and a general model"
    )
    evaluation.add_argument("--data", type=Path, metavar="DIR", help="folder of the public data sets")
    evaluation.add_argument(
        "--resources",
        type=Path,
        default=RESOURCES.parent,
        metavar="DIR",
        help="with the model (default resources)",
    )
    evaluation.add_argument(
        "--quick", action="store_true", help="a few minutes, with few products and messages"
    )
    evaluation.add_argument(
        "--output", type=Path, default=ROOT / "out" / "evaluate", metavar="DIR", help="default out/evaluate"
    )
    writing = command("card", write_card, "write MODEL_CARD.md from what was measured", directory, target)
    writing.add_argument(
        "--evaluation", type=Path, metavar="FILE", help="evaluate.json, for figures and samples of drafts"
    )
    command("sources", run_sources, "check the files in --data against sources.toml", data)
    command("all", run_all, "tokenizer, train, export, verify, card", data, directory, training, target)
    return top


def _data_options() -> argparse.ArgumentParser:
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the public data sets (sources.toml)"
    )
    group.add_argument(
        "--seed", type=int, default=1, help="of corpus, weights and order (default %(default)s)"
    )
    group.add_argument(
        "--parts", type=_names, metavar="NAME,…", help=f"only these of {', '.join(corpus.WEIGHTS)}"
    )
    return group


def _directory_options() -> argparse.ArgumentParser:
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument(
        "--directory", "--checkpoint", type=Path, default=CHECKPOINTS / "default", metavar="DIR",
        help="where tokenizer, rows, checkpoints and curves are kept (default .checkpoints/default)",
    )  # fmt: skip
    group.add_argument(
        "--vocabulary", type=int, default=8192, help="size of a new tokenizer (default %(default)s)"
    )
    return group


def _training_options() -> argparse.ArgumentParser:
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument("--minutes", type=float, default=60.0, help="wall-clock budget (default %(default)s)")
    group.add_argument("--examples", type=int, help="made before training (default: 2,000 for each minute)")
    group.add_argument("--layers", type=int, default=6)
    group.add_argument("--width", type=int, default=384)
    group.add_argument("--heads", type=int, default=6)
    group.add_argument(
        "--batch", type=int, default=8, metavar="ROWS", help="rows of 512 tokens (default %(default)s)"
    )
    group.add_argument("--learning-rate", type=float, default=2e-3, help="at its peak (default %(default)s)")
    group.add_argument("--optimizer", choices=("muon", "adamw"), default="muon")
    group.add_argument("--init", metavar="NAME|DIR", help="start from a GPT-2 checkpoint in the hub's format")
    group.add_argument("--resume", action="store_true", help="go on from the checkpoint in --directory")
    group.add_argument("--no-compile", action="store_true", help="no torch.compile (about half as fast)")
    group.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")
    group.add_argument("--evaluate-minutes", type=float, default=5.0, help="between held-out losses")
    group.add_argument("--checkpoint-minutes", type=float, default=10.0, help="between checkpoints")
    group.add_argument("--max-steps", type=int, help="stop after so many steps, whatever the minutes")
    return group


def _target_options() -> argparse.ArgumentParser:
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument(
        "--target", type=Path, default=RESOURCES, metavar="DIR", help="default resources/model"
    )
    group.add_argument("--name", default="stallhand-gpt2", help="in manifest.json (default %(default)s)")
    return group


def _bench_options() -> argparse.ArgumentParser:
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument(
        "--checkpoint", type=Path, metavar="DIR", help="weights to measure instead of the bundled model's"
    )
    group.add_argument(
        "--output", type=Path, default=ROOT / "out" / "bench", metavar="DIR", help="default out/bench"
    )
    group.add_argument("--threads", type=int, default=2, help="of every contender (default %(default)s)")
    group.add_argument(
        "--rounds", type=int, default=5, help="how often each is measured (default %(default)s)"
    )
    group.add_argument("--quick", action="store_true", help="the bundled model in the app's engine alone")
    return group


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


# -- commands; what needs torch is imported only here ----------------------------------------------------------


def show_corpus(options: argparse.Namespace) -> int:
    examples = corpus.build(
        options.data, seed=options.seed, count=options.count, split=options.split, parts=options.parts
    )
    if options.summary:
        for line in summary(examples):
            print(line)
        return 0
    for example in islice(examples, options.count):
        print(
            json.dumps(
                {"task": example.task, "prompt": example.prompt, "target": example.target}, ensure_ascii=False
            )
        )
    return 0


def summary(examples: Iterable[Example]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    prompts: Counter[str] = Counter()
    targets: Counter[str] = Counter()
    for example in examples:
        counts[example.task] += 1
        prompts[example.task] += len(example.prompt)
        targets[example.task] += len(example.target)
    for task, count in sorted(counts.items()):
        yield (
            f"{task:12} {count:8} examples, prompt {prompts[task] / count:6.0f} and target "
            f"{targets[task] / count:6.0f} characters on average"
        )


def make_tokenizer(options: argparse.Namespace) -> int:
    tokenizer = train_tokenizer(
        tokenizer_texts(options.data, seed=options.seed, parts=options.parts), vocabulary=options.vocabulary
    )
    options.directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(options.directory / "tokenizer.json"))
    print(f"{options.directory / 'tokenizer.json'}: {tokenizer.get_vocab_size()} tokens")
    return 0


def tokenizer_texts(data: Path | None, *, seed: int, parts: Sequence[str] | None) -> Iterator[str]:
    """The corpus's text and, where the data are, a little of the languages that may come later."""
    yield from texts_of(corpus.build(data, seed=seed, count=TOKENIZER_EXAMPLES, split="train", parts=parts))
    if data is not None:
        yield from multilingual(data, seed=seed)


def run_training(options: argparse.Namespace) -> int:
    from tokenizers import Tokenizer

    from . import network
    from .rows import cached_rows, corpus_digest, rows_by_task
    from .train import Settings, train

    directory: Path = options.directory
    saved = directory / "tokenizer.json"
    if options.init:
        model, tokenizer = network.from_checkpoint(options.init)
        directory.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(saved))
    else:
        if not saved.is_file():
            make_tokenizer(options)
        tokenizer = Tokenizer.from_file(str(saved))
        model = network.from_scratch(
            tokenizer, layers=options.layers, width=options.width, heads=options.heads, seed=options.seed
        )
    count = options.examples or max(1000, round(options.minutes * EXAMPLES_PER_MINUTE))
    build = {"seed": options.seed, "parts": options.parts}
    key = {
        **build,
        "examples": count,
        "data": str(options.data),
        "corpus": corpus_digest(Path(corpus.__file__).parent),
    }
    started = time.monotonic()
    train_examples = corpus.build(options.data, count=count, split="train", **build)
    rows = cached_rows(directory, train_examples, tokenizer, key=key, frozen=options.resume)
    valid = rows_by_task(corpus.build(options.data, count=VALID_EXAMPLES, split="valid", **build), tokenizer)
    print(
        f"{model.num_parameters():,} parameters; {len(rows):,} rows, {rows.tokens / 1e6:.1f}M tokens, "
        f"{rows.tokens / rows.ids.size:.1%} full; corpus ready after {time.monotonic() - started:.0f} s",
        flush=True,
    )
    names = {field.name for field in dataclasses.fields(Settings)}
    chosen = {name: value for name, value in vars(options).items() if name in names}
    settings = Settings(**chosen, compile=not options.no_compile)
    outcome = train(
        model, tokenizer, rows, valid, directory, settings,
        resume=options.resume, say=lambda line: print(line, flush=True),
    )  # fmt: skip
    figures = {
        "parameters": model.num_parameters(),
        "layers": model.config.n_layer,
        "width": model.config.n_embd,
        "heads": model.config.n_head,
        "vocabulary": tokenizer.get_vocab_size(),
        "init": options.init,
        "corpus": json.loads((directory / "rows.json").read_text("utf-8")),
        "settings": dataclasses.asdict(settings),
        "progress": dataclasses.asdict(outcome.progress),
        "held_out_loss": outcome.valid,
    }
    if outcome.interrupted:
        print("stopped; go on with --resume")
        return 1
    (directory / "training.json").write_text(json.dumps(figures, indent=2, default=str) + "\n", "utf-8")
    return 0


def run_sources(options: argparse.Namespace) -> int:
    if options.data is None:
        raise ValueError("say with --data where the data sets are")
    problems = check_sources(options.data)
    for problem in problems:
        print(problem)
    print("all files are there and unchanged" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


def run_export(options: argparse.Namespace) -> int:
    from .export import export_model

    build = {"seed": options.seed, "parts": options.parts}
    figures = export_model(
        options.directory / "model",
        options.target,
        name=options.name,
        precision=getattr(options, "precision", None),
        corpus=corpus.build(options.data, **build, count=EXPORT_EXAMPLES, split="train"),
        held_out=corpus.build(options.data, **build, count=VERIFY_EXAMPLES, split="valid"),
    )
    _keep(options.directory / "export.json", figures)
    return 0


def run_verify(options: argparse.Namespace) -> int:
    from .verify import verify

    figures = verify(
        options.directory / "model",
        options.target,
        corpus.build(
            options.data, seed=options.seed, count=VERIFY_EXAMPLES, split="valid", parts=options.parts
        ),
    )
    _keep(options.directory / "verify.json", figures)
    return 0 if figures["passed"] else 1


def write_card(options: argparse.Namespace) -> int:
    from .model_card import card

    measured = {}
    for name in ("training", "export", "verify"):
        path = options.directory / f"{name}.json"
        measured[name] = json.loads(path.read_text("utf-8"))
    if getattr(options, "evaluation", None):
        measured["evaluate"] = json.loads(options.evaluation.read_text("utf-8"))
    # What the weights of --init had learnt from, where they are an earlier run's: {"text": "…"}, written by hand.
    earlier = options.directory / "earlier.json"
    if earlier.exists():
        measured["training"]["earlier"] = json.loads(earlier.read_text("utf-8"))["text"]
    (options.target / "MODEL_CARD.md").write_text(card(measured), "utf-8")
    print(options.target / "MODEL_CARD.md")
    return 0


def run_evaluate(options: argparse.Namespace) -> int:
    from .evaluate.report import evaluate

    evaluate(
        options.resources,
        options.data,
        options.output,
        quick=options.quick,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print((options.output / "evaluate.md").read_text("utf-8"), end="")
    return 0


def run_bench(options: argparse.Namespace) -> int:
    from .bench.run import bench

    bench(
        options.output,
        checkpoint=options.checkpoint,
        threads=options.threads,
        rounds=options.rounds,
        quick=options.quick,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print((options.output / "bench.md").read_text("utf-8"), end="")
    return 0


def run_all(options: argparse.Namespace) -> int:
    for step in (make_tokenizer, run_training, run_export, run_verify, write_card):
        # A resumed run keeps the tokenizer it began with; one from a checkpoint brings its own.
        if step is make_tokenizer and (options.resume or options.init):
            continue
        if status := step(options):
            return status
    return 0


def _keep(path: Path, figures: dict[str, object]) -> None:
    text = json.dumps(figures, indent=2) + "\n"
    path.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    sys.exit(main())
