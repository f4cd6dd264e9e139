"""What a change to a purchase order comes to: how everything stands before and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, Sum, When

from onorder.ledger import purchase_orders
from onorder.ledger.journal import Untold
from onorder.models import PurchaseOrderLine, StockLevel
from onorder.queries.standing import MOST, Effects, Standing, effects, standing


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a purchase order and everybody who waits for what is on it stand at one moment.

    Args:
        outstanding, value_minor: of the purchase order.
        uncovered: units of what is on it that wait, and that nothing on order covers.
    """

    standing: Mapping[int, Standing]
    outstanding: int
    value_minor: int
    uncovered: int


@dataclass(frozen=True, slots=True)
class Change:
    """What became of it from one snapshot to the next. Money in minor units.

    Args:
        fewer: units that do not come any more; negative: more.
        fall_back: of the units that wait, those that stand in the buffer now and did not before; negative: fewer.
        value_minor: by how much its value grew.
        customers, suppliers: who is told by e-mail.
        is_cut: whether more wait than were looked at.
    """

    of: Effects
    fewer: int
    fall_back: int
    value_minor: int
    customers: int
    suppliers: int
    is_cut: bool

    @property
    def from_stock(self) -> int:
        """Of the units that do not come any more, those that nobody waited for."""
        return self.fewer - self.fall_back


def snapshot(number: str, *, now: datetime) -> Snapshot:
    """How it stands. Nine statements for one location.

    Raises:
        NotFound: no purchase order has this number.
    """
    order = purchase_orders.find(number)
    variants = purchase_orders.variants(order.id).values()
    lines = PurchaseOrderLine.objects.filter(purchase_order=order.id)
    value = Sum((F("ordered") - F("cancelled")) * F("unit_cost_minor"), default=0)
    sums = lines.aggregate(outstanding=Sum("outstanding", default=0), value=value)
    return Snapshot(
        standing(list(variants), now=now),
        sums["outstanding"],
        sums["value"],
        _uncovered(variants, order.location),
    )


def change(before: Snapshot, after: Snapshot, would: Untold) -> Change:
    """What became of it, and who `would` be told."""
    return Change(
        effects(before.standing, after.standing),
        before.outstanding - after.outstanding,
        after.uncovered - before.uncovered,
        after.value_minor - before.value_minor,
        len(would.customers),
        len(would.suppliers),
        len(before.standing) >= MOST,
    )


def _uncovered(variants: Collection[int], location: int) -> int:
    levels = StockLevel.objects.filter(variant__in=list(variants), location=location)
    beyond = Case(When(waiting__gt=F("incoming"), then=F("waiting") - F("incoming")), default=0)
    units: int = levels.aggregate(units=Sum(beyond, default=0))["units"]
    return units
