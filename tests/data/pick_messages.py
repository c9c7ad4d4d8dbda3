"""Pick customers' messages from two public data sets, to draft real replies in bulk.

    python tests/data/pick_messages.py --data ../shared/data OUT.jsonl [--count 200] [--seed 1]

Half come from Bitext's customer support set, half from the test parts of HINT3 that were written to shops (CureKart
and SOFMattress; Powerplay11 is a game). Every line is {"message", "source", "label"}, no message twice; the same seed
picks the same messages.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

BITEXT = "bitext_customer_support/bitext_4514_with_responses.csv"
HINT3 = tuple(
    f"hint3_indian_ecommerce_intents/v1/test/{shop}_test.csv" for shop in ("curekart", "sofmattress")
)


def read(path: Path, text: str, label: str) -> list[dict[str, str]]:
    """The messages of one file, which holds them in column `text` and what they ask in column `label`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {"message": row[text].strip(), "source": path.stem, "label": row[label]}
            for row in csv.DictReader(file)
        ]


def pick(rows: Iterable[dict[str, str]], count: int, rng: Random) -> list[dict[str, str]]:
    """`count` different messages that hold a letter, in random order (all of them where there are fewer)."""
    different = {row["message"].casefold(): row for row in rows if any(c.isalpha() for c in row["message"])}
    return rng.sample(list(different.values()), min(count, len(different)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    args = parser.parse_args()
    rng = Random(args.seed)
    bitext = pick(read(args.data / BITEXT, "instruction", "intent"), args.count // 2, rng)
    shops = [row for name in HINT3 for row in read(args.data / name, "sentence", "label")]
    rows = bitext + pick(shops, args.count - len(bitext), rng)
    args.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    print(f"{args.out}: {len(rows)} messages")


if __name__ == "__main__":
    main()
