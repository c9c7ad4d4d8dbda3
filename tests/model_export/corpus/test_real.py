"""Real sentences become slotted targets whose facts stand in the text itself."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from model_export.corpus import real


@pytest.mark.parametrize(
    ("act", "human", "text", "facts"),
    [
        (
            {"name": "tecra 20", "type": "laptop", "memory": "4 gb", "drive": "250 gb"},
            "the tecra 20 is a laptop with 4 gb memory and a 250 gb drive",
            "The {b} {p} with {0} memory and a {1} drive.",
            None,
        ),
        (
            {"name": "aeolus 98", "type": "television", "hdmiport": "2", "screensize": "40 inch"},
            "we recommend the aeolus 98 television . it has 2 hdmi ports and a 40 inch screen",
            "We recommend the {b} {p}. It has {0} hdmi ports and a {1} screen.",
            [("HDMI ports", "2"), ("screen size", "40 inch")],
        ),
    ],
)
def test_values_and_names_become_slots(
    act: dict[str, str], human: str, text: str, facts: list[tuple[str, str]] | None
) -> None:
    described = real._from_act(dict(act), human)
    if facts is None:  # the kind stands apart from the name, so that it would be said twice
        assert described is None or described.text.count("{p}") == 1
        return
    assert described is not None
    assert described.text == text
    assert [(f.name, f.value) for f in described.facts] == facts


@pytest.mark.parametrize(
    ("act", "human"),
    [
        (
            {"name": "x 1", "type": "laptop", "memory": "4 gb"},
            "the x 1 laptop is excellent and has 4 gb of memory",
        ),
        ({"name": "x 1", "type": "laptop", "memory": "4 gb"}, "the x 1 laptop has plenty of memory"),
        ({"name": "x 1", "type": "laptop", "memory": "4 gb"}, "the x 1 laptop in black has 4 gb of memory"),
    ],
)
def test_praise_and_facts_not_in_the_input_are_not_learnt(act: dict[str, str], human: str) -> None:
    assert real._from_act(act, human) is None


def test_examples_are_made_of_the_files_and_none_without_them(tmp_path: Path) -> None:
    assert list(real.examples(random.Random(1), 5, "train", None)) == []
    assert list(real.examples(random.Random(1), 5, "train", tmp_path)) == []
    acts = [
        [
            f"inform(name=tecra {i};type=laptop;memory={i} gb)",
            f"the tecra {i} laptop has {i} gb of memory",
            "",
        ]
        for i in range(2, 40)
    ]
    folder = tmp_path / "rnnlg_data_to_text"
    folder.mkdir()
    for kind in ("laptop", "tv"):
        (folder / f"{kind}_train.json").write_text(json.dumps(acts if kind == "laptop" else []), "utf-8")
    facts = tmp_path / "amazon_contextual_pqa"
    facts.mkdir()
    lines = [
        {"data": f'kind_{i}: {{ value:"Toggle{i}" }}', "text": f"The product has a toggle{i} switch."}
        for i in range(40)
    ]
    (facts / "semipqa_data_to_text.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    real._part.cache_clear()
    found = list(real.examples(random.Random(1), 40, "train", tmp_path))
    real._part.cache_clear()
    assert len(found) == 40
    assert any("<|f1|> of memory" in example.target for example in found)
    assert any("switch" in example.target for example in found)
    for example in found:
        assert example.prompt.endswith("<|description|>")
        assert "toggle" not in example.target.lower()
