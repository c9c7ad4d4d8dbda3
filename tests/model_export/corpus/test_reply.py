from __future__ import annotations

import random
from pathlib import Path

import pytest

from desktop.drafting.prompt import MAX_FACTS, SLOT_TOKENS, token
from model_export.corpus import guard, pitch, promotion, reply
from model_export.corpus.messages import Wordings, misspell

NOWHERE = Path("no-such-folder")


@pytest.mark.parametrize("module", [reply, promotion, pitch])
def test_every_target_keeps_the_rules_of_the_mask(module) -> None:  # type: ignore[no-untyped-def]
    for example in module.examples(random.Random(3), 150, "train", NOWHERE):
        slots = {slot for slot in SLOT_TOKENS if slot in example.prompt}
        assert guard.faults(example.target, slots) == [], example
        assert example.prompt.endswith(token("text"))
        assert example.target.strip() == example.target
        assert example.prompt.count("<|f") <= MAX_FACTS


@pytest.mark.parametrize("module", [reply, promotion, pitch])
def test_the_same_seed_gives_the_same_text(module) -> None:  # type: ignore[no-untyped-def]
    first, second = (list(module.examples(random.Random(5), 20, "train", NOWHERE)) for _ in range(2))
    assert first == second


def test_known_and_missing_answers_are_both_common() -> None:
    examples = list(reply.examples(random.Random(1), 400, "train", NOWHERE))
    missing = sum(token("topic") in example.prompt for example in examples) / len(examples)
    assert 0.15 < missing < 0.5


def test_answers_vary() -> None:
    targets = [example.target for example in reply.examples(random.Random(2), 400, "train", NOWHERE)]
    assert len(set(targets)) > 0.95 * len(targets)


def test_held_out_products_are_never_trained_on() -> None:
    from model_export.corpus import shops

    train = {shops.product_name(random.Random(i)) for i in range(300)}
    held = {shops.product_name(random.Random(i), True) for i in range(300)}
    assert held
    assert not train & held


def test_every_intent_has_wordings() -> None:
    from desktop.drafting.intent import INTENTS

    wordings = Wordings.load()
    assert set(wordings.patterns) == set(INTENTS)
    rng = random.Random(0)
    for intent in INTENTS:
        assert all("{" not in wordings.message(intent, rng) for _ in range(20))


def test_slips_keep_the_message_readable() -> None:
    slipped = misspell("how much is the delivery to Nakuru please", random.Random(4))
    assert slipped != "how much is the delivery to Nakuru please"
    assert 25 < len(slipped) < 50
