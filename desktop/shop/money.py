"""Money as integer minor units with an ISO 4217 code, and reading prices as sellers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .currencies import CURRENCIES, Currency


class PriceError(ValueError):
    """A price that can't be read; the message says what is wrong and what to type instead."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of `currency`, an ISO 4217 code such as "KES"."""

    amount_minor: int
    currency: str

    @property
    def known(self) -> Currency:
        return CURRENCIES[self.currency]

    def __str__(self) -> str:
        return format_money(self)


def format_money(money: Money) -> str:
    """Write `money` as people of that currency do: "KSh 2,450", "₹1,299.50", "1.299,50 €".

    Cents are left out when they are zero, as on a market stall's price tag.
    """
    currency = CURRENCIES[money.currency]
    whole, cents = divmod(abs(money.amount_minor), 10**currency.digits)
    text = currency.group_digits(whole)
    if cents:
        text += currency.decimal_mark + str(cents).zfill(currency.digits)
    sign = "-" if money.amount_minor < 0 else ""
    return sign + currency.pattern.format(text)


_NUMBER = re.compile(r"\d(?:[\d.,'’٬٫ \u00a0\u202f]*\d)?")
_INDIC_AND_ARABIC_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९")}


def parse_price(text: str, default_currency: str) -> Money | None:
    """Read a price as a seller types it: "KSh 2,450/=", "1.299,00", "Rs. 1,29,999", "2450".

    Returns None for an empty text. The currency is the one named in the text, else `default_currency`.
    Raises PriceError for text without a number, with several numbers, or below zero.
    """
    cleaned = text.strip().translate(_INDIC_AND_ARABIC_DIGITS)
    if not cleaned:
        return None
    found = _NUMBER.findall(cleaned)
    if not found:
        raise PriceError(f"“{text}” has no number in it. Type the price in figures, for example 2450.")
    if len(found) > 1:
        raise PriceError(f"“{text}” holds more than one number. Type one price, for example 2450.")
    before = cleaned[: cleaned.index(found[0])]
    if before.rstrip().endswith(("-", "−")) and not re.search(r"\w\s*-$", before.rstrip()):
        raise PriceError(f"“{text}” is below zero. A price must be 0 or more.")
    code = _currency_named_in(cleaned.replace(found[0], " "), default_currency)
    currency = CURRENCIES.get(code)
    if currency is None:
        raise PriceError(f"“{code}” is not a currency this program knows. Use a three-letter code such as KES.")
    return Money(_to_minor(found[0], currency, text), code)


def _currency_named_in(text: str, default_currency: str) -> str:
    word = re.sub(r"/[=-]*|[=\-−.]+$|^[\-−.]+", " ", text).strip(" .:").casefold()
    if not word:
        return default_currency
    names = {code.casefold(): code for code in CURRENCIES}
    default = CURRENCIES.get(default_currency)
    for code, currency in CURRENCIES.items():
        for sign in currency.signs:
            names.setdefault(sign.casefold().strip(" ."), code)
    if default:  # "Rs" or "$" means the shop's own money where several currencies share the sign
        names |= {sign.casefold().strip(" ."): default_currency for sign in default.signs}
    return names.get(word, default_currency)


def _to_minor(number: str, currency: Currency, text: str) -> int:
    number = re.sub(r"[ '’٬\u00a0\u202f]", "", number).replace("٫", ".")
    marks = [c for c in number if c in ".,"]
    decimals = ""
    if marks:
        last = number.rfind(marks[-1])
        tail = number[last + 1 :]
        # A mark is a decimal mark when it differs from the ones before it, or stands alone with a tail that
        # can't be a group of three ("12.5", "1299,00"); "2,450" and "1.299" are groups.
        mixed = len(set(marks)) == 2
        alone = len(marks) == 1 and len(tail) != 3
        three_digit_cents = currency.digits == 3 and len(marks) == 1 and marks[0] == currency.decimal_mark
        if mixed or alone or three_digit_cents:
            decimals, number = tail, number[:last]
    whole = re.sub(r"[.,]", "", number)
    if len(decimals) > currency.digits:
        if set(decimals[currency.digits :]) - {"0"}:
            raise PriceError(f"“{text}” has more decimals than {currency.code} has ({currency.digits}).")
        decimals = decimals[: currency.digits]
    return int(whole or "0") * 10**currency.digits + int(decimals.ljust(currency.digits, "0") or "0")
