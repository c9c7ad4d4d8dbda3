"""What is written for: products, messages and baskets that the model was never trained on."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting.english import word_set
from desktop.drafting.lexicon import Lexicon, fold, words_of
from desktop.shop.money import money_of_number
from desktop.shop.records import Fact, Product, ShopProfile

from ..corpus.listing import Subject

ROOT = Path(__file__).parents[2]
REPLIES = ROOT / "tests" / "data" / "replies.toml"
SAMPLE = ROOT / "resources" / "samples" / "shop.json"
TONES = ("plain", "friendly", "premium", "urgent")


@dataclass(frozen=True, slots=True)
class Asked:
    """A product to draft; `source` is where it comes from: "kinds" (families held out of training), "dummyjson" (a
    source held out whole), "names" (facts whose names were never trained on)."""

    id: str
    source: str
    product: Product
    tone: str
    seed: int


@dataclass(frozen=True, slots=True)
class Question:
    """A message to the sample shop, with patterns (see tests/data/replies.toml): each of `says` must be found in a
    right answer, one of `one`, and none of `never`; what `never` of a row finds is harmful."""

    id: str
    message: str
    says: tuple[str, ...] = ()
    one: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def products(data: Path | None, count: int) -> list[Asked]:
    """`count` products of each source, the first ones the same for every `count`; without `data` no "dummyjson"."""
    by_source = {"kinds": _of_new_kinds(data, count), "names": _with_new_names(count)}
    if data is not None:
        by_source["dummyjson"] = _dummyjson(data, count)
    return [
        Asked(f"{source}/{i}", source, product, TONES[i % len(TONES)], i)
        for source, found in by_source.items()
        for i, product in enumerate(found)
    ]


def _of_new_kinds(data: Path | None, count: int) -> list[Product]:
    rng = random.Random("evaluate/kinds")
    found: list[Product] = []
    while len(found) < count:
        made = Subject.made(rng, "valid", data)
        if made.family.id != "generic" and len(made.said) >= 2:
            found.append(made.product)
    return found


def _dummyjson(data: Path, count: int) -> list[Product]:
    """Sizes and weights are left out, for the file doesn't tell their units."""
    rows = [
        json.loads(line) for line in (data / "dummyjson" / "products.jsonl").read_text("utf-8").splitlines()
    ]
    random.Random("evaluate/dummyjson").shuffle(rows)
    return [_dummy(row) for row in rows[:count]]


def _dummy(row: Mapping[str, Any]) -> Product:
    named = {
        "warranty": (row.get("warrantyInformation") or "").removesuffix(" warranty"),
        "shipping": (row.get("shippingInformation") or "").removeprefix("Ships ").removeprefix("in "),
        "returns": (row.get("returnPolicy") or "").removesuffix(" return policy"),
    }
    return Product(
        row["title"].strip(),
        brand=(row.get("brand") or "").strip(),
        category=row["category"].replace("-", " "),
        price=money_of_number(row["price"], "USD"),
        facts=tuple(Fact(name, value) for name, value in named.items() if value),
    )


def _with_new_names(count: int) -> list[Product]:
    rng = random.Random("evaluate/names")
    table = held_out()
    found = []
    for i in range(count):
        name, brand, category = table["products"][i % len(table["products"])]
        facts = tuple(Fact(*row[:2]) for row in rng.sample(table["facts"], rng.randint(3, 5)))
        found.append(Product(name, brand=brand, category=category, facts=facts))
    return found


@cache
def held_out() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("held_out.toml").read_text("utf-8"))


def meant() -> dict[str, tuple[str, ...]]:
    """What may be said of each held-out fact beside its name (see `kinds.clashes`)."""
    return {name: tuple(said) for name, _, said in held_out()["facts"]}


def shop() -> tuple[ShopProfile, list[Product]]:
    """The sample shop, whose products and messages are in no corpus."""
    data = json.loads(SAMPLE.read_text("utf-8"))
    profile = ShopProfile.from_json(data)
    return profile, [Product.from_json(row, profile.currency) for row in data["products"]]


def questions(count: int | None = None) -> list[Question]:
    rows = tomllib.loads(REPLIES.read_text("utf-8"))["reply"]
    found = [
        Question(f"reply/{i}", row["message"], *(tuple(row.get(key, ())) for key in ("says", "one", "never")))
        for i, row in enumerate(rows)
    ]
    return found if count is None else found[:: max(len(found) // count, 1)][:count]


def unknown(count: int) -> list[Question]:
    """Questions that the facts don't answer; a right answer owns to it."""
    rng = random.Random("evaluate/unknown")
    table = held_out()
    _, sold = shop()
    found = []
    for i in range(count):
        product = rng.choice(sold)
        told = {word for fact in product.facts for word in fold(fact.name).split()}
        names = [name for name in table["attributes"] if not told & set(name.split())]
        text = rng.choice(table["unknown"]).format(product=product.name, attribute=rng.choice(names))
        found.append(Question(f"unknown/{i}", text, one=(HONEST,)))
    return found


#: How an honest answer owns that it doesn't know.
HONEST = (
    r"\b(check|confirm|find out|ask|look (it |this )?(up|into|at)|let you know|come back|get back"
    r"|(don't|do not) (have|know|see)|(can't|cannot) (see|tell|say)|not (sure|noted|listed|stated)|nothing is noted)"
)


def baskets(count: int) -> list[tuple[str, Product, Product]]:
    rng = random.Random("evaluate/baskets")
    _, sold = shop()
    return [(f"pitch/{i}", *rng.sample(sold, 2)) for i in range(count)]  # type: ignore[misc]


# -- what people wrote ---------------------------------------------------------------------------------------------


def human_descriptions(data: Path, count: int) -> list[str]:
    """Descriptions of AdventureWorks, and of the AWS demo store's first version, written by people."""
    found: list[str] = []
    bikes = (data / "adventureworks_lt" / "products_multilingual.jsonl").read_text("utf-8").splitlines()
    found += [json.loads(line)["descriptions"].get("en", "") for line in bikes]
    store = (data / "aws_retail_demo_store" / "products_aligned_by_id.jsonl").read_text("utf-8").splitlines()
    plain = [json.loads(line)["versions"].get("2022_plain", {}).get("description", "") for line in store]
    rng = random.Random("evaluate/human")
    first = sorted({" ".join(text.split()) for text in found if len(text.split()) >= 8})
    second = sorted({" ".join(text.split()) for text in plain if len(text.split()) >= 8})
    half = min(count // 2, len(first))
    return rng.sample(first, half) + rng.sample(second, min(count - half, len(second)))


def attribute_words(data: Path, lexicon: Lexicon) -> frozenset[str]:
    """Single words that the product taxonomy gives as colours, materials, patterns, scents and so on: a list of
    attributes that the app's own check doesn't have. Words that texts use for other things as well are left out."""
    found: set[str] = set()
    for line in (data / "shopify_product_taxonomy" / "attributes.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if any(kind in fold(row["name"]) for kind in _TELLING):
            found |= {fold(value) for value in row["values"] if len(list(words_of(value))) == 1}
    return frozenset(word for word in found if len(word) > 3 and word not in lexicon.ordinary | _EVERYDAY)


_TELLING = ("color", "material", "fabric", "finish")
_EVERYDAY = word_set(
    """
    other none mixed clear natural classic fresh light dark soft hard plain simple home normal regular modern open
    closed water earth paper glass iron lead fair walls windows doors stairs roofs gates fences frames furniture pipes
    grills radiators trims bathtubs facades baseboard sand straw grass stone feathers apple fish smooth rigid flexible
    rose felt frost mortar sponge color duck
    """
)
