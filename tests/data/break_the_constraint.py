"""Try to make the app write what it must not, with a model of random weights that would write anything.

    python tests/data/break_the_constraint.py --drafts 10000 [--seed 0] [--model DIR]

Products and briefs are wild (Arabic, emoji, marks of direction, digits, signs only, very long, thousands of facts), and
so are limits and banned words. Each draft is then read by rules of its own, on the finished text: nothing of
`desktop.engine.constraints` is used. Prints what was broken, and exits with 1 if anything was.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from desktop.drafting import listing, text_drafter
from desktop.drafting.families import Families
from desktop.drafting.form import Form
from desktop.drafting.grounding import without_denials
from desktop.drafting.lexicon import Lexicon
from desktop.drafting.listing import ListingDrafter
from desktop.drafting.listing_prompt import facts_text
from desktop.drafting.phrases import Phrases
from desktop.drafting.promotion import Brief, PromotionDrafter
from desktop.drafting.render import render
from desktop.engine.contract import Completion, PromptTooLong, Sampling, Vocabulary
from desktop.engine.model import Engine
from desktop.shop.money import Money
from desktop.shop.records import Fact, Product, ShopProfile
from desktop.shop.sms import count_sms

LEXICON = Lexicon.load(ROOT / "resources" / "lexicon" / "en.toml")
PHRASES = Phrases.load(ROOT / "resources" / "phrases")
FAMILIES = Families.load(ROOT / "resources" / "phrases" / "families")
TINY = ROOT / "tests" / "data" / "tiny_model"

_SPECIAL = re.compile(r"<\|[^|]*\|>")
_FIELDS = {"<|title|>": "title", "<|bullet|>": "bullets", "<|description|>": "description"}
#: A contraction's end is no word, though it looks like a unit.
_CONTRACTED = re.compile(r"(?<=\w)['’ʼ](?:s|t|m|d|re|ve|ll)\b", re.IGNORECASE)


class Watched:
    """The engine with wild sampling, and what it gave."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine = engine
        self._seed = seed
        self.vocabulary = engine.vocabulary
        self.given: list[Completion] = []

    def generate(self, prompt: str, **options: Any) -> list[Completion]:
        warm = (0.0, 0.8, 1.5, 4.0)[self._seed % 7 % 4]
        top_k = (
            20 if self._seed % 10 else 0
        )  # each likely token is looked at: without top-k that is all of them
        options["sampling"] = Sampling(temperature=warm, top_k=top_k, top_p=1, seed=self._seed)
        self.given = self._engine.generate(prompt, **options)
        return self.given


# ---- checking --------------------------------------------------------------------------------------------


def fields_of(text: str, first: str, sections: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(section, text) of what was written, in order."""
    parts = re.split("(" + "|".join(map(re.escape, sections)) + ")", text)
    yield first, parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def plain_faults(text: str, banned: frozenset[str], symbols: str) -> Iterator[str]:
    """What of `text`, which stands outside slots, states a fact or is banned."""
    for char in text:
        if char.isnumeric() or unicodedata.category(char) in ("Nd", "Nl", "No", "Sc") or char in "%‰°@|":
            yield f"the sign {char!r}"
        if char in symbols:
            yield f"the banned sign {char!r}"
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = re.findall(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*", _CONTRACTED.sub("", text))
    words = [unicodedata.normalize("NFKC", word).casefold() for word in found]
    yield from (f"the word {word!r}" for word in words if word in banned)
    for entry in banned:
        parts = re.findall(r"[^\W_]+", entry)
        if len(parts) > 1 and all(part in folded for part in parts):
            spaced = r"[\s-]+".join(map(re.escape, parts))
            if re.search(rf"(?<![^\W_]){spaced}(?![^\W_])", folded):
                yield f"the phrase {entry!r}"


def repeats(pieces: Sequence[tuple[str, float]], sections: Sequence[str], size: int = 4) -> Iterator[str]:
    """Runs of `size` tokens that one field says twice; a run that ends in a slot may come again."""
    field: list[str] = []
    for text in [*(text for text, _ in pieces), sections[0]]:
        if text in sections:
            grams = Counter(tuple(field[i : i + size]) for i in range(len(field) - size + 1))
            yield from (f"{gram} twice" for gram, n in grams.items() if n > 1 and not _is_open(gram))
            field = []
        else:
            field.append(text)


def _is_open(gram: Sequence[str]) -> bool:
    """Ends in a slot, or holds a token without a text of its own: part of a character."""
    return bool(_SPECIAL.fullmatch(gram[-1])) or "" in gram


def cut_words(completion: Completion, first: str, sections: Sequence[str]) -> Iterator[str]:
    """Fields that lost the end of a word."""
    whole = "".join(text for text, _ in completion.pieces)
    pairs = zip(fields_of(whole, first, sections), fields_of(completion.text, first, sections), strict=True)
    for (_, before), (_, after) in pairs:
        if not before.startswith(after):
            yield f"{after!r} of {before!r}"
        elif after != before and after[-1:].isalnum() and before[len(after)].isalnum():
            yield f"the word's end in {after!r} of {before!r}"


# ---- drafting --------------------------------------------------------------------------------------------


def listing_faults(engine: Engine, product: Product, form: Form, seed: int, variants: int) -> Iterator[str]:
    """Draft a listing and read it; `variants` drafts at once."""
    model = Watched(engine, seed)
    tasks: list[listing.ListingTask] = []

    def judged(task: listing.ListingTask, completions: Sequence[Completion]) -> list[Any]:
        tasks.append(task)
        return judge_all(task, completions)

    judge_all, listing.judge_all = listing.judge_all, judged  # type: ignore[assignment]
    try:
        drafter = ListingDrafter(lambda: model, LEXICON, PHRASES, FAMILIES)
        only = random.Random(seed).choice((None, None, None, "title", "bullets", "description"))
        result = drafter.draft(product, seed=seed, variants=2, candidates=variants, form=form, only=only)
    finally:
        listing.judge_all = judge_all
    task = tasks[0]
    own = without_denials(facts_text(product))
    banned = LEXICON.banned_words_beside(own) | LEXICON.banned_phrases_beside(own) | form.banned_words
    for index, completion in enumerate(model.given):
        values = task.values(index)
        yield from _faults(completion, f"<|{task.first}|>", values, banned, form.banned_symbols)
        for section, text in fields_of(completion.text, f"<|{task.first}|>", tuple(_FIELDS)):
            most = form.limits.get(section[2:-2])
            shown = task.line(_FIELDS[section], text, index).text
            if most is not None and len(shown) > most:
                yield f"{section} has {len(shown)} of {most} characters: {shown!r}"
    if result.source == "model":
        for variant in result.variants:
            for name, lines in (("title", [variant.title]), ("bullet", variant.bullets)):
                most = form.limits.get(name, 10**9)
                yield from (f"shown {name} of {len(line)}: {line!r}" for line in lines if len(line) > most)
            if len(variant.description) > form.limits.get("description", 10**9):
                yield f"shown description of {len(variant.description)}"
            if len("\n".join(variant.bullets)) > form.limits.get("bullets", 10**9):
                yield f"bullets too long together: {variant.bullets}"
            if len(variant.bullets) > form.most_bullets:
                yield f"{len(variant.bullets)} bullets"


def promotion_faults(
    engine: Engine, brief: Brief, shop: ShopProfile, seed: int, variants: int
) -> Iterator[str]:
    """Draft a promotion and read it."""
    model = Watched(engine, seed)
    tasks: list[text_drafter.TextTask] = []
    drafter = PromotionDrafter(lambda: model, LEXICON, PHRASES)
    inner = drafter._drafter
    draft = inner.draft

    def drafted(task: text_drafter.TextTask, **options: Any) -> Any:
        tasks.append(task)
        return draft(task, candidates=variants, **options)

    inner.draft = drafted  # type: ignore[method-assign]
    drafter.draft(brief, shop, seed=seed, variants=2)
    task = tasks[0]
    said = [*task.backing, *task.prompt.values.values()]
    banned = LEXICON.banned_words | LEXICON.banned_phrases_beside(said)
    for completion in model.given:
        yield from _faults(completion, "<|text|>", task.prompt.values, banned, {})
        shown = render(task.mend(completion.text).strip(), task.prompt.values, style="sentence").text
        if brief.channel == "sms" and count_sms(shown).messages > 1:
            yield f"more than one SMS: {shown!r}"


def _faults(
    completion: Completion,
    first: str,
    values: Mapping[str, str],
    banned: frozenset[str],
    symbols: Mapping[str, str],
) -> Iterator[str]:
    sections = ("<|text|>",) if first == "<|text|>" else tuple(_FIELDS)
    if completion.finish not in ("end", "stop", "length"):
        yield f"finish is {completion.finish}"
    special = _SPECIAL.findall(completion.text)
    yield from (f"the slot {slot}" for slot in special if slot not in values and slot not in sections)
    uses = Counter(special)
    yield from (f"{slot} {uses[slot]} times" for slot in values if uses[slot] > 4)
    yield from repeats(completion.pieces, sections)
    yield from cut_words(completion, first, sections)
    for section, text in fields_of(completion.text, first, sections):
        for run in _SPECIAL.split(text):
            for fault in plain_faults(run, banned, symbols.get(section[2:-2], "")):
                yield f"{fault} in {section} {text!r}"


# ---- wild input ------------------------------------------------------------------------------------------

_LETTERS = (
    "abcdefghij klmno pqrst uvwxyz",
    "ABC DEF xyz",
    "ابتث جحخد ذرزس شصضط",
    "अआइई उऊकख गघचछ",
    "😀🙂🔥 👍🏽 🇰🇪 ⭐",
    "\u200f\u200e\u202b\u2067 ש\u05b8לום \u2069",
    "0123456789 ٠١٢٣ ½²",
    "!?.,;:%°€$₦|<>[](){}#*_~^",
    "<|f1|> <|endoftext|> <|bullet|>",
    "กขฃคฅฆง จฉช",
)


def wild_text(rng: random.Random, most: int = 30) -> str:
    letters = "".join(rng.sample(_LETTERS, rng.choice((1, 1, 2))))
    if rng.random() < 0.03:
        most = 3000
    return "".join(rng.choices(letters, k=rng.randint(1, most)))


def wild_product(rng: random.Random) -> Product:
    count = 10_000 if rng.random() < 0.002 else rng.choice((0, 1, 2, 3, 5))
    facts = tuple(
        Fact(wild_text(rng, 12), rng.choice((wild_text(rng, 20), "yes", "no"))) for _ in range(count)
    )
    name = rng.choice((wild_text(rng), "solar lantern", "cotton t-shirt", "steel pot", "x"))
    price = Money(rng.randint(0, 10**7), rng.choice(("KES", "USD", "INR"))) if rng.random() < 0.5 else None
    return Product(
        name if name.strip() else "x",
        brand=rng.choice(("", "", "Sunbell", wild_text(rng, 15))),
        category=rng.choice(("", wild_text(rng, 20))),
        price=price,
        facts=facts,
        notes=rng.choice(("", "", "Hand wash only. Fits all.", wild_text(rng, 60))),
    )


def wild_form(rng: random.Random, vocabulary: Vocabulary) -> Form:
    """Bans words and phrases that a model without sense often comes upon: its tokens, and one to three letters."""
    pieces = (piece.decode("utf-8", "ignore").strip().casefold() for piece in vocabulary.pieces)
    known = sorted({piece for piece in pieces if piece.isalpha()})
    letters = ["".join(rng.choices("aeiorstnldh", k=rng.randint(1, 3))) for _ in range(rng.randint(0, 12))]
    words = [*letters, *rng.sample(known, rng.randint(0, 12))]
    phrases = [
        rng.choice((" ", " ", "-", " & ")).join(rng.choices([*known, *letters], k=rng.choice((2, 2, 2, 3))))
        for _ in range(rng.choice((0, 50, 1000)))
    ]
    limits = {
        "title": (10, 20, 40, 60, 75, 80, 200),
        "bullet": (8, 30, 80, 255),
        "description": (40, 120, 1500),
    }
    return Form(
        limits={name: rng.choice(most) for name, most in limits.items() if rng.random() < 0.8},
        most_bullets=rng.randint(1, 8),
        banned_words=frozenset([*words, *phrases]),
        banned_symbols={
            name: "".join(rng.sample("!?.,;:-'\"eE()&é", rng.randint(0, 5)))
            for name in limits
            if rng.random() < 0.5
        },
    )


def wild_brief(rng: random.Random) -> Brief:
    products = tuple(wild_product(rng) for _ in range(rng.randint(0, 2)))
    return Brief(
        occasion=rng.choice(("", "Easter", wild_text(rng, 20))),
        offer=rng.choice(("10% off", wild_text(rng, 20))),
        products=products,
        channel=rng.choice(("sms", "sms", "whatsapp")),
        deadline=rng.choice(("", "Friday", wild_text(rng, 12))),
        code=rng.choice(("", "SAVE10")),
    )


def faults_of(engine: Engine, seed: int, variants: int) -> list[str]:
    """What is wrong with `variants` drafts of one wild product or brief. A prompt that is too long is no fault."""
    rng = random.Random(seed)
    try:
        if seed % 4:
            return list(
                listing_faults(engine, wild_product(rng), wild_form(rng, engine.vocabulary), seed, variants)
            )
        shop = ShopProfile(name=rng.choice(("Mama Njeri Shop", wild_text(rng, 20))) or "x")
        return list(promotion_faults(engine, wild_brief(rng), shop, seed, variants))
    except PromptTooLong:
        return []


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drafts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", type=int, default=8, help="drafts of one product")
    parser.add_argument("--model", type=Path, default=TINY)
    options = parser.parse_args()
    engine = Engine(options.model, threads=1)
    began = time.perf_counter()
    broken = 0
    calls = -(-options.drafts // options.variants)
    for seed in range(options.seed, options.seed + calls):
        for fault in faults_of(engine, seed, options.variants):
            broken += 1
            print(f"seed {seed}: {fault}")
    print(f"{calls * options.variants} drafts, {broken} faults, {time.perf_counter() - began:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
