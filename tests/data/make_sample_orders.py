"""Make `resources/samples/orders.csv`: half a year of sales of the sample shop, with the structure real ones have.

Run from the root of the repository; the result is committed, and the same file comes out each time:

    python tests/data/make_sample_orders.py

People come for a purpose (a torch and its batteries, what a child needs for school, a room to paint), take each
thing that serves it with its own chance, and some take a staple besides. Saturdays and the days after month's end
are busy; school things sell before the term opens at the end of August, farm things before the rains of October.
Many want one thing only. Three lines are taken back and some orders carry a delivery fee.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from desktop.shop.records import Product

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
HEADERS = ("order", "date", "sku", "name", "quantity", "price", "customer")
ORDERS, TAKEN_BACK = 300, 3
FIRST, LAST = date(2026, 5, 1), date(2026, 10, 31)
SINGLE, STAPLE, DELIVERED = 0.12, 0.2, 0.06

#: What people come for: how often, and with which chance each thing is taken. The first thing is always taken.
PURPOSES: dict[str, tuple[float, dict[str, float]]] = {
    "light": (12, {"SL-22": 1, "BT-01": 0.85, "SL-30": 0.15}),
    "lantern": (6, {"SL-10": 1, "SL-30": 0.3, "BT-09": 0.2, "PH-06": 0.25}),
    "power": (4, {"SL-41": 1, "SL-30": 0.6, "BT-09": 0.5, "PH-05": 0.2}),
    "new phone": (8, {"PH-01": 1, "PH-10": 0.45, "PH-21": 0.1, "BT-01": 0.1}),
    "phone care": (10, {"PH-21": 1, "PH-20": 0.8, "PH-06": 0.3, "PH-05": 0.2}),
    "charging": (8, {"PH-05": 1, "PH-06": 0.75, "PH-12": 0.3}),
    "music": (4, {"PH-30": 1, "PH-06": 0.3, "PH-10": 0.35, "PH-12": 0.25}),
    "tea": (16, {"FD-01": 1, "FD-02": 0.85, "FD-08": 0.4, "KT-03": 0.12, "KT-04": 0.15}),
    "meals": (14, {"FD-03": 1, "FD-04": 0.7, "FD-05": 0.3, "FD-02": 0.3}),
    "snack": (4, {"FD-07": 1, "FD-06": 0.35}),
    "kitchen": (6, {"KT-01": 1, "KT-02": 0.45, "KT-04": 0.3, "SC-05": 0.1}),
    "paint": (7, {"HW-01": 1, "HW-02": 0.85, "HW-03": 0.55, "HW-07": 0.15}),
    "repair": (6, {"HW-05": 1, "HW-06": 0.8, "HW-07": 0.45, "HW-04": 0.2}),
    "lock": (2, {"HW-04": 1, "HW-07": 0.1}),
    "school": (9, {"SC-02": 1, "SC-03": 0.8, "SC-01": 0.5, "SC-04": 0.4, "SC-05": 0.3, "CL-15": 0.35}),
    "hair": (8, {"BY-04": 1, "BY-05": 0.65, "BY-01": 0.2}),
    "bath": (8, {"BY-02": 1, "BY-03": 0.6, "BY-01": 0.3}),
    "baby": (9, {"BB-01": 1, "BB-02": 0.8, "BY-03": 0.3, "BB-03": 0.2}),
    "sewing": (5, {"CL-01": 1, "CL-30": 0.7, "CL-02": 0.2}),
    "outfit": (5, {"CL-11": 1, "CL-20": 0.35, "CL-02": 0.15}),
    "men": (4, {"CL-10": 1, "CL-21": 0.45, "CL-20": 0.2}),
    "farm": (6, {"FM-02": 1, "FM-01": 0.4, "FM-03": 0.5}),
    "football": (5, {"SP-01": 1, "SP-02": 0.7, "CL-21": 0.15, "CL-10": 0.2}),
    "sleep": (2, {"HM-01": 1, "BT-01": 0.1}),
}  # fmt: skip
STAPLES = ("FD-01", "FD-02", "FD-03", "FD-04", "BY-02", "BT-01", "FD-07")
#: Things that are taken more than one at a time, and how many at most.
MANY = {
    "FD-03": 4,
    "FD-02": 2,
    "SL-30": 4,
    "BY-04": 6,
    "FM-02": 3,
    "BT-01": 3,
    "SC-02": 3,
    "HW-06": 2,
    "BB-01": 2,
}
CUSTOMERS = (
    "Achieng", "Amina", "Baraka", "Chebet", "Cherono", "Daudi", "Esther", "Faith", "Fatuma", "Gathoni", "Halima",
    "Jabali", "Jelimo", "Juma", "Kamau", "Kariuki", "Kendi", "Kipchoge", "Lokeno", "Makena", "Moraa", "Muthoni",
    "Mwende", "Nafula", "Naserian", "Njeri", "Nyambura", "Ochieng", "Otieno", "Pendo", "Rehema", "Salim", "Simiyu",
    "Tabitha", "Wairimu", "Wambui", "Wanjiku", "Yusuf", "Zawadi", "Zuhura",
)  # fmt: skip


def busyness(day: date) -> float:
    """How many customers come, beside an ordinary weekday's 1."""
    weekday = {5: 1.9, 6: 0.6, 4: 1.2}.get(day.weekday(), 1.0)
    return weekday * (1.4 if day.day >= 29 or day.day <= 4 else 1.0)


def season(purpose: str, day: date) -> float:
    if purpose == "school" and date(2026, 8, 17) <= day <= date(2026, 9, 5):
        return 6.0
    if purpose == "farm":
        return 3.0 if day >= date(2026, 9, 25) else 0.6
    if purpose in ("light", "lantern") and day >= date(2026, 10, 5):  # dark, wet evenings
        return 1.8
    return 1.0


def basket(rng: Random, day: date) -> list[str]:
    """SKUs of one order, none twice."""
    weights = [often * season(name, day) for name, (often, _) in PURPOSES.items()]
    things = PURPOSES[rng.choices(list(PURPOSES), weights)[0]][1]
    if rng.random() < SINGLE:
        return [rng.choice(list(things))]
    taken = [sku for sku, chance in things.items() if rng.random() < chance]
    if rng.random() < STAPLE:
        taken.append(rng.choice(STAPLES))
    return list(dict.fromkeys(taken))


def make_orders(products: Sequence[Product], seed: int = 7) -> list[dict[str, str | int]]:
    """The lines of all orders, by day, under the names of HEADERS."""
    rng = Random(seed)
    known = {product.sku: product for product in products}
    days = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    bought_on = sorted(rng.choices(days, [busyness(day) for day in days], k=ORDERS))
    taken_back = set(rng.sample(range(ORDERS), TAKEN_BACK))
    rows: list[dict[str, str | int]] = []
    for place, day in enumerate(bought_on):
        customer = rng.choice(CUSTOMERS) if rng.random() < 0.8 else ""  # some pay and go, nameless

        def line(
            sku: str,
            name: str,
            quantity: int,
            price: str,
            *,
            of: int = place,
            on: date = day,
            who: str = customer,
        ) -> None:
            values = (1001 + of, on.isoformat(), sku, name, quantity, price, who)
            rows.append(dict(zip(HEADERS, values, strict=True)))

        for sku in basket(rng, day):
            product = known[sku]
            assert product.price is not None
            quantity = rng.randint(1, MANY.get(sku, 1))
            line(sku, product.name, quantity, product.price.plain)
        if place in taken_back:
            line(sku, product.name, -quantity, product.price.plain)
        elif rng.random() < DELIVERED:
            line("DELIVERY", "delivery fee", 1, rng.choice(("100", "150", "250", "350")))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=SAMPLES / "orders.csv")
    out: Path = parser.parse_args().out
    shop = json.loads((SAMPLES / "shop.json").read_text("utf-8"))
    rows = make_orders([Product.from_json(row, shop["currency"]) for row in shop["products"]])
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADERS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{out}: {len(rows)} lines of {ORDERS} orders")


if __name__ == "__main__":
    main()
