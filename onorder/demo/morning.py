"""The morning on which somebody opens the demonstration: a few things lie there that only a person can decide."""

from __future__ import annotations

from datetime import datetime

from onorder.actions import answers, orders, purchasing, receiving
from onorder.demo.replay import BY, Replay
from onorder.models import OrderLine, StockLevel
from onorder.queries.purchase_orders import outstanding
from onorder.rules.calendars import MONDAY_TO_FRIDAY

BUYER, SUPPORT, DOCK = "buyer", "support", "warehouse"


def leave_to_people(replay: Replay, now: datetime) -> None:
    """Goods stand at the dock, a supplier is late, a mail came back, an order waits for a nod, and a customer called.

    In a shop with little to do, less of it happens.
    """
    coming = iter(replay.coming)
    if number := next(coming, None):
        counted = [receiving.Count(sku, units) for sku, units in outstanding(number)]
        receiving.receive(number, counted, key=f"{number}:this morning", by=DOCK, now=now)
    today = now.astimezone(replay.ZONE).date()
    for number in (next(coming, None), next(coming, None)):
        if number:
            answers.answer(number, [], on=today, key=f"{number}:this morning", by=BUYER, now=now)
    if number := next(coming, None):
        late = MONDAY_TO_FRIDAY.add(today, 12)
        answers.answer(number, [], on=late, key=f"{number}:this morning", by=BUYER, now=now)
    _buy(now)
    _note(now)


def _buy(now: datetime) -> None:
    """Two buffers are ordered by hand: one mail does not arrive, the other order is kept back for a question."""
    full = StockLevel.objects.filter(buffered_at__isnull=False, supplier__isnull=False)
    codes = list(full.order_by("supplier__code").values_list("supplier__code", flat=True).distinct()[:2])
    for code in codes[:1]:
        number = purchasing.raise_order(code, by=BUYER, now=now).number or ""
        purchasing.send(number, by=BUYER, now=now)
        purchasing.bounce(number, why="550 no such mailbox", by=BY, now=now)
    for code in codes[1:]:
        number = purchasing.raise_order(code, by=BUYER, now=now).number or ""
        purchasing.hold_back(number, why="ask for the next price break first", by=BUYER, now=now)


def _note(now: datetime) -> None:
    waiting = OrderLine.objects.filter(waiting__gt=0).order_by("queued_at", "pk")
    if number := waiting.values_list("order__number", flat=True).first():
        orders.note(number, "Called: a birthday present, wants to know by Friday.", by=SUPPORT, now=now)
