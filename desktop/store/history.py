"""The history: every draft with what it was made from, what was offered, the seller's edits and its state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlite_utils import Database

from desktop.shop.records import Draft, DraftState, Task

from .errors import MissingRecord
from .exports import write_drafts
from .table import RecordTable, Row
from .text import folded, fts_query

#: What a variant holds for people; the rest of it are scores and flags.
_TEXT_FIELDS = ("title", "bullets", "description", "text")


class Drafts(RecordTable[Draft]):
    """Drafts, newest first."""

    table: ClassVar[str] = "drafts"
    order: ClassVar[str] = "id DESC"

    def add(self, draft: Draft) -> Draft:
        """Keep a new draft and return it with its id and times."""
        return self.save(replace(draft, id=0))

    def update(
        self,
        id: int,
        *,
        text: Mapping[str, str] | None = None,
        state: DraftState | None = None,
        approved: Mapping[str, str] | None = None,
        variants: Sequence[Mapping[str, Any]] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Draft:
        """Keep the seller's edits and what was copied.

        The fields in `text` and `approved` take the place of those stored, others stay. Another text makes the draft
        edited, an approved field makes it copied, unless `state` says otherwise. Raises MissingRecord.
        """
        with self._file.write():
            draft = self.get(id)
            if draft is None:
                raise MissingRecord(
                    f"Draft {id} is not in the history any more. Copy your text into a new draft."
                )
            new_text = {**draft.text, **(text or {})}
            new_state = draft.state
            if new_text != draft.text:
                new_state = DraftState.EDITED
            if approved:
                new_state = DraftState.COPIED
            return self.save(
                replace(
                    draft,
                    text=new_text,
                    state=state or new_state,
                    approved={**draft.approved, **(approved or {})},
                    variants=draft.variants if variants is None else tuple(variants),
                    inputs=draft.inputs if inputs is None else inputs,
                )
            )

    def search(
        self, text: str = "", task: Task | str | None = None, limit: int = 50, offset: int = 0
    ) -> list[Draft]:
        """Drafts that hold a word beginning with each word of `text`, newest first.

        Where an index of words finds nothing (Thai, Chinese, the middle of a word) any part of the text is found.
        """
        with self._file.read() as db:
            for where, values in self._searches(text, task):
                found = self._fetch(db, where, values, limit=limit, offset=offset)
                if found or (offset and self._any(db, where, values)):
                    return found
        return []

    def export(self, path: Path, search: str = "", task: Task | str | None = None) -> int:
        """Write the drafts that `search` finds to a .csv, .xlsx or .txt file and return how many there are.

        The file appears whole or not at all. Raises StoreError.
        """
        drafts = self.search(search, task, limit=-1)
        write_drafts(path, drafts)
        return len(drafts)

    def _any(self, db: Database, where: str, values: Sequence[Any]) -> bool:
        return db.execute(f"SELECT 1 FROM drafts WHERE {where} LIMIT 1", values).fetchone() is not None

    def _searches(self, text: str, task: Task | str | None) -> Iterator[tuple[str, list[Any]]]:
        of_task, values = ("task = ?", [str(Task(task))]) if task else ("1", [])
        query = fts_query(text)
        if query:
            among = "id IN (SELECT rowid FROM drafts_fts WHERE drafts_fts MATCH ?)"
            yield f"{of_task} AND {among}", [*values, query]
        where, parts = self._where(text)
        yield f"{of_task} AND {where}", [*values, *parts]

    # -- rows --------------------------------------------------------------------------------------------------

    def _to_row(self, record: Draft) -> Row:
        texts = [record.subject, *_strings(record.inputs), *record.text.values(), *record.approved.values()]
        for variant in record.variants:
            texts += [text for name in _TEXT_FIELDS for text in _strings(variant.get(name))]
        return {
            "id": record.id,
            "task": record.task.value,
            "subject": record.subject,
            "inputs": _json(record.inputs),
            "variants": _json([dict(variant) for variant in record.variants]),
            "text": _json(record.text),
            "approved": _json(record.approved),
            "state": record.state.value,
            "search": folded(dict.fromkeys(texts)),
        }

    def _from_row(self, row: Row) -> Draft:
        return Draft(
            task=Task(row["task"]),
            subject=row["subject"],
            inputs=json.loads(row["inputs"]),
            variants=tuple(json.loads(row["variants"])),
            text=json.loads(row["text"]),
            state=DraftState(row["state"]),
            approved=json.loads(row["approved"]),
            created=datetime.fromisoformat(row["created"]),
            changed=datetime.fromisoformat(row["changed"]),
            id=row["id"],
        )


def _json(value: Any) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
