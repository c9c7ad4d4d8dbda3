"""What a model may write: words of its own, but no facts; facts stand as slot tokens that the prompt holds.

From cheap to exact:

1. A bias over the vocabulary, added to the logits: -inf for each token with a digit, a currency sign and the like, for
   a banned word that a token holds whole, for special tokens that this prompt does not allow or that were used up.
2. A look at every likely token: joined to what stands before it, it must not make a banned word or phrase. So no way of
   splitting one into tokens gets round the list, nor does a hyphen.
3. A measure of the field, taken of the token that was drawn: a field that is full ends at its last whole word.

numpy is imported inside functions: drafting imports this module before the CPU was checked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .contract import MOST_NUDGE, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

END = "<|endoftext|>"

#: Currency signs, and what has no place in a line of text.
_BANNED_CATEGORIES = frozenset({"Sc", "Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
#: Signs that state a measure or an address by themselves.
_BANNED_SIGNS = frozenset("%‰°′″№@")
#: Ends of "it's", "don't", "we'll": not words, though "s", "m" and "t" are units elsewhere.
_CONTRACTIONS = frozenset({"s", "t", "m", "d", "re", "ve", "ll"})

_APOSTROPHES = "'’ʼ"
_JOINERS = "-‐‑–" + _APOSTROPHES
_SIMPLE = re.compile(rf"[^{_JOINERS}\W_](?:[^\W_]|[\u0300-\u036f])*")
_COMPOUND = re.compile(rf"[^{_JOINERS}\W_](?:[^\W_]|[\u0300-\u036f{_JOINERS}])*")
_FIRST_WORD = re.compile(rf"[{_JOINERS}\u0300-\u036f]*(?:{_COMPOUND.pattern})?")
_PART = re.compile(rf"([{_JOINERS}]*)([^{_JOINERS}]+)")
_MOST_PARTS_JOINED = 4

_LAST_WORD = re.compile(r"(?:<\|[^|]*\|>|[^\s>]+|>)\s*$")
_OPEN_WORD = re.compile(rf"[{_JOINERS}\w\u0300-\u036f]+$")
#: Text whose length in a field is known without rendering it, in any unit: a measure counts 1 for each of these.
_PLAIN_LENGTH = re.compile(r"[A-Za-z .,;:!?'()-]*")
#: What rendering may add besides a text's own length, once and for each slot: spaces, "an" for "a", marks of direction.
_RENDERED_MORE = 4
_PUSH_EVERY = 4


def states_a_fact(char: str) -> bool:
    """The default of `banned_chars`: numbers of any script, currency signs, %, °, @, control characters."""
    if char in _BANNED_SIGNS or char.isnumeric():  # letters can be numbers, too: 卅 is thirty
        return True
    return unicodedata.category(char) in _BANNED_CATEGORIES


@dataclass(frozen=True, slots=True)
class Field:
    """What holds in one field of a text.

    `room` is given the variant's number and the field's text with its slots, and says how much more would go in (below
    0: it is too long), in any unit in which a plain letter counts 1. None: no limit. Once a word found no room,
    `shorten` gives the beginning of the field that may stand alone, which may be less than all whole words.
    `banned_chars` are banned in this field
    besides the constraint's.
    """

    room: Callable[[int, str], int] | None = None
    shorten: Callable[[str], str] = str.rstrip
    banned_chars: str = ""


@dataclass(frozen=True, slots=True)
class Nudge:
    """A push towards slots not written yet, in nats.

    The bonus of each of the `wanted` slots grows with the text and is `bonus` from `tokens` tokens on; the end token
    loses `hold` for each wanted slot not written, up to `most_hold`. No token becomes allowed that was not.
    Raises ValueError for a bonus above MOST_NUDGE.
    """

    wanted: Collection[str]
    bonus: float = 0.5
    tokens: int = 100
    hold: float = 2.0
    most_hold: float = 6.0

    def __post_init__(self) -> None:
        if self.bonus > MOST_NUDGE:
            raise ValueError(f"the bonus is {self.bonus}; it must be at most {MOST_NUDGE}")


class SlotConstraint:
    """Implements contract.Constraint.

    Args:
        vocabulary: the model's.
        allowed_special: texts of the special tokens that may be written (slots the prompt holds, sections).
            The end token is always allowed, so that a text can always end.
        banned_words: casefolded words and phrases (with spaces) that may not be written outside slots. A word counts
            also with letters still to come, so with "red" banned "redo" can be written only as one token. Between the
            words of a phrase may stand spaces and marks, but for those that end a sentence or a part of it.
        banned_chars: a predicate on one character, or characters that are banned besides the default's.
        max_uses: the most uses of a special token in one variant; for others it is `default_max_uses` (None:
            no limit). No special token ever follows itself directly.
        may_come: asked with a special token's text and those written so far, in order; False refuses it.
        partial_characters: allow tokens that are only part of a UTF-8 character, which scripts other than
            Latin need; the finished characters are then checked one by one.
        prefix: text that stands directly before the first token, such as a half word to be completed.
        fields: for each special token that begins a field what holds in it; a field may not be listed.
        first: the special token of the field that the text begins in.
        nudge: what to push the text to.

    Raises KeyError for a special token that the vocabulary lacks.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        allowed_special: Collection[str],
        banned_words: frozenset[str] = frozenset(),
        banned_chars: Callable[[str], bool] | str = states_a_fact,
        max_uses: Mapping[str, int] | None = None,
        default_max_uses: int | None = 2,
        may_come: Callable[[str, tuple[str, ...]], bool] | None = None,
        partial_characters: bool = False,
        prefix: str = "",
        fields: Mapping[str, Field] | None = None,
        first: str = "",
        nudge: Nudge | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.pieces = _pieces(vocabulary)
        self.end = vocabulary.id_of(END)
        self.banned = _banned(banned_words)
        self.banned_chars = _Characters(banned_chars)
        self.may_come = may_come
        self.partial_characters = partial_characters
        uses = dict(max_uses or {})
        self.uses: dict[int, int | None] = {
            vocabulary.id_of(text): uses.get(text, default_max_uses)
            for text in allowed_special
            if text != END
        }
        self.fields = {vocabulary.id_of(text): field for text, field in (fields or {}).items()}
        self.sections = frozenset(self.fields)
        self.first = self.fields.get(vocabulary.id_of(first), Field()) if first else Field()
        self.nudge = nudge or Nudge(())
        self.wanted = frozenset(map(vocabulary.id_of, self.nudge.wanted)) & self.uses.keys()
        self._places: dict[_Tail, _Place] = {}
        self.between = self.place(_NO_TAIL)
        self.prefix = self.place(self.banned.tail(prefix))
        self._biases: dict[_Characters, npt.NDArray[np.float32]] = {}

    def start(self, variant: int = 0) -> SlotState:
        return SlotState(self, variant)

    def bias(self, field: Field) -> npt.NDArray[np.float32]:
        """Shape (vocabulary,): 0 for tokens of plain text that can be right anywhere in `field`, else -inf."""
        chars = self.banned_chars.and_these(field.banned_chars)
        if chars not in self._biases:
            self._biases[chars] = self.pieces.bias(self.banned.words, chars, self.partial_characters)
        return self._biases[chars]

    def place(self, tail: _Tail) -> _Place:
        """The place after a text that ends in `tail`."""
        return self._places.get(tail) or self._places.setdefault(tail, _Place(tail))

    def step(self, place: _Place, token_id: int) -> tuple[bool, _Place]:
        """Whether a token of text makes no banned word or phrase at `place`, and the place that follows."""
        # A token that begins with a space ends the word before it, which was looked at when it was written.
        before = place if place.tail.in_phrase or token_id in self.pieces.glued else self.between
        known = before.steps.get(token_id)
        if known is None:
            held, after = self.banned.read(before.tail.text + self.pieces.text(token_id))
            known = before.steps[token_id] = not held, self.place(after)
        place.steps[token_id] = known
        return known


class SlotState:
    """Implements contract.ConstraintState: one variant's bias, uses, the word it is in and the room of its field."""

    def __init__(self, rules: SlotConstraint, variant: int) -> None:
        self._rules = rules
        self._variant = variant
        self._left = {token_id: most for token_id, most in rules.uses.items() if most is not None}
        self._written: tuple[str, ...] = ()
        self._may_come: dict[int, bool] = {}  # what was asked since the last special token
        self._last = -1
        self._special = rules.vocabulary.special
        self._place = rules.prefix
        self._open = b""  # the beginning of a character whose other bytes are still to come
        self._unused = set(rules.wanted)
        self._tokens = 0
        self._field = rules.first
        self._text = ""
        self._measured: dict[str, int] = {}
        self._slots = self._room = 0
        self._is_full = self._in_word = False
        self._bias = rules.bias(rules.first).copy()
        self._begin(rules.first)

    @property
    def fields(self) -> frozenset[int]:
        return self._rules.sections

    def bias(self) -> npt.NDArray[np.float32]:
        return self._bias

    def allows(self, token_id: int) -> bool:
        known = self._place.steps.get(token_id)
        if known is None:
            return self._allows(token_id)
        return known[0] and not self._open

    def _allows(self, token_id: int) -> bool:
        rules = self._rules
        if token_id == rules.end:
            return True
        if token_id in self._special:
            return token_id != self._last and self._ask(token_id)
        if not self._open and rules.pieces.texts[token_id] is not None:
            return rules.step(self._place, token_id)[0]
        whole = _whole(self._open + rules.vocabulary.pieces[token_id])
        if whole is None or any(map(rules.banned_chars.and_these(self._field.banned_chars), whole[0])):
            return False
        return not rules.banned.held(self._place.tail.text + whole[0])

    def _ask(self, token_id: int) -> bool:
        rules = self._rules
        if rules.may_come is None:
            return True
        if token_id not in self._may_come:
            self._may_come[token_id] = rules.may_come(rules.pieces.text(token_id), self._written)
        return self._may_come[token_id]

    def admit(self, token_id: int) -> bool:
        rules = self._rules
        if self._field.room is None or token_id == rules.end or token_id in rules.sections:
            return True
        slot = token_id in self._special
        text = self._text_of(token_id)
        if not slot and len(text) <= self._room and _PLAIN_LENGTH.fullmatch(text):
            return True
        measured = self._measure(self._text + text)
        if measured >= 0:
            self._slots += slot
            # What is measured once is known until the text has grown by as much.
            self._room = measured + len(text) - _RENDERED_MORE * (self._slots + 1)
            return True
        self._is_full = True
        if slot:
            self._bias[token_id] = -float("inf")
        else:
            self._in_word = token_id in rules.pieces.glued
            self._bias.fill(-float("inf"))
            self._open_special(rules.sections)
        return False

    def accept(self, token_id: int) -> int:
        rules = self._rules
        self._last = token_id
        self._tokens += 1
        text = self._text_of(token_id)
        if token_id not in self._special:
            self._accept_text(token_id, text)
            return 0
        self._place = rules.between
        self._open = b""
        self._written = (*self._written, text)
        self._may_come.clear()
        self._unused.discard(token_id)
        if token_id in self._left:
            self._left[token_id] -= 1
        if token_id in rules.sections:
            lost = self.finish()
            self._begin(rules.fields[token_id])
            return lost
        self._text += text
        self._bias[token_id] = 0 if self._left.get(token_id, 1) > 0 else -float("inf")
        self._push()
        return 0

    def _accept_text(self, token_id: int, text: str) -> None:
        rules = self._rules
        if self._open or rules.pieces.texts[token_id] is None:
            whole = _whole(self._open + rules.vocabulary.pieces[token_id])
            self._open = whole[1] if whole else b""
            self._place = rules.place(rules.banned.tail(self._place.tail.text + text))
        else:
            self._place = (self._place.steps.get(token_id) or rules.step(self._place, token_id))[1]
        self._text += text
        self._room -= len(text)
        if self._unused and not self._tokens % _PUSH_EVERY:
            self._push()

    def finish(self) -> int:
        field, kept = self._field, self._text
        if field.room is None:
            return 0
        if self._is_full:
            kept = field.shorten(_OPEN_WORD.sub("", kept) if self._in_word else kept)
        while kept and self._measure(kept) < 0:
            kept = _LAST_WORD.sub("", kept)
        return len(self._text) - len(kept)

    def _measure(self, text: str) -> int:
        """The field's room beside `text`. Rendering is slow, and a field often ends where it was measured last."""
        if text not in self._measured:
            self._measured = {text: self._field.room(self._variant, text) if self._field.room else 0}
        return self._measured[text]

    def _begin(self, field: Field) -> None:
        import numpy as np

        self._field = field
        self._measured = {}
        self._text = ""
        self._slots = self._room = 0
        self._is_full = self._in_word = False
        np.copyto(self._bias, self._rules.bias(field))
        self._open_special(self._rules.uses)

    def _open_special(self, which: Collection[int]) -> None:
        """Let the end token come, and those of `which` that are not used up."""
        self._bias[self._rules.end] = 0
        for token_id in self._rules.uses.keys() & which:
            if self._left.get(token_id, 1) > 0:
                self._bias[token_id] = 0
        self._push()

    def _push(self) -> None:
        nudge, bias = self._rules.nudge, self._bias
        bonus = nudge.bonus * min(self._tokens / nudge.tokens, 1)
        for token_id in self._unused:
            if bias[token_id] >= 0:
                bias[token_id] = bonus
        bias[self._rules.end] = -min(nudge.hold * len(self._unused), nudge.most_hold)

    def _text_of(self, token_id: int) -> str:
        """What the text grows by with this token."""
        pieces = self._rules.pieces
        if token_id in self._special or (not self._open and pieces.texts[token_id] is not None):
            return pieces.text(token_id)
        whole = _whole(self._open + self._rules.vocabulary.pieces[token_id])
        return whole[0] if whole else ""


# ---- words and characters ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of a text that a banned word or phrase may have begun with. `in_phrase`: a new word could go on with
    one, not only more letters."""

    text: str = ""
    in_phrase: bool = False


_NO_TAIL = _Tail()


class _Place:
    """Where a text stands, and what is known of tokens there: whether they may come, and the place after them."""

    __slots__ = ("steps", "tail")

    def __init__(self, tail: _Tail) -> None:
        self.tail = tail
        self.steps: dict[int, tuple[bool, _Place]] = {}


class BannedWords:
    """Finds banned words and phrases, casefolded, in a text.

    Parts of a word that are joined across hyphens or apostrophes count as words, one by one and together. An entry of
    several words is found with whatever spaces and marks are between them, but for those that end a sentence's part.
    """

    def __init__(self, entries: frozenset[str]) -> None:
        plain = {entry for entry in entries if entry.isascii() and entry.isalpha()}
        folded = {unicodedata.normalize("NFKC", entry).casefold().strip() for entry in entries - plain}
        split = {entry: tuple(_SIMPLE.findall(entry)) for entry in folded}
        phrases = {words for words in split.values() if len(words) > 1}
        # "e-mail" is a word as well as a phrase; of "c++" the letter is banned.
        lone = {words[0] if len(words) == 1 else entry for entry, words in split.items() if words}
        self.words = frozenset(map(str.casefold, plain)).union(filter(_COMPOUND.fullmatch, lone))
        self._phrases = phrases
        self._beginnings = {words[:count] for words in phrases for count in range(1, len(words))}
        self._longest = max(map(len, phrases), default=0)
        own_marks = {char for entry, words in split.items() if words in phrases for char in entry}
        self._parting = frozenset(",;:.!?…") - own_marks

    def read(self, text: str) -> tuple[bool, _Tail]:
        """What `held` and `tail` say of `text`."""
        word = text.removeprefix(" ")
        if word.isascii() and word.isalpha():  # so are most tokens, and there is nothing to take apart
            folded = word.lower()
            return folded in self.words, _Tail(word, (folded,) in self._beginnings)
        return self.held(text), self.tail(text)

    def held(self, text: str) -> bool:
        """Whether `text` holds a banned word or phrase."""
        if any(not self.words.isdisjoint(_forms(word)) for word in _COMPOUND.findall(text)):
            return True
        return bool(self._phrases) and any(
            words[first:last] in self._phrases
            for words, _ in self._runs(text)
            for first in range(len(words))
            for last in range(first + 2, min(first + self._longest, len(words)) + 1)
        )

    def tail(self, text: str) -> _Tail:
        """What `text` ends in that can become a banned word or phrase: the word that is still open, with the parts it
        is joined to, and words before it that a phrase begins with."""
        start, in_phrase = len(text), False
        for match in _COMPOUND.finditer(text):
            start = match.start() if match.end() == len(text) else len(text)
        for words, starts in self._runs(text)[-1:] if self._beginnings else ():
            for first in range(max(len(words) - self._longest, 0), len(words)):
                goes_on = words[first:] in self._beginnings
                in_phrase = in_phrase or goes_on
                if goes_on or (words[first:-1] in self._beginnings and start < len(text)):
                    start = min(start, starts[first])
        return _Tail(text[start:], in_phrase) if start < len(text) else _NO_TAIL

    def _runs(self, text: str) -> list[tuple[tuple[str, ...], list[int]]]:
        """The words between two marks that part a sentence, folded, and where each begins. The last run is what the
        text ends in."""
        runs: list[tuple[list[str], list[int]]] = [([], [])]
        at = 0
        for match in _SIMPLE.finditer(text):
            if not self._parting.isdisjoint(text[at : match.start()]):
                runs.append(([], []))
            runs[-1][0].append(unicodedata.normalize("NFKC", match.group()).casefold())
            runs[-1][1].append(match.start())
            at = match.end()
        if not self._parting.isdisjoint(text[at:]):
            runs.append(([], []))
        return [(tuple(words), starts) for words, starts in runs]


_banned = lru_cache(maxsize=8)(BannedWords)


def holds_banned_word(text: str, banned: frozenset[str]) -> bool:
    """Whether a word or phrase of `text`, or parts of a word joined across hyphens or apostrophes, is in `banned`."""
    return _banned(banned).held(text)


def _forms(compound: str) -> set[str]:
    """ "Well-made" → {"well", "made", "wellmade", "well-made"}, casefolded, compatibility forms resolved."""
    if not compound.isascii():
        compound = unicodedata.normalize("NFKC", compound)
    if compound.isalpha():
        return {compound.casefold()}
    parts = _PART.findall(compound.casefold())
    words = [word for _, word in parts]
    forms = {
        word
        for i, (joiner, word) in enumerate(parts)
        if not (i and joiner in _APOSTROPHES and word in _CONTRACTIONS)
    }
    for first in range(len(words)):
        for last in range(first + 2, min(first + _MOST_PARTS_JOINED, len(words)) + 1):
            forms |= {"".join(words[first:last]), "-".join(words[first:last])}
    return forms


def _whole(data: bytes) -> tuple[str, bytes] | None:
    """The characters of `data` that are whole, and the bytes of one that is still open at its end; None if `data` can't
    be text."""
    try:
        return data.decode("utf-8"), b""
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8"), data[error.start :]
        return None


class _Characters:
    """The characters that may not be written. Equal rules are equal, so that biases are found again."""

    def __init__(self, banned: Callable[[str], bool] | str, more: Collection[str] = ()) -> None:
        self._rule = states_a_fact if isinstance(banned, str) else banned
        # "|" is never plain text: with it the letters of a slot token could be spelled out.
        self._more = frozenset((*(banned if isinstance(banned, str) else ()), *more, "|"))

    def and_these(self, chars: str) -> _Characters:
        return _Characters(self._rule, self._more | frozenset(chars)) if chars else self

    def __call__(self, char: str) -> bool:
        return char in self._more or self._rule(char)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Characters) and (self._rule, self._more) == (other._rule, other._more)

    def __hash__(self) -> int:
        return hash((self._rule, self._more))


class _Pieces:
    """A vocabulary's tokens, read once: which hold a character, which a word, which may go on with a word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        import numpy as np

        self.texts: list[str | None] = []
        self.glued = set[int]()
        self._raw = vocabulary.pieces
        self._plain = np.zeros(vocabulary.size, np.bool_)
        self._parts = np.zeros(vocabulary.size, np.bool_)
        self._by_word: dict[str, list[int]] = {}
        self._by_char: dict[str, list[int]] = {}
        self._of_chars = lru_cache(maxsize=16)(self._bias_of_chars)
        self._of_words = lru_cache(maxsize=2)(self._ids_of_words)
        for token_id, piece in enumerate(vocabulary.pieces):
            text = None
            if token_id not in vocabulary.special and piece:
                text = self._read(token_id, piece)
            self.texts.append(text)

    def _read(self, token_id: int, piece: bytes) -> str | None:
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError:
            self._parts[token_id] = True
            self.glued.add(token_id)
            for char in set(piece.decode("utf-8", "ignore")):
                self._by_char.setdefault(char, []).append(token_id)
            return None
        self._plain[token_id] = True
        for char in set(text):
            self._by_char.setdefault(char, []).append(token_id)
        # The first word may be the end of one that began earlier; `SlotState.allows` looks at that.
        first = _FIRST_WORD.match(text)
        begin = first.end() if first else 0
        if begin:
            self.glued.add(token_id)
        for word in _COMPOUND.findall(text[begin:]):
            for form in _forms(word):
                self._by_word.setdefault(form, []).append(token_id)
        return text

    def text(self, token_id: int) -> str:
        """The text of a token that is not part of a character only."""
        return self.texts[token_id] or self._raw[token_id].decode("utf-8")

    def bias(
        self, words: frozenset[str], chars: Callable[[str], bool], parts: bool
    ) -> npt.NDArray[np.float32]:
        """Shape (vocabulary,): -inf for special tokens and those that hold one of `words` or `chars`, else 0. `parts`
        leaves tokens open that are only part of a character."""
        import numpy as np

        bias = self._of_chars(chars, parts).copy()
        bias[self._of_words(words)] = -np.inf
        return bias

    def _ids_of_words(self, words: frozenset[str]) -> list[int]:
        return [token_id for word in words & self._by_word.keys() for token_id in self._by_word[word]]

    def _bias_of_chars(self, chars: Callable[[str], bool], parts: bool) -> npt.NDArray[np.float32]:
        """`bias` without words: a rule of characters holds for many texts."""
        import numpy as np

        open_ = self._plain | self._parts if parts else self._plain.copy()
        for char, ids in self._by_char.items():
            if chars(char):
                open_[ids] = False
        return np.where(open_, np.float32(0), np.float32(-np.inf))


_known: WeakKeyDictionary[Vocabulary, _Pieces] = WeakKeyDictionary()


def _pieces(vocabulary: Vocabulary) -> _Pieces:
    if vocabulary not in _known:
        _known[vocabulary] = _Pieces(vocabulary)
    return _known[vocabulary]
