"""Reading past orders from a file, one line of it for each thing bought, whatever program wrote it.

Files of hundreds of thousands of lines are read line by line, and what repeats (days, prices, names) is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from desktop.shop.money import Money, PriceError, money_of_number, parse_price
from desktop.shop.records import Order, OrderLine

from .columns import ORDER_COLUMNS, currency_in, match_headers
from .days import Days
from .json_files import is_json, read_objects
from .tables import SPREADSHEETS, RowError, TableError, open_text, read_table, text_rows
from .text import fold

MAX_LINES = 2_000_000
MAX_BYTES = 200 * 2**20

#: Codes and names of lines that are no goods; the codes are those of the UCI Online Retail data and of common tills.
#: Its one-letter codes (M, D, S, B) could be goods elsewhere, so their names decide (manual, discount, …).
SERVICE_CODES = (
    "POST", "DOT", "C2", "CRUK", "BANK CHARGES", "AMAZONFEE", "ADJUST", "SHIP", "SHIPPING", "DELIVERY", "FEE",
    "DISCOUNT", "TIP", "ROUNDING",
)  # fmt: skip
SERVICE_NAMES = (
    "postage", "dotcom postage", "carriage", "delivery", "delivery fee", "delivery charge", "delivery charges",
    "shipping", "shipping fee", "shipping cost", "transport", "transport fee", "manual", "discount", "samples", "fee",
    "service fee", "service charge", "bank charges", "amazon fee", "cruk commission", "adjust bad debt", "packaging",
    "packing fee", "tip", "tax", "vat", "rounding",
)  # fmt: skip
CANCELLED_STATES = ("cancelled", "canceled", "void", "voided", "refunded", "returned", "rejected", "failed")


@dataclass(slots=True)
class OrdersImport:
    """The orders that can be used, how many lines were left out and why, and what is wrong with other lines."""

    orders: list[Order] = field(default_factory=list)
    skipped_cancelled: int = 0
    skipped_service: int = 0
    errors: list[RowError] = field(default_factory=list)
    #: The file's own name of each field that was found in it.
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """How many lines the orders hold."""
        return sum(len(order.lines) for order in self.orders)


@dataclass(slots=True)
class _Found:
    """An order while its lines are gathered."""

    row: int
    day: str
    customer: str
    lines: list[OrderLine] = field(default_factory=list)


def read_orders(path: Path, currency: str) -> OrdersImport:
    """Read orders from CSV, TSV (.gz too), a spreadsheet, JSON or JSON lines (flat or with “lines” in each order).

    Prices that name no currency are in `currency`. Lines with a quantity below zero, of an order that was cancelled
    (status, or "C" before a number) or for a service (postage, fees) are left out and counted. A product without a
    code is known by its name. Raises TableError if the file as a whole can't be read.
    """
    result = OrdersImport()
    with _rows(path, result.errors) as (headers, rows):
        _refuse_without(headers, path)
        reader = _Reader(headers, currency, result)
        for number, row in rows:
            reader.take(number, row)
    reader.finish()
    result.errors.sort(key=lambda error: error.row)
    return result


class _Reader:
    """Gathers lines to orders. Kept lean: `take` runs once for every line of the file."""

    def __init__(self, headers: Sequence[str], currency: str, result: OrdersImport) -> None:
        self._headers = headers
        at = match_headers(headers, ORDER_COLUMNS)
        self._order, self._date = at["order"], at["date"]
        self._at = at
        result.columns = {name: headers[i] for name, i in at.items()}
        width = len(headers)  # an empty cell is added at the end of each row, for columns that are not there
        self._sku, self._name, self._quantity, self._price, self._customer, self._status = (
            at.get(name, width) for name in ("sku", "name", "quantity", "price", "customer", "status")
        )
        self._currency_at = at.get("currency", width)
        self._currency = (currency_in(headers[at["price"]]) if "price" in at else None) or currency
        self._result = result
        self._orders: dict[str, _Found] = {}
        self._prices: dict[tuple[str, str], Money | None] = {}
        self._quantities: dict[str, int | None] = {"": 1}
        self._services: dict[tuple[str, str], bool] = {}
        self._same: dict[str, str] = {}

    def take(self, number: int, row: Sequence[str]) -> None:
        width = len(self._headers)
        if len(row) != width:
            if not self._fits(number, row):
                return
            row = [*row[:width], *[""] * (width - len(row))]
        row = [*row, ""]
        order = row[self._order].strip()
        sku = row[self._sku].strip()
        name = row[self._name].strip()
        if not order or not (sku or name):
            what = "order" if not order else "sku" if "sku" in self._at else "name"
            self._error(number, what, "is empty. Fill it in, or take the line out.")
            return
        quantity = self._quantity_of(row[self._quantity])
        if quantity is None or quantity == 0:
            text = row[self._quantity].strip()
            self._error(number, "quantity", f"is “{text[:60]}”. Type a whole number, such as 2.")
            return
        if quantity < 0 or fold(row[self._status].strip()) in CANCELLED_STATES:
            self._result.skipped_cancelled += 1
            return
        service = self._services.get((sku, name))
        if service is None:
            service = self._services[sku, name] = sku.upper() in SERVICE_CODES or fold(name) in SERVICE_NAMES
        if service:
            self._result.skipped_service += 1
            return
        found = self._orders.get(order)
        if found is None:
            found = self._orders[order] = _Found(number, row[self._date].strip(), row[self._customer].strip())
        price = self._price_of(number, row[self._price], row[self._currency_at])
        same = self._same
        found.lines.append(
            OrderLine(same.setdefault(sku or name, sku or name), same.setdefault(name, name), quantity, price)
        )

    def finish(self) -> None:
        """Make orders of what was gathered, once the way the days are written is known from all of them."""
        days = Days.of((found.day for found in self._orders.values()), self._currency)
        numbers = [order for order in self._orders if order.isdigit()]
        for number, found in self._orders.items():
            if numbers and re.fullmatch(r"[Cc]\d+", number):
                self._result.skipped_cancelled += len(found.lines)
                continue
            day = days.read(found.day)
            if day is None:
                self._error(found.row, "date", f"is “{found.day[:60]}”. Type a day such as 2026-03-31.")
                continue
            self._result.orders.append(Order(number, day, tuple(found.lines), _plain(found.customer)))

    def _fits(self, number: int, row: Sequence[str]) -> bool:
        width = len(self._headers)
        if any(cell.strip() for cell in row[width:]):
            self._error(
                number, "", f"has {len(row)} cells, but there are {width} headers. Put text in quotes."
            )
            return False
        return any(cell.strip() for cell in row)

    def _quantity_of(self, cell: str) -> int | None:
        try:
            return self._quantities[cell]
        except KeyError:
            pass
        try:
            number = Decimal(cell.strip().replace(",", "") or "1")
            whole = int(number) if abs(number) < 10**9 and number == int(number) else None
        except (InvalidOperation, ValueError, OverflowError):
            whole = None
        self._quantities[cell] = whole
        return whole

    def _price_of(self, number: int, cell: str, currency: str) -> Money | None:
        try:
            return self._prices[cell, currency]
        except KeyError:
            pass
        code = currency.strip().upper() or self._currency
        price: Money | None = None
        try:
            price = _price(cell.strip(), code)
        except PriceError as error:
            self._error(number, "price", f"{error} The line was taken without a price.")
        self._prices[cell, currency] = price
        return price

    def _error(self, row: int, column: str, message: str) -> None:
        header = self._headers[self._at[column]] if column in self._at else column
        self._result.errors.append(RowError(row, header, message))


def _price(text: str, currency: str) -> Money | None:
    # Tills write more decimals than a coin has ("0.001", "2.5500"); what people type is read as in a catalogue.
    if re.fullmatch(r"\d+\.(?:\d{1,2}|\d{4,})|0\.\d+", text):
        return money_of_number(Decimal(text), currency, rounded=True)
    return parse_price(text, currency)


def _plain(customer: str) -> str:
    """A number that a spreadsheet made a decimal of: "17850.0" → "17850"."""
    return customer[:-2] if re.fullmatch(r"\d+\.0", customer) else customer


def _refuse_without(headers: Sequence[str], path: Path) -> None:
    at = match_headers(headers, ORDER_COLUMNS)
    missing = [name for name in ("order", "date") if name not in at]
    if "sku" not in at and "name" not in at:
        missing.append("sku")
    if missing:
        raise TableError(
            f"“{path.name}” has no column “{'” and no column “'.join(missing)}”. Its columns are: "
            f"{', '.join(headers)}. Rename them, or add what is missing."
        )


@contextmanager
def _rows(
    path: Path, errors: list[RowError]
) -> Iterator[tuple[Sequence[str], Iterable[tuple[int, Sequence[str]]]]]:
    """The headers of a file and its numbered rows."""
    if is_json(path):
        yield _json_rows(path, errors)
    elif path.suffix.casefold() in SPREADSHEETS:
        table = read_table(path)
        errors.extend(table.errors)
        yield table.headers, zip(table.numbers, table.rows, strict=True)
    else:
        with open_text(path, MAX_BYTES) as file:
            rows = _limited(path, text_rows(path, file))
            headers = next((row for _, row in rows if any(cell.strip() for cell in row)), [])
            yield [header.strip() for header in headers], rows


def _limited(path: Path, rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in rows:
        if number > MAX_LINES:
            raise TableError(f"“{path.name}” has more than {MAX_LINES:,} lines. Split it into smaller files.")
        yield number, row


def _json_rows(path: Path, errors: list[RowError]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Objects as rows of one table; those with “lines” give a row for each of them."""
    objects, wrong = read_objects(path, "orders", max_bytes=MAX_BYTES, max_rows=MAX_LINES)
    errors.extend(wrong)
    flat: list[tuple[int, Mapping[str, Any]]] = []
    for number, item in objects:
        lines = item.get("lines")
        if lines is None:
            flat.append((number, item))
        elif isinstance(lines, list) and all(isinstance(line, dict) for line in lines):
            outer = {key: value for key, value in item.items() if key != "lines"}
            flat += [(number, outer | line) for line in lines]
        else:
            errors.append(
                RowError(number, "lines", 'must be a list of {"sku", "name", "quantity", "price"}.')
            )
    headers = list(dict.fromkeys(key for _, item in flat for key in item))
    rows = [
        (number, ["" if item.get(key) is None else str(item[key]) for key in headers])
        for number, item in flat
    ]
    return headers, rows
