"""Which product of the catalogue a customer's message speaks of, found with written rules and no model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, pairwise

from rapidfuzz import fuzz

from ..shop.records import Product

_GENERIC = frozenset((
    "a", "an", "the", "for", "and", "of", "with", "to", "in", "on", "set", "kit", "pack", "piece", "pieces",
    "new", "my", "your", "i", "you", "is", "it", "this", "that", "do", "have", "how", "much", "what", "price",
    "want", "buy", "need", "available", "order", "delivery", "please", "hi", "hello", "any", "one", "can",
    "size", "colour", "color", "are", "me", "fabric", "pair", "leaves", "leave",
))  # fmt: skip
#: Generic alone, but "solar kit" says more than "solar".
_TELLING_BESIDE = frozenset({"set", "kit", "pack", "fabric", "pair", "leaves"})
_SURE, _CLEAR_BY = 72.0, 8.0


@dataclass(frozen=True, slots=True)
class Match:
    """A product that a message seems to speak of; `confidence` is 0…1."""

    product: Product
    confidence: float


def find_product(message: str, products: Sequence[Product]) -> Match | None:
    """The product that `message` names, by SKU, name or brand, small misspellings allowed; None if it is unclear.

    A product is named when enough of the words of its name (weighted by how rare they are in the catalogue) stand
    in the message. Two products that fit almost equally well make it unclear. In "does the phone have a torch" the
    phone is meant, in "how many bulbs come with the kit" the kit.
    """
    topic = _TOPIC.match(message)
    return (_find(topic["topic"] or topic["whole"], products) if topic else None) or _find(message, products)


_TOPIC = re.compile(
    r"\W*(?:(?:hi|hello|hey|pls|please)\W+)*(?:how (?:long|many \w+|much \w+|far|fast|well) )?"
    r"(?:does|do|is|are|can|will)\s+(?:the |this |your |that )?(?P<topic>.{3,40}?)\s+"
    r"(?:have|has|come|comes|with|contain|need|use|support|got|light|last|run|work|charge|cover|hold|stay|keep)\b"
    r"|.*\bhow many [\w ]{2,20} (?:come|comes|are|is) (?:with|in) (?:the |this |your )?"
    r"(?P<whole>.{3,40}?)(?: and\b|\W*$|[?.,!])",
    re.I,
)


def _find(message: str, products: Sequence[Product]) -> Match | None:
    words = _words(message)
    if not words or not products:
        return None
    text = f" {' '.join(words)} "
    for product in products:
        sku = " ".join(_words(product.sku))
        if len(sku) > 2 and any(c.isdigit() for c in sku) and f" {sku} " in text:
            return Match(product, 1.0)
    counts: dict[str, int] = {}
    heads: dict[str, int] = {}
    pairs = {pair for product in products for pair in pairwise(_name_words(product))}
    names = Counter(pair for product in products for pair in _pairs(product))
    together: Set[tuple[str, str]] = {pair for pair in pairwise(words) if names[pair] == 1}
    opening = _opening(words)
    spoken_of = opening[0] if opening and opening not in pairs and opening[1] in _SAYS else ""
    for product in products:
        thing = _thing(product)
        heads[thing] = heads.get(thing, 0) + 1
        for word in set(_words(f"{product.brand} {product.name}")):
            counts[word] = counts.get(word, 0) + 1
    scored = sorted(
        (
            (
                max(
                    _named(words, p, counts, heads, spoken_of),
                    _SURE + _CLEAR_BY if _has(p, together) else 0.0,
                ),
                i,
            )
            for i, p in enumerate(products)
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    best, index = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    if best < _SURE or best - second < _CLEAR_BY:
        return None
    return Match(products[index], min(best / 100, 1.0))


def _has(product: Product, together: Set[tuple[str, str]]) -> bool:
    """True if two words of its name stand together in the message, and of no other name: "silk paint" for a silk
    emulsion paint."""
    return not together.isdisjoint(_pairs(product))


def _pairs(product: Product) -> set[tuple[str, str]]:
    """Two words of the name each, in its order, that are not both generic."""
    words = [w for w in _words(product.name) if w not in _GENERIC or w in _TELLING_BESIDE]
    return {pair for pair in combinations(words, 2) if not _GENERIC.issuperset(pair)}


def is_near(thing: str, products: Sequence[Product]) -> bool:
    """True if a product's name holds the last or the only word of `thing`: "hammer" where a claw hammer is sold."""
    words = _words(thing)
    return any(words[-1:] == [w] or words[:1] == [w] for p in products for w in [_thing(p)] if words)


def _words(text: str) -> list[str]:
    plain = re.sub(r"\bt[- ]shirt", "tshirt", text.casefold().replace("'", "").replace("’", ""))
    return [_stem(w) for w in re.findall(r"\w+", plain)]


def _stem(word: str) -> str:
    if len(word) > 5 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _name_words(product: Product) -> list[str]:
    return [w for w in _words(product.name) if w not in _GENERIC] or _words(product.name)


def _thing(product: Product) -> str:
    words = _name_words(product)
    return words[_head(product.name, words)] if words else ""


def _named(
    words: Sequence[str],
    product: Product,
    counts: Mapping[str, int],
    heads: Mapping[str, int],
    spoken_of: str,
) -> float:
    name = _name_words(product)
    if not name:
        return 0.0
    weights = [1 / math.sqrt(counts.get(w, 1)) for w in name]
    hits = [max((_alike(w, said) for said in words), default=0.0) for w in name]
    # The last word of an English name says what the thing is; without it "cotton" would mean any cotton thing.
    head = _head(product.name, name)
    weights[head] *= 1.6
    for i, word in enumerate(name):
        if i > head or len(word) == 1:
            weights[i] *= 0.3  # "dual SIM", "size 3", the C of USB-C
    score = 100 * sum(w * h for w, h in zip(weights, hits, strict=True)) / sum(weights)
    if hits[head] == 1 and heads.get(name[head], 1) == 1:
        # "the lantern", where the shop has only one; "the paint covers how much", where brushes are sold too
        only = counts.get(name[head], 1) == 1
        score = max(score, 85.0 if name[head] == spoken_of else 76.0 if only else 0.0)
    if product.brand:
        brand = _words(product.brand)
        by_brand = sum(max((_alike(w, said) for said in words), default=0.0) for w in brand) / max(
            len(brand), 1
        )
        if by_brand >= 0.85:
            score = min(max(score + 15, 75 if counts.get(brand[0], 1) == 1 else 0), 110)
    return score


def _opening(words: Sequence[str]) -> tuple[str, str] | None:
    """The first two words that say something: in "Honey is it pure, any sugar added" the honey is spoken of."""
    start = next((i for i, w in enumerate(words) if w not in _BEFORE_TOPIC), len(words))
    return (words[start], words[start + 1]) if start + 1 < len(words) else None


_SAYS = frozenset((
    "is", "it", "are", "they", "cover", "dry", "have", "has", "doe", "do", "what", "how", "which", "ni", "iko", "ina",
    "contain", "need", "come", "last", "fit", "work", "use", "good", "safe", "light", "keep", "hold", "weigh", "expire",
))  # fmt: skip
_BEFORE_TOPIC = frozenset((
    "hi", "hello", "hey", "habari", "good", "morning", "afternoon", "evening", "the", "is", "are", "does", "do", "doe",
    "your", "this", "pls", "please", "can", "will", "when",
))  # fmt: skip


def _head(name: str, words: Sequence[str]) -> int:
    """Where in `words` the thing itself stands: "football size 5" is a football, "phone charger 20 W" a charger."""
    kind = _words(_DETAILS.split(name)[0])
    return next((i for i in reversed(range(len(words))) if words[i] in kind), len(words) - 1)


#: What follows in a name describes the thing: a size, a number, what comes with it.
_DETAILS = re.compile(r"(?<=\w)[\s,(/–-]+(?:(?:size|with|for|in|dual)\b|\d)", re.I)


def _alike(word: str, said: str) -> float:
    if word == said:
        return 1.0
    if min(len(word), len(said)) < 4:
        return 0.0
    ratio = fuzz.ratio(word, said) / 100
    return float(ratio) if ratio >= 0.78 else 0.0
