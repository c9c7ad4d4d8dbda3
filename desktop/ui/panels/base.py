"""What the frame needs to know of a panel, so that it can show, keep and drive any of them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.store.errors import StoreError

from .. import theme
from ..i18n import tr
from ..tasks import TaskManager
from ..widgets.banner import Banner

if TYPE_CHECKING:
    from desktop.desk import Desk


class Panel(QWidget):
    """One page of the window.

    A subclass sets `key` (its name in the settings), `title` and `icon_name` (a file of resources/icons
    without ".svg"), builds its widgets in `__init__`, `banner` among them, and overrides what it needs of the
    methods below. It emits `state_changed` whenever `save_state()` would now answer differently; the frame then
    saves it a second later.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    icon_name: ClassVar[str]

    #: A line for the status bar.
    status_message = Signal(str)
    #: Something typed or chosen that should survive a restart.
    state_changed = Signal()
    #: (key of another panel, what to show there): the frame switches and calls that panel's `open_item`.
    open_requested = Signal(str, object)

    def __init__(self, desk: Desk, tasks: TaskManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.tasks = tasks
        self.banner = Banner()

    def heading(self) -> QLabel:
        """The panel's title as it stands at its top."""
        label = QLabel(tr(self.title))
        theme.set_role(label, role="title")
        return label

    def activate(self) -> None:
        """The panel comes to the front: refresh what other panels may have changed."""

    def save_state(self) -> dict[str, Any]:
        """What to keep over a restart, as JSON."""
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave; keys may be missing (an older version wrote it)."""

    def open_item(self, item: object) -> None:
        """Show `item` (a Product, Draft, Order, …) as if the seller had picked it here."""

    def draft(self) -> None:
        """Ctrl+Enter."""

    def stop(self) -> None:
        """Esc."""

    def copy_all(self) -> None:
        """Ctrl+Shift+C."""

    def shutdown(self) -> None:
        """The window closes: cancel what runs and write what is not yet written."""

    def _on_error(self, error: Exception) -> None:
        """Tell the seller what the seller can help; anything else is a fault of ours and goes to the log."""
        if not isinstance(error, StoreError | ValueError | OSError):
            raise error
        self.banner.say(str(error), "error")
