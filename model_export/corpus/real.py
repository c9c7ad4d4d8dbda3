"""Real descriptions, turned round: facts are found in the text itself and become its slots.

A target therefore never says what its input lacks. Sentences that state more than the facts found (a word of the
lexicon, a part of the product, praise) are dropped; what is left of a text must still say at least one fact.
Sources and licences: model_export/sources.toml. The AWS demo store's copy was tried and left out: with its praise and
its invented parts taken away, too little of a sentence was left to learn from.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desktop.drafting.listing_prompt import listing_prompt
from desktop.drafting.prompt import token
from desktop.shop.records import Fact, Product

from .example import Example
from .listing import TONE_WEIGHTS, TONES
from .phrases import HERE, load_toml, stated_words, words

#: One text in so many is kept for validation.
VALID_EVERY = 12


@dataclass(frozen=True, slots=True)
class Described:
    """A product as a text describes it. `text` holds {p}, {b} and {0}, {1} … for the facts in `facts`."""

    name: str
    facts: tuple[Fact, ...]
    text: str
    brand: str = ""


def examples(rng: random.Random, count: int, split: str, data_dir: Path | None) -> Iterator[Example]:
    """Up to `count` descriptions; none without `data_dir`."""
    whole = _part(_dialogue_acts, data_dir, split)
    single = _part(_single_facts, data_dir, split)
    if not whole or not single:
        return
    for _ in range(count):
        yield _example(rng, _joined(rng, single) if rng.random() < 0.45 else rng.choice(whole))


def _example(rng: random.Random, described: Described) -> Example:
    order = list(range(len(described.facts)))
    rng.shuffle(order)
    product = Product(described.name, brand=described.brand, facts=tuple(described.facts[i] for i in order))
    text = described.text.replace("{p}", token("product")).replace("{b}", token("brand"))
    for place, i in enumerate(order, start=1):
        text = text.replace(f"{{{i}}}", token(f"f{place}"))
    prompt = listing_prompt(product, rng.choices(TONES, TONE_WEIGHTS)[0], "en")
    return Example("listing", prompt.then("description").text, text)


@cache
def _part(
    read: Callable[[Path], list[Described]], data_dir: Path | None, split: str
) -> tuple[Described, ...]:
    try:
        rows = read(data_dir) if data_dir else []
    except FileNotFoundError:
        rows = []
    return tuple(row for i, row in enumerate(rows) if (i % VALID_EVERY == 0) == (split == "valid"))


@cache
def _rules() -> tuple[frozenset[str], re.Pattern[str]]:
    rules = load_toml(HERE / "listing" / "real.toml")
    return frozenset(rules["parts"]), re.compile("|".join(rules["praise"]), re.IGNORECASE)


def _honest(sentence: str) -> bool:
    """True for a sentence that, its slots taken out, names no fact, no part of the product and no praise."""
    parts, praise = _rules()
    bare = re.sub(r"\{\w+\}", " ", sentence)
    return not (stated_words(bare) or words(bare) & parts or praise.search(bare))


# -- sentences written by people for dialogue acts (RNNLG) -----------------------------------------------------------


def _dialogue_acts(data_dir: Path) -> list[Described]:
    found = []
    for kind in ("laptop", "tv"):
        rows = json.loads((data_dir / "rnnlg_data_to_text" / f"{kind}_train.json").read_text("utf-8"))
        for act, human, _ in rows:
            match = re.fullmatch(r"(?:inform|recommend)\((.*)\)", act)
            described = match and _from_act(
                dict(p.split("=", 1) for p in match[1].split(";") if "=" in p), human
            )
            if described:
                found.append(described)
    return found


def _from_act(values: dict[str, str], human: str) -> Described | None:
    name, kind = values.pop("name", ""), values.pop("type", "")
    text = human.replace(" -s", "s")
    if not name or name not in text:
        return None
    facts: list[Fact] = []
    for key, value in values.items():
        if value in ("true", "false", "dontcare") or value not in text:
            return None
        text = text.replace(value, f"{{{len(facts)}}}", 1)
        facts.append(Fact(_NAMES.get(key, key), value))
    text = text.replace(name, "{b} {p}" if kind in text else "{p}", 1).replace(kind, "{p}")
    text = re.sub(r"\{p\}(\W+\{p\})+", "{p}", re.sub(r"\{b\} \{p\} \{p\}", "{b} {p}", text))
    sentences = [_tidy(s) for s in re.split(r"\s+[.?!]\s*", text) if s.strip()]
    if "{b}" not in text or text.count("{p}") != 1 or not facts or not all(map(_honest, sentences)):
        return None
    text = " ".join(sentences)
    glued = re.search(r"\}\w|\w\{|\} \{[^p]", text)  # "{1} {2} {3}" is a list, not a sentence
    return None if glued else Described(kind, tuple(facts), text, brand=name)


#: What the data's run-together names mean.
_NAMES = {
    "screensizerange": "screen size range",
    "driverange": "drive range",
    "weightrange": "weight class",
    "batteryrating": "battery rating",
    "pricerange": "price range",
    "ecorating": "eco rating",
    "screensize": "screen size",
    "powerconsumption": "power consumption",
    "hdmiport": "HDMI ports",
}


def _tidy(sentence: str) -> str:
    sentence = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(sentence.split())).replace(" 's", "'s").strip(" ,")
    sentence = re.sub(r"\bi\b", "I", sentence)
    return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "!", "?")) else ".")


# -- one fact, one sentence (Amazon semiPQA) -------------------------------------------------------------------------


def _single_facts(data_dir: Path) -> list[Described]:
    found = []
    path = data_dir / "amazon_contextual_pqa" / "semipqa_data_to_text.jsonl"
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        match = re.fullmatch(r"(\w+): \{ value:\"?([^\"{}]+?)\"? \}", row["data"])
        text = row["text"].strip()
        if not match or match[2] in ("true", "false") or not text.endswith("."):
            continue
        place = text.casefold().find(match[2].casefold().removesuffix(".0"))
        if place < 0:
            continue
        end = place + len(match[2].removesuffix(".0"))
        if text[end : end + 1].isalpha():
            continue
        text = text[:place] + "{0}" + text[end:]
        text = re.sub(r"^(?:The|This) (?:product|item)\b", "The {p}", text)
        text = re.sub(r"\b(?:this|the) (?:product|item)\b", "the {p}", text)
        if _honest(text) and text.count("{0}") == 1 and len(text) > 14:
            found.append(
                Described("", (Fact(match[1].replace("_", " "), match[2].removesuffix(".0")),), text)
            )
    return found


def _joined(rng: random.Random, single: tuple[Described, ...]) -> Described:
    """Two to four single facts made into one product's description."""
    chosen = {row.facts[0].name: row for row in rng.sample(single, rng.randint(2, 4))}
    noun = rng.choice(load_toml(HERE / "listing" / "real.toml")["nouns"])
    sentences = []
    for i, row in enumerate(chosen.values()):
        text = row.text.replace("{0}", f"{{{i}}}")
        if i and rng.random() < 0.6:
            text = text.replace("The {p} ", "It ", 1) if text.startswith("The {p} ") else text
        sentences.append(text)
    return Described(noun, tuple(row.facts[0] for row in chosen.values()), " ".join(sentences))
