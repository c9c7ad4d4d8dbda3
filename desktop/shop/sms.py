"""How many SMS a text takes: 160 characters of the GSM alphabet, 70 of any other script, fewer when it is split.

Alphabet and lengths after 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table) and TS 23.040.
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = (160, 153)
_UCS2 = (70, 67)


@dataclass(frozen=True, slots=True)
class SmsCount:
    """`length` is in septets for the GSM alphabet, else in UTF-16 units; `limit` is what `messages` SMS hold, `alone`
    what a single one holds."""

    length: int
    limit: int
    messages: int
    gsm: bool

    @property
    def alone(self) -> int:
        return (_GSM if self.gsm else _UCS2)[0]


def count_sms(text: str) -> SmsCount:
    """Measure `text`; an empty text counts as one message to be filled."""
    gsm = all(c in _BASIC or c in _EXTENDED for c in text)
    widths = [2 if (c in _EXTENDED if gsm else ord(c) > 0xFFFF) else 1 for c in text]
    alone, each = _GSM if gsm else _UCS2
    length = sum(widths)
    if length <= alone:
        return SmsCount(length, alone, 1, gsm)
    messages, room = 1, each
    for width in widths:
        if width > room:  # a character is never cut in two
            messages, room = messages + 1, each
        room -= width
    return SmsCount(length, messages * each, messages, gsm)
