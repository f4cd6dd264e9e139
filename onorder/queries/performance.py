"""How the shop did: what came of its orders, how long customers waited, and which promises were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from onorder.models import Event, Message, Order, OrderLine, PurchaseOrder, PurchaseOrderLine, Shipment, StockMove
from onorder.queue import setup as settings
from onorder.rules.lifecycle import MoveKind


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures of everything so far. Waits in days, from ordering to shipping, of lines that were not there at once.

    A promise to a line that had to wait counts once its day is over: kept if all of the line that was not cancelled had
    shipped by then.
    """

    orders: int
    lines: int
    units: int
    units_waiting: int
    units_shipped: int
    units_cancelled: int
    units_returned: int
    purchase_orders: int
    units_per_purchase_order: float
    surplus_units: int
    lines_that_waited: int
    mean_wait_days: float
    p90_wait_days: float
    promises_due: int
    promises_kept: int
    delays_told: int
    parcels: int
    messages: int
    messages_sent: int

    @property
    def kept_share(self) -> float | None:
        """Share of promises kept, None before the first is due."""
        return self.promises_kept / self.promises_due if self.promises_due else None


def performance(*, now: datetime) -> Performance:
    """The figures up to now. Eleven statements; reads every line, so it is for reports and not for pages."""
    setup = settings.current()
    lines = OrderLine.objects.aggregate(
        n=Count("pk"),
        units=Sum("ordered", default=0),
        waiting=Sum("waiting", default=0),
        shipped=Sum("shipped", default=0),
        cancelled=Sum("cancelled", default=0),
        returned=Sum("returned", default=0),
    )
    bought = PurchaseOrderLine.objects.aggregate(
        units=Sum("ordered", default=0), surplus=Sum(F("ordered") - F("needed"), default=0)
    )
    purchase_orders = PurchaseOrder.objects.count()
    waits = _waits()
    due, kept = _promises(setup.today(now), setup)
    messages = Message.objects.aggregate(n=Count("pk"), sent=Count("pk", filter=Q(state="sent")))
    return Performance(
        orders=Order.objects.count(),
        lines=lines["n"],
        units=lines["units"],
        units_waiting=lines["waiting"],
        units_shipped=lines["shipped"],
        units_cancelled=lines["cancelled"],
        units_returned=lines["returned"],
        purchase_orders=purchase_orders,
        units_per_purchase_order=bought["units"] / purchase_orders if purchase_orders else 0.0,
        surplus_units=bought["surplus"],
        lines_that_waited=len(waits),
        mean_wait_days=sum(waits) / len(waits) if waits else 0.0,
        p90_wait_days=waits[min(int(0.9 * len(waits)), len(waits) - 1)] if waits else 0.0,
        promises_due=due,
        promises_kept=kept,
        delays_told=Event.objects.filter(kind="delayed").count(),
        parcels=Shipment.objects.count(),
        messages=messages["n"],
        messages_sent=messages["sent"],
    )


def _came_later() -> QuerySet[StockMove, Any]:
    """Lines that got units some time after they were ordered."""
    return StockMove.objects.filter(kind=MoveKind.ALLOCATED, event__kind="arrived").values("line")


def _waits() -> list[float]:
    """Days that completed lines waited which were not there at once, ascending."""
    done = StockMove.objects.filter(
        kind=MoveKind.SHIPPED, line__in=_came_later(), line__waiting=0, line__allocated=0
    ).values_list("line", "line__queued_at")
    return sorted(
        (last_at - queued_at).total_seconds() / 86_400
        for _, queued_at, last_at in done.annotate(last_at=Max("event__at"))
    )


def _promises(today: date, setup: settings.Setup) -> tuple[int, int]:
    """How many promises to customers who had to wait are due by today, and how many of them were kept."""
    waited = OrderLine.objects.filter(Q(waiting__gt=0) | Q(pk__in=_came_later()))
    due = waited.filter(promised_on__lt=today, ordered__gt=F("cancelled")).annotate(left=F("waiting") + F("allocated"))
    shipped = StockMove.objects.filter(kind=MoveKind.SHIPPED, line__in=_came_later()).values_list("line")
    last = dict(shipped.annotate(Max("event__at")))
    promises = list(due.values_list("pk", "promised_on", "left"))
    kept = sum(
        not left and key in last and last[key].astimezone(setup.zone).date() <= promised_on
        for key, promised_on, left in promises
    )
    return len(promises), kept
