"""Settings: what the shop promises, where its data is, and which model writes. Saved as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop import __version__
from desktop.desk import SUGGEST_WORDS
from desktop.drafting.prompt import LANGUAGES
from desktop.engine.contract import ModelInfo
from desktop.shop.currencies import CURRENCIES
from desktop.shop.records import POLICIES, ShopProfile
from desktop.store.errors import StoreError

from .. import theme
from ..autosave import Debounce
from ..i18n import tr
from ..tasks import TaskManager
from ..widgets.delivery_table import DeliveryTable
from ..words import language_name
from .base import Panel

if TYPE_CHECKING:
    from desktop.desk import Desk, ModelStatus

SAVE_DELAY_MS = 600


class SettingsPanel(Panel):
    """Nothing here waits for a Save button; a field that can't be kept says why under it."""

    key = "settings"
    title = "Settings"
    icon_name = "settings"

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(desk, tasks, parent)
        self._save = Debounce(self._run_save, SAVE_DELAY_MS, self)
        self._saved = QLabel()
        theme.set_role(self._saved, role="muted")
        head = QHBoxLayout()
        head.addWidget(self.heading())
        head.addSpacing(theme.MARGIN)
        head.addWidget(self._saved)
        head.addStretch()
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(theme.GAP + 4)
        left.addWidget(self._shop_card())
        left.addWidget(self._policies_card())
        left.addStretch()
        right.addWidget(self._delivery_card())
        right.addWidget(self._data_card())
        right.addWidget(self._model_card())
        right.addStretch()
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, 6, 0)
        columns.setSpacing(theme.GAP + 4)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(area, 1)
        self._shown: ShopProfile | None = None
        self.activate()

    # -- cards -------------------------------------------------------------------------------------------------

    def _shop_card(self) -> QFrame:
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Baraka Stores"))
        self.currency = QComboBox()
        for code, currency in sorted(CURRENCIES.items()):
            self.currency.addItem(f"{code} · {currency.signs[0]}", code)
        self.language = QComboBox()
        for code in self._languages():
            self.language.addItem(language_name(code), code)
        card, grid = _card(tr("Shop"))
        _field(grid, 0, tr("&Name"), self.name)
        _field(grid, 1, tr("&Currency"), self.currency)
        _field(grid, 2, tr("Language of &drafts"), self.language)
        self.name.textEdited.connect(self._on_edited)
        self.currency.activated.connect(self._on_edited)
        self.language.activated.connect(self._on_edited)
        return card

    def _languages(self) -> list[str]:
        """Languages that drafts can be checked in, which takes a lexicon; what can't be checked isn't offered."""
        found = {path.stem for path in (self.desk.resources / "lexicon").glob("*.toml")}
        return [code for code in LANGUAGES if code in found]

    def _policies_card(self) -> QFrame:
        card, grid = _card(tr("What the shop promises"))
        words = QLabel(
            tr("Replies say only what stands here, in your own words. Leave empty what you don't offer.")
        )
        words.setWordWrap(True)
        theme.set_role(words, role="muted")
        grid.addWidget(words, 0, 0, 1, 2)
        self.policies: dict[str, QLineEdit] = {}
        for row, name in enumerate(POLICIES, start=1):
            label, example = _policy_words(name)
            edit = QLineEdit()
            edit.setPlaceholderText(example)
            edit.textEdited.connect(self._on_edited)
            self.policies[name] = edit
            _field(grid, row, label, edit)
        return card

    def _delivery_card(self) -> QFrame:
        card, grid = _card(tr("Delivery"))
        self.delivery = DeliveryTable()
        self.delivery.edited.connect(self._on_edited)
        grid.addWidget(self.delivery, 0, 0, 1, 2)
        return card

    def _data_card(self) -> QFrame:
        card, grid = _card(tr("Your data"))
        folder = QLineEdit(str(self.desk.data_dir or ""))
        folder.setReadOnly(True)
        folder.setAccessibleName(tr("Data folder"))
        folder.setCursorPosition(0)
        self.open_folder = QPushButton(tr("Open"))
        self.open_folder.setIcon(theme.icon("folder"))
        self.open_folder.clicked.connect(self._on_open_folder)
        words = QLabel(tr("All records are in this folder, on this computer only. Copy it to keep a backup."))
        words.setWordWrap(True)
        theme.set_role(words, role="muted")
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(folder, 1)
        row.addWidget(self.open_folder)
        grid.addWidget(words, 0, 0, 1, 2)
        grid.addLayout(row, 1, 0, 1, 2)
        return card

    def _model_card(self) -> QFrame:
        card, grid = _card(tr("Model and program"))
        self._model = QLabel(tr("The model is being loaded…"))
        self._model.setWordWrap(True)
        self._model.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        about = QLabel(
            tr("Stallhand {version} · Apache License 2.0 · works without the internet, sends nothing").format(
                version=__version__
            )
        )
        about.setWordWrap(True)
        theme.set_role(about, role="muted")
        self.suggest = QCheckBox(tr("&Suggest the next words in grey while I type (Tab takes them)"))
        self.suggest.setToolTip(tr("Never while a screen reader is running, as it would not tell of them"))
        self.suggest.setChecked(self.desk.store.settings.get(SUGGEST_WORDS, True))
        self.suggest.toggled.connect(self._on_suggest)
        grid.addWidget(self._model, 0, 0, 1, 2)
        grid.addWidget(self.suggest, 1, 0, 1, 2)
        grid.addWidget(about, 2, 0, 1, 2)
        return card

    # -- values ------------------------------------------------------------------------------------------------

    def profile(self) -> ShopProfile:
        """The shop as typed."""
        return ShopProfile(
            name=self.name.text().strip(),
            currency=self.currency.currentData(),
            language=self.language.currentData(),
            policies={
                name: edit.text().strip() for name, edit in self.policies.items() if edit.text().strip()
            },
            delivery=self.delivery.zones(),
        )

    def _show(self, profile: ShopProfile) -> None:
        self._shown = profile
        self.name.setText(profile.name)
        for combo, value in ((self.currency, profile.currency), (self.language, profile.language)):
            combo.setCurrentIndex(max(combo.findData(value), 0))
        for name, edit in self.policies.items():
            edit.setText(profile.policies.get(name, ""))
            edit.setCursorPosition(0)
        self.delivery.set_zones(profile.delivery)

    def _on_edited(self) -> None:
        self._saved.clear()
        self._save.touch()

    def _run_save(self) -> None:
        profile, store = self.profile(), self.desk.store
        if problem := self.delivery.problem():  # kept all the same: half a row must not cost the rest
            self.banner.say(problem, "warning")
        else:
            self.banner.clear()

        def saved(_nothing: Any) -> None:
            self._shown = profile
            self._saved.setText(tr("✓ Saved"))

        self.tasks.run(lambda: store.save_profile(profile), saved, self._on_error, owner=self)

    def _on_error(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            raise error
        self.banner.say(tr("Not saved. {why}").format(why=error), "error")

    def _on_suggest(self, wanted: bool) -> None:
        settings = self.desk.store.settings
        self.tasks.run(lambda: settings.set(SUGGEST_WORDS, wanted), None, self._on_error, owner=self)

    def _on_open_folder(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.data_dir))):
            self.banner.say(
                tr("No program on this computer opens folders. Copy the path instead."), "warning"
            )

    def _show_model(self, status: ModelStatus) -> None:
        without = tr("Drafts are written from phrases. {why}").format(why=status.reason)
        self._model.setText(_about_model(status.info) if status.info else without)

    # -- the frame ---------------------------------------------------------------------------------------------

    def activate(self) -> None:
        if not self._save.due and (stored := self.desk.profile()) != self._shown:
            self._show(stored)
        self.tasks.run(self.desk.model_status, self._show_model, lane="draft", owner=self)

    def shutdown(self) -> None:
        self._save.flush()


def _about_model(info: ModelInfo) -> str:
    millions = f"{info.parameters / 1e6:.1f}" if info.parameters else "?"
    return tr("{name} · {millions} million parameters · {precision} · SHA-256 {digest}…").format(
        name=info.name, millions=millions, precision=info.precision, digest=info.sha256[:16]
    )


def _policy_words(name: str) -> tuple[str, str]:
    """The label and an example for one of POLICIES."""
    words = {
        "payment": (tr("&Payment"), tr("M-Pesa, cash on delivery, bank transfer")),
        "returns": (tr("&Returns"), tr("7 days, unused, with the receipt")),
        "pickup": (tr("Pick-&up"), tr("from the shop, same day")),
        "hours": (tr("&Hours"), tr("Monday to Saturday, 8 am to 7 pm")),
        "warranty": (tr("&Warranty"), tr("6 months on lamps and chargers")),
        "place": (tr("P&lace"), tr("Moi Avenue, opposite the post office")),
        "contact": (tr("C&ontact"), tr("WhatsApp 0700 000 000")),
        "discount": (tr("D&iscount"), tr("5% from 10 pieces; prices are otherwise fixed")),
    }
    return words[name]


def _card(caption: str) -> tuple[QFrame, QGridLayout]:
    card, heading = QFrame(), QLabel(caption)
    theme.set_role(card, role="card")
    theme.set_role(heading, role="heading")
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 10, 14, 14)
    column.setSpacing(theme.GAP)
    column.addWidget(heading)
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.MARGIN)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    return card, grid


def _field(grid: QGridLayout, row: int, label: str, field: QWidget) -> None:
    caption = QLabel(label)
    caption.setBuddy(field)
    field.setAccessibleName(label.replace("&", ""))
    grid.addWidget(caption, row, 0)
    grid.addWidget(field, row, 1)
