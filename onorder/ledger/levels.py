"""Stock levels as plain values, and the one lock that everybody takes who touches them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import OuterRef, Subquery

from onorder.ledger import rows
from onorder.models import Location, Offer, StockLevel


@dataclass(slots=True)
class Level:
    """A locked stock level. It changes in memory through the `Journal` and is written by it."""

    id: int
    variant: int
    location: int
    on_hand: int
    allocated: int
    waiting: int
    incoming: int
    supplier: int | None
    buffered_at: datetime | None

    @property
    def free(self) -> int:
        """Units here that nobody has set aside."""
        return self.on_hand - self.allocated

    @property
    def uncovered(self) -> int:
        """Units that wait and that nothing on order covers: what stands in the supplier's buffer."""
        return max(self.waiting - self.incoming, 0)


_SELECT = (
    "SELECT id, variant_id, location_id, on_hand, allocated, waiting, incoming, supplier_id, buffered_at"
    " FROM onorder_stocklevel WHERE {} AND location_id = %s"
)
_BUFFERED_AT = 8


def lock_levels(variants: Iterable[int], *, location: int) -> dict[int, Level]:
    """Make everybody else who touches these variants here wait until this transaction ends.

    Called before an action reads what it is going to change; nothing else takes a row lock first. By primary key, so
    that two actions never wait for each other in a circle. On SQLite the transaction itself is the lock (BEGIN
    IMMEDIATE), and this only reads. One statement, or four where a level is new.

    Returns:
        The levels by variant.
    """
    wanted = set(variants)
    levels = _locked(wanted, location)
    if missing := wanted - levels.keys():
        StockLevel.objects.bulk_create(
            [StockLevel(variant_id=variant, location_id=location) for variant in sorted(missing)], ignore_conflicts=True
        )
        assign_suppliers(missing)
        levels = _locked(wanted, location)
    return levels


def add_levels(variants: Iterable[int]) -> None:
    """Give new variants a level at every location, so that a lock finds them all in their one order. Two statements."""
    locations = list(Location.objects.order_by("pk").values_list("pk", flat=True))
    new = [
        StockLevel(variant_id=variant, location_id=location) for variant in sorted(variants) for location in locations
    ]
    StockLevel.objects.bulk_create(new, ignore_conflicts=True, batch_size=5_000)


def look_at_levels(variants: Collection[int], *, location: int) -> dict[int, Level]:
    """The levels of these variants as they are at this moment, for those who only look. One statement."""
    return _read(variants, location, "")


def _locked(variants: Collection[int], location: int) -> dict[int, Level]:
    return _read(variants, location, " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else "")


def _read(variants: Collection[int], location: int, how: str) -> dict[int, Level]:
    condition, parameter = rows.among("variant_id", variants)
    statement = f"{_SELECT.format(condition)} ORDER BY id{how}"
    found = rows.select(statement, (parameter, location), instants=(_BUFFERED_AT,))
    return {row[1]: Level(*row) for row in found}


def assign_suppliers(variants: Collection[int]) -> None:
    """Point the levels of these variants at the supplier whose active offer has the lowest rank. One statement.

    The buffer of a level moves with it; whoever calls this for levels that already wait holds their lock.
    """
    best = Offer.objects.filter(variant=OuterRef("variant"), is_active=True).order_by("rank", "pk")
    StockLevel.objects.filter(variant__in=variants).update(supplier=Subquery(best.values("supplier")[:1]))


def save(levels: Iterable[Level]) -> None:
    """Write these levels back. One statement."""
    rows.update(
        StockLevel,
        ("on_hand", "allocated", "waiting", "incoming", "buffered_at"),
        [
            (level.on_hand, level.allocated, level.waiting, level.incoming, level.buffered_at, level.id)
            for level in levels
        ],
    )
