"""Training text for rewriting: the project's own texts, said twice, or broken as a hurried thumb breaks them.

Prompts come from the function that the app calls; a source text goes through it as the seller's words would, so that
values become slots here as they will there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from desktop.drafting import patterns, wording
from desktop.drafting.lexicon import ALWAYS_BANNED, fold
from desktop.drafting.listing_prompt import listing_roles
from desktop.drafting.planning import Plan
from desktop.drafting.policies import OPEN_VALUE
from desktop.drafting.prompt import token
from desktop.drafting.render import Style, render
from desktop.drafting.reply import reply_prompt
from desktop.drafting.rewriting import WAYS, Way, rewrite_prompt
from desktop.drafting.sections import slots_in, split_sentences
from desktop.drafting.slotting import to_slots

from . import reply
from .example import Example
from .listing import Subject
from .phrases import HERE, lexicon, load_toml, misspell, stated_words, words

#: In the order of WAYS.
_WAY_WEIGHTS = (22, 14, 18, 16, 30)
#: What a text's length may become, as a share of what it was.
_LENGTHS: Mapping[str, Callable[[float], bool]] = {
    "shorter": lambda share: share < 0.85,
    "longer": lambda share: share > 1.2,
}
_PLAIN_EVERY = 10  # one sentence of public text in so many is kept for validation
_SLOT = re.compile(r"<\|[^|>]*\|>s?(?!\w)")


@dataclass(frozen=True, slots=True)
class Telling:
    """A text before and after, slots in place of `values`, and what both may speak of (see `rewrite_prompt`)."""

    before: str
    after: str
    values: Mapping[str, str]
    section: str = "text"
    roles: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    ideas: Sequence[tuple[str, str]] = ()


def examples(rng: random.Random, count: int, split: str, data_dir: Path | None) -> Iterator[Example]:
    """`count` pairs. In split "valid" products and sentences are of those that "train" never sees."""
    made = 0
    while made < count:
        way = rng.choices(WAYS, _WAY_WEIGHTS)[0]
        telling = _MAKERS[way](rng, split, data_dir)
        example = telling and _example(rng, way, telling)
        if example:
            made += 1
            yield example


def _example(rng: random.Random, way: Way, telling: Telling) -> Example | None:
    """None where the target would say what the decoder's mask forbids, or nothing changes."""
    style = _STYLES.get(telling.section, "sentence")
    before, after = (
        render(text, telling.values, style=style, lexicon=lexicon()).text
        for text in (telling.before, telling.after)
    )
    if way == "fix grammar":
        before = broken(rng, before, telling.values)
    elif before == after or (way in _LENGTHS and not _LENGTHS[way](len(after) / len(before))):
        return None
    prompt = rewrite_prompt(
        before, way, lexicon(), section=telling.section,
        roles=telling.roles, facts=telling.facts, ideas=telling.ideas,
    )  # fmt: skip
    target = to_slots(after, prompt.values).text
    own = words(" ".join((before, *prompt.values.values()))) - lexicon().words_in(*ALWAYS_BANNED)
    names = {token(name): value for name, value in telling.roles}
    if to_slots(target, names).places or not stated_words(target) <= own:
        return None
    return Example("rewrite", prompt.text, target)


# -- shorter, longer -----------------------------------------------------------------------------------------------


def _shorter(rng: random.Random, split: str, data_dir: Path | None) -> Telling | None:
    kind = rng.choices(("description", "bullet", "title", "text"), (50, 8, 12, 30))[0]
    if kind == "text":
        return _reply(rng, split, data_dir, lambda parts: (_joined(*parts), _core(rng, parts)))
    subject = Subject.made(rng, split, data_dir)
    if kind == "bullet":
        lines = _two_bullets(rng, subject)
        return _telling(subject, kind, max(lines, key=len), min(lines, key=len))
    if kind == "title":
        title = subject.writer(rng).title()
        parts = re.split(r"(?=, | – )", title)
        return _telling(subject, kind, title, "".join(parts[: rng.randint(1, max(1, len(parts) - 1))]))
    sentences = split_sentences(subject.writer(rng).description())
    if len(sentences) < 3:
        return None
    return _telling(subject, kind, " ".join(sentences), " ".join(_most_important(rng, subject, sentences)))


def _most_important(rng: random.Random, subject: Subject, sentences: Sequence[str]) -> list[str]:
    """About half of the sentences: first those with facts, the seller's first facts first; said in their order."""
    facts = [token(f"{kind}{n}") for n in range(1, len(subject.said) + 1) for kind in "kf"]

    def weight(i: int) -> tuple[int, int]:
        places = [facts.index(slot) for slot in slots_in(sentences[i]) if slot in facts]
        return (min(places, default=len(facts)), i)

    most = max(1, round(len(sentences) * rng.uniform(0.35, 0.65)))
    kept = sorted(sorted(range(len(sentences)), key=weight)[:most])
    return _merged([sentences[i] for i in kept])


_OF_IT = re.compile(
    r"(It|They) (comes?|has|have|lasts?|weighs?|measures?|runs?|holds?|fits?|is|are)\b[^.?!]*\."
)


def _merged(sentences: Sequence[str]) -> list[str]:
    """Two neighbours about the same thing made one: "It has a hook. It lasts …" → "It has a hook and lasts …"."""
    merged: list[str] = []
    for sentence in sentences:
        last = _OF_IT.fullmatch(merged[-1]) if merged else None
        this = _OF_IT.fullmatch(sentence)
        if last and this and last[1] == this[1] and " and " not in last[0] + this[0]:
            merged[-1] = f"{last[0][:-1]} and {sentence.removeprefix(this[1]).lstrip()}"
        else:
            merged.append(sentence)
    return merged


def _longer(rng: random.Random, split: str, data_dir: Path | None) -> Telling | None:
    if rng.random() < 0.3:
        return _reply(rng, split, data_dir, lambda parts: (_core(rng, parts), _joined(*parts)))
    subject = Subject.made(rng, split, data_dir)
    sentences = split_sentences(subject.writer(rng).description())
    if len(sentences) < 3:
        return None
    most = rng.randint(1, max(1, len(sentences) // 2))
    kept = sorted(rng.sample(range(len(sentences)), most))
    return _telling(subject, "description", " ".join(sentences[i] for i in kept), " ".join(sentences))


def _two_bullets(rng: random.Random, subject: Subject) -> list[str]:
    """Two ways of saying one fact, perhaps the same; two ideas where there is no fact."""
    writer = subject.writer(rng)
    ways = [(said, pattern) for said in writer.said for pattern in said.wording.b]
    if not ways:
        return writer.bullets()
    said, pattern = rng.choice(ways)
    return [writer.line(said.fill(way)) for way in (pattern, rng.choice(said.wording.b))]


# -- friendlier, more formal ---------------------------------------------------------------------------------------


def _friendlier(rng: random.Random, split: str, data_dir: Path | None) -> Telling | None:
    return _in_two_tones(rng, split, data_dir, "premium", "friendly")


def _more_formal(rng: random.Random, split: str, data_dir: Path | None) -> Telling | None:
    return _in_two_tones(rng, split, data_dir, "friendly", "premium")


def _in_two_tones(
    rng: random.Random, split: str, data_dir: Path | None, first: str, second: str
) -> Telling | None:
    """One content in the tones `first` and `second`, of which "friendly" is one."""
    if rng.random() < 0.6:
        plan, table, values = _planned(rng, split, data_dir)
        core = wording.compose_parts(table, plan, "plain", rng)[1]
        texts = []
        for tone in (rng.choice((first, first, "plain")), second):
            opening, _, closing = wording.compose_parts(table, plan, tone, rng)
            if not opening and tone == second:
                return None
            texts.append(in_tone(rng, _joined(opening, core, closing), tone))
        return _reply_telling(plan, values, (texts[0], texts[1]))
    subject = Subject.made(rng, split, data_dir, "plain")
    writer = subject.writer(rng)
    sentences = split_sentences(writer.description())
    texts = []
    for tone, chance in ((first, 0.5), (second, 0.8)):
        end = [writer.closing(tone)] if rng.random() < chance else []
        texts.append(in_tone(rng, " ".join([*sentences, *end]), tone))
    return _telling(subject, "description", *texts)


def in_tone(rng: random.Random, slotted: str, tone: str, *, ending: bool = True) -> str:
    """`slotted` as one says it to a friend, or in a letter; any other tone changes nothing.

    Without `ending` only words change, for the text may go on.
    """
    if tone == "friendly":
        text = _swapped(slotted, _register("friendly"), rng, 0.85)
        if not ending:
            return text
        if rng.random() < 0.35:
            text = re.sub(r"\.(?=$| )", "!", text, count=1)
        if rng.random() < 0.25 and not _EMOJI.search(text):
            text += " " + rng.choice(_data()["register"]["emoji"])
        return text
    if tone == "premium":
        text = re.sub(r"!+", ".", " ".join(_EMOJI.sub("", slotted).split()))
        return re.sub(r"\s+([.,?])", r"\1", _swapped(text, _register("formal"), rng, 0.95))
    return slotted


_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+")


@cache
def _data() -> Mapping[str, Any]:
    return load_toml(HERE / "rewrite" / "rewrite.toml")


@cache
def _register(to: str) -> Mapping[str, str]:
    """What becomes what (small letters) on the way to "friendly" or "formal"; the first of several counts."""
    data = _data()["register"]
    pairs = [(casual, formal) if to == "formal" else (formal, casual) for casual, formal in data["both"]]
    return {old.casefold(): new for old, new in reversed([*data[f"to_{to}"], *pairs])}


def _swapped(slotted: str, table: Mapping[str, str], rng: random.Random, chance: float) -> str:
    """Whole words of `table` replaced, a capital kept."""

    def swap(match: re.Match[str]) -> str:
        old = match.group()
        new = table[old.casefold()]
        if rng.random() > chance:
            return old
        return new[:1].upper() + new[1:] if old[:1].isupper() and old[:2] not in ("I'", "I ") else new

    return _any_of(tuple(table)).sub(swap, slotted)


@cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    # "what it is." can't be shortened; a slot's own name is no word.
    ends = [
        re.escape(p) + (r"(?=\s)" if p.endswith((" is", " are", " will", " would", " am")) else "")
        for p in longest_first
    ]
    return re.compile(rf"(?<![\w<|'-])(?:{'|'.join(ends)})(?![\w|'-])", re.IGNORECASE)


# -- replies -------------------------------------------------------------------------------------------------------

Parts = tuple[str, str, str]


def _planned(
    rng: random.Random, split: str, data_dir: Path | None
) -> tuple[Plan, Mapping[str, Any], Mapping[str, str]]:
    plan = reply.planned(rng, data_dir or Path(), split != "train")
    return plan, reply.table(), reply_prompt(plan).values


def _reply(
    rng: random.Random, split: str, data_dir: Path | None, told: Callable[[Parts], tuple[str, str]]
) -> Telling | None:
    plan, table, values = _planned(rng, split, data_dir)
    return _reply_telling(
        plan, values, told(wording.compose_parts(table, plan, rng.choice(reply.TONES), rng))
    )


def _reply_telling(plan: Plan, values: Mapping[str, str], texts: tuple[str, str]) -> Telling | None:
    sound = all(text and patterns.fits_values(text, values) for text in texts)
    if plan.written or not sound or OPEN_VALUE in values.values():
        return None
    return Telling(*texts, values, roles=plan.roles, facts=[(fact.name, fact.value) for fact in plan.facts])


def _joined(*parts: str) -> str:
    return patterns.slotted(" ".join(part for part in parts if part))


def _core(rng: random.Random, parts: Parts) -> str:
    """The answers, without sentences that say nothing where others do; sometimes a short greeting stays."""
    opening, answers, _ = parts
    sentences = split_sentences(patterns.slotted(answers))
    telling = [sentence for sentence in sentences if slots_in(sentence)]
    greeting = opening if len(opening) < 24 and rng.random() < 0.25 else ""
    return _joined(greeting, *(telling or sentences))


# -- grammar -------------------------------------------------------------------------------------------------------


def _clean(rng: random.Random, split: str, data_dir: Path | None) -> Telling | None:
    """A text as it should be, for both sides; what the seller typed is made of it by `broken`."""
    kind = rng.choices(("description", "bullet", "title", "text", "public"), (32, 8, 6, 28, 26))[0]
    public = _public(data_dir, split)
    if kind == "public" and public:
        text = " ".join(rng.choice(public) for _ in range(rng.randint(1, 3)))
        return Telling(text, text, {}, rng.choice(("text", "description")))
    if kind in ("text", "public"):
        return _reply(rng, split, data_dir, lambda parts: (_joined(*parts),) * 2)
    subject = Subject.made(rng, split, data_dir)
    writer = subject.writer(rng)
    if kind == "description":
        sentences = split_sentences(writer.description())
        start = rng.randrange(len(sentences))
        text = " ".join(sentences[start : start + rng.randint(1, 4)])
    else:
        text = rng.choice(writer.bullets()) if kind == "bullet" else writer.title()
    return _telling(subject, kind, text, text)


@cache
def _public(data_dir: Path | None, split: str) -> tuple[str, ...]:
    """Sentences of Common Voice (CC0): words of all kinds, as sellers too use them."""
    path = data_dir and data_dir / "common_voice_sentences" / "en.txt"
    if not path or not path.is_file():
        return ()
    lines = (line.strip().replace("’", "'") for line in path.read_text("utf-8").splitlines())
    return tuple(
        line
        for i, line in enumerate(lines)
        if (i % _PLAIN_EVERY == 0) == (split != "train") and _PLAIN.fullmatch(line)
    )


_PLAIN = re.compile(r"[A-Z][A-Za-z ,;:'-]{18,110}[.?!]")


def broken(rng: random.Random, text: str, values: Mapping[str, str]) -> str:
    """`text` as a hurried thumb types it; `values` stay as they are but for their capitals. Some stays right."""
    typed = text
    for _ in range(0 if rng.random() < 0.08 else 5):  # a slip may find no word to spoil
        slotted = to_slots(text, values)
        typed = _put_back(slipped(rng, slotted.text), [place.written for place in slotted.places])
        for slip in rng.sample(_WHOLE_SLIPS, rng.choices((0, 1, 2), (40, 40, 20))[0]):
            typed = slip(rng, typed)
        typed = " ".join(typed.split())
        if typed != text:
            break
    return typed


def _put_back(slotted: str, written: Sequence[str]) -> str:
    values = iter(written)
    return _SLOT.sub(lambda _: next(values), slotted)


def slipped(rng: random.Random, slotted: str) -> str:
    """`slotted` with slips in its words, its slots as they are."""
    slips = rng.sample(_SLIPS, rng.choices((1, 2, 3, 4), (25, 35, 25, 15))[0])
    between = _SLOT.split(slotted)
    for slip in slips:
        between = [slip(rng, piece) for piece in between]
    slots = [*_SLOT.findall(slotted), ""]
    return "".join(piece + slot for piece, slot in zip(between, slots, strict=True))


def _each_word(rng: random.Random, piece: str, chance: float, change: Callable[[str], str]) -> str:
    """Words that state a fact stay, for only they can say which fact was meant."""
    fixed = lexicon().banned_words

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        return word if fold(word) in fixed or rng.random() > chance else change(word)

    return re.sub(r"[A-Za-z][A-Za-z']*", slip, piece)


def _typos(rng: random.Random, piece: str) -> str:
    return _each_word(rng, piece, 0.2, lambda word: misspell(rng, word) if len(word) > 3 else word)


def _doubled(rng: random.Random, piece: str) -> str:
    return _each_word(rng, piece, 0.12, lambda word: f"{word} {word.lower()}")


def _small_words_lost(rng: random.Random, piece: str) -> str:
    small = frozenset(_data()["slips"]["small"])
    return re.sub(
        r"  +", " ", _each_word(rng, piece, 0.45, lambda word: "" if word.lower() in small else word)
    )


def _wrong_article(rng: random.Random, piece: str) -> str:
    wrong = {"a": "an", "an": "a", "A": "An", "An": "A"}
    return _each_word(rng, piece, 0.7, lambda word: wrong.get(word, word))


def _wrong_number(rng: random.Random, piece: str) -> str:
    verbs = {word: other for pair in _data()["slips"]["verbs"] for word, other in (pair, pair[::-1])}

    def change(word: str) -> str:
        if word in verbs:
            return verbs[word]
        lost = word.endswith("s") and len(word) > 4 and not word.endswith(("ss", "us", "is"))
        return word[:-1] if lost and rng.random() < 0.4 else word

    return _each_word(rng, piece, 0.6, change)


def _confused(rng: random.Random, piece: str) -> str:
    wrong: dict[str, list[str]] = {}
    for right, slip in _data()["slips"]["confused"]:
        wrong.setdefault(right, []).append(slip)
    table = {right: rng.choice(slips) for right, slips in wrong.items()}
    return _swapped(piece, table, rng, 0.6)


def _apostrophes_lost(rng: random.Random, piece: str) -> str:
    return _each_word(rng, piece, 0.9, lambda word: word.replace("'", ""))


def _no_capitals(_: random.Random, text: str) -> str:
    return text.lower()


def _capitals_lost(_: random.Random, text: str) -> str:
    return re.sub(r"(?:^|(?<=[.!?] ))[A-Z](?=[a-z])", lambda m: m.group().lower(), text)


def _shouted(_: random.Random, text: str) -> str:
    return text.upper()


def _stops_lost(rng: random.Random, text: str) -> str:
    """Sentences that run on."""
    mark = rng.choice((",", "", " and"))
    return re.sub(r"[.!](?= [A-Z])", mark, text).rstrip(".!")


def _marks_apart(rng: random.Random, text: str) -> str:
    return re.sub(r"(?<=\w)([,.!?])(?=\s|$)", rng.choice((r" \1", r"\1\1", r" \1\1\1")), text)


Slip = Callable[[random.Random, str], str]
_SLIPS: tuple[Slip, ...] = (
    _typos, _typos, _doubled, _small_words_lost, _wrong_article, _wrong_number, _wrong_number, _confused,
    _apostrophes_lost,
)  # fmt: skip
_WHOLE_SLIPS: tuple[Slip, ...] = (
    _no_capitals,
    _no_capitals,
    _capitals_lost,
    _shouted,
    _stops_lost,
    _marks_apart,
)


# -- all -----------------------------------------------------------------------------------------------------------


def _telling(subject: Subject, section: str, before: str, after: str) -> Telling:
    return Telling(
        before,
        after,
        subject.prompt.values,
        section,
        listing_roles(subject.product),
        [(said.fact.name, said.fact.value) for said in subject.said],
        subject.ideas,
    )


_STYLES: Mapping[str, Style] = {"title": "title", "bullet": "line"}
_MAKERS: Mapping[Way, Callable[[random.Random, str, Path | None], Telling | None]] = {
    "shorter": _shorter,
    "longer": _longer,
    "friendlier": _friendlier,
    "more formal": _more_formal,
    "fix grammar": _clean,
}
