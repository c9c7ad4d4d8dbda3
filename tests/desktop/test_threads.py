from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import threads
from desktop.desk import Desk
from desktop.engine.contract import CancelToken, ModelInfo
from desktop.engine.cpu import default_threads
from desktop.engine.tuning import Tuning
from desktop.store.settings import Settings
from desktop.store.store import Store
from desktop.threads import Threads

INFO = ModelInfo("m", "ab" * 32, "int8", 1, 512)
OTHER = ModelInfo("m", "cd" * 32, "int8", 1, 512)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with Store.in_folder(tmp_path, "stallhand.db") as store:
        yield store.settings


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "allowed_cores", lambda: 4)


def test_without_a_measurement_it_is_the_physical_cores(settings: Settings) -> None:
    for known in (Threads(settings), Threads(None)):
        assert known.count(INFO) == default_threads()
        assert known.about(INFO).startswith(f"{default_threads()} (physical cores")


def test_a_measurement_is_remembered_with_machine_and_model(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Threads(settings).keep(INFO, Tuning({1: 310.04, 2: 1540.0}))
    known = Threads(settings)
    assert known.count(INFO) == 2
    assert known.about(INFO) == "2 (measured here, tokens a second by threads: 1: 310, 2: 1,540)"
    assert known.tuning(OTHER) is None
    monkeypatch.setattr(threads, "machine_mark", lambda _: "another laptop")
    assert known.tuning(INFO) is None


def test_a_stick_remembers_the_machines_it_saw_last(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Threads(settings)
    for number in [*range(20), 15]:
        monkeypatch.setattr(threads, "machine_mark", lambda _, n=number: f"laptop {n}")
        known.keep(INFO, Tuning({1: 1.0}))
    assert list(settings.get("threads", {})) == [f"laptop {n}" for n in (12, 13, 14, 16, 17, 18, 19, 15)]


@pytest.mark.parametrize("kept", [{}, {"0": 1}, {"9": 1}, {"one": 1}, {"1": None}, [1], "2", None])
def test_what_cannot_be_read_counts_as_not_measured(settings: Settings, kept: object) -> None:
    settings.set("threads", {threads.machine_mark(INFO.sha256): kept})
    assert Threads(settings).tuning(INFO) is None


def test_the_desk_measures_once_and_goes_on_with_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.desk.tune", lambda *_: Tuning({default_threads(): 1.0, 4: 9.0}))
    with Desk.open(tmp_path) as desk:
        assert desk.tuned  # there is nothing to measure before the model is loaded
        info = desk.model_status().info
        assert info is not None and not desk.tuned
        desk.tune(CancelToken())
        assert desk.tuned and desk.threads.count(info) == 4
        assert desk.model_status().ready
        monkeypatch.setattr("desktop.desk.tune", lambda *_: pytest.fail("measured twice"))
        desk.tune(CancelToken())


def test_a_measurement_that_gave_way_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.desk.tune", lambda *_: None)
    with Desk.open(tmp_path) as desk:
        desk.model_status()
        desk.tune(CancelToken())
        assert not desk.tuned
