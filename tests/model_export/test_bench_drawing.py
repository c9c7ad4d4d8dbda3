from __future__ import annotations

from model_export.bench import drawing


def test_the_share_of_drawing_is_measured_for_one_and_for_twelve() -> None:
    made = drawing.shares(1)
    assert set(made) == {"1", "12"}
    for figures in made.values():
        assert [0 < share < 100 for share in figures["percent"]] == [True]
        assert [0 < each < 1e5 for each in figures["us_per_token"]] == [True]
