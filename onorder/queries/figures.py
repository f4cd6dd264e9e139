"""The shop in figures: what the start page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from onorder.models import Message, Order, OrderLine, PurchaseOrder, StockLevel
from onorder.queries.buffers import BufferRow, buffer_rows
from onorder.queries.due import without_address
from onorder.queries.parcels import number_ready
from onorder.rules.lifecycle import OPEN, MessageState

BUFFERS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """How the shop stands at one instant. Units unless said; buffers are those that fire next."""

    orders: int
    orders_open: int
    units_waiting: int
    units_in_buffers: int
    units_on_order: int
    units_allocated: int
    parcels_ready: int
    purchase_orders: dict[str, int]
    purchase_orders_without_address: int
    messages_queued: int
    messages_failed: int
    buffers: list[BufferRow]
    buffers_in_all: int

    @property
    def units_covered(self) -> int:
        """Units that wait and that something on order will serve."""
        return self.units_waiting - self.units_in_buffers

    @property
    def buffers_not_shown(self) -> int:
        return self.buffers_in_all - len(self.buffers)

    @property
    def is_empty(self) -> bool:
        """Nobody has ever ordered."""
        return not self.orders


def figures(*, now: datetime) -> Figures:
    """The figures of now. Fifteen statements; counts come from the levels, not from the lines."""
    levels = StockLevel.objects.filter(Q(waiting__gt=0) | Q(incoming__gt=0) | Q(allocated__gt=0)).aggregate(
        all_waiting=Sum("waiting", default=0),
        all_incoming=Sum("incoming", default=0),
        all_allocated=Sum("allocated", default=0),
        buffered=Sum(F("waiting") - F("incoming"), filter=Q(buffered_at__isnull=False), default=0),
    )
    open_lines = OrderLine.objects.filter(Q(waiting__gt=0) | Q(allocated__gt=0))
    states = PurchaseOrder.objects.filter(state__in=[str(state) for state in OPEN]).values_list("state")
    queued = Message.objects.filter(state=MessageState.QUEUED).count()
    buffers = buffer_rows(now=now)
    return Figures(
        orders=Order.objects.count(),
        orders_open=open_lines.aggregate(n=Count("order", distinct=True))["n"],
        units_waiting=levels["all_waiting"],
        units_in_buffers=levels["buffered"],
        units_on_order=levels["all_incoming"],
        units_allocated=levels["all_allocated"],
        parcels_ready=number_ready(),
        purchase_orders={state.replace("_", " "): n for state, n in states.annotate(n=Count("pk")).order_by("state")},
        purchase_orders_without_address=len(without_address(now)),
        messages_queued=queued,
        messages_failed=Message.objects.filter(state=MessageState.FAILED).count(),
        buffers=buffers[:BUFFERS_SHOWN],
        buffers_in_all=len(buffers),
    )
