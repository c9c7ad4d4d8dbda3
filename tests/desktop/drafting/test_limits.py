"""What the model may write, held against wild input and read on the finished text; see break_the_constraint.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.drafting.form import Form
from desktop.drafting.promotion import Brief
from desktop.engine.model import Engine
from desktop.shop.records import Fact, Product, ShopProfile

ROOT = Path(__file__).parents[3]
_spec = importlib.util.spec_from_file_location("breaker", ROOT / "tests" / "data" / "break_the_constraint.py")
assert _spec and _spec.loader
breaker: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(breaker)

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("0123456789٣३½%€₦ \u200f\u202e\u2067"),
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.sampled_from("😀👍🏽🇰🇪<|>[]()!?"),
    ),
    max_size=25,
)
FACTS = st.lists(
    st.builds(Fact, TEXTS, st.one_of(TEXTS, st.sampled_from(["yes", "no", "12 hours"]))), max_size=6
)
PRODUCTS = st.builds(
    Product,
    TEXTS.map(lambda text: text if text.strip() else "lamp"),
    brand=TEXTS,
    category=TEXTS,
    facts=FACTS.map(tuple),
    notes=TEXTS,
)
LETTERS = st.text("aeiorstnldh", min_size=1, max_size=3)
WORDS = st.one_of(LETTERS, st.sampled_from(["is", "it", "the", "and", "cotton", "red", "lamp"]))
ENTRIES = st.one_of(WORDS, st.tuples(WORDS, st.sampled_from([" ", "-"]), WORDS).map("".join))
FORMS = st.builds(
    Form,
    limits=st.fixed_dictionaries(
        {},
        optional={"title": st.integers(1, 90), "bullet": st.integers(1, 90), "description": st.integers(1, 300),
                  "bullets": st.integers(1, 200)},
    ),
    most_bullets=st.integers(1, 8),
    banned_words=st.frozensets(ENTRIES, max_size=40),
    banned_symbols=st.dictionaries(
        st.sampled_from(["title", "bullet", "description"]), st.text("!?.,;:-'\"eE()&é", max_size=5)
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(breaker.TINY, threads=1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(product=PRODUCTS, form=FORMS, seed=st.integers(0, 2**32))
def test_no_listing_breaks_a_rule(engine: Engine, product: Product, form: Form, seed: int) -> None:
    assert list(breaker.listing_faults(engine, product, form, seed, 4)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    products=st.lists(PRODUCTS, max_size=2),
    offer=TEXTS,
    occasion=TEXTS,
    code=TEXTS,
    seed=st.integers(0, 2**32),
)
def test_no_promotion_breaks_a_rule(
    engine: Engine, products: list[Product], offer: str, occasion: str, code: str, seed: int
) -> None:
    brief = Brief(occasion, offer, tuple(products), "sms", code=code)
    assert list(breaker.promotion_faults(engine, brief, ShopProfile(name="Mama Njeri"), seed, 4)) == []


@pytest.mark.parametrize("seed", range(24))
def test_wild_input_breaks_no_rule(engine: Engine, seed: int) -> None:
    assert breaker.faults_of(engine, seed, 4) == []


def test_thousands_of_facts_are_cut_to_what_the_prompt_holds(engine: Engine) -> None:
    facts = tuple(Fact(f"n{i}", f"v{i}") for i in range(10_000))
    assert list(breaker.listing_faults(engine, Product("lamp", facts=facts), Form({"title": 20}), 1, 4)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a lamp of 3 kg", "the sign '3'"),
        ("only €", "the sign '€'"),
        ("a Red lamp", "the word 'red'"),
        ("with Free-shipping", "the phrase 'free shipping'"),
        ("wow!", "the banned sign '!'"),
        ("٣", "the sign '٣'"),
    ],
)
def test_the_reader_sees_what_is_wrong(text: str, fault: str) -> None:
    assert fault in list(breaker.plain_faults(text, frozenset({"red", "free shipping"}), "!"))


@pytest.mark.parametrize("text", ["redo", "hatred", "it's", "free of shipping", "a lamp – for you"])
def test_the_reader_lets_well_alone(text: str) -> None:
    assert list(breaker.plain_faults(text, frozenset({"red", "s", "free shipping"}), "!")) == []
