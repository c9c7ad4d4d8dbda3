import pytest

pytest.importorskip("torch")

from model_export.train import LAST_RATE, rate

pytestmark = pytest.mark.export


def test_the_rate_warms_up_stays_and_falls() -> None:
    assert 0 < rate(0.0) < rate(0.01) < rate(0.02) == 1.0
    assert rate(0.5) == rate(0.75) == 1.0
    assert rate(0.8) > rate(0.9) > rate(1.0) == pytest.approx(LAST_RATE)


def test_a_run_over_its_budget_keeps_the_last_rate() -> None:
    assert rate(1.2) == pytest.approx(LAST_RATE)
