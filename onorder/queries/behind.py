"""Who waits behind purchase orders: each queue merged with what is on order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from onorder.ledger import rows
from onorder.ledger.levels import look_at_levels
from onorder.models import OrderLine, PurchaseOrderLine
from onorder.queue import setup as settings
from onorder.queue.outlook import EXPECTED, Outlook
from onorder.rules.promising import Promise


@dataclass(frozen=True, slots=True)
class Supply:
    """An open purchase order line, and which units of the queue it serves: those after `after`, up to `upto`.

    `arrives_on`: when it is expected here, as likely as not. `ready_on`: when its units are expected to ship.
    """

    line: int
    purchase_order: int
    variant: int
    location: int
    after: int
    upto: int
    arrives_on: date | None
    ready_on: date | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Who waits behind a purchase order, or behind one line of it.

    Args:
        parties, units: how many customers (or orders, where it was asked by order), for how many units.
        late: of those, the ones whose units are expected after the day they were told last.
        slack_days: days that it may still slip before the first of them is late; negative if somebody is.
    """

    parties: int = 0
    units: int = 0
    late: int = 0
    slack_days: int | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """One order's units behind a purchase order line."""

    order: str
    customer: str
    units: int
    told_on: date | None
    ready_on: date | None

    @property
    def slack_days(self) -> int | None:
        """Days between the expected day and the one told last; negative: it will be late. None if either is unknown."""
        return (self.told_on - self.ready_on).days if self.told_on and self.ready_on else None


def supplies(purchase_orders: Collection[int], *, now: datetime) -> list[Supply]:
    """What is still to come on these purchase orders (by key), and which part of its queue each line serves.

    Two statements, and two for each location among them; a few more where nobody can tell when an overdue one comes.
    """
    lines = PurchaseOrderLine.objects.filter(purchase_order__in=purchase_orders, outstanding__gt=0)
    wanted: dict[int, set[int]] = {}
    for variant, location in lines.values_list("variant", "purchase_order__location"):
        wanted.setdefault(location, set()).add(variant)
    ours, setup = set(purchase_orders), settings.current()
    found = []
    for location, variants in sorted(wanted.items()):
        levels = look_at_levels(variants, location=location)
        outlook = Outlook(setup, list(levels.values()), now=now)
        for variant, level in levels.items():
            after = 0
            for coming in outlook.coming(variant):
                upto = after + coming.units
                if coming.purchase_order in ours:
                    ready = outlook.ready(level, after + 1, EXPECTED)
                    arrives = _arrives_on(outlook.ready_of(coming, EXPECTED))
                    key = (coming.source, coming.purchase_order, variant, location)
                    found.append(Supply(*key, after, upto, arrives, ready.on if ready else None))
                after = upto
    return found


def _arrives_on(promise: Promise | None) -> date | None:
    arrivals = ("lead_time", "overdue", "confirmed")
    return next((step.on for step in promise.steps if step.what in arrivals), None) if promise else None


@dataclass(frozen=True, slots=True)
class Queued:
    """Who waits behind some purchase orders: by purchase order, and by line; and the first of each line by name."""

    orders: Mapping[int, Behind]
    lines: Mapping[int, Behind]
    named: Mapping[int, Sequence[Waits]]


def behind(supplied: Sequence[Supply], *, named: int = 0, by_order: bool = False) -> Queued:
    """Who waits behind these. One statement, and one more for names.

    Reads the queues of what is on them as far as something on order reaches.

    Args:
        named: of each line so many are named.
        by_order: count orders and not customers: whose they are need not be read then.
    """
    by_queue: dict[tuple[int, int], list[Supply]] = {}
    for supply in supplied:
        by_queue.setdefault((supply.variant, supply.location), []).append(supply)
    orders: dict[int, _Tally] = {}
    lines: dict[int, Behind] = {}
    first: dict[int, list[tuple[int, int, date | None]]] = {}
    for queue, waiting in groupby(_waiting(by_queue, by_order), key=itemgetter(0, 1)):
        queued = list(waiting)
        ends = list(accumulate(line[_UNITS] for line in queued))
        for supply in by_queue.get(queue, ()):
            start, end = bisect_right(ends, supply.after), bisect_left(ends, supply.upto) + 1
            if tally := _tally(queued[start:end], supply, min(ends[-1], supply.upto) - supply.after):
                lines[supply.line] = tally.behind()
                orders.setdefault(supply.purchase_order, _Tally()).add(tally)
                first[supply.line] = _first(queued[start : min(end, start + named)], ends, start, supply)
    ready = {supply.line: supply.ready_on for supply in supplied}
    return Queued({key: of.behind() for key, of in orders.items()}, lines, _named(first, ready) if named else {})


@dataclass(slots=True)
class _Tally:
    parties: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)
    units: int = 0
    slack_days: int | None = None

    def add(self, other: _Tally) -> None:
        self.parties |= other.parties
        self.late |= other.late
        self.units += other.units
        slacks = [days for days in (self.slack_days, other.slack_days) if days is not None]
        self.slack_days = min(slacks, default=None)

    def behind(self) -> Behind:
        return Behind(len(self.parties), self.units, len(self.late), self.slack_days)


def _tally(served: Sequence[_Line], supply: Supply, units: int) -> _Tally | None:
    """Of lines that one supply serves, in whole sets: there may be thousands. None if there is none."""
    if not served:
        return None
    tally = _Tally({line[_PARTY] for line in served}, units=units)
    told = [line[_TOLD] for line in served if line[_TOLD]]
    if told and supply.ready_on:
        tally.slack_days = (_day(min(told)) - supply.ready_on).days
        if tally.slack_days < 0:
            ready = rows.day(supply.ready_on)
            tally.late = {line[_PARTY] for line in served if line[_TOLD] and line[_TOLD] < ready}
    return tally


def _first(
    served: Sequence[_Line], ends: Sequence[int], start: int, supply: Supply
) -> list[tuple[int, int, date | None]]:
    """Of each line its key, the units of it that this supply serves, and the day told last."""
    return [
        (
            line[_KEY],
            min(end, supply.upto) - max(end - line[_UNITS], supply.after),
            _day(line[_TOLD]) if line[_TOLD] else None,
        )
        for line, end in zip(served, ends[start:], strict=False)
    ]


#: What waits, as far as something on order reaches: `buffered_at` is the place of the first line that nothing covers.
_WAITING = (
    "SELECT line.variant_id, line.location_id, line.id, {party}, line.waiting,"
    " coalesce(line.told_on, line.promised_on) FROM onorder_stocklevel AS level"
    " JOIN onorder_orderline AS line ON line.variant_id = level.variant_id AND line.location_id = level.location_id"
    " AND line.waiting > 0 AND line.queued_at <= coalesce(level.buffered_at, %s)"
    "{whose} WHERE {condition}"
    " ORDER BY line.variant_id, line.location_id, line.queued_at, line.id"
)
_CUSTOMERS = {"party": "sales.customer_id", "whose": " JOIN onorder_order AS sales ON sales.id = line.order_id"}
_ORDERS = {"party": "line.order_id", "whose": ""}
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


_Line = tuple[Any, ...]
_KEY, _PARTY, _UNITS, _TOLD = 2, 3, 4, 5  # Places in such a row.


def _waiting(queues: Collection[tuple[int, int]], by_order: bool) -> Sequence[_Line]:
    """Lines, queue by queue in their order. Those of the same variants elsewhere are among them. At most one
    statement."""
    if not queues:
        return ()
    condition, parameter = rows.among("level.variant_id", {variant for variant, _ in queues})
    statement = _WAITING.format(condition=condition, **(_ORDERS if by_order else _CUSTOMERS))
    return rows.select(statement, (rows.instant(_EVER), parameter))


@lru_cache(maxsize=4_096)
def _day(on: date | str) -> date:
    return date.fromisoformat(on) if isinstance(on, str) else on


def _named(
    first: Mapping[int, Sequence[tuple[int, int, date | None]]], ready: Mapping[int, date | None]
) -> dict[int, list[Waits]]:
    keys = {line for of in first.values() for line, _, _ in of}
    whose = OrderLine.objects.filter(pk__in=keys).values_list(
        "pk", "order__number", "order__customer__name", "order__customer__reference"
    )
    names = {key: (number, name or reference) for key, number, name, reference in whose}
    return {
        supply: [Waits(*names[line], units, told_on, ready[supply]) for line, units, told_on in of if line in names]
        for supply, of in first.items()
    }
