"""Every job without a window, for scripts, tests and bulk work: `stallhand draft|suggest|history|doctor …`.

With --json each result is one JSON document a line and nothing else is printed. Exit codes: 0 done; 2 bad input (a
message on stderr, nothing printed); 3 the model can't be used and --no-fallback was given; 1 anything else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from . import __version__
from .desk import DATABASE, DEFAULT_MARKETPLACE, Desk, ProgramDamaged, kept_recommender
from .drafting.intent import INTENTS
from .drafting.promotion import Brief
from .drafting.prompt import LANGUAGES, TONES
from .drafting.results import ListingResult
from .engine.contract import ModelInfo
from .marketplaces.rules import check
from .shop.money import PriceError
from .shop.records import Draft, Order, Product, RecordError, ShopProfile
from .store.errors import StoreError
from .store.order_import import read_orders
from .store.product_import import read_products
from .store.store import Store
from .store.tables import RowError, TableError

DONE, FAILED, BAD_INPUT, NO_MODEL = 0, 1, 2, 3


class BadInputError(Exception):
    """What the user gave can't be used; the message says what, where and what to do."""


class NoModelError(Exception):
    """--no-fallback was given and the model can't be used."""


def default_data_dir() -> Path:
    """The seller's data folder; beside the program where a file portable.txt lies (a USB stick)."""
    program = Path(sys.executable).parent if getattr(sys, "frozen", False) else None
    if program and (program / "portable.txt").exists():
        return program / "data"
    return Path(platformdirs.user_data_dir("Stallhand", appauthor=False))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _write_utf8()
    args = _parser().parse_args(argv)
    if not hasattr(args, "run"):
        _parser().print_help()
        return BAD_INPUT
    try:
        return int(args.run(args) or DONE)
    except (BadInputError, RecordError, PriceError, TableError) as error:
        print(f"stallhand: {error}", file=sys.stderr)
        return BAD_INPUT
    except NoModelError as error:
        print(f"stallhand: {error}", file=sys.stderr)
        return NO_MODEL
    except (ProgramDamaged, StoreError) as error:
        print(f"stallhand: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _write_utf8() -> None:
    """A Windows console may be set to a code page that can't show what sellers write."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"stallhand: {message}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="stallhand", description="Draft listings, replies and promotions, and suggest cross-sells."
    )
    parser.add_argument("--version", action="version", version=f"Stallhand {__version__}")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="another data folder (a second shop, tests)"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)

    draft = commands.add_parser("draft", help="draft a listing, a reply or a promotion")
    drafts = draft.add_subparsers(title="what to draft", metavar="WHAT", required=True, parser_class=_Parser)

    listing = drafts.add_parser("listing", help="listings for the products of a file")
    listing.add_argument(
        "--products", type=Path, metavar="FILE", help="json, jsonl, csv or xlsx; else the catalogue"
    )
    listing.add_argument("--currency", default="", metavar="CODE", help="of prices that name none")
    listing.add_argument("--sku", help="only this product")
    listing.add_argument("--marketplace", default=DEFAULT_MARKETPLACE, metavar="ID")
    _add_drafting(listing)
    listing.set_defaults(run=_draft_listing)

    reply = drafts.add_parser("reply", help="replies to customers' messages")
    _add_shop(reply)
    given = reply.add_mutually_exclusive_group(required=True)
    given.add_argument("--message", metavar="TEXT")
    given.add_argument("--messages", type=Path, metavar="FILE.jsonl", help='one {"message": …} a line')
    reply.add_argument("--intent", choices=INTENTS, metavar="NAME", help="instead of the recognised one")
    reply.add_argument("--sku", help="instead of the recognised product")
    _add_drafting(reply, tone="friendly")
    reply.set_defaults(run=_draft_reply)

    promo = drafts.add_parser("promo", help="a promotion from a brief")
    _add_shop(promo)
    promo.add_argument("--brief", type=Path, required=True, metavar="BRIEF.json")
    promo.add_argument("--channel", choices=("whatsapp", "sms", "facebook", "instagram"))
    _add_drafting(promo, tone="")
    promo.set_defaults(run=_draft_promo)

    suggest = commands.add_parser("suggest", help="what goes with a basket")
    suggest.add_argument(
        "--orders", type=Path, metavar="FILE", help="csv, xlsx or jsonl; else the shop's own orders"
    )
    suggest.add_argument("--products", type=Path, metavar="FILE", help="for pitches: facts of the products")
    baskets = suggest.add_mutually_exclusive_group(required=True)
    baskets.add_argument("--basket", metavar="SKU,SKU")
    baskets.add_argument(
        "--baskets", type=Path, metavar="FILE.jsonl", help='one {"basket": ["SKU", …]} a line'
    )
    suggest.add_argument("--top", type=_positive, default=5, metavar="K")
    suggest.add_argument("--pitch", action="store_true", help="write a sentence to sell each suggestion")
    _add_common(suggest)
    suggest.set_defaults(run=_suggest)

    history = commands.add_parser("history", help="what was drafted in the window")
    jobs = history.add_subparsers(title="jobs", metavar="JOB", required=True, parser_class=_Parser)
    listed = jobs.add_parser("list", help="the newest drafts")
    found = jobs.add_parser("search", help="drafts that hold a text")
    found.add_argument("text")
    for job in (listed, found):
        job.add_argument("--limit", type=_positive, default=50)
        job.add_argument("--json", action="store_true")
        job.set_defaults(run=_history_list, text="") if job is listed else job.set_defaults(run=_history_list)
    export = jobs.add_parser("export", help="all drafts to a file")
    export.add_argument("file", type=Path, metavar="FILE.csv|.xlsx|.txt")
    export.set_defaults(run=_history_export)

    doctor = commands.add_parser("doctor", help="is everything in order?")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(run=_doctor)
    return parser


def _add_drafting(parser: argparse.ArgumentParser, tone: str = "plain") -> None:
    parser.add_argument("--tone", choices=TONES, default=tone or None)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--variants", type=_positive, default=3, metavar="N")
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    parser.add_argument(
        "--no-fallback", action="store_true", help="fail (exit 3) rather than write from phrases"
    )
    parser.add_argument("--phrases", action="store_true", help="write from phrases, without the model")


def _add_shop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shop", type=Path, metavar="SHOP.json", help="profile, policies and products; else the store's"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


# -- drafting ------------------------------------------------------------------------------------------------------


def _draft_listing(args: argparse.Namespace) -> None:
    with _desk(args, store=args.products is None) as desk:
        if args.marketplace not in desk.marketplaces:
            known = ", ".join(sorted(desk.marketplaces))
            raise BadInputError(f"--marketplace {args.marketplace} is not known. Known are: {known}.")
        products = (
            _products(args.products, args.currency or "USD") if args.products else desk.store.products.all()
        )
        if args.sku is not None:
            products = [product for product in products if product.sku == args.sku]
            if not products:
                raise BadInputError(f"No product has the SKU “{args.sku}”.")
        if not products:
            raise BadInputError("There is no product to draft for.")
        model = _model_json(desk, args)
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
        _print_json(
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


def _draft_reply(args: argparse.Namespace) -> None:
    with _desk(args, store=args.shop is None) as desk:
        shop, products = _shop(args.shop, desk)
        messages = (
            [args.message] if args.messages is None else [m for _, m in _texts(args.messages, "message")]
        )
        if args.sku is not None and args.sku not in {product.sku for product in products}:
            raise BadInputError(f"No product of the shop has the SKU “{args.sku}”.")
        _model_json(desk, args)
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


def _draft_promo(args: argparse.Namespace) -> None:
    with _desk(args, store=args.shop is None) as desk:
        shop, products = _shop(args.shop, desk)
        brief = Brief.from_json(_read_object(args.brief), products, shop.currency)
        changes: dict[str, Any] = {}
        if args.channel:
            changes["channel"] = args.channel
        if args.tone:
            changes["tone"] = args.tone
        brief = replace(brief, **changes)
        _model_json(desk, args)
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
        _print_json(document)
        return
    print(heading)
    for variant in document["variants"]:
        print(f"\n{variant['text']}")
        for flag in variant["flags"]:
            print(f"  ! “{flag['text']}”: {flag['reason']}")
    print()


# -- suggestions ---------------------------------------------------------------------------------------------------


def _suggest(args: argparse.Namespace) -> None:
    baskets = [_split(args.basket)] if args.basket is not None else [b for _, b in _basket_rows(args.baskets)]
    with _desk(args, store=args.orders is None) as desk:
        if args.pitch:
            _model_json(desk, args)
        shop = ShopProfile()
        if args.orders:
            catalogue = _products(args.products, "USD") if args.products else []
            recommender = _recommender_of_file(args)
        else:
            catalogue = desk.store.products.all()
            shop = desk.profile()
            recommender = desk.recommender()
        known = {product.sku: product for product in catalogue}
        sold_out = [sku for sku, product in known.items() if product.stock == 0]
        for basket in baskets:
            suggestions = []
            for found in recommender.suggest(basket, top=args.top, exclude=sold_out):
                pitch = ""
                if args.pitch:
                    given = [
                        known.get(sku) or Product(recommender.name_of(sku) or sku, sku) for sku in basket
                    ]
                    suggested = known.get(found.sku, Product(name=found.name or found.sku, sku=found.sku))
                    texts = desk.pitches.draft(given, suggested, shop=shop, seed=args.seed).variants
                    pitch = texts[0].text if texts else ""
                row = {
                    "sku": found.sku,
                    "name": found.name,
                    "score": round(found.score, 4),
                    "support": found.support,
                }
                suggestions.append(
                    row | {"lift": round(found.lift, 2), "reason": found.reason, "pitch": pitch}
                )
            if args.json:
                _print_json({"basket": basket, "suggestions": suggestions})
                continue
            print(f"=== {', '.join(basket)}")
            for row in suggestions:
                print(
                    f"  {row['sku']}  {row['name']}: {row['reason']}"
                    + (f"\n      {row['pitch']}" * bool(row["pitch"]))
                )
            if not suggestions:
                print("  Nothing was ever bought together with this.")


def _recommender_of_file(args: argparse.Namespace) -> Any:
    """The order model of a file, kept in the data folder until the file changes."""
    path: Path = args.orders
    try:
        about = path.stat()
    except OSError as error:
        raise BadInputError(f"“{path}” can't be read: {error.strerror}.") from None
    folder = args.data_dir or default_data_dir()
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    kept = folder / "order_files" / f"{name}.model"
    stamp = f"{about.st_size}:{about.st_mtime_ns}"
    recommender = kept_recommender(kept)
    if recommender.stamp == stamp:
        return recommender
    imported = read_orders(path, "USD")
    if not imported.orders:
        _complain(imported.errors)
        raise BadInputError(f"“{path.name}” holds no order that can be used.")
    _complain(imported.errors)
    left_out = imported.skipped_cancelled, imported.skipped_service
    print("Left out: {} cancelled lines, {} lines of services.".format(*left_out), file=sys.stderr)
    recommender.fit(_let_go(imported.orders), stamp=stamp)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        recommender.save(kept)
    except OSError as error:  # suggestions work all the same, only slower next time
        print(f"The order model can't be kept in {kept.parent}: {error.strerror}.", file=sys.stderr)
    return recommender


def _let_go(orders: list[Order]) -> Iterator[Order]:
    """Each order once, without keeping it: all orders of a long file beside the model's matrices are too much."""
    orders.reverse()
    while orders:
        yield orders.pop()


# -- history and doctor --------------------------------------------------------------------------------------------


def _history_list(args: argparse.Namespace) -> None:
    with _desk(args) as desk:
        for draft in desk.store.drafts.search(args.text, limit=args.limit):
            if args.json:
                _print_json(draft.to_json())
            else:
                print(_line_of(draft))


def _line_of(draft: Draft) -> str:
    when = draft.created.astimezone().strftime("%Y-%m-%d %H:%M") if draft.created else ""
    text = " / ".join(" ".join(value.split()) for value in draft.text.values())
    return f"{draft.id:>6}  {when}  {draft.task:<9}  {draft.state:<6}  {draft.subject}: {text}"[:200]


def _history_export(args: argparse.Namespace) -> None:
    if args.file.suffix.casefold() not in (".csv", ".xlsx", ".txt"):
        raise BadInputError(f"“{args.file.name}” must end in .csv, .xlsx or .txt.")
    with _desk(args) as desk:
        count = desk.store.drafts.export(args.file)
    print(f"{count} drafts written to {args.file}")


def _doctor(args: argparse.Namespace) -> int:
    """Each check as (ok, what was found); exit 1 if one is not ok."""
    checks: dict[str, tuple[bool, Any]] = {}
    import sqlite3

    checks["versions"] = (
        True,
        {
            "stallhand": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
        },
    )
    folder = args.data_dir or default_data_dir()
    checks["data folder"] = True, str(folder)
    try:
        with _desk(args, store=False) as desk:
            status = desk.model_status()
        checks["program"] = True, "complete"
        checks["model"] = status.ready, _about(status.info) if status.info else status.reason
    except ProgramDamaged as error:
        checks["program"] = False, str(error)
    try:
        with Store.in_folder(folder, DATABASE) as store:
            verdict = store.check()
            checks["database"] = verdict == "ok" and not store.notices, "; ".join([verdict, *store.notices])
    except StoreError as error:
        checks["database"] = False, str(error)
    healthy = all(ok for ok, _ in checks.values())
    if args.json:
        _print_json(
            {"ok": healthy, **{name: {"ok": ok, "found": found} for name, (ok, found) in checks.items()}}
        )
    else:
        for name, (ok, found) in checks.items():
            shown = ", ".join(f"{k} {v}" for k, v in found.items()) if isinstance(found, Mapping) else found
            print(f"{'ok   ' if ok else 'WRONG'}  {name}: {shown}")
    return DONE if healthy else FAILED


def _about(info: ModelInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "sha256": info.sha256,
        "precision": info.precision,
        "format_version": info.format_version,
        "parameters": info.parameters,
    }


# -- reading what was given ----------------------------------------------------------------------------------------


def _desk(args: argparse.Namespace, *, store: bool = True) -> Desk:
    use_model = not getattr(args, "phrases", False)
    if store:
        return Desk.open(args.data_dir or default_data_dir(), use_model=use_model)
    return Desk.open_without_store(use_model=use_model)


def _model_json(desk: Desk, args: argparse.Namespace) -> dict[str, str] | None:
    """What a draft says of its model. Raises NoModelError where phrases would be used and must not."""
    status = desk.model_status()
    if status.info is None:
        if args.no_fallback:
            raise NoModelError(status.reason)
        if not args.phrases:
            print(f"stallhand: writing from phrases. {status.reason}", file=sys.stderr)
        return None
    return {"name": status.info.name, "sha256": status.info.sha256, "precision": status.info.precision}


def _products(path: Path, currency: str) -> list[Product]:
    """All products of a file. Raises BadInputError naming every row that can't be used."""
    imported = read_products(path, currency)
    if imported.errors:
        raise BadInputError(
            "\n".join([f"“{path.name}” has rows that can't be used:", *map(str, imported.errors)])
        )
    return imported.products


def _complain(errors: Iterable[RowError]) -> None:
    for error in errors:
        print(f"stallhand: {error}", file=sys.stderr)


def _shop(path: Path | None, desk: Desk) -> tuple[ShopProfile, list[Product]]:
    if path is None:
        return desk.profile(), desk.store.products.all()
    row = _read_object(path)
    shop = ShopProfile.from_json(row)
    listed = row.get("products") or []
    if not isinstance(listed, list) or not all(isinstance(product, dict) for product in listed):
        raise BadInputError(f"“{path.name}”: “products” must be a list of products.")
    products = []
    for number, product in enumerate(listed, start=1):
        try:
            products.append(Product.from_json(product, shop.currency))
        except (RecordError, PriceError) as error:
            raise BadInputError(f"“{path.name}”, product {number}: {error}") from None
    return shop, products


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInputError(f"“{path}” can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInputError(f"“{path.name}” is not UTF-8 text. Save it as UTF-8 and try again.") from None


def _read_object(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise BadInputError(
            f"“{path.name}”, line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise BadInputError(f"“{path.name}” is nested too deeply.") from None
    if not isinstance(row, dict):
        raise BadInputError(f"“{path.name}” must hold one JSON object.")
    return row


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """(line number, JSON document) of a JSON-lines file; empty lines are passed over."""
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInputError(f"“{path.name}”, line {number}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise BadInputError(f"“{path.name}”, line {number}: is nested too deeply.") from None


def _texts(path: Path, key: str) -> list[tuple[int, str]]:
    found = []
    for number, row in _lines(path):
        text = row.get(key) if isinstance(row, dict) else row
        if not isinstance(text, str):
            raise BadInputError(f"“{path.name}”, line {number}: needs a text under “{key}”.")
        found.append((number, text))
    return found


def _basket_rows(path: Path) -> list[tuple[int, list[str]]]:
    found = []
    for number, row in _lines(path):
        basket = row.get("basket") if isinstance(row, dict) else row
        if not isinstance(basket, list):
            raise BadInputError(f"“{path.name}”, line {number}: “basket” must be a list of SKUs.")
        found.append((number, [str(sku) for sku in basket]))
    return found


def _split(text: str) -> list[str]:
    skus = [sku.strip() for sku in text.split(",") if sku.strip()]
    if not skus:
        raise BadInputError("--basket is empty. Give SKUs with commas between them.")
    return skus


def _print_json(document: Mapping[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False)
    print(text.translate(_LINE_ENDS), flush=True)


#: JSON may hold these as they are, but many programs take them for the end of a line.
_LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
