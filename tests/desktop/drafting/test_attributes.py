"""Kinds of facts: found by name and form, said by the wordings of their kind and by no others."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest

from desktop.drafting.attributes import (
    Attributes,
    AttributesError,
    Way,
    form_of,
    form_of_fact,
    name_key,
    one_or_many,
    slotted,
)
from desktop.drafting.prompt import token
from desktop.drafting.sections import split_sentences
from model_export.corpus import listing
from model_export.corpus.phrases import choose_number

ALL = Attributes.load(Path(__file__).parents[3] / "resources" / "phrases" / "attributes")
WAYS = [(attribute, way) for attribute in ALL.all.values() for way in attribute.ways]
IDS = [way.kind for _, way in WAYS]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("yes", "yes"), ("✓", "yes"), ("no", "no"), ("not included", "no"), ("3", "number"), ("36 to 44", "range"),
        ("38-45", "range"), ("5 x 6 ft", "sides"), ("150 x 110 cm each", "sides"), ("12hrs", "measure"),
        ("220-240 V", "measure"), ("10,000 mAh", "measure"), ("up to 28 cm", "measure"), ("4 pieces", "measure"),
        ("350 ml each", "measure"), ("100% cotton", "measure"), ("below 25°C", "heat"), ("A5", "code"),
        ("IPX4", "code"),
        ("red, black, navy", "list"), ("USB or solar", "list"), ("12 V, 7 Ah", "list"),
        ("many, ask us", "clause"), ("stainless steel", "words"),
        ("USB-C", "words"), ("USB or the built-in solar panel", "clause"),
        ("uses about half of an open stove", "clause"), ("6.5 inch phones, ask for your model", "clause"),
        ("24 inches when folded", "words"),
    ],
)  # fmt: skip
def test_the_form_of_a_value(value: str, form: str) -> None:
    assert form_of(value) == form


def test_a_yes_and_a_number_are_told_apart_by_the_name() -> None:
    names = ("waterproof", "fuse", "phone charging", "Bluetooth", "side pockets")
    forms = [form_of_fact(name, "yes") for name in names]
    assert forms == ["yes_adjective", "yes_thing", "yes_noun", "yes_noun", "yes_noun"]
    assert form_of_fact("nozzles", "3") == "count"
    assert form_of_fact("grade", "1") == "number"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("run time", "12hrs", "run_time"), ("Battery Life", "up to 10 hours", "run_time"),
        ("life", "15,000 hours", "measure"),
        ("microwave", "yes", "yes_thing"), ("glaze", "clear glaze inside", "note"),
        ("torch", "yes", "part"), ("torque", "77 L/min", "measure"),
        ("teat", "medium flow", "words"),
        ("length", "5 m", "length"), ("run time", "until the morning comes again", "clause"),
    ],
)  # fmt: skip
def test_a_kind_is_found_by_name_and_form_and_never_guessed(name: str, value: str, kind: str) -> None:
    assert ALL.kind_of(name, value) == kind


@pytest.mark.parametrize(("attribute", "way"), WAYS, ids=IDS)
def test_every_sample_is_of_its_own_kind(attribute, way: Way) -> None:
    rng = random.Random(way.kind)
    assert way.values
    for pattern in way.values:
        for _ in range(4):
            value = choose_number(rng, pattern)
            for name in attribute.names:
                found = ALL.kind_of(name, value)
                assert found == way.kind, f"{name}: {value} is {form_of_fact(name, value)}, of {found}"


def test_no_name_and_form_belong_to_two_attributes() -> None:
    seen: dict[tuple[tuple[str, ...], str], str] = {}
    for attribute, way in WAYS:
        for name in map(name_key, attribute.names):
            for form in way.forms:
                assert seen.setdefault((name, form), way.kind) == way.kind, (name, form)


@pytest.mark.parametrize(("attribute", "way"), WAYS, ids=IDS)
def test_the_wordings_are_of_the_shape_of_their_place(attribute, way: Way) -> None:
    wording = way.wording
    assert wording.s and wording.b
    for place in ("title", "vp", "np", "s", "b"):
        for pattern in getattr(wording, place):
            assert ("{v}" in pattern) or ("{k}" in pattern), pattern
            assert set(re.findall(r"\{[^}]*\}", pattern)) <= {"{k}", "{v}", "{is}", "{p}"}, pattern
            assert pattern.endswith(".") == (place == "s"), pattern
            assert pattern == pattern.strip() and "  " not in pattern


FRAMES = {
    **{
        place: [f.replace(f"{{{place}1}}", "{}") for f in ALL.sentences["joins"][f"{place}1"]]
        for place in ("vp", "np")
    },
    "s": ["{}"],
    "b": ["{}"],
    "title": ["{b} {p}, {}", "{p} – {}, <|f9|>", "{b} {p} – {} for Home"],
}


@pytest.mark.parametrize("kind", [*ALL.frames, *IDS])
def test_what_is_written_by_the_wordings_holds(kind: str) -> None:
    fields = {"title": "title", "b": "bullets"}
    for place, frames in FRAMES.items():
        for pattern in getattr(ALL.wording(kind), place):
            before = ["{} {p}", "{b} {} {p}, <|f9|>"] if pattern[0] == "@" else frames
            for frame, many in itertools.product(before, (False, True)):
                text = frame.replace("{}", pattern.removeprefix("@").rstrip(".")).replace(
                    "{is}", ("is", "are")[many]
                )
                said = slotted(one_or_many(text, many=many), 2)
                assert ALL.holds(fields.get(place, "description"), said, {token("f2"): kind}, many=many), said


@pytest.mark.parametrize(
    ("field", "text", "kind"),
    [
        ("description", "The light of it lasts <|f1|>.", "measure"),
        ("description", "It comes with a <|f1|> cable.", "measure"),
        ("description", "The weight is <|f1|>.", "colour"),
        ("description", "It is <|f1|> and <|f1|> of use.", "weight"),
        ("bullets", "<|f1|> from full to empty", "measure"),
        ("title", "<|brand|> <|product|>, <|f1|> Zoom", "words"),
        ("title", "<|brand|> <|product|>, I", "words"),
        ("description", "They weigh <|f1|>.", "weight"),
        ("description", "The <|product|> comes with a <|k1|>.", "yes_thing"),
    ],
)
def test_a_wording_of_another_kind_does_not_hold(field: str, text: str, kind: str) -> None:
    assert not ALL.holds(field, text, {token("f1"): kind}, many=False)


@pytest.mark.parametrize(
    ("field", "text", "holds"),
    [
        ("description", "<|f7|>.", True), ("bullets", "<|f7|>", True),
        ("description", "Looking for a <|product|>?", True),
        ("description", "Here are the details.", True), ("description", "It is the best there is.", False),
        ("bullets", "Ask us for more pictures", True), ("bullets", "Message us to order", False),
        ("title", "<|brand|> <|product|>, <|f7|>", True), ("title", "For <|product|> <|product|>", False),
        ("title", "<|product|> by <|brand|>", True),
    ],
)  # fmt: skip
def test_without_a_fact_only_what_is_written_and_ideas_hold(field: str, text: str, holds: bool) -> None:
    assert ALL.holds(field, text, {token("f1"): "weight"}, many=False) is holds


def test_phrases_are_put_together_only_as_it_is_written() -> None:
    kinds = {token("f1"): "weight", token("f2"): "part"}
    assert ALL.holds("description", "It weighs <|f1|> and comes with a <|k2|>.", kinds, many=False)
    assert not ALL.holds("description", "It weighs <|f1|> or comes with a <|k2|>.", kinds, many=False)
    assert not ALL.holds("description", "The <|brand|> on is <|product|> weighs <|f1|>.", kinds, many=False)


def test_what_the_model_is_taught_holds() -> None:
    rng = random.Random(5)
    for _ in range(150):
        subject = listing.Subject.made(rng, "train", None)
        writer = subject.writer(rng)
        lines = [("title", writer.title()), *(("bullets", bullet) for bullet in writer.bullets())]
        lines += [("description", sentence) for sentence in split_sentences(writer.description())]
        for field, line in lines:
            assert ALL.holds(field, line, subject.prompt.kinds, many=subject.family.plural), line


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[x]\nnames = 3", "utf-8")
    with pytest.raises(AttributesError, match=r"broken\.toml"):
        Attributes.load(tmp_path)
    with pytest.raises(AttributesError, match="forms"):
        Attributes.load(tmp_path / "nothing")
