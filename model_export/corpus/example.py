"""What every part of the corpus yields, so that the trainer knows one shape only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn: go on from `prompt` with `target`.

    `prompt` is text with special tokens, ending in the section to write (see `desktop.drafting.prompt`); it is
    empty for plain text, which is learnt whole. `target` is what the model shall write, slots as special tokens,
    without the end token: the trainer appends it. `task` names the line of the loss table ("listing", "reply" …).
    """

    task: str
    prompt: str
    target: str
