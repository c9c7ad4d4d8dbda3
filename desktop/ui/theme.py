"""The window's look: Fusion with our own palette, light or dark as the system is, and one style sheet.

Sizes are in device-independent pixels on a grid of 4. Widgets ask for a role by the dynamic property "role"
("card", "muted", "heading", "primary", …); only this module names colours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

GAP = 8
MARGIN = 16
CONTROL_HEIGHT = 32


@dataclass(frozen=True, slots=True)
class Colors:
    """Named for what they are used for. Texts reach a contrast of 4.5 : 1 on the surfaces they stand on."""

    window: str
    side: str
    card: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    danger: str
    danger_soft: str
    warning: str
    warning_soft: str
    ok: str
    ok_soft: str


LIGHT = Colors(
    window="#f5f6f8",
    side="#ffffff",
    card="#ffffff",
    field="#ffffff",
    border="#d5dae1",
    text="#1c2430",
    muted="#5a6675",
    accent="#0b6e5f",
    accent_hover="#095b4f",
    on_accent="#ffffff",
    accent_soft="#e0f2ee",
    danger="#b3261e",
    danger_soft="#fdecea",
    warning="#8a5300",
    warning_soft="#fff3d9",
    ok="#1d6b35",
    ok_soft="#e6f4ea",
)

DARK = Colors(
    window="#16191d",
    side="#1c2025",
    card="#20252b",
    field="#181c21",
    border="#3a424c",
    text="#e7eaee",
    muted="#a3adb9",
    accent="#4fc3ad",
    accent_hover="#6ad3bf",
    on_accent="#06231d",
    accent_soft="#18352f",
    danger="#ff8a80",
    danger_soft="#3a1f1e",
    warning="#ffc266",
    warning_soft="#38290f",
    ok="#7ed697",
    ok_soft="#1a3122",
)

_SHEET = Template(
    """
QWidget { color: $text; }
QToolTip { background: $card; color: $text; border: 1px solid $border; padding: 4px 6px; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: 17pt; font-weight: 600; }
QLabel[role="brand"] { font-size: 13pt; font-weight: 700; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="chip"] { background: $accent_soft; border-radius: 9px; padding: 2px 9px; }
QPushButton[role="chip"] { background: $accent_soft; border: 1px solid transparent; border-radius: 12px;
  padding: 2px 10px; }
QPushButton[role="chip"]:hover { border-color: $accent; }
QPushButton[role="chip"]:focus { border: 2px solid $accent; padding: 1px 9px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="danger"] { color: $danger; font-weight: 600; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="warning"] { color: $warning; }
QFrame[role="card"] { background: $card; border: 1px solid $border; border-radius: 8px; }
QFrame[role="card"][chosen="true"] { border: 2px solid $accent; }
VariantCard[role="card"]:focus { border: 2px solid $text; }
QFrame[role="side"] { background: $side; border: none; border-right: 1px solid $border; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="banner"] { border-radius: 6px; border: 1px solid $border; background: $accent_soft; }
QFrame[role="banner"][kind="error"] { background: $danger_soft; border-color: $danger; }
QFrame[role="banner"][kind="warning"] { background: $warning_soft; border-color: $warning; }
QFrame[role="banner"][kind="done"] { background: $ok_soft; border-color: $ok; }
QPushButton { background: $card; border: 1px solid $border; border-radius: 6px; padding: 5px 12px;
  min-height: 20px; }
QPushButton:hover { border-color: $accent; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QPushButton:disabled { color: $muted; background: $window; }
QPushButton[role="primary"] { background: $accent; border-color: $accent; color: $on_accent;
  font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 4px 11px; }
QPushButton[role="primary"]:disabled { background: $border; border-color: $border; color: $muted; }
QPushButton[role="small"] { padding: 2px 8px; min-height: 18px; }
QPushButton[role="small"]:focus { padding: 1px 7px; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; color: $accent;
  padding: 3px 8px; }
QPushButton[role="flat"]:hover { background: $accent_soft; }
QPushButton[role="flat"]:focus { border: 2px solid $accent; padding: 2px 7px; }
QPushButton[role="flat"]:disabled { color: $muted; }
QPushButton[role="fold"] { background: transparent; border: 1px solid transparent; color: $ok; padding: 1px 3px;
  text-align: left; }
QPushButton[role="fold"]:hover { background: $ok_soft; }
QPushButton[role="fold"]:focus { border: 2px solid $accent; padding: 0 2px; }
QPushButton[role="nav"] { background: transparent; border: none; border-radius: 6px; padding: 7px 12px;
  text-align: left; }
QPushButton[role="nav"]:hover { background: $window; }
QPushButton[role="nav"]:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QPushButton[role="nav"]:focus { border: 2px solid $accent; padding: 5px 10px; }
QLineEdit, QComboBox, QSpinBox, QDateEdit { background: $field; border: 1px solid $border; border-radius: 6px;
  padding: 4px 8px; min-height: 20px; selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit, QTextEdit { background: $field; border: 1px solid $border; border-radius: 6px;
  padding: 2px 4px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDateEdit:focus { border: 2px solid $accent;
  padding: 3px 7px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 1px 3px; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QComboBox[invalid="true"] {
  border-color: $danger; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { color: $muted; background: $window; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { border: none; padding: 0; min-height: 0;
  background: transparent; }
QComboBox::drop-down, QDateEdit::drop-down { border: none; width: 22px; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: url($arrow); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $border;
  selection-background-color: $accent_soft;
  selection-color: $text; outline: none; }
QListView, QTableView, QTreeView { background: $card; alternate-background-color: $window;
  border: 1px solid $border;
  border-radius: 6px; gridline-color: $border; selection-background-color: $accent_soft;
  selection-color: $text; }
QListView:focus, QTableView:focus, QTreeView:focus { border: 2px solid $accent; }
QListView::item { padding: 4px 6px; }
QTableView::item { padding: 0 5px; }
QHeaderView::section { background: $window; border: none; border-bottom: 1px solid $border; padding: 6px 8px;
  color: $muted; font-weight: 600; }
QTableCornerButton::section { background: $window; border: none; }
QScrollArea, QScrollArea > QWidget, QScrollArea > QWidget > QWidget {
  border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 5px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QStatusBar { background: $side; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 0 10px 0 4px; }
QSplitter::handle { background: transparent; }
QMenu { background: $card; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 20px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QProgressBar { border: 1px solid $border; border-radius: 4px; background: $field; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
"""
)

_icons: Path | None = None


def colors() -> Colors:
    """The colours that fit the system's scheme now."""
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, icons: Path) -> None:
    """Dress `app`; `icons` is the folder of SVG files. Follows the system when it turns dark or light."""
    global _icons
    _icons = icons
    app.setStyle("Fusion")
    font = QFont(app.font())
    families = ["Segoe UI", "Noto Sans", *font.families()]
    font.setFamilies(families)
    font.setPointSizeF(max(font.pointSizeF(), 10.0))
    app.setFont(font)
    _dress(app)
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: _dress(app))


def _dress(app: QApplication) -> None:
    now = colors()
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: now.window,
        QPalette.ColorRole.WindowText: now.text,
        QPalette.ColorRole.Base: now.field,
        QPalette.ColorRole.AlternateBase: now.window,
        QPalette.ColorRole.Text: now.text,
        QPalette.ColorRole.PlaceholderText: now.muted,
        QPalette.ColorRole.Button: now.card,
        QPalette.ColorRole.ButtonText: now.text,
        QPalette.ColorRole.ToolTipBase: now.card,
        QPalette.ColorRole.ToolTipText: now.text,
        QPalette.ColorRole.Highlight: now.accent,
        QPalette.ColorRole.HighlightedText: now.on_accent,
        QPalette.ColorRole.Accent: now.accent,
        QPalette.ColorRole.Link: now.accent,
        QPalette.ColorRole.Mid: now.border,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    app.setPalette(palette)
    arrow = "none"
    if _icons is not None:
        name = "arrow-dark" if now is DARK else "arrow-light"
        arrow = (_icons / f"{name}.svg").as_posix()
    app.setStyleSheet(_SHEET.substitute(asdict(now), arrow=arrow))


def icon(name: str, *, color: str | None = None) -> QIcon:
    """`name`.svg of the icons' folder, drawn in `color` (the text's if not given); empty if there is none."""
    if _icons is None or not (_icons / f"{name}.svg").exists():
        return QIcon()
    made = QIcon()
    states = {QIcon.State.Off: color or colors().muted, QIcon.State.On: color or colors().accent}
    source = (_icons / f"{name}.svg").read_text(encoding="utf-8")
    for state, shade in states.items():
        for side in (20, 40, 64):
            made.addPixmap(_draw(source.replace("currentColor", shade), side), QIcon.Mode.Normal, state)
    return made


def _draw(svg: str, side: int) -> QPixmap:
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return pixmap


def set_role(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties that the style sheet selects by, and repaint if one changed."""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
