"""What a customer's message asks for: a small linear classifier that needs neither numpy nor the language model.

Word and character n-grams are hashed into `buckets`; each intent has one weight of −127…127 for each bucket. The
weights are made by `python -m model_export.intents` and kept in resources/model/intents.json.
"""

from __future__ import annotations

import base64
import json
import math
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INTENTS = (
    "price", "stock", "product_info", "delivery", "delivery_status", "payment", "returns", "warranty", "pickup",
    "location", "hours", "contact", "negotiation", "order", "order_change", "recommend", "complaint", "thanks",
    "greeting", "scam_worry", "other",
)  # fmt: skip

#: How the window names them.
LABELS = {
    "price": "Price", "stock": "In stock?", "product_info": "About the product", "delivery": "Delivery",
    "delivery_status": "Where is my order?", "payment": "Payment", "returns": "Returns", "warranty": "Warranty",
    "pickup": "Pickup", "location": "Where is the shop?", "hours": "Opening hours", "contact": "Contact",
    "negotiation": "Asks for a lower price", "order": "Wants to buy", "order_change": "Change or cancel an order",
    "recommend": "Asks for advice", "complaint": "Complaint", "thanks": "Thanks", "greeting": "Greeting",
    "scam_worry": "Worried about trust", "other": "Something else",
}  # fmt: skip

#: What may come with a question without being one itself.
_BESIDES = frozenset({"greeting", "thanks", "other"})
_MAX_CHARS = 2000
_THANKFUL = frozenset("👍🙏❤👌🤝💯")
#: Phone spelling → the word that is meant, so that what is learnt of one counts for the other.
_PHONE_SPELLING = {
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "hw": "how", "wat": "what",
    "wht": "what", "whr": "where", "wer": "where", "wen": "when", "whn": "when", "hv": "have", "cn": "can",
    "n": "and", "nd": "and", "coz": "because", "bcoz": "because", "thx": "thanks", "tnx": "thanks", "thnx": "thanks",
    "thanx": "thanks", "ty": "thanks", "da": "the", "dis": "this", "dat": "that", "wit": "with", "oda": "order",
    "ordr": "order", "odr": "order", "delivry": "delivery", "prce": "price", "prise": "price", "prize": "price",
    "mch": "much", "iz": "is", "whats": "what", "wats": "what", "wanna": "want", "wnt": "want", "avail": "available",
    "availble": "available", "recd": "received", "recieved": "received", "produt": "product", "shiping": "shipping",
    "colour": "color", "colours": "colors", "msg": "message", "nt": "not", "dont": "not", "didnt": "not", "cant": "not",
    "cannot": "not", "doesnt": "not", "havent": "not", "hasnt": "not", "isnt": "not", "wont": "not", "yr": "year",
    "yrs": "years", "qty": "quantity", "info": "details", "adress": "address", "addr": "address",
}  # fmt: skip


class IntentModelError(ValueError):
    """The classifier's file can't be used; the message says which file and what to do."""


def normalise(text: str) -> str:
    """Casefolded, phone spelling and repeated letters reduced, every run of digits as "0", words and "?" kept."""
    folded = unicodedata.normalize("NFKC", text[:_MAX_CHARS]).casefold()
    folded = re.sub(r"\d[\d.,/*x×-]*", "0", folded)
    folded = re.sub(r"(.)\1{2,}", r"\1\1", folded)
    words = re.findall(r"[^\W_]+|[?!]|[^\w\s]", folded.replace("'", "").replace("’", ""))
    return " ".join(_PHONE_SPELLING.get(word, word) for word in words)


def features(text: str, buckets: int) -> list[int]:
    """The different buckets of `text`: words, word pairs, first word, character 3- to 5-grams inside words."""
    words = normalise(text).split()
    names = {f"w {word}" for word in words}
    names |= {f"b {a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=False)}
    names |= {f"s {a} {b}" for a, b in zip(words, words[2:], strict=False)}
    for word in words:
        padded = f"<{word}>"
        names |= {"c " + padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)}
    names.add(f"l {min(len(words), 12) // 3}")
    return sorted({zlib.crc32(name.encode()) % buckets for name in names})


@dataclass(frozen=True, slots=True)
class IntentModel:
    """`weights[i]` are the signed bytes of intent `INTENTS[i]`, one a bucket; a weight is byte × `scale`."""

    buckets: int
    scale: float
    bias: tuple[float, ...]
    weights: tuple[memoryview, ...]

    @classmethod
    def load(cls, path: Path) -> IntentModel:
        """Raises IntentModelError for a missing or damaged file, or one made for other intents."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            rows = [memoryview(base64.b64decode(data["weights"][name])).cast("b") for name in INTENTS]
            model = cls(
                int(data["buckets"]), float(data["scale"]), tuple(map(float, data["bias"])), tuple(rows)
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IntentModelError(
                f"{path} can't be read ({error!r}). Install the program again to put it back."
            ) from error
        if any(len(row) != model.buckets for row in rows) or len(model.bias) != len(INTENTS):
            raise IntentModelError(f"{path} is not complete. Install the program again to put it back.")
        return model

    def probabilities(self, text: str) -> list[float]:
        """One probability for each of INTENTS."""
        found = features(text, self.buckets)
        norm = self.scale / math.sqrt(max(len(found), 1))
        scores = [
            sum(row[i] for i in found) * norm + b for row, b in zip(self.weights, self.bias, strict=True)
        ]
        top = max(scores)
        exps = [math.exp(s - top) for s in scores]
        total = sum(exps)
        return [e / total for e in exps]

    def classify(self, text: str) -> tuple[str, float]:
        """The most likely intent and its probability; ("other", 1.0) for an empty message."""
        if not any(char.isalnum() or char in _THANKFUL for char in text):
            return "other", 1.0
        chances = self.probabilities(text)
        best = max(range(len(chances)), key=chances.__getitem__)
        return INTENTS[best], chances[best]

    def intents(self, text: str, *, most: int = 2, least: float = 0.8) -> list[tuple[str, float]]:
        """Up to `most` different questions in `text`, in their order; always at least one.

        The message is cut at sentence ends, commas and "and", each part classified by itself. A part counts if its
        probability is at least `least`. A greeting or thanks beside a question is dropped.
        """
        whole, chance = self.classify(text)
        parts = [part for part in _CUT.split(text[:_MAX_CHARS]) if len(part.strip()) > 2]
        if len(parts) < 2:
            return [(whole, chance)]
        found: dict[str, float] = {}
        for part in parts:
            name, p = self.classify(part)
            if p >= least and name not in _BESIDES:
                found[name] = max(p, found.get(name, 0.0))
        if not found or whole in _DECIDES:
            return [(whole, chance)]
        if len(found) == 1 and whole not in _BESIDES and whole not in found and chance > max(found.values()):
            return [(whole, chance)]
        ranked = sorted(found, key=found.__getitem__, reverse=True)[:most]
        return [(name, found[name]) for name in found if name in ranked]


_CUT = re.compile(r"[.?!;\n]+|,|\b(?:and|also|plus|n)\b|&", re.I)
#: A message of these kinds is one matter, however long; its parts are no separate questions.
_DECIDES: Sequence[str] = ("complaint",)
