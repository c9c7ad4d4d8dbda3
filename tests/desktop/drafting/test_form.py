from __future__ import annotations

import pytest

from desktop.drafting.form import clipped, without_loose_end


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<|brand|> <|product|>, <|f1|> of light", "<|brand|> <|product|>, <|f1|> of light"),
        ("<|product|>, <|f1|> with the ", "<|product|>, <|f1|>"),
        ("<|product|> –", "<|product|>"),
        ("<|product|> (<|f1|>", "<|product|>"),
        ("<|product|> (<|f1|>) &", "<|product|> (<|f1|>)"),
        ("Light for the Home and ", "Light for the Home"),
        ("Sunbell Banda", "Sunbell Banda"),
        ("with the", ""),
        ("", ""),
    ],
)
def test_a_line_does_not_end_in_what_leads_nowhere(text: str, kept: str) -> None:
    assert without_loose_end(text) == kept


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        (30, "solar lantern with a hook"),
        (22, "solar lantern"),
        (13, "solar lantern"),
        (12, "solar"),
        (4, "sola"),
        (0, ""),
    ],
)
def test_a_name_is_clipped_at_a_word(most: int, kept: str) -> None:
    assert clipped("solar lantern with a hook", most) == kept
