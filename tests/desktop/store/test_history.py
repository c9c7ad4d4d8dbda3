"""The history: states, full-text search in any script, export."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.shop.records import Draft, DraftState, Task
from desktop.store.errors import MissingRecord, StoreError
from desktop.store.exports import CELL_LIMIT
from desktop.store.store import Store

DRAFT = Draft(
    Task.LISTING,
    "Solar lantern",
    {"product": {"name": "Solar lantern", "facts": {"run time": "12 hours"}}, "tone": "plain"},
    (
        {"title": "Lantern A", "bullets": ["bright", "light"], "description": "Shines."},
        {"title": "Lantern B"},
    ),
    {"title": "Lantern A", "bullets": "bright\nlight", "description": "Shines."},
)


def reply(text: str) -> Draft:
    return Draft(Task.REPLY, text[:20], {"message": text}, ({"text": "ok"},), {"text": "ok"})


def test_a_draft_comes_back_as_it_was_kept(store: Store) -> None:
    kept = store.drafts.add(DRAFT)
    assert kept.created is not None
    assert kept.created.tzinfo is not None
    assert kept == replace(DRAFT, id=kept.id, created=kept.created, changed=kept.changed)
    assert store.drafts.get(kept.id) == kept
    assert store.drafts.get(kept.id + 1) is None


def test_another_text_makes_a_draft_edited_and_a_copy_makes_it_copied(store: Store) -> None:
    id = store.drafts.add(DRAFT).id
    assert store.drafts.update(id, text={"title": "Lantern A"}).state is DraftState.DRAFT
    edited = store.drafts.update(id, text={"title": "My lantern"})
    assert edited.state is DraftState.EDITED
    assert edited.text == {**DRAFT.text, "title": "My lantern"}
    store.drafts.update(id, approved={"title": "My lantern"})
    copied = store.drafts.update(id, approved={"description": "Shines."})
    assert copied.state is DraftState.COPIED
    assert copied.approved == {"title": "My lantern", "description": "Shines."}
    assert store.drafts.update(id, text={"title": "Again"}).state is DraftState.EDITED
    assert store.drafts.update(id, state=DraftState.COPIED).state is DraftState.COPIED
    assert store.drafts.get(id) == store.drafts.search()[0]


def test_updating_what_is_gone_says_so(store: Store) -> None:
    id = store.drafts.add(DRAFT).id
    store.drafts.delete([id])
    with pytest.raises(MissingRecord, match="not in the history"):
        store.drafts.update(id, text={"title": "x"})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hel", ["Hello wörld"]),
        ("HELLO WORLD", ["Hello wörld"]),
        ("world hello", ["Hello wörld"]),
        ("ello", ["Hello wörld"]),
        ("ฉาย", ["ไฟฉายโซลาร์"]),
        ("太阳能", ["便携太阳能灯"]),
        ("नमस्ते", ["नमस्ते दुनिया"]),
        ("दुनि", ["नमस्ते दुनिया"]),
        ("दुख", []),
        ("12-h", ["a 12-hour lamp"]),
        ("-", ["a 12-hour lamp"]),
        ("مرحبا", ["مرحبا بكم"]),
        ("12-hour", ["a 12-hour lamp"]),
        ("zebra", []),
        ('"', []),
        ("NEAR(hello world)", []),
        ("hello AND", []),
        ("*", []),
        ("search:hello", []),
    ],
)
def test_search_in_any_script(store: Store, query: str, found: list[str]) -> None:
    for text in ("Hello wörld", "ไฟฉายโซลาร์", "便携太阳能灯", "नमस्ते दुनिया", "مرحبا بكم", "a 12-hour lamp"):
        store.drafts.add(reply(text))
    assert [draft.inputs["message"] for draft in store.drafts.search(query)] == found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_any_text_can_be_searched(store: Store, text: str) -> None:
    store.drafts.search(text)


def test_search_finds_facts_variants_and_edits(store: Store) -> None:
    id = store.drafts.add(DRAFT).id
    store.drafts.update(id, text={"description": "Glows softly."})
    for query in ("12 hours", "lantern b", "bright light", "glows"):
        assert [draft.id for draft in store.drafts.search(query)] == [id], query


def test_an_edit_takes_the_old_words_out_of_the_index(store: Store) -> None:
    id = store.drafts.add(Draft(Task.REPLY, "s", {}, (), {"text": "unicorn"})).id
    store.drafts.update(id, text={"text": "zebra"})
    assert store.drafts.search("unicorn") == []
    assert len(store.drafts.search("zebra")) == 1


def test_newest_first_by_task_and_page(store: Store) -> None:
    ids = [store.drafts.add(reply(f"lamp {i}")).id for i in range(5)]
    store.drafts.add(DRAFT)
    assert [d.id for d in store.drafts.search("lamp", task=Task.REPLY, limit=2)] == ids[:2:-1]
    assert [d.id for d in store.drafts.search("lamp", task="reply", limit=2, offset=4)] == ids[:1]
    assert store.drafts.search("lamp", task=Task.REPLY, limit=2, offset=6) == []
    assert len(store.drafts.search()) == 6


def test_deleting_can_be_undone_in_the_search_too(store: Store) -> None:
    kept = store.drafts.add(reply("hello"))
    undo = store.drafts.delete([kept.id])
    assert store.drafts.search("hello") == []
    store.drafts.restore(undo)
    assert store.drafts.search("hello") == [kept]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_an_export_is_a_formula(store: Store, tmp_path: Path, start: str) -> None:
    evil = start + "1+1"
    store.drafts.add(Draft(Task.REPLY, evil, {"message": "x"}, (), {"text": evil}))
    assert store.drafts.export(tmp_path / "x.csv") == 1
    raw = (tmp_path / "x.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert dict(zip(header, row, strict=True))["text"] == "'" + evil
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
    store.drafts.export(tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n"}
    assert [cell.value for cell in sheet[2] if cell.data_type == "n"] == [None] * sum(
        cell.data_type == "n" for cell in sheet[2]
    )


def test_an_export_holds_facts_variants_edits_and_state(store: Store, tmp_path: Path) -> None:
    id = store.drafts.add(DRAFT).id
    store.drafts.update(id, approved={"title": "Mine"}, text={"title": "Mine"})
    for suffix in ("csv", "txt"):
        path = tmp_path / f"history.{suffix}"
        store.drafts.export(path)
        text = path.read_text(encoding="utf-8-sig")
        for part in ("copied", "run time: 12 hours", "Lantern B", "Mine", "Shines.", "listing"):
            assert part in text, (suffix, part)


def test_a_cell_too_long_for_a_spreadsheet_is_cut_and_says_so(store: Store, tmp_path: Path) -> None:
    store.drafts.add(Draft(Task.REPLY, "s", {}, (), {"text": "x" * 40_000}))
    store.drafts.export(tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    cell = next(str(c.value) for c in sheet[2] if str(c.value).startswith("xxx"))
    assert len(cell) == CELL_LIMIT
    assert "TXT and CSV exports hold all of it" in cell


@pytest.mark.parametrize("name", ["history.pdf", "history", "missing folder/history.csv"])
def test_an_export_that_cant_be_written_says_why(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="history"):
        store.drafts.export(tmp_path / name)
    assert list(tmp_path.glob("**/*history*")) == []


def test_a_failed_export_leaves_the_old_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.csv"
    path.write_text("old")
    store.drafts.add(DRAFT)

    def no_space(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(StoreError, match="no room left"):
        store.drafts.export(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["history.csv"]
