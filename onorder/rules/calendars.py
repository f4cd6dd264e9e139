"""On which days somebody works, and until when a supplier takes orders: working days, closures, cut-offs, zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from onorder.errors import Phrase

#: What makes a buffer due.
Cause = Literal["order_day", "maximum_wait"]

_DAY: Final = timedelta(days=1)
_WEEK: Final = frozenset(range(7))
_LONGEST_CLOSURE: Final = 1_000  # Days in a row. Beyond it a calendar is a typing error, and a search in it hopeless.


def _check_weekdays(weekdays: frozenset[int]) -> None:
    if not weekdays <= _WEEK:
        raise ValueError(f"days of the week run from 0, Monday, to 6, Sunday; not {sorted(weekdays - _WEEK)}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """On which days somebody works: some days of the week (0 is Monday), less the days closed.

    Raises:
        ValueError: no day of the week, or one that does not exist; from any search, 1,000 closed days in a row.

    >>> easter = Calendar(frozenset({0, 1, 2, 3, 4}), frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    >>> easter.add(date(2026, 4, 2), 1)
    datetime.date(2026, 4, 7)
    """

    weekdays: frozenset[int]
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("a calendar needs at least one open day of the week")
        _check_weekdays(self.weekdays)

    def is_open(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.closed

    def next_open(self, day: date) -> date:
        """The first open day on or after `day`."""
        return self._search(day, _DAY)

    def back(self, day: date) -> date:
        """The last open day on or before `day`."""
        return self._search(day, -_DAY)

    def add(self, day: date, days: int) -> date:
        """The `days`-th open day after the first open day on or after `day`; that day itself for 0."""
        if days < 0:
            raise ValueError(f"cannot add {days} working days: count back from the later day instead")
        found = self.next_open(day)
        for _ in range(days):
            found = self.next_open(found + _DAY)
        return found

    def between(self, earlier: date, later: date) -> int:
        """How many open days come after `earlier`, up to and including `later`; 0 if `later` is not later.

        The working days that a delivery took. From an open day it is the inverse of `add`; for what was sent on a
        closed day, `add` begins to count at `next_open`.
        """
        return sum(self.is_open(earlier + timedelta(days=n)) for n in range(1, (later - earlier).days + 1))

    def _search(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_CLOSURE + 1):
            if day.weekday() in self.weekdays and day not in self.closed:
                return day
            day += step
        raise ValueError(f"the calendar is closed on {_LONGEST_CLOSURE:,} days in a row, up to {day - step}")


EVERY_DAY: Final = Calendar(_WEEK)
MONDAY_TO_FRIDAY: Final = Calendar(frozenset(range(5)))


def closures(first_on: date, last_on: date) -> frozenset[date]:
    """The days from the first to the last, both closed.

    Raises:
        ValueError: the last day is before the first.
    """
    if last_on < first_on:
        raise ValueError(f"a closure that begins on {first_on} cannot end on {last_on}")
    return frozenset(first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1))


@lru_cache(maxsize=256)
def country_holidays(country: str, subdivision: str | None, first_year: int, last_year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166: "GB", "DE"), or of a part of it ("SCT", "BY"), in these years.

    Raises:
        ValueError: the country or the part is not known, or the years run backwards.
    """
    import holidays  # Here, for it costs a fifth of a second, and a shop without a country never needs it.

    if last_year < first_year:
        raise ValueError(f"the years {first_year} to {last_year} run backwards")
    if country not in holidays.list_supported_countries():
        raise ValueError(
            Phrase(
                "no public holidays are known for the country {country!r}; use its code in ISO 3166", country=country
            )
        )
    try:
        known = holidays.country_holidays(country, subdiv=subdivision, years=range(first_year, last_year + 1))
    except NotImplementedError:
        raise ValueError(
            Phrase(
                "the country {country!r} has no part {part!r}; use its code in ISO 3166-2",
                country=country,
                part=subdivision,
            )
        ) from None
    return frozenset(known)


@dataclass(frozen=True, slots=True)
class Due:
    """The day by whose cut-off a buffer turns into a purchase order, whatever is in it, and what makes it that day."""

    on: date
    cause: Cause


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a supplier's buffer is due: order days, a longest wait of the oldest unit, or both.

    Args:
        weekdays: the days of the week on which the shop orders (0 is Monday); may be empty.
        cutoff: until when on such a day, as the wall clock in `zone` shows it.
        zone: IANA name of the zone that cut-offs and queueing days are read in.
        every_weeks: 1 orders every week, 2 every second one, and so on, in calendar weeks from Monday.
        anchor: any day in a week that counts; needed where not every week does.
        maximum_wait_days: how long the oldest unit waits at most, in calendar days after the day it queued.
        order_days_bind: False for a policy that lets an order day pass below the minimum (`roll`): then only the
            longest wait is sure to end in a purchase order.

    Raises:
        ValueError: nothing in it is sure to end in a purchase order, so no date can be promised; or a value is absurd.
    """

    weekdays: frozenset[int]
    cutoff: time
    zone: str
    every_weeks: int = 1
    anchor: date | None = None
    maximum_wait_days: int | None = None
    order_days_bind: bool = True

    def __post_init__(self) -> None:
        _check_weekdays(self.weekdays)
        if self.maximum_wait_days is None and not (self.weekdays and self.order_days_bind):
            raise ValueError("a policy with neither binding order days nor a longest wait cannot promise a date")
        if self.maximum_wait_days is not None and self.maximum_wait_days < 0:
            raise ValueError(f"a longest wait of {self.maximum_wait_days} days is over before it begins")
        if self.every_weeks < 1 or (self.every_weeks > 1 and self.anchor is None):
            raise ValueError("order days every n-th week need n >= 1 and a day in a week that counts")
        if self.cutoff.tzinfo is not None:
            raise ValueError("a cut-off is wall time: its zone stands beside it")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.zone!r}") from None

    def cutoff_at(self, day: date) -> datetime:
        """The instant, in UTC, at which the order day `day` ends.

        One instant even where the clock is changed: a wall time that comes twice counts when it comes last; one that is
        skipped counts as long after midnight as if the clock had not been changed.
        """
        return _instant(day, self.cutoff, self.zone)

    def first_day(self, now: datetime) -> date:
        """The first day whose cut-off is not over: today in the policy's zone, or tomorrow after today's cut-off."""
        return _first_day(now, self.cutoff, self.zone)

    def order_days(self, first: date) -> Iterator[date]:
        """The scheduled order days on or after `first`, earliest first, for as long as a calendar may be closed."""
        for n in range(self._horizon if self.weekdays else 0):
            day = first + timedelta(days=n)
            if self._is_order_day(day):
                yield day

    def due_on(self, now: datetime, calendar: Calendar, oldest_at: datetime | None = None) -> Due:
        """When a buffer is due, seen from `now`: on its next order day, or when its oldest unit has waited longest.

        Args:
            now: this instant; after a day's cut-off that day is over.
            calendar: the supplier's. A day on which it is closed moves back to the last open one that is not over.
            oldest_at: when the oldest unit in the buffer queued; None if it is empty, so that its first comes now.
        """
        return _due_on(self, calendar, self.first_day(now), _day(oldest_at or now, self.zone))

    def last_cutoff(self, now: datetime, calendar: Calendar) -> datetime | None:
        """The latest cut-off of an order day that has come by `now`, in UTC; None without order days.

        Order days moved back where the supplier is closed, whether they bind or not. Asked late, after an outage, it
        still names the deadline that passed meanwhile: once the cut-off of the order day that `due_on` gave is over,
        this is never earlier than that cut-off.
        """
        day = self.first_day(now)
        last_over = day if self.cutoff_at(day) <= now else day - _DAY
        # An order day after that one, but before the next open day, moved back to where it is over as well.
        day = calendar.next_open(last_over + _DAY) - _DAY
        for _ in range(self._horizon if self.weekdays else 0):
            if self._is_order_day(day):
                return self.cutoff_at(calendar.back(day))
            day -= _DAY
        return None

    def maximum_wait_at(self, oldest_at: datetime, calendar: Calendar) -> datetime | None:
        """The instant, in UTC, at which a unit queued at `oldest_at` has waited longest; None without a longest wait.

        The cut-off of the day that `due_on` gives for it; it stays when it is over.
        """
        if self.maximum_wait_days is None:
            return None
        return self.cutoff_at(self._wait_ends_on(self.first_day(oldest_at), calendar, _day(oldest_at, self.zone)))

    @property
    def _horizon(self) -> int:
        return _LONGEST_CLOSURE + 7 * (self.every_weeks + 1)

    def _is_order_day(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        return self.anchor is None or (_week(day) - _week(self.anchor)) % self.every_weeks == 0

    def _next_order_day(self, first: date, calendar: Calendar) -> date:
        for day in self.order_days(first):
            if (moved := calendar.back(day)) >= first:
                return moved
        raise ValueError(f"no order day on or after {first} is open")

    def _wait_ends_on(self, first: date, calendar: Calendar, oldest_on: date) -> date:
        ends_on = oldest_on + timedelta(days=self.maximum_wait_days or 0)
        moved = calendar.back(ends_on)
        return moved if moved >= first else calendar.next_open(first)


@lru_cache(maxsize=4_096)
def _due_on(rhythm: Rhythm, calendar: Calendar, first: date, oldest_on: date) -> Due:
    found: list[Due] = []
    if rhythm.weekdays and rhythm.order_days_bind:
        found.append(Due(rhythm._next_order_day(first, calendar), "order_day"))
    if rhythm.maximum_wait_days is not None:
        found.append(Due(rhythm._wait_ends_on(first, calendar, oldest_on), "maximum_wait"))
    return min(found, key=lambda due: due.on)  # Of two on one day, the order day.


@lru_cache(maxsize=256)
def _first_day(now: datetime, cutoff: time, zone: str) -> date:
    today = _day(now, zone)
    # From yesterday on, for a cut-off that the clock skips just before midnight falls into the day after.
    return next(day for day in (today - _DAY, today, today + _DAY) if now <= _instant(day, cutoff, zone) or day > today)


@lru_cache(maxsize=4_096)
def _instant(day: date, moment: time, zone: str) -> datetime:
    wall = datetime.combine(day, moment, ZoneInfo(zone))
    return max(wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC))


def _day(instant: datetime, zone: str) -> date:
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant} has no zone, so it is no instant")
    return instant.astimezone(ZoneInfo(zone)).date()


def _week(day: date) -> int:
    """Calendar weeks, from Monday, since the calendar began: 1 January of the year 1 was a Monday."""
    return (day.toordinal() - 1) // 7
