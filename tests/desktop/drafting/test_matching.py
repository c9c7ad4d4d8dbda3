from __future__ import annotations

import pytest

from desktop.drafting.matching import find_product
from desktop.shop.records import Product

PRODUCTS = [
    Product(name)
    for name in (
        "FEATURE PHONE DUAL SIM",
        "phone charger 20 W",
        "silicone phone cover",
        "LED torch",
        "solar lantern",
        "white sugar",
        "wildflower honey",
        "silk emulsion paint",
        "paint brush",
        "shea butter cream",
        "4-way extension cable",
        "USB-C cable",
    )
]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("does the feature phone have a torch", "FEATURE PHONE DUAL SIM"),
        ("how long does the lantern light and can it charge my phone", "solar lantern"),
        ("Honey is it pure, any sugar added?", "wildflower honey"),
        ("the paint covers how much", "silk emulsion paint"),
        ("paint brush price", "paint brush"),
        ("phone cover", "silicone phone cover"),
        ("do you have a torch", "LED torch"),
        ("is the shea butter scented", "shea butter cream"),
        ("does the extension cable have a fuse", "4-way extension cable"),
        ("is the 4-way extension there", "4-way extension cable"),
        ("which cable do you have", None),
        ("is the silk paint washable", "silk emulsion paint"),
        ("which is better, the torch or the lantern", None),
    ],
)
def test_what_is_spoken_of_is_told_from_what_is_named_beside_it(message: str, name: str | None) -> None:
    match = find_product(message, PRODUCTS)
    assert (match.product.name if match else None) == name
