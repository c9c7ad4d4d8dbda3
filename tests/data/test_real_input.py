"""The scripts that make real input of public data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from desktop.store.product_import import read_products

HERE = Path(__file__).parent


def run(script: str, *arguments: object) -> str:
    command = [sys.executable, HERE / script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def converted(tmp_path: Path, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    source, out = tmp_path / "products.jsonl", tmp_path / "out.json"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run("convert_dummyjson.py", source, out)
    assert read_products(out, "USD").errors == []
    found: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))
    return found


MASCARA = {
    "title": "Essence Mascara Lash Princess",
    "description": "A popular mascara.",
    "category": "mens-watches",
    "price": 9.99,
    "tags": ["beauty"],
    "brand": "Essence",
    "dimensions": {"width": 15.14, "height": 13.08, "depth": 22.99},
    "weight": 4,
    "warrantyInformation": "1 week warranty",
    "shippingInformation": "Ships in 3-5 business days",
    "returnPolicy": "No return policy",
}


def test_a_product_is_converted_without_what_can_t_be_known(tmp_path: Path) -> None:
    assert converted(tmp_path, MASCARA) == [
        {
            "sku": "DJ-001",
            "name": "Mascara Lash Princess",
            "brand": "Essence",
            "category": "mens watches",
            "price": "9.99",
            "currency": "USD",
            "stock": None,
            "facts": {"warranty": "1 week", "shipping": "3-5 business days", "returns": "no"},
            "notes": "",
        }
    ]


def test_nulls_and_titles_that_are_the_brand_are_taken(tmp_path: Path) -> None:
    bare = dict.fromkeys(MASCARA) | {"title": "Apple", "category": "groceries", "price": 2}
    first, second = converted(tmp_path, bare, bare | {"brand": "Apple"})
    assert (first["name"], first["brand"], first["facts"]) == ("Apple", "", {})
    assert (second["name"], second["brand"], second["sku"]) == ("Apple", "Apple", "DJ-002")


def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    bitext = folder / "bitext_customer_support" / "bitext_4514_with_responses.csv"
    shops = folder / "hint3_indian_ecommerce_intents" / "v1" / "test"
    for parent in (bitext.parent, shops):
        parent.mkdir(parents=True)
    lines = "".join(f'"message {n}, please",track_order\n' for n in range(30))
    bitext.write_text(f"instruction,intent\n{lines}", encoding="utf-8")
    same = "".join(f"{text},GREETING\n" for text in ("Hi", "hi", "HI", "???", "12"))
    for name in ("curekart", "sofmattress"):
        asked = "".join(f"{name} {n},PRICE\n" for n in range(20))
        (shops / f"{name}_test.csv").write_text(f"sentence,label\n{same}{asked}", encoding="utf-8")
    return folder


def test_messages_are_picked_by_halves_and_no_message_twice(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run("pick_messages.py", "--data", data(tmp_path), "--count", 40, out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len({row["message"].casefold() for row in rows}) == 40
    assert sum(row["source"].startswith("bitext") for row in rows) == 20
    assert all(any(char.isalpha() for char in row["message"]) for row in rows)
    assert {row["label"] for row in rows} <= {"track_order", "PRICE", "GREETING"}


def test_the_same_seed_picks_the_same_messages(tmp_path: Path) -> None:
    folder = data(tmp_path)
    texts = []
    for seed in (1, 1, 2):
        run("pick_messages.py", "--data", folder, "--count", 20, "--seed", seed, tmp_path / "out.jsonl")
        texts.append((tmp_path / "out.jsonl").read_text("utf-8"))
    assert texts[0] == texts[1] != texts[2]
