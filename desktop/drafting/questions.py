"""What a customer's message names: a place, a fact of the product, a thing that the shop may not have.

Read with written rules, so that the same words always lead to the same facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from ..shop.records import DeliveryZone, Fact

_TO_PLACE = re.compile(
    r"\b(?:deliver\w*|ship\w*|send|sent|bring|transport\w*|courier|parcel|post|dispatch|reach|delivry|dlvr)\b[^.?!]*?"
    r"\b(?:to|in|at|for|within|around|upto|till)\s+(?:the |my |our )?"
    r"(?P<place>(?!time\b|me\b|us\b|you\b|my\b|home\b|free\b|it\b|how\b|customers?\b|house\b|door\b|how\b|this\b|that\b|here\b)"
    r"[^\W\d_][\w'’-]+(?:[ -](?!for\b|and\b|or\b|please|pls|plz|by\b|in\b|is\b|at\b|also|today|tomorrow|how|on\b|if\b|"
    r"with|from|can|too\b|asap|now\b|when|what|the\b|bro|sir|madam|dear|boss|possible|available|kindly|cost|free\b|ni\b|"
    r"how\b|much\b|tonight|charges?\b|fee\b|using|via|before|after|within)[^\W\d_][\w'’-]+){0,2})",
    re.I,
)
_LIVES_IN = re.compile(
    r"\b(?:i am|i'm|im|am|we are|live|staying|stay|based|located|from|here)\s+(?:here\s+)?(?:in|from|at)?\s*"
    r"(?P<place>[A-Z][\w'’-]+(?:[ -][A-Z][\w'’-]+){0,2})"
)
_NOT_PLACES = frozenset((
    "time", "general", "total", "order", "bulk", "cash", "free", "future", "advance", "case", "addition", "cod",
    "delivery", "door", "town", "place", "area", "location", "address", "mine", "outside", "abroad", "overseas",
    "anywhere", "everywhere", "now", "pin", "pincode", "zip", "zipcode", "postcode", "postal", "code", "morning",
    "evening", "afternoon", "night", "noon", "lunch", "weekend", "weekends", "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "today", "tomorrow", "tonight", "hours", "minutes", "days", "week",
    "weeks", "month", "small", "big", "good", "which", "what", "wholesale", "someone", "person", "school", "work",
    "office", "village", "half", "least", "night", "christmas", "easter", "our", "kids", "children", "any", "some",
    "another", "other", "different", "one", "two", "each", "both", "full", "credit", "installments", "parts",
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


#: How customers ask → what to call it if unknown → words in the names of the facts that answer. Tried in order; the
#: words that a row has read are not read again by the rows after it.
_ATTRIBUTES: tuple[tuple[str, str, str], ...] = (
    (r"charg\w*\s+(?:my |a |the |two |2 |ur |your )?(?:phones?|fones?|simu|mobile)|phone charg\w*|power bank for phone",
     "phone charging", r"phone charg|^charges$|usb out|output"),
    (r"how (?:long|many h(?:ou)?rs).{0,40}?\b(?:last|run|work|hold|stay|light|burn|play|glow|shine|go on|keep|serve)\w*"
     r"(?!.{0,12}\b(?:warrant|guarant))|"
     r"battery life|backup|run ?time|hold.{0,10}charge|play ?time|\bkeeps? .{0,12}(?:hot|warm|cold)|"
     r"stays? (?:hot|warm|cold)|"
     r"last (?:the whole|all|a whole) (?:night|day)",
     "battery life", r"run|battery life|backup|play ?time|lasts|\blife\b|talk|standby|duration|keeps|burn"),
    (r"batter(?:y|ies)|\bmah\b", "battery", r"batter|standby|mah|capacity"),
    (r"(?:remove|reach|carry|light|reaches) how far|how far|\brange\b|distance", "range", r"range|distance|reach"),
    (r"cover.{0,25}(?:square|area|m2|sqm|metre|meter|wall)|how many (?:square )?(?:metres|meters|sqm)|coverage",
     "coverage", r"cover|area"),
    (r"\bdry(?:s|ing)?\b(?! (?:hair|skin|season|place))", "drying time", r"dry"),
    (r"\bpure\b|raw\b|additive|added|mixed with", "ingredients", r"ingredient|pure|raw|contain"),
    (r"treated|insecticide|chemical", "treatment", r"treat"),
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
    (r"water ?proof|water (?:resist|damage)|in(?:to)? (?:the )?water|\brain|splash|\bwet\b|ip ?\d\d",
     "water resistance", r"waterproof|water resist|ip rating|proof|weather|splash|protection|rain"),
    (r"expir|best before|shelf|use by|how fresh|manufactur.{0,8}date",
     "expiry date", r"expir|best before|shelf|use by|date"),
    (r"ingredient|contain|what.{0,8}inside|sugar|allerg|halal|vegan|gluten",
     "ingredients", r"ingredient|contain|content|allerg|diet|halal|sugar"),
    (r"side ?effect|safe for|suitable|good for|sensitive|skin type|hair type",
     "suitability", r"suit|skin|hair|for|age|use"),
    (r"\bages?\b|year old|month old|kids|child|baby", "suitable age", r"\bages?\b|year|child"),
    (r"flavou?r|taste|scent|smell|fragrance", "flavour", r"flavou?r|taste|scent|fragrance|smell"),
    (r"compatib|work with|fit (my|the|a)|support|which phones?|android|iphone",
     "compatibility", r"compatib|fits|works with|support|system|model|connect"),
    (r"bluetooth|wi-?fi|connect|network|dual sim|sim\b|4g|5g",
     "connectivity", r"connect|bluetooth|wifi|wi-fi|network|sim"),
    (r"wash|clean|care\b|iron\b", "care", r"wash|care|clean"),
    (r"where.{0,15}(made|from|origin)|which country|origin|imported",
     "origin", r"origin|made in|country|source|grown"),
    (r"\b(?:metres?|meters?|feet|ft|yards?)\b", "length", r"length|width|height|size"),
    (r"how many litres", "volume", r"volume|capacity|tank"),
    (r"how many (?!mah|hours|watts|litres)|pieces|\bpcs\b|in (a|the|one) (pack|box|set|carton)|"
     r"per (pack|box|carton|dozen)|comes? with|include",
     "pack contents", r"pack|pieces|count|quantity|set|include|contents|number|box"),
    (r"brand|which company|model", "model", r"brand|model|make"),
    (r"how (do|to).{0,10}(use|apply|install|cook|assemble)|instruction|manual|dosage|direction",
     "directions for use", r"use|direction|instruction|install|assembl|dosage|preparation"),
    (r"bright|lumen|light output", "brightness", r"bright|lumen|light"),
    (r"speed|rpm\b|how fast", "speed", r"speed|rpm|gear"),
    (r"thick|gsm\b|gauge|ply\b", "thickness", r"thick|gsm|gauge|ply"),
    (r"new or (used|second)|condition|second ?hand|refurb|(is|are) (it|they|this) (new|used)\b",
     "condition", r"condition|state|grade"),
)  # fmt: skip
_ASKS = tuple((re.compile(ask, re.I), label, re.compile(names, re.I)) for ask, label, names in _ATTRIBUTES)
#: A match that begins like this says what is wanted better than a fact's name that happens to stand beside it.
_STRONG = re.compile(r"how (?:long|far)|charg|cover", re.I)
_NAMED_ATTRIBUTE = re.compile(
    r"\b(?:what(?:'?s| is| are)|which|wat iz|know|tell me|does it have|do they have|ina) (?:the |its |a |any )?"
    r"(?P<what>(?!price|cost|detail|feature|spec|difference|info|product|more|about|one|it\b|this|that|you|your|is\b|"
    r"are\b|the\b|on\b|in\b|inside|what|how|if\b|last|best|for\b)[^\W\d_]{3,}(?: (?!of\b|for\b|on\b|does|do\b|is\b|"
    r"please|pls|gani|in\b|and\b|are\b|have)[^\W\d_]{2,}){0,2})",
    re.I,
)
_STOP = frozenset((
    "can", "will", "are", "any", "there", "its", "how", "much", "many", "price", "cost", "want", "need", "know",
    "the", "a", "an", "of", "is", "it", "what", "which", "and", "or", "in", "for", "with", "to", "does",
    "do", "has", "have", "this", "that", "you", "your",
))  # fmt: skip


_PARTS = re.compile(r"[.?!;\n]+|,|\b(?:and|also|plus|n|na|then)\b|&", re.I)
_QUESTION = re.compile(
    r"\b(what|which|wat|how|hw|is|are|iz|does|do|can|cn|will|any|has|have|ina|iko|kuna|wats|whats|tell|know)\b|\?",
    re.I,
)


def parts_of(message: str) -> list[str]:
    """The parts of a message that may each ask something of their own."""
    return [part for part in _PARTS.split(message) if len(part.strip()) > 2]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks of a product: the facts that answer, and what else it asks that no fact answers."""

    facts: tuple[Fact, ...]
    unknown: tuple[str, ...] = ()


def asked_about(message: str, facts: Sequence[Fact], product_name: str = "", *, most: int = 3) -> Asked:
    """The facts asked about, part by part of the message, and at most one attribute that is not among them.

    The product's own name is taken out of the message first: "solar lantern" is not a question about solar charging.
    """
    found: dict[str, Fact] = {}
    unknown: dict[str, None] = {}
    for part in _PARTS.split(_without(message, product_name)):
        answers, label = _asked_in(part, facts)
        found |= {fact.name: fact for fact in answers}
        if label and not answers and (_QUESTION.search(part) or not found):
            unknown[label] = None
    return Asked(tuple(found.values())[:most], tuple(unknown)[:1])


def _asked_in(part: str, facts: Sequence[Fact]) -> tuple[list[Fact], str]:
    """(facts that answer this part, what it asks about in words for "I don't have the … details")."""
    words = [w for w in re.findall(r"[\w'’-]+", part.casefold()) if w not in _STOP]
    if not words:
        return [], ""
    left, label = part, ""
    meant: list[Fact] = []
    valued = {fact: len(_value_words(fact) & set(words)) for fact in facts}
    said = [fact for fact, hits in valued.items() if hits > 1][:1]
    for ask, name, names in _ASKS:
        match = ask.search(left)
        if match is None:
            continue
        answers = [fact for fact in facts if names.search(fact.name)]
        if _STRONG.match(match[0].strip()) and (answers or not meant):
            return answers or said, name
        label = label or name
        if not any(_is_named(fact, words) for fact in answers):
            meant += [fact for fact in answers if fact not in meant]
        left = ask.sub(" ", left)
    named = [fact for fact in facts if _is_named(fact, words)]
    if named or meant:
        return [*named, *(fact for fact in meant if fact not in named)], label
    said = said or [fact for fact, hits in valued.items() if hits and not label][:1]
    if said:
        return said, ""
    other = _NAMED_ATTRIBUTE.search(part)
    return [], label or (" ".join(other["what"].split()).casefold() if other else "")


def _value_words(fact: Fact) -> set[str]:
    """The words of a fact's value by which a customer may ask for it ("is it BPA free")."""
    return {
        w for w in re.findall(r"[^\W\d_]{3,}", fact.value.casefold()) if w not in _STOP and w not in _PLAIN
    }


_PLAIN = frozenset((
    "ask", "your", "photos", "about", "each", "one", "many", "when", "model", "most", "from", "use", "uses", "only",
    "phone", "phones", "set", "not", "included", "yes", "none", "all", "hand", "size", "inch", "pack", "bag", "can",
    "get", "any", "are", "send", "tell", "please", "good", "want", "need", "big", "small", "blue", "kind",
))  # fmt: skip


def _is_named(fact: Fact, words: Sequence[str]) -> bool:
    own = [w for w in re.findall(r"[\w'’-]+", fact.name.casefold()) if w not in _STOP]
    hits = [
        (match[1] if (match := process.extractOne(word, words, scorer=fuzz.ratio)) else 0.0) for word in own
    ]
    return bool(hits) and sum(hits) / len(hits) >= 86


def _without(message: str, product_name: str) -> str:
    names = {w for w in re.findall(r"[\w'’-]+", product_name.casefold()) if len(w) > 2}
    names |= {w for w in re.findall(r"\w+", product_name.casefold()) if len(w) > 2}
    return re.sub(r"[\w'’-]+", lambda m: "" if m[0].casefold() in names else m[0], message)


_THING = re.compile(
    r"\b(?:do (?:you|u|ya) (?:guys )?(?:have|sell|stock|keep|deal in)|(?:you|u) (?:have|sell|stock)|have you got|"
    r"got any|looking for|is there|are there|any|price (?:of|for)|how much (?:is|are|for|does)|cost of|i need|"
    r"i want)\s+"
    r"(?:to (?:buy|get|order) )?(?:the |a |an |any |some |your )?"
    r"(?P<thing>(?!it\b|this\b|that\b|one\b|you\b|to\b|these\b|those\b|they\b|more\b|item\b|product\b|"
    r"stock\b|wholesale|retail|credit\b|know\b|in\b|delivery\b|all\b|i\b|last\b)"
    r"[^\W\d_][\w'’-]*(?:\s(?!in\b|available|please|pls|plz|for\b|at\b|and\b|or\b|now\b|left\b|today|there\b|with\b|here\b|"
    r"cost|that\b|which\b|sir\b|madam\b|dear\b|bro\b|boss\b|ready\b|still\b)[\w'’-]+){0,3})",
    re.I,
)


def thing_asked_for(message: str) -> str:
    """“do you sell fridge guards?" → "fridge guards": a thing that is not in the catalogue; "" if unclear."""
    found = _THING.search(message)
    return found["thing"].strip(" '’-") if found else ""


_FAULT = re.compile(
    r"\b(?:not|isn'?t|n[o']t|never|don'?t|doesn'?t|didn'?t|won'?t|refuses? to|fail(?:s|ed)? to) (?:even )?"
    r"(?:work|charg|turn|light|heat|fit|switch|power|start|play|cool|inflat|hold)\w*|"
    r"stopped|stops working|\bbroken?\b|broke\b|crack\w*|\btorn?\b|\btore\b|leak\w*|damaged?|spoil\w*|fault\w*|"
    r"defect\w*|\bdead\b|\bdied\b|wrong (?:colou?r|size|item|one|product|thing|order)|expired|\brotten\b|mould\w*|"
    r"missing|only (?:one|half|1)\b|has (?:a |got a )?hole|did(?:n'?t| not) germinate|"
    r"haifanyi|imeharibika|kharab|\bsira\b|burst|peeling|fading|faded"
    r"|\b(?:ordered|said|asked for|wanted|paid for|chose)\b.{3,40}\b(?:but|and) (?:i |you |u |we )?"
    r"(?:got|received|sent|gave|came|brought)\b",
    re.I,
)
_HAS_IT = re.compile(
    r"\b(?:bought|buy(?:ed)?|purchased|got|received|recieved|arrived|came|delivered|sent|ordered|gave|sold|nilinunua|"
    r"mlinitumia|mlinipa|yesterday|last week|my|did(?:n'?t| not) germinate)\b",
    re.I,
)
_SUPPOSED = re.compile(r"\b(?:if|in ?case|should it|ever|ikiharibika|kama)\b", re.I)
_NUMBER = r"(?:\w{1,3}\W?\s?)?\d[\d,.]*\s?k?"
_OTHER_PRICE = re.compile(
    rf"\b(?:said|told|wrote|posted|was|were|quoted|agreed|promised|mlisema|ulisema|ilikuwa)\b[^?!]{{0,30}}?{_NUMBER}"
    rf"[^?!]{{0,40}}?\b(?:now|but|today|then|sasa|yet|suddenly|leo)\b[^?!]{{0,25}}?{_NUMBER}|"
    r"\bover ?charg\w*|charged me (?:more|extra)|"
    r"\bwhy\b.{0,25}\bprice\b.{0,25}\b(?:chang|up|rais|increas|different|higher)\w*|"
    r"price (?:has |have )?(?:changed|went up|gone up|increased|is different|was different)",
    re.I,
)


def reports_fault(message: str, *, sold: bool = False) -> bool:
    """True for a message about something bought that is broken or wrong; not for "what if it breaks?".

    `sold`: that it was bought is known otherwise.
    """
    has_it = sold or _HAS_IT.search(message)
    return bool(has_it and _FAULT.search(message) and not _SUPPOSED.search(message))


_PAID = re.compile(
    r"\b(?:paid|payed|sent (?:the )?(?:money|cash|payment)|made (?:the |a )?payment|payment|money|amount|"
    r"transaction|nimelipa|nilituma)\b.{0,60}\b(?:no (?:confirmation|message|reply|receipt)|"
    r"not (?:confirmed|showing|reflect\w*|received|visible|updated|shown|sent|"
    r"come|arrived|delivered)|nothing|twice|deducted|debited|"
    r"failed|declined|pending|went through|check|haijaonekana)\b",
    re.I,
)


def reports_payment(message: str) -> bool:
    """True for “I paid but got no confirmation", which asks for no list of ways to pay."""
    return bool(_PAID.search(message))


def disputes_price(message: str) -> bool:
    """True for “you said 350, now it's 480": a price that is not what the customer was told."""
    return bool(_OTHER_PRICE.search(message))


_DELIVERY_COST = re.compile(
    r"\b(?:deliver\w*|shipping|transport)\b.{0,20}\b(?:expensive|dear|cheap\w*|so much|how much|free)\b"
    r"|\b(?:how much|expensive|cheap\w*|free)\b.{0,20}\b(?:deliver\w*|shipping|transport)\b",
    re.IGNORECASE,
)


def asks_delivery_cost(message: str) -> bool:
    """ "why is the delivery so expensive" """
    return bool(_DELIVERY_COST.search(message))


_DELIVERED = re.compile(
    r"\b(?:how much|price|cost|bei|rate)\b.{0,50}\b(?:delivered|(?:including|with|plus|and) delivery)\b", re.I
)


def asks_price_delivered(message: str) -> bool:
    """True for “how much for two pans delivered to Meru", which asks the price and the delivery."""
    return bool(_DELIVERED.search(message))


_PHOTOS = re.compile(r"\b(?:photos?|pictures?|pics?|images?|picha|video)\b", re.I)


def wants_photos(message: str) -> bool:
    """True where pictures of a product are asked for."""
    return bool(_PHOTOS.search(message))


_ABROAD = re.compile(
    r"\b(?:abroad|overseas|international\w*|worldwide|outside (?:the |our |your )?country|other countries)\b",
    re.I,
)


def wants_abroad(message: str) -> bool:
    """True where delivery to another country is asked for."""
    return bool(_ABROAD.search(message))
