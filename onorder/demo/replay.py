"""Day by day through the actions: orders, cancellations, buffers, deliveries, parcels, as a shop would see them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from random import Random
from typing import ClassVar

from django.db.models import Min

from onorder.actions import (
    answers,
    cancellations,
    catalog,
    orders,
    payments,
    purchasing,
    receiving,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.actions.shop import NewShop, open_shop
from onorder.delivery import outbox
from onorder.demo.catalogue import Catalogue
from onorder.demo.people import person
from onorder.demo.source import CURRENCY, ZONE, Source, SourceCancellation, SourceOrder
from onorder.models import OrderLine, PurchaseOrder
from onorder.queries import parcels
from onorder.queries.purchase_orders import outstanding
from onorder.rules.calendars import MONDAY_TO_FRIDAY
from onorder.working import work

BY = "replay"
_Happening = tuple[datetime, int, Callable[[datetime], None]]  # When, in which order of those at once, what.
#: When somebody does what, in the shop's wall time. The last round comes just after the suppliers' cut-offs.
OPENING, DOCK_OPENS, NOON, CARRIER_COMES, CUT_OFFS_OVER = time(7), time(9), time(12), time(15), time(17, 1)
PARCELS_AT_ONCE = 500


@dataclass(slots=True)
class Day:
    """What happened on one day."""

    on: date
    orders: int = 0
    refused: int = 0
    purchase_orders: int = 0
    receipts: int = 0
    parcels: int = 0
    cancelled_units: int = 0
    returned_units: int = 0


@dataclass(slots=True)
class Replay:
    """A shop that lives through a source. The same source, catalogue and seed give the same days.

    Args:
        shape: how long deliveries take, as multiples of what is usual for the supplier; drawn from evenly.
        deliver: send the messages, too.
        pays: book what customers pay when they order (all of it: the source does not say), what goes back to them, and
            what suppliers are paid when it is due.
    """

    SHOP: ClassVar = "Gifts & Sundries"
    ZONE: ClassVar = ZONE

    source: Source
    catalogue: Catalogue
    shape: list[float]
    seed: int
    deliver: bool = True
    pays: bool = False
    _random: Random = field(init=False)
    _bills: list[tuple[datetime, str, int]] = field(default_factory=list)  # A heap: when due, of what, how much.
    _arrivals: list[tuple[datetime, str]] = field(default_factory=list)  # A heap: when, which purchase order.

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    @property
    def number_of_days(self) -> int:
        return (_day(self.source.orders[-1].placed_at) - _day(self.source.orders[0].placed_at)).days + 1

    @property
    def coming(self) -> list[str]:
        """Purchase orders on their way, the one that arrives first before the others."""
        return [number for _, number in sorted(self._arrivals)]

    def open(self) -> None:
        """The shop on the morning of its first day, before anybody ordered."""
        now = at(_day(self.source.orders[0].placed_at), time(0, 30))
        new = NewShop(self.SHOP, CURRENCY, "Europe/London", email="hello@gifts.example", carrier_days=1)
        open_shop(new, by=BY, now=now)
        catalog.put_variants(self.catalogue.variants, by=BY, now=now)
        suppliers.put_suppliers(self.catalogue.suppliers, by=BY, now=now)
        suppliers.put_offers(self.catalogue.offers, by=BY, now=now)
        stock.count_many(self.catalogue.stock, why="opening stock", by=BY, now=now)

    def days(self) -> Iterator[Day]:
        """Live through the source, a day at a time."""
        first = _day(self.source.orders[0].placed_at)
        placed = {day: list(of) for day, of in groupby(self.source.orders, key=lambda o: _day(o.placed_at))}
        cancelled = {day: list(of) for day, of in groupby(self.source.cancellations, key=lambda c: _day(c.at))}
        for n in range(self.number_of_days):
            on = first + timedelta(days=n)
            yield self._live(on, placed.get(on, []), cancelled.get(on, []))

    def quiet_days(self, until: date) -> Iterator[Day]:
        """The days after the source's last one and before `until`: nobody orders, but what is on its way arrives."""
        on = _day(self.source.orders[-1].placed_at) + timedelta(days=1)
        while on < until:
            yield self._live(on, [], [])
            on += timedelta(days=1)

    def _live(self, on: date, placed: list[SourceOrder], cancelled: list[SourceCancellation]) -> Day:
        day = Day(on)
        happenings: list[_Happening] = []
        for order in placed:
            happenings.append((order.placed_at, 1, partial(self._place, order, day)))
        for one in cancelled:
            happenings.append((one.at, 2, partial(self._cancel, one, day)))
        for round_at in (OPENING, NOON, CUT_OFFS_OVER):
            happenings.append((at(on, round_at), 3, partial(self._work, day)))
        happenings.append((at(on, DOCK_OPENS), 0, partial(self._receive, day)))
        if MONDAY_TO_FRIDAY.is_open(on):
            happenings.append((at(on, CARRIER_COMES), 4, partial(self._ship, day)))
        for moment, _, happen in sorted(happenings, key=_when):
            happen(moment)
        while self.deliver and outbox.deliver(at(on, CUT_OFFS_OVER)).sent:
            pass
        return day

    def _place(self, order: SourceOrder, day: Day, now: datetime) -> None:
        customer, address = person(order.customer or f"guest-{order.number}")
        lines = [orders.NewLine(line.sku, line.quantity, line.unit_price_minor) for line in order.lines]
        try:
            orders.place(
                orders.NewOrder(order.number, customer, lines, channel="demo", address=address), by=BY, now=now
            )
            day.orders += 1
            if self.pays and (total := sum(line.quantity * line.unit_price_minor for line in order.lines)):
                payments.capture(order.number, total, key=f"{order.number}:paid", by=BY, now=now)
        except orders.OrdersRefused:
            day.refused += 1

    def _cancel(self, one: SourceCancellation, day: Day, now: datetime) -> None:
        """Units not shipped yet are cancelled; the others come back."""
        lines = OrderLine.objects.filter(order__number=one.number, variant__sku=one.sku)
        rows = list(lines.values_list("waiting", "allocated", "shipped", "returned"))
        still_here = min(one.quantity, sum(waiting + allocated for waiting, allocated, _, _ in rows))
        back = min(one.quantity - still_here, sum(shipped - returned for _, _, shipped, returned in rows))
        self._refund(one, still_here + back, now)
        if still_here:
            cancellations.cancel(one.number, {one.sku: still_here}, by=BY, now=now)
            day.cancelled_units += still_here
        if back:
            key = f"{one.number}:{one.sku}:{one.at.isoformat()}"
            returns.take_back(one.number, one.sku, back, restock=True, key=key, by=BY, now=now)
            day.returned_units += back

    def _refund(self, one: SourceCancellation, units: int, now: datetime) -> None:
        if not (self.pays and units):
            return
        price = OrderLine.objects.filter(order__number=one.number, variant__sku=one.sku).aggregate(
            price=Min("unit_price_minor")
        )["price"]
        if price:
            key = f"{one.number}:{one.sku}:{one.at.isoformat()}:refund"
            payments.refund(one.number, price * units, key=key, by=BY, now=now)

    def _pay_suppliers(self, now: datetime) -> None:
        while self._bills and self._bills[0][0] <= now:
            _, number, total = heapq.heappop(self._bills)
            payments.pay_supplier(number, total, key=f"{number}:paid", by=BY, now=now)

    def _work(self, day: Day, now: datetime) -> None:
        self._pay_suppliers(now)
        day.purchase_orders += work(now, deliver=False).raised
        drafts = PurchaseOrder.objects.filter(state="draft")
        for number in drafts.order_by("pk").values_list("number", flat=True):
            purchasing.approve(number, by=BY, now=now)  # The buyer nods.
            purchasing.send(number, by=BY, now=now)
        new = PurchaseOrder.objects.filter(sent_at=now)  # Nothing is sent between two rounds.
        for number, supplier, sent_at, total, net in new.order_by("pk").values_list(
            "number", "supplier__code", "sent_at", "total_minor", "supplier__net_days"
        ):
            assert sent_at is not None
            if self.pays and total:
                heapq.heappush(self._bills, (sent_at + timedelta(days=net), number, total))
            answers.answer(number, [], key=f"{number}:accepted", by=BY, now=now)  # The supplier takes it as it stands.
            heapq.heappush(self._arrivals, (self._arrives(supplier, sent_at), number))

    def _arrives(self, supplier: str, sent_at: datetime) -> datetime:
        days = max(round(self.catalogue.usual_days[supplier] * self._random.choice(self.shape)), 1)
        return at(MONDAY_TO_FRIDAY.add(_day(sent_at), days), DOCK_OPENS)

    def _receive(self, day: Day, now: datetime) -> None:
        """What arrives today: mostly all of it; now and then some units are missing, or broken."""
        while self._arrivals and self._arrivals[0][0] <= now:
            arrived_at, number = heapq.heappop(self._arrivals)
            counted = [self._count(sku, units) for sku, units in outstanding(number)]
            if counted := [count for count in counted if count.accepted or count.rejected]:
                receiving.receive(number, counted, key=f"{number}:{arrived_at.date()}", by=BY, now=now)
                day.receipts += 1
            if outstanding(number):
                heapq.heappush(self._arrivals, (at(MONDAY_TO_FRIDAY.add(_day(now), 5), DOCK_OPENS), number))

    def _count(self, sku: str, units: int) -> receiving.Count:
        chance = self._random.random()
        if chance < 0.01:
            return receiving.Count(sku, max(units - 1, 1))
        if chance < 0.015 and units > 1:
            return receiving.Count(sku, units - 1, 1, "broken in transit")
        return receiving.Count(sku, units)

    def _ship(self, day: Day, now: datetime) -> None:
        ready = [parcel.order for parcel in parcels.ready()]
        for start in range(0, len(ready), PARCELS_AT_ONCE):
            going = [shipping.Parcel(number, "Post") for number in ready[start : start + PARCELS_AT_ONCE]]
            day.parcels += len(shipping.ship(going, by=BY, now=now, skip_unready=True))


def _when(happening: _Happening) -> tuple[datetime, int]:
    return happening[:2]


def at(on: date, moment: time) -> datetime:
    """The instant of a wall time of the shop."""
    return datetime.combine(on, moment, ZONE).astimezone(UTC)


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
