"""Folding for search."""

from __future__ import annotations

import pytest

from desktop.store.text import fold, fts_query


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("CAFÉ", "cafe"),
        ("ＣＡＦＥ", "cafe"),
        ("Straße", "strasse"),
        ("İğne", "igne"),
        ("٣ x", "٣ x"),
        ("ไฟ", "ไฟ"),
    ],
)
def test_fold_takes_case_accents_and_widths_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("Solar lan", '"solar"* "lan"*'),
        ('say "hi" OR*', '"say"* "hi"* "or*"*'),
        ("12-hour", '"12-hour"*'),
        ("...", None),
        ("", None),
        ("lamp ไฟ", None),
    ],
)
def test_fts_query_quotes_each_word(query: str, asked: str | None) -> None:
    assert fts_query(query) == asked
