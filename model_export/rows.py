"""From examples to the rows of tokens that training reads.

A row holds whole documents one after the other, so that nothing is cut and little is padding. Each document sees
only itself (`batch` gives positions that restart and a number for each document), as it will in the app.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from desktop.drafting.prompt import END, special_tokens

from .corpus.example import Example
from .tokenizer import unknown_specials

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROW = 512
#: What a token counts in the loss: nothing (padding, and a document's first token, which follows from nothing),
#: a little (prompts, which the model only reads), fully (targets).
PADDING, PROMPT, TARGET = 0, 1, 2
LOSS_WEIGHTS = np.array([0.0, 0.1, 1.0], np.float32)
PAD_DOCUMENT = 255

_CHUNK = 2000  # examples tokenised at once
_POOL = 4000  # documents among which row mates are looked for

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """`ids`, `kinds` (PADDING, PROMPT, TARGET) and `documents` (number within the row) of shape (rows, length)."""

    ids: npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]
    documents: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def tokens(self) -> int:
        """Without padding."""
        return int((self.documents != PAD_DOCUMENT).sum())

    def batch(self, index: npt.NDArray[np.int64]) -> tuple[Int64, Int64, Int64, npt.NDArray[np.float32]]:
        """ids, positions, documents and loss weights of the rows `index`, each (len(index), length)."""
        documents = self.documents[index].astype(np.int64)
        column = np.arange(documents.shape[1])
        starts = np.ones_like(documents, bool)
        starts[:, 1:] = documents[:, 1:] != documents[:, :-1]
        positions = column - np.maximum.accumulate(np.where(starts, column, 0), axis=1)
        weights = np.where(starts, 0, LOSS_WEIGHTS[self.kinds[index]]).astype(np.float32)
        return self.ids[index].astype(np.int64), positions, documents, weights


@dataclass(frozen=True, slots=True)
class Document:
    ids: list[int]
    prompt_length: int


def encode(
    examples: Iterable[Example], tokenizer: Tokenizer, length: int = ROW
) -> Iterator[tuple[str, Document]]:
    """Each example as (task, document), the end token appended.

    Plain text that is too long is cut into pieces; a pair that is too long is left out, because half a draft
    would teach the model to stop anywhere. Raises ValueError for a special token that the format doesn't know.
    """
    end = tokenizer.token_to_id(END)
    known = frozenset(special_tokens())
    stream = iter(examples)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        for example in chunk:
            if unknown := unknown_specials(example.prompt + example.target, known):
                raise ValueError(f"{example.task}: {', '.join(unknown)} is no token of the format: {example}")
        prompts = tokenizer.encode_batch([example.prompt for example in chunk], add_special_tokens=False)
        targets = tokenizer.encode_batch([example.target for example in chunk], add_special_tokens=False)
        for example, prompt, target in zip(chunk, prompts, targets, strict=True):
            ids = [*prompt.ids, *target.ids, end]
            if not example.prompt:
                for start in range(0, len(ids), length):
                    yield example.task, Document(ids[start : start + length], 0)
            elif len(ids) <= length:
                yield example.task, Document(ids, len(prompt.ids))


def pack(documents: Iterable[Document], *, pad: int, vocabulary: int, length: int = ROW) -> Rows:
    """Fill rows with whole documents: among a few thousand, the largest that still fits comes next."""
    rows: list[list[Document]] = []
    stream = iter(documents)
    while pool := list(itertools.islice(stream, _POOL)):
        rows += _fill(pool, length)
    ids = np.full((len(rows), length), pad, np.uint16 if vocabulary <= 1 << 16 else np.uint32)
    kinds = np.zeros((len(rows), length), np.uint8)
    numbers = np.full((len(rows), length), PAD_DOCUMENT, np.uint8)
    for i, row in enumerate(rows):
        start = 0
        for number, document in enumerate(row):
            stop = start + len(document.ids)
            ids[i, start:stop] = document.ids
            kinds[i, start:stop] = TARGET
            kinds[i, start : start + document.prompt_length] = PROMPT
            numbers[i, start:stop] = number
            start = stop
    return Rows(ids, kinds, numbers)


def rows_by_task(examples: Iterable[Example], tokenizer: Tokenizer, length: int = ROW) -> dict[str, Rows]:
    """Rows that hold one task each, for the held-out loss of every task."""
    by_task: dict[str, list[Document]] = {}
    for task, document in encode(examples, tokenizer, length):
        by_task.setdefault(task, []).append(document)
    pad, size = tokenizer.token_to_id(END), tokenizer.get_vocab_size()
    return {
        task: pack(documents, pad=pad, vocabulary=size, length=length)
        for task, documents in sorted(by_task.items())
    }


def cached_rows(
    directory: Path,
    examples: Iterable[Example],
    tokenizer: Tokenizer,
    *,
    key: Mapping[str, object],
    frozen: bool = False,
) -> Rows:
    """The packed `examples`, kept in `directory` with `key` (whatever they depend on) and read back while it holds.

    `frozen`: read back whatever is kept, so that a resumed run sees its own rows even if the corpus was edited.
    """
    wanted = json.dumps({**key, "tokenizer": _digest(tokenizer.to_str())}, sort_keys=True)
    names = ("ids", "kinds", "documents")
    stamp = directory / "rows.json"
    if stamp.is_file() and (frozen or json.loads(stamp.read_text("utf-8"))["key"] == wanted):
        return Rows(*(np.load(directory / f"rows.{name}.npy", mmap_mode="r") for name in names))
    directory.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    tasks: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for task, document in encode(examples, tokenizer):
            tasks[task] += 1
            yield document

    rows = pack(documents(), pad=tokenizer.token_to_id(END), vocabulary=tokenizer.get_vocab_size())
    for name in names:
        np.save(directory / f"rows.{name}.npy", getattr(rows, name))
    summary = {"rows": len(rows), "tokens": rows.tokens, "documents": dict(sorted(tasks.items()))}
    stamp.write_text(json.dumps({"key": wanted, **summary}, indent=2) + "\n", "utf-8")
    return rows


def order(rows: int, *, seed: int, start: int, count: int) -> Int64:
    """Which rows are read at `start`…`start + count` of an endless reading, shuffled anew in every epoch."""
    wanted = np.arange(start, start + count)
    result = np.empty(count, np.int64)
    for epoch in np.unique(wanted // rows):
        shuffled = np.random.default_rng([seed, int(epoch)]).permutation(rows)
        here = wanted // rows == epoch
        result[here] = shuffled[wanted[here] % rows]
    return result


def corpus_digest(package: Path) -> str:
    """One hash of everything in the corpus package that examples come from."""
    files = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".toml", ".json", ".txt"})
    return _digest("".join(_digest(path.read_text("utf-8")) for path in files))


def _fill(pool: Sequence[Document], length: int) -> list[list[Document]]:
    """Best fit, decreasing."""
    by_room: list[list[list[Document]]] = [[] for _ in range(length + 1)]
    rows: list[list[Document]] = []
    for document in sorted(pool, key=lambda document: -len(document.ids)):
        size = len(document.ids)
        room = next((room for room in range(size, length + 1) if by_room[room]), None)
        if room is None:
            row: list[Document] = []
            rows.append(row)
            room = length
        else:
            row = by_room[room].pop()
        row.append(document)
        # A row's documents are numbered in a byte, and the last number means padding.
        if len(row) < PAD_DOCUMENT:
            by_room[room - size].append(row)
    return rows


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
