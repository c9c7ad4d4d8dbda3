"""What the tables of products, orders, drafts and suggestions show of a record."""

from __future__ import annotations

from datetime import UTC, datetime

from desktop.shop.money import Money, format_money
from desktop.shop.records import Draft, DraftState, Order, Product, Task

from ..i18n import tr, tr_n
from .direction import isolated
from .table import Column


def money_text(money: Money | None) -> str:
    return format_money(money) if money else ""


def _money_key(money: Money | None) -> tuple[str, int]:
    """Prices of one currency by amount; no price first."""
    return (money.currency, money.amount_minor) if money else ("", -1)


def facts_line(product: Product) -> str:
    return ", ".join(f"{fact.name}: {fact.value}" if fact.name else fact.value for fact in product.facts)


def product_columns() -> list[Column[Product]]:
    return [
        Column(tr("Name"), lambda p: p.name, width=240),
        Column(tr("SKU"), lambda p: p.sku, width=90),
        Column(tr("Brand"), lambda p: p.brand, width=110),
        Column(tr("Category"), lambda p: p.category, width=170),
        Column(tr("Price"), lambda p: money_text(p.price), lambda p: _money_key(p.price), True, 110),
        Column(
            tr("Stock"),
            lambda p: "" if p.stock is None else str(p.stock),
            lambda p: -1 if p.stock is None else p.stock,
            True,
            70,
        ),
        Column(tr("Facts"), facts_line, stretch=True),
    ]


def order_total(order: Order) -> Money | None:
    """The sum of the lines, or None if a price is missing or currencies are mixed."""
    prices = [line.price for line in order.lines]
    if not prices or any(price is None for price in prices):
        return None
    currencies = {price.currency for price in prices if price}
    if len(currencies) != 1:
        return None
    amount = sum(line.price.amount_minor * line.quantity for line in order.lines if line.price)
    return Money(amount, currencies.pop())


def order_items(order: Order) -> str:
    return ", ".join(
        isolated(line.name or line.sku) + (f" × {line.quantity}" if line.quantity != 1 else "")
        for line in order.lines
    )


def order_columns() -> list[Column[Order]]:
    return [
        Column(tr("Order"), lambda o: o.number, width=100),
        Column(tr("Date"), lambda o: o.day.isoformat(), width=100),
        Column(tr("Customer"), lambda o: o.customer, width=170),
        Column(tr("Items"), order_items, stretch=True),
        Column(
            tr("Pieces"),
            lambda o: str(sum(line.quantity for line in o.lines)),
            lambda o: sum(line.quantity for line in o.lines),
            True,
            70,
        ),
        Column(
            tr("Total"), lambda o: money_text(order_total(o)), lambda o: _money_key(order_total(o)), True, 120
        ),
    ]


def task_name(task: Task) -> str:
    return {
        Task.LISTING: tr("Listing"),
        Task.REPLY: tr("Reply"),
        Task.PROMOTION: tr("Promotion"),
        Task.PITCH: tr("Pitch"),
    }[task]


def state_name(state: DraftState) -> str:
    return {
        DraftState.DRAFT: tr("Draft"),
        DraftState.EDITED: tr("Edited"),
        DraftState.COPIED: tr("Copied"),
    }[state]


def when_text(moment: datetime | None) -> str:
    """In the computer's own time zone, to the minute."""
    if moment is None:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone().strftime("%Y-%m-%d %H:%M")


def draft_columns() -> list[Column[Draft]]:
    return [
        Column(tr("When"), lambda d: when_text(d.created), lambda d: d.id, width=130),
        Column(tr("Kind"), lambda d: task_name(d.task), width=90),
        Column(tr("About"), lambda d: d.subject, width=150),
        Column(tr("State"), lambda d: state_name(d.state), width=70),
        Column(tr("Text"), lambda d: " ".join(d.text.values()), stretch=True),
    ]


def pieces(count: int) -> str:
    return tr_n("{n} in stock", "{n} in stock", count) if count else tr("Out of stock")
