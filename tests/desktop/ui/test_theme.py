from dataclasses import asdict

import pytest
from PySide6.QtGui import QColor

from desktop.desk import resources_dir
from desktop.ui import theme
from desktop.ui.panels import PAGES


def luminance(color):
    """Relative luminance after WCAG 2.1."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    *(
        ("text", surface)
        for surface in ("window", "side", "card", "field", "accent_soft", "danger_soft", "ok_soft")
    ),
    *(("muted", surface) for surface in ("window", "side", "card", "field")),
    *((kind, "card") for kind in ("danger", "warning", "ok", "accent")),
    ("accent", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("warning", "warning_soft"),
]


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), TEXT_ON)
def test_texts_can_be_read(colors, text, surface):
    named = asdict(colors)
    assert contrast(named[text], named[surface]) >= 4.5


def test_every_page_has_its_icon(qapp):
    theme.apply(qapp, resources_dir() / "icons")
    for page in PAGES:
        assert not theme.icon(page.load().icon_name).isNull()
    assert theme.icon("no such icon").isNull()


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_style_sheet_is_whole(qapp, monkeypatch, colors):
    monkeypatch.setattr(theme, "colors", lambda: colors)
    theme.apply(qapp, resources_dir() / "icons")
    assert "$" not in qapp.styleSheet()
    assert qapp.styleSheet().count("{") == qapp.styleSheet().count("}")
