"""Byte-level BPE (GPT-2's) over the `tokenizers` library: text to ids, and ids to text while they come in.

The library is given bytes, never a path: its native code does not open folders with every name.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import tokenizers

from .contract import ModelDamaged


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-ins for the 256 bytes (openai/gpt-2, encoder.py, bytes_to_unicode)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


class Tokenizer:
    """A tokenizer.json, read from its bytes. Implements contract.Vocabulary."""

    def __init__(self, data: bytes) -> None:
        """Raises ModelDamaged if `data` is not a byte-level tokenizer."""
        try:
            self._inner = tokenizers.Tokenizer.from_buffer(data)
            self._inner.no_padding()
            self._inner.no_truncation()
            self._pieces, self._special = _read_pieces(self._inner)
        except Exception as error:  # the library raises bare Exception
            raise ModelDamaged(
                f"The model's file tokenizer.json can't be read ({error}). "
                "Install the program again, or copy the model's folder again from a good source."
            ) from error

    @property
    def size(self) -> int:
        return len(self._pieces)

    @property
    def pieces(self) -> Sequence[bytes]:
        """Each token's bytes; a special token's are its own text."""
        return self._pieces

    @property
    def special(self) -> frozenset[int]:
        return self._special

    def id_of(self, token_text: str) -> int:
        """The id of a token as tokenizer.json spells it. Raises KeyError if there is none."""
        token_id: int | None = self._inner.token_to_id(token_text)
        if token_id is None:
            raise KeyError(token_text)
        return token_id

    def encode(self, text: str) -> list[int]:
        """The ids of `text`; special tokens written in it are recognised. Half a character (a lone surrogate, as some
        programs put on the clipboard) is read as "?"."""
        whole = text.encode("utf-8", "replace").decode()
        ids: list[int] = self._inner.encode(whole, add_special_tokens=False).ids
        return ids

    def stream(self) -> TextStream:
        return TextStream(self)


class TextStream:
    """Turns ids into text as they come, without ever giving out half a character.

    Bytes that can't become a character are left out.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def push(self, token_id: int) -> str:
        """The text that is complete with this token; "" while a character is still open."""
        piece = self._tokenizer.pieces[token_id]
        if token_id not in self._tokenizer.special:
            return self._decoder.decode(piece)
        self._decoder.reset()
        return piece.decode("utf-8")


def _read_pieces(inner: tokenizers.Tokenizer) -> tuple[tuple[bytes, ...], frozenset[int]]:
    alphabet = _byte_alphabet()
    added = inner.get_added_tokens_decoder()
    by_id = {token_id: text for text, token_id in inner.get_vocab(with_added_tokens=True).items()}
    pieces = []
    for token_id in range(max(by_id) + 1):
        text = by_id.get(token_id, "")
        literal = token_id in added
        pieces.append(text.encode("utf-8") if literal else bytes(alphabet[char] for char in text))
    return tuple(pieces), frozenset(token_id for token_id, token in added.items() if token.special)
