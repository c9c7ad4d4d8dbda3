from pathlib import Path

import numpy as np
import pytest

from desktop.drafting.prompt import END
from model_export.corpus.example import Example
from model_export.rows import PAD_DOCUMENT, Document, cached_rows, encode, order, pack, rows_by_task
from model_export.tokenizer import train_tokenizer

TOKENIZER = train_tokenizer(["a lamp for the evening, and a pot for the morning"] * 10, vocabulary=420)
PAIR = Example("listing", "<|listing|><|product|>lamp<|title|>", "<|product|> for the evening")
END_ID = TOKENIZER.token_to_id(END)


def test_a_pair_is_prompt_then_target_then_end() -> None:
    ((task, document),) = encode([PAIR], TOKENIZER)
    assert task == "listing"
    assert document.ids[-1] == END_ID
    assert TOKENIZER.decode(document.ids[: document.prompt_length], skip_special_tokens=False) == PAIR.prompt
    assert (
        TOKENIZER.decode(document.ids[document.prompt_length : -1], skip_special_tokens=False) == PAIR.target
    )


def test_a_special_token_outside_the_format_is_refused() -> None:
    with pytest.raises(ValueError, match=r"<\|colour\|>"):
        list(encode([Example("listing", PAIR.prompt, "<|colour|> lamp")], TOKENIZER))


def test_a_pair_that_is_too_long_is_left_out_and_plain_text_is_cut() -> None:
    long = "lamp " * 40
    assert list(encode([Example("listing", PAIR.prompt, long)], TOKENIZER, 32)) == []
    pieces = [document.ids for _, document in encode([Example("text", "", long)], TOKENIZER, 32)]
    assert len(pieces) > 1
    assert [token for piece in pieces for token in piece] == [*TOKENIZER.encode(long).ids, END_ID]


def test_rows_hold_whole_documents_and_all_of_them() -> None:
    rng = np.random.default_rng(0)
    documents = [Document([int(i)] * int(rng.integers(1, 60)), 0) for i in range(1, 200)]
    rows = pack(documents, pad=0, vocabulary=400, length=64)
    assert rows.tokens == sum(len(document.ids) for document in documents)
    for document in documents:
        places = np.argwhere(rows.ids == document.ids[0])
        assert len({row for row, _ in places}) == 1
        assert len(places) == len(document.ids)
    assert rows.tokens / rows.ids.size > 0.95


def test_positions_restart_and_first_tokens_and_padding_count_nothing() -> None:
    rows = pack([Document([5, 6, 7], 1), Document([8, 9], 0)], pad=0, vocabulary=400, length=6)
    ids, positions, documents, weights = rows.batch(np.array([0]))
    assert ids.tolist() == [[5, 6, 7, 8, 9, 0]]
    assert positions.tolist() == [[0, 1, 2, 0, 1, 0]]
    assert documents.tolist() == [[0, 0, 0, 1, 1, PAD_DOCUMENT]]
    assert weights.tolist() == [[0, 1, 1, 0, 1, 0]]


def test_prompts_count_a_little() -> None:
    rows = pack([Document([5, 6, 7, 8], 3)], pad=0, vocabulary=400, length=4)
    assert rows.batch(np.array([0]))[3][0] == pytest.approx([0, 0.1, 0.1, 1])


def test_more_tiny_documents_than_a_byte_can_number_go_to_another_row() -> None:
    rows = pack([Document([5], 0)] * 300, pad=0, vocabulary=400, length=512)
    assert len(rows) == 2
    assert rows.tokens == 300


def test_reading_goes_on_where_it_stopped_and_every_epoch_reads_all() -> None:
    whole = order(7, seed=3, start=0, count=21)
    parts = np.concatenate([order(7, seed=3, start=start, count=3) for start in range(0, 21, 3)])
    assert whole.tolist() == parts.tolist()
    epochs = whole.reshape(3, 7)
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs.tolist())
    assert len({tuple(epoch) for epoch in epochs.tolist()}) > 1


def test_rows_are_kept_until_what_they_depend_on_changes(tmp_path: Path) -> None:
    first = cached_rows(tmp_path, [PAIR], TOKENIZER, key={"seed": 1})
    assert cached_rows(tmp_path, [], TOKENIZER, key={"seed": 1}).ids.tolist() == first.ids.tolist()
    assert (
        cached_rows(tmp_path, [], TOKENIZER, key={"seed": 9}, frozen=True).ids.tolist() == first.ids.tolist()
    )
    assert len(cached_rows(tmp_path, [PAIR] * 600, TOKENIZER, key={"seed": 2})) > 1


def test_tasks_are_kept_apart_for_validation() -> None:
    tasks = rows_by_task([PAIR, Example("text", "", "a pot"), PAIR], TOKENIZER)
    assert list(tasks) == ["listing", "text"]
    assert tasks["text"].tokens == len(TOKENIZER.encode("a pot").ids) + 1
