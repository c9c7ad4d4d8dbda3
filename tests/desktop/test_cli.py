"""Every command of the command line: what it prints, what it refuses, and the exit code."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from desktop import cli
from desktop.cli import cross_sell
from desktop.cli.given import products_of
from desktop.desk import Desk
from desktop.drafting.prompt import FORMAT_VERSION, TONES
from desktop.engine.cpu import OVERRIDE
from desktop.samples import load_samples
from desktop.shop.records import Draft, Order, OrderLine, Task

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "resources" / "samples"
SHOP = SAMPLES / "shop.json"
ORDERS = SAMPLES / "orders.csv"
LANTERN = {
    "sku": "SL-10",
    "name": "solar lantern",
    "brand": "Sunbell",
    "category": "Home & Garden > Lighting",
    "price": "2450",
    "currency": "KES",
    "stock": 14,
    "facts": {"run time": "12 hours", "charging": "USB"},
    "notes": "",
}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Each line of what was printed, all of which must be JSON objects."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(document, dict) for document in found)
        return found

    def refused(self, *said: str) -> None:
        """Bad input: exit 2, nothing printed, a message that says all of `said`."""
        assert (self.code, self.out) == (2, "")
        for words in said:
            assert words in self.err
        assert "Traceback" not in self.err


class Command:
    """`stallhand` with a data folder of its own."""

    def __init__(self, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data_dir = data_dir
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ran:
        self._capsys.readouterr()
        try:
            code = cli.main(["--data-dir", str(self.data_dir), *map(str, arguments)])
        except SystemExit as stopped:  # argparse
            code = int(stopped.code or 0)
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "data", capsys)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's own files, without a language model."""
    folder = tmp_path_factory.mktemp("program") / "resources"
    for part in ("lexicon", "marketplaces", "phrases"):
        shutil.copytree(ROOT / "resources" / part, folder / part)
    (folder / "model").mkdir()
    shutil.copy(ROOT / "resources" / "model" / "intents.json", folder / "model")
    return folder


@pytest.fixture(autouse=True)
def without_model(parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.desk.resources_dir", lambda: parts)


@pytest.fixture
def tiny_model(parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model with random weights, in place of the real one."""
    folder = tmp_path / "with_model" / "resources"
    shutil.copytree(parts, folder)
    shutil.copytree(ROOT / "tests" / "data" / "tiny_model", folder / "model", dirs_exist_ok=True)
    manifest = folder / "model" / "manifest.json"
    told = json.loads(manifest.read_text("utf-8")) | {"format_version": FORMAT_VERSION}
    manifest.write_text(json.dumps(told), "utf-8")
    monkeypatch.setattr("desktop.desk.resources_dir", lambda: folder)
    return folder / "model"


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def as_json(path: Path, document: object) -> Path:
    return written(path, json.dumps(document, ensure_ascii=False))


@pytest.fixture
def lantern(tmp_path: Path) -> Path:
    return as_json(tmp_path / "products.json", [LANTERN])


# -- draft listing -------------------------------------------------------------------------------------------------


def test_a_listing_is_one_json_document_a_line_with_the_keys_of_the_contract(
    command: Command, lantern: Path
) -> None:
    ran = command("draft", "listing", "--products", lantern, "--json")
    assert ran.code == 0
    (document,) = ran.documents
    assert set(document) == {"sku", "name", "seed", "model", "source", "variants", "timing"}
    assert (document["sku"], document["seed"], document["model"]) == ("SL-10", 0, None)
    assert document["source"] == "phrases"
    assert set(document["timing"]) == {"first_token_ms", "total_ms", "tokens", "tokens_per_s"}
    assert len(document["variants"]) == 3
    for variant in document["variants"]:
        assert set(variant) == {"title", "bullets", "description", "score", "coverage", "flags", "rules"}
        assert set(variant["coverage"]) == {"used", "missing"}
        assert "run time" in variant["coverage"]["used"]
        assert variant["flags"] == []
        assert all(set(rule) == {"marketplace", "field", "rule", "ok", "detail"} for rule in variant["rules"])


def test_the_same_seed_gives_the_same_listing_and_another_seed_another(
    command: Command, lantern: Path
) -> None:
    def variants(seed: int) -> Any:
        return command("draft", "listing", "--products", lantern, "--seed", seed, "--json").documents[0][
            "variants"
        ]

    assert variants(1) == variants(1) != variants(2)


def test_every_product_of_a_file_gets_its_line(command: Command) -> None:
    ran = command("draft", "listing", "--products", SHOP, "--variants", 1, "--json")
    assert ran.code == 0
    assert [d["sku"] for d in ran.documents] == [
        p["sku"] for p in json.loads(SHOP.read_text("utf-8"))["products"]
    ]
    assert all(d["variants"][0]["title"] and d["variants"][0]["description"] for d in ran.documents)


def test_one_sku_only_and_any_number_of_variants(command: Command) -> None:
    ran = command("draft", "listing", "--products", SHOP, "--sku", "FD-01", "--variants", 2, "--json")
    assert [(d["sku"], len(d["variants"])) for d in ran.documents] == [("FD-01", 2)]


def test_rules_of_the_marketplace_are_told(command: Command, lantern: Path) -> None:
    ran = command("draft", "listing", "--products", lantern, "--marketplace", "ebay", "--json")
    rules = [rule for variant in ran.documents[0]["variants"] for rule in variant["rules"]]
    assert {rule["marketplace"] for rule in rules} == {"ebay"}
    assert any(rule["field"] == "title" and rule["ok"] for rule in rules)


@pytest.mark.parametrize("tone", TONES)
def test_every_tone_drafts(command: Command, lantern: Path, tone: str) -> None:
    assert command("draft", "listing", "--products", lantern, "--tone", tone, "--variants", 1).code == 0


def test_without_json_people_can_read_it(command: Command, lantern: Path) -> None:
    ran = command("draft", "listing", "--products", lantern, "--variants", 1)
    assert ran.out.startswith("=== solar lantern (SL-10)\n")
    assert "  • " in ran.out and "12 hours" in ran.out


def test_without_a_file_the_catalogue_is_drafted(command: Command) -> None:
    with Desk.open(command.data_dir, use_model=False) as desk:
        load_samples(desk.store, SAMPLES)
    ran = command("draft", "listing", "--sku", "SC-01", "--variants", 1, "--json")
    assert [d["name"] for d in ran.documents] == ["school bag"]


def test_an_empty_catalogue_is_bad_input(command: Command) -> None:
    command("draft", "listing", "--json").refused("no product")


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1252", ";"), ("utf-8", "|")],
)
def test_a_catalogue_is_read_in_any_encoding_and_with_any_delimiter(
    command: Command, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [
        ["SKU", "Name", "Brand", "Price", "Matière"],
        ["C-1", "café moulu", "Sévé", "KSh 2,450/=", "arabica"],
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    ran = command(
        "draft",
        "listing",
        "--products",
        written(tmp_path / "c.csv", text, encoding),
        "--variants",
        1,
        "--json",
    )
    assert ran.code == 0
    (document,) = ran.documents
    assert document["name"] == "café moulu"
    assert "Matière" in document["variants"][0]["coverage"]["used"]


def test_a_spreadsheet_is_read(command: Command, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "c.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["sku", "name", "price", "run time"])
        sheet.write_row(1, 0, ["A", "lamp", 450, "5 hours"])
    ran = command("draft", "listing", "--products", path, "--currency", "KES", "--json")
    assert [d["name"] for d in ran.documents] == ["lamp"]


def test_prices_of_a_shop_file_are_in_the_shops_currency(command: Command, tmp_path: Path) -> None:
    shop = {"name": "Duka", "currency": "KES", "products": [{"name": "lamp", "price": 450}]}
    path = as_json(tmp_path / "shop.json", shop)
    brief = as_json(tmp_path / "brief.json", {"occasion": "Easter", "products": ["lamp"]})
    ran = command("draft", "promo", "--shop", path, "--brief", brief, "--json", "--variants", 9)
    assert "KSh 450" in ran.out and "$" not in ran.out
    with Desk.open_without_store(use_model=False):
        products = products_of(path, "USD")
    assert [str(product.price) for product in products] == ["KSh 450"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_file_of_products_is_bad_input(command: Command, tmp_path: Path, text: str) -> None:
    for name in ("p.json", "p.jsonl", "p.csv"):
        command("draft", "listing", "--products", written(tmp_path / name, text), "--json").refused(
            "stallhand: "
        )


def test_a_missing_file_is_named(command: Command, tmp_path: Path) -> None:
    command("draft", "listing", "--products", tmp_path / "none.csv", "--json").refused("none.csv")


def test_a_folder_is_no_file(command: Command, tmp_path: Path) -> None:
    command("draft", "listing", "--products", tmp_path, "--json").refused(tmp_path.name)


def test_broken_json_is_told_with_line_and_column(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", '[\n  {"name": "lamp",}\n]')
    command("draft", "listing", "--products", path, "--json").refused("p.json", "line 2 column")


def test_a_broken_line_of_json_lines_is_told_with_its_row(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "p.jsonl", '{"name": "lamp"}\n{"name": }\n')
    command("draft", "listing", "--products", path, "--json").refused("p.jsonl", "Row 2", "JSON")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": ""}, ["“name” is empty"]),
        ({"name": "lamp", "price": "cheap"}, ["cheap"]),
        ({"name": "lamp", "price": -5}, ["Row 1"]),
        ({"name": "lamp", "price": True}, ["price"]),
        ({"name": "lamp", "stock": "some"}, ["stock", "some"]),
        ({"name": "lamp", "facts": "bright"}, ["facts"]),
        ({"name": ["lamp"]}, ["name"]),
        ({"name": "lamp", "price": 1, "currency": "XXQ"}, ["XXQ"]),
    ],
)
def test_a_product_that_can_t_be_used_is_told_and_nothing_is_printed(
    command: Command, tmp_path: Path, row: dict[str, Any], said: list[str]
) -> None:
    path = as_json(tmp_path / "p.json", [row, LANTERN])
    command("draft", "listing", "--products", path, "--json").refused("p.json", "Row 1", *said)


def test_a_price_that_is_no_number_is_refused(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", '[{"name": "lamp", "price": NaN}]')
    command("draft", "listing", "--products", path, "--json").refused("Row 1")


def test_a_bad_row_of_a_csv_is_told_with_row_and_column(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "sku,name,Unit price\nA,lamp,12\nB,torch,twelve\n")
    command("draft", "listing", "--products", path, "--json").refused("Row 3", "“Unit price”", "twelve")


def test_a_csv_without_names_is_refused(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "sku,price\nA,12\n")
    command("draft", "listing", "--products", path, "--json").refused("name", "sku, price")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--marketplace", "nowhere"),
        ("--sku", "NONE"),
        ("--variants", "0"),
        ("--variants", "many"),
        ("--tone", "rude"),
        ("--language", "tlh"),
        ("--seed", "x"),
        ("--currency", "SHELLS"),
        ("--nonsense",),
    ],
)
def test_a_bad_option_is_named(command: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = as_json(tmp_path / "p.json", [{"name": "lamp", "price": "5"}])
    command("draft", "listing", "--products", path, "--json", *arguments).refused(arguments[-1])


HARD = {
    "emoji": "🔥🔥 lamp 🔥",
    "arabic": "مصباح شمسي",
    "hindi": "सौर लालटेन",
    "thai": "โคมไฟพลังงานแสงอาทิตย์",
    "long": "very " * 2000 + "lamp",
    "token": "<|endoftext|> <|price|> lamp",
    "braces": "{product} [a|b] lamp",
}


@pytest.mark.parametrize("name", HARD.values(), ids=HARD.keys())
def test_hard_names_and_values_draft_without_an_empty_field(
    command: Command, tmp_path: Path, name: str
) -> None:
    row = {
        "name": name,
        "price": "1.299,00",
        "currency": "BRL",
        "facts": {name: name, "": "x", "colour": name},
    }
    path = as_json(tmp_path / "p.json", [row])
    ran = command("draft", "listing", "--products", path, "--variants", 1, "--json")
    assert ran.code == 0
    (variant,) = ran.documents[0]["variants"]
    assert variant["title"] and variant["description"]


def test_a_product_with_a_name_alone_drafts(command: Command, tmp_path: Path) -> None:
    path = as_json(tmp_path / "p.json", {"name": "x"})
    (document,) = command("draft", "listing", "--products", path, "--json").documents
    assert all(variant["title"] and variant["description"] for variant in document["variants"])


# -- draft reply ---------------------------------------------------------------------------------------------------


def test_a_reply_has_the_keys_of_the_contract(command: Command) -> None:
    ran = command("draft", "reply", "--shop", SHOP, "--message", "how much is the solar lantern?", "--json")
    assert ran.code == 0
    (document,) = ran.documents
    assert set(document) == {
        "message", "intent", "confidence", "product_sku", "facts_used", "source", "variants", "timing",
    }  # fmt: skip
    assert (document["intent"], document["product_sku"]) == ("price", "SL-10")
    assert 0 < document["confidence"] <= 1
    assert document["facts_used"]
    assert all(set(variant) == {"text", "flags", "slots"} for variant in document["variants"])
    assert all("KSh 2,450" in variant["text"] for variant in document["variants"])


def test_messages_of_a_file_are_answered_line_by_line(command: Command) -> None:
    ran = command(
        "draft", "reply", "--shop", SHOP, "--messages", SAMPLES / "messages.jsonl", "--variants", 1, "--json"
    )
    assert ran.code == 0
    lines = (SAMPLES / "messages.jsonl").read_text("utf-8").splitlines()
    assert [d["message"] for d in ran.documents] == [json.loads(line)["message"] for line in lines]
    assert all(d["variants"][0]["text"].strip() for d in ran.documents)


def test_intent_and_product_can_be_given(command: Command) -> None:
    ran = command(
        "draft", "reply", "--shop", SHOP, "--message", "hi", "--intent", "price", "--sku", "FD-06", "--json"
    )
    (document,) = ran.documents
    assert (document["intent"], document["product_sku"]) == ("price", "FD-06")
    assert "550" in document["variants"][0]["text"]


def test_the_stores_own_shop_answers_when_no_file_is_given(command: Command) -> None:
    with Desk.open(command.data_dir, use_model=False) as desk:
        load_samples(desk.store, SAMPLES)
    ran = command("draft", "reply", "--message", "when do you open?", "--json")
    assert ran.documents[0]["intent"] == "hours"
    assert "8 am to 7 pm" in ran.documents[0]["variants"][0]["text"]


def test_a_reply_without_json_shows_the_message_and_the_intent(command: Command) -> None:
    ran = command("draft", "reply", "--shop", SHOP, "--message", "do you deliver to Meru?", "--variants", 1)
    assert ran.out.startswith("> do you deliver to Meru?\n  [delivery]\n")
    assert "KSh 250" in ran.out


@pytest.mark.parametrize(
    "message",
    ["", "   ", "😀" * 50, "السعر؟", "कितने का है", "ราคาเท่าไร", "a" * 10_000, "<|endoftext|>", "line\nbreak"],
)
def test_any_message_is_answered(command: Command, message: str) -> None:
    ran = command("draft", "reply", "--shop", SHOP, "--message", message, "--variants", 1, "--json")
    assert ran.code == 0
    assert ran.documents[0]["variants"][0]["text"].strip()


def test_a_line_separator_inside_a_message_is_no_new_line(command: Command, tmp_path: Path) -> None:
    path = as_json(tmp_path / "m.jsonl", {"message": "price of the lantern\u2028please\x85"})
    assert len(command("draft", "reply", "--shop", SHOP, "--messages", path, "--json").documents) == 1


def test_messages_may_be_plain_texts_and_lines_empty(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", '"hello"\r\n\r\n{"message": "hours?"}\r\n', "utf-8-sig")
    ran = command("draft", "reply", "--shop", SHOP, "--messages", path, "--json")
    assert [d["message"] for d in ran.documents] == ["hello", "hours?"]


def test_a_bad_line_of_messages_is_told_before_anything_is_drafted(command: Command, tmp_path: Path) -> None:
    broken = written(tmp_path / "m.jsonl", '{"message": "hi"}\n{"message": hi}\n')
    command("draft", "reply", "--shop", SHOP, "--messages", broken, "--json").refused("line 2, column 13")
    other = written(tmp_path / "n.jsonl", '{"message": "hi"}\n{"text": "hi"}\n')
    command("draft", "reply", "--shop", SHOP, "--messages", other, "--json").refused("line 2", "“message”")


def test_json_without_end_to_its_depth_is_bad_input(command: Command, tmp_path: Path) -> None:
    deep = written(tmp_path / "m.jsonl", "[" * 100_000)
    command("draft", "reply", "--shop", SHOP, "--messages", deep, "--json").refused("m.jsonl")
    command("draft", "reply", "--shop", deep, "--message", "hi", "--json").refused("m.jsonl")


def test_messages_in_another_encoding_are_refused_with_what_to_do(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", '{"message": "café"}', "cp1252")
    command("draft", "reply", "--shop", SHOP, "--messages", path, "--json").refused("UTF-8")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "must hold one JSON object"),
        ({"products": {"name": "lamp"}}, "products"),
        ({"products": 5}, "products"),
        ({"products": ["lamp"]}, "list of products"),
        ({"products": [{"name": "ok"}, {"price": 5}]}, "product 2"),
        ({"policies": ["none"]}, "policies"),
        ({"policies": {"delivery": 5}}, "delivery"),
        ({"currency": "XXQ", "products": [{"name": "lamp", "price": 5}]}, "XXQ"),
    ],
)
def test_a_shop_that_can_t_be_used_is_refused(
    command: Command, tmp_path: Path, document: object, said: str
) -> None:
    shop = as_json(tmp_path / "shop.json", document)
    command("draft", "reply", "--shop", shop, "--message", "hi", "--json").refused(said)


def test_broken_json_of_a_shop_is_told_with_line_and_column(command: Command, tmp_path: Path) -> None:
    shop = written(tmp_path / "shop.json", '{"name": "Duka",\n "currency" "KES"}')
    command("draft", "reply", "--shop", shop, "--message", "hi", "--json").refused("line 2, column 13")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--message", "hi", "--messages", "m.jsonl"),
        (),
        ("--message", "hi", "--sku", "NONE"),
        ("--message", "hi", "--intent", "weather"),
        ("--messages", "missing.jsonl"),
    ],
)
def test_a_reply_asked_for_wrongly_is_refused(command: Command, arguments: tuple[str, ...]) -> None:
    command("draft", "reply", "--shop", SHOP, "--json", *arguments).refused("stallhand: ")


# -- draft promo ---------------------------------------------------------------------------------------------------

BRIEFS = json.loads((SAMPLES / "briefs.json").read_text("utf-8"))


@pytest.mark.parametrize("number", range(len(BRIEFS)))
def test_a_promotion_is_written_from_each_brief(command: Command, tmp_path: Path, number: int) -> None:
    brief = as_json(tmp_path / "b.json", BRIEFS[number])
    ran = command("draft", "promo", "--shop", SHOP, "--brief", brief, "--json")
    assert ran.code == 0
    (document,) = ran.documents
    assert set(document) == {"channel", "source", "variants", "timing"}
    assert document["channel"] == BRIEFS[number]["channel"]
    assert document["variants"]
    for variant in document["variants"]:
        assert set(variant) == {"text", "flags", "slots"}
        assert variant["text"].strip() and variant["flags"] == []
        if document["channel"] == "sms":
            assert len(variant["text"]) <= 160


def test_the_channel_and_the_tone_can_be_given(command: Command, tmp_path: Path) -> None:
    brief = as_json(tmp_path / "b.json", BRIEFS[0])
    ran = command(
        "draft", "promo", "--shop", SHOP, "--brief", brief, "--channel", "sms", "--tone", "urgent", "--json"
    )
    assert ran.documents[0]["channel"] == "sms"


@pytest.mark.parametrize(
    ("brief", "said"),
    [
        ({}, "empty"),
        ({"occasion": "Eid", "products": ["NONE"]}, "NONE"),
        ({"occasion": "Eid", "channel": "fax"}, "fax"),
        ({"occasion": "Eid", "tone": "rude"}, "rude"),
        ({"occasion": "Eid", "products": [{"name": "lamp", "price": "x"}]}, "x"),
        ({"occasion": "Eid", "products": 5}, "products"),
        ([], "must hold one JSON object"),
    ],
)
def test_a_brief_that_can_t_be_used_is_refused(
    command: Command, tmp_path: Path, brief: object, said: str
) -> None:
    path = as_json(tmp_path / "b.json", brief)
    command("draft", "promo", "--shop", SHOP, "--brief", path, "--json").refused(said)


def test_a_promotion_needs_its_brief(command: Command, tmp_path: Path) -> None:
    command("draft", "promo", "--shop", SHOP, "--json").refused("--brief")
    command("draft", "promo", "--shop", SHOP, "--brief", tmp_path / "none.json", "--json").refused(
        "none.json"
    )


def test_a_product_written_into_a_brief_is_priced_in_the_shops_currency(
    command: Command, tmp_path: Path
) -> None:
    path = as_json(tmp_path / "b.json", {"occasion": "Eid", "products": [{"name": "lamp", "price": 450}]})
    ran = command("draft", "promo", "--shop", SHOP, "--brief", path, "--variants", 9, "--json")
    assert "KSh 450" in ran.out and "$" not in ran.out


# -- suggest -------------------------------------------------------------------------------------------------------


def test_a_suggestion_has_the_keys_of_the_contract_and_its_counts(command: Command) -> None:
    ran = command("suggest", "--orders", ORDERS, "--basket", "SL-22,FD-01", "--top", 2, "--json")
    assert ran.code == 0
    (document,) = ran.documents
    assert set(document) == {"basket", "suggestions"}
    assert document["basket"] == ["SL-22", "FD-01"]
    assert len(document["suggestions"]) == 2
    for suggestion in document["suggestions"]:
        assert set(suggestion) == {"sku", "name", "score", "support", "lift", "reason", "pitch"}
        assert re.search(rf"together {suggestion['support']} times with", suggestion["reason"])
        assert suggestion["pitch"] == ""
    assert "BT-01" in {suggestion["sku"] for suggestion in document["suggestions"]}


def test_lines_left_out_are_counted_beside_the_json(command: Command) -> None:
    ran = command("suggest", "--orders", ORDERS, "--basket", "SL-22", "--json")
    assert "3 cancelled lines" in ran.err
    assert len(ran.documents) == 1


def test_the_model_of_an_order_file_is_kept_until_the_file_changes(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = shutil.copy(ORDERS, tmp_path / "orders.csv")
    asked = ("suggest", "--orders", orders, "--basket", "SL-22", "--json")
    first = command(*asked)
    read: list[Path] = []
    real = cross_sell.read_orders
    monkeypatch.setattr(
        cross_sell, "read_orders", lambda path, currency: read.append(path) or real(path, currency)
    )
    assert command(*asked).documents == first.documents
    assert read == []
    with orders.open("a", encoding="utf-8") as file:
        file.writelines(
            f"{n},2026-11-01,SL-22,LED torch,1,650,\n{n},2026-11-01,NEW,whistle,1,50,\n" for n in range(60)
        )
    assert command(*asked).documents[0]["suggestions"][0]["sku"] == "NEW"
    assert len(read) == 1


def test_a_damaged_model_of_the_orders_is_made_anew(command: Command) -> None:
    asked = ("suggest", "--orders", ORDERS, "--basket", "SL-22", "--json")
    first = command(*asked)
    (kept,) = (command.data_dir / "order_files").iterdir()
    kept.write_bytes(b"damaged")
    assert command(*asked).documents == first.documents


def test_baskets_of_a_file_are_answered_line_by_line(command: Command, tmp_path: Path) -> None:
    baskets = written(tmp_path / "b.jsonl", '{"basket": ["SL-22"]}\n["HW-01", "HW-03"]\n{"basket": []}\n')
    ran = command("suggest", "--orders", ORDERS, "--baskets", baskets, "--json")
    assert [d["basket"] for d in ran.documents] == [["SL-22"], ["HW-01", "HW-03"], []]
    assert [bool(d["suggestions"]) for d in ran.documents] == [True, True, False]


def test_an_unknown_sku_gets_an_honest_empty_list(command: Command) -> None:
    ran = command("suggest", "--orders", ORDERS, "--basket", "NONE", "--json")
    assert ran.code == 0
    assert ran.documents == [{"basket": ["NONE"], "suggestions": []}]
    assert (
        "Nothing was ever bought together" in command("suggest", "--orders", ORDERS, "--basket", "NONE").out
    )


def test_a_pitch_names_what_is_suggested(command: Command) -> None:
    ran = command(
        "suggest",
        "--orders",
        ORDERS,
        "--products",
        SHOP,
        "--basket",
        "SL-22",
        "--top",
        1,
        "--pitch",
        "--json",
    )
    assert "AA batteries" in ran.documents[0]["suggestions"][0]["pitch"]


def test_a_pitch_without_the_catalogue_takes_the_names_of_the_orders(command: Command) -> None:
    pitches = []
    for seed in range(4):
        ran = command(
            "suggest",
            "--orders",
            ORDERS,
            "--basket",
            "SL-22",
            "--top",
            1,
            "--pitch",
            "--seed",
            seed,
            "--json",
        )
        pitches.append(ran.documents[0]["suggestions"][0]["pitch"])
    assert all("AA batteries" in pitch and "SL-22" not in pitch for pitch in pitches)
    assert any("LED torch" in pitch for pitch in pitches)


def test_what_is_sold_out_is_not_suggested(command: Command, tmp_path: Path) -> None:
    catalogue = as_json(tmp_path / "p.json", [{"sku": "BT-01", "name": "AA batteries", "stock": 0}])
    ran = command("suggest", "--orders", ORDERS, "--products", catalogue, "--basket", "SL-22", "--json")
    assert "BT-01" not in {suggestion["sku"] for suggestion in ran.documents[0]["suggestions"]}


def test_the_shops_own_orders_are_used_when_no_file_is_given(command: Command) -> None:
    assert command("suggest", "--basket", "A", "--json").documents == [{"basket": ["A"], "suggestions": []}]
    with Desk.open(command.data_dir, use_model=False) as desk:
        day = date(2026, 1, 1)
        desk.store.orders.save_many(
            [Order(str(n), day, (OrderLine("A", "lamp"), OrderLine("B", "oil"))) for n in range(3)]
        )
    assert command("suggest", "--basket", "A", "--json").documents[0]["suggestions"][0]["sku"] == "B"


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-16", ","), ("cp1252", ";"), ("utf-8-sig", "\t")])
def test_orders_are_read_in_any_encoding(
    command: Command, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [["InvoiceNo", "InvoiceDate", "StockCode", "Description", "Quantity", "UnitPrice", "CustomerID"]]
    for n in range(1, 4):
        rows += [
            [f"{n}", "12/1/2010 8:26", sku, name, "1", "2.55", ""]
            for sku, name in (("A", "thé"), ("B", "café"))
        ]
    text = "\n".join(delimiter.join(row) for row in rows)
    orders = written(tmp_path / "o.csv", text, encoding)
    ran = command("suggest", "--orders", orders, "--basket", "A", "--json")
    assert ran.documents[0]["suggestions"][0]["name"] == "café"


def test_bad_rows_of_orders_are_told_and_the_others_used(command: Command, tmp_path: Path) -> None:
    good = "1,2026-01-02,A,lamp,1\n1,2026-01-02,B,oil,1\n"
    lines = f"order,date,sku,name,quantity\n{good}2,soon,A,lamp,1\n3,2026-01-02,A,lamp,many\n"
    ran = command("suggest", "--orders", written(tmp_path / "o.csv", lines), "--basket", "A", "--json")
    assert ran.documents[0]["suggestions"][0]["sku"] == "B"
    assert "Row 4, column “date”" in ran.err and "Row 5, column “quantity”" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("order,date,sku\n", "no order"),
        ("a,b,c\n1,2,3\n", "no column"),
        ("order,date,sku\n1,soon,A\n", "Row 2"),
    ],
)
def test_orders_that_can_t_be_used_are_refused(
    command: Command, tmp_path: Path, text: str, said: str
) -> None:
    command("suggest", "--orders", written(tmp_path / "o.csv", text), "--basket", "A", "--json").refused(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--basket", ""), "--basket is empty"),
        (("--basket", " , "), "--basket is empty"),
        (("--basket", "A", "--baskets", "b.jsonl"), "--basket"),
        ((), "--basket"),
        (("--basket", "A", "--top", "0"), "0 is not 1 or more"),
        (("--basket", "A", "--orders", "none.csv"), "none.csv"),
        (("--baskets", "none.jsonl"), "none.jsonl"),
        (("--basket", "A", "--products", "none.csv"), "none.csv"),
    ],
)
def test_a_suggestion_asked_for_wrongly_is_refused(
    command: Command, arguments: tuple[str, ...], said: str
) -> None:
    command("suggest", "--orders", ORDERS, *arguments, "--json").refused(said)


def test_a_bad_line_of_baskets_is_told(command: Command, tmp_path: Path) -> None:
    baskets = written(tmp_path / "b.jsonl", '{"basket": ["A"]}\n{"basket": "A,B"}\n')
    command("suggest", "--orders", ORDERS, "--baskets", baskets, "--json").refused("line 2", "list of SKUs")


# -- history -------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_history(command: Command) -> Command:
    with Desk.open(command.data_dir, use_model=False) as desk:
        for name, text in (("solar lantern", "Bright nights"), ("kettle", "=cmd|' /C calc'!A0")):
            draft = Draft(
                Task.LISTING, name, {"name": name}, ({"title": name},), {"title": name, "description": text}
            )
            desk.store.drafts.add(draft)
    return command


def test_history_is_listed_newest_first(with_history: Command) -> None:
    ran = with_history("history", "list", "--json")
    assert [d["subject"] for d in ran.documents] == ["kettle", "solar lantern"]
    assert ran.documents[0]["state"] == "draft"
    assert len(with_history("history", "list", "--limit", 1).out.splitlines()) == 1


def test_history_is_searched(with_history: Command) -> None:
    ran = with_history("history", "search", "bright", "--json")
    assert [d["subject"] for d in ran.documents] == ["solar lantern"]
    assert with_history("history", "search", "unheard-of", "--json") == Ran(0, "", "")
    assert with_history("history", "search", '"*(', "--json").code == 0


def test_an_empty_history_is_no_error(command: Command) -> None:
    assert command("history", "list", "--json") == Ran(0, "", "")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "txt"])
def test_history_is_exported(with_history: Command, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"out.{suffix}"
    ran = with_history("history", "export", file)
    assert (ran.code, ran.out.split()[0]) == (0, "2")
    assert file.stat().st_size > 50


def test_an_exported_formula_is_guarded(with_history: Command, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    with_history("history", "export", file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert any("calc" in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)


def test_an_export_to_another_kind_of_file_is_refused(with_history: Command, tmp_path: Path) -> None:
    with_history("history", "export", tmp_path / "out.pdf").refused(".csv, .xlsx or .txt")


def test_an_export_that_can_t_be_written_says_so(with_history: Command, tmp_path: Path) -> None:
    ran = with_history("history", "export", tmp_path / "no_folder" / "out.csv")
    assert (ran.code, ran.out) == (1, "")
    assert "no_folder" in ran.err and "Traceback" not in ran.err


# -- the model -----------------------------------------------------------------------------------------------------

JOBS = {
    "listing": ("draft", "listing", "--products", SHOP, "--sku", "SL-10"),
    "reply": ("draft", "reply", "--shop", SHOP, "--message", "price of the lantern?"),
    "pitch": (
        "suggest",
        "--orders",
        ORDERS,
        "--products",
        SHOP,
        "--basket",
        "SL-22",
        "--top",
        "1",
        "--pitch",
    ),
}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_without_a_model_phrases_are_used_and_told(command: Command, job: tuple[str, ...]) -> None:
    ran = command(*job, "--json")
    assert ran.code == 0 and len(ran.documents) == 1
    assert "writing from phrases" in ran.err


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_without_a_model_no_fallback_exits_3(command: Command, job: tuple[str, ...]) -> None:
    ran = command(*job, "--json", "--no-fallback")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("stallhand: ")


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_phrases_can_be_asked_for_and_need_no_apology(command: Command, job: tuple[str, ...]) -> None:
    ran = command(*job, "--json", "--phrases")
    assert ran.code == 0
    assert "writing from phrases" not in ran.err


def test_a_model_with_one_changed_bit_is_not_used(command: Command, tiny_model: Path) -> None:
    weights = bytearray((tiny_model / "model.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    (tiny_model / "model.onnx").write_bytes(weights)
    assert command(*JOBS["listing"], "--json", "--no-fallback").code == 3
    ran = command(*JOBS["listing"], "--json")
    assert (ran.code, ran.documents[0]["source"]) == (0, "phrases")
    doctor = command("doctor", "--json")
    assert doctor.code == 1 and not doctor.documents[0]["model"]["ok"]


def test_a_model_that_can_be_used_is_named_in_the_listing(command: Command, tiny_model: Path) -> None:
    ran = command(*JOBS["listing"], "--json", "--no-fallback", "--variants", 1)
    assert ran.code == 0
    (document,) = ran.documents
    manifest = json.loads((tiny_model / "manifest.json").read_text("utf-8"))
    if document["source"] == "model":
        assert set(document["model"]) == {"name", "sha256", "precision"}
        assert document["model"]["name"] == manifest["name"]
    assert document["variants"][0]["title"]


# -- doctor --------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_everything_in_order(command: Command, tiny_model: Path) -> None:
    ran = command("doctor", "--json")
    assert ran.code == 0
    (document,) = ran.documents
    assert document["ok"] is True
    assert set(document) == {"ok", "versions", "program", "model", "threads", "data folder", "database"}
    assert re.match(r"\d \(physical cores", document["threads"]["found"])
    sha256 = json.loads((tiny_model / "manifest.json").read_text("utf-8"))["files"]["model.onnx"]["sha256"]
    assert document["model"]["found"]["sha256"] == sha256
    assert command("doctor").out.count("ok   ") == len(document) - 1


def test_the_doctor_misses_the_model(command: Command) -> None:
    ran = command("doctor")
    assert ran.code == 1
    assert re.search(r"^WRONG  model: \S", ran.out, re.M)
    assert re.search(r"^ok     database: ok", ran.out, re.M)


def test_the_doctor_finds_a_damaged_database(command: Command, tiny_model: Path) -> None:
    command.data_dir.mkdir(parents=True)
    (command.data_dir / "stallhand.db").write_bytes(b"no database at all" * 100)
    ran = command("doctor", "--json")
    assert ran.code == 1
    assert ran.documents[0]["database"]["ok"] is False


@pytest.mark.parametrize(
    "part", ["lexicon/en.toml", "phrases/en.toml", "marketplaces/generic.toml", "model/intents.json"]
)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_damaged_program_is_told(command: Command, tiny_model: Path, part: str, how: str) -> None:
    file = tiny_model.parent / part
    file.unlink()
    if how == "damaged":
        file.write_text("{ no = ", encoding="utf-8")
    doctor = command("doctor", "--json")
    if part.startswith("marketplaces") and how == "missing":  # a shop may take rules out
        assert doctor.code == 0
        return
    assert doctor.code == 1 and not doctor.documents[0]["program"]["ok"]
    assert doctor.documents[0]["database"]["ok"]
    ran = command(*JOBS["listing"], "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "damaged" in ran.err and "Traceback" not in ran.err


# -- the command itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("draft",), ("history",), ("nonsense",), ("draft", "poem")])
def test_half_a_command_is_refused(command: Command, arguments: tuple[str, ...]) -> None:
    assert command(*arguments).code == 2


def test_a_data_folder_may_have_any_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "Дані магазину 店 دكان"
    command = Command(folder, capsys)
    with Desk.open(folder, use_model=False) as desk:
        load_samples(desk.store, SAMPLES)
    assert command("suggest", "--basket", "SL-22", "--json").documents[0]["suggestions"]
    assert command("suggest", "--orders", ORDERS, "--basket", "SL-22", "--json").documents[0]["suggestions"]
    assert command("history", "list").code == 0


def test_a_data_folder_that_can_t_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_the_way = written(tmp_path / "file", "not a folder")
    ran = Command(in_the_way / "data", capsys)("history", "list", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "file" in ran.err and "Traceback" not in ran.err


def started(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "desktop", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )


def test_the_program_prints_utf8_wherever_it_runs(tmp_path: Path) -> None:
    products = as_json(tmp_path / "p.json", [{"name": "مصباح café"}])
    ran = started(
        "draft",
        "listing",
        "--products",
        products,
        "--json",
        "--phrases",
        PYTHONIOENCODING="ascii",
        LC_ALL="C",
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout.decode("utf-8"))["name"] == "مصباح café"


def test_the_program_exits_with_the_code_of_its_command(tmp_path: Path) -> None:
    ran = started("--data-dir", tmp_path, "suggest", "--orders", tmp_path / "none.csv", "--basket", "A")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"none.csv" in ran.stderr and b"Traceback" not in ran.stderr


def test_the_version_is_told() -> None:
    ran = started("--version")
    assert (ran.returncode, ran.stdout.split()[0]) == (0, b"Stallhand")


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m desktop draft listing --products {SHOP} --json --phrases | head -n 1"
    ran = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert len(ran.stdout.splitlines()) == 1
    assert ran.stderr == b""


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_on_an_old_processor_numpy_is_not_even_imported(tmp_path: Path, job: tuple[object, ...]) -> None:
    arguments = ["--data-dir", str(tmp_path), *map(str, job), "--json"]
    code = (
        f"import sys; from desktop.__main__ import main; code = main({arguments!r}); "
        "print([m for m in ('PySide6', 'numpy', 'onnxruntime') if m in sys.modules]); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {OVERRIDE: "sse2"},
        capture_output=True,
        text=True,
        check=True,
    )
    document, imported = ran.stdout.splitlines()
    assert json.loads(document)
    assert imported == "[]"
    assert "too old" in ran.stderr
