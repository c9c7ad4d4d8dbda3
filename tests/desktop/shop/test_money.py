"""Prices as sellers write them, and money written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.shop.currencies import CURRENCIES
from desktop.shop.money import MAX_MINOR, Money, PriceError, format_money, money_of_number, parse_price


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("2450", 245000, "KES"),
        ("KSh 2,450/=", 245000, "KES"),
        ("KSh-300", 30000, "KES"),
        ("KSh - 300", 30000, "KES"),
        ("Ksh.300/-", 30000, "KES"),
        ("300.-", 30000, "KES"),
        ("2450 only", 245000, "KES"),
        ("KSh 500 each", 50000, "KES"),
        ("KSh 500 KES", 50000, "KES"),
        ("  2 450 ", 245000, "KES"),
        ("2\u00a0450", 245000, "KES"),
        ("1.299,00", 129900, "KES"),
        ("1,299.5", 129950, "KES"),
        ("2,450.00", 245000, "KES"),
        ("1.299", 129900, "KES"),
        ("10,00", 1000, "KES"),
        ("9.99", 999, "KES"),
        ("0.50", 50, "KES"),
        ("Rs. 1,29,999", 12999900, "INR"),
        ("৳৫০০", 50000, "BDT"),
        ("٢٬٤٥٠", 245000, "KES"),
        ("5k", 500000, "KES"),
        ("2.5k", 250000, "KES"),
        ("K 50", 5000, "ZMW"),
        ("$5", 500, "USD"),
        ("US$ 5", 500, "USD"),
        ("$ 5 USD", 500, "USD"),
        ("€1.299,50", 129950, "EUR"),
        ("R$ 10,50", 1050, "BRL"),
        ("2 500 FCFA", 2500, "XOF"),
        ("F CFA 2 500", 2500, "XOF"),
        ("2.500.000 ₫", 2500000, "VND"),
        ("0", 0, "KES"),
        ("free 0", None, None),
    ],
)
def test_parse_price_reads_what_sellers_type(text: str, minor: int | None, currency: str | None) -> None:
    if minor is None:
        with pytest.raises(PriceError):
            parse_price(text, "KES")
    else:
        assert parse_price(text, "KES") == Money(minor, str(currency))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-5", "below zero"),
        ("- 5", "below zero"),
        ("−5", "below zero"),
        ("KSh -5", "below zero"),
        ("-KSh 5", "below zero"),
        ("(500)", "below zero"),
        ("50,000 to 60,000", "more than one number"),
        ("100-150", "more than one number"),
        ("12 34", "more than one number"),
        ("2450 / 2300", "more than one number"),
        ("free", "no number"),
        ("KSh", "no number"),
        ("500 per kg", "more than a price"),
        ("from 500", "more than a price"),
        ("1.2.3", "can't be read for certain"),
        ("1,2345,6", "can't be read for certain"),
        ("0.125", "more decimals"),
        ("10.50 UGX", "more decimals"),
        ("9" * 30, "too large"),
        ("9" * 10_000, "too large"),
    ],
)
def test_parse_price_refuses_and_says_why(text: str, said: str) -> None:
    with pytest.raises(PriceError, match=said) as caught:
        parse_price(text, "KES")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["", "   ", "\u00a0"])
def test_no_price_is_no_error(text: str) -> None:
    assert parse_price(text, "KES") is None


def test_a_shared_sign_means_the_shops_own_money() -> None:
    assert parse_price("Rs 500", "PKR") == Money(50000, "PKR")
    assert parse_price("$ 500", "COP") == Money(50000, "COP")
    assert parse_price("5k", "ZMW") == Money(500, "ZMW")


def test_three_digit_cents_after_the_currencys_own_mark() -> None:
    assert parse_price("2,450", "TND") == Money(2450, "TND")
    assert parse_price("2 450", "TND") == Money(2450000, "TND")


def test_an_unknown_currency_is_named() -> None:
    with pytest.raises(PriceError, match="“QQQ” is not a currency"):
        parse_price("5", "QQQ")


@pytest.mark.parametrize(
    ("number", "minor"), [(9.99, 999), (2450, 245000), (2450.0, 245000), (0, 0), (0.1, 10), (1e3, 100000)]
)
def test_money_of_number_takes_the_point_as_decimal_mark(number: float, minor: int) -> None:
    assert money_of_number(number, "KES") == Money(minor, "KES")


@pytest.mark.parametrize("number", [-1, float("nan"), float("inf"), 1e300, 9.999])
def test_money_of_number_refuses(number: float) -> None:
    with pytest.raises(PriceError):
        money_of_number(number, "KES")


def test_money_of_number_rounds_only_when_asked() -> None:
    assert money_of_number(9.996, "KES", rounded=True) == Money(1000, "KES")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(245000, "KES"), "KSh 2,450"),
        (Money(129950, "INR"), "₹1,299.50"),
        (Money(12345678900, "INR"), "₹12,34,56,789"),
        (Money(129950, "EUR"), "1.299,50 €"),
        (Money(2500000, "VND"), "2.500.000 ₫"),
        (Money(2500, "XOF"), "2 500 FCFA"),
        (Money(5, "KES"), "KSh 0.05"),
        (Money(-500, "KES"), "-KSh 5"),
    ],
)
def test_format_money_writes_as_people_do(money: Money, text: str) -> None:
    assert format_money(money) == text


@given(st.integers(0, MAX_MINOR - 1), st.sampled_from(sorted(CURRENCIES)))
def test_what_is_written_can_be_read_again(amount: int, code: str) -> None:
    money = Money(amount, code)
    assert parse_price(format_money(money), code) == money
    assert parse_price(money.plain, code) == money


@given(st.text(max_size=40))
def test_any_text_gives_money_or_a_price_error(text: str) -> None:
    try:
        price = parse_price(text, "KES")
    except PriceError:
        return
    assert price is None or 0 <= price.amount_minor < MAX_MINOR
