"""A shop in a fresh folder, without the language model, and the task manager that the window would give."""

from datetime import date

import pytest

from desktop.desk import Desk
from desktop.shop.money import Money
from desktop.shop.records import DeliveryZone, Fact, Order, OrderLine, Product, ShopProfile
from desktop.ui.tasks import TaskManager


@pytest.fixture
def desk(tmp_path):
    made = Desk.open(tmp_path / "دكان", use_model=False)
    made.store.save_profile(
        ShopProfile(
            "Mama Njeri Shop",
            "KES",
            policies={"payment": "M-Pesa till 55555", "hours": "8am to 7pm"},
            delivery=(DeliveryZone("Nakuru", "1-2 days", "KSh 350"),),
        )
    )
    yield made
    made.close()


@pytest.fixture
def tasks(qtbot):
    manager = TaskManager()
    yield manager
    manager.close()


@pytest.fixture
def show(qtbot, desk, tasks):
    """Build a panel, put it on the screen and wait until it has read what it shows."""

    made = []

    def make(panel_class):
        panel = panel_class(desk, tasks)
        made.append(panel)
        qtbot.addWidget(panel)
        panel.resize(1190, 700)
        panel.show()
        panel.activate()
        settle(qtbot, tasks)
        return panel

    yield make
    for panel in made:  # as the window does before it closes the task manager
        panel.shutdown()


@pytest.fixture
def idle(qtbot, tasks):
    """Wait until no job runs and nothing is left to be delivered."""
    return lambda: settle(qtbot, tasks)


def settle(qtbot, tasks):
    qtbot.waitUntil(lambda: not tasks.busy, timeout=5000)


def product(name="solar lantern", sku="SL-10", **more):
    more.setdefault("price", Money(245000, "KES"))
    more.setdefault("stock", 14)
    more.setdefault("facts", (Fact("run time", "12 hours"),))
    return Product(name, sku, **more)


@pytest.fixture
def lantern(desk):
    return desk.store.products.save(product(brand="Sunbell", category="Home > Lighting"))


@pytest.fixture
def sold(desk, lantern):
    """Lanterns sold with cables four times and with batteries, which are sold out, five times."""
    cable = desk.store.products.save(product("USB cable", "UC-1", price=Money(30000, "KES")))
    battery = desk.store.products.save(product("battery", "BT-1", stock=0))
    for i in range(9):
        other = cable if i < 4 else battery
        lines = (OrderLine("SL-10", "solar lantern", 1), OrderLine(other.sku, other.name, 2, other.price))
        desk.store.orders.save(Order(f"A-{i + 1:03d}", date(2026, 3, i + 1), lines, "Amina"))
    return lantern, cable, battery
