"""Money as integer minor units with an ISO 4217 code, and reading prices as sellers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from .currencies import CURRENCIES, SIGNS, Currency

#: Fits SQLite's 64-bit integer with room for sums, and is more than any market stall's price.
MAX_MINOR = 10**15


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

    @property
    def plain(self) -> str:
        """The number alone, as `parse_price` and the command line's JSON take it: "2450", "9.99"."""
        digits = self.known.digits
        whole, cents = divmod(abs(self.amount_minor), 10**digits)
        # Three decimals would be read back as a group of thousands, so they get a fourth.
        tail = f".{cents:0{digits}d}{'0' if digits == 3 else ''}" if cents else ""
        return f"{'-' if self.amount_minor < 0 else ''}{whole}{tail}"

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


_SPACES = " \u00a0\u202f\u2009"
_NUMBER = re.compile(rf"\d(?:[\d.,'’٬٫{_SPACES}]*\d)?")
_OTHER_DIGITS = {
    ord(c): str(i % 10)
    for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙၀၁၂၃၄၅၆၇၈၉០១២៣៤៥៦៧៨៩")
}
#: A minus before the number or before everything, or an accountant's brackets. The dash of "KSh-300" is a hyphen.
_BELOW_ZERO = re.compile(r"^\W*?[-−]\s*\w|(?<!\S)[-−]\d|^\(.*\)$")
#: Words beside a price that change nothing about it.
_FILLER = re.compile(r"\b(?:per )?(?:piece|pcs?)\b|\b(?:only|each|fixed|nett?|price)\b")


def parse_price(text: str, default_currency: str) -> Money | None:
    """Read a price as a seller types it: "KSh 2,450/=", "1.299,00", "Rs. 1,29,999", "2450", "5k".

    Returns None for an empty text. The currency is the one named in the text, else `default_currency`.
    Raises PriceError for text without a number, with several numbers or other words, or below zero.
    """
    cleaned = text.strip().translate(_OTHER_DIGITS)
    if not cleaned:
        return None
    found = _NUMBER.findall(cleaned)
    if not found:
        raise PriceError(
            f"“{_short(text)}” has no number in it. Type the price in figures, for example 2450."
        )
    if len(found) > 1:
        raise PriceError(f"“{_short(text)}” holds more than one number. Type one price, for example 2450.")
    if _BELOW_ZERO.search(cleaned):
        raise PriceError(f"“{_short(text)}” is below zero. A price must be 0 or more.")
    word = _word_beside(cleaned, found[0])
    default = _currency(default_currency)
    thousands = word == "k" and "k" not in {sign.casefold() for sign in default.signs}
    thousands = thousands and not cleaned.casefold().startswith("k")
    currency = default if thousands else _named(word, default, text)
    amount = _to_minor(found[0], currency, text) * (1000 if thousands else 1)
    return Money(_within_limit(amount, text), currency.code)


def money_of_number(number: float | Decimal, currency_code: str, *, rounded: bool = False) -> Money:
    """A number of a spreadsheet or of JSON, where the point is always the decimal mark: 9.99 → 999 cents.

    `rounded` takes decimals that the currency doesn't have to the nearest even cent, for machine-made files.
    Raises PriceError for a negative, endless or too large number, or unrounded decimals.
    """
    currency = _currency(currency_code)
    exact = Decimal(str(number))
    if not exact.is_finite():
        raise PriceError(f"“{number}” is not a price. Type the price in figures, for example 2450.")
    if exact < 0:
        raise PriceError(f"“{number}” is below zero. A price must be 0 or more.")
    _within_limit(
        min(exact, Decimal(MAX_MINOR)), str(number)
    )  # before a scale that would be slow for 1e999999
    minor = exact.scaleb(currency.digits)
    if minor != minor.to_integral_value() and not rounded:
        raise PriceError(f"“{number}” has more decimals than {currency.code} has ({currency.digits}).")
    whole = int(minor.to_integral_value(ROUND_HALF_EVEN))
    return Money(_within_limit(whole, str(number)), currency.code)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"


def _currency(code: str) -> Currency:
    try:
        return CURRENCIES[code.strip().upper()]
    except KeyError:
        raise PriceError(
            f"“{_short(code)}” is not a currency this program knows. Use a three-letter code such as KES."
        ) from None


def _within_limit(amount: int | Decimal, text: str) -> int:
    if amount >= MAX_MINOR:
        raise PriceError(f"“{_short(text)}” is too large for a price. Check the number of zeros.")
    return int(amount)


def _word_beside(cleaned: str, number: str) -> str:
    """What is written beside the number, without the marks around it: "KSh. 300/-" → "ksh"."""
    beside = cleaned.replace(number, " ", 1)
    words = re.sub(r"/[=-]*|[-−=~*!?:;()\[\]]+", " ", beside)
    return " ".join(part.strip(".,") for part in words.split()).strip().casefold()


def _named(word: str, default: Currency, text: str) -> Currency:
    word = " ".join(_FILLER.sub(" ", word).split())
    if not word:
        return default
    codes = SIGNS.get(word)
    if codes is None:  # named twice: "$ 5 USD"
        shared = set.intersection(*(set(SIGNS.get(part, ())) for part in word.split()))
        codes = tuple(sorted(shared)) or None
    if codes is None:
        raise PriceError(
            f"“{_short(text)}” holds more than a price. Type the price alone, for example {default.code} 2450."
        )
    # "Rs" or "$" means the shop's own money where several currencies share the sign.
    return default if default.code in codes else CURRENCIES[codes[0]]


def _to_minor(number: str, currency: Currency, text: str) -> int:
    number = re.sub(rf"(?<=\d)[{_SPACES}](?=\d{{3}}(?!\d))|['’٬]", "_", number.replace("٫", "."))
    if re.search(rf"[{_SPACES}]", number):
        raise PriceError(f"“{_short(text)}” holds more than one number. Type one price, for example 2450.")
    marks = [c for c in number if c in ".,"]
    decimals = ""
    if marks:
        last = number.rfind(marks[-1])
        head, tail = number[:last], number[last + 1 :]
        # A mark is a decimal mark when it differs from the ones before it, or stands alone where no group of
        # three can be ("12.5", "1299,00", "0.125"); "2,450" and "1.299" are groups, but for three-digit cents.
        mixed = len(set(marks)) == 2
        no_group = len(tail) != 3 or head == "0" or len(head) > 3
        alone = len(marks) == 1 and (no_group or (currency.digits == 3 and marks[0] == currency.decimal_mark))
        if mixed or alone:
            decimals, number = tail, head
    if not re.fullmatch(r"\d+|\d{1,3}([.,_])\d{3}(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}", number):
        raise PriceError(
            f"“{_short(text)}” can't be read for certain. Type the price without marks: 2450 or 2450.50."
        )
    if len(decimals) > currency.digits:
        if set(decimals[currency.digits :]) - {"0"}:
            raise PriceError(
                f"“{_short(text)}” has more decimals than {currency.code} has ({currency.digits})."
            )
        decimals = decimals[: currency.digits]
    whole = re.sub(r"[.,_]", "", number).lstrip("0")
    if len(whole) > 16:  # int() of thousands of digits is refused by Python itself
        return MAX_MINOR
    minor: int = 10**currency.digits
    return int(whole or "0") * minor + int(decimals.ljust(currency.digits, "0") or "0")
