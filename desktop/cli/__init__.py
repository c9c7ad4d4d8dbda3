"""Every job without a window, for scripts, tests and bulk work: `stallhand draft|suggest|history|doctor …`.

With --json each result is one JSON document a line and nothing else is printed. Exit codes: 0 done; 2 bad input (a
message on stderr, nothing printed); 3 the model can't be used and --no-fallback was given; 1 anything else.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from desktop import __version__
from desktop.desk import DEFAULT_MARKETPLACE, ProgramDamaged
from desktop.drafting.intent import INTENTS
from desktop.drafting.prompt import LANGUAGES, TONES
from desktop.shop.money import PriceError
from desktop.shop.records import RecordError
from desktop.store.errors import StoreError
from desktop.store.tables import TableError

from .cross_sell import suggest
from .drafts import draft_listing, draft_promo, draft_reply
from .given import BAD_INPUT, DONE, FAILED, NO_MODEL, BadInputError, NoModelError
from .records import doctor, export_history, list_history


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
    listing.set_defaults(run=draft_listing)

    reply = drafts.add_parser("reply", help="replies to customers' messages")
    _add_shop(reply)
    given = reply.add_mutually_exclusive_group(required=True)
    given.add_argument("--message", metavar="TEXT")
    given.add_argument("--messages", type=Path, metavar="FILE.jsonl", help='one {"message": …} a line')
    reply.add_argument("--intent", choices=INTENTS, metavar="NAME", help="instead of the recognised one")
    reply.add_argument("--sku", help="instead of the recognised product")
    _add_drafting(reply, tone="friendly")
    reply.set_defaults(run=draft_reply)

    promo = drafts.add_parser("promo", help="a promotion from a brief")
    _add_shop(promo)
    promo.add_argument("--brief", type=Path, required=True, metavar="BRIEF.json")
    promo.add_argument("--channel", choices=("whatsapp", "sms", "facebook", "instagram"))
    _add_drafting(promo, tone="")
    promo.set_defaults(run=draft_promo)

    suggesting = commands.add_parser("suggest", help="what goes with a basket")
    suggesting.add_argument(
        "--orders", type=Path, metavar="FILE", help="csv, xlsx or jsonl; else the shop's own orders"
    )
    suggesting.add_argument(
        "--products", type=Path, metavar="FILE", help="for pitches: facts of the products"
    )
    baskets = suggesting.add_mutually_exclusive_group(required=True)
    baskets.add_argument("--basket", metavar="SKU,SKU")
    baskets.add_argument(
        "--baskets", type=Path, metavar="FILE.jsonl", help='one {"basket": ["SKU", …]} a line'
    )
    suggesting.add_argument("--top", type=_positive, default=5, metavar="K")
    suggesting.add_argument("--pitch", action="store_true", help="write a sentence to sell each suggestion")
    _add_common(suggesting)
    suggesting.set_defaults(run=suggest)

    history = commands.add_parser("history", help="what was drafted in the window")
    jobs = history.add_subparsers(title="jobs", metavar="JOB", required=True, parser_class=_Parser)
    listed = jobs.add_parser("list", help="the newest drafts")
    found = jobs.add_parser("search", help="drafts that hold a text")
    found.add_argument("text")
    for job in (listed, found):
        job.add_argument("--limit", type=_positive, default=50)
        job.add_argument("--json", action="store_true")
        job.set_defaults(run=list_history, text="") if job is listed else job.set_defaults(run=list_history)
    export = jobs.add_parser("export", help="all drafts to a file")
    export.add_argument("file", type=Path, metavar="FILE.csv|.xlsx|.txt")
    export.set_defaults(run=export_history)

    checking = commands.add_parser("doctor", help="is everything in order?")
    checking.add_argument("--json", action="store_true")
    checking.set_defaults(run=doctor)
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
