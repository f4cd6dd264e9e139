from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onorder.rules.calendars import EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Due, Rhythm, closures, country_holidays

FRIDAY = frozenset({4})
FIVE = time(17)
EASTER = Calendar(MONDAY_TO_FRIDAY.weekdays, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
YEAR_END = Calendar(MONDAY_TO_FRIDAY.weekdays, closures(date(2026, 12, 24), date(2027, 1, 3)))

#: Zones whose clocks change at 2, at 1, at midnight, an hour before it, by half an hour, and never.
ZONES = ["Europe/Berlin", "Atlantic/Azores", "Asia/Beirut", "America/Scoresbysund", "Australia/Lord_Howe", "Asia/Tokyo"]

days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
calendars = st.builds(
    Calendar,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=40),
)
rhythms = st.builds(
    Rhythm,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1, max_size=3),
    cutoff=st.one_of(st.times(), st.sampled_from([time(0), time(0, 30), time(2, 30), time(23, 30)])),
    zone=st.sampled_from(ZONES),
    every_weeks=st.integers(1, 3),
    anchor=days,
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def at(day, hour, minute=0, zone="UTC"):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def fridays(**changes):
    return Rhythm(**{"weekdays": FRIDAY, "cutoff": FIVE, "zone": "UTC"} | changes)


ROLLING = fridays(maximum_wait_days=21, order_days_bind=False)


# Calendars


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2026, 4, 2), 0, date(2026, 4, 2)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # Over Good Friday, the weekend and Easter Monday.
        (date(2026, 4, 4), 0, date(2026, 4, 7)),  # From a closed day on: the first open one is day 0.
        (date(2026, 4, 4), 1, date(2026, 4, 8)),
        (date(2026, 3, 6), 13, date(2026, 3, 25)),
    ],
)
def test_adding_working_days(day, days, expected):
    assert EASTER.add(day, days) == expected


def test_back_is_the_last_open_day_on_or_before():
    assert YEAR_END.back(date(2026, 12, 25)) == date(2026, 12, 23)
    assert YEAR_END.back(date(2026, 12, 23)) == date(2026, 12, 23)


@given(calendars, days, st.integers(0, 30))
def test_adding_is_walking_from_open_day_to_open_day(calendar, day, days):
    walked = [d for d in (day + timedelta(n) for n in range(400)) if calendar.is_open(d)]
    assert calendar.add(day, days) == walked[days]


@given(calendars, days, st.integers(0, 30))
def test_between_gives_back_what_was_added_to_an_open_day(calendar, day, days):
    start = calendar.next_open(day)
    assert calendar.between(start, calendar.add(start, days)) == days


@given(calendars, days, st.integers(1, 60))
def test_nothing_lies_between_a_day_and_an_earlier_one(calendar, day, days):
    assert calendar.between(day, day) == calendar.between(day, day - timedelta(days)) == 0


@given(calendars, days)
def test_no_open_day_lies_between_a_day_and_the_open_days_around_it(calendar, day):
    back, following = calendar.back(day), calendar.next_open(day)
    assert back <= day <= following
    skipped = {back + timedelta(n) for n in range(1, (following - back).days)}
    assert not any(calendar.is_open(d) for d in skipped | {day} - {back, following})


def test_a_calendar_is_open_some_day_of_the_week():
    with pytest.raises(ValueError, match="at least one"):
        Calendar(frozenset())
    with pytest.raises(ValueError, match=r"\[7\]"):
        Calendar(frozenset({1, 7}))


@pytest.mark.parametrize("search", [Calendar.next_open, Calendar.back])
def test_a_search_ends_even_if_the_calendar_never_opens(search):
    shut = Calendar(MONDAY_TO_FRIDAY.weekdays, closures(date(2020, 1, 1), date(2030, 1, 1)))
    with pytest.raises(ValueError, match="1,000 days in a row"):
        search(shut, date(2025, 1, 1))


def test_working_days_are_not_added_backwards():
    with pytest.raises(ValueError, match="-1 working days"):
        EVERY_DAY.add(date(2026, 3, 2), -1)


def test_equal_calendars_are_one_key():
    assert len({EASTER, Calendar(frozenset(range(5)), frozenset(EASTER.closed))}) == 1


def test_closures_include_both_ends():
    assert closures(date(2026, 12, 31), date(2027, 1, 1)) == {date(2026, 12, 31), date(2027, 1, 1)}
    with pytest.raises(ValueError, match="cannot end"):
        closures(date(2026, 12, 31), date(2026, 12, 30))


# Country holidays


def test_the_holidays_of_a_country_and_of_its_part():
    england = country_holidays("GB", "ENG", 2026, 2027)
    assert {date(2026, 4, 6), date(2027, 12, 27)} <= england
    assert date(2026, 4, 6) not in country_holidays("GB", "SCT", 2026, 2026)
    assert date(2027, 12, 27) not in country_holidays("GB", "ENG", 2026, 2026)


@pytest.mark.parametrize(
    ("country", "subdivision", "years", "sentence"),
    [
        ("XX", None, (2026, 2026), "country 'XX'"),
        ("HolidayBase", None, (2026, 2026), "country 'HolidayBase'"),
        ("DE", "ZZ", (2026, 2026), "part 'ZZ'"),
        ("DE", None, (2027, 2026), "backwards"),
    ],
)
def test_an_unknown_country_is_said_in_a_sentence(country, subdivision, years, sentence):
    with pytest.raises(ValueError, match=sentence):
        country_holidays(country, subdivision, *years)


# Rhythms


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weekdays": frozenset()}, "cannot promise a date"),
        ({"order_days_bind": False}, "cannot promise a date"),
        ({"maximum_wait_days": -1}, "longest wait"),
        ({"every_weeks": 0}, "n-th week"),
        ({"every_weeks": 2}, "n-th week"),
        ({"weekdays": frozenset({9})}, "days of the week"),
        ({"zone": "Europe/Atlantis"}, "no time zone"),
        ({"cutoff": time(17, tzinfo=UTC)}, "wall time"),
    ],
)
def test_a_rhythm_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        fridays(**changes)


def test_the_cutoff_itself_is_still_in_time():
    friday, saturday = date(2026, 3, 6), date(2026, 3, 7)
    assert fridays().first_day(at(friday, 17)) == friday
    assert fridays().first_day(at(friday, 17) + timedelta(microseconds=1)) == saturday


def test_a_cutoff_that_the_clock_skips_before_midnight_ends_after_it():
    greenland = fridays(zone="America/Scoresbysund", cutoff=time(23, 30))
    saturday = date(2026, 3, 28)  # At 23:00 the clock is put to midnight.
    half_past = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert greenland.cutoff_at(saturday) == half_past
    assert greenland.first_day(half_past) == saturday
    assert greenland.first_day(half_past + timedelta(minutes=1)) == date(2026, 3, 29)


def test_the_day_is_that_of_the_policys_zone():
    tokyo = fridays(zone="Asia/Tokyo", cutoff=time(9))
    assert tokyo.first_day(datetime(2026, 3, 5, 23, 59, tzinfo=UTC)) == date(2026, 3, 6)
    assert tokyo.first_day(datetime(2026, 3, 6, 0, 1, tzinfo=UTC)) == date(2026, 3, 7)


def test_an_instant_without_a_zone_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="no zone"):
        fridays().due_on(datetime(2026, 3, 6, 12), EVERY_DAY)


def test_every_second_week_counts_from_monday():
    sundays_and_mondays = fridays(weekdays=frozenset({0, 6}), every_weeks=2, anchor=date(2026, 3, 4))
    assert list(islice(sundays_and_mondays.order_days(date(2026, 2, 24)), 4)) == [
        date(2026, 3, 2),
        date(2026, 3, 8),
        date(2026, 3, 16),
        date(2026, 3, 22),
    ]


def test_every_third_week_counts_backwards_from_its_anchor_too():
    mondays = fridays(weekdays=frozenset({0}), every_weeks=3, anchor=date(2026, 5, 6))
    assert list(islice(mondays.order_days(date(2026, 3, 1)), 2)) == [date(2026, 3, 2), date(2026, 3, 23)]


def test_order_days_come_to_an_end():
    assert sum(1 for _ in fridays().order_days(date(2026, 1, 1))) < 200


@pytest.mark.parametrize(
    ("now", "rhythm", "calendar", "oldest_at", "expected"),
    [
        (at(date(2026, 3, 3), 10), fridays(), MONDAY_TO_FRIDAY, None, Due(date(2026, 3, 6), "order_day")),
        (at(date(2026, 3, 6), 17, 5), fridays(), MONDAY_TO_FRIDAY, None, Due(date(2026, 3, 13), "order_day")),
        (at(date(2026, 12, 22), 9), fridays(), YEAR_END, None, Due(date(2026, 12, 23), "order_day")),
        # After the cut-off of the day it moved back to, the next order day, which moves back to that day too, is over.
        (at(date(2026, 12, 23), 18), fridays(), YEAR_END, None, Due(date(2027, 1, 8), "order_day")),
        (at(date(2026, 3, 31), 12), fridays(), EASTER, None, Due(date(2026, 4, 2), "order_day")),
        (
            at(date(2026, 3, 3), 10),
            fridays(weekdays=frozenset({0}), every_weeks=2, anchor=date(2026, 3, 2), maximum_wait_days=7),
            MONDAY_TO_FRIDAY,
            at(date(2026, 3, 1), 12),
            Due(date(2026, 3, 6), "maximum_wait"),
        ),
        # Nobody waits yet: the longest wait of the first unit begins now.
        (
            at(date(2026, 3, 3), 10),
            fridays(weekdays=frozenset(), maximum_wait_days=14),
            MONDAY_TO_FRIDAY,
            None,
            Due(date(2026, 3, 17), "maximum_wait"),
        ),
        # Over already: at once, and if no open day is left on which, on the next.
        (
            at(date(2026, 3, 4), 10),
            fridays(maximum_wait_days=7),
            MONDAY_TO_FRIDAY,
            at(date(2026, 1, 1), 12),
            Due(date(2026, 3, 4), "maximum_wait"),
        ),
        (
            at(date(2026, 3, 7), 10),
            fridays(weekdays=frozenset(), maximum_wait_days=7),
            MONDAY_TO_FRIDAY,
            at(date(2026, 3, 1), 12),
            Due(date(2026, 3, 9), "maximum_wait"),
        ),
        # On the same day, the order day is the reason; and below the minimum of a policy that rolls, it is none.
        (
            at(date(2026, 3, 3), 10),
            fridays(maximum_wait_days=3),
            MONDAY_TO_FRIDAY,
            None,
            Due(date(2026, 3, 6), "order_day"),
        ),
        (
            at(date(2026, 3, 3), 10),
            ROLLING,
            MONDAY_TO_FRIDAY,
            None,
            Due(date(2026, 3, 24), "maximum_wait"),
        ),
    ],
)
def test_when_a_buffer_is_due(now, rhythm, calendar, oldest_at, expected):
    assert rhythm.due_on(now, calendar, oldest_at) == expected


def test_the_day_a_unit_queued_is_that_of_the_policys_zone():
    tokyo = fridays(weekdays=frozenset(), maximum_wait_days=7, zone="Asia/Tokyo")
    queued_at = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # Tuesday half past midnight in Tokyo.
    assert tokyo.due_on(queued_at, EVERY_DAY, queued_at).on == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 3, 28), time(2, 30), datetime(2026, 3, 28, 1, 30, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # Skipped: 2 becomes 3.
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # Twice: the second.
        (date(2026, 7, 3), FIVE, datetime(2026, 7, 3, 15, tzinfo=UTC)),
        (date(2026, 12, 4), FIVE, datetime(2026, 12, 4, 16, tzinfo=UTC)),
    ],
)
def test_a_cutoff_is_one_instant_even_when_the_clock_changes(day, wall, expected):
    cutoff_at = fridays(zone="Europe/Berlin", cutoff=wall).cutoff_at(day)
    assert (cutoff_at, cutoff_at.tzinfo) == (expected, UTC)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_deadline_on_a_clock_change_comes_once(day):
    sundays = fridays(weekdays=frozenset({6}), zone="Europe/Berlin", cutoff=time(2, 30))
    minutes = [at(day, 0) - timedelta(hours=6) + timedelta(minutes=n) for n in range(24 * 60)]
    seen = [sundays.last_cutoff(minute, EVERY_DAY) for minute in minutes]
    assert sum(before != after for before, after in pairwise(seen)) == 1


@pytest.mark.parametrize(
    ("now", "rhythm", "calendar", "expected"),
    [
        (at(date(2026, 3, 6), 16, 59), fridays(), EVERY_DAY, at(date(2026, 2, 27), 17)),
        (at(date(2026, 3, 6), 17), fridays(), EVERY_DAY, at(date(2026, 3, 6), 17)),
        (at(date(2026, 3, 12), 23), fridays(), EVERY_DAY, at(date(2026, 3, 6), 17)),
        (at(date(2026, 4, 2), 17), fridays(), EASTER, at(date(2026, 4, 2), 17)),  # Good Friday's, a day early.
        (at(date(2026, 4, 2), 16), fridays(), EASTER, at(date(2026, 3, 27), 17)),
        # Both order days of the closure moved back to the day before it.
        (at(date(2026, 12, 23), 17), fridays(), YEAR_END, at(date(2026, 12, 23), 17)),
        (at(date(2027, 1, 7), 17), fridays(), YEAR_END, at(date(2026, 12, 23), 17)),
        (at(date(2026, 3, 6), 18), ROLLING, EVERY_DAY, at(date(2026, 3, 6), 17)),
        (at(date(2026, 3, 6), 18), fridays(weekdays=frozenset(), maximum_wait_days=9), EVERY_DAY, None),
    ],
)
def test_the_last_deadline_that_came(now, rhythm, calendar, expected):
    assert rhythm.last_cutoff(now, calendar) == expected


@given(rhythms, calendars, instants, st.timedeltas(timedelta(microseconds=1), timedelta(days=60)))
def test_a_deadline_ahead_is_seen_once_it_is_over(rhythm, calendar, now, later):
    deadline = rhythm.cutoff_at(rhythm.due_on(now, calendar).on)
    assert deadline >= now
    seen = rhythm.last_cutoff(now, calendar)
    assert seen is None or seen <= now
    assert rhythm.last_cutoff(deadline, calendar) == deadline
    after = rhythm.last_cutoff(deadline + later, calendar)
    assert after is not None
    assert deadline <= after <= deadline + later


@given(rhythms, calendars, instants)
def test_no_deadline_lies_between_the_last_one_and_the_next(rhythm, calendar, now):
    following = rhythm.cutoff_at(rhythm.due_on(now, calendar).on)
    assume(following > now)
    assert rhythm.last_cutoff(following - timedelta(microseconds=1), calendar) == rhythm.last_cutoff(now, calendar)


@given(rhythms, instants)
def test_the_first_day_is_the_earliest_whose_cutoff_is_not_over(rhythm, now):
    first = rhythm.first_day(now)
    assert rhythm.cutoff_at(first) >= now > rhythm.cutoff_at(first - timedelta(1))


@given(rhythms, calendars, instants, st.integers(0, 20), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_the_longest_wait_ends_when_it_was_said_to(rhythm, calendar, queued_at, wait, later):
    waits = Rhythm(frozenset(), rhythm.cutoff, rhythm.zone, maximum_wait_days=wait)
    ends_at = waits.maximum_wait_at(queued_at, calendar)
    assert ends_at == waits.cutoff_at(waits.due_on(queued_at, calendar, queued_at).on)
    seen_later = waits.cutoff_at(waits.due_on(queued_at + later, calendar, queued_at).on)
    assert (seen_later == ends_at) if queued_at + later <= ends_at else (seen_later >= queued_at + later)


def test_without_a_longest_wait_none_ends():
    assert fridays().maximum_wait_at(at(date(2026, 3, 3), 10), EVERY_DAY) is None
