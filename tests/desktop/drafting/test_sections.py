import pytest

from desktop.drafting.sections import Sections, finished, parse, slots_in, split_sentences


def test_a_completion_is_split_into_its_sections() -> None:
    text = "<|brand|> lamp<|bullet|>one<|bullet|>two <|f1|><|description|>It is. It was.<|endoftext|>"
    assert parse(text, first="title") == Sections("<|brand|> lamp", ("one", "two <|f1|>"), "It is. It was.")


def test_it_goes_on_from_the_section_that_was_asked_for() -> None:
    assert parse("a<|bullet|>b", first="bullet") == Sections("", ("a", "b"), "")
    assert parse("text", first="description") == Sections("", (), "text")


def test_empty_and_repeated_sections_do_no_harm() -> None:
    text = "<|title|> one <|title|>two<|bullet|> <|description|>d<|description|>e"
    assert parse(text, first="title") == Sections("one", (), "d")
    assert parse("", first="title") == Sections()


def test_a_cut_completion_loses_its_unfinished_end() -> None:
    assert parse("t<|description|>It is. It wa", first="title", truncated=True).description == "It is."
    assert parse("t<|bullet|>one<|bullet|>tw", first="title", truncated=True).bullets == ("one",)
    assert parse("t<|description|>It is.", first="title", truncated=True).description == "It is."


def test_sentences_and_slots() -> None:
    assert split_sentences("One. Two! <|f1|> three? 1.5 kg…") == ["One.", "Two!", "<|f1|> three?", "1.5 kg…"]
    assert slots_in("<|f1|> a <|bullet|> <|f1|><|k2|>") == ["<|f1|>", "<|f1|>", "<|k2|>"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One. Two! And thr", "One. Two!"),
        ("One.Two  three", ""),
        ("It lasts <|f1|>. Take", "It lasts <|f1|>."),
        ("All said.", "All said."),
        ("None said", ""),
        ("", ""),
    ],
)
def test_an_unfinished_sentence_is_left_out(text: str, kept: str) -> None:
    assert finished(text) == kept
    assert text.startswith(finished(text))
