"""Suggestions come from real baskets, with the counts that back them, and the model outlives the program."""

from __future__ import annotations

import builtins
import random
from datetime import date
from pathlib import Path

import pytest

from desktop.recommend import Recommender
from desktop.recommend import ease as ease_module
from desktop.recommend.recommender import OrderModelError
from desktop.shop.records import Order, OrderLine


def order(number: int, *skus: str) -> Order:
    return Order(str(number), date(2026, 1, 1), tuple(OrderLine(sku, sku.lower()) for sku in skus))


def stall() -> list[Order]:
    """Tea goes with sugar (7 times) and with milk (3 times); soap is popular but bought alone; bread with anything."""
    baskets = [("TEA", "SUGAR")] * 7 + [("TEA", "MILK")] * 3 + [("SOAP",)] * 30 + [("BREAD", "MILK")] * 2
    return [order(i, *basket) for i, basket in enumerate(baskets)]


@pytest.fixture(params=["ease", "cosine"])
def fitted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recommender:
    if request.param == "cosine":
        monkeypatch.setattr(ease_module, "fit", lambda _index: None)
    model = Recommender()
    model.fit(stall(), stamp="a")
    return model


def test_best_pair_first_with_its_count_and_lift(fitted: Recommender) -> None:
    first, *_ = fitted.suggest(["TEA"])
    assert (first.sku, first.support, first.reason) == ("SUGAR", 7, "bought together 7 times with tea")
    assert first.lift == pytest.approx(7 * 42 / (10 * 7))


def test_popular_item_never_bought_with_the_basket_is_not_suggested(fitted: Recommender) -> None:
    assert "SOAP" not in [s.sku for s in fitted.suggest(["TEA"], top=10)]


def test_basket_itself_and_excluded_items_are_left_out(fitted: Recommender) -> None:
    assert [s.sku for s in fitted.suggest(["TEA", "MILK"], exclude=["SUGAR"], top=10)] == ["BREAD"]


def test_min_support_leaves_out_chance_pairs(fitted: Recommender) -> None:
    assert [s.sku for s in fitted.suggest(["TEA"], min_support=5, top=10)] == ["SUGAR"]


@pytest.mark.parametrize("basket", [[], ["UNKNOWN"], ["SOAP"]])
def test_nothing_rather_than_chance(fitted: Recommender, basket: list[str]) -> None:
    assert fitted.suggest(basket) == []


def test_no_orders_give_no_suggestion() -> None:
    model = Recommender()
    model.fit([])
    assert model.suggest(["TEA"]) == []


def test_once_is_said_in_words() -> None:
    model = Recommender()
    model.fit([order(1, "A", "B")])
    assert model.suggest(["A"])[0].reason == "bought together once with a"


def test_saved_model_suggests_the_same(fitted: Recommender, tmp_path: Path) -> None:
    path = tmp_path / "naïve 店" / "orders.model"
    path.parent.mkdir()
    fitted.save(path)
    again = Recommender.load(path)
    assert again.stamp == "a"
    assert again.suggest(["TEA", "BREAD"]) == fitted.suggest(["TEA", "BREAD"])


def test_damaged_model_is_named(fitted: Recommender, tmp_path: Path) -> None:
    path = tmp_path / "orders.model"
    fitted.save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(OrderModelError, match=r"orders\.model"):
        Recommender.load(path)


def test_new_orders_count_at_once_and_equal_a_fresh_fit(fitted: Recommender) -> None:
    more = [order(100 + i, "TEA", "CUP") for i in range(9)]
    fitted.update(more, stamp="b")
    fresh = Recommender()
    fresh.fit([*stall(), *more])
    assert fitted.stamp == "b"
    assert [(s.sku, s.support) for s in fitted.suggest(["TEA"])] == [
        (s.sku, s.support) for s in fresh.suggest(["TEA"])
    ]
    assert fitted.suggest(["TEA"])[0].sku == "CUP"


def test_a_large_catalogue_is_not_solved_again_for_one_order_but_counts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("desktop.recommend.recommender.SMALL", 0)
    model = Recommender()
    model.fit([order(i, f"A{i % 20}", f"B{i % 20}") for i in range(400)])
    solved: list[int] = []
    monkeypatch.setattr(model, "_solve", lambda: solved.append(1))
    model.update([order(999, "A1", "NEW")])
    assert not solved
    assert "NEW" in [s.sku for s in model.suggest(["A1"], top=10)]


@pytest.mark.parametrize(
    ("change", "solved_again"), [("one more", False), ("one less", True), ("many more", True)]
)
def test_fitting_again_keeps_the_solution_while_little_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: str, solved_again: bool
) -> None:
    monkeypatch.setattr("desktop.recommend.recommender.SMALL", 0)
    orders = [order(i, f"A{i % 20}", f"B{i % 20}") for i in range(400)]
    first = Recommender()
    first.fit(orders)
    first.save(tmp_path / "orders.model")
    model = Recommender.load(tmp_path / "orders.model")
    solved: list[int] = []
    monkeypatch.setattr(model, "_solve", lambda: solved.append(1))
    extra = [order(1000 + i, "A1", "NEW") for i in range(50)]
    model.fit({"one more": orders + extra[:1], "one less": orders[1:], "many more": orders + extra}[change])
    assert bool(solved) is solved_again


def test_catalogue_past_the_limit_keeps_the_most_bought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease_module, "MAX_ITEMS", 4)
    rng = random.Random(1)
    model = Recommender()
    model.fit([order(i, "TEA", "SUGAR", f"X{rng.randint(1, 40)}") for i in range(200)])
    suggestions = model.suggest(["TEA"], top=8)
    assert suggestions[0].sku == "SUGAR"
    assert len(suggestions) == 8  # the rest by cosine


def test_without_dense_weights_numpy_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == "numpy":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    model = Recommender(dense=False)
    model.fit(stall())
    assert model.suggest(["TEA"])[0].sku == "SUGAR"


def test_a_kept_model_is_read_without_its_dense_weights(tmp_path: Path) -> None:
    model = Recommender()
    model.fit(stall())
    model.save(tmp_path / "orders.model")
    sparse = Recommender.load(tmp_path / "orders.model", dense=False)
    assert sparse.suggest(["TEA"])[0].sku == "SUGAR"
    assert sparse.suggest(["TEA"])[0].score != model.suggest(["TEA"])[0].score


def test_returned_lines_are_not_bought() -> None:
    returned = Order("1", date(2026, 1, 1), (OrderLine("A", "a"), OrderLine("B", "b", quantity=-1)))
    model = Recommender()
    model.fit([returned] * 3)
    assert model.suggest(["A"]) == []
