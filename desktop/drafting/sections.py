"""Reads what the model wrote for a listing back into its sections, slots still in place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .prompt import END, SECTIONS, SLOT_TOKENS, token

_SECTION = re.compile("(" + "|".join(re.escape(token(name)) for name in SECTIONS) + ")")
_SLOT = re.compile(r"<\|[^|>]*\|>")
_SENTENCE = re.compile(r".*?[.!?…।؟]+[\"'”’)]*(?=\s|<|$)\s*|.+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sections:
    """Slotted text by section. A section that the model left out is empty."""

    title: str = ""
    bullets: tuple[str, ...] = ()
    description: str = ""


def parse(completion: str, *, first: str, truncated: bool = False) -> Sections:
    """Split `completion`, which goes on from the section `first` ("title", "bullet", "description").

    Repeated titles and descriptions: the first one with text counts. With `truncated` (the model was stopped by its
    length) the last section loses its unfinished sentence, or the whole bullet.
    """
    parts = _SECTION.split(completion.replace(END, ""))
    named = [(first, parts[0]), *((parts[i][2:-2], parts[i + 1]) for i in range(1, len(parts), 2))]
    if truncated:
        name, text = named[-1]
        named[-1] = (name, "" if name == "bullet" else finished(text))
    title = description = ""
    bullets: list[str] = []
    for name, text in named:
        text = " ".join(text.split())
        if not text:
            continue
        if name == "title":
            title = title or text
        elif name == "bullet":
            bullets.append(text)
        else:
            description = description or text
    return Sections(title, tuple(bullets), description)


def finished(text: str) -> str:
    """The beginning of the slotted `text` that ends with its last whole sentence; "" if there is none."""
    last = [match for match in _SENTENCE.finditer(text) if match.group().strip()][-1:]
    cut = last and not re.search(r"[.!?…।؟][\"'”’)]*\s*$", last[0].group())
    return text[: last[0].start()].rstrip() if cut else text


def split_sentences(slotted: str) -> list[str]:
    """Sentences of a slotted text, stripped, none empty."""
    return [found.strip() for found in _SENTENCE.findall(slotted) if found.strip()]


def slots_in(slotted: str) -> list[str]:
    """The slot tokens in their order, repeated ones included."""
    return [found for found in _SLOT.findall(slotted) if found in SLOT_TOKENS]
