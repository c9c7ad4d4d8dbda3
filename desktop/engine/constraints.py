"""What a model may write: words of its own, but no facts; facts stand as slot tokens that the prompt holds.

Three rules, from cheap to exact:

1. A mask over the vocabulary, made once: no token with a digit, a currency sign and the like, no piece of a
   character, no banned word that a token holds whole.
2. The special tokens that this prompt allows, each up to a number of uses.
3. A look at every drawn token: joined to what stands before it, it must not make a banned word. So no way of
   splitting a word into tokens gets round the list, nor does a hyphen.

numpy is imported inside functions: drafting imports this module before the CPU was checked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .contract import Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

END = "<|endoftext|>"

#: Number signs of any script, currency signs, and what has no place in a line of text.
_BANNED_CATEGORIES = frozenset({"Nd", "Nl", "No", "Sc", "Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
#: Signs that state a measure or an address by themselves.
_BANNED_SIGNS = frozenset("%‰°′″№@")
#: Ends of "it's", "don't", "we'll": not words, though "s", "m" and "t" are units elsewhere.
_CONTRACTIONS = frozenset({"s", "t", "m", "d", "re", "ve", "ll"})

_APOSTROPHES = "'’ʼ"
_JOINERS = "-‐‑–" + _APOSTROPHES
_COMPOUND = re.compile(rf"[^{_JOINERS}\W_](?:[^\W_]|[\u0300-\u036f{_JOINERS}])*")
_FIRST_WORD = re.compile(rf"[{_JOINERS}]*(?:{_COMPOUND.pattern})?")
_PART = re.compile(rf"([{_JOINERS}]*)([^{_JOINERS}]+)")
_MOST_PARTS_JOINED = 4


def states_a_fact(char: str) -> bool:
    """The default of `banned_chars`: numbers of any script, currency signs, %, °, @, control characters."""
    return char in _BANNED_SIGNS or unicodedata.category(char) in _BANNED_CATEGORIES


class SlotConstraint:
    """Implements contract.Constraint.

    Args:
        vocabulary: the model's.
        allowed_special: texts of the special tokens that may be written (slots the prompt holds, sections).
            The end token is always allowed, so that a text can always end.
        banned_words: casefolded words that may not be written outside slots. A word counts also with letters
            still to come, so with "red" banned "redo" can be written only as one token.
        banned_chars: a predicate on one character, or characters that are banned besides the default's.
        max_uses: the most uses of a special token in one variant; for others it is `default_max_uses` (None:
            no limit). No special token ever follows itself directly.
        may_come: asked with a special token's text and those written so far, in order; False refuses it.
        partial_characters: allow tokens that are only part of a UTF-8 character, which scripts other than
            Latin need; the finished characters are then checked one by one.
        prefix: text that stands directly before the first token, such as a half word to be completed.

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
    ) -> None:
        self.vocabulary = vocabulary
        self.end = vocabulary.id_of(END)
        self.banned_words = banned_words
        self.banned_chars = _Characters(banned_chars)
        self.may_come = may_come
        uses = dict(max_uses or {})
        self.uses: dict[int, int | None] = {
            vocabulary.id_of(text): uses.get(text, default_max_uses)
            for text in allowed_special
            if text != END
        }
        self.mask = _plain_mask(vocabulary, banned_words, self.banned_chars, partial_characters).copy()
        for token_id, most in self.uses.items():
            self.mask[token_id] = most is None or most > 0
        self.mask[self.end] = True
        self.prefix = _tail(prefix)

    def start(self) -> SlotState:
        return SlotState(self)


class SlotState:
    """Implements contract.ConstraintState: one variant's mask, uses and the word it is in."""

    def __init__(self, rules: SlotConstraint) -> None:
        self._rules = rules
        self._mask = rules.mask.copy()
        self._left = {token_id: most for token_id, most in rules.uses.items() if most is not None}
        self._written: tuple[str, ...] = ()
        self._last = -1
        self._tail = rules.prefix
        self._open = b""  # the beginning of a character whose other bytes are still to come

    def mask(self) -> npt.NDArray[np.bool_]:
        return self._mask

    def allows(self, token_id: int) -> bool:
        rules = self._rules
        if token_id == rules.end:
            return True
        if token_id in rules.vocabulary.special:
            if token_id == self._last or not self._mask[token_id]:
                return False
            text = rules.vocabulary.pieces[token_id].decode("utf-8")
            return rules.may_come is None or rules.may_come(text, self._written)
        text, _ = _complete(self._open + rules.vocabulary.pieces[token_id])
        if self._open and any(map(rules.banned_chars, text)):
            return False
        return not holds_banned_word(self._tail + text, rules.banned_words)

    def accept(self, token_id: int) -> None:
        pieces = self._rules.vocabulary.pieces
        self._last = token_id
        if token_id in self._rules.vocabulary.special:
            self._tail, self._open = "", b""
            self._written = (*self._written, pieces[token_id].decode("utf-8"))
            if token_id in self._left:
                self._left[token_id] -= 1
                self._mask[token_id] = self._left[token_id] > 0
            return
        text, self._open = _complete(self._open + pieces[token_id])
        self._tail = _tail(self._tail + text)


def holds_banned_word(text: str, banned: frozenset[str]) -> bool:
    """Whether a word of `text`, or parts of a word joined across hyphens or apostrophes, is in `banned`."""
    return bool(banned) and any(not banned.isdisjoint(_forms(word)) for word in _COMPOUND.findall(text))


def _forms(compound: str) -> set[str]:
    """ "Well-made" → {"well", "made", "wellmade", "well-made"}, casefolded, compatibility forms resolved."""
    if not compound.isascii():
        compound = unicodedata.normalize("NFKC", compound)
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


def _tail(text: str) -> str:
    """The word that `text` ends in, with the parts it is joined to; "" if it ends between words."""
    last = ""
    for match in _COMPOUND.finditer(text):
        last = match.group() if match.end() == len(text) else ""
    return last


def _complete(data: bytes) -> tuple[str, bytes]:
    """The characters of `data` that are whole, and the bytes of one that is still open at its end."""
    try:
        return data.decode("utf-8"), b""
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8"), data[error.start :]
        return data.decode("utf-8", "ignore"), b""


class _Characters:
    """The characters that may not be written. Equal rules are equal, so that masks are found again."""

    def __init__(self, banned: Callable[[str], bool] | str) -> None:
        self._rule = states_a_fact if isinstance(banned, str) else banned
        # "|" is never plain text: with it the letters of a slot token could be spelled out.
        self._more = frozenset(banned) | {"|"} if isinstance(banned, str) else frozenset("|")

    def __call__(self, char: str) -> bool:
        return char in self._more or self._rule(char)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Characters) and (self._rule, self._more) == (other._rule, other._more)

    def __hash__(self) -> int:
        return hash((self._rule, self._more))


_masks: WeakKeyDictionary[Vocabulary, dict[object, npt.NDArray[np.bool_]]] = WeakKeyDictionary()


def _plain_mask(
    vocabulary: Vocabulary, banned_words: frozenset[str], banned_chars: _Characters, partial_characters: bool
) -> npt.NDArray[np.bool_]:
    """Shape (vocabulary,): True for tokens of plain text that can be right anywhere. Kept for the next prompt."""
    import numpy as np

    def fits(token_id: int, piece: bytes) -> bool:
        if token_id in vocabulary.special or not piece:
            return False
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError:
            if not partial_characters:
                return False
            text = piece.decode("utf-8", "ignore")
        if any(map(banned_chars, text)):
            return False
        # The first word may be the end of one that began earlier; `SlotState.allows` looks at that.
        first = _FIRST_WORD.match(text)
        return not holds_banned_word(text[first.end() if first else 0 :], banned_words)

    known = _masks.setdefault(vocabulary, {})
    key = (banned_words, banned_chars, partial_characters)
    if key not in known:
        pieces = enumerate(vocabulary.pieces)
        known[key] = np.fromiter((fits(*pair) for pair in pieces), np.bool_, vocabulary.size)
    return known[key]
