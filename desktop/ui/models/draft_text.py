"""A draft of the history in words: what is copied of it, and a page with all there is to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from desktop.shop.records import Draft

from ..i18n import tr

FIELDS = ("title", "bullets", "description", "text")


def plain_text(draft: Draft) -> str:
    """All fields of the draft as one text to paste."""
    ordered = [draft.text.get(name, "") for name in FIELDS]
    others = [text for name, text in draft.text.items() if name not in FIELDS]
    return "\n\n".join(text for text in (*ordered, *others) if text.strip())


def variant_text(variant: Mapping[str, Any]) -> str:
    """One offered variant, in the command line's JSON, as text."""
    parts = []
    for name in FIELDS:
        value = variant.get(name)
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, Sequence):
            parts.append("\n".join(f"• {line}" for line in value))
    return "\n".join(part for part in parts if part.strip())


def details_html(draft: Draft) -> str:
    """The seller's text, what it was made from, and what was offered."""
    sections = [(tr("Your text"), _paragraphs(plain_text(draft)))]
    rows = list(input_rows(draft.inputs))
    if rows:
        cells = "".join(
            f"<tr><td style='padding:1px 12px 1px 0'><i>{escape(name)}</i></td>"
            f"<td dir='auto' style='padding:1px 0'>{escape(value)}</td></tr>"
            for name, value in rows
        )
        sections.append((tr("Made from"), f"<table>{cells}</table>"))
    offered = [_paragraphs(variant_text(variant)) for variant in draft.variants]
    if offered:
        sections.append((tr("Offered"), "<hr>".join(offered)))
    return "".join(f"<h4 style='margin:10px 0 4px 0'>{escape(head)}</h4>{body}" for head, body in sections)


def input_rows(inputs: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of what a draft was made from; products as their name, facts one by one."""
    for key, value in inputs.items():
        name = prefix + _label(str(key))
        if key == "seed":  # it says nothing to the seller
            continue
        if isinstance(value, Mapping):
            flat = key in ("product", "facts", "suggestion", "shop", "policies", "brief")
            yield from input_rows(value, "" if flat else f"{name}: ")
        elif isinstance(value, (list, tuple)):
            texts = [_name_of(item) for item in value]
            if any(texts):
                yield name, ", ".join(filter(None, texts))
        elif value not in (None, "", 0):
            currency = inputs.get("currency") if key == "price" else None
            if key != "currency" or not inputs.get("price"):
                yield name, f"{currency} {value}" if currency else str(value)


def _label(key: str) -> str:
    words = key.replace("_", " ")
    return "SKU" if key == "sku" else words[:1].upper() + words[1:]


def _name_of(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("name") or item.get("place") or ", ".join(str(v) for v in item.values() if v))
    return str(item)


def _paragraphs(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "".join(f"<p dir='auto' style='margin:0 0 4px 0'>{escape(line)}</p>" for line in lines)
