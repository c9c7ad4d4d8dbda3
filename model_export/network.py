"""The GPT-2 that is trained: from scratch, or from a checkpoint in the hub's format."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import onnx
import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

from desktop.drafting.prompt import END, special_tokens

from . import lean
from .rows import ROW
from .tokenizer import special

#: Tokens that the model can look at. Rows are shorter: `train` shifts some of them, so that every place is learnt.
CONTEXT = 1024
RELEASED = "model.onnx"


def from_scratch(tokenizer: Tokenizer, *, layers: int, width: int, heads: int, seed: int) -> GPT2LMHeadModel:
    """A GPT-2 with fresh weights and no dropout: every example is read about once, so nothing is learnt by heart.

    Raises ValueError if `width` can't be shared among `heads`.
    """
    if width % heads:
        raise ValueError(f"a width of {width} can't be shared among {heads} heads")
    end = tokenizer.token_to_id(END)
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=CONTEXT,
        n_embd=width,
        n_layer=layers,
        n_head=heads,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=end,
        eos_token_id=end,
    )
    return GPT2LMHeadModel(config)


def from_checkpoint(source: str | Path) -> tuple[GPT2LMHeadModel, Tokenizer]:
    """A GPT-2 of the hub (name or local folder) and its tokenizer, both widened by our special tokens.

    The rows of new tokens start as the mean of the old ones, so that none is likelier than another. A folder that
    `export` wrote will do too: its weights are taken as they were rounded. Raises OSError if there is no such
    checkpoint, ValueError if it is no GPT-2 or reads fewer tokens than a row of training.
    """
    if (Path(source) / RELEASED).is_file():
        return _released(Path(source))
    fast = AutoTokenizer.from_pretrained(source, use_fast=True)
    tokenizer: Tokenizer = fast.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = GPT2LMHeadModel.from_pretrained(source)
    if model.config.model_type != "gpt2":
        raise ValueError(f"{source} is a {model.config.model_type}, not a GPT-2")
    if model.config.n_positions < ROW:
        raise ValueError(f"{source} reads {model.config.n_positions} tokens; training needs {ROW}")
    tokenizer.add_special_tokens([special(text) for text in special_tokens()])
    known = model.config.vocab_size
    if tokenizer.get_vocab_size() > known:
        widen(model, tokenizer.get_vocab_size())
    end = tokenizer.token_to_id(END)
    model.config.update({"bos_token_id": end, "eos_token_id": end})
    model.config.update({"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0})
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model, tokenizer


def _released(source: Path) -> tuple[GPT2LMHeadModel, Tokenizer]:
    with tempfile.TemporaryDirectory() as scratch:
        lean.write_checkpoint(*lean.unpack(onnx.load(source / RELEASED)), Path(scratch))
        config = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        model = GPT2LMHeadModel.from_pretrained(scratch, **config)
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    end = tokenizer.token_to_id(END)
    model.config.update({"bos_token_id": end, "eos_token_id": end})
    return model, tokenizer


def widen(model: GPT2LMHeadModel, vocabulary: int) -> None:
    """Give `model` rows up to `vocabulary`, each the mean of those that are there."""
    known = model.config.vocab_size
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    with torch.no_grad():
        embedding = model.get_input_embeddings().weight
        embedding[known:] = embedding[:known].mean(dim=0)


def save(model: GPT2LMHeadModel, tokenizer: Tokenizer, target: Path) -> None:
    """Write `model` in the hub's format, with tokenizer.json."""
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target)
    tokenizer.save(str(target / "tokenizer.json"))


def load(source: Path) -> tuple[GPT2LMHeadModel, Tokenizer]:
    """What `save` wrote, ready to be read (not trained)."""
    model = GPT2LMHeadModel.from_pretrained(source, local_files_only=True).eval()
    return model, Tokenizer.from_file(str(source / "tokenizer.json"))


def token_losses(model: GPT2LMHeadModel, ids: Any, positions: Any, documents: Any, where: Any = None) -> Any:
    """Cross-entropy in nats of each token given those before it in its own document, shape (rows, length - 1).

    `where` (indices into that shape, flattened) asks for these only, shape (len(where),): then the large product with
    the vocabulary is taken for no others.
    """
    length = ids.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
    sees = (documents[:, :, None] == documents[:, None, :]) & causal
    hidden = model.transformer(
        ids, attention_mask=sees[:, None], position_ids=positions, use_cache=False
    ).last_hidden_state
    hidden, wanted = hidden[:, :-1].flatten(0, 1), ids[:, 1:].flatten()
    if where is not None:
        hidden, wanted = hidden[where], wanted[where]
    losses = torch.nn.functional.cross_entropy(model.lm_head(hidden).float(), wanted, reduction="none")
    return losses if where is not None else losses.view(ids.shape[0], length - 1)
