"""The training loop: a budget of minutes, checkpoints that go on to the same batch, a curve to look at.

The learning rate warms up, stays, and falls in the last quarter. Its place on that path is the share of the
minutes that is used up, so that a slow or busy machine ends with a finished model too.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from . import network
from .rows import ROW, Rows, order

WARM_UP = 0.02
DECAY = 0.25
LAST_RATE = 0.02
CLIP = 1.0
#: The share of rows that are read as if something stood before them, so that every place of the context is learnt.
SHIFTED = 0.25
#: The share of a batch's tokens that the loss looks at: all of the targets, which are about a third, then prompts.
LOOKED_AT = 0.45
#: A step that takes longer was interrupted (the laptop slept, the process was stopped): it doesn't count as training.
PAUSE_S = 60.0
#: Of each task, while training: enough to see the trend, and a few seconds of the budget.
MEASURED_ROWS = 24


@dataclass(frozen=True, slots=True)
class Settings:
    """`batch` counts rows of 512 tokens a step; `evaluate_minutes` and `checkpoint_minutes` are wall-clock."""

    minutes: float = 60.0
    batch: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    optimizer: Literal["muon", "adamw"] = "muon"
    compile: bool = True
    seed: int = 1
    threads: int | None = None
    evaluate_minutes: float = 5.0
    checkpoint_minutes: float = 10.0
    max_steps: int | None = None


@dataclass(slots=True)
class Progress:
    """Where a run stands; with the weights it is all that a checkpoint needs."""

    step: int = 0
    rows_read: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Outcome:
    """`valid` is the held-out loss of each task, in nats a token of the target."""

    progress: Progress
    loss: float
    valid: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False


def rate(progress: float, *, warm_up: float = WARM_UP, decay: float = DECAY) -> float:
    """The learning rate's share of its peak at `progress` (0…1): warm-up, stable, decay (Hu et al. 2024)."""
    if progress < warm_up:
        return max(progress / warm_up, 0.02)
    if progress < 1 - decay:
        return 1.0
    left = max(0.0, (1 - progress) / decay)
    return LAST_RATE + (1 - LAST_RATE) * left


def shifts(rows: int, most: int, *, seed: int, start: int) -> npt.NDArray[np.int64]:
    """How far each of the `rows` read at `start` is moved along the context, shape (rows, 1), at most `most`."""
    dice = np.random.default_rng([seed, start])
    moved = dice.random(rows) < SHIFTED
    return np.where(moved, dice.integers(0, most, rows, endpoint=True), 0)[:, None]


def looked_at(weights: npt.NDArray[np.float32], *, seed: int, start: int) -> npt.NDArray[np.int64]:
    """Which of `weights` (flattened) the loss looks at: LOOKED_AT of them, the weightiest first, in rising order."""
    flat = weights.reshape(-1)
    dice = np.random.default_rng([seed, start, 1]).random(len(flat), np.float32)
    count = round(LOOKED_AT * len(flat))
    return np.sort(np.lexsort((dice, -flat))[:count])


def train(
    model: GPT2LMHeadModel,
    tokenizer: Tokenizer,
    rows: Rows,
    valid: Mapping[str, Rows],
    directory: Path,
    settings: Settings,
    *,
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> Outcome:
    """Train `model` in place for `settings.minutes`, keeping state.pt, loss.jsonl, loss.png and model/ in `directory`.

    Interrupted (Ctrl-C or SIGTERM) it writes a checkpoint first. Raises FileNotFoundError for `resume` without a
    checkpoint, ValueError if there are no rows or the checkpoint is of another model or corpus.
    """
    if not len(rows):
        raise ValueError("the corpus gave no rows to train on")
    directory.mkdir(parents=True, exist_ok=True)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = Run(model, tokenizer, rows, valid, directory, settings, say)
    if resume:
        run.restore()
    return run.go()


class Run:
    """One training run and what it holds."""

    def __init__(
        self,
        model: GPT2LMHeadModel,
        tokenizer: Tokenizer,
        rows: Rows,
        valid: Mapping[str, Rows],
        directory: Path,
        settings: Settings,
        say: Callable[[str], None],
    ) -> None:
        self.model, self.tokenizer, self.rows, self.valid = model, tokenizer, rows, valid
        self.directory, self.settings, self.say = directory, settings, say
        self.optimizers = _optimizers(model, settings)
        self.progress = Progress()
        self.log: list[dict[str, Any]] = []
        self._stop = False

    # -- the loop ---------------------------------------------------------------------------------------------

    def go(self) -> Outcome:
        settings, progress = self.settings, self.progress
        budget = settings.minutes * 60
        self.model.train()
        weighted = self._weighted_loss()
        before = progress.seconds
        next_report, next_valid, next_checkpoint = 0.0, settings.evaluate_minutes, settings.checkpoint_minutes
        recent: list[float] = []
        mark = (progress.tokens, before)
        previous = {
            number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)
        }
        loss = float("nan")
        valid: dict[str, float] = {}
        try:
            while not self._stop and progress.seconds < budget and progress.step != settings.max_steps:
                began = time.monotonic()
                loss = self._step(weighted, rate(self._share()))
                recent.append(loss)
                took = time.monotonic() - began
                progress.seconds += took if took < PAUSE_S else 0.0
                minutes = (progress.seconds - before) / 60
                if minutes >= next_report or progress.step == settings.max_steps:
                    speed = (progress.tokens - mark[0]) / max(progress.seconds - mark[1], 1e-9)
                    mark = (progress.tokens, progress.seconds)
                    self._report(sum(recent) / len(recent), speed)
                    recent.clear()
                    next_report = minutes + 0.5
                if minutes >= next_valid:
                    self._measure()
                    next_valid = minutes + settings.evaluate_minutes
                if minutes >= next_checkpoint:
                    self.checkpoint()
                    next_checkpoint = minutes + settings.checkpoint_minutes
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        self.checkpoint()
        if not self._stop:
            valid = self._measure()
            network.save(self.model, self.tokenizer, self.directory / "model")
        return Outcome(progress, loss, valid, self._stop)

    def _share(self) -> float:
        """How much of the budget is used up, 0…1; a number of steps to stop at is a budget too."""
        settings, progress = self.settings, self.progress
        steps = progress.step / settings.max_steps if settings.max_steps else 0.0
        return min(max(progress.seconds / (settings.minutes * 60), steps), 1.0)

    def next_batch(self) -> tuple[Any, ...]:
        """ids, positions, documents of the rows that come next, the places that the loss looks at and what each of
        these counts, as tensors."""
        seed, start, count = self.settings.seed, self.progress.rows_read, self.settings.batch
        ids, positions, documents, weights = self.rows.batch(
            order(len(self.rows), seed=seed, start=start, count=count)
        )
        positions += shifts(count, self.model.config.n_positions - ids.shape[1], seed=seed, start=start)
        where = looked_at(weights[:, 1:], seed=seed, start=start)
        counted = weights[:, 1:].reshape(-1)[where]
        return tuple(torch.from_numpy(part) for part in (ids, positions, documents, where, counted))

    def _step(self, weighted: Callable[..., Any], share: float) -> float:
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = share * group["peak"]
        batch = self.next_batch()
        loss = weighted(*batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.rows_read += self.settings.batch
        self.progress.tokens += batch[0].numel()
        return float(loss.detach())

    def _weighted_loss(self) -> Callable[..., Any]:
        """The loss of a batch, compiled and run once outside the budget if that is possible here."""

        def weighted(ids: Any, positions: Any, documents: Any, where: Any, counted: Any) -> Any:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                losses = network.token_losses(self.model, ids, positions, documents, where)
            return (losses * counted).sum() / counted.sum()

        if not self.settings.compile:
            return weighted
        if shutil.which("g++") is None and shutil.which("clang++") is None:
            self.say("no C++ compiler found: training without torch.compile, about half as fast")
            return weighted
        self.say("compiling …")
        started = time.monotonic()
        compiled: Callable[..., Any] = torch.compile(weighted)
        compiled(*self.next_batch()).backward()
        self.model.zero_grad(set_to_none=True)
        self.say(f"compiled in {time.monotonic() - started:.0f} s")
        return compiled

    def _interrupt(self, number: int, _frame: object) -> None:
        self.say(f"signal {number}: stopping after this step")
        self._stop = True

    # -- what is seen of it -----------------------------------------------------------------------------------

    def _report(self, loss: float, speed: float) -> None:
        progress = self.progress
        share = rate(self._share())
        self._write({**asdict(progress), "loss": loss, "rate": share, "tokens_per_s": speed})
        self.say(
            f"step {progress.step:6d}  {progress.seconds / 60:6.1f} min  {progress.tokens / 1e6:7.2f}M tokens  "
            f"loss {loss:.4f}  rate {share:.2f}  {speed:,.0f} tokens/s"
        )

    def _measure(self) -> dict[str, float]:
        losses = {
            task: held_out_loss(self.model, rows, most=MEASURED_ROWS) for task, rows in self.valid.items()
        }
        self._write({**asdict(self.progress), "valid": losses})
        self.say("held out: " + "  ".join(f"{task} {loss:.4f}" for task, loss in losses.items()))
        draw_curve(self.log, self.directory / "loss.png")
        return losses

    def _write(self, line: dict[str, Any]) -> None:
        self.log.append(line)
        with (self.directory / "loss.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    # -- checkpoints ------------------------------------------------------------------------------------------

    def checkpoint(self) -> None:
        """Write state.pt whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": asdict(self.progress),
            "settings": asdict(self.settings),
            "rows": len(self.rows),
            "rng": torch.get_rng_state(),
        }
        part = self.directory / "state.pt.part"
        torch.save(state, part)
        part.replace(self.directory / "state.pt")

    def restore(self) -> None:
        """Go on from state.pt; see `train` for what is raised."""
        path = self.directory / "state.pt"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there; start without --resume")
        state = torch.load(path, weights_only=True)
        same = ("seed", "batch", "optimizer")
        settings = asdict(self.settings)
        changed = [name for name in same if state["settings"][name] != settings[name]]
        if state["rows"] != len(self.rows):
            changed.append("corpus")
        if changed:
            raise ValueError(f"{path} was trained with another {', '.join(changed)}")
        try:
            self.model.load_state_dict(state["model"])
        except RuntimeError as error:
            raise ValueError(f"{path} holds a model of another shape: {error}") from error
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
            for group in optimizer.param_groups:
                group["peak"] = self.settings.learning_rate
        self.progress = Progress(**state["progress"])
        torch.set_rng_state(state["rng"])
        self._cut_log()

    def _cut_log(self) -> None:
        """Drop what was logged after the checkpoint; those steps are taken again."""
        path = self.directory / "loss.jsonl"
        if path.is_file():
            lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            self.log = [line for line in lines if line["step"] <= self.progress.step]
            path.write_text("".join(json.dumps(line) + "\n" for line in self.log), "utf-8")


def held_out_loss(model: GPT2LMHeadModel, rows: Rows, *, batch: int = 8, most: int | None = None) -> float:
    """Mean loss in nats over the target tokens of `rows` (the first `most`), prompts not counted; eager, bf16."""
    total, count = 0.0, 0.0
    was_training = model.training
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        stop = min(len(rows), most or len(rows))
        for start in range(0, stop, batch):
            index = np.arange(start, min(start + batch, stop))
            ids, positions, documents, weights = (torch.from_numpy(part) for part in rows.batch(index))
            counted = (weights[:, 1:] == 1.0).float()
            losses = network.token_losses(model, ids, positions, documents)
            total += float((losses * counted).sum())
            count += float(counted.sum())
    model.train(was_training)
    return total / count if count else float("nan")


def draw_curve(log: list[dict[str, Any]], path: Path) -> None:
    """A PNG of the training loss and each task's held-out loss over the tokens read."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), dpi=110)
    trained = [line for line in log if "loss" in line]
    axes.plot(
        [line["tokens"] / 1e6 for line in trained],
        [line["loss"] for line in trained],
        color="0.7",
        label="train",
    )
    measured = [line for line in log if "valid" in line]
    for task in sorted({task for line in measured for task in line["valid"]}):
        points = [(line["tokens"] / 1e6, line["valid"][task]) for line in measured if task in line["valid"]]
        axes.plot(*zip(*points, strict=True), marker=".", label=f"{task}, held out")
    axes.set(xlabel=f"million tokens read (rows of {ROW})", ylabel="loss, nats a token")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def _optimizers(model: GPT2LMHeadModel, settings: Settings) -> list[Any]:
    """AdamW for everything, or Muon for the matrices inside the blocks and AdamW for the rest.

    Muon (Jordan 2024) with updates as large as AdamW's (Liu et al. 2025), so that one learning rate serves both.
    On listings, 6 × 384, 8 rows a step, after 0.11M tokens: loss 3.6 with Muon, 4.8 with AdamW, at the same speed.
    """
    inside = {id(p) for p in model.transformer.h.parameters() if p.ndim == 2}
    named = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in named if id(p) in inside]
    tables = [p for p in named if p.ndim >= 2 and id(p) not in inside]
    vectors = [p for p in named if p.ndim < 2]
    peak, decay = settings.learning_rate, settings.weight_decay
    groups = [{"params": tables, "weight_decay": 0.0}, {"params": vectors, "weight_decay": 0.0}]
    result: list[Any] = []
    if settings.optimizer == "muon":
        result.append(torch.optim.Muon(matrices, lr=peak, weight_decay=decay, adjust_lr_fn="match_rms_adamw"))
    else:
        groups.append({"params": matrices, "weight_decay": decay})
    result.append(torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.95), eps=1e-8, fused=True))
    for optimizer in result:
        for group in optimizer.param_groups:
            group["peak"] = peak
    return result
