"""Peers compute the same as transformers, or there is nothing to compare; what can't run is named."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.numpy import load_file

from model_export.bench import contenders, subjects, worker
from model_export.bench.subjects import Shape

pytestmark = [
    pytest.mark.export,
    # transformers 4 calls its own renamed arguments, torch its own old exporter.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

#: "a lantern" and "any text" in letters: whoever reads text must read these ids.
CHECKS = tuple(tuple(subjects.made_up_tokenizer(300).encode(text).ids) for text in ("a lantern", "any text"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench")
    subjects.random_checkpoint(
        Shape(layers=2, width=64, heads=2, vocabulary=300, context=64), made / "checkpoint"
    )
    return made


@pytest.fixture(scope="module")
def reference(folder: Path) -> contenders.Transformers:
    return contenders.Transformers(folder / "checkpoint", 1)


def made(folder: Path, name: str) -> Path:
    (folder / name).mkdir(exist_ok=True)
    contenders.FORMS[name].make(folder / "checkpoint", folder / name, 1)
    return folder / name


def test_the_gguf_file_holds_the_checkpoint(folder: Path) -> None:
    gguf = pytest.importorskip("gguf")
    reader = gguf.GGUFReader(made(folder, "gguf") / "model.gguf")
    weights = load_file(folder / "checkpoint" / "model.safetensors")
    held = {tensor.name: tensor.data for tensor in reader.tensors}
    assert (held["token_embd.weight"] == weights["transformer.wte.weight"]).all()
    assert (held["blk.1.attn_qkv.weight"] == weights["transformer.h.1.attn.c_attn.weight"].T).all()
    assert (held["blk.0.ffn_down.weight"] == weights["transformer.h.0.mlp.c_proj.weight"].T).all()
    assert len(held) == 4 + 2 * 12
    assert reader.fields["gpt2.attention.head_count"].contents() == 2
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    assert len(tokens) == 300 and tokens[0] == "<|endoftext|>"
    assert len(reader.fields["tokenizer.ggml.merges"].contents()) == 43


def test_llama_cpp_writes_what_transformers_writes(folder: Path, reference: contenders.Transformers) -> None:
    pytest.importorskip("gguf")
    pytest.importorskip("llama_cpp")
    exact = contenders.FORMS["gguf"].exact
    assert exact is not None
    runner = exact(made(folder, "gguf"), 1)
    worker.require_same(runner, reference, CHECKS)
    assert runner.write(CHECKS[0], 6, 3) == runner.write(CHECKS[0], 6, 1) * 3
    made(folder, "gguf-q4")
    assert (folder / "gguf-q4" / "model.gguf").stat().st_size < (
        folder / "gguf" / "model.gguf"
    ).stat().st_size


def test_ctranslate2_writes_what_transformers_writes(
    folder: Path, reference: contenders.Transformers
) -> None:
    pytest.importorskip("ctranslate2")
    exact = contenders.FORMS["ctranslate2"].exact
    assert exact is not None
    worker.require_same(exact(made(folder, "ctranslate2"), 1), reference, CHECKS)


def test_the_apps_engine_writes_what_transformers_writes(
    folder: Path, reference: contenders.Transformers
) -> None:
    exact = contenders.FORMS["lean-fp32"].exact
    assert exact is not None
    worker.require_same(exact(made(folder, "lean-fp32"), 1), reference, CHECKS)


def test_another_model_is_not_the_same(
    folder: Path, reference: contenders.Transformers, tmp_path: Path
) -> None:
    shape = Shape(layers=1, width=64, heads=2, vocabulary=300, context=64)
    subjects.random_checkpoint(shape, tmp_path)
    with pytest.raises(ValueError, match="something else than transformers"):
        worker.require_same(contenders.Transformers(tmp_path, 1), reference, CHECKS)


def test_what_can_t_be_made_is_named_and_the_others_are_made(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    shutil.copy(folder / "checkpoint" / "config.json", tmp_path / "checkpoint")
    reasons = worker.make_forms(tmp_path, ["lean-fp32", "checkpoint"], CHECKS, 1)
    assert "model.safetensors" in (reasons["lean-fp32"] or "")
    assert reasons["checkpoint"] is None


def test_a_worker_that_can_t_open_its_files_says_why(tmp_path: Path) -> None:
    with pytest.raises(worker.Missing, match=r"manifest\.json"):
        worker.Worker(contenders.OURS[0], tmp_path, 1)
