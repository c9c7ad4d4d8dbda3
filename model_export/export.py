"""From a trained checkpoint to the folder that the app loads: model.onnx (int8), tokenizer.json, manifest.json."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import onnx
from tokenizers import Tokenizer

from desktop.drafting.prompt import END, FORMAT_VERSION

from .quantize import quantize

FP32 = "onnx"
FILES = ("model.onnx", "tokenizer.json")


def export_model(source: Path, target: Path, *, name: str) -> dict[str, Any]:
    """Export the checkpoint `source` (see `network.save`) into `target`; gives the sizes in bytes.

    The fp32 graph is kept beside the checkpoint, for `verify`. Raises FileNotFoundError without a checkpoint,
    ValueError if part of the graph could not be quantized.
    """
    if not (source / "config.json").is_file():
        raise FileNotFoundError(f"{source} holds no trained model; run `python -m model_export train` first")
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    config = json.loads((source / "config.json").read_text("utf-8"))
    fp32 = source.parent / FP32 / "model.onnx"
    fp32.parent.mkdir(parents=True, exist_ok=True)
    export_graph(source, tokenizer, fp32)
    parameters = count_parameters(source)
    with tempfile.TemporaryDirectory() as scratch:
        int8 = Path(scratch) / "model.onnx"
        quantize(fp32, int8)
        describe(int8, {"name": name, "format_version": str(FORMAT_VERSION), "precision": "int8"})
        target.mkdir(parents=True, exist_ok=True)
        (target / "model.onnx").write_bytes(int8.read_bytes())
    (target / "tokenizer.json").write_text(tokenizer.to_str(), "utf-8")
    write_manifest(
        target, name=name, precision="int8", context=int(config["n_positions"]), parameters=parameters
    )
    sizes = {file: (target / file).stat().st_size for file in FILES}
    return {"name": name, "parameters": parameters, "fp32_bytes": fp32.stat().st_size, "bytes": sizes}


def export_graph(source: Path, tokenizer: Tokenizer, target: Path) -> None:
    """The fp32 graph with a key-value cache, by optimum, as one file."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # everything is local: a slow hub must not hold this up
    from optimum.exporters.onnx import main_export
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

    with tempfile.TemporaryDirectory() as scratch:
        # optimum wants the hub's own tokenizer files beside the weights.
        checkpoint, graph = Path(scratch) / "checkpoint", Path(scratch) / "onnx"
        GPT2LMHeadModel.from_pretrained(source, local_files_only=True).save_pretrained(checkpoint)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END).save_pretrained(checkpoint)
        main_export(
            str(checkpoint),
            output=graph,
            task="text-generation-with-past",
            do_validation=False,  # `verify` compares more, and on real prompts
            no_post_process=True,
            local_files_only=True,
        )
        model = onnx.load(graph / "model.onnx")  # external data, if any, comes in here
        onnx.save(model, target)


def describe(path: Path, properties: dict[str, str]) -> None:
    """Write `properties` into the graph's own metadata."""
    model = onnx.load(path)
    onnx.helper.set_model_props(model, properties)
    onnx.save(model, path)


def write_manifest(target: Path, *, name: str, precision: str, context: int, parameters: int) -> None:
    """manifest.json as `desktop.engine.model` reads it, with size and SHA-256 of each file."""
    files = {}
    for file in FILES:
        data = (target / file).read_bytes()
        files[file] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    manifest = {
        "name": name,
        "precision": precision,
        "format_version": FORMAT_VERSION,
        "context": context,
        "parameters": parameters,
        "files": files,
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def count_parameters(source: Path) -> int:
    """Of the checkpoint, the tied embedding counted once."""
    from safetensors import safe_open

    with safe_open(source / "model.safetensors", framework="numpy") as tensors:
        names = [name for name in tensors.keys() if name != "lm_head.weight"]  # noqa: SIM118 (no mapping)
        shapes = [tensors.get_slice(name).get_shape() for name in names]
    total = 0
    for shape in shapes:
        count = 1
        for size in shape:
            count *= size
        total += count
    return total
