from __future__ import annotations

import random
import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.engine.constraints import (
    BannedWords,
    Field,
    Nudge,
    SlotConstraint,
    SlotState,
    holds_banned_word,
    states_a_fact,
)
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


@pytest.mark.parametrize("char", "0٣३๕Ⅳ½²卅€₦₹$฿%°@\x07\u202e\u200b")
def test_signs_of_facts_are_banned(char: str) -> None:
    assert states_a_fact(char)


@pytest.mark.parametrize("char", "aéßжعन ,.!?’-–—&\"'()🙂")
def test_letters_and_marks_are_not(char: str) -> None:
    assert not states_a_fact(char)


@given(text=st.text(st.sampled_from("Red redy made in-’1 .,é"), max_size=12))
def test_a_text_is_read_at_once_as_it_is_part_by_part(text: str) -> None:
    banned = BannedWords(frozenset({"red", "made", "made in", "e-mail", "red made in"}))
    assert banned.read(text) == (banned.held(text), banned.tail(text))


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


def test_the_caller_is_asked_again_once_something_else_is_written(vocabulary: Tokenizer) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def never_after_a_price(text: str, written: tuple[str, ...]) -> bool:
        asked.append((text, written))
        return "<|price|>" not in written

    state = SlotConstraint(vocabulary, allowed_special=SLOTS, may_come=never_after_a_price).start()
    fact, price = spell(vocabulary, "<|f1|><|price|>")
    assert state.allows(fact)
    assert state.allows(fact)
    state.accept(price)
    assert not state.allows(fact)
    assert asked == [("<|f1|>", ()), ("<|f1|>", ("<|price|>",))]


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


# ---- phrases -------------------------------------------------------------------------------------------------------

PHRASES = frozenset({"free shipping", "best-seller", "no questions asked", "50% off", "cash & carry"})


@pytest.mark.parametrize(
    "text",
    ["free shipping", "Free  Shipping", "FREE-SHIPPING", "the free shipping", "best seller", "best-seller",
     "no questions asked", "no no questions asked", "free free shipping", "cash & carry", "cash carry",
     "(free) shipping"],
)  # fmt: skip
def test_no_splitting_gets_round_a_banned_phrase(vocabulary: Tokenizer, text: str) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS, banned_words=PHRASES)
    assert not can_write(constraint, spell(vocabulary, text))
    assert not can_write(constraint, vocabulary.encode(text))


@pytest.mark.parametrize(
    "text",
    ["free", "shipping", "it is free. shipping it", "free ship", "freed shipping", "free <|f1|>shipping",
     "no questions", "best of sellers", "questions asked", "free, shipping"],
)  # fmt: skip
def test_parts_of_a_phrase_are_written(vocabulary: Tokenizer, text: str) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=SLOTS, banned_words=PHRASES)
    assert can_write(constraint, spell(vocabulary, text))


def test_a_phrase_may_have_begun_in_the_text_before(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(vocabulary, allowed_special=(), banned_words=PHRASES, prefix="It has free ")
    assert not can_write(constraint, spell(vocabulary, "shipping"))
    assert can_write(constraint, spell(vocabulary, "ship"))


SPELLED = st.lists(
    st.sampled_from(
        ["free", "shipping", "Best", "seller", "red", "RED", "wa", "ter", "proof", "no", "questions", "asked", "!", "?",
         "<|f1|>", "<|price|>", "lamp", "3", "٣", "€", "%", "cash", "carry", "the", "e", "mail"]
    ).flatmap(lambda word: st.sampled_from([word, " " + word, "-" + word, "'" + word])),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(wanted=SPELLED, splits=st.randoms(use_true_random=False))
def test_a_writer_set_on_it_writes_nothing_banned(
    vocabulary: Tokenizer, wanted: list[str], splits: random.Random
) -> None:
    """It spells what it wants in tokens of any length; what is refused it tries in other tokens, then leaves out."""
    constraint = SlotConstraint(
        vocabulary,
        allowed_special=("<|f1|>", *SECTIONS),
        banned_words=BANNED | PHRASES,
        partial_characters=True,
        fields={"<|title|>": Field(banned_chars="!?")},
        first="<|title|>",
    )
    state = constraint.start()
    rest, written = "".join(wanted).encode(), b""
    while rest:
        fitting = [i for i, piece in enumerate(vocabulary.pieces) if piece and rest.startswith(piece)]
        splits.shuffle(fitting)
        allowed = [i for i in fitting if np.isfinite(state.bias()[i]) and state.allows(i)]
        if not allowed:
            rest = rest[1:]
            continue
        state.accept(allowed[0])
        written += vocabulary.pieces[allowed[0]]
        rest = rest[len(vocabulary.pieces[allowed[0]]) :]
    text = written.decode("utf-8", "ignore")
    runs = re.split(r"<\|\w+\|>", text)
    assert set(re.findall(r"<\|\w+\|>", text)) <= {"<|f1|>"}
    for run in runs:
        assert not set("!?3٣€%|") & set(run)
        words = re.findall(r"[a-z]+", run.casefold())
        assert not set(words) & {"red", "steel", "waterproof", "cm"}
        assert not re.search(
            r"free[\s-]+shipping|best[\s-]+seller|no[\s-]+questions[\s-]+asked", run.casefold()
        )
        assert not re.search(r"\b(water[-']?proof|e-mail)\b", run.casefold())


# ---- fields ----------------------------------------------------------------------------------------------------------


def limited(most: int) -> Field:
    """A field of `most` characters, a slot counting as 5."""
    return Field(lambda _variant, text: most - len(re.sub(r"<\|\w+\|>", "12345", text)))


def titled(vocabulary: Tokenizer, title: Field, bullet: Field = Field()) -> SlotState:  # noqa: B008
    fields = {"<|title|>": title, "<|bullet|>": bullet}
    constraint = SlotConstraint(
        vocabulary,
        allowed_special=(*SLOTS, *SECTIONS),
        fields=fields,
        first="<|title|>",
        default_max_uses=None,
    )
    return constraint.start(0)


def push(state: SlotState, vocabulary: Tokenizer, text: str) -> tuple[str, list[int]]:
    """Write `text` letter by letter as far as there is room; gives it, and what the text before each token lost."""
    written, lost = "", []
    for token_id in spell(vocabulary, text):
        if np.isfinite(state.bias()[token_id]) and state.allows(token_id) and state.admit(token_id):
            cut = state.accept(token_id)
            lost += [cut] if cut else []
            written = written[: len(written) - cut] + vocabulary.pieces[token_id].decode()
    cut = state.finish()
    return written[: len(written) - cut], lost


@pytest.mark.parametrize(
    ("most", "text", "kept"),
    [
        (11, "a lamp here", "a lamp here"),
        (10, "a lamp here", "a lamp"),
        (7, "a lamp here", "a lamp"),
        (6, "a lamp here", "a lamp"),
        (5, "a lamp here", "a"),
        (3, "lamp", ""),
        (6, "well-made", ""),
        (10, "by <|f1|> lamp", "by <|f1|>"),
        (7, "by <|f1|> lamp", "by"),
        (0, "a<|f1|>", ""),
    ],
)
def test_a_field_ends_at_a_whole_word_within_its_limit(
    vocabulary: Tokenizer, most: int, text: str, kept: str
) -> None:
    written, _ = push(titled(vocabulary, limited(most)), vocabulary, text)
    assert written.rstrip() == kept


def test_after_a_word_without_room_only_another_field_or_the_end_can_come(vocabulary: Tokenizer) -> None:
    state = titled(vocabulary, limited(6))
    push(state, vocabulary, "a lamp!")
    allowed = {vocabulary.pieces[i].decode() for i in np.flatnonzero(np.isfinite(state.bias()))}
    assert allowed == {*SECTIONS, END}


def test_a_value_without_room_leaves_the_field_open_to_others(vocabulary: Tokenizer) -> None:
    def room(_variant: int, text: str) -> int:
        return 12 - len(text.replace("<|product|>", "x" * 50).replace("<|f1|>", "123"))

    written, _ = push(titled(vocabulary, Field(room)), vocabulary, "a <|product|><|f1|> lamp")
    assert written == "a <|f1|> lamp"


def test_the_next_field_has_a_limit_of_its_own(vocabulary: Tokenizer) -> None:
    state = titled(vocabulary, limited(6), limited(8))
    written, lost = push(state, vocabulary, "a lampion<|bullet|>two lampions<|bullet|>lamps all over")
    assert written == "a<|bullet|>two<|bullet|>lamps"
    assert len(lost) == 2


def test_a_variant_is_measured_by_its_own_number(vocabulary: Tokenizer) -> None:
    constraint = SlotConstraint(
        vocabulary, allowed_special=(), fields={"<|title|>": Field(lambda number, text: number - len(text))},
        first="<|title|>",
    )  # fmt: skip
    texts = [push(constraint.start(number), vocabulary, "abc def ghi")[0] for number in (4, 8, 11)]
    assert texts == ["abc", "abc def", "abc def ghi"]


def test_the_field_is_cut_where_its_owner_wants_it(vocabulary: Tokenizer) -> None:
    sentence = Field(limited(20).room, lambda text: text[: text.rfind(".") + 1])
    assert push(titled(vocabulary, sentence), vocabulary, "One. Two. Three it goes on")[0] == "One. Two."
    assert push(titled(vocabulary, sentence), vocabulary, "One. Two. Three")[0] == "One. Two. Three"


def test_what_became_too_long_afterwards_is_cut_by_words(vocabulary: Tokenizer) -> None:
    """Such as a value that is shown longer for what stands after it."""
    grown = Field(lambda _variant, text: 12 - len(text) - (20 if text.endswith("!") else 0))
    state = titled(vocabulary, grown)
    written = "a lamp it"
    for token_id in spell(vocabulary, written):
        assert state.admit(token_id)
        state.accept(token_id)
    (mark,) = spell(vocabulary, "!")
    state.accept(mark)
    assert (written + "!")[: -state.finish()] == "a lamp "


def test_characters_are_banned_by_field(vocabulary: Tokenizer) -> None:
    state = titled(vocabulary, Field(banned_chars="!"))
    assert push(state, vocabulary, "hey!<|bullet|>hey!<|title|>hey!")[0] == "hey<|bullet|>hey!<|title|>hey"


def test_a_measure_is_taken_only_near_the_limit(vocabulary: Tokenizer) -> None:
    measured = []

    def room(_variant: int, text: str) -> int:
        measured.append(text)
        return 200 - len(text)

    push(titled(vocabulary, Field(room)), vocabulary, "the lamp is light " * 9)
    assert len(measured) < 5


@settings(max_examples=80, deadline=None)
@given(
    most=st.integers(0, 60),
    text=st.lists(st.sampled_from([*"abc de,.-é🙂ש", "<|f1|>"]), max_size=80).map("".join),
)
def test_no_field_is_over_its_limit_or_ends_inside_a_word(
    vocabulary: Tokenizer, most: int, text: str
) -> None:
    constraint = SlotConstraint(
        vocabulary, allowed_special=SLOTS, fields={"<|title|>": limited(most)}, first="<|title|>",
        partial_characters=True, default_max_uses=None, banned_chars=lambda _char: False,
    )  # fmt: skip
    state = constraint.start()
    written = b""
    for token_id in spell(vocabulary, text):
        if np.isfinite(state.bias()[token_id]) and state.allows(token_id) and state.admit(token_id):
            state.accept(token_id)
            written += vocabulary.pieces[token_id]
    whole = written.decode("utf-8", "ignore")
    kept = whole[: len(whole) - state.finish()]
    assert len(kept.replace("<|f1|>", "12345")) <= most
    assert kept == whole or not (kept[-1:].isalnum() and whole[len(kept)].isalnum())


# ---- a nudge ---------------------------------------------------------------------------------------------------------


def nudged(vocabulary: Tokenizer) -> SlotState:
    nudge = Nudge(["<|f1|>", "<|price|>", "<|k1|>"], bonus=1.0, tokens=8, hold=0.5, most_hold=0.8)
    constraint = SlotConstraint(
        vocabulary, allowed_special=SLOTS, fields={"<|title|>": limited(30)}, first="<|title|>", nudge=nudge
    )
    return constraint.start()


def test_the_push_towards_unused_slots_grows_and_ends_with_their_use(vocabulary: Tokenizer) -> None:
    state, f1, price = nudged(vocabulary), vocabulary.id_of("<|f1|>"), vocabulary.id_of("<|price|>")
    end, product = vocabulary.id_of(END), vocabulary.id_of("<|product|>")
    assert (state.bias()[f1], state.bias()[end]) == (0, pytest.approx(-0.8))
    push(state, vocabulary, "lamp")
    assert state.bias()[f1] == state.bias()[price] == pytest.approx(0.5)
    push(state, vocabulary, "s on and on")
    assert state.bias()[f1] == pytest.approx(1.0)
    state.accept(f1)
    assert (state.bias()[f1], state.bias()[price]) == (0, pytest.approx(1.0))
    assert state.bias()[end] == pytest.approx(-0.5)
    assert state.bias()[product] == 0
    state.accept(price)
    assert state.bias()[end] == 0


def test_a_push_is_no_shove() -> None:
    with pytest.raises(ValueError, match=r"the bonus is 1\.5"):
        Nudge((), bonus=1.5)


def test_a_push_opens_nothing(vocabulary: Tokenizer) -> None:
    state = nudged(vocabulary)
    push(state, vocabulary, "lamps all over the place, and more of them")
    allowed = {vocabulary.pieces[i].decode() for i in np.flatnonzero(np.isfinite(state.bias()))}
    assert allowed == {END}
    assert not np.isfinite(nudged(vocabulary).bias()[vocabulary.id_of("<|k1|>")])


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
