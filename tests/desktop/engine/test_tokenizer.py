from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.drafting.prompt import special_tokens
from desktop.engine.contract import ModelDamaged
from desktop.engine.model import Engine
from desktop.engine.tokenizer import Tokenizer

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(lambda text: "<|" not in text)


@given(text=PLAIN)
def test_any_text_comes_back_as_it_was(engine: Engine, text: str) -> None:
    vocabulary = engine.vocabulary
    ids = vocabulary.encode(text)
    assert b"".join(vocabulary.pieces[i] for i in ids).decode("utf-8") == text
    stream = vocabulary.stream()
    assert "".join(stream.push(i) for i in ids) == text


def test_half_a_character_is_read_as_a_question_mark(engine: Engine) -> None:
    assert engine.vocabulary.encode("lamp \ud83d") == engine.vocabulary.encode("lamp ?")


def test_special_tokens_in_a_text_are_recognised(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    ids = vocabulary.encode("<|listing|><|product|>lamp")
    assert ids[:2] == [vocabulary.id_of("<|listing|>"), vocabulary.id_of("<|product|>")]
    assert set(ids[:2]) <= vocabulary.special
    assert not set(ids[2:]) & vocabulary.special


def test_every_special_token_of_the_prompt_format_is_one_token(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    for text in special_tokens():
        token_id = vocabulary.id_of(text)
        assert vocabulary.encode(text) == [token_id]
        assert vocabulary.pieces[token_id] == text.encode()
        assert token_id in vocabulary.special
    assert len(vocabulary.pieces) == vocabulary.size


def test_an_unknown_token_has_no_id(engine: Engine) -> None:
    with pytest.raises(KeyError):
        engine.vocabulary.id_of("<|nothing|>")


def test_a_stream_waits_for_the_rest_of_a_character(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    single = {piece: i for i, piece in enumerate(vocabulary.pieces) if len(piece) == 1}
    stream = vocabulary.stream()
    pieces = [stream.push(single[bytes([byte])]) for byte in "a🙂b".encode()]
    assert pieces == ["a", "", "", "", "🙂", "b"]


def test_a_stream_drops_a_character_that_a_slot_cuts_in_two(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    single = {piece: i for i, piece in enumerate(vocabulary.pieces) if len(piece) == 1}
    stream = vocabulary.stream()
    ids = [single[b"\xf0"], vocabulary.id_of("<|price|>"), single[b"\x9f"], single[b"o"]]
    assert "".join(stream.push(i) for i in ids) == "<|price|>o"


@pytest.mark.parametrize("cut", [0, 1, 200])
def test_a_broken_file_is_named(tiny_model: Path, cut: int) -> None:
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json can't be read"):
        Tokenizer((tiny_model / "tokenizer.json").read_bytes()[:cut])


def test_a_vocabulary_that_is_not_byte_level_is_refused() -> None:
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json"):
        Tokenizer(b'{"model": {"type": "WordLevel", "vocab": {"two words": 0}, "unk_token": "two words"}}')
