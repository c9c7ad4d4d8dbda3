"""Make `tiny_model/`: a GPT-2 with random weights that stands in for the real one in the tests.

Run once, with the export extra installed, from the root of the repository:

    python tests/data/make_tiny_model.py

The result is committed, so that the tests need neither torch nor transformers. `expected.json` holds what
transformers' own `generate` makes of a few prompts (greedy, fp32), for the decoder to be compared with.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from desktop.drafting.prompt import END, special_tokens
from model_export import network
from model_export.export import export_model

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
    tokenizer = make_tokenizer(448, list(TEXT))
    model = make_model(tokenizer, layers=2, width=32, heads=4, context=160)
    with tempfile.TemporaryDirectory() as scratch:
        network.save(model, tokenizer, Path(scratch))
        export_model(Path(scratch), HERE / "tiny_model", name="tiny", precision="fp32")
    (HERE / "tiny_model" / "expected.json").write_text(json.dumps(expected(model, tokenizer)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
