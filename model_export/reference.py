"""optimum's export of a checkpoint: not shipped, but what the lean graph is compared with."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import onnx
from tokenizers import Tokenizer

from desktop.drafting.prompt import END


def export_reference(source: Path, tokenizer: Tokenizer, target: Path) -> None:
    """The fp32 graph with a key-value cache, as one file."""
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
        target.parent.mkdir(parents=True, exist_ok=True)
        model = onnx.load(graph / "model.onnx")  # external data, if any, comes in here
        onnx.save(model, target)
