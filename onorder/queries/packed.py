"""Parcels that are closed and wait for their carrier, and those of them that are to be opened again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onorder.models import OrderLine, Packing
from onorder.queries.parcels import may_go


class Wrong(StrEnum):
    """Why a packed parcel cannot leave as it is."""

    CONTENTS = "contents"  # Something of it was cancelled, or more of its order came.
    ADDRESS = "address"  # Its order goes somewhere else.
    STAYS = "stays"  # Its order is held, to be paid first, or is to go together with what is not here.


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """A parcel that waits for its carrier; `wrong`: why it cannot leave as it is, None if it can."""

    key: int
    order: str
    customer: str
    address: str
    units: int
    carrier: str
    tracking: str
    at: datetime
    by: str
    wrong: Wrong | None


def packed(*, orders: Collection[str] | None = None, after: int | None = None, limit: int = 50) -> list[PackedParcel]:
    """Parcels that wait for their carrier, the one that was packed first before the others. Three statements.

    Args:
        orders: only of these.
        after: the key of the last one of the page before.
    """
    found = Packing.objects.select_related("order__customer", "event").order_by("pk")
    if orders is not None:
        found = found.filter(order__number__in=list(orders))
    if after is not None:
        found = found.filter(pk__gt=after)
    packings = list(found[:limit])
    keys = [packing.order_id for packing in packings]
    here = _here(keys)
    going = may_go(keys)
    return [
        PackedParcel(
            key=packing.pk,
            order=packing.order.number,
            customer=packing.order.customer.name or packing.order.customer.reference,
            address=packing.address,
            units=sum(units for _, units in packing.contents),
            carrier=packing.carrier,
            tracking=packing.tracking,
            at=packing.event.at,
            by=packing.event.by,
            wrong=_wrong(packing, here.get(packing.order_id, {}), packing.order_id in going),
        )
        for packing in packings
    ]


def number_packed() -> int:
    """How many there are. One statement."""
    return Packing.objects.count()


def _here(orders: Collection[int]) -> dict[int, dict[int, int]]:
    """By order and line the units that are set aside."""
    lines = OrderLine.objects.filter(order__in=list(orders), allocated__gt=0)
    found: dict[int, dict[int, int]] = {}
    for order, line, units in lines.values_list("order", "pk", "allocated"):
        found.setdefault(order, {})[line] = units
    return found


def _wrong(packing: Packing, here: dict[int, int], is_let_go: bool) -> Wrong | None:
    if dict(packing.contents) != here:
        return Wrong.CONTENTS
    if packing.address != packing.order.address:
        return Wrong.ADDRESS
    return None if is_let_go else Wrong.STAYS
