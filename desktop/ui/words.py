"""Names and remarks that several panels show in the same words."""

from __future__ import annotations

from collections.abc import Sized

from desktop.drafting.results import ListingResult, TextResult

from .i18n import tr, tr_n


def tone_name(tone: str) -> str:
    names = {
        "plain": tr("Plain"),
        "friendly": tr("Friendly"),
        "premium": tr("Premium"),
        "urgent": tr("Urgent"),
    }
    return names.get(tone, tone.capitalize())


def channel_name(channel: str) -> str:
    names = {"whatsapp": "WhatsApp", "sms": "SMS", "facebook": "Facebook", "instagram": "Instagram"}
    return names.get(channel, channel.capitalize())


def language_name(code: str) -> str:
    """In the language itself, as its speakers look for it."""
    names = {
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "pt": "Português",
        "id": "Bahasa Indonesia",
        "sw": "Kiswahili",
        "hi": "हिन्दी",
        "ar": "العربية",
    }
    return names.get(code, code)


def drafted_note(count: int, result: ListingResult | TextResult) -> str:
    """ "3 versions in 4.2 s, written from phrases"."""
    text = tr_n("{n} version", "{n} versions", count)
    if result.cancelled:
        return tr("Stopped: {what} kept").format(what=text)
    seconds = result.timing.total_ms / 1000
    if seconds >= 0.1:
        text = tr("{what} in {s} s").format(what=text, s=f"{seconds:.1f}")
    return text if result.source == "model" else tr("{what}, written from phrases").format(what=text)


def problem_note(flags: Sized) -> str:
    """A card's remark: how many words the facts don't back."""
    return tr_n("{n} word to check", "{n} words to check", len(flags)) if len(flags) else ""
