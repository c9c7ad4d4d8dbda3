"""Make `tiny_model/`: a GPT-2 with random weights that stands in for the real one in the tests.

Run once, with the export extra installed, from the root of the repository:

    python tests/data/make_tiny_model.py

The result is committed, so that the tests need neither torch nor transformers. `expected.json` holds what
transformers' own `generate` makes of a few prompts (greedy, fp32), for the decoder to be compared with.
`python tests/data/make_tiny_model.py --bench DIR` makes a larger one (6 layers × 384, 8k tokens, dynamic
int8) to measure speed with; it is not committed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from pathlib import Path

import torch
from optimum.exporters.onnx import main_export
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from desktop.drafting.prompt import END, FORMAT_VERSION, special_tokens

HERE = Path(__file__).resolve().parent
PROMPTS = (
    "<|listing|><|en|><|plain|><|product|>solar lantern<|price|>KSh 2,450<|title|>",
    "<|reply|><|en|><|friendly|><|message|>do you deliver?<|delivery_time|>two days<|text|>",
    "<|pitch|><|en|><|product|>red cotton cloth, 3 m<|text|>",
    "A plain line — naïve, with an emoji 🙂 and ታዲያስ",
    "x",
)
TEXT = (
    "A strong red cotton cloth for the home. The red steel pot keeps its handle cool. Blue, green and black",
    "We deliver today. Your order is ready, and it costs 2,450. Call us, or come to the shop in the morning.",
    "This is a small and light lamp. It is waterproof and well-made, with a one-year warranty: don't worry.",
)


def make_tokenizer(vocabulary: int, texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(special_tokens()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def make_model(tokenizer: Tokenizer, *, layers: int, width: int, heads: int, context: int) -> GPT2LMHeadModel:
    end = tokenizer.token_to_id(END)
    torch.manual_seed(7)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=tokenizer.get_vocab_size(),
            n_positions=context,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            initializer_range=0.3,  # far apart, so that rounding does not choose between two tokens
            bos_token_id=end,
            eos_token_id=end,
        )
    ).eval()


def export(
    model: GPT2LMHeadModel, tokenizer: Tokenizer, target: Path, name: str, *, int8: bool = False
) -> None:
    """Write model.onnx, tokenizer.json and manifest.json as `desktop.engine.model` reads them."""
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "checkpoint"
        model.save_pretrained(checkpoint)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END).save_pretrained(checkpoint)
        exported = Path(scratch) / "onnx"
        main_export(
            str(checkpoint),
            output=exported,
            task="text-generation-with-past",
            do_validation=False,
            no_post_process=False,
        )
        graph = exported / "model.onnx"
        if int8:
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantized = Path(scratch) / "int8.onnx"
            quantize_dynamic(graph, quantized, weight_type=QuantType.QInt8)
            graph = quantized
        target.mkdir(parents=True, exist_ok=True)
        (target / "model.onnx").write_bytes(graph.read_bytes())
    (target / "tokenizer.json").write_text(
        json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False), "utf-8"
    )
    write_manifest(target, name, model, "int8" if int8 else "fp32")


def write_manifest(target: Path, name: str, model: GPT2LMHeadModel, precision: str) -> None:
    files = {}
    for file in ("model.onnx", "tokenizer.json"):
        data = (target / file).read_bytes()
        files[file] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    manifest = {
        "name": name,
        "precision": precision,
        "format_version": FORMAT_VERSION,
        "context": model.config.n_positions,
        "parameters": model.num_parameters(),
        "files": files,
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def expected(model: GPT2LMHeadModel, tokenizer: Tokenizer) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        with torch.no_grad():
            made = model.generate(
                torch.tensor([ids]),
                attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                do_sample=False,
                max_new_tokens=40,
                pad_token_id=tokenizer.token_to_id(END),
            )
        rows.append({"prompt": prompt, "prompt_ids": ids, "new_ids": made[0, len(ids) :].tolist()})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", type=Path, metavar="DIR", help="make the larger int8 model in DIR instead")
    bench: Path | None = parser.parse_args().bench
    if bench is not None:
        rng = random.Random(7)
        letters = "etaoinshrdlucmfwypvbgk"
        words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(20000)]
        texts = [" ".join(rng.choices(words, k=12)) for _ in range(8000)]
        tokenizer = make_tokenizer(8192, texts)
        model = make_model(tokenizer, layers=6, width=384, heads=6, context=512)
        export(model, tokenizer, bench, "bench", int8=True)
        return
    tokenizer = make_tokenizer(448, list(TEXT))
    model = make_model(tokenizer, layers=2, width=32, heads=4, context=160)
    export(model, tokenizer, HERE / "tiny_model", "tiny")
    (HERE / "tiny_model" / "expected.json").write_text(json.dumps(expected(model, tokenizer)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
