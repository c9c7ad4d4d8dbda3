"""The table of currencies."""

from __future__ import annotations

import pytest

from desktop.shop.currencies import CURRENCIES, SIGNS


@pytest.mark.parametrize("code", sorted(CURRENCIES))
def test_every_currency_is_found_by_its_code_and_signs(code: str) -> None:
    currency = CURRENCIES[code]
    assert currency.pattern.count("{}") == 1
    for sign in (code, *currency.signs):
        assert code in SIGNS[sign.casefold().strip(" ./")]


def test_a_bare_dollar_is_first_of_all_the_us_dollar() -> None:
    assert SIGNS["$"][0] == "USD"


@pytest.mark.parametrize(("whole", "text"), [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "12,34,567")])
def test_indian_groups(whole: int, text: str) -> None:
    assert CURRENCIES["INR"].group_digits(whole) == text
