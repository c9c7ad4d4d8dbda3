"""The whole way with a tiny corpus and a tiny model: tokenizer, train, resume, export, verify, card."""

import hashlib
import json
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch")
pytest.importorskip("optimum.exporters.onnx")

from desktop.drafting.prompt import END, FORMAT_VERSION, special_tokens
from desktop.engine.contract import Limits, Sampling
from desktop.engine.model import Engine
from model_export import __main__ as cli
from model_export import corpus
from model_export.corpus.example import Example

#: What the exporter says of libraries that we don't write; `verify` compares its result, so nothing hides here.
EXPORTER_NOISE = (
    # Tracing takes transformers' Python branches on shapes as they come; no padded batch is ever run.
    ("Converting a tensor to a Python boolean", "torch.jit.TracerWarning"),
    ("Exporting aten", "UserWarning"),
    # optimum exports through TorchScript, which torch means to retire.
    ("You are using the legacy TorchScript-based ONNX export", "DeprecationWarning"),
    ("The feature will be removed", "DeprecationWarning"),
)
pytestmark = [
    pytest.mark.export,
    *(pytest.mark.filterwarnings(f"ignore:{text}:{kind}") for text, kind in EXPORTER_NOISE),
]

PRODUCTS = ("lamp", "pot", "cloth", "phone", "chair", "soap")
TINY = ("--layers", "1", "--width", "64", "--heads", "2", "--batch", "2", "--no-compile", "--threads", "1")


def examples(rng: random.Random, count: int, split: str, data_dir: Path | None) -> Iterator[Example]:
    for _ in range(count):
        product = rng.choice(PRODUCTS)
        prompt = f"<|listing|><|en|><|plain|><|product|>{product}<|k1|>weight<|f1|>{rng.randint(1, 99)} kg<|title|>"
        target = rng.choice(("<|product|>, <|f1|>", "A <|product|> of <|f1|>"))
        yield Example("listing", prompt, target + "<|description|>This <|product|> is ready for the day.")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with everything that `all` makes; the model is in target/."""
    directory = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for text, _ in EXPORTER_NOISE:  # the marks above reach tests, not a module's fixtures
            warnings.filterwarnings("ignore", text)
        use_tiny_corpus(patch)
        status = cli.main(
            ["all", "--directory", str(directory), "--target", str(directory / "target"), "--vocabulary", "500",
             "--examples", "600", "--max-steps", "20", "--name", "tiny", *TINY]
        )  # fmt: skip
        assert status == 0
        yield directory


def use_tiny_corpus(patch: pytest.MonkeyPatch) -> None:
    module = ModuleType("model_export.corpus.tiny")
    module.examples = examples  # type: ignore[attr-defined]
    patch.setitem(__import__("sys").modules, module.__name__, module)
    patch.setattr(corpus, "WEIGHTS", {"tiny": 1.0})
    patch.setattr(cli, "VALID_EXAMPLES", 20)
    patch.setattr(cli, "VERIFY_EXAMPLES", 12)
    patch.setattr(cli, "EXPORT_EXAMPLES", 100)
    patch.setattr(cli, "TOKENIZER_EXAMPLES", 300)


def test_twenty_steps_bring_the_loss_down(made: Path) -> None:
    log = [json.loads(line) for line in (made / "loss.jsonl").read_text("utf-8").splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert losses[-1] < losses[0] - 0.3
    assert (made / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((made / "training.json").read_text("utf-8"))["held_out_loss"]["listing"] < losses[0]


def test_the_manifest_tells_what_the_files_are(made: Path) -> None:
    manifest = json.loads((made / "target" / "manifest.json").read_text("utf-8"))
    assert (manifest["name"], manifest["precision"]) == ("tiny", "int4")
    assert (manifest["format_version"], manifest["context"]) == (FORMAT_VERSION, 1024)
    training = json.loads((made / "training.json").read_text("utf-8"))
    assert manifest["parameters"] == training["parameters"]
    for name, file in manifest["files"].items():
        data = (made / "target" / name).read_bytes()
        assert file == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def test_the_graph_is_one_file_in_four_bits_that_names_its_format(made: Path) -> None:
    import onnx

    model = onnx.load(made / "target" / "model.onnx")
    properties = {item.key: item.value for item in model.metadata_props}
    assert properties["format_version"] == str(FORMAT_VERSION)
    matrices = [item for item in model.graph.initializer if len(item.dims) > 1]
    assert {item.data_type for item in matrices if not item.name.endswith(".scales")} == {
        onnx.TensorProto.UINT8
    }
    assert sorted(item.name for item in (made / "target").iterdir()) == [
        "MODEL_CARD.md", "manifest.json", "model.onnx", "phrases.json", "tokenizer.json",
    ]  # fmt: skip


def test_the_exported_model_is_the_trained_one(made: Path) -> None:
    figures = json.loads((made / "verify.json").read_text("utf-8"))
    assert figures["passed"] is True
    assert set(figures["fp32_max_logit_difference"]) == {"optimum", "lean", "lean_token_by_token"}
    assert max(figures["fp32_max_logit_difference"].values()) < 1e-3
    assert figures["released_perplexity_ratio"] == pytest.approx(1.0, abs=0.01)


def test_phrases_are_what_the_corpus_says(made: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(made / "target" / "tokenizer.json"))
    phrases = json.loads((made / "target" / "phrases.json").read_text("utf-8"))
    said = {tuple(before): following for *before, following in phrases}
    ids = tokenizer.encode(" is ready for the day.", add_special_tokens=False).ids
    for place in range(3, len(ids)):
        assert ids[place] in [said.get(tuple(ids[place - size : place])) for size in (2, 3, 4)]


def test_another_model_does_not_pass(made: Path, tmp_path: Path) -> None:
    import torch

    from model_export import network
    from model_export.verify import verify

    model, tokenizer = network.load(made / "model")
    with torch.no_grad():
        model.transformer.wte.weight.add_(torch.randn_like(model.transformer.wte.weight) * 0.1)
    network.save(model, tokenizer, tmp_path / "model")
    figures = verify(tmp_path / "model", made / "target", examples(random.Random(1), 4, "valid", None))
    assert figures["passed"] is False


def test_a_released_model_can_be_trained_on(made: Path) -> None:
    import torch

    from model_export import network

    trained, tokenizer = network.load(made / "model")
    released, same = network.from_checkpoint(made / "target")
    assert same.to_str() == tokenizer.to_str()
    ids = torch.tensor([tokenizer.encode("<|listing|><|en|><|product|>lamp<|title|>").ids])
    with torch.no_grad():
        difference = (released.eval()(ids).logits - trained(ids).logits).abs().max()
    assert 0 < difference < 0.1


def test_the_apps_engine_drafts_with_it(made: Path) -> None:
    engine = Engine(made / "target", format_version=FORMAT_VERSION)
    prompt = "<|listing|><|en|><|plain|><|product|>lamp<|k1|>weight<|f1|>7 kg<|title|>"
    (draft,) = engine.generate(
        prompt, variants=1, limits=Limits(max_new_tokens=10), sampling=Sampling(temperature=0)
    )
    assert draft.tokens > 0


def test_the_card_names_sources_licences_and_figures(made: Path) -> None:
    card = (made / "target" / "MODEL_CARD.md").read_text("utf-8")
    assert "ODbL" in card and "CC0-1.0" in card and "Shopify" in card
    assert "20 steps" in card and "## Limits" in card


def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from model_export.train import Run

    use_tiny_corpus(monkeypatch)
    # The learning rate depends on the clock otherwise.
    monkeypatch.setattr(Run, "_share", lambda self: self.progress.step / 10)

    def run(name: str, *more: str) -> dict[str, torch.Tensor]:
        common = [
            "train",
            "--directory",
            str(tmp_path / name),
            "--vocabulary",
            "500",
            "--examples",
            "300",
            *TINY,
        ]
        assert cli.main([*common, *more]) == 0
        state = torch.load(tmp_path / name / "state.pt", weights_only=True)
        assert state["progress"]["rows_read"] == 2 * state["progress"]["step"]
        return state["model"]

    whole = run("whole", "--max-steps", "6")
    run("parts", "--max-steps", "3")
    parts = run("parts", "--max-steps", "6", "--resume")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_going_on_with_another_seed_is_refused(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_tiny_corpus(monkeypatch)
    assert cli.main(["train", "--directory", str(made), "--resume", "--seed", "5", *TINY]) == 2
    assert "another seed" in capsys.readouterr().err


def test_a_checkpoint_in_the_hubs_format_takes_the_same_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import GPT2LMHeadModel

    use_tiny_corpus(monkeypatch)
    hub, directory = tmp_path / "hub", tmp_path / "run"
    original = make_hub_checkpoint(hub)
    common = ["--directory", str(directory), "--target", str(directory / "target")]
    status = cli.main(
        [
            "all",
            *common,
            "--init",
            str(hub),
            "--examples",
            "300",
            "--max-steps",
            "2",
            "--learning-rate",
            "1e-5",
            *TINY,
        ]
    )
    assert status == 0
    tuned = GPT2LMHeadModel.from_pretrained(directory / "model")
    known = original.config.vocab_size
    assert tuned.config.vocab_size == known + len(special_tokens()) - 1  # the end token was there
    weights = original.transformer.wte.weight
    assert torch.allclose(tuned.transformer.wte.weight[:known], weights, atol=1e-3)
    assert torch.allclose(tuned.transformer.wte.weight[known:], weights.mean(0), atol=1e-3)
    engine = Engine(directory / "target", format_version=FORMAT_VERSION)
    assert engine.count_tokens("<|listing|><|product|>lamp") == 2 + len("lamp")
    assert engine.vocabulary.id_of(END) == known - 1


def make_hub_checkpoint(target: Path) -> "object":
    """A tiny GPT-2 in the files that the hub serves: config.json, vocab.json, merges.txt, model.safetensors."""
    import torch
    from tokenizers import pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    vocabulary = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary[END] = len(vocabulary)
    end = vocabulary[END]
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=512,
        n_embd=64,
        n_layer=1,
        n_head=2,
        bos_token_id=end,
        eos_token_id=end,
    )
    model = GPT2LMHeadModel(config)
    model.save_pretrained(target)
    (target / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (target / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    (target / "generation_config.json").unlink()
    return model
