"""The currencies that sellers use: code, digits after the mark, how a price is written, signs seen in text.

Digits after ISO 4217; patterns and marks after CLDR 48 (root language of each country), simplified.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Currency:
    """`pattern` holds one "{}" for the number; `signs` are ways of naming the currency in a text."""

    code: str
    digits: int
    pattern: str
    signs: tuple[str, ...]
    group_mark: str = ","
    decimal_mark: str = "."
    indian_groups: bool = False

    def group_digits(self, whole: int) -> str:
        """1234567 → "1,234,567", or "12,34,567" where the Indian way of grouping is used."""
        if not self.indian_groups:
            return f"{whole:,}".replace(",", self.group_mark)
        head, tail = divmod(whole, 1000)
        if not head:
            return str(tail)
        digits = str(head)
        pairs = [digits[max(i - 2, 0) : i] for i in range(len(digits), 0, -2)][::-1]
        return self.group_mark.join([*pairs, f"{tail:03d}"])


_ROWS = (
    Currency("KES", 2, "KSh {}", ("KSh", "KES", "Kshs", "Sh", "bob")),
    Currency("UGX", 0, "USh {}", ("USh", "UGX", "Shs")),
    Currency("TZS", 2, "TSh {}", ("TSh", "TZS", "Tshs")),
    Currency("RWF", 0, "RF {}", ("RF", "FRw", "RWF")),
    Currency("ETB", 2, "Br {}", ("Br", "ETB", "birr")),
    Currency("NGN", 2, "₦{}", ("₦", "NGN", "N", "naira")),
    Currency("GHS", 2, "GH₵ {}", ("GH₵", "GHS", "₵", "GHC", "cedis")),
    Currency("ZAR", 2, "R {}", ("R", "ZAR", "rand")),
    Currency("ZMW", 2, "K {}", ("K", "ZMW", "kwacha")),
    Currency("MWK", 2, "MK {}", ("MK", "MWK")),
    Currency("BWP", 2, "P {}", ("P", "BWP", "pula")),
    Currency("XOF", 0, "{} FCFA", ("FCFA", "CFA", "XOF", "F CFA"), " ", ","),
    Currency("XAF", 0, "{} FCFA", ("XAF", "FCFA"), " ", ","),
    Currency("MAD", 2, "{} DH", ("DH", "MAD", "dhs"), ".", ","),
    Currency("TND", 3, "{} DT", ("DT", "TND"), " ", ","),
    Currency("EGP", 2, "EGP {}", ("EGP", "LE", "E£")),
    Currency("INR", 2, "₹{}", ("₹", "INR", "Rs", "rupees"), ",", ".", True),
    Currency("PKR", 2, "Rs {}", ("Rs", "PKR", "Rs."), ",", ".", True),
    Currency("BDT", 2, "৳{}", ("৳", "BDT", "Tk", "taka"), ",", ".", True),
    Currency("LKR", 2, "Rs. {}", ("Rs", "LKR")),
    Currency("NPR", 2, "Rs. {}", ("Rs", "NPR", "रु"), ",", ".", True),
    Currency("IDR", 2, "Rp {}", ("Rp", "IDR", "rupiah"), ".", ","),
    Currency("PHP", 2, "₱{}", ("₱", "PHP", "peso", "pesos")),
    Currency("VND", 0, "{} ₫", ("₫", "VND", "đ", "dong"), ".", ","),
    Currency("THB", 2, "฿{}", ("฿", "THB", "baht")),
    Currency("MYR", 2, "RM {}", ("RM", "MYR")),
    Currency("KHR", 2, "{} ៛", ("៛", "KHR"), ".", ","),
    Currency("MMK", 2, "{} K", ("MMK", "Ks", "K", "kyat")),
    Currency("BRL", 2, "R$ {}", ("R$", "BRL", "reais"), ".", ","),
    Currency("MXN", 2, "${}", ("$", "MXN", "pesos")),
    Currency("COP", 2, "$ {}", ("$", "COP", "pesos"), ".", ","),
    Currency("PEN", 2, "S/ {}", ("S/", "PEN", "soles")),
    Currency("ARS", 2, "$ {}", ("$", "ARS", "pesos"), ".", ","),
    Currency("CLP", 0, "${}", ("$", "CLP", "pesos"), ".", ","),
    Currency("BOB", 2, "Bs {}", ("Bs", "BOB"), ".", ","),
    Currency("GTQ", 2, "Q{}", ("Q", "GTQ")),
    Currency("DOP", 2, "RD${}", ("RD$", "DOP")),
    Currency("TRY", 2, "₺{}", ("₺", "TRY", "TL"), ".", ","),
    Currency("USD", 2, "${}", ("$", "USD", "US$", "dollars")),
    Currency("EUR", 2, "{} €", ("€", "EUR", "euro", "euros"), ".", ","),
    Currency("GBP", 2, "£{}", ("£", "GBP")),
)

CURRENCIES: dict[str, Currency] = {row.code: row for row in _ROWS}


def _codes_by_sign() -> dict[str, tuple[str, ...]]:
    """Each way of naming a currency, folded and without marks around it, with the codes that use it.

    The likeliest code stands first.
    """
    signs: dict[str, list[str]] = {}
    for row in sorted(_ROWS, key=lambda row: row.code != "USD"):
        for sign in dict.fromkeys(sign.casefold().strip(" ./") for sign in (row.code, *row.signs)):
            signs.setdefault(sign, []).append(row.code)
    return {sign: tuple(codes) for sign, codes in signs.items()}


SIGNS: dict[str, tuple[str, ...]] = _codes_by_sign()
