from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine.constraints import SlotConstraint, holds_banned_word, states_a_fact
from desktop.engine.contract import Limits, Sampling
from desktop.engine.model import Engine
from desktop.engine.tokenizer import Tokenizer

SLOTS = ("<|product|>", "<|price|>", "<|f1|>")
SECTIONS = ("<|title|>", "<|bullet|>")
BANNED = frozenset({"red", "steel", "waterproof", "cm", "s", "e-mail"})
END = "<|endoftext|>"


@pytest.fixture(scope="module")
def vocabulary(engine: Engine) -> Tokenizer:
    return engine.vocabulary


def spell(vocabulary: Tokenizer, text: str) -> list[int]:
    """One token for each byte: the finest way of splitting a text."""
    single = {piece: i for i, piece in enumerate(vocabulary.pieces) if len(piece) == 1}
    parts = re.split(r"(<\|\w+\|>)", text)
    ids: list[int] = []
    for part in parts:
        special = part.startswith("<|")
        ids += [vocabulary.id_of(part)] if special else [single[bytes([byte])] for byte in part.encode()]
    return ids


def can_write(constraint: SlotConstraint, ids: list[int]) -> bool:
    state = constraint.start()
    for token_id in ids:
        if not (np.isfinite(state.bias()[token_id]) and state.allows(token_id)):
            return False
        state.accept(token_id)
    return True


@pytest.mark.parametrize("char", "0٣३๕Ⅳ½²€₦₹$฿%°@\x07\u202e\u200b")
def test_signs_of_facts_are_banned(char: str) -> None:
    assert states_a_fact(char)


@pytest.mark.parametrize("char", "aéßжعन ,.!?’-–—&\"'()🙂")
def test_letters_and_marks_are_not(char: str) -> None:
    assert not states_a_fact(char)


@pytest.mark.parametrize(
    "text",
    ["red", "a Red pot", "RED", "red-hot", "hot-red", "water-proof", "water-proof-ish", "all-water-proof",
     "water‑proof", "red's", "‘red’", "re-d", "<|f1|>red", "<|f1|>steel", "ｒｅｄ", "e-mail", "x.red", "_red_"],
)  # fmt: skip
def test_no_splitting_gets_round_a_banned_word(vocabulary: Tokenizer, text: str) -> None:
    constraint = SlotConstraint(
        vocabulary, allowed_special=SLOTS, banned_words=BANNED, partial_characters=True
    )
    assert not can_write(constraint, spell(vocabulary, text))
    assert not can_write(constraint, vocabulary.encode(text))


@pytest.mark.parametrize(
    "text",
    ["hatred", "It's", "don't", "well-made", "a <|f1|> pot", "<|f1|> of light", "acme", "waterproo", "lamp's",
     "-ish", "teal", "mail"],
)  # fmt: skip
def test_other_words_are_written(vocabulary: Tokenizer, text: str) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS, banned_words=BANNED)
    assert can_write(constraint, spell(vocabulary, text))


def test_a_text_that_is_there_already_counts_as_the_words_beginning(vocabulary: Tokenizer) -> None:
    def write(prefix: str, text: str) -> bool:
        constraint = SlotConstraint(vocabulary, allowed_special=(), banned_words=BANNED, prefix=prefix)
        return can_write(constraint, spell(vocabulary, text))

    assert not write("it is water", "proof")
    assert write("it is water ", "proof")
    assert write("hat", "red")


def test_a_slot_can_not_be_spelled_out_in_letters(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS)
    assert not can_write(constraint, [i for c in "<|price|>" for i in spell(vocabulary, c)])
    assert can_write(constraint, spell(vocabulary, "<|price|>"))


def test_only_the_prompts_special_tokens_and_the_end_are_allowed(vocabulary: Tokenizer) -> None:
    bias = SlotConstraint(vocabulary, allowed_special=(*SLOTS, *SECTIONS)).start().bias()
    allowed = {vocabulary.pieces[i].decode() for i in vocabulary.special if np.isfinite(bias[i])}
    assert allowed == {*SLOTS, *SECTIONS, END}


def test_an_unknown_special_token_is_an_error(vocabulary: Tokenizer) -> None:
    with pytest.raises(KeyError):
        SlotConstraint(vocabulary, allowed_special=["<|nothing|>"])


def test_uses_are_counted_for_each_variant(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(
        vocabulary,
        allowed_special=(*SLOTS, *SECTIONS),
        max_uses={"<|title|>": 1, "<|bullet|>": 3, "<|f1|>": 0},
    )
    for text, most in (("<|title|>", 1), ("<|price|>", 2), ("<|bullet|>", 3), ("<|f1|>", 0)):
        assert can_write(constraint, spell(vocabulary, f"{text} " * most))
        assert not can_write(constraint, spell(vocabulary, f"{text} " * (most + 1)))


def test_without_a_default_uses_are_not_limited(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS, default_max_uses=None)
    assert can_write(constraint, spell(vocabulary, "<|price|> " * 9))


def test_a_special_token_does_not_follow_itself(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS)
    assert not can_write(constraint, spell(vocabulary, "<|price|><|price|>"))
    assert can_write(constraint, spell(vocabulary, "<|price|><|f1|><|price|>"))


def test_the_caller_may_rule_the_order(vocabulary: Tokenizer) -> None:
    def title_first(text: str, written: tuple[str, ...]) -> bool:
        return text != "<|bullet|>" or "<|title|>" in written

    constraint = SlotConstraint(vocabulary, allowed_special=SECTIONS, may_come=title_first)
    assert can_write(constraint, spell(vocabulary, "<|title|>a<|bullet|>"))
    assert not can_write(constraint, spell(vocabulary, "<|bullet|>a<|title|>"))


def test_the_end_is_allowed_whatever_else_is_not(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(
        vocabulary,
        allowed_special=(),
        banned_chars=lambda _char: True,
        may_come=lambda _text, _written: False,
    )
    state = constraint.start()
    assert np.flatnonzero(np.isfinite(state.bias())).tolist() == [vocabulary.id_of(END)]
    assert state.allows(vocabulary.id_of(END))


def test_more_characters_can_be_banned(vocabulary: Tokenizer) -> None:
    plain = SlotConstraint(vocabulary, allowed_special=())
    stricter = SlotConstraint(vocabulary, allowed_special=(), banned_chars="!#")
    assert can_write(plain, spell(vocabulary, "hey!"))
    assert not can_write(stricter, spell(vocabulary, "hey!"))
    assert not can_write(stricter, spell(vocabulary, "7"))


def test_pieces_of_characters_are_for_other_scripts_only(vocabulary: Tokenizer) -> None:
    latin = SlotConstraint(vocabulary, allowed_special=())
    any_script = SlotConstraint(vocabulary, allowed_special=(), partial_characters=True)
    assert not can_write(latin, spell(vocabulary, "नमस्ते"))
    assert can_write(any_script, spell(vocabulary, "नमस्ते"))
    assert not can_write(any_script, spell(vocabulary, "नम३"))
    assert not can_write(any_script, spell(vocabulary, "₹"))


def test_the_tokens_are_read_once_for_a_vocabulary(
    vocabulary: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlotConstraint(vocabulary, allowed_special=SLOTS)
    monkeypatch.setattr("desktop.engine.constraints._Pieces", lambda *_: pytest.fail("read again"))
    SlotConstraint(vocabulary, allowed_special=(), banned_words=frozenset({"seen"}), banned_chars="~")


WORDS = st.sampled_from(["red", "steel", "cotton", "the", "in", "a", "th", "lamp", "it", "we", "o", "e"])


@settings(max_examples=25, deadline=None)
@given(
    prompt=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    seed=st.integers(0, 2**32),
    temperature=st.sampled_from([0.0, 0.8, 2.0]),
    banned=st.frozensets(WORDS, max_size=12),
    slots=st.frozensets(st.sampled_from([*SLOTS, *SECTIONS, "<|k1|>", "<|shop|>"])),
)
def test_whatever_the_model_wants_no_fact_is_written(
    engine: Engine,
    prompt: str,
    seed: int,
    temperature: float,
    banned: frozenset[str],
    slots: frozenset[str],
) -> None:
    constraint = SlotConstraint(engine.vocabulary, allowed_special=slots, banned_words=banned)
    done = engine.generate(
        prompt, variants=2, limits=Limits(40), constraint=constraint,
        sampling=Sampling(temperature=temperature, top_k=0, top_p=1, seed=seed),
    )  # fmt: skip
    for completion in done:
        assert completion.finish in {"end", "length"}
        written = re.findall(r"<\|\w+\|>", completion.text)
        assert set(written) <= slots
        assert all(written.count(slot) <= 2 for slot in slots)
        plain = re.sub(r"<\|\w+\|>", " ", completion.text)
        assert not any(states_a_fact(char) or unicodedata.category(char) == "Nd" for char in plain)
        assert not set(re.findall(r"[^\W\d_]+", plain.casefold())) & banned
        assert not holds_banned_word(plain, banned)
