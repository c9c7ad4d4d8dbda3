from __future__ import annotations

import random
from pathlib import Path

from desktop.drafting.intent import INTENTS, IntentModel
from model_export import intents
from model_export.corpus.messages import Wordings

ROWS = [
    *[(f"how much is the {thing}", "price") for thing in ("lamp", "dress", "mat", "fan", "pen", "cup")],
    *[
        (f"do you deliver to {place}", "delivery")
        for place in ("Thika", "Kisii", "Lagos", "Pune", "Cebu", "Lima")
    ],
    *[(f"thank you {name}", "thanks") for name in ("dear", "boss", "sir", "madam", "bro", "friend")],
]


def test_a_classifier_is_learnt_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "intents.json"
    intents.save(intents.train(ROWS, epochs=6), path)
    model = IntentModel.load(path)
    assert model.classify("how much is the kettle")[0] == "price"
    assert model.classify("do you deliver to Accra")[0] == "delivery"
    assert intents.measure(model, ROWS)["macro"] == 1.0


def test_training_twice_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        intents.save(intents.train(ROWS, epochs=2), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_measure_counts_overlapping_labels_only_when_asked(tmp_path: Path) -> None:
    model = intents.train(ROWS, epochs=6)
    rows = [("how much is the lamp", "recommend")]
    assert intents.measure(model, rows)["accuracy"] == 0.0
    assert intents.measure(model, rows, {"recommend": {"price"}})["accuracy"] == 1.0


def test_written_messages_differ_and_cover_every_intent() -> None:
    rows = list(intents.written(random.Random(0), 12))
    assert len({text for text, _ in rows}) > 0.95 * len(rows)
    assert {intent for _, intent in rows} == set(INTENTS)


def test_invented_products_and_places_are_many_and_filled_in() -> None:
    drawn = [intents.invented(random.Random(seed)) for seed in range(100)]
    assert len({values["product"] for values in drawn}) > 80
    assert all(values["product"].strip() and values["place"].isalpha() for values in drawn)


def test_two_drawn_products_of_one_message_differ() -> None:
    wordings = Wordings({"price": ["{product} or {product}"]}, [""], [""], [" "], ["cement"])
    pairs = [wordings.core("price", random.Random(seed)).split(" or ", 1) for seed in range(30)]
    assert sum(a != b for a, b in pairs) > 25
    assert wordings.core("price", random.Random(0), {"product": "lamp"}) == "lamp or lamp"


def test_bitext_rows_are_on_one_side_only(tmp_path: Path) -> None:
    folder = tmp_path / "bitext_customer_support"
    folder.mkdir()
    lines = "\n".join(f"where is order {i},track_order,ORDER,B" for i in range(200))
    (folder / "x.csv").write_text("instruction,intent,category,tags\n" + lines + "\nrude,complaint,C,BW\n")
    train, test = (intents.bitext(tmp_path, test=flag) for flag in (False, True))
    assert len(train) + len(test) == 200
    assert test
    assert not set(train) & set(test)
