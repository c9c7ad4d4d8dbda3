"""A GPT-2 checkpoint as GGUF, the file of llama.cpp.

Names and shapes are those that llama.cpp's loader of the architecture `gpt2` asks for (src/models/gpt2.cpp). Hugging
Face's Conv1D keeps matrices as (in, out), llama.cpp wants (out, in).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import load_file

_OUTSIDE = {
    "wte.weight": "token_embd.weight",
    "wpe.weight": "position_embd.weight",
    "ln_f.weight": "output_norm.weight",
    "ln_f.bias": "output_norm.bias",
}
_IN_BLOCK = {
    "ln_1": "attn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}


def write_gguf(checkpoint: Path, target: Path) -> None:
    """Write `checkpoint` (config.json, model.safetensors, tokenizer.json) in fp32; the tied embedding once.

    Raises KeyError if a tensor of GPT-2 is missing.
    """
    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    writer = gguf.GGUFWriter(target, "gpt2")
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _add_tokenizer(writer, json.loads((checkpoint / "tokenizer.json").read_text("utf-8")), config)
    tensors = {
        name.removeprefix("transformer."): tensor
        for name, tensor in load_file(checkpoint / "model.safetensors").items()
    }
    for name, ours in tensor_names(config["n_layer"]).items():
        tensor = tensors[ours].astype(np.float32)
        conv1d = tensor.ndim == 2 and ours.startswith("h.")
        writer.add_tensor(name, np.ascontiguousarray(tensor.T) if conv1d else tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensor_names(layers: int) -> dict[str, str]:
    """llama.cpp's name of each tensor to Hugging Face's."""
    names = {theirs: ours for ours, theirs in _OUTSIDE.items()}
    for layer in range(layers):
        for ours, theirs in _IN_BLOCK.items():
            for part in ("weight", "bias"):
                names[f"blk.{layer}.{theirs}.{part}"] = f"h.{layer}.{ours}.{part}"
    return names


def _add_tokenizer(writer: gguf.GGUFWriter, tokenizer: dict[str, Any], config: dict[str, Any]) -> None:
    """Tokens, their kinds and merges; rows of the embedding that no token uses are named as such."""
    special = {item["id"]: item["content"] for item in tokenizer["added_tokens"]}
    by_id = {number: token for token, number in tokenizer["model"]["vocab"].items()} | special
    tokens, kinds = [], []
    for number in range(config["vocab_size"]):
        tokens.append(by_id.get(number, f"<|unused {number}|>"))
        if number in special:
            kinds.append(gguf.TokenType.CONTROL)
        else:
            kinds.append(gguf.TokenType.NORMAL if number in by_id else gguf.TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])


def quantize_gguf(source: Path, target: Path, kind: str, *, pure: bool, threads: int) -> None:
    """Write the fp32 file `source` as llama.cpp's own Q8_0 or Q4_0. Raises RuntimeError if llama.cpp refuses.

    llama.cpp keeps the tied embedding in more bits than the rest (Q6_K or Q8_0 beside Q4_0), but not if `pure`.
    """
    import ctypes

    import llama_cpp

    from .llama import quiet

    quiet()
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    settings.pure = pure
    settings.nthread = threads
    status = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(settings)
    )
    if status:
        raise RuntimeError(f"llama_model_quantize ended with status {status}")
