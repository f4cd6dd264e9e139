"""The morning on which somebody opens the demonstration: a few things lie there that only a person can decide."""

from __future__ import annotations

from datetime import datetime

from onorder.actions import answers, cancellations, orders, packing, purchasing, receiving, returns, shipping
from onorder.demo.replay import BY, Replay
from onorder.models import OrderLine, StockLevel
from onorder.queries import parcels
from onorder.queries.purchase_orders import outstanding
from onorder.rules.calendars import MONDAY_TO_FRIDAY
from onorder.rules.lifecycle import ReturnWish

BUYER, SUPPORT, DOCK = "buyer", "support", "warehouse"
#: Of so many purchase orders that arrive next, the largest are the ones of this morning.
LOOKED_AT = 40


def leave_to_people(replay: Replay, now: datetime) -> None:
    """Goods stand at the dock, a supplier is late, a mail came back, an order waits for a nod, and customers called.

    In a shop with little to do, less of it happens.
    """
    today = now.astimezone(replay.ZONE).date()
    large = sorted(replay.coming[:LOOKED_AT], key=_units_to_come, reverse=True)
    for number in large[:1]:
        counted = [receiving.Count(sku, units) for sku, units in outstanding(number)]
        receiving.receive(number, counted, key=f"{number}:this morning", by=DOCK, now=now)
    for number in large[1:3]:
        answers.answer(number, [], on=today, key=f"{number}:this morning", by=BUYER, now=now)
    for number in large[3:4]:
        late = MONDAY_TO_FRIDAY.add(today, 12)
        answers.answer(number, [], on=late, key=f"{number}:this morning", by=BUYER, now=now)
    _buy(now)
    _calls(now)
    _pack(now)


def _pack(now: datetime) -> None:
    """A few parcels wait for the carrier. While they do, somebody cancels a unit that is in one of them."""
    going = [shipping.Parcel(one.order, "Post") for one in parcels.to_pack(limit=4) if one.units > 1]
    packed = packing.pack(going, by=DOCK, now=now, skip_unready=True)
    for one in packed[-1:]:
        here = OrderLine.objects.filter(order__number=one.order, allocated__gt=0)
        sku = here.order_by("pk").values_list("variant__sku", flat=True)[0]
        cancellations.cancel(one.order, {sku: 1}, by=SUPPORT, now=now)


def _units_to_come(number: str) -> int:
    return sum(units for _sku, units in outstanding(number))


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


def _calls(now: datetime) -> None:
    """Somebody wants to know by when, somebody is away, and somebody sends something back."""
    waiting = OrderLine.objects.filter(waiting__gt=0).order_by("queued_at", "pk")
    numbers = list(dict.fromkeys(waiting.values_list("order__number", flat=True)[:50]))
    for number in numbers[:1]:
        orders.note(number, "Called: a birthday present, wants to know by Friday.", by=SUPPORT, now=now)
    for number in numbers[1:2]:
        shipping.hold(number, "The customer is away: back on Monday", by=SUPPORT, now=now)
    out = (
        OrderLine.objects.filter(shipped__gt=1, returned=0).order_by("-pk").values_list("order__number", "variant__sku")
    )
    for number, sku in out[:1]:
        back = returns.request(
            number, {sku: 1}, why="Arrived broken", wants=ReturnWish.REPLACEMENT, key="demo", by=SUPPORT, now=now
        )
        returns.receive(back, {sku: 1}, key="demo", by=DOCK, now=now)
