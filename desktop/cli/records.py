"""`stallhand history …` and `stallhand doctor`: what is kept, and whether everything is in order."""

from __future__ import annotations

import argparse
import platform
import sqlite3
from collections.abc import Mapping
from typing import Any

from desktop import __version__
from desktop.desk import DATABASE, ModelStatus, ProgramDamaged, default_data_dir
from desktop.engine.contract import ModelInfo
from desktop.shop.records import Draft
from desktop.store.errors import StoreError
from desktop.store.store import Store
from desktop.threads import Threads

from .given import DONE, FAILED, BadInputError, open_desk, print_json


def list_history(args: argparse.Namespace) -> None:
    with open_desk(args) as desk:
        for draft in desk.store.drafts.search(args.text, limit=args.limit):
            if args.json:
                print_json(draft.to_json())
            else:
                print(_line_of(draft))


def _line_of(draft: Draft) -> str:
    when = draft.created.astimezone().strftime("%Y-%m-%d %H:%M") if draft.created else ""
    text = " / ".join(" ".join(value.split()) for value in draft.text.values())
    return f"{draft.id:>6}  {when}  {draft.task:<9}  {draft.state:<6}  {draft.subject}: {text}"[:200]


def export_history(args: argparse.Namespace) -> None:
    if args.file.suffix.casefold() not in (".csv", ".xlsx", ".txt"):
        raise BadInputError(f"“{args.file.name}” must end in .csv, .xlsx or .txt.")
    with open_desk(args) as desk:
        count = desk.store.drafts.export(args.file)
    print(f"{count} drafts written to {args.file}")


def doctor(args: argparse.Namespace) -> int:
    """Each check as (ok, what was found); exit 1 if one is not ok."""
    checks: dict[str, tuple[bool, Any]] = {}
    checks["versions"] = (
        True,
        {
            "stallhand": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
        },
    )
    folder = args.data_dir or default_data_dir()
    status: ModelStatus | None = None
    checks["data folder"] = True, str(folder)
    try:
        with open_desk(args, store=False) as desk:
            status = desk.model_status()
        checks["program"] = True, "complete"
        checks["model"] = status.ready, _about(status.info) if status.info else status.reason
    except ProgramDamaged as error:
        checks["program"] = False, str(error)
    try:
        with Store.in_folder(folder, DATABASE) as store:
            if status is not None and status.info:
                checks["threads"] = True, Threads(store.settings).about(status.info)
            verdict = store.check()
            checks["database"] = verdict == "ok" and not store.notices, "; ".join([verdict, *store.notices])
    except StoreError as error:
        checks["database"] = False, str(error)
    healthy = all(ok for ok, _ in checks.values())
    if args.json:
        print_json(
            {"ok": healthy, **{name: {"ok": ok, "found": found} for name, (ok, found) in checks.items()}}
        )
    else:
        for name, (ok, found) in checks.items():
            shown = ", ".join(f"{k} {v}" for k, v in found.items()) if isinstance(found, Mapping) else found
            print(f"{'ok   ' if ok else 'WRONG'}  {name}: {shown}")
    return DONE if healthy else FAILED


def _about(info: ModelInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "sha256": info.sha256,
        "precision": info.precision,
        "format_version": info.format_version,
        "parameters": info.parameters,
    }
