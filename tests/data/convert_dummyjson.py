"""Turn DummyJSON's products into the product format of the command line, to draft real listings in bulk.

    python tests/data/convert_dummyjson.py ../shared/data/dummyjson/products.jsonl OUT.json

title → name, without the brand in front; brand, category and price (US dollars) as they are; warranty, shipping and
returns → facts. Left out: description and tags (a draft must not be measured on text it was given), and dimensions
and weight, whose units the data doesn't tell. SKUs are made from the place in the file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def convert(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One product; `number` is its line, from 1."""
    brand = (row.get("brand") or "").strip()
    return {
        "sku": f"DJ-{number:03d}",
        "name": _without(brand, row["title"].strip()),
        "brand": brand,
        "category": row["category"].replace("-", " "),
        "price": str(row["price"]),
        "currency": "USD",
        "stock": None,
        "facts": {name: value for name, value in _facts(row) if value},
        "notes": "",
    }


def _without(brand: str, title: str) -> str:
    if brand and title.casefold().startswith(brand.casefold() + " "):
        return title[len(brand) :].strip()
    return title


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """ "1 week warranty" → ("warranty", "1 week"), "No warranty" → ("warranty", "no"), and so on."""
    warranty, shipping, returns = (
        (row.get(key) or "").strip() for key in ("warrantyInformation", "shippingInformation", "returnPolicy")
    )
    return [
        ("warranty", warranty.removesuffix(" warranty").replace("No", "no")),
        ("shipping", shipping.removeprefix("Ships ").removeprefix("in ")),
        ("returns", returns.removesuffix(" return policy").replace("No", "no")),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="products.jsonl")
    parser.add_argument("out", type=Path, metavar="OUT.json")
    args = parser.parse_args()
    lines = args.source.read_text("utf-8").splitlines()
    products = [convert(json.loads(line), number) for number, line in enumerate(lines, start=1)]
    args.out.write_text(json.dumps(products, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{args.out}: {len(products)} products")


if __name__ == "__main__":
    main()
