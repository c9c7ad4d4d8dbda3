"""The frame: navigation, the page in front, the status bar; what was typed is kept and found again."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk, ModelStatus
from desktop.engine.contract import CancelToken, EngineError
from desktop.store.errors import StoreError

from . import theme
from .autosave import Debounce
from .i18n import tr
from .panels import PAGES, Page
from .panels.base import Panel
from .tasks import TaskHandle, TaskManager
from .widgets.banner import Banner
from .widgets.help import HelpDialog
from .widgets.welcome import Welcome

STATUS_MS = 8000
#: The window has been usable for so long when the model is measured.
TUNE_MS = 4000
_NAV_WIDTH = 172
_LAYOUT = "window"
_STATE = "panel: {}"

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Shows `desk` through its pages, which are built when first looked at.

    The model is loaded once the window is on the screen; `model_ready` then carries a ModelStatus. Closing saves
    what was typed and ends all work, but leaves `desk` open for whoever opened it.
    """

    model_ready = Signal(object)

    def __init__(self, desk: Desk, *, load_model: bool = True) -> None:
        super().__init__()
        self.desk = desk
        self.tasks = TaskManager(self)
        self.model_status: ModelStatus | None = None
        self._load_model = load_model
        self._panels: dict[str, Panel] = {}
        self._savers: dict[str, Debounce] = {}
        self._closed = False
        self._layout_saver = Debounce(self._save_layout, parent=self)
        self._tuning = Debounce(self._tune, TUNE_MS, self)
        self._tuner: TaskHandle | None = None
        self.setWindowTitle("Stallhand")
        self.setWindowIcon(theme.icon("stallhand"))
        self._build()
        self._add_shortcuts()
        self._restore_layout()
        for notice in desk.store.notices:
            self.banner.say(notice, "warning")

    def _build(self) -> None:
        side = QFrame()
        theme.set_role(side, role="side")
        side.setFixedWidth(_NAV_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 14, 10, 10)
        column.setSpacing(2)
        column.addLayout(self._brand())
        column.addSpacing(12)
        self._nav = QButtonGroup(self)
        self._nav.setExclusive(True)
        for number, page in enumerate(PAGES):
            column.addWidget(self._nav_button(number, page))
        column.addStretch()
        help_button = QPushButton(tr("Help (F1)"))
        theme.set_role(help_button, role="flat")
        help_button.clicked.connect(self.show_help)
        column.addWidget(help_button)
        self.banner = Banner()
        self._stack = QStackedWidget()
        self._welcome: Welcome | None = None
        page_column = QVBoxLayout()
        page_column.setContentsMargins(0, 0, 0, 0)
        page_column.setSpacing(0)
        holder = QVBoxLayout()
        holder.setContentsMargins(theme.MARGIN, 8, theme.MARGIN, 0)
        holder.addWidget(self.banner)
        page_column.addLayout(holder)
        page_column.addWidget(self._stack, 1)
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addLayout(page_column, 1)
        self.setCentralWidget(centre)
        self._model_label = QLabel(tr("Loading the model…"))
        self.statusBar().addPermanentWidget(self._model_label)
        self.statusBar().setSizeGripEnabled(False)

    def _brand(self) -> QHBoxLayout:
        picture, name = QLabel(), QLabel("Stallhand")
        picture.setPixmap(theme.icon("stallhand").pixmap(QSize(26, 26)))
        theme.set_role(name, role="brand")
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(picture)
        row.addWidget(name)
        row.addStretch()
        return row

    def _nav_button(self, number: int, page: Page) -> QPushButton:
        button = QPushButton(tr(page.title))
        button.setIcon(theme.icon(page.module))
        button.setIconSize(QSize(20, 20))
        button.setCheckable(True)
        button.setToolTip(f"Ctrl+{number + 1}")
        theme.set_role(button, role="nav")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click goes on to the page's own fields
        button.clicked.connect(partial(self.show_panel, page.module))
        self._nav.addButton(button, number)
        return button

    def _add_shortcuts(self) -> None:
        keys: dict[str, Any] = {
            "Ctrl+Return": lambda: self._in_front("draft"),
            "Ctrl+Enter": lambda: self._in_front("draft"),
            "Esc": lambda: self._in_front("stop"),
            "Ctrl+Shift+C": lambda: self._in_front("copy_all"),
            "F1": self.show_help,
        }
        keys |= {f"Ctrl+{n}": partial(self.show_panel, page.module) for n, page in enumerate(PAGES, start=1)}
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(action)

    def _in_front(self, action: str) -> None:
        panel = self.current_panel
        if panel is not None:
            getattr(panel, action)()

    # -- pages -------------------------------------------------------------------------------------------------

    @property
    def current_panel(self) -> Panel | None:
        front = self._stack.currentWidget()
        return front if isinstance(front, Panel) else None

    def panel(self, key: str) -> Panel:
        """The page `key`, built and restored if this is its first time. Raises KeyError for an unknown page."""
        if key not in self._panels:
            page = next((page for page in PAGES if page.module == key), None)
            if page is None:
                raise KeyError(key)
            made = page.load()(self.desk, self.tasks)
            self._panels[key] = made
            self._stack.addWidget(made)
            self._restore_panel(made)
            self._savers[key] = Debounce(partial(self._save_panel, made), parent=made)
            made.state_changed.connect(self._savers[key].touch)
            made.status_message.connect(lambda text: self.statusBar().showMessage(text, STATUS_MS))
            made.open_requested.connect(self._on_open_requested)
        return self._panels[key]

    def show_panel(self, key: str) -> None:
        panel = self.panel(key)
        self.statusBar().clearMessage()  # it spoke of the page that is left
        self._stack.setCurrentWidget(panel)
        number = next(n for n, page in enumerate(PAGES) if page.module == key)
        self._nav.button(number).setChecked(True)
        panel.activate()
        self._layout_saver.touch()
        panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_open_requested(self, key: str, item: object) -> None:
        self.show_panel(key)
        self.panel(key).open_item(item)

    def show_help(self) -> None:
        HelpDialog(self.desk.resources / "licences", self).open()

    # -- what is kept ------------------------------------------------------------------------------------------

    def _restore_panel(self, panel: Panel) -> None:
        state = self.desk.store.scratch.get(_STATE.format(panel.key))
        if not isinstance(state, dict):
            return
        try:
            panel.restore_state(state)
        except (ValueError, TypeError, KeyError, AttributeError):  # written by another version: start afresh
            log.exception("the saved state of %s can't be used", panel.key)

    def _save_panel(self, panel: Panel) -> None:
        key, state, store = _STATE.format(panel.key), panel.save_state(), self.desk.store
        self.tasks.run(lambda: store.scratch.set(key, state), None, self._on_store_error, owner=self)

    def _on_store_error(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            raise error
        self.banner.say(str(error), "error")

    def _restore_layout(self) -> None:
        layout: dict[str, str] = self.desk.store.settings.get(_LAYOUT, {})
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(1366, screen.width()), min(728, screen.height()))
        geometry = layout.get("geometry")
        if isinstance(geometry, str):
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        elif screen.width() <= 1366:
            self.setWindowState(Qt.WindowState.WindowMaximized)
        self._first_panel = str(layout.get("panel") or PAGES[0].module)

    def _layout(self) -> dict[str, str]:
        front = self.current_panel
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        return {"geometry": geometry, "panel": front.key if front else ""}

    def _save_layout(self) -> None:
        layout, settings = self._layout(), self.desk.store.settings
        self.tasks.run(lambda: settings.set(_LAYOUT, layout), None, self._on_store_error, owner=self)

    def start(self) -> None:
        """Show the page where the seller left, or a welcome in an empty shop, then load the model."""
        if self._first_panel not in {page.module for page in PAGES}:
            self._first_panel = PAGES[0].module
        store = self.desk.store
        if not store.settings.get("welcomed", False) and not store.products.count():
            self._show_welcome()
        else:
            self.show_panel(self._first_panel)
        self.show()
        if self._load_model:
            QTimer.singleShot(0, self._begin_loading)

    def _show_welcome(self) -> None:
        self._welcome = Welcome(self.desk, self.tasks)
        self._welcome.finished.connect(self._on_welcomed)
        self._welcome.failed.connect(lambda text: self.banner.say(text, "error"))
        self._stack.addWidget(self._welcome)
        self._stack.setCurrentWidget(self._welcome)
        self._welcome.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_welcomed(self, panel: str) -> None:
        self.desk.store.settings.set("welcomed", True)
        self.show_panel(panel)
        if self._welcome is not None:
            self._stack.removeWidget(self._welcome)
            self._welcome.deleteLater()
            self._welcome = None

    # -- the model ---------------------------------------------------------------------------------------------

    def _begin_loading(self) -> None:
        if not self._closed:
            self.tasks.run(self.desk.model_status, self._on_model_status, lane="draft", owner=self)

    def _on_model_status(self, status: ModelStatus) -> None:
        self.model_status = status
        if status.info is not None:
            self._model_label.setText(tr("Model ready: {name}").format(name=status.info.name))
            self._model_label.setToolTip("")
        else:
            self._model_label.setText(tr("Writing from phrases"))
            self._model_label.setToolTip(status.reason)
            self.statusBar().showMessage(status.reason)
        self.model_ready.emit(status)
        if status.ready:
            self._tuning.touch()

    def _tune(self) -> None:
        """Have the model measured while nobody waits for it; tried again where something came in between."""
        waiting = not self.tasks.is_free("draft") or (self._tuner is not None and self._tuner.running)
        if not waiting and not self.desk.tuned:
            cancel = CancelToken()
            self._tuner = self.tasks.run(
                lambda: self.desk.tune(cancel),
                None,
                self._on_not_tuned,
                lane="draft",
                owner=self,
                cancel=cancel,
                spare=True,
            )
            waiting = True
        if waiting:
            self._tuning.touch()

    def _on_not_tuned(self, error: Exception) -> None:
        self._tuning.drop()
        if not isinstance(error, EngineError | StoreError):
            raise error
        log.warning("the number of threads could not be measured: %s", error)

    # -- the end -----------------------------------------------------------------------------------------------

    def raise_to_front(self) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.close_down()
        super().closeEvent(event)

    def close_down(self) -> None:
        """End all work and write what is not yet written. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for saver in (self._layout_saver, *self._savers.values()):
            saver.drop()
        for panel in self._panels.values():
            panel.shutdown()
        for timer in self.findChildren(QTimer):
            timer.stop()  # a check that is due would find no worker
        self.tasks.close()
        store = self.desk.store
        try:
            for panel in self._panels.values():
                store.scratch.set(_STATE.format(panel.key), panel.save_state())
            store.settings.set(_LAYOUT, self._layout())
        except StoreError:
            log.exception("the window's state could not be saved")
