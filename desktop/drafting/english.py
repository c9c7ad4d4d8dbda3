"""The little English grammar that slots need: plurals, a/an, and stems for comparing words.

Each function is a rule of spelling with its exceptions as data; words of other scripts pass through unchanged.
"""

from __future__ import annotations

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which white space separates."""
    return frozenset(text.split())


UNCOUNTABLE = word_set(
    """
    rice flour sugar salt oil tea coffee milk water honey butter bread cheese meat beef pork chicken fish maize
    wheat jewellery jewelry clothing footwear furniture luggage equipment hardware software cutlery crockery
    stationery makeup soap shampoo lotion cream paint glue cement sand timber rope wire thread yarn fabric cloth
    cotton leather denim lace silk linen wool paper cardboard plastic glass metal steel food fruit produce
    fertilizer fertiliser feed seed charcoal fuel petrol detergent bleach perfume cologne gel powder spice pepper
    garlic ginger toothpaste tape foil merchandise bedding lighting underwear sportswear swimwear lingerie denim
    sheep bluetooth wifi gps nfc installation shipping delivery
    """
)
_IRREGULAR = {
    "knife": "knives", "wife": "wives", "life": "lives", "leaf": "leaves", "shelf": "shelves", "loaf": "loaves",
    "half": "halves", "scarf": "scarves", "man": "men", "woman": "women", "child": "children", "person": "people",
    "foot": "feet", "tooth": "teeth", "mouse": "mice", "tomato": "tomatoes", "potato": "potatoes", "mango": "mangoes",
    "hero": "heroes", "lens": "lenses", "bus": "buses", "gas": "gases", "canvas": "canvases", "quiz": "quizzes",
    "thesis": "theses", "basis": "bases",
}  # fmt: skip
_PLURAL_ALREADY = frozenset(_IRREGULAR.values())
_HEAD_ENDS = re.compile(
    r"\s+(?:of|for|with|without|in|to|by|from|on|size)\s|\s*[,(/|–—]|\s+-\s|\s+\d", re.IGNORECASE
)


def plural(phrase: str) -> str:
    """ "box" → "boxes", "set of pots" → "sets of pots", "shoes" → "shoes", "rice" → "rice".

    The noun before the first "of", "for", "with" … or bracket takes the ending; a code at its place takes none.
    """
    before, noun, tail = _head(phrase)
    return before + _plural_noun(noun) + tail


def is_countable(phrase: str) -> bool:
    """False where "a" can't stand before `phrase`: "running shoes", "rice", "trousers"."""
    noun = _head(phrase)[1]
    return not re.fullmatch(r"[A-Za-zÀ-ÿ]+", noun) or _plural_noun(noun) != noun


def is_many(phrase: str) -> bool:
    """True for "light levels", "batteries", "sizes": a name that takes "are"."""
    noun = _head(phrase)[1].casefold()
    if noun in _PLURAL_ALREADY or noun in UNCOUNTABLE or noun in _IRREGULAR:
        return noun in _PLURAL_ALREADY
    return bool(re.fullmatch(r"[a-zà-ÿ-]{3,}s", noun)) and not noun.endswith(("ss", "us", "is"))


def _head(phrase: str) -> tuple[str, str, str]:
    """What stands before the noun that takes the ending, that noun, and what follows it."""
    cut = _HEAD_ENDS.search(phrase)
    head, tail = (phrase[: cut.start()], phrase[cut.start() :]) if cut else (phrase, "")
    before, space, noun = head.rpartition(" ")
    return before + space, noun, tail


_LABEL = re.compile(
    r"(from|for|with|in|at|on|inside|made|grown|packed|covers|fits|charges|makes|keeps?|holds|lasts|comes|works|uses|sow"
    r"|best before|use by|how|who|where|when|what|wear|store|suitable|ideal|good for)\b"
    r"|.* (for|with|in|on|by|from|of|to|at|until|before|after|above|below)$",
    re.IGNORECASE,
)


def is_label(name: str) -> bool:
    """True for the name of a fact that is no noun ("from", "how to clean", "keeps hot"): it can't stand after "the"."""
    return _LABEL.match(name.strip()) is not None


def plural_verb(verb: str) -> str:
    """The form for many of a verb in the form for one: "is" → "are", "keeps" → "keep", "carries" → "carry"."""
    irregular = {"is": "are", "has": "have", "was": "were", "does": "do", "goes": "go"}
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("sses", "ches", "shes", "xes", "zzes")) else verb.removesuffix("s")


def _plural_noun(noun: str) -> str:
    before, hyphen, word = noun.rpartition("-")
    lower = word.casefold()
    if not re.fullmatch(r"[A-Za-zÀ-ÿ]+", word) or lower in UNCOUNTABLE or lower in _PLURAL_ALREADY:
        return noun
    if lower in _IRREGULAR:
        many = _IRREGULAR[lower]
    elif lower.endswith("s") and not lower.endswith(("ss", "us", "is", "as")):
        return noun
    elif lower.endswith(("s", "x", "z", "ch", "sh")):
        many = lower + "es"
    elif re.search(r"[^aeiou]y$", lower):
        many = lower[:-1] + "ies"
    else:
        many = lower + "s"
    if word.isupper() and len(word) > 1:
        # "TV" is an acronym and takes a small s; "BOX" is a shouted word.
        many = word + "s" if len(word) <= 3 and not re.search(r"[AEIOU]", word) else many.upper()
    else:
        shared = len(_common_start(lower, many))
        many = word[:shared] + many[shared:]
    return before + hyphen + many


def _common_start(a: str, b: str) -> str:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return a[:i]
    return a[: min(len(a), len(b))]


_AN_LETTERS = frozenset("AEFHILMNORSX")
_SPOKEN_ACRONYMS = frozenset({"SIM", "RAM", "ROM", "LAN", "PIN", "NATO"})
_SILENT_H = re.compile(r"(?:hour|honest|honou?r|heir)", re.IGNORECASE)
_CONSONANT_SOUND = re.compile(
    r"(?:eu|ewe|uni(?!n|m)|u[st][eiua](?!h)|ubi|uku|ura|uro|u-|one\b|once|ouija)", re.IGNORECASE
)


def article(text: str) -> str:
    """ "a" or "an" for the word that `text` begins with, by its sound: "an 8 GB", "a USB", "an hour", "an LED"."""
    match = re.search(r"[^\W_][\w.,'’-]*", text)
    if not match:
        return "a"
    word = match.group()
    if word[0].isdecimal():
        number = re.match(r"\d+(?:[,  ]\d{3})*", word)
        digits = re.sub(r"\D", "", number.group()) if number else ""
        leading = digits[: (len(digits) - 1) % 3 + 1]
        return "an" if leading.startswith("8") or (leading in ("11", "18") and len(digits) != 4) else "a"
    letters = re.match(r"[^\W\d_]+", word)
    spelled = letters.group() if letters else word
    first = unicodedata.normalize("NFD", spelled[0]).upper()[0]
    rest = word[len(spelled) :]
    code = (
        len(spelled) == 1
        or (spelled.isupper() and len(spelled) <= 4)
        or (rest[:1].isdigit() and len(spelled) <= 2)
    )
    if (
        code
        and spelled.upper() not in _SPOKEN_ACRONYMS
        and not (len(spelled) == 1 and rest.startswith(("'", "’")))
    ):
        return "an" if first in _AN_LETTERS else "a"
    if _SILENT_H.match(spelled):
        return "an"
    if _CONSONANT_SOUND.match(word):
        return "a"
    return "an" if first in "AEIOU" else "a"


def stem(word: str) -> str:
    """A rough stem for comparing words: charges, charged, charging → "charg"; batteries → "batter" as battery.

    After the first steps of Porter (1980), shorter on purpose: it only has to put forms of one word together.
    """
    word = word.casefold().removesuffix("'s").removesuffix("’s")
    if len(word) > 3 and word.isascii() and word.isalpha():
        if word.endswith("ies"):
            word = word[:-3] + "y"
        elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
            word = word[:-2]
        elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
        for ending in ("ing", "ed"):
            if (
                word.endswith(ending)
                and len(word) - len(ending) >= 3
                and re.search(r"[aeiouy]", word[: -len(ending)])
            ):
                word = word[: -len(ending)]
                if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                    word = word[:-1]
                break
        word = word[:-1] if word.endswith(("e", "y")) and len(word) > 3 else word
    return word
