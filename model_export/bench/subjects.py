"""What is measured: the bundled model, and GPT-2s with random weights; and the prompts that all contenders get.

Speed doesn't depend on what the weights say, so a random GPT-2 of the usual size stands for any.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from desktop.drafting.listing_prompt import listing_prompt
from desktop.drafting.prompt import END

from .footprint import products

SEED = 1
BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class Shape:
    layers: int
    width: int
    heads: int
    vocabulary: int
    context: int = 1024


RANDOM = {
    "GPT-2 124M": Shape(layers=12, width=768, heads=12, vocabulary=50_257),
    "GPT-2 30M": Shape(layers=8, width=512, heads=8, vocabulary=8_192),
}


def random_checkpoint(shape: Shape, target: Path) -> None:
    """Write a GPT-2 of `shape` with fresh weights (from SEED) and a made-up vocabulary, in the hub's format."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = made_up_tokenizer(shape.vocabulary)
    end = tokenizer.token_to_id(END)
    torch.manual_seed(SEED)
    config = GPT2Config(
        vocab_size=shape.vocabulary,
        n_positions=shape.context,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        bos_token_id=end,
        eos_token_id=end,
    )
    GPT2LMHeadModel(config).save_pretrained(target)
    save_tokenizer(tokenizer, target)


def unpack_bundled(model_dir: Path, target: Path) -> None:
    """Write the weights of the app's own model as a checkpoint. Raises ValueError if its graph is not the lean one."""
    import onnx

    from model_export import lean

    shape, weights = lean.unpack(onnx.load(model_dir / "model.onnx"))
    lean.write_checkpoint(shape, weights, target)
    _complete(Tokenizer.from_file(str(model_dir / "tokenizer.json")), target)


def copy_checkpoint(source: Path, target: Path) -> None:
    """`source` with the tokenizer's files that the hub's libraries want. Raises FileNotFoundError if it is none."""
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (source / name).is_file():
            raise FileNotFoundError(f"{source} is no checkpoint: it has no {name}")
    shutil.copytree(source, target)
    _complete(Tokenizer.from_file(str(source / "tokenizer.json")), target)


def _complete(tokenizer: Tokenizer, target: Path) -> None:
    """The tokenizer's files, and its end token in config.json: every library looks for it there."""
    save_tokenizer(tokenizer, target)
    path = target / "config.json"
    end = tokenizer.token_to_id(END)
    config = json.loads(path.read_text("utf-8")) | {"bos_token_id": end, "eos_token_id": end}
    path.write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def save_tokenizer(tokenizer: Tokenizer, target: Path) -> None:
    """tokenizer.json as it is, and what transformers keeps beside it."""
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, unk_token=END, pad_token=END
    )
    fast.save_pretrained(target)
    tokenizer.save(str(target / "tokenizer.json"))


def made_up_tokenizer(vocabulary: int) -> Tokenizer:
    """A byte-level BPE of exactly `vocabulary` tokens: the end token, the bytes, then pairs of bytes as merges.

    Raises ValueError if there are not that many pairs.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    wanted = vocabulary - len(alphabet) - 1
    if not 0 <= wanted <= len(alphabet) ** 2:
        raise ValueError(f"no vocabulary of {vocabulary} tokens can be made of bytes and pairs of them")
    merges = list(itertools.islice(itertools.product(alphabet, repeat=2), wanted))
    tokens = [END, *alphabet, *(first + second for first, second in merges)]
    ids = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(END, special=True, normalized=False)])
    return tokenizer


#: Texts of a few tokens more or less don't matter, but two that begin alike do: the app reads what it knows only once.
_DIFFERENT_WITHIN = 8


def prompts(checkpoint: Path, *, lengths: Sequence[int]) -> list[tuple[int, ...]]:
    """One prompt of each length, as ids that read back the same from their text: some take ids, some take text.

    Made of listings' prompts where the vocabulary knows them, else of words drawn by lot; no two begin alike. Raises
    ValueError if that can't be done.
    """
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    if len(tokenizer.get_added_tokens_decoder()) > 1:
        text = "".join(listing_prompt(product, "friendly").then("title").text for product in products())
    else:
        rng = random.Random(SEED)
        text = " ".join("".join(rng.choices("abcdefghijklmnop", k=rng.randint(1, 8))) for _ in range(400))
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    found: list[tuple[int, ...]] = []
    starts = iter(range(len(ids)))
    for length in lengths:
        begun = {part[:_DIFFERENT_WITHIN] for part in found}
        found.append(_window(tokenizer, ids, length, starts, begun))
    return found


def _window(
    tokenizer: Tokenizer,
    ids: Sequence[int],
    length: int,
    starts: Iterator[int],
    begun: Collection[tuple[int, ...]],
) -> tuple[int, ...]:
    """The next `length` of `ids` that read back the same and begin unlike those before."""
    for start in starts:
        part = tuple(ids[start : start + length])
        if len(part) < length:
            break
        again = tokenizer.decode(part, skip_special_tokens=False)
        same = tuple(tokenizer.encode(again, add_special_tokens=False).ids) == part
        if same and part[:_DIFFERENT_WITHIN] not in begun:
            return part
    raise ValueError(f"the texts are too short for so many prompts of {length} tokens")


def describe(checkpoint: Path) -> str:
    """For example "12 × 768, vocabulary 50,257, context 1,024"."""
    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    return (
        f"{config['n_layer']} × {config['n_embd']}, vocabulary {config['vocab_size']:,}, "
        f"context {config['n_positions']:,}"
    )
