"""A sentence says of a fact only what its kind allows, and ideas stand where they belong."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from desktop.drafting.phrases import Phrases
from desktop.drafting.prompt import MARK, Prompt, build
from desktop.drafting.sections import parse, split_sentences
from desktop.drafting.sense import Sense
from model_export.corpus import listing

SENSE = Sense.of(Phrases.load(Path(__file__).parents[3] / "resources" / "phrases").table("sense"))
PROMPT = build(
    "listing",
    roles=[("product", "lantern")],
    facts=[
        ("run time", "12 hours"),
        ("charging", "USB"),
        ("colour", "red"),
        ("waterproof", "yes"),
        ("washable", "no"),
        ("note", "SIM card not included"),
    ],
    ideas=[("use", "Set it on the table"), ("point", "For the stall"), ("tail", "for Home")],
)


@pytest.mark.parametrize(
    ("field", "slotted", "makes_sense"),
    [
        ("description", "It lasts <|f1|>.", True),
        ("description", "It lasts <|f3|>.", False),
        ("description", "It is made of <|f2|>.", False),
        ("description", "It weighs <|f3|>.", False),
        ("description", "It comes in <|f3|> and runs for <|f1|>.", True),
        ("description", "It comes in <|f3|> and runs for <|f2|>.", False),
        ("bullets", "Charges by <|f2|>", True),
        ("bullets", "<|f2|> charging", True),
        ("bullets", "<|k1|>: <|f1|>", True),
        ("bullets", "<|k1|>: <|f2|>", False),
        ("description", "The <|k3|> is <|f3|>.", True),
        ("description", "The <|k3|> is <|f1|>.", False),
        ("description", "It has <|k1|>.", False),
        ("description", "It is <|k4|>.", True),
        ("description", "It is <|f4|>.", False),
        ("bullets", "<|k5|>: <|f5|>", True),
        ("bullets", "With <|k5|>", False),
        ("description", "<|f7|>.", True),
        ("description", "It comes with <|f7|>.", False),
        ("bullets", "<|f7|>", False),
        ("bullets", "<|f8|>", True),
        ("description", "<|f8|>.", False),
        ("title", "<|product|> <|f9|>", True),
        ("title", "<|f9|> <|product|>", False),
        ("title", "<|product|>, <|f7|>", False),
        ("description", "Please note: <|f6|>.", True),
        ("description", "It comes with <|f6|>.", False),
        ("title", "<|product|>, <|f6|>", False),
        ("title", "<|product|>, <|f1|>", True),
        ("description", "Ask us about the <|product|>.", True),
        ("description", "Here are the facts on these <|product|>.", False),
        ("description", "They last <|f1|>.", False),
        ("description", "It comes with <|k4|>.", False),
        ("bullets", "In <|f3|>", True),
        ("bullets", "Thickness: <|f1|>", False),
        ("bullets", "Runs for: <|f2|>", False),
        ("bullets", "Battery life: <|f1|>", True),
        ("bullets", "Shade: <|f3|>", True),
        ("description", "Good to know: <|f6|>.", True),
        ("bullets", "In <|f1|>", False),
        ("title", "<|product|> – in <|f2|>", False),
    ],
)
def test_sense_of_slots(field: str, slotted: str, makes_sense: bool) -> None:
    assert SENSE.holds(field, slotted, PROMPT) is makes_sense


@pytest.mark.parametrize(
    ("name", "line", "makes_sense"),
    [
        ("made in", "Made of <|f1|>", False),
        ("made in", "Origin: <|f1|>", True),
        ("made from", "Made from <|f1|>", True),
        ("made from", "It comes from <|f1|>.", False),
        ("shade", "Sizes: <|f1|>", False),
        ("ingredients", "Made for this skin type: <|f1|>", False),
        ("return period", "Returns: <|f1|>", True),
        ("how to clean", "The <|k1|> is <|f1|>.", False),
        ("how to clean", "<|k1|>: <|f1|>", True),
        ("kept below", "It has a <|k1|> of <|f1|>.", False),
        ("reflector", "This <|product|> are sold in <|f1|>.", False),
        ("light levels", "Noise level: <|f1|>", False),
        ("charcoal", "The <|brand|> pickup: <|f1|>.", False),
        ("pickup", "The <|brand|> pickup: <|f1|>.", True),
        ("grade", "You get <|f1|>.", False),
        ("in the box", "You get <|f1|>.", True),
        ("battery", "Type of battery: <|f1|>", True),
    ],
)
def test_a_wording_or_label_fits_the_name_of_its_fact(name: str, line: str, makes_sense: bool) -> None:
    prompt = build("listing", roles=[("product", "lamp")], facts=[(name, "x")])
    assert SENSE.holds("bullets", line, prompt) is makes_sense


def test_what_the_model_is_taught_stands() -> None:
    """But for names whose number the check takes for the other, and odd ways of saying yes."""
    refused, count = [], 0
    for example in listing.examples(random.Random(4), 400, "train", None):
        pairs = re.findall(r"(<\|[kf]\d+\|>|<\|product\|>)([^<]*)", example.prompt)
        kinds = {slot.replace("k", "f"): text.partition(MARK)[2] for slot, text in pairs if MARK in text}
        ideas = {slot: kind for slot, kind in kinds.items() if (slot.replace("f", "k"), MARK + kind) in pairs}
        values = {slot: text.partition(MARK)[0] for slot, text in pairs if not text.startswith(MARK)}
        prompt = Prompt(example.prompt, values, ideas)
        sections = parse(example.target, first=re.findall(r"<\|(\w+)\|>$", example.prompt)[0])
        lines = [("bullets", bullet) for bullet in sections.bullets]
        lines += [("description", sentence) for sentence in split_sentences(sections.description)]
        lines += [("title", sections.title)] if sections.title else []
        count += len(lines)
        refused += [line for field, line in lines if not SENSE.stands(field, line, prompt)]
    assert len(refused) <= count / 50, refused


@pytest.mark.parametrize(
    ("name", "value", "field", "line", "makes_sense"),
    [
        ("shipping", "overnight", "title", "<|product|>, <|f1|>", False),
        ("shipping", "overnight", "bullets", "<|k1|>: <|f1|>", True),
        ("run time", "12 hours", "title", "<|product|>, <|f1|>", True),
        ("sand-proof", "yes", "description", "It has a <|k1|> of <|f1|>.", False),
        ("sand-proof", "yes", "bullets", "<|k1|>: <|f1|>", True),
        ("warranty", "1 year warranty", "description", "It comes with a <|k1|> of <|f1|>.", False),
        ("warranty", "1 year", "description", "It comes with a <|k1|> of <|f1|>.", True),
    ],
)
def test_what_a_title_and_a_yes_can_t_bear(
    name: str, value: str, field: str, line: str, makes_sense: bool
) -> None:
    prompt = build("listing", roles=[("product", "lamp")], facts=[(name, value)])
    assert SENSE.holds(field, line, prompt) is makes_sense
