"""An order as its customer sees it: parcel by parcel, what is in it, what has been done, what comes next, and when.

No word of it is the shop's: no SKU, no supplier, no number of a purchase order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter

from onorder.ledger import owing
from onorder.models import StockMove
from onorder.queries import orders
from onorder.queries.orders import LineRow, OrderPage, Source
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules import promising
from onorder.rules.lifecycle import PREPAID, MoveKind, ShippingPolicy
from onorder.rules.parcels import Coming, came_on, still_to_come
from onorder.rules.promising import Promise

_ARRIVES = ("lead_time", "overdue", "confirmed")


class Where(StrEnum):
    """Where the things of a parcel are."""

    TO_ORDER = "to_order"  # Collected until it is worth ordering them from the maker.
    ON_ORDER = "on_order"
    ON_ITS_WAY = "on_its_way"  # All of it has left the maker.
    PARTLY = "partly"  # Some of it is here, and waits for the rest.
    HERE = "here"
    PACKED = "packed"
    UNPAID = "unpaid"  # Here, and to be paid before it leaves.
    SHIPPED = "shipped"


class What(StrEnum):
    """A step of a parcel, in this order."""

    ORDERED = "ordered"
    SENT = "sent"  # Ordered from the maker.
    CONFIRMED = "confirmed"  # By the maker.
    ON_ITS_WAY = "on_its_way"  # From the maker to us; only where they said so.
    ARRIVED = "arrived"  # All of it is here.
    PACKED = "packed"  # Only where it waits for its carrier.
    SHIPPED = "shipped"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Thing:
    """So many units of something, by the name that its customer bought it by."""

    name: str
    units: int


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """A step of a parcel: done at `at`, or expected by then. `is_next`: the first that is not done."""

    what: What
    at: date | datetime | None
    is_done: bool
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class JourneyParcel:
    """A parcel that has left, or is to come.

    Args:
        promised_on: the day it leaves us, as the customer was told last; `first_promised_on`, as told when buying.
        expected_on: the day it is as likely as not to leave; None if nobody knows.
        arrives_from, arrives_by: at the customer's door, if all goes as expected, and as it was promised.
        told_arrives_by, first_arrives_by: there, as the customer was told last, and when buying.
        why: how the expected day comes about; None of what is here or has left.
        delivered_at: when it came, as somebody who knows has said; `is_missing`: somebody says that it did not.
    """

    where: Where
    things: tuple[Thing, ...]
    steps: tuple[JourneyStep, ...]
    promised_on: date | None
    first_promised_on: date | None
    expected_on: date | None
    arrives_from: date | None
    arrives_by: date | None
    number: str = ""
    carrier: str = ""
    tracking: str = ""
    told_arrives_by: date | None = None
    first_arrives_by: date | None = None
    why: Promise | None = None
    delivered_at: datetime | None = None
    is_missing: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it is expected to leave after the day that its customer was told."""
        return bool(self.expected_on and self.promised_on and self.expected_on > self.promised_on)

    @property
    def next(self) -> JourneyStep | None:
        """What comes next; None once everything is done."""
        return next((step for step in self.steps if step.is_next), None)


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything that its customer may know of an order; what is to come stands before what has left."""

    order: str
    placed_at: datetime
    parcels: tuple[JourneyParcel, ...]
    cancelled: tuple[Thing, ...]
    is_together: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to come."""
        return all(parcel.where == Where.SHIPPED for parcel in self.parcels)


def journey(number: str, *, now: datetime) -> Journey:
    """An order as its customer sees it. Seventeen statements, however long it is.

    Raises:
        NotFound: no order has this number.
    """
    return journey_of(orders.one(number, now=now), now=now)


def journey_of(order: OrderPage, *, now: datetime) -> Journey:
    """The same of an order that was read already. One statement, or two where it is paid before it leaves."""
    setup = settings.current()
    lines = {line.line: line for line in order.lines}
    policy = ShippingPolicy(order.shipping_policy)
    groups = still_to_come(policy, order.most_parcels, len(order.parcels), list(_units(order, setup.today(now))))
    leaves_on = promising.from_shelf(setup.today(now), setup.handling).on
    owed = owing.of_orders([order.key]).get(order.key) if order.pays_by in PREPAID else None
    is_unpaid = bool(owed and owed.due_minor)
    coming = [_coming(order, lines, group, setup, leaves_on, is_unpaid) for group in groups]
    return Journey(
        order=order.number,
        placed_at=order.placed_at,
        parcels=(*coming, *_shipped(order, lines, setup, now)),
        cancelled=_things((line, line.cancelled) for line in order.lines if line.cancelled),
        is_together=policy == ShippingPolicy.TOGETHER or len(coming) == 1,
    )


def number_coming(order: OrderPage, policy: ShippingPolicy, most_parcels: int, today: date) -> int:
    """In how many parcels the rest of an order would come if it shipped so. No statement."""
    return len(still_to_come(policy, most_parcels, len(order.parcels), list(_units(order, today))))


def _units(order: OrderPage, today: date) -> Iterator[Coming]:
    """Everything that has not shipped, by where it is."""
    for line in order.lines:
        if line.allocated:
            yield Coming(line.line, line.allocated, today, is_here=True)
        for source in line.sources:
            on = source.ready.on if source.ready else None
            yield Coming(line.line, source.units, on, source=source.purchase_order or "")


def _coming(
    order: OrderPage, lines: dict[int, LineRow], group: Sequence[Coming], setup: Setup, leaves_on: date, is_unpaid: bool
) -> JourneyParcel:
    """A parcel that is to come. `leaves_on`: when what is here already does, once it is paid."""
    of = [lines[one.line] for one in group]
    waiting = [one for one in group if not one.is_here]
    sources = [source for one in waiting for source in lines[one.line].sources if _is_of(source, one)]
    days = [leaves_on, *(one.on for one in waiting)]
    expected_on = None if None in days else max((day for day in days if day), default=None)
    told = [day for line in of if (day := line.told)]
    promised = [line.promised_on for line in of if line.promised_on]
    packed_at = _packed_at(order, group)
    where = Where.PACKED if packed_at else _where(group, sources)
    return JourneyParcel(
        where=Where.UNPAID if where == Where.HERE and is_unpaid else where,
        things=_things((lines[one.line], one.units) for one in group),
        steps=_steps(order, group, sources, packed_at, expected_on, setup),
        promised_on=max(told, default=None),
        first_promised_on=max(promised, default=None),
        expected_on=expected_on,
        arrives_from=_delivered(expected_on, setup),
        arrives_by=_delivered(max(told, default=None) if waiting else expected_on, setup),
        told_arrives_by=_delivered(max(told, default=None), setup),
        first_arrives_by=_delivered(max(promised, default=None), setup),
        why=max((source.ready for source in sources if source.ready), key=attrgetter("on"), default=None),
    )


def _is_of(source: Source, one: Coming) -> bool:
    return (source.purchase_order or "") == one.source and (source.ready.on if source.ready else None) == one.on


def _where(group: Sequence[Coming], sources: Sequence[Source]) -> Where:
    if not sources:
        return Where.HERE
    if any(one.is_here for one in group):
        return Where.PARTLY
    if all(source.dispatched_on for source in sources):
        return Where.ON_ITS_WAY
    return Where.ON_ORDER if all(source.sent_at for source in sources) else Where.TO_ORDER


def _packed_at(order: OrderPage, group: Sequence[Coming]) -> datetime | None:
    """Since when these things are packed; None unless a packed parcel has exactly them in it."""
    is_it = order.packed and order.packed.units == {one.line: one.units for one in group if one.is_here}
    return order.packed.at if order.packed and is_it and all(one.is_here for one in group) else None


def _steps(
    order: OrderPage,
    group: Sequence[Coming],
    sources: Sequence[Source],
    packed_at: datetime | None,
    expected_on: date | None,
    setup: Setup,
) -> tuple[JourneyStep, ...]:
    done: list[tuple[What, date | datetime | None, bool]] = [(What.ORDERED, order.placed_at, True)]
    if sources:
        sent = [source.sent_at for source in sources]
        is_sent = all(sent)
        leaves = max((day for source in sources if (day := _leaves_on(source.ready))), default=None)
        done.append((What.SENT, max((at for at in sent if at), default=None) if is_sent else leaves, is_sent))
        if is_sent and all(source.confirmed_on for source in sources):
            done.append((What.CONFIRMED, None, True))
        dispatched = [source.dispatched_on for source in sources]
        if all(dispatched):
            done.append((What.ON_ITS_WAY, max(day for day in dispatched if day), True))
        arrives = [_arrives_on(source.ready) for source in sources]
        done.append((What.ARRIVED, None if None in arrives else max(day for day in arrives if day), False))
    else:
        done.append((What.ARRIVED, _arrived_at(order, {one.line for one in group}), True))
    if packed_at:
        done.append((What.PACKED, packed_at, True))
    done.append((What.SHIPPED, expected_on, False))
    done.append((What.DELIVERED, _delivered(expected_on, setup), False))
    return _in_order(done)


def _in_order(done: Sequence[tuple[What, date | datetime | None, bool]]) -> tuple[JourneyStep, ...]:
    first = next((place for place, (_, _, is_done) in enumerate(done) if not is_done), None)
    return tuple(JourneyStep(what, at, is_done, place == first) for place, (what, at, is_done) in enumerate(done))


def _leaves_on(ready: Promise | None) -> date | None:
    """When the maker is asked, if that is still to be."""
    return next((step.on for step in ready.steps if step.what not in _ARRIVES), None) if ready else None


def _arrives_on(ready: Promise | None) -> date | None:
    return next((step.on for step in ready.steps if step.what in _ARRIVES), None) if ready else None


def _arrived_at(order: OrderPage, lines: set[int]) -> datetime | None:
    """When the last of these came in; None of what was on the shelf when it was ordered."""
    for event in order.happened:
        if event.kind in ("arrived", "borrowed") and lines & {line[0] for line in event.data.get("lines", ())}:
            return event.at
    return None


def _shipped(order: OrderPage, lines: dict[int, LineRow], setup: Setup, now: datetime) -> Iterator[JourneyParcel]:
    """The parcels that have left, the newest first."""
    moves = StockMove.objects.filter(line__in=lines, kind=MoveKind.SHIPPED).order_by("pk")
    held: dict[str, list[tuple[LineRow, int]]] = {}
    for number, line, units in moves.values_list("event__shipment__number", "line", "quantity"):
        held.setdefault(number, []).append((lines[line], units))
    for parcel in reversed(order.parcels):
        of = held.get(parcel.number, [])
        told = max((day for line, _ in of if (day := line.told)), default=None)
        promised = max((line.promised_on for line, _ in of if line.promised_on), default=None)
        left_on = setup.today(parcel.shipped_at)
        expected = _delivered(left_on, setup) or left_on
        real = setup.today(parcel.delivered_at) if parcel.delivered_at else None
        is_missing = parcel.missing_at is not None
        came = came_on(expected, real, is_missing=is_missing)
        is_there = bool(real and came) or bool(came and came < setup.today(now))
        arrives = came or expected
        steps = [
            (What.ORDERED, order.placed_at, True),
            (What.SHIPPED, parcel.shipped_at, True),
            (What.DELIVERED, None if is_missing else arrives, is_there),
        ]
        yield JourneyParcel(
            *(Where.SHIPPED, _things(of), _in_order(steps), told, promised, left_on, arrives, arrives),
            *(parcel.number, parcel.carrier, parcel.tracking),
            delivered_at=parcel.delivered_at,
            is_missing=is_missing,
        )


def _delivered(left_on: date | None, setup: Setup) -> date | None:
    """The day a parcel that leaves then is at its customer's door."""
    handling = setup.handling
    return handling.carrier.add(left_on, handling.carrier_days) if left_on else None


def _things(units: Iterator[tuple[LineRow, int]] | Sequence[tuple[LineRow, int]]) -> tuple[Thing, ...]:
    of: dict[str, int] = {}
    for line, few in units:
        of[line.product] = of.get(line.product, 0) + few
    return tuple(Thing(name, few) for name, few in of.items())
