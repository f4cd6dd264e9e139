"""Parcels that have left: which came, which did not, and by what their carriers know them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from onorder.models import Shipment


@dataclass(frozen=True, slots=True)
class Sent:
    """A parcel that left.

    `delivered_at`: when it came, as somebody who knows has said. `missing_at`: since when somebody says it did not.
    """

    key: int
    number: str
    order: str
    customer: str
    carrier: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    missing_at: datetime | None


def sent(*, missing: bool = False, after: int | None = None, limit: int = 50) -> list[Sent]:
    """Parcels that left, the newest first. One statement.

    Args:
        missing: only those that somebody says have not come, the one that left first before the others.
        after: the key of the last one of the page before.
    """
    found = Shipment.objects.filter(missing_at__isnull=False) if missing else Shipment.objects.all()
    if after is not None:
        found = found.filter(pk__gt=after) if missing else found.filter(pk__lt=after)
    customer = ("order__customer__name", "order__customer__reference")
    parcel = ("carrier", "tracking", "shipped_at", "delivered_at", "missing_at")
    listed = found.order_by("pk" if missing else "-pk").values_list("pk", "number", "order__number", *customer, *parcel)
    return [Sent(key, number, order, name or ref, *rest) for key, number, order, name, ref, *rest in listed[:limit]]


def number_missing() -> int:
    """How many parcels somebody says have not come. One statement."""
    return Shipment.objects.filter(missing_at__isnull=False).count()


@dataclass(frozen=True, slots=True)
class Known:
    """A parcel as files name it."""

    number: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    missing_at: datetime | None


def known(numbers: Collection[str], trackings: Collection[str]) -> list[Known]:
    """The parcels of these numbers, and of these tracking numbers, in the order in which they left. Two statements."""
    columns = ("pk", "number", "tracking", "shipped_at", "delivered_at", "missing_at")
    by_number = Shipment.objects.filter(number__in=list(numbers)).values_list(*columns)
    by_tracking = Shipment.objects.filter(tracking__in=list(trackings)).exclude(tracking="").values_list(*columns)
    found = {key: Known(*rest) for of in (by_number, by_tracking) for key, *rest in of}
    return [found[key] for key in sorted(found)]
