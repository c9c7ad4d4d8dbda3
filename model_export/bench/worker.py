"""Contenders in processes of their own, so that thread pools don't disturb each other and a crash ends only one."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .contenders import FORMS, OURS, PEERS, REFERENCE, Contender, Form

#: A written token may lie so far below the reference's best in logit: fp32 sums are taken in another order, and
#: llama.cpp looks gelu up in a table of 16-bit numbers.
TOLERANCE = 0.02
CHECK_TOKENS = 32

_CONTENDERS = {contender.name: contender for contender in (REFERENCE, *OURS, *PEERS)}
_SECONDS = 600.0


class Missing(Exception):  # noqa: N818 (a state that is reported, not a fault of the bench)
    """A contender can't run here; the message is the reason that the table gives."""


@dataclass(frozen=True, slots=True)
class Timed:
    seconds: float
    ids: list[list[int]]


class Child:
    """A process that answers one request after another."""

    def __init__(self, serve: Callable[..., None], *arguments: object, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs, threads, serve, *arguments), daemon=True)
        self._process.start()
        theirs.close()

    def receive(self) -> Any:
        """Raises Missing with what went wrong over there."""
        try:
            if not self._connection.poll(_SECONDS):
                raise Missing(f"no answer within {_SECONDS:.0f} s")
            answer = self._connection.recv()
        except EOFError:
            self._process.join()
            raise Missing(f"its process ended (exit code {self._process.exitcode})") from None
        if isinstance(answer, Missing):
            raise answer
        return answer

    def ask(self, *request: object) -> Any:
        try:
            self._connection.send(request)
        except OSError:
            self._process.join()
            raise Missing(f"its process ended (exit code {self._process.exitcode})") from None
        return self.receive()

    def close(self) -> None:
        with suppress(OSError):
            self._connection.send(None)
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()
        self._connection.close()


class Worker(Child):
    """A contender, opened. Raises Missing if it can't be."""

    def __init__(self, contender: Contender, folder: Path, threads: int) -> None:
        super().__init__(_serve_contender, contender.name, folder, threads, threads=threads)
        try:
            self.receive()
        except Missing:
            self.close()
            raise

    def write(self, prompt: Sequence[int], tokens: int, rows: int) -> Timed:
        answer: Timed = self.ask("write", prompt, tokens, rows)
        return answer

    def gaps(self, prompt: Sequence[int], written: Sequence[int]) -> list[float]:
        """Of the reference only: see contenders.Transformers.gaps."""
        answer: list[float] = self.ask("gaps", prompt, written)
        return answer

    @property
    def notes(self) -> str:
        notes: str = self.ask("notes")
        return notes


def make_forms(
    folder: Path, names: Sequence[str], checks: Sequence[Sequence[int]], threads: int
) -> dict[str, str | None]:
    """Make the files of each form in `names` from `folder`/checkpoint; gives why each can't be made (None: it was).

    Forms that can be opened in fp32 are compared with transformers first: a peer that computes something else
    is none. One process makes all; if it dies, another goes on with what is left.
    """
    reasons: dict[str, str | None] = {}
    child: Child | None = None
    for name in names:
        reasons[name] = reasons.get(FORMS[name].needs)
        if reasons[name]:
            continue
        child = child or Child(_serve_forms, folder, checks, threads, threads=threads)
        try:
            reasons[name] = child.ask(name)
        except Missing as error:
            reasons[name] = str(error)
            child.close()
            child = None
    if child:
        child.close()
    return reasons


def _run(connection: Connection, threads: int, serve: Callable[..., None], *arguments: object) -> None:
    """The process: libraries read their threads from the environment when they are imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")
    warnings.simplefilter("ignore")
    # The table is all that the bench prints; what libraries say goes where errors go.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(connection, *arguments)
    except EOFError:
        return  # whoever asked is gone
    except Exception as error:  # whatever a library raises is the reason that it is missing
        connection.send(_missing(error))


def _missing(error: Exception) -> Missing:
    if isinstance(error, ModuleNotFoundError):
        return Missing(f"{error.name} is not installed (installer/setup.sh bench)")
    first_line = (str(error).strip() or repr(error)).splitlines()[0]
    return Missing(f"{type(error).__name__}: {first_line}")


def _serve_contender(connection: Connection, name: str, folder: Path, threads: int) -> None:
    runner: Any = _CONTENDERS[name].open(folder, threads)
    connection.send(None)
    while (request := connection.recv()) is not None:
        job, *arguments = request
        if job == "write":
            began = time.perf_counter()
            ids = runner.write(*arguments)
            connection.send(Timed(time.perf_counter() - began, ids))
        elif job == "gaps":
            connection.send(runner.gaps(*arguments))
        else:
            connection.send(runner.notes)


def _serve_forms(connection: Connection, folder: Path, checks: Sequence[Sequence[int]], threads: int) -> None:
    while (request := connection.recv()) is not None:
        (name,) = request
        connection.send(_make(FORMS[name], folder, folder / name, checks, threads))


def _make(
    form: Form, folder: Path, target: Path, checks: Sequence[Sequence[int]], threads: int
) -> str | None:
    try:
        target.mkdir(exist_ok=True)
        form.make(folder / "checkpoint", target, threads)
        if form.exact is not None:
            require_same(form.exact(target, threads), REFERENCE.open(folder / "checkpoint", threads), checks)
    except Exception as error:  # whatever a library raises is the reason that its peer is missing
        return str(_missing(error))
    return None


def require_same(runner: Any, reference: Any, checks: Sequence[Sequence[int]]) -> None:
    """Raises ValueError unless each id that `runner` writes is the reference's own choice, too."""
    for prompt in checks:
        (written,) = runner.write(prompt, CHECK_TOKENS, 1)
        gap = max(reference.gaps(prompt, written))
        if gap > TOLERANCE:
            raise ValueError(
                f"it computes something else than transformers (a logit {gap:.3f} below the best)"
            )
