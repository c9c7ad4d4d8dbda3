"""The tables, as the steps that lead to them. A step that was released is never changed: add another below it."""

from __future__ import annotations

import uuid

from sqlite_utils import Database, Migrations

#: "STLH" in PRAGMA application_id says whose file this is.
APPLICATION_ID = 0x53544C48

steps = Migrations("stallhand")


@steps()  # type: ignore[untyped-decorator]
def m001_first_tables(db: Database) -> None:
    # AUTOINCREMENT: an id is never given twice, so that an undone delete finds its old id free.
    for statement in (
        """CREATE TABLE products (
            id INTEGER PRIMARY KEY AUTOINCREMENT, sku TEXT NOT NULL, name TEXT NOT NULL, brand TEXT NOT NULL,
            category TEXT NOT NULL, price_minor INTEGER, currency TEXT, stock INTEGER, facts TEXT NOT NULL,
            notes TEXT NOT NULL, search TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL) STRICT""",
        "CREATE UNIQUE INDEX products_sku ON products(sku) WHERE sku != ''",
        """CREATE TABLE orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL UNIQUE, day TEXT NOT NULL,
            customer TEXT NOT NULL, search TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL) STRICT""",
        "CREATE INDEX orders_day ON orders(day)",
        """CREATE TABLE order_lines (
            order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE, position INTEGER NOT NULL,
            sku TEXT NOT NULL, name TEXT NOT NULL, quantity INTEGER NOT NULL, price_minor INTEGER, currency TEXT,
            PRIMARY KEY (order_id, position)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE replies (
            id INTEGER PRIMARY KEY AUTOINCREMENT, shortcut TEXT NOT NULL UNIQUE COLLATE NOCASE,
            title TEXT NOT NULL, text TEXT NOT NULL, search TEXT NOT NULL,
            created TEXT NOT NULL, changed TEXT NOT NULL) STRICT""",
        """CREATE TABLE drafts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL, subject TEXT NOT NULL, inputs TEXT NOT NULL,
            variants TEXT NOT NULL, text TEXT NOT NULL, approved TEXT NOT NULL, state TEXT NOT NULL,
            search TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL) STRICT""",
        "CREATE INDEX drafts_created ON drafts(created)",
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, changed TEXT NOT NULL) STRICT",
        "CREATE TABLE scratch (key TEXT PRIMARY KEY, value TEXT NOT NULL, changed TEXT NOT NULL) STRICT",
        "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ):
        db.execute(statement)
    db["about"].insert_all(
        [{"key": "file", "value": uuid.uuid4().hex}, {"key": "orders revision", "value": "0"}]
    )
    # Marks (Mn, Mc) are parts of words in Hindi, Tamil or Arabic; SQLite would split words at them.
    tokenizer = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
    db["drafts"].enable_fts(["search"], tokenize=tokenizer, create_triggers=True)


def version(db: Database) -> int:
    """The version of the tables in the file: how many of the steps it has."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def latest_version() -> int:
    return len(steps._migrations)
