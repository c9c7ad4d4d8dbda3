from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine.contract import EngineError, Limits, ModelDamaged, ModelMissing, Sampling
from desktop.engine.model import Engine

FILES = ["manifest.json", "model.onnx", "tokenizer.json"]


def edit_manifest(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), "utf-8")


def test_a_folder_with_any_name_is_read(model_dir: Path) -> None:
    assert not str(model_dir).isascii()
    assert Engine(model_dir, format_version=1).generate("x", limits=Limits(3))[0].tokens == 3


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "not there")
    assert not engine.loaded
    engine.close()


def test_info_tells_what_the_manifest_says(model_dir: Path) -> None:
    edit_manifest(model_dir, lambda manifest: manifest.update(extra={"loss": 2.5}))
    engine = Engine(model_dir)
    info = engine.info
    assert engine.loaded
    assert (info.name, info.precision, info.format_version, info.context) == ("tiny", "fp32", 1, 160)
    assert len(info.sha256) == 64
    assert info.parameters > 0
    assert info.extra == {"loss": "2.5"}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(model_dir: Path, name: str) -> None:
    (model_dir / name).unlink()
    with pytest.raises(ModelMissing, match=rf"{name} is missing.*Install"):
        Engine(model_dir).load()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_one_changed_bit_is_noticed(model_dir: Path, name: str) -> None:
    path = model_dir / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelDamaged, match=rf"{name} is not the one that was released.*Install"):
        Engine(model_dir).load()


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_noticed(model_dir: Path, name: str) -> None:
    path = model_dir / name
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelDamaged, match=name):
        Engine(model_dir).load()


def test_a_tokenizer_signed_but_broken_is_named(model_dir: Path, sign: Callable[[], None]) -> None:
    path = model_dir / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:-40])
    sign()
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json can't be read"):
        Engine(model_dir).load()


def test_a_graph_signed_but_broken_is_an_engine_error(model_dir: Path, sign: Callable[[], None]) -> None:
    (model_dir / "model.onnx").write_bytes(b"not a graph")
    sign()
    with pytest.raises(EngineError, match="can't be started"):
        Engine(model_dir).load()


def test_weights_that_are_no_numbers_are_an_engine_error(model_dir: Path, sign: Callable[[], None]) -> None:
    path = model_dir / "model.onnx"
    ones = b"\x00\x00\x80\x3f" * 32  # the gain of a layer norm
    assert ones in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(ones, b"\x00\x00\xc0\x7f" * 32))
    sign()
    with pytest.raises(EngineError, match="not a number"):
        Engine(model_dir).generate("x")


def test_a_tokenizer_without_an_end_token_is_refused(model_dir: Path, sign: Callable[[], None]) -> None:
    path = model_dir / "tokenizer.json"
    path.write_text(path.read_text("utf-8").replace("<|endoftext|>", "<|finished|>"), "utf-8")
    sign()
    with pytest.raises(ModelDamaged, match=r"no token <\|endoftext\|>"):
        Engine(model_dir).load()


def test_a_model_of_another_prompt_format_is_refused(model_dir: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"prompt format 1, needed is 2.*Install"):
        Engine(model_dir, format_version=2).load()


@pytest.mark.parametrize("key", ["files", "context", "format_version", "name"])
def test_a_manifest_without_what_is_needed_is_damaged(model_dir: Path, key: str) -> None:
    edit_manifest(model_dir, lambda manifest: manifest.pop(key))
    with pytest.raises(ModelDamaged, match=rf"manifest\.json is damaged.*{key}"):
        Engine(model_dir).load()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"files": 3}', '{"files": {"model.onnx": 1}}'])
def test_a_manifest_that_is_something_else_is_damaged(model_dir: Path, text: str) -> None:
    (model_dir / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(ModelDamaged, match=r"manifest\.json is damaged"):
        Engine(model_dir).load()


def test_a_folder_in_a_files_place_is_an_engine_error(model_dir: Path) -> None:
    (model_dir / "model.onnx").unlink()
    (model_dir / "model.onnx").mkdir()
    with pytest.raises(EngineError, match=r"model\.onnx can't be read"):
        Engine(model_dir).load()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_an_engine_error(model_dir: Path) -> None:
    (model_dir / "model.onnx").chmod(0)
    with pytest.raises(EngineError, match=r"model\.onnx can't be read"):
        Engine(model_dir).load()


def test_a_missing_library_is_an_engine_error(model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineError, match="onnxruntime"):
        Engine(model_dir).load()


def test_a_repaired_folder_is_loaded_at_the_next_try(model_dir: Path) -> None:
    path = model_dir / "model.onnx"
    engine = Engine(model_dir)
    path.rename(path.with_suffix(".away"))
    with pytest.raises(ModelMissing):
        engine.load()
    path.with_suffix(".away").rename(path)
    engine.load()
    assert engine.loaded


def test_close_frees_and_the_next_job_loads_again(model_dir: Path) -> None:
    engine = Engine(model_dir)
    before = engine.generate("x", limits=Limits(5))[0].text
    engine.close()
    engine.close()
    assert not engine.loaded
    assert engine.generate("x", limits=Limits(5))[0].text == before


def test_threads_take_turns_and_get_their_own_text(engine: Engine) -> None:
    prompts = ["x", "red", "<|reply|>", "lamp"]

    def write(prompt: str) -> str:
        return engine.generate(prompt, limits=Limits(20), sampling=Sampling(seed=2))[0].text

    wanted = [write(prompt) for prompt in prompts]
    got: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda i=i, p=p: got.__setitem__(i, write(p))) for i, p in enumerate(prompts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got[i] for i in range(len(prompts))] == wanted


def test_an_error_in_on_token_reaches_the_caller_and_frees_the_engine(engine: Engine) -> None:
    def fails(_variant: int, _text: str) -> None:
        raise LookupError("the window is gone")

    with pytest.raises(LookupError, match="window is gone"):
        engine.generate("x", limits=Limits(5), on_token=fails)
    assert engine.generate("x", limits=Limits(5))[0].tokens == 5


def test_tokens_are_counted(engine: Engine) -> None:
    assert engine.count_tokens("<|listing|><|en|>") == 2
    assert engine.count_tokens("") == 0
