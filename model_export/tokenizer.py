"""The byte-level BPE: GPT-2's own pre-tokenizer, our special tokens first, every byte writable.

Sentences of the languages that may come later are mixed in lightly, so that adding one does not need a new
vocabulary (and with it a new model from scratch).
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from desktop.drafting.prompt import special_tokens

from .corpus.example import Example

DEFAULT_VOCABULARY = 8192
LATER_LANGUAGES = ("es", "fr", "pt", "id", "sw", "hi", "ar")
#: Per language; about a tenth of the text in all when the corpus gives 60,000 examples.
SENTENCES_PER_LANGUAGE = 3000

_SPECIAL = re.compile(r"<\|[^|<>\s]*\|>")


def train_tokenizer(texts: Iterable[str], *, vocabulary: int = DEFAULT_VOCABULARY) -> Tokenizer:
    """Learn merges from `texts`; special tokens get the ids 0… in the order of `special_tokens()`.

    Raises ValueError if `vocabulary` leaves no room for merges beside the special tokens and the 256 bytes.
    """
    specials = special_tokens()
    smallest = len(specials) + 256
    if vocabulary <= smallest:
        raise ValueError(f"a vocabulary of {vocabulary} is too small: it must be above {smallest}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[special(text) for text in specials],
        # Sorted, because the binding hands the alphabet over in an order that changes from run to run.
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_words_between(texts), trainer)
    return tokenizer


def special(text: str) -> AddedToken:
    """A special token that leaves the spaces around it alone: "<|f1|> of light" must keep its space."""
    return AddedToken(text, special=True, normalized=False, lstrip=False, rstrip=False, single_word=False)


def texts_of(examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        yield example.prompt + example.target


def multilingual(data_dir: Path, *, seed: int = 0, count: int = SENTENCES_PER_LANGUAGE) -> Iterator[str]:
    """Sentences of LATER_LANGUAGES from Common Voice, and African Storybook where those are few (Swahili).

    A language without any file is skipped. Raises OSError for a file that can't be read.
    """
    rng = random.Random(seed)
    for language in LATER_LANGUAGES:
        sentences: list[str] = []
        plain = data_dir / "common_voice_sentences" / f"{language}.txt"
        if plain.is_file():
            sentences += plain.read_text("utf-8").splitlines()
        stories = data_dir / "african_storybook" / f"{language}.jsonl"
        if len(sentences) < count and stories.is_file():
            for line in stories.read_text("utf-8").splitlines():
                sentences += json.loads(line)["pages"]
        yield from rng.sample(sentences, min(count, len(sentences)))


def unknown_specials(text: str, known: frozenset[str]) -> list[str]:
    """What looks like a special token in `text` but is not in the vocabulary."""
    return sorted(set(_SPECIAL.findall(text)) - known)


def _words_between(texts: Iterable[str]) -> Iterator[list[str]]:
    """`texts` without special tokens (the trainer would learn merges of their letters), in lists for speed."""
    pieces = (piece for text in texts for piece in _SPECIAL.split(text) if piece)
    while batch := list(itertools.islice(pieces, 1000)):
        yield batch
