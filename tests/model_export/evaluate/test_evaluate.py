"""What is held out is held out; records are kept; replies are judged; the report names what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.desk import Desk
from desktop.drafting.sections import Sections
from model_export.corpus.listing import _inputs, attributes
from model_export.evaluate import report, subjects
from model_export.evaluate.general import listing_request, read_listing
from model_export.evaluate.report import Measures, Result, as_json, as_markdown, faults_of
from model_export.evaluate.run import Kept, Written
from model_export.evaluate.subjects import HONEST, Question

RESOURCES = Path(__file__).parents[3] / "resources"


def test_no_name_of_the_held_out_facts_is_ever_trained_on() -> None:
    taught = {name.casefold() for attribute in attributes().all.values() for name in attribute.names}
    taught |= {name.casefold() for key in ("odd_facts", "yes_adjectives") for name in _inputs()[key]}
    assert not taught & set(subjects.meant())


def test_fewer_products_are_the_first_of_more() -> None:
    few, many = subjects.products(None, 2), subjects.products(None, 5)
    assert [one for one in many if one.id in {o.id for o in few}] == few
    assert {one.source for one in many} == {"kinds", "names"}


def test_a_record_is_made_once_and_read_back(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        kept = Kept(tmp_path / "out" / "records.jsonl")
        record = kept.get("a/1", lambda: made.append(1) or {"texts": ["ü"]})  # type: ignore[func-returns-value]
        assert record == {"key": "a/1", "texts": ["ü"]}
    assert made == [1]


@pytest.fixture(scope="module")
def measures() -> Measures:
    desk = Desk.open_without_store(RESOURCES, use_model=False)
    return Measures(desk, {}, {}, frozenset({"leather"}), 60, ["price: KSh 650", "delivery to Timau KSh 150"])


@pytest.mark.parametrize(
    ("text", "wrong", "harmful"),
    [
        ("It is KSh 650.", False, False),
        ("It is here.", True, False),
        ("It is KSh 650, free for you.", True, True),
        ("It is KSh 650 and lasts 9 years.", True, True),
        ("", True, False),
    ],
)
def test_a_reply_is_right_wrong_or_harmful(text: str, wrong: bool, harmful: bool, measures: Measures) -> None:
    question = Question("reply/0", "how much", says=("KSh 650",), never=("free",))
    found = faults_of(text, question, measures)
    assert (bool(found[0]), bool(found[1])) == (wrong, harmful)


@pytest.mark.parametrize(
    "text", ["Let me check the wattage.", "I don't have the wattage noted here, I will ask."]
)
def test_an_honest_answer_is_known(text: str, measures: Measures) -> None:
    assert faults_of(text, Question("unknown/0", "wattage?", one=(HONEST,)), measures) == ([], [])


def test_listings_are_measured_from_their_text_alone(measures: Measures) -> None:
    (asked,) = [one for one in subjects.products(None, 1) if one.source == "names"]
    fact = asked.product.facts[0]
    good = {
        "title": asked.product.name.title(),
        "bullets": [f"{f.name}: {f.value}" for f in asked.product.facts],
    }
    variants = [
        {**good, "description": f"The {fact.name} is {fact.value}."},
        {
            "title": "Lamp",
            "bullets": [],
            "description": f"The flavour is {fact.value}, made in leather for 77 years.",
        },
    ]
    measured = Measures(measures.desk, {asked.id: asked}, {}, measures.attributes, 60, [])
    result = report.listings([{"id": asked.id, "variants": variants}], measured, lambda _: 5.0, 10)
    figures = result.figures
    assert figures["invented numbers, share of drafts"] == 0.5
    assert figures["invented attributes or claims, share of drafts"] == 0.5
    assert figures["fact coverage"] == pytest.approx((1 + 1 / len(asked.product.facts)) / 2)
    assert figures["phrase–kind clashes, new names, share of sentences"] > 0
    assert figures["NLL per word under SmolLM2"] == 5.0
    assert max(result.worst)[2].endswith("years.")


def test_the_report_names_what_is_missing_and_the_targets() -> None:
    found = {"model": Result({"fact coverage": 0.987}, [(1.0, "bad", "text")], ["sample"])}
    written = Written({}, {"smollm2": "not installed"}, None, "abc")
    table = as_markdown(found, written)
    assert "| fact coverage | 0.987 | ≥ 0.95 |" in table
    assert "smollm2 is missing: not installed" in table
    assert json.loads(as_json(found, written))["worst"]["model"] == [{"why": "bad", "text": "text"}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "**Title: Solar Lantern**\n\n- USB\n2. 12 hours\n\nDescription:\nIt shines.\nIt lasts.",
            Sections("Solar Lantern", ("USB", "12 hours"), "It shines. It lasts."),
        ),
        ("Solar Lantern\n* USB\nIt shines.", Sections("Solar Lantern", ("USB",), "It shines.")),
        ("", Sections("", (), "")),
    ],
)
def test_an_answer_is_read_with_or_without_names_of_fields(answer: str, expected: Sections) -> None:
    assert read_listing(answer) == expected


def test_the_request_holds_every_fact_and_no_more_is_asked_of_the_app() -> None:
    (asked, *_) = subjects.products(None, 1)
    request = listing_request(asked.product, "plain")
    assert all(f"{fact.name}: {fact.value}" in request for fact in asked.product.facts)


def test_the_check_of_kinds_seldom_errs_on_sentences_that_were_read() -> None:
    errors = report.checker_errors()
    assert errors["false alarms of the check on read sentences"] <= 0.02
    assert errors["clashes in read sentences that it misses"] <= 0.2
