"""The ONE definition of the prompt format, read by training and by the app.

A prompt is a run of special tokens, each followed by the text that it names:

    <|listing|><|en|><|friendly|><|product|>solar lantern<|brand|>Sunbell<|price|>KSh 2,450
    <|k1|>run time#run time<|f1|>12 hours<|k2|>charging#charging<|f2|>USB<|title|>

(without the line breaks). After the mark stands the kind of the fact where code has found it (attributes.py), so that
the model need not guess what may be said of it. The model goes on from the last token, the section to write, and ends
with END. In what it writes, facts stand as slot tokens ("<|f1|> of light"); `render.py` puts the seller's own words in
their place. A section holds plain text; bullets are separate <|bullet|> sections.

Raising FORMAT_VERSION invalidates every trained model: the number is written into the model's metadata and
compared when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

FORMAT_VERSION = 2

END = "<|endoftext|>"

TASKS = ("listing", "reply", "promo", "pitch", "rewrite", "complete")
LANGUAGES = ("en", "es", "fr", "pt", "id", "sw", "hi", "ar")
TONES = ("plain", "friendly", "premium", "urgent")
CHANNELS = ("whatsapp", "sms", "facebook", "instagram")
#: What the model reads but never says: what the customer wrote, what was recognised in it, the category path.
CONTEXT_FIELDS = ("category", "message", "intent", "keywords")
SECTIONS = ("title", "bullet", "description", "text")
#: Slots with a fixed meaning. `topic` is what a customer asked about and the shop's facts don't answer.
ROLE_SLOTS = (
    "product", "brand", "price", "shop", "customer", "stock", "place", "delivery_time", "delivery_cost", "payment",
    "returns", "pickup", "hours", "warranty", "address", "contact", "discount", "topic", "occasion", "offer",
    "deadline", "code", "product2", "brand2", "price2", "product3", "brand3", "price3",
)  # fmt: skip
#: What the model reads in place of the value, whatever it is: a reply must not depend on what a customer is called.
READ_AS = {"customer": "Sam"}
MAX_FACTS = 24
#: The name under which a sentence of the seller's notes stands among the facts.
NOTE = "note"

_SPARE = tuple(f"<|spare{i}|>" for i in range(1, 17))


def token(name: str) -> str:
    """ "product" → "<|product|>"."""
    return f"<|{name}|>"


def special_tokens() -> tuple[str, ...]:
    """Every special token, in the order of their ids in a tokenizer trained for this format."""
    names = (*TASKS, *LANGUAGES, *TONES, *CHANNELS, *CONTEXT_FIELDS, *SECTIONS, *ROLE_SLOTS)
    facts = tuple(f"{kind}{i}" for i in range(1, MAX_FACTS + 1) for kind in ("k", "f"))
    return (END, *(token(name) for name in (*names, *facts)), *_SPARE)


SLOT_TOKENS = frozenset(token(name) for name in ROLE_SLOTS) | frozenset(
    token(f"{kind}{i}") for i in range(1, MAX_FACTS + 1) for kind in ("k", "f")
)

#: An idea is a sentence written for the kind of product: the model only chooses it, so its first words are enough.
IDEA_CHARS = 24
#: Comes before the kind of a fact or idea, which is the program's word, not the seller's.
MARK = "#"
#: A slot is a pointer: its full value is shown after rendering, so the model needs to read only its beginning.
MAX_VALUE_CHARS = 60
MAX_MESSAGE_CHARS = 400


@dataclass(frozen=True, slots=True)
class Prompt:
    """`text` is what the model reads; `values` maps each slot token it may write to the seller's own words, or to a
    sentence written for that kind of product: `ideas` maps the slots of these to the kind of idea ("use" …), `kinds`
    those of facts to the kind of fact, where it is known."""

    text: str
    values: Mapping[str, str]
    ideas: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def then(self, section: str) -> Prompt:
        """The same prompt, asking for `section` (one of SECTIONS) first."""
        return replace(self, text=self.text + token(section))


def build(
    task: str,
    *,
    language: str = "en",
    styles: Sequence[str] = (),
    context: Sequence[tuple[str, str]] = (),
    roles: Sequence[tuple[str, str]] = (),
    facts: Sequence[tuple[str, str]] = (),
    ideas: Sequence[tuple[str, str]] = (),
    kind_of: Callable[[str, str], str] | None = None,
) -> Prompt:
    """Put a prompt together; see the module's docstring for the format.

    `styles` are tones or channels; `context` pairs a name of CONTEXT_FIELDS with text; `roles` pairs a name of
    ROLE_SLOTS with the seller's words; `facts` are (name, value), at most MAX_FACTS (more are left out: the caller
    decides their order), and `kind_of` tells the kind of each. `ideas` are (kind, sentence), numbered on after the
    facts while there is room; the model may write their value slot only. Empty values are skipped. Raises ValueError
    for an unknown name.
    """
    head = [task, language, *styles]
    _check(task, TASKS)
    _check(language, LANGUAGES)
    for style in styles:
        _check(style, (*TONES, *CHANNELS))
    parts = [token(name) for name in head]
    values: dict[str, str] = {}
    for name, text in context:
        _check(name, CONTEXT_FIELDS)
        if text.strip():
            limit = MAX_MESSAGE_CHARS if name == "message" else MAX_VALUE_CHARS
            parts.append(token(name) + plain(text, limit))
    for name, text in roles:
        _check(name, ROLE_SLOTS)
        if text.strip():
            values[token(name)] = text.strip()
            parts.append(token(name) + READ_AS.get(name, plain(text, MAX_VALUE_CHARS)))
    given = [pair for pair in facts if pair[1].strip()][:MAX_FACTS]
    kinds: dict[str, str] = {}
    for i, (name, value) in enumerate(given, start=1):
        values[token(f"k{i}")] = name.strip()
        values[token(f"f{i}")] = value.strip()
        parts.append(token(f"k{i}") + plain(name, MAX_VALUE_CHARS))
        if kind_of:
            kinds[token(f"f{i}")] = kind_of(name, value)
            parts.append(MARK + kinds[token(f"f{i}")].replace("_", " "))
        parts.append(token(f"f{i}") + plain(value, MAX_VALUE_CHARS))
    of_ideas: dict[str, str] = {}
    for i, (name, value) in enumerate(ideas[: MAX_FACTS - len(given)], start=len(given) + 1):
        values[token(f"f{i}")] = value
        of_ideas[token(f"f{i}")] = name
        # The mark keeps an idea for a "use" apart from a seller's fact of that name.
        parts.append(token(f"k{i}") + MARK + name + token(f"f{i}") + plain(value, IDEA_CHARS))
    return Prompt("".join(parts), values, of_ideas, kinds)


def plain(text: str, limit: int) -> str:
    """`text` on one line, without anything that looks like a special token, cut at a word before `limit` chars."""
    line = " ".join(text.replace("<|", "< |").split())
    if len(line) <= limit:
        return line
    cut = line[: limit + 1]
    return cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else line[:limit]


def _check(name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise ValueError(f"{name!r} is not part of prompt format {FORMAT_VERSION}")
