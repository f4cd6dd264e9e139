"""Order lines as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from django.db.models import QuerySet

from onorder.ledger import rows
from onorder.ledger.levels import Level
from onorder.models import OrderLine


@dataclass(slots=True)
class Line:
    """An order line under its level's lock. It changes in memory through the `Journal` and is written by it."""

    id: int
    order: int
    variant: int
    location: int
    ordered: int
    cancelled: int
    waiting: int
    allocated: int
    shipped: int
    returned: int
    unit_price_minor: int
    queued_at: datetime
    promised_on: date | None
    told_on: date | None
    deposit_basis_points: int = 10_000

    @classmethod
    def new(
        cls,
        *,
        id: int,
        order: int,
        level: Level,
        ordered: int,
        waiting: int,
        unit_price_minor: int,
        queued_at: datetime,
        promised_on: date | None,
        deposit_basis_points: int = 10_000,
    ) -> Line:
        """A line that joins the queue of a level; what it gets at once is set aside when it joins the journal."""
        return cls(
            *(id, order, level.variant, level.location, ordered, 0, waiting, 0, 0, 0),
            *(unit_price_minor, queued_at, promised_on, None, deposit_basis_points),
        )

    @property
    def place(self) -> tuple[datetime, int]:
        """Its place in the queue; smaller is served first."""
        return self.queued_at, self.id


COLUMNS = (
    "id",
    "order_id",
    "variant_id",
    "location_id",
    "ordered",
    "cancelled",
    "waiting",
    "allocated",
    "shipped",
    "returned",
    "unit_price_minor",
    "queued_at",
    "promised_on",
    "told_on",
    "deposit_basis_points",
)  # In the order of the fields of `Line`.


#: The same for a statement of its own, and where its instants and days stand.
SELECTED = ", ".join(f"line.{column}" for column in COLUMNS)
INSTANTS, DAYS = (COLUMNS.index("queued_at"),), (COLUMNS.index("promised_on"), COLUMNS.index("told_on"))


def of_orders(orders: Iterable[int]) -> list[Line]:
    """The lines of these orders, order by order, in the order they joined. One statement."""
    condition, parameter = rows.among("line.order_id", orders)
    statement = f"SELECT {SELECTED} FROM onorder_orderline AS line WHERE {condition} ORDER BY line.order_id, line.id"
    return [Line(*row) for row in rows.select(statement, (parameter,), instants=INSTANTS, days=DAYS)]


def read(lines: QuerySet[OrderLine]) -> list[Line]:
    """These lines as plain values. One statement."""
    return [Line(*row) for row in lines.values_list(*COLUMNS)]


_ADDED = (
    *("id", "order", "variant", "location", "ordered", "waiting", "allocated", "unit_price_minor", "queued_at"),
    *("promised_on", "deposit_basis_points"),
)
_CHANGED = ("cancelled", "waiting", "allocated", "shipped", "returned", "told_on")
_added, _changed = attrgetter(*_ADDED), attrgetter(*_CHANGED, "id")


def add(lines: Iterable[Line]) -> None:
    """Insert new lines. One statement."""
    rows.insert(OrderLine, _ADDED, [_added(line) for line in lines])


def save(lines: Iterable[Line]) -> None:
    """Write these lines back. One statement."""
    rows.update(OrderLine, _CHANGED, [_changed(line) for line in lines])
