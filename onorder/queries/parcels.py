"""Parcels that may go now, first in, first out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from onorder.models import Order, OrderLine, Shipment
from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class ReadyParcel:
    """An order of which something may go now."""

    order: str
    customer: str
    policy: str
    units: int
    to_follow: int
    queued_at: datetime


def ready(*, location: str | None = None, limit: int | None = None) -> list[ReadyParcel]:
    """Orders of which something may go now, the one that queued first before the others. One statement.

    What may go follows `onorder.rules.parcels.contents`: together only what is complete; in parts what is here, but the
    last parcel that was agreed waits for the rest.
    """
    found = (
        _ready(location)
        .order_by("first_at", "pk")
        .values_list(
            "number", "customer__name", "customer__reference", "shipping_policy", "units", "to_follow", "first_at"
        )
    )
    return [ReadyParcel(number, name or ref, how, u, f, at) for number, name, ref, how, u, f, at in found[:limit]]


def number_ready() -> int:
    """How many orders have something that may go now. One statement."""
    return _ready(None).count()


def _ready(location: str | None) -> QuerySet[Any]:
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    sent = Shipment.objects.filter(order=OuterRef("pk")).values("order").annotate(n=Count("pk")).values("n")
    here = Order.objects.filter(Exists(lines.filter(allocated__gt=0))).filter(
        Q(shipping_policy=ShippingPolicy.AS_AVAILABLE)
        | Q(shipping_policy=ShippingPolicy.UP_TO, most_parcels__gt=1 + Coalesce(Subquery(sent), 0))
        | ~Exists(lines.filter(waiting__gt=0))
    )
    if location:
        here = here.filter(location__code=location)
    return here.annotate(
        units=Sum("lines__allocated"), to_follow=Sum("lines__waiting"), first_at=Min("lines__queued_at")
    )
