"""Orders whose parcels do not leave until somebody releases them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from onorder.models import Event, Order, OrderLine


@dataclass(frozen=True, slots=True)
class Held:
    """A held order: why, since when and by whom, with its units that are set aside and that still wait."""

    order: str
    customer: str
    why: str
    at: datetime
    by: str
    here: int
    waiting: int
    key: int


def held(
    *,
    orders: Collection[str] | None = None,
    until: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Held]:
    """Held orders of which something is left to be sent, the one that is held longest first. Two statements.

    Args:
        orders: only of these.
        until: only those that were held before this instant.
        after: when the last one of the page before was held, and its key.
    """
    found = _held()
    if orders is not None:
        found = found.filter(number__in=list(orders))
    if until is not None:
        found = found.filter(held_at__lt=until)
    if after is not None:
        found = found.filter(Q(held_at__gt=after[0]) | Q(held_at=after[0], pk__gt=after[1]))
    units = found.annotate(here=Sum("lines__allocated"), waits=Sum("lines__waiting")).order_by("held_at", "pk")
    rows = units.values_list(
        "number", "customer__name", "customer__reference", "held_why", "held_at", "here", "waits", "pk"
    )[:limit]
    listed = list(rows)
    by = _by([row[-1] for row in listed])
    return [
        Held(number, name or reference, why, at, by.get(key, ""), here, waits, key)
        for number, name, reference, why, at, here, waits, key in listed
        if at
    ]


def number_held() -> int:
    """How many there are. One statement."""
    return _held().count()


def _held() -> QuerySet[Order]:
    lines = OrderLine.objects.filter(order=OuterRef("pk")).filter(Q(waiting__gt=0) | Q(allocated__gt=0))
    return Order.objects.filter(Exists(lines), held_at__isnull=False)


def _by(orders: Collection[int]) -> dict[int, str]:
    """Who held each of them last."""
    events = Event.objects.filter(subject__in=[f"order:{key}" for key in orders], kind="held").order_by("pk")
    return {int(subject.partition(":")[2]): by for subject, by in events.values_list("subject", "by")}
