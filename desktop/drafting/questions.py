"""What a customer's message names: a place, a fact of the product, a thing that the shop may not have.

Read with written rules, so that the same words always lead to the same facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from ..shop.records import DeliveryZone, Fact

_TO_PLACE = re.compile(
    r"\b(?:deliver\w*|ship\w*|send|sent|bring|transport\w*|courier|parcel|post|dispatch|reach|delivry|dlvr)\b[^.?!]*?"
    r"\b(?:to|in|at|for|within|around|upto|till)\s+(?:the |my |our )?"
    r"(?P<place>(?!time\b|me\b|us\b|you\b|my\b|home\b|free\b|it\b|how\b|customers?\b|house\b|door\b|how\b|this\b|that\b|here\b)"
    r"[^\W\d_][\w'’-]+(?:[ -](?!for\b|and\b|or\b|please|pls|plz|by\b|in\b|is\b|at\b|also|today|tomorrow|how|on\b|if\b|"
    r"with|from|can|too\b|asap|now\b|when|what|the\b|bro|sir|madam|dear|boss)[^\W\d_][\w'’-]+){0,2})",
    re.I,
)
_LIVES_IN = re.compile(
    r"\b(?:i am|i'm|im|am|we are|live|staying|stay|based|located|from|here)\s+(?:here\s+)?(?:in|from|at)?\s*"
    r"(?P<place>[A-Z][\w'’-]+(?:[ -][A-Z][\w'’-]+){0,2})"
)
_NOT_PLACES = frozenset((
    "time", "general", "total", "order", "bulk", "cash", "free", "future", "advance", "case", "addition", "cod",
    "delivery", "door", "town", "place", "area", "location", "address", "mine", "outside", "abroad", "overseas",
    "anywhere", "everywhere", "now",
))  # fmt: skip


def zone_named_in(message: str, zones: Iterable[DeliveryZone]) -> DeliveryZone | None:
    """The row of the delivery table whose place the message names, small misspellings allowed."""
    words = re.findall(r"[\w'’-]+", message.casefold())
    best: tuple[float, DeliveryZone] | None = None
    for zone in zones:
        for name in re.split(r"\s*[,/;&]\s*|\s+and\s+", zone.place.casefold()):
            name = re.sub(r"\b(within|around|town|city|cbd|county|and environs)\b", "", name).strip()
            if len(name) < 3:
                continue
            length = len(name.split())
            spans = (" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
            score = max((fuzz.ratio(name, span) for span in spans), default=0.0)
            limit = 100 if len(name) < 5 else 84
            if score >= limit and (best is None or score > best[0]):
                best = (score, zone)
    return best[1] if best else None


def place_named_in(message: str) -> str:
    """“do you deliver to Kisii town?" → "Kisii town"; "" if no place can be made out."""
    for pattern in (_TO_PLACE, _LIVES_IN):
        for found in pattern.finditer(message):
            place = found["place"].strip(" '’-")
            if place.casefold() not in _NOT_PLACES and place.split()[0].casefold() not in _NOT_PLACES:
                return place if place != place.lower() else place.title()
    return ""


#: How customers ask → words found in the names of facts. First match wins; the label is what to call it if unknown.
_ATTRIBUTES: tuple[tuple[str, str, str], ...] = (
    (r"how long.{0,25}\b(last|run|work|hold|stay)|battery|backup|run ?time|hold.{0,10}charge|play ?time",
     "battery life", r"run|battery|backup|play|lasts|life|talk|standby|duration"),
    (r"\bcharg(e|es|ing|er)\b|type[- ]?c|\busb\b|solar", "charging", r"charg|usb|port|input|power|solar"),
    (r"\bwatt|\bpower\b|consum|voltage|\bvolt|\bamps?\b", "power", r"power|watt|volt|amp|energy|consum"),
    (r"\bcolou?rs?\b|\bblack\b|\bwhite\b|\bred\b|\bblue\b|\bgreen\b|\bpink\b", "colour", r"colou?r|shade|finish"),
    (r"\bmaterial|made (of|from|out)|fabric|what.{0,12}\bmade\b|leather|cotton|plastic|steel|\bwood|cloth\b",
     "material", r"material|fabric|made|composition|shell|body|frame|upper|sole"),
    (r"\bweigh|how heavy|\bkgs?\b|\bkilos?\b", "weight", r"weight|mass|net"),
    (r"\bsize|dimension|how (big|tall|wide|long is|large)|measure|\bcm\b|inch|height|width|length|fit me|\bfits?\b"
     r"|\bx{1,3}[sl]\b|\b(size|in) [sml]\b|\bmedium|\blarge|\bsmall",
     "size", r"size|dimension|height|width|length|diameter|screen|fit|measure|capacity|volume"),
    (r"capacity|litre|liter|how much.{0,10}(hold|carry|contain)|\bml\b|volume",
     "capacity", r"capacity|volume|litre|liter|size|content"),
    (r"\bram\b|memory|storage|\bgb\b|rom\b", "memory", r"memory|storage|ram|rom|capacity"),
    (r"camera|megapixel|\bmp\b", "camera", r"camera|pixel"),
    (r"screen|display", "screen", r"screen|display"),
    (r"water ?proof|water|rain|splash|wet|ip ?\d\d",
     "water resistance", r"water|ip rating|proof|weather|splash|protection"),
    (r"expir|best before|shelf|use by|how fresh|manufactur.{0,8}date",
     "expiry date", r"expir|best before|shelf|use by|date"),
    (r"ingredient|contain|what.{0,8}inside|sugar|allerg|halal|vegan|gluten",
     "ingredients", r"ingredient|contain|content|allerg|diet|halal|sugar"),
    (r"side ?effect|safe for|suitable|good for|sensitive|skin type|hair type",
     "suitability", r"suit|skin|hair|for|age|use"),
    (r"\bages?\b|year old|month old|kids|child|baby", "age", r"age|year|child"),
    (r"flavou?r|taste|scent|smell|fragrance", "flavour", r"flavou?r|taste|scent|fragrance|smell"),
    (r"compatib|work with|fit (my|the|a)|support|which phones?|android|iphone",
     "compatibility", r"compatib|fits|works with|support|system|model|connect"),
    (r"bluetooth|wi-?fi|connect|network|dual sim|sim\b|4g|5g",
     "connectivity", r"connect|bluetooth|wifi|wi-fi|network|sim"),
    (r"wash|clean|care\b|iron\b", "care", r"wash|care|clean"),
    (r"where.{0,15}(made|from|origin)|which country|origin|imported",
     "origin", r"origin|made in|country|source|grown"),
    (r"how many|pieces|\bpcs\b|in (a|the|one) (pack|box|set|carton)|per (pack|box|carton|dozen)|"
     r"comes? with|include",
     "pack contents", r"pack|pieces|count|quantity|set|include|contents|number|box"),
    (r"brand|which company|model", "model", r"brand|model|make"),
    (r"how (do|to).{0,10}(use|apply|install|cook|assemble)|instruction|manual|dosage|direction",
     "directions for use", r"use|direction|instruction|install|assembl|dosage|preparation"),
    (r"bright|lumen|light output", "brightness", r"bright|lumen|light"),
    (r"speed|rpm\b|how fast", "speed", r"speed|rpm|gear"),
    (r"thick|gsm\b|gauge|ply\b", "thickness", r"thick|gsm|gauge|ply"),
    (r"new or (used|second)|condition|second ?hand|refurb|\bused\b", "condition", r"condition|state|grade"),
)  # fmt: skip
_ASKS = tuple((re.compile(ask, re.I), label, re.compile(names, re.I)) for ask, label, names in _ATTRIBUTES)
_NAMED_ATTRIBUTE = re.compile(
    r"\b(?:what(?:'?s| is| are)|which|wat iz|know|tell me|does it have|do they have|ina) (?:the |its |a |any )?"
    r"(?P<what>(?!price|cost|detail|feature|spec|difference|info|product|more|about|one|it\b|this|that|you|your|is\b|"
    r"are\b|the\b|on\b|in\b|inside|what|how|if\b|last|best|for\b)[^\W\d_]{3,}(?: (?!of\b|for\b|on\b|does|do\b|is\b|"
    r"please|pls|gani|in\b|and\b|are\b|have)[^\W\d_]{2,}){0,2})",
    re.I,
)
_STOP = frozenset((
    "the", "a", "an", "of", "is", "it", "what", "which", "how", "and", "or", "in", "for", "with", "to", "does",
    "do", "has", "have", "this", "that", "you", "your",
))  # fmt: skip


def facts_asked_for(
    message: str, facts: Sequence[Fact], product_name: str = "", *, top: int = 2
) -> list[Fact]:
    """The facts whose names (or words that mean the same) the message asks about, best first.

    The product's own name is taken out of the message first: "solar lantern" is not a question about solar charging.
    """
    text = _without(message, product_name)
    words = [w for w in re.findall(r"[\w'’-]+", text.casefold()) if w not in _STOP]
    scored: list[tuple[float, int]] = []
    for i, fact in enumerate(facts):
        name_words = [w for w in re.findall(r"[\w'’-]+", fact.name.casefold()) if w not in _STOP]
        if not name_words or not words:
            continue
        hits = [
            (match[1] if (match := process.extractOne(name_word, words, scorer=fuzz.ratio)) else 0.0)
            for name_word in name_words
        ]
        named = sum(hits) / len(hits)
        if named >= 86:
            scored.append((named, i))
            continue
        for rank, (ask, _, names) in enumerate(_ASKS):
            if ask.search(text) and names.search(fact.name):
                scored.append((80 - rank / 100, i))
                break
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    if not scored:
        return []
    best = scored[0][0]
    return [facts[i] for score, i in scored[:top] if score > best - 10]


def attribute_named_in(message: str, product_name: str = "") -> str:
    """What the message asks about, in words for "I don't have the … details"; "" if it can't be made out."""
    text = _without(message, product_name)
    known = next((label for ask, label, _ in _ASKS if ask.search(text)), "")
    if known:
        return known
    named = _NAMED_ATTRIBUTE.search(text)
    return " ".join(named["what"].split()).casefold() if named else ""


def _without(message: str, product_name: str) -> str:
    names = {w for w in re.findall(r"[\w'’-]+", product_name.casefold()) if len(w) > 2}
    return re.sub(r"[\w'’-]+", lambda m: "" if m[0].casefold() in names else m[0], message)


_THING = re.compile(
    r"\b(?:do (?:you|u|ya) (?:guys )?(?:have|sell|stock|keep|deal in)|(?:you|u) (?:have|sell|stock)|have you got|"
    r"got any|looking for|is there|are there|any|price (?:of|for)|how much (?:is|are|for|does)|cost of|i need|"
    r"i want)\s+"
    r"(?:to (?:buy|get|order) )?(?:the |a |an |any |some |your )?"
    r"(?P<thing>(?!it\b|this\b|that\b|one\b|you\b|to\b|these\b|those\b|they\b|more\b|item\b|product\b|"
    r"stock\b|know\b|in\b|delivery\b|all\b|i\b|last\b)"
    r"[^\W\d_][\w'’-]*(?:\s(?!in\b|available|please|pls|plz|for\b|at\b|and\b|or\b|now\b|left\b|today|there\b|with\b|here\b|"
    r"cost|that\b|which\b|sir\b|madam\b|dear\b|bro\b|boss\b|ready\b|still\b)[\w'’-]+){0,3})",
    re.I,
)


def thing_asked_for(message: str) -> str:
    """“do you sell fridge guards?" → "fridge guards": a thing that is not in the catalogue; "" if unclear."""
    found = _THING.search(message)
    return found["thing"].strip(" '’-") if found else ""
