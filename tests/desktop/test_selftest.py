import json
import shutil

import pytest

from desktop import app, desk
from desktop.__main__ import main
from desktop.selftest import selftest

JOBS = ["listing", "reply", "promotion", "pitch"]


@pytest.mark.parametrize("name", ["plain", "José Ольга 田中 محمد"])
def test_every_step_passes_and_nothing_is_left_behind(qapp, tmp_path, name):
    report, data = tmp_path / "report.json", tmp_path / name
    assert main(["--selftest", str(report), "--data-dir", str(data)]) == 0
    found = json.loads(report.read_text("utf-8"))
    assert found["ok"] is True
    steps = found["steps"]
    assert list(steps) == ["versions", "open", "model", *JOBS, "history", "window"]
    assert steps["model"]["onnxruntime"] and steps["window"]["platform"] == "offscreen"
    assert all(steps[job]["text"] and steps[job]["ms"] > 0 for job in JOBS)
    assert steps["listing"]["source"] == "model"
    assert list(data.iterdir()) == []


def test_the_shop_that_is_in_the_folder_is_not_touched(qapp, tmp_path):
    with desk.Desk.open(tmp_path, use_model=False):
        pass
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    app.selftest(tmp_path / "report.json", tmp_path, use_model=False)
    (tmp_path / "report.json").unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_damaged_model_is_said_and_the_rest_is_still_tried(qapp, tmp_path, monkeypatch):
    resources = tmp_path / "resources"
    shutil.copytree(desk.resources_dir(), resources, ignore=shutil.ignore_patterns("screenshots"))
    (resources / "model" / "model.onnx").write_bytes(b"damaged")
    monkeypatch.setattr(desk, "resources_dir", lambda: resources)
    report = tmp_path / "report.json"
    assert app.selftest(report, tmp_path / "data") == 1
    found = json.loads(report.read_text("utf-8"))
    assert found["ok"] is False
    assert "model.onnx" in found["steps"]["model"]["error"]
    assert [found["steps"][job]["source"] for job in JOBS] == ["phrases"] * 4


def test_a_desk_that_does_not_open_is_an_error_of_its_step(tmp_path, monkeypatch):
    monkeypatch.setattr(desk, "resources_dir", lambda: tmp_path / "nowhere")
    report = tmp_path / "report.json"
    assert selftest(report, tmp_path / "data", show=lambda _desk: {}) == 1
    steps = json.loads(report.read_text("utf-8"))["steps"]
    assert "Install it again" in steps["open"]["error"] and "model" not in steps


def test_a_window_that_fails_is_an_error_of_its_step(tmp_path):
    def show(_desk):
        raise RuntimeError("no display")

    report = tmp_path / "report.json"
    assert selftest(report, tmp_path, use_model=False, show=show) == 1
    assert "no display" in json.loads(report.read_text("utf-8"))["steps"]["window"]["error"]
