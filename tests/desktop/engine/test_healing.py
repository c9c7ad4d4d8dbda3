from __future__ import annotations

import re

import pytest

from desktop.engine.constraints import SlotConstraint
from desktop.engine.healing import Healing
from desktop.engine.model import Engine
from desktop.engine.tokenizer import Tokenizer

SHOWN = {"<|product|>": "Sunbell lantern", "<|f1|>": "12 hours"}


def healing(vocabulary: Tokenizer, typed: str, *, banned: frozenset[str] = frozenset()) -> Healing:
    inner = SlotConstraint(vocabulary, allowed_special=SHOWN, banned_words=banned)
    return Healing(vocabulary, inner, typed, SHOWN)


def open_tokens(rules: Healing, *written: str) -> set[str]:
    """What may come after the tokens `written`."""
    vocabulary = rules.vocabulary
    state = rules.start(0)
    for text in written:
        state.accept(list(vocabulary.pieces).index(text.encode()))
    bias = state.bias()
    ids = [i for i in range(vocabulary.size) if bias[i] > -1e9 and state.allows(i)]
    return {vocabulary.pieces[i].decode("utf-8", "replace") for i in ids}


@pytest.mark.parametrize("typed", [" ligh", "Sun", " hou", " ", " a", "qzxv"])
@pytest.mark.parametrize("prompt", ["The lamp", "<|product|>solar lantern<|f1|>12 hours<|description|>It"])
def test_what_is_written_begins_with_what_was_typed(engine: Engine, prompt: str, typed: str) -> None:
    completion = engine.complete(prompt, constraint=healing(engine.vocabulary, typed), tokens=len(typed) + 4)
    shown = completion.text
    for slot, value in SHOWN.items():
        shown = shown.replace(slot, value, 1) if shown.lstrip().startswith(slot) else shown
    assert shown.casefold().startswith(typed.casefold())
    assert "".join(piece for piece, _ in completion.pieces) == completion.text


def test_a_value_that_was_begun_may_be_finished_by_its_slot(engine: Engine) -> None:
    rules = healing(engine.vocabulary, " sunb")
    assert "<|product|>" not in open_tokens(rules)  # its space comes first
    assert " " in open_tokens(rules)
    assert "<|product|>" in open_tokens(rules, " ")
    assert "<|f1|>" not in open_tokens(rules, " ")


def test_a_space_by_itself_comes_before_slots_only(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    word = next(piece.decode() for piece in vocabulary.pieces if re.fullmatch(rb" [ac-rt-z][a-z]+", piece))
    assert word in open_tokens(healing(vocabulary, word[:-1]))
    assert " " not in open_tokens(healing(vocabulary, word[:-1]))
    assert " " in open_tokens(healing(vocabulary, " "))
    assert open_tokens(healing(vocabulary, " zqqz")) == {" "}  # no token has the space and the letter


def test_figures_come_from_a_slot_even_where_they_were_typed(engine: Engine) -> None:
    assert open_tokens(healing(engine.vocabulary, "12 h")) == {"<|f1|>"}
    assert engine.complete("It", constraint=healing(engine.vocabulary, " 77")).finish == "constraint"


def test_a_banned_word_is_not_finished(engine: Engine) -> None:
    rules = healing(engine.vocabulary, " re", banned=frozenset({"red"}))
    assert not {" red", "d"} & open_tokens(rules, " re")


def test_once_spelled_the_inner_rules_hold_alone(engine: Engine) -> None:
    vocabulary = engine.vocabulary
    inner = SlotConstraint(vocabulary, allowed_special=SHOWN).start()
    state = healing(vocabulary, " a").start(0)
    for token_id in vocabulary.encode(" a"):
        state.accept(token_id)
        inner.accept(token_id)
    assert (state.bias() == inner.bias()).all()
    assert state.fields == inner.fields
    assert state.finish() == 0


def test_half_a_character_in_a_value_does_no_harm(engine: Engine) -> None:
    inner = SlotConstraint(engine.vocabulary, allowed_special=SHOWN)
    rules = Healing(engine.vocabulary, inner, "la", {"<|f1|>": "lamp \ud83d"})
    assert "<|f1|>" in open_tokens(rules)
