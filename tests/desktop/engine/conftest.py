"""The tests' model: random weights, so that it would write anything if nothing held it back."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine.model import Engine

TINY = Path(__file__).resolve().parents[2] / "data" / "tiny_model"


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    return TINY


@pytest.fixture(scope="session")
def engine() -> Engine:
    engine = Engine(TINY, threads=1)
    engine.load()
    return engine


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """A copy that a test may damage, in a folder named as a seller may be."""
    folder = tmp_path / "Übung ታዲያስ नमस्ते" / "model"
    shutil.copytree(TINY, folder)
    return folder


@pytest.fixture
def sign(model_dir: Path) -> Callable[[], None]:
    """Make the manifest agree with the files as they are now."""

    def write() -> None:
        path = model_dir / "manifest.json"
        manifest = json.loads(path.read_text("utf-8"))
        for name, entry in manifest["files"].items():
            data = (model_dir / name).read_bytes()
            entry.update(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        path.write_text(json.dumps(manifest), "utf-8")

    return write
