"""The window's composition root: finds the data folder, opens the desk, hands it to the window, cleans up after."""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEventLoop, QLoggingCategory, QTimer, qVersion
from PySide6.QtWidgets import QApplication, QMessageBox

from . import __version__
from .desk import Desk, ProgramDamaged, default_data_dir, resources_dir
from .samples import load_samples
from .selftest import selftest as run_selftest
from .shop.records import Product
from .store.errors import StoreError
from .ui import i18n, theme
from .ui.i18n import tr
from .ui.main_window import MainWindow
from .ui.panels.cross_sell import CrossSellPanel
from .ui.panels.listings import ListingsPanel
from .ui.panels.messages import MessagesPanel
from .ui.single_instance import SingleInstance

_LOG_BYTES = 512 * 1024
_LOG_FILES = 3
_SETTLE_MS = 120_000

log = logging.getLogger(__name__)


def run(data_dir: Path | None = None, *, use_model: bool = True) -> int:
    """Show the window over `data_dir` and return the exit code: 0, or 2 if the folder can't be used."""
    app = make_application()
    folder = data_dir or default_data_dir()
    try:
        _require_writable(folder)
        instance = SingleInstance(folder)
        if not instance.claim():
            return 0
        logs = _Logs(folder / "logs")
    except OSError as error:
        _refuse(
            tr("The data folder “{folder}” can't be used: {why}.").format(folder=folder, why=error.strerror)
        )
        return 2
    try:
        with Desk.open(folder, use_model=use_model) as desk:
            window = MainWindow(desk)
            instance.raise_requested.connect(window.raise_to_front)
            app.aboutToQuit.connect(window.close_down)
            window.start()
            code = app.exec()
            window.close_down()
            return code
    except (ProgramDamaged, StoreError) as error:
        log.exception("the desk can't be opened")
        _refuse(str(error))
        return 2
    finally:
        instance.release()
        logs.close()


def make_application() -> QApplication:
    """The one QApplication, dressed and in the seller's language."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    # Qt says for each script that the interface's font lacks it; another font then steps in, as it should.
    QLoggingCategory.setFilterRules("qt.text.font.db.info=false")
    app.setApplicationName("Stallhand")
    app.setApplicationVersion(__version__)
    resources = resources_dir()
    theme.apply(app, resources / "icons")
    i18n.install(app, resources / "translations")
    return app


def selftest(report: Path, data_dir: Path | None = None, *, use_model: bool = True) -> int:
    """As selftest.selftest, with the window; `data_dir` defaults to the seller's own. Returns the exit code."""
    app = make_application()

    def show(desk: Desk) -> dict[str, str]:
        window = MainWindow(desk, load_model=False)
        window.start()
        window.show_panel("listings")
        _settle(window)
        blank = len({window.grab().toImage().pixel(x, x // 2) for x in range(0, window.width(), 3)}) < 2
        window.close()
        if blank:
            raise RuntimeError("the window stays blank")
        return {"qt": qVersion(), "platform": app.platformName()}

    return run_selftest(report, data_dir or default_data_dir(), use_model=use_model, show=show)


def demo(screenshot: Path, data_dir: Path, *, use_model: bool = True, pages: Sequence[str] = ()) -> int:
    """Work in the sample shop through the window: a listing, a reply and a suggestion, printed and pictured.

    `screenshot` is a PNG of the listings page; each of `pages` (keys of panels) is saved beside it. For machines
    without a display run it with QT_QPA_PLATFORM=offscreen. Returns 0, or 1 if one of the three could not be made.
    """
    app = make_application()
    with Desk.open(data_dir, use_model=use_model) as desk:
        samples = desk.resources / "samples"
        load_samples(desk.store, samples)
        desk.store.settings.set("welcomed", True)
        window = MainWindow(desk)
        window.start()
        window.showNormal()
        window.resize(1366, 728)
        try:
            with (samples / "messages.jsonl").open(encoding="utf-8") as file:
                message = json.loads(file.readline())["message"]
            product = desk.store.products.all(limit=1)[0]
            done = _demo_listing(window, product)
            screenshot.parent.mkdir(parents=True, exist_ok=True)
            saved = [screenshot]
            window.grab().save(str(screenshot))
            asked_for = _demo_reply(window, message)
            suggested = _demo_suggestion(window, asked_for or product)
            for key in pages:
                window.show_panel(key)
                _settle(window)
                saved.append(screenshot.with_name(f"{screenshot.stem}-{key}{screenshot.suffix}"))
                window.grab().save(str(saved[-1]))
            app.processEvents()
            print("Screenshot: " + ", ".join(str(path) for path in saved))
            return 0 if done and asked_for and suggested else 1
        finally:
            window.close()


def _demo_listing(window: MainWindow, product: Product) -> bool:
    panel = window.panel("listings")
    assert isinstance(panel, ListingsPanel)
    panel.open_item(product)
    panel.draft()
    _settle(window)
    for card in panel.cards:
        if card.ready:
            print(f"--- {product.name}: version {card.index + 1}")
            print("\n".join(card.fields.values()))
    return panel.cards[0].ready


def _demo_reply(window: MainWindow, message: str) -> Product | None:
    """The product that `message` was found to ask for."""
    window.show_panel("messages")
    panel = window.panel("messages")
    assert isinstance(panel, MessagesPanel)
    _settle(window)
    panel.message.set_text(message)
    panel.draft()
    _settle(window)
    print(f"--- Customer: {message}")
    print(f"Reply: {panel.reply.text()}")
    return panel.recognised.product.product() if panel.reply.text() else None


def _demo_suggestion(window: MainWindow, product: Product) -> bool:
    window.show_panel("cross_sell")
    panel = window.panel("cross_sell")
    assert isinstance(panel, CrossSellPanel)
    _settle(window)
    panel.open_item(product)
    _settle(window)
    offer = panel.chosen()
    if offer is None:
        return False
    panel.draft()
    _settle(window)
    print(f"--- Goes with {product.name}: {offer.product.name}")
    print(f"Why: {offer.reason}")
    print(f"Pitch: {panel.editor.text()}")
    return True


def _settle(window: MainWindow) -> None:
    """Let the window work until nothing is under way."""
    loop = QEventLoop()
    poll = QTimer(interval=50)
    quiet = 0

    def look() -> None:
        nonlocal quiet
        quiet = 0 if window.tasks.busy else quiet + 1
        if quiet >= 8:
            loop.quit()

    poll.timeout.connect(look)
    poll.start()
    QTimer.singleShot(_SETTLE_MS, loop, loop.quit)
    loop.exec()
    poll.stop()


def _require_writable(folder: Path) -> None:
    """Make `folder` and write into it once. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".write-test-{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()


def _refuse(text: str) -> None:
    """Nothing can be shown yet but this: say it in a box, and on stderr for whoever started us from a console."""
    text += "\n\n" + tr("Choose another folder with the option --data-dir, or make this one writable.")
    print(text, file=sys.stderr)
    QMessageBox.critical(None, "Stallhand", text)


class _Logs:
    """What went wrong, in `folder`, rotated. Messages name records by id and length: no customer's text is logged."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._handler = RotatingFileHandler(
            folder / "stallhand.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
        )
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._handler.setLevel(logging.INFO)
        logging.getLogger().addHandler(self._handler)
        logging.getLogger("desktop").setLevel(logging.INFO)
        self._crash = (folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(self._crash)
        self._hook, sys.excepthook = sys.excepthook, self._on_exception
        log.info("started, version %s", __version__)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        log.critical("unexpected error", exc_info=(kind, error, trace))
        self._hook(kind, error, trace)

    def close(self) -> None:
        sys.excepthook = self._hook
        faulthandler.disable()
        self._crash.close()
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
