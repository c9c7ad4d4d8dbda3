from __future__ import annotations

import pytest

from model_export.evaluate.kinds import clashes, kind_of


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("12 hours", "duration"), ("6hrs", "duration"), ("1.2 kg", "weight"), ("500g", "weight"), ("30 cm", "length"),
        ("1.5 m", "length"), ("750 ml", "volume"), ("40 W", "power"), ("3,000 mAh", "power"), ("64GB", "data"),
        ("300 lumens", "light"), ("4 °C", "temperature"), ("pack of 12", "text"), ("12 pieces", "count"),
        ("5 %", "share"),
        ("KSh 2,450", "money"), ("30 x 40 cm", "area"), ("S-XL", "size"), ("38–45", "size"), ("36", "number"),
        ("84 points", "other"), ("AA batteries", "text"), ("cotton", "text"),
    ],
)  # fmt: skip
def test_kinds_of_values(value: str, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("sentence", "value", "clash"),
    [
        ("The flavour is 12 hours.", "12 hours", True),
        ("It lasts 12 hours.", "12 hours", False),
        ("It lasts <|f1|>.", "cotton", True),
        ("It weighs 12 hours and is here.", "12 hours", True),
        ("Made of 29 cm", "29 cm", True),
        ("Made of cotton", "cotton", False),
        ("The boot shaft is 29 cm.", "29 cm", False),
        ("Boot shaft: 29 cm", "29 cm", False),
        ("It comes with 1.8 litres.", "1.8 litres", True),
        ("It comes with hooks.", "hooks", False),
        ("The colour is 4.5.", "4.5", True),
        ("Sold as 14 days", "14 days", True),
        ("It is 36 hours.", "36 hours", True),
        ("The reel has a 2.5 yards fit.", "2.5 yards", True),
    ],
)
def test_words_that_a_value_can_t_bear_are_found(sentence: str, value: str, clash: bool) -> None:
    assert bool(clashes(sentence, {"<|k1|>": "anything", "<|f1|>": value})) is clash


def test_what_a_name_means_is_told_besides() -> None:
    values = {"<|k1|>": "soak time", "<|f1|>": "8 hours", "<|k2|>": "standby endurance", "<|f2|>": "36 hours"}
    meant = {"soak time": (), "standby endurance": ("lasts",)}
    assert [c.value for c in clashes("8 hours of use", values, meant)] == ["8 hours"]
    assert clashes("Lasts 36 hours", values, meant) == []
    assert clashes("The soak time lasts 8 hours", values, meant) == []
