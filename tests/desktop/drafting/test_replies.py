"""Whole replies of the sample shop, read as its seller would, against tests/data/replies.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from desktop.drafting.intent import IntentModel
from desktop.drafting.lexicon import Lexicon
from desktop.drafting.phrases import Phrases
from desktop.drafting.reply import ReplyDrafter
from desktop.shop.records import Product, ShopProfile

RESOURCES = Path(__file__).parents[3] / "resources"
TABLE = tomllib.loads((Path(__file__).parents[2] / "data" / "replies.toml").read_text(encoding="utf-8"))
DATA = json.loads((RESOURCES / "samples" / "shop.json").read_text(encoding="utf-8"))
SHOP = ShopProfile.from_json(DATA)
PRODUCTS = [Product.from_json(row, SHOP.currency) for row in DATA["products"]]
DRAFTER = ReplyDrafter(
    None,
    Lexicon.load(RESOURCES / "lexicon" / "en.toml"),
    Phrases.load(RESOURCES / "phrases"),
    IntentModel.load(RESOURCES / "model" / "intents.json"),
)


def _cases() -> list[Any]:
    return [
        pytest.param(
            row,
            id=row["message"][:40],
            marks=[pytest.mark.xfail(reason=row["wrong"])] if "wrong" in row else [],
        )
        for row in TABLE["reply"]
    ]


def _has(pattern: str, text: str, flags: re.RegexFlag = re.I) -> bool:
    return re.search(pattern, text, flags) is not None


@pytest.mark.parametrize("row", _cases())
def test_the_reply_is_right(row: dict[str, Any]) -> None:
    for seed in (0, 1, 2):
        result = DRAFTER.draft(row["message"], SHOP, PRODUCTS, seed=seed)
        assert len(result.variants) >= 2
        for variant in result.variants:
            assert not variant.flags
            if variant.open_slots:
                continue
            for pattern in row.get("says", ()):
                assert _has(pattern, variant.text), (pattern, variant.text)
            one = row.get("one", ())
            assert not one or any(_has(pattern, variant.text) for pattern in one), (one, variant.text)
            for pattern in row.get("never", ()):
                assert not _has(pattern, variant.text), (pattern, variant.text)
            for pattern in TABLE["never"]:
                assert not _has(pattern, variant.text, re.NOFLAG), (pattern, variant.text)
