"""The day on which a line ships, and the reasons for it: sent, arrives, put away, packed, each in its own working days.

A promise is the day that holds in a share `p` of such cases, nine in ten; the expected day is the same with a half.
Where the day of sending is uncertain too, the two are convolved, day by day and exactly: adding up what holds in nine
cases of ten each would promise too late a day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from itertools import accumulate, pairwise
from math import ceil, prod
from types import MappingProxyType
from typing import Final, Literal

from onorder.rules.calendars import Calendar, Cause, Rhythm
from onorder.rules.lead_time import LeadTime, slip_or_convention

#: What a step of a promise says.
What = Literal[
    "order_day",
    "maximum_wait",
    "filled",
    "usual_time",
    "sent",
    "lead_time",
    "confirmed",
    "overdue",
    "put_away",
    "packed",
    "carried",
    "shelf",
]

_PROMISED: Final = 0.9  # Beyond the day that this share of its deliveries keeps, an order is overdue.
_OVERDUE_SHARE: Final = 0.8
_LONGEST_LEAD: Final = 1_000  # Working days that a distribution reaches at most,
_TAIL: Final = 1e-4  # or as far as to leave out this share.
_CACHED: Final = 8_192


@dataclass(frozen=True, slots=True)
class Handling:
    """How the shop takes goods in and sends them out.

    Args:
        goods_in: days on which deliveries are put away; one takes `put_away_days` of them after it arrived.
        shipping: days on which parcels leave; one takes `packing_days` of them after the goods are put away.
        carrier: days on which the carrier works; a parcel takes `carrier_days` of them to the customer.
    """

    goods_in: Calendar
    put_away_days: int
    shipping: Calendar
    packing_days: int
    carrier: Calendar
    carrier_days: int


@dataclass(frozen=True, slots=True)
class Step:
    """One reason for a date: what takes `days` (working days of whoever does it; 0 for a point in time) until `on`."""

    what: What
    on: date
    days: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The day `on` which units ship in a `share` of such cases, and the steps to it, in order.

    `confident` is False while the lead time rests on fewer than five deliveries, or the slip on fewer than five
    confirmed dates.
    """

    on: date
    steps: tuple[Step, ...]
    confident: bool
    share: float = _PROMISED


#: The share of cases in which it has happened by each day, days ascending. Between two days it is that of the earlier.
Distribution = Mapping[date, float]


@lru_cache(maxsize=_CACHED)
def from_shelf(today: date, handling: Handling) -> Promise:
    """When units that are free in the warehouse ship. `today` is the day in the shop's zone."""
    ship = handling.shipping.add(today, handling.packing_days)
    return Promise(ship, (Step("shelf", today, 0), Step("packed", ship, handling.packing_days)), confident=True)


@lru_cache(maxsize=_CACHED)
def from_buffer(
    sent_on: date, cause: Cause, lead: LeadTime, supplier: Calendar, handling: Handling, p: float = _PROMISED
) -> Promise:
    """When units ship that nothing covers yet: what their buffer's next purchase order will bring.

    Args:
        sent_on, cause: when the buffer is due, and why (`Rhythm.due_on`). The deadline, not a forecast of when the
            minimum will be reached: no window of past days sees a turn in demand.
        lead: of the supplier, in working days of the calendar `supplier`.
        p: share of cases in which the day holds, in (0, 1).
    """
    days = lead.whole_days(p)
    arrives = supplier.add(sent_on, days)
    steps = (Step(cause, sent_on, 0), Step("lead_time", arrives, days))
    return _ship(steps, handling, lead.is_confident, p)


def from_forecast(
    sent: Distribution, lead: LeadTime, supplier: Calendar, handling: Handling, p: float
) -> Promise | None:
    """When units ship that nothing covers yet, if their buffer may fill before it is due; for the expected day only.

    Args:
        sent: the probability of each day of sending (`sent_distribution`).
        p: share of cases in which the day holds, in (0, 1).
    """
    on = next((day for day, share in _shipped_by(sent, lead, supplier, handling, None) if share >= p - 1e-12), None)
    if on is None:
        return None
    cumulated = dict(zip(sent, accumulate(sent.values()), strict=True))
    filled = Step("filled", earliest(cumulated, 0.5) or max(sent), 0)
    return Promise(on, (filled, Step("usual_time", on, 0)), lead.is_confident, p)


@lru_cache(maxsize=_CACHED)
def from_purchase_order(
    sent_on: date,
    today: date,
    lead: LeadTime | None,
    supplier: Calendar,
    handling: Handling,
    p: float = _PROMISED,
    *,
    confirmed_on: date | None = None,
    slip_days: float | None = None,
) -> Promise | None:
    """When units ship that an open purchase order will bring; None if nobody can tell, and the supplier must be asked.

    Args:
        sent_on: when it was sent, or will be.
        today: the day in the shop's zone. Nothing arrives before it.
        lead: of the supplier, fitted with this order among the open ones; None if nothing is known of it.
        p: share of cases in which the day holds, in (0, 1). An overdue order is promised at .8 at most.
        confirmed_on: the day that the supplier confirmed for the delivery. It replaces the lead time, until it and the
            slip after it are over.
        slip_days: by how many days nine in ten of its deliveries miss such a day (`lead_time.slip_quantile`); None
            until that is known, and then a fifth of the remaining time, at least a day. An expected day (p of .5 and
            less) is the confirmed one as it stands.
    """
    if confirmed_on is not None:
        slip = slip_or_convention(slip_days, (confirmed_on - today).days)
        if confirmed_on + timedelta(days=slip) >= today:
            slip = slip if p > 0.5 else 0
            arrives = max(confirmed_on + timedelta(days=slip), today)
            return _ship((Step("confirmed", arrives, slip),), handling, slip_days is not None, p)
    return _from_lead_time(sent_on, today, lead, supplier, handling, p) if lead else None


def delivered(promise: Promise, handling: Handling) -> Promise:
    """The same until the parcel is at the customer's door."""
    on = handling.carrier.add(promise.on, handling.carrier_days)
    return replace(promise, on=on, steps=(*promise.steps, Step("carried", on, handling.carrier_days)))


def ship_distribution(
    sent: Distribution | date, lead: LeadTime, supplier: Calendar, handling: Handling, *, today: date | None = None
) -> Distribution:
    """The share of cases in which units have shipped by each day.

    Args:
        sent: the day of sending, or the probability of each (`sent_distribution`; not cumulated).
        lead: of the supplier, in working days of the calendar `supplier`. Its tail beyond .9999, or beyond 1,000
            working days, is left out: the last day has that much less than 1.
        today: the share among orders that have not come by this day, as those still open on it. None for all orders.

    Raises:
        ValueError: `today` for an order that is not sent yet, with several days on which it may be.

    Each pair of a sending day and a lead time in whole days counts once: no simulation.
    """
    if isinstance(sent, date):
        return _of_one_day(sent, lead, supplier, handling, today)
    if today and len(sent) > 1:
        raise ValueError("an order that may be sent on several days is not open yet")
    return _convolved(sent, lead, supplier, handling, today)


def earliest(distribution: Distribution, p: float = _PROMISED) -> date | None:
    """The first day by which a share `p` has happened; None if that lies beyond the distribution."""
    return next((day for day, share in distribution.items() if share >= p - 1e-12), None)


def together(lines: Iterable[tuple[object, Distribution]], p: float = _PROMISED) -> date | None:
    """The first day by which all lines of an order are ready in a share `p` of cases; None beyond the distributions.

    Args:
        lines: of each line, its supplier (anything hashable), and when it is ready. Lines of one supplier come
            together, so the slowest counts; suppliers are late independently, so their shares multiply. The latest of
            the lines' own days would be too early: two suppliers keep it in 81 of 100 cases, not in 90.
    """
    by_supplier: dict[object, list[Callable[[date], float]]] = {}
    first = last = date.min  # Before each line is ready in that share of cases, all of them together are not.
    for supplier, distribution in lines:
        own = earliest(distribution, p)
        if own is None:
            return None
        by_supplier.setdefault(supplier, []).append(_by_day(distribution))
        first, last = max(first, own), max(last, *distribution)

    if not by_supplier:
        return None

    def ready_by(day: int) -> float:
        on = date.fromordinal(day)
        return prod(min(by_day(on) for by_day in of_one) for of_one in by_supplier.values())

    # The share never falls with time.
    day = bisect_left(range(last.toordinal() + 1), p - 1e-12, lo=first.toordinal(), key=ready_by)
    return date.fromordinal(day) if day <= last.toordinal() else None


def reached(missing: int, days: float, rate: float, v: float, history_days: float) -> float:
    """The chance that so many more units are ordered within so many days from now.

    Args:
        missing: units to the minimum; none missing is certain.
        days: from now; may be a fraction.
        rate: units ordered a day, over the history.
        v: sum of q^2 over sum of q, for the quantities q of its orders: 1 if all are single units.
        history_days: how long the history is; the shorter, the less sure is the rate. May be infinite.

    Raises:
        ValueError: `v` is below 1, or the history has no length.

    Units come as a compound Poisson process of uncertain rate, taken as negative binomial with its mean and variance.

    >>> round(reached(6, 7, rate=0.6, v=2.5, history_days=28), 6)
    0.283689
    """
    if v < 1 or not history_days > 0:
        raise ValueError(f"v of {v} is below 1, or a history of {history_days} days has no length")
    if missing <= 0:
        return 1.0
    if days <= 0 or rate <= 0:
        return 0.0
    special = import_module("scipy.special")  # Here, for it takes a quarter of a second, and no promise needs it.
    mean = rate * days
    ratio = v * (1 + days / history_days)
    if ratio - 1 < 1e-9:
        return float(special.pdtrc(missing - 1, mean))
    return float(special.betainc(missing, mean / (ratio - 1), 1 - 1 / ratio))


def sent_distribution(
    now: datetime,
    due_on: date,
    rhythm: Rhythm,
    supplier: Calendar,
    *,
    missing: int,
    rate: float,
    v: float,
    history_days: float,
) -> Distribution:
    """The probability that a buffer is sent on each day, from now until it is due.

    Sent on the day whose cut-off sees the minimum reached, or the supplier's next open day, and never after the day on
    which it is due anyway. Not cumulated. For the expected day only: a promise is made on the deadline.

    Args:
        due_on: from `rhythm.due_on`.
        missing, rate, v, history_days: as for `reached`.
    """
    chances: dict[date, float] = {}
    before = 0.0
    day = supplier.next_open(rhythm.first_day(now))
    while day < due_on:
        days = (rhythm.cutoff_at(day) - now) / timedelta(days=1)
        so_far = max(before, reached(missing, days, rate, v, history_days))
        if so_far > before:
            chances[day] = so_far - before
        before = so_far
        day = supplier.next_open(day + timedelta(days=1))
    return chances | {due_on: 1 - before} if before < 1 else chances


def _from_lead_time(
    sent_on: date, today: date, lead: LeadTime, supplier: Calendar, handling: Handling, p: float
) -> Promise | None:
    age = supplier.between(supplier.next_open(sent_on), today)
    sent = Step("sent", sent_on, 0)
    if age <= lead.whole_days(_PROMISED):
        days = max(1, ceil(age + lead.remaining(p, age) - 0.5))
        arrives = max(supplier.add(sent_on, days), supplier.next_open(today))
        return _ship((sent, Step("lead_time", arrives, days)), handling, lead.is_confident, p)
    p = min(p, _OVERDUE_SHARE)
    left = lead.remaining_promise(age, p)
    if left is None:
        return None
    days = max(0, ceil(left - 0.5))
    return _ship((sent, Step("overdue", supplier.add(today, days), days)), handling, lead.is_confident, p)


def _ship(steps: tuple[Step, ...], handling: Handling, confident: bool, p: float) -> Promise:
    """From the arrival in the last of these steps to the day the parcel leaves."""
    put_away = handling.goods_in.add(steps[-1].on, handling.put_away_days)
    ships = handling.shipping.add(put_away, handling.packing_days)
    at_home = (Step("put_away", put_away, handling.put_away_days), Step("packed", ships, handling.packing_days))
    return Promise(ships, steps + at_home, confident, p)


@lru_cache(maxsize=_CACHED // 8)
def _of_one_day(
    sent_on: date, lead: LeadTime, supplier: Calendar, handling: Handling, today: date | None
) -> Distribution:
    return _convolved({sent_on: 1.0}, lead, supplier, handling, today)


def _convolved(
    sent: Distribution, lead: LeadTime, supplier: Calendar, handling: Handling, today: date | None
) -> Distribution:
    by_ship_day: dict[date, float] = {}
    for ships, share in _shipped_by(sent, lead, supplier, handling, today):
        by_ship_day[ships] = share
    return MappingProxyType(by_ship_day)


def _shipped_by(
    sent: Distribution, lead: LeadTime, supplier: Calendar, handling: Handling, today: date | None
) -> Iterator[tuple[date, float]]:
    """The days on which it may ship, each with the share of cases in which it has by then. A day may come again."""
    first = supplier.next_open(min(sent))
    leads = _lead_chances(lead, supplier.between(first, today) if today else None)
    arrivals = [0.0] * (supplier.between(first, supplier.next_open(max(sent))) + len(leads))
    for day, sent_then in sent.items():
        after = supplier.between(first, supplier.next_open(day))
        for days, taken in enumerate(leads):
            arrivals[after + days] += sent_then * taken
    not_before = supplier.next_open(today) if today else first
    share = 0.0
    for day, chance in zip(_open_days(supplier, first), arrivals, strict=False):
        if chance:
            share += chance
            yield _ships_on(max(day, not_before), handling), share


@lru_cache(maxsize=_CACHED)
def _ships_on(arrives: date, handling: Handling) -> date:
    put_away = handling.goods_in.add(arrives, handling.put_away_days)
    return handling.shipping.add(put_away, handling.packing_days)


@lru_cache(maxsize=_CACHED // 8)
def _lead_chances(lead: LeadTime, age: int | None) -> tuple[float, ...]:
    """The chance of each lead time in whole days, from 0 on; of an order still open at `age`, where one is given."""
    if age is None:
        gone, left, longest = 0.0, 1.0, lead.whole_days(1 - _TAIL)
    else:
        left = lead.longer_than(age)
        gone, longest = 1 - left, age + ceil(lead.remaining(1 - _TAIL, age))
    reached_by = [max(0.0, (lead.at_most(days) - gone) / left) for days in range(min(longest, _LONGEST_LEAD) + 1)]
    return (0.0, *(later - earlier for earlier, later in pairwise(reached_by)))


def _open_days(calendar: Calendar, first: date) -> Iterator[date]:
    while True:
        yield first
        first = calendar.next_open(first + timedelta(days=1))


def _by_day(distribution: Distribution) -> Callable[[date], float]:
    """The distribution as a function of the day: between two of its days, that of the earlier."""
    days = list(distribution)
    shares = [0.0, *distribution.values()]
    return lambda day: shares[bisect_right(days, day)]
