from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.drafting.form import Form
from desktop.drafting.judging import ListingTask
from desktop.drafting.lexicon import Lexicon
from desktop.drafting.listing import ListingDrafter, may_come
from desktop.drafting.listing_prompt import listing_prompt, name_without_brand, note_sentences
from desktop.drafting.phrases import Phrases
from desktop.drafting.prompt import SLOT_TOKENS, special_tokens
from desktop.drafting.sections import Sections
from desktop.drafting.sense import Sense
from desktop.engine.contract import (
    CancelToken,
    Completion,
    Constraint,
    Limits,
    ModelMissing,
    PromptTooLong,
    Sampling,
)
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product

ROOT = Path(__file__).parents[3]
LEXICON = Lexicon.load(ROOT / "resources" / "lexicon" / "en.toml")
PHRASES = Phrases.load(ROOT / "resources" / "phrases")
LANTERN = Product(
    "Sunbell solar lantern",
    brand="Sunbell",
    category="Home & Garden > Lighting",
    price=Money(245000, "KES"),
    facts=(Fact("run time", "12 hours"), Fact("charging", "USB"), Fact("waterproof", "yes")),
)
GOOD = (
    "<|brand|> <|product|>, <|f1|><|bullet|><|k1|>: <|f1|><|bullet|><|k2|>: <|f2|><|bullet|><|k3|>: <|f3|>"
    "<|description|>The <|brand|> <|product|> runs for <|f1|> and is <|k3|>. Send a message now to order. "
    "It has <|f2|> charging."
)
OTHER = (
    "<|product|> by <|brand|><|bullet|><|f1|> of use<|bullet|><|k2|>: <|f2|>"
    "<|description|>Meet the <|brand|> <|product|>. The <|k1|> is <|f1|>. <|k2|>: <|f2|>."
)
POOR = "<|product|><|description|>Nice. Nice. Nice."


class Words:
    """A vocabulary of special tokens and two words."""

    def __init__(self) -> None:
        self._texts = (*special_tokens(), "lamp", " red")
        self.pieces = [text.encode() for text in self._texts]
        self.size = len(self._texts)
        self.special = frozenset(range(len(special_tokens())))

    def id_of(self, token_text: str) -> int:
        return self._texts.index(token_text)


class Scripted:
    """A TextModel that returns what it was given, in turns."""

    def __init__(self, *texts: str, finish: str = "end", most_prompt: int = 10**9) -> None:
        self.texts = texts
        self.finish = finish
        self.most_prompt = most_prompt
        self.vocabulary = Words()
        self.calls: list[dict[str, Any]] = []

    def generate(
        self,
        prompt: str,
        *,
        variants: int,
        limits: Limits,
        constraint: Constraint | None = None,
        sampling: Sampling = Sampling(),  # noqa: B008
        on_token: Callable[[int, str], None] | None = None,
        cancel: CancelToken | None = None,  # noqa: ARG002
    ) -> list[Completion]:
        self.calls.append(
            {"prompt": prompt, "limits": limits, "constraint": constraint, "sampling": sampling}
        )
        if len(prompt) > self.most_prompt:
            raise PromptTooLong("too long")
        completions = []
        for i in range(variants):
            text = self.texts[i % len(self.texts)]
            if on_token:
                for half in (
                    (text[: text.index("<|", 3)], text[text.index("<|", 3) :])
                    if "<|" in text[3:]
                    else (text,)
                ):
                    on_token(i, half)
            completions.append(Completion(text, 10, self.finish, -1.0, 5.0, 20.0))
        return completions


def drafter(model: Scripted | None) -> ListingDrafter:
    return ListingDrafter((lambda: model) if model else None, LEXICON, PHRASES)


def test_prompt_holds_the_facts_in_order_and_the_name_without_the_brand() -> None:
    prompt = listing_prompt(LANTERN, "friendly", "en")
    assert prompt.text == (
        "<|listing|><|en|><|friendly|><|category|>Home & Garden > Lighting<|product|>solar lantern<|brand|>Sunbell"
        "<|price|>KSh 2,450<|k1|>run time<|f1|>12 hours<|k2|>charging<|f2|>USB<|k3|>waterproof<|f3|>yes"
    )


def test_notes_follow_as_facts_and_empty_facts_are_skipped() -> None:
    product = Product(
        "lamp", facts=(Fact("a", " "), Fact("", "x"), Fact("b", "c")), notes="Hand wash. " + "x" * 200
    )
    assert listing_prompt(product).text.endswith("<|product|>lamp<|k1|>b<|f1|>c<|k2|>note<|f2|>Hand wash")


def test_no_more_facts_than_the_format_has_slots_for() -> None:
    product = Product("lamp", facts=tuple(Fact(f"n{i}", f"v{i}") for i in range(10_000)))
    prompt = listing_prompt(product)
    assert prompt.values["<|f24|>"] == "v23"
    assert set(prompt.values) <= SLOT_TOKENS


@pytest.mark.parametrize(
    ("name", "brand", "bare"),
    [
        ("Sunbell lantern", "sunbell", "lantern"), ("lantern by Sunbell", "Sunbell", "lantern"),
        ("Sunbell", "Sunbell", "Sunbell"),
        ("Sunbells lantern", "Sunbell", "Sunbells lantern"), ("lantern", "", "lantern"), ("C++ book", "C++", "book"),
    ],
)  # fmt: skip
def test_brand_is_taken_off_the_name(name: str, brand: str, bare: str) -> None:
    assert name_without_brand(name, brand) == bare


def test_notes_are_split_into_short_sentences() -> None:
    assert note_sentences("- One. Two!\n• Three\n\nFour. Five.") == ["One", "Two!", "Three"]
    assert note_sentences("") == []


def test_best_different_candidates_are_shown_with_their_coverage() -> None:
    result = drafter(Scripted(POOR, GOOD, GOOD, OTHER)).draft(LANTERN, seed=7)
    assert result.source == "model"
    best = result.variants[0]
    assert best.title == "Sunbell Solar Lantern, 12 Hours"
    assert best.bullets == ("Run time: 12 hours", "Charging: USB", "Waterproof: yes")
    assert best.description == (
        "The Sunbell solar lantern runs for 12 hours and is waterproof. Send a message now to order. "
        "It has USB charging."
    )
    assert best.used == ("brand", "run time", "charging", "waterproof")
    assert best.missing == ()
    assert best.flags == ()
    assert [v.score for v in result.variants] == sorted((v.score for v in result.variants), reverse=True)
    assert len({v.description for v in result.variants}) == 3
    assert result.variants[1].missing == ("waterproof",)


def test_one_call_samples_more_candidates_than_are_shown() -> None:
    model = Scripted(GOOD)
    result = drafter(model).draft(LANTERN, seed=7, candidates=12)
    assert len(model.calls) == 1
    assert model.calls[0]["prompt"].endswith("<|title|>")
    assert model.calls[0]["sampling"].seed == 7
    assert len(result.variants) == 1  # twelve equal candidates are one draft
    assert result.timing.tokens == 120
    assert result.timing.first_token_ms == 5.0


def test_the_constraint_allows_only_the_slots_of_this_prompt() -> None:
    model = Scripted(GOOD)
    drafter(model).draft(LANTERN)
    state = model.calls[0]["constraint"].start()
    words = model.vocabulary
    allowed = {words.pieces[i].decode() for i in range(words.size) if state.bias()[i] >= 0}
    assert {"<|f3|>", "<|product|>", "<|bullet|>", "<|description|>", "lamp"} <= allowed
    assert not {"<|f4|>", "<|shop|>", "<|listing|>"} & allowed
    assert not state.allows(words.id_of(" red"))


def test_only_one_field_is_drafted_when_asked() -> None:
    model = Scripted("The <|product|> runs for <|f1|>.")
    result = drafter(model).draft(LANTERN, only="description", variants=1)
    assert model.calls[0]["prompt"].endswith("<|description|>")
    assert result.variants[0].fields == {
        "title": "", "bullets": "", "description": "The solar lantern runs for 12 hours.",
    }  # fmt: skip
    bullets = drafter(Scripted("<|f1|> of use<|bullet|><|k2|>: <|f2|>")).draft(
        LANTERN, only="bullets", variants=1
    )
    assert bullets.variants[0].bullets == ("12 hours of use", "Charging: USB")
    title = drafter(Scripted("<|product|>")).draft(LANTERN, only="title", variants=1)
    assert title.variants[0].title == "Solar Lantern"


def test_unknown_field_tone_and_language_are_refused() -> None:
    with pytest.raises(ValueError, match="subtitle"):
        drafter(None).draft(LANTERN, only="subtitle")
    with pytest.raises(ValueError, match="angry"):
        drafter(None).draft(LANTERN, tone="angry")


def test_streaming_shows_rendered_fields_of_the_first_variants_only() -> None:
    seen: list[tuple[int, str, str]] = []
    drafter(Scripted(GOOD)).draft(LANTERN, variants=2, on_token=lambda *args: seen.append(args))
    assert {index for index, _, _ in seen} == {0, 1}
    assert seen[0] == (0, "title", "Sunbell")
    assert seen[1][1] == "description"
    assert "runs for 12 hours" in seen[1][2]


def test_what_nobody_wrote_is_left_out() -> None:
    invented = GOOD.replace("Send a message now to order", "Free delivery in 2 days")
    result = drafter(Scripted(invented)).draft(LANTERN, variants=1)
    assert result.variants[0].description == (
        "The Sunbell solar lantern runs for 12 hours and is waterproof. It has USB charging."
    )
    assert result.variants[0].flags == ()


def test_in_a_language_without_kinds_a_candidate_that_invents_is_flagged_and_ranked_below() -> None:
    invented = GOOD.replace("Send a message now to order", "Free delivery in 2 days")
    result = drafter(Scripted(invented, GOOD)).draft(LANTERN, variants=2, language="sw")
    assert result.variants[0].flags == ()
    assert [f.text for f in result.variants[1].flags] == ["Free delivery", "2 days"]


def test_sentences_with_an_empty_slot_are_dropped() -> None:
    result = drafter(
        Scripted("<|product|><|bullet|>Has <|f9|><|description|>Order now. Lasts <|f9|>.")
    ).draft(LANTERN)
    assert result.variants[0].description == "Order now."
    assert result.variants[0].bullets == ()


def test_a_long_prompt_is_tried_again_with_fewer_facts() -> None:
    product = Product("lamp", facts=tuple(Fact(f"name {i}", "v" * 50) for i in range(20)))
    model = Scripted("<|product|><|description|><|f1|>.", most_prompt=600)
    result = drafter(model).draft(product)
    assert result.source == "model"
    assert "name 19" in result.variants[0].missing
    assert len(model.calls) > 1


def test_phrases_take_over_when_the_model_can_not_be_loaded() -> None:
    def missing() -> Scripted:
        raise ModelMissing("model.onnx is not there")

    result = ListingDrafter(missing, LEXICON, PHRASES).draft(LANTERN)
    assert result.source == "phrases"
    assert len(result.variants) == 3
    assert all(v.flags == () and v.title and v.bullets and v.description for v in result.variants)
    assert result.variants[0].missing == ()


def test_phrases_take_over_when_the_model_writes_nothing() -> None:
    assert drafter(Scripted("")).draft(LANTERN).source == "phrases"


def test_a_stopped_draft_keeps_what_was_written() -> None:
    cancel = CancelToken()
    cancel.cancel()
    result = drafter(
        Scripted("<|brand|> <|product|><|description|>Order now. It al", finish="cancelled")
    ).draft(LANTERN, cancel=cancel)
    assert result.cancelled
    assert result.variants[0].description == "Order now."
    nothing = drafter(Scripted("", finish="cancelled")).draft(LANTERN, cancel=cancel)
    assert nothing.variants == ()


def test_title_limit_prefers_a_title_that_fits() -> None:
    long = GOOD.replace("<|title|>", "").replace(
        "<|product|>, <|f1|>", "<|product|>, <|f1|> for the whole family at home", 1
    )
    result = drafter(Scripted(long, GOOD)).draft(LANTERN, form=Form({"title": 40}), variants=1)
    assert len(result.variants[0].title) <= 40


@pytest.mark.parametrize(
    "product",
    [
        Product("lamp"),
        Product("🙂"),
        Product("फ़ोन कवर", brand="सूर्या", facts=(Fact("रंग", "लाल"),)),
        Product("شاي أخضر", facts=(Fact("الوزن", "٥٠٠ جم"),)),
        Product("โคมไฟ", facts=(Fact("สี", "แดง"),)),
        Product("x" * 10_000, facts=(Fact("y" * 10_000, "z " * 5_000),), notes="n" * 10_000),
        Product("lamp", facts=tuple(Fact(f"n{i}", f"v{i}") for i in range(10_000))),
        Product("<|f1|>", facts=(Fact("<|endoftext|>", "<|bullet|>"),)),
    ],
)
def test_any_product_gets_a_draft_without_invention(product: Product) -> None:
    result = drafter(None).draft(product, variants=2, candidates=4)
    assert result.variants
    for variant in result.variants:
        assert variant.title
        assert variant.description
        assert variant.flags == ()


def test_drafting_from_phrases_needs_neither_numpy_nor_onnxruntime() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; sys.modules['onnxruntime'] = None\n"
        "from pathlib import Path\n"
        "from desktop.drafting.lexicon import Lexicon\n"
        "from desktop.drafting.listing import ListingDrafter, may_come\n"
        "from desktop.drafting.phrases import Phrases\n"
        "from desktop.shop.records import Product\n"
        "lexicon = Lexicon.load(Path('resources/lexicon/en.toml'))\n"
        "drafter = ListingDrafter(None, lexicon, Phrases.load(Path('resources/phrases')))\n"
        "print(drafter.draft(Product('lamp')).variants[0].title)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Lamp" in done.stdout


def test_a_name_that_leaves_no_room_for_its_brand_is_clipped_in_the_title_only() -> None:
    product = Product("lantern with a very bright light for the home", brand="Sunbell")
    text = "<|brand|> <|product|><|description|>The <|product|> shines."
    best = drafter(Scripted(text)).draft(product, form=Form({"title": 30})).variants[0]
    assert best.title == "Sunbell Lantern with a Very"
    assert "bright light for the home" in best.description


def test_bullets_are_as_many_as_the_form_takes() -> None:
    text = "<|product|>" + "".join(f"<|bullet|><|k{i}|>: <|f{i}|>" for i in (1, 2, 3))
    assert len(drafter(Scripted(text)).draft(LANTERN, form=Form(most_bullets=2)).variants[0].bullets) == 2
    assert len(drafter(Scripted(text)).draft(LANTERN, form=Form({"bullets": 32})).variants[0].bullets) == 2


def test_a_title_that_does_not_name_the_product_ranks_below() -> None:
    result = drafter(Scripted(GOOD.replace("<|product|>,", "light,", 1), GOOD)).draft(LANTERN, variants=2)
    assert "Lantern" in result.variants[0].title


def test_the_constraint_knows_the_form() -> None:
    model = Scripted(GOOD)
    drafter(model).draft(LANTERN, form=Form({"title": 21}, banned_words=frozenset({"lamp"})))
    state, words = model.calls[0]["constraint"].start(0), model.vocabulary
    assert not state.allows(words.id_of("lamp"))
    state.accept(words.id_of("<|product|>"))  # "Solar Lantern"
    assert not state.admit(words.id_of("<|f1|>"))  # "12 Hours"
    assert state.admit(words.id_of("<|f2|>"))  # "USB"


@pytest.mark.parametrize(
    ("text", "written", "allowed"),
    [
        ("<|bullet|>", [], True),
        ("<|bullet|>", ["<|description|>"], False),
        ("<|f1|>", ["<|product|>", "<|f1|>"], False),
        ("<|f1|>", ["<|f1|>", "<|bullet|>"], True),
        ("<|f1|>", ["<|bullet|>", "<|f1|>", "<|bullet|>"], False),
        ("<|k1|>", ["<|bullet|>", "<|f1|>", "<|bullet|>"], False),
        ("<|f1|>", ["<|bullet|>", "<|k1|>"], True),
        ("<|f1|>", ["<|bullet|>", "<|f1|>", "<|description|>", "<|f2|>"], True),
        ("<|product|>", ["<|description|>", "<|product|>"], True),
        ("<|product|>", ["<|title|>", "<|brand|>"], True),
        ("<|product|>", ["<|title|>", "<|product|>"], False),
        ("<|product|>", ["<|title|>", "<|product|>", "<|bullet|>"], True),
    ],
)
def test_a_field_says_a_fact_once(text: str, written: list[str], allowed: bool) -> None:
    assert may_come(text, written) is allowed


def test_a_name_without_a_letter_gives_no_slot() -> None:
    model = Scripted(GOOD)
    drafter(model).draft(Product("\x08", notes="Hand wash only"))
    bias = model.calls[0]["constraint"].start(0).bias()
    assert not bias[model.vocabulary.id_of("<|product|>")] >= 0


def test_a_description_with_facts_is_better_than_one_of_advice() -> None:
    product = Product("lantern", facts=(Fact("run time", "12 hours"), Fact("charging", "USB")))
    sense = Sense.of(PHRASES.table("sense"))
    task = ListingTask(product, listing_prompt(product), None, Form(), LEXICON, sense)
    bullets = ("<|k1|>: <|f1|>", "<|k2|>: <|f2|>")
    texts = (
        "Tell us how you plan to use it and we will help you choose. Ask us anything that is not written here.",
        "The <|product|> runs for <|f1|>. Tell us how you plan to use it and we will help you choose.",
        "The <|product|> runs for <|f1|> and charges by <|f2|>. Ask us anything that is not written here.",
    )
    found = [task.judge(Sections("<|product|>", bullets, text), -1.0) for text in texts]
    scores = [candidate.variant.score for candidate in found if candidate]
    assert len(scores) == 3
    assert scores == sorted(scores)
    assert scores[0] < scores[1] < scores[2]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<|product|>, <|f1|> – <|f2|>", "Lantern – Red"),
        ("<|product|>, <|f1|>", "Lantern"),
        ("<|f1|>", ""),
        ("<|f2|> <|product|>", "Red Lantern"),
    ],
)
def test_what_has_no_place_in_a_title_is_left_out_of_it(title: str, shown: str) -> None:
    product = Product("lantern", facts=(Fact("shipping", "overnight"), Fact("colour", "red")))
    sense = Sense.of(PHRASES.table("sense"))
    task = ListingTask(product, listing_prompt(product), None, Form(), LEXICON, sense)
    candidate = task.judge(Sections(title, ("<|k1|>: <|f1|>",), "It is <|f2|>."), -1.0)
    assert candidate is not None
    assert candidate.variant.title == shown
