import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.drafting.prompt import special_tokens
from model_export.tokenizer import train_tokenizer, unknown_specials

TEXTS = [
    "The <|product|> lasts <|f1|> on one charge, so it is ready tonight.",
    "We deliver <|place|> tomorrow.",
] * 20
TOKENIZER = train_tokenizer(TEXTS, vocabulary=500)


def test_special_tokens_come_first_in_the_order_of_the_format() -> None:
    assert [TOKENIZER.token_to_id(text) for text in special_tokens()] == list(range(len(special_tokens())))


def test_a_slot_leaves_the_spaces_around_it_alone() -> None:
    text = "lasts <|f1|> of light<|bullet|> <|k1|>: <|f1|>"
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    assert TOKENIZER.decode(ids, skip_special_tokens=False) == text
    assert TOKENIZER.token_to_id("<|f1|>") in ids


def test_no_merge_is_learnt_from_a_special_tokens_letters() -> None:
    assert "product" not in TOKENIZER.get_vocab()


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_every_text_round_trips(text: str) -> None:
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    assert TOKENIZER.decode(ids, skip_special_tokens=False) == text


def test_training_again_gives_the_same_tokenizer() -> None:
    assert train_tokenizer(TEXTS, vocabulary=500).to_str() == TOKENIZER.to_str()


def test_a_vocabulary_without_room_for_merges_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        train_tokenizer(TEXTS, vocabulary=300)


def test_unknown_specials_are_found() -> None:
    assert unknown_specials("<|f1|> and <|colour|>", frozenset(special_tokens())) == ["<|colour|>"]
