"""`stallhand draft …`: listings, replies and promotions, one by one or a file of them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from desktop.desk import Desk
from desktop.drafting.promotion import Brief
from desktop.drafting.results import ListingResult
from desktop.marketplaces.rules import check
from desktop.shop.records import Product

from .given import (
    BadInputError,
    model_json,
    open_desk,
    print_json,
    products_of,
    read_object,
    shop_of,
    texts_of,
)


def draft_listing(args: argparse.Namespace) -> None:
    with open_desk(args, store=args.products is None) as desk:
        if args.marketplace not in desk.marketplaces:
            known = ", ".join(sorted(desk.marketplaces))
            raise BadInputError(f"--marketplace {args.marketplace} is not known. Known are: {known}.")
        products = (
            products_of(args.products, args.currency or "USD") if args.products else desk.store.products.all()
        )
        if args.sku is not None:
            products = [product for product in products if product.sku == args.sku]
            if not products:
                raise BadInputError(f"No product has the SKU “{args.sku}”.")
        if not products:
            raise BadInputError("There is no product to draft for.")
        model = model_json(desk, args)
        for product in products:
            result = desk.draft_listing(
                product,
                marketplace=args.marketplace,
                tone=args.tone,
                language=args.language,
                variants=args.variants,
                seed=args.seed,
            )
            _print_listing(args, desk, product, result, model)


def _print_listing(
    args: argparse.Namespace,
    desk: Desk,
    product: Product,
    result: ListingResult,
    model: dict[str, str] | None,
) -> None:
    rules, about = desk.marketplaces[args.marketplace], {"brand": product.brand}
    variants = [
        variant.to_json() | {"rules": [rule.to_json() for rule in check(rules, variant.fields | about)]}
        for variant in result.variants
    ]
    if args.json:
        print_json(
            {
                "sku": product.sku,
                "name": product.name,
                "seed": result.seed,
                "model": model if result.source == "model" else None,
                "source": result.source,
                "variants": variants,
                "timing": result.timing.to_json(),
            }
        )
        return
    print(f"=== {product.name}" + (f" ({product.sku})" if product.sku else ""))
    for variant in variants:
        print(f"\n{variant['title']}")
        for bullet in variant["bullets"]:
            print(f"  • {bullet}")
        print(variant["description"])
        for flag in variant["flags"]:
            print(f"  ! {flag['field']}: “{flag['text']}”: {flag['reason']}")
    print()


def draft_reply(args: argparse.Namespace) -> None:
    with open_desk(args, store=args.shop is None) as desk:
        shop, products = shop_of(args.shop, desk)
        messages = [args.message] if args.messages is None else texts_of(args.messages, "message")
        if args.sku is not None and args.sku not in {product.sku for product in products}:
            raise BadInputError(f"No product of the shop has the SKU “{args.sku}”.")
        model_json(desk, args)
        for message in messages:
            result = desk.replies.draft(
                message,
                shop,
                products,
                intent=args.intent,
                sku=args.sku,
                tone=args.tone,
                variants=args.variants,
                seed=args.seed,
            )
            document = {
                "message": message,
                "intent": result.intent,
                "confidence": round(result.confidence, 3),
                "product_sku": result.product_sku,
                "facts_used": list(result.facts_used),
                "source": result.source,
                "variants": [variant.to_json() for variant in result.variants],
                "timing": result.timing.to_json(),
            }
            _print_texts(args, document, f"> {message}\n  [{result.intent}]")


def draft_promo(args: argparse.Namespace) -> None:
    with open_desk(args, store=args.shop is None) as desk:
        shop, products = shop_of(args.shop, desk)
        brief = Brief.from_json(read_object(args.brief), products, shop.currency)
        changes: dict[str, Any] = {}
        if args.channel:
            changes["channel"] = args.channel
        if args.tone:
            changes["tone"] = args.tone
        brief = replace(brief, **changes)
        model_json(desk, args)
        result = desk.promotions.draft(brief, shop, variants=args.variants, seed=args.seed)
        document = {
            "channel": brief.channel,
            "source": result.source,
            "variants": [variant.to_json() for variant in result.variants],
            "timing": result.timing.to_json(),
        }
        _print_texts(args, document, f"=== {brief.channel}")


def _print_texts(args: argparse.Namespace, document: dict[str, Any], heading: str) -> None:
    if args.json:
        print_json(document)
        return
    print(heading)
    for variant in document["variants"]:
        print(f"\n{variant['text']}")
        for flag in variant["flags"]:
            print(f"  ! “{flag['text']}”: {flag['reason']}")
    print()
