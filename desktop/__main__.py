"""`python -m desktop` and the `stallhand` command: the window without arguments, else the command line."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code. Qt is imported only for the window, so that the command line works without it."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--no-model", action="store_true")
    parser.add_argument("--selftest", type=Path)
    parser.add_argument("--demo-screenshot", type=Path)
    parser.add_argument("--demo-pages", default="")
    options, rest = parser.parse_known_args(arguments)
    if rest:
        from .cli import main as command_line

        return command_line(arguments)
    from . import app

    if options.selftest is not None:
        return app.selftest(options.selftest, options.data_dir, use_model=not options.no_model)
    if options.demo_screenshot is None:
        return app.run(options.data_dir, use_model=not options.no_model)
    with tempfile.TemporaryDirectory(prefix="stallhand-demo-") as folder:
        return app.demo(
            options.demo_screenshot,
            options.data_dir or Path(folder),
            use_model=not options.no_model,
            pages=[page for page in options.demo_pages.split(",") if page],
        )


if __name__ == "__main__":
    sys.exit(main())
