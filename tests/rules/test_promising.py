from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import inf, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.calendars import EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Rhythm, closures
from onorder.rules.lead_time import LeadTime
from onorder.rules.promising import (
    Handling,
    Step,
    delivered,
    earliest,
    from_buffer,
    from_forecast,
    from_purchase_order,
    from_shelf,
    reached,
    sent_distribution,
    ship_distribution,
    together,
)

WEEK = MONDAY_TO_FRIDAY
HANDLING = Handling(WEEK, 1, WEEK, 1, WEEK, 0)
LEAD = LeadTime(log(8), 0.35, n=41)
SIX_DAYS = LeadTime(log(6), 0.01, n=41)
FRIDAYS = Rhythm(frozenset({4}), time(17), "UTC")
SECOND_MONDAYS = Rhythm(frozenset({0}), time(17), "UTC", every_weeks=2, anchor=date(2026, 3, 2), maximum_wait_days=7)
FORTNIGHT = Rhythm(frozenset(), time(17), "UTC", maximum_wait_days=14)
YEAR_END = Calendar(WEEK.weekdays, closures(date(2026, 12, 24), date(2027, 1, 3)))
EASTER = Calendar(WEEK.weekdays, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
AT_EASTER = Handling(EASTER, 1, EASTER, 1, Calendar(frozenset(range(6)), EASTER.closed), 2)
FROM_TUESDAY = Handling(Calendar(frozenset({1, 2, 3, 4})), 0, WEEK, 1, WEEK, 0)
TUESDAY_TEN = datetime(2026, 3, 3, 10, tzinfo=UTC)

calendars = st.builds(
    Calendar,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 3, 1), date(2026, 5, 1)), max_size=20),
)
handlings = st.builds(
    Handling, calendars, st.integers(0, 3), calendars, st.integers(0, 3), calendars, st.integers(0, 3)
)
leads = st.builds(LeadTime, m=st.floats(0, 3), s=st.floats(0.1, 0.8), n=st.just(9.0))
days = st.dates(date(2026, 3, 1), date(2026, 4, 1))
shares = st.sampled_from([0.5, 0.8, 0.9, 0.95])


def march(day):
    return date(2026, 3, day)


def on(promise, what):
    return next(step.on for step in promise.steps if step.what == what)


# The eight worked examples


@pytest.mark.parametrize(
    ("now", "rhythm", "lead", "supplier", "handling", "steps"),
    [
        ("2026-03-03T10:00", FRIDAYS, LEAD, WEEK, HANDLING, "2026-03-06 2026-03-25 2026-03-26 2026-03-27"),
        ("2026-03-06T17:05", FRIDAYS, LEAD, WEEK, HANDLING, "2026-03-13 2026-04-01 2026-04-02 2026-04-03"),
        ("2026-12-22T09:00", FRIDAYS, LEAD, YEAR_END, HANDLING, "2026-12-23 2027-01-20 2027-01-21 2027-01-22"),
        ("2026-03-03T10:00", FRIDAYS, SIX_DAYS, WEEK, FROM_TUESDAY, "2026-03-06 2026-03-16 2026-03-17 2026-03-18"),
        ("2026-03-03T10:00", SECOND_MONDAYS, LEAD, WEEK, HANDLING, "2026-03-06 2026-03-25 2026-03-26 2026-03-27"),
        ("2026-03-31T12:00", FRIDAYS, LEAD, EASTER, AT_EASTER, "2026-04-02 2026-04-23 2026-04-24 2026-04-27"),
    ],
    ids=["1", "2", "3", "4", "5", "8"],
)
def test_worked_examples_with_a_certain_day(now, rhythm, lead, supplier, handling, steps):
    oldest_at = datetime(2026, 3, 1, 12, tzinfo=UTC)  # Of account in the fifth only: the others have no longest wait.
    due = rhythm.due_on(datetime.fromisoformat(now).replace(tzinfo=UTC), supplier, oldest_at)
    promise = from_buffer(due.on, due.cause, lead, supplier, handling, 0.9)
    assert [step.on for step in promise.steps] == [date.fromisoformat(day) for day in steps.split()]
    assert promise.on == promise.steps[-1].on
    assert earliest(ship_distribution(due.on, lead, supplier, handling), 0.9) == promise.on


def test_worked_example_8_at_the_door():
    at_the_door = delivered(from_buffer(date(2026, 4, 2), "order_day", LEAD, EASTER, AT_EASTER), AT_EASTER)
    assert at_the_door.on == on(at_the_door, "carried") == date(2026, 4, 29)


def test_the_carrier_works_on_its_own_days():
    handling = Handling(WEEK, 1, WEEK, 1, Calendar(frozenset(range(6))), 2)
    friday = from_buffer(march(6), "order_day", LEAD, WEEK, handling)
    assert delivered(friday, handling).on == march(30)


AHEAD = [3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17]  # Working days in March until the buffer is due.
EXAMPLE_6 = (
    {"rate": 1.5, "v": 1.0, "history_days": inf},
    [0.0000, 0.0144, 0.1198, 0.2388, 0.5353, 0.0526, 0.0235, 0.0097, 0.0037, 0.0020, 0.0001],
    0.9999,
    (date(2026, 3, 23), date(2026, 3, 27)),
)
EXAMPLE_7 = (
    {"rate": 0.6, "v": 2.5, "history_days": 28.0},
    [0.0023, 0.0150, 0.0268, 0.0380, 0.1593, 0.0598, 0.0597, 0.0580, 0.0553, 0.1444, 0.3814],
    0.6186,
    (date(2026, 3, 27), date(2026, 4, 3)),
)


@pytest.mark.parametrize(("demand", "chances", "before_due", "ships"), [EXAMPLE_6, EXAMPLE_7], ids=["6", "7"])
def test_worked_examples_with_an_uncertain_day(demand, chances, before_due, ships):
    due = FORTNIGHT.due_on(TUESDAY_TEN, WEEK)
    assert due.on == march(17)
    sent = sent_distribution(TUESDAY_TEN, due.on, FORTNIGHT, WEEK, missing=6, **demand)
    assert list(sent) == [march(day) for day in AHEAD]
    assert list(sent.values()) == pytest.approx(chances, abs=5.1e-5)
    assert 1 - sent[due.on] == pytest.approx(before_due, abs=5e-5)
    distribution = ship_distribution(sent, LEAD, WEEK, HANDLING)
    assert (earliest(distribution, 0.5), earliest(distribution, 0.9)) == ships
    promises = [from_forecast(sent, LEAD, WEEK, HANDLING, p) for p in (0.5, 0.9)]
    assert tuple(promise.on for promise in promises) == ships
    assert promises[0].steps[0] == Step("filled", march(9) if before_due > 0.9 else march(16), 0)
    assert promises[0].steps[1].what == "usual_time"


def test_worked_example_6_by_the_deadline_alone():
    assert [from_buffer(march(17), "maximum_wait", LEAD, WEEK, HANDLING, p).on for p in (0.5, 0.9)] == [
        date(2026, 3, 31),
        date(2026, 4, 7),
    ]


def test_worked_example_7_agrees_with_drawing_lots():
    sent = sent_distribution(TUESDAY_TEN, march(17), FORTNIGHT, WEEK, missing=6, **EXAMPLE_7[0])
    distribution = ship_distribution(sent, LEAD, WEEK, HANDLING)
    random = Random(7)
    sent_days = random.choices(list(sent), list(sent.values()), k=20_000)
    taken = [max(1, round(random.lognormvariate(LEAD.m, LEAD.s))) for _ in sent_days]
    ships = [WEEK.add(day, lead + 2) for day, lead in zip(sent_days, taken, strict=True)]
    for day in (march(20), march(27), date(2026, 4, 3)):
        assert sum(ship <= day for ship in ships) / 20_000 == pytest.approx(distribution[day], abs=0.012)


# One purchase order, not sent yet


def test_what_is_on_the_shelf_is_packed():
    promise = from_shelf(march(6), HANDLING)
    assert (promise.on, promise.confident) == (march(9), True)
    assert promise.steps == (Step("shelf", march(6), 0), Step("packed", march(9), 1))
    saturdays_too = Handling(WEEK, 1, Calendar(frozenset(range(6))), 1, WEEK, 0)
    assert from_shelf(march(6), saturdays_too).on == march(7)


def test_the_reason_for_the_day_of_sending_is_kept():
    assert from_buffer(march(6), "maximum_wait", LEAD, WEEK, HANDLING).steps[0] == Step("maximum_wait", march(6), 0)


def test_a_date_from_few_deliveries_says_so():
    assert not from_buffer(march(6), "order_day", LeadTime(LEAD.m, LEAD.s, n=4.9), WEEK, HANDLING).confident
    assert from_buffer(march(6), "order_day", LeadTime(LEAD.m, LEAD.s, n=5), WEEK, HANDLING).confident


@given(days, leads, calendars, handlings, shares)
def test_the_distribution_holds_the_promise(sent_on, lead, supplier, handling, p):
    promise = from_buffer(sent_on, "order_day", lead, supplier, handling, p)
    assert earliest(ship_distribution(sent_on, lead, supplier, handling), p) == promise.on


# A purchase order on its way


@given(days, st.integers(0, 40), leads, calendars, handlings, shares)
def test_the_distribution_of_an_open_order_holds_its_promise(sent_on, later, lead, supplier, handling, p):
    today = sent_on + timedelta(later)
    promise = from_purchase_order(sent_on, today, lead, supplier, handling, p)
    if promise and promise.steps[1].what == "lead_time":
        assert earliest(ship_distribution(sent_on, lead, supplier, handling, today=today), p) == promise.on


def test_the_longer_an_order_is_open_the_later_it_comes():
    promises = [from_purchase_order(march(6), march(6) + timedelta(n), LEAD, WEEK, HANDLING) for n in range(18)]
    assert promises[0].on == from_buffer(march(6), "order_day", LEAD, WEEK, HANDLING).on
    assert all(earlier.on <= later.on for earlier, later in pairwise(promises))
    # Age 10 on 20 March: 10 + 5.8 working days in nine of ten such cases.
    assert on(promises[14], "lead_time") == WEEK.add(march(6), 16)


def test_an_order_that_will_be_sent_is_counted_from_then():
    promise = from_purchase_order(march(13), march(6), LEAD, WEEK, HANDLING)
    assert promise.on == from_buffer(march(13), "order_day", LEAD, WEEK, HANDLING).on


def test_an_order_sent_on_a_closed_day_is_begun_on_the_next_open_one():
    saturday, monday = march(7), march(9)
    today = march(18)
    assert (
        from_purchase_order(saturday, today, LEAD, WEEK, HANDLING).on
        == from_purchase_order(monday, today, LEAD, WEEK, HANDLING).on
    )


@given(days, st.integers(0, 60), leads, calendars, st.none() | days, st.none() | st.floats(0, 9), shares)
def test_nothing_arrives_before_today(sent_on, later, lead, supplier, confirmed_on, slip, p):
    at_once = Handling(EVERY_DAY, 0, EVERY_DAY, 0, EVERY_DAY, 0)
    today = sent_on + timedelta(later)
    promise = from_purchase_order(sent_on, today, lead, supplier, at_once, p, confirmed_on=confirmed_on, slip_days=slip)
    assert promise is None or promise.on >= today


def test_an_overdue_order_is_promised_at_eight_in_ten():
    on_time = from_purchase_order(march(6), march(25), LEAD, WEEK, HANDLING)  # Age 13: the day it was promised for.
    overdue = from_purchase_order(march(6), march(26), LEAD, WEEK, HANDLING)  # Age 14: 3.9 more in eight of ten.
    assert [step.what for step in on_time.steps][:2] == ["sent", "lead_time"]
    assert overdue.steps[:2] == (Step("sent", march(6), 0), Step("overdue", date(2026, 4, 1), 4))
    assert (on_time.share, overdue.share) == (0.9, 0.8)
    expected = from_purchase_order(march(6), march(26), LEAD, WEEK, HANDLING, 0.5)
    assert (expected.share, on(expected, "overdue")) == (0.5, march(30))


def test_an_overdue_order_is_rounded_like_any_other():
    steady = LeadTime(log(8), 0.25, n=41)
    overdue = from_purchase_order(march(6), march(24), steady, WEEK, HANDLING)  # Age 12: 2.25 more in eight of ten.
    assert overdue.steps[1] == Step("overdue", march(26), 2)


def test_an_order_too_late_for_any_date_has_none():
    age_18, age_19 = WEEK.add(march(6), 18), WEEK.add(march(6), 19)  # One in a hundred takes longer than 18.06 days.
    assert from_purchase_order(march(6), age_18, LEAD, WEEK, HANDLING) is not None
    assert from_purchase_order(march(6), age_19, LEAD, WEEK, HANDLING) is None


def test_a_confirmed_date_replaces_the_lead_time():
    known = from_purchase_order(march(6), march(10), LEAD, WEEK, HANDLING, confirmed_on=march(19), slip_days=3.2)
    assert known.steps[0] == Step("confirmed", march(22), 3)
    assert (known.on, known.confident) == (march(25), True)  # A Sunday: put away from Monday to Tuesday.


def test_an_unproven_confirmed_date_gets_a_fifth_of_the_time_that_is_left():
    promise = from_purchase_order(march(6), march(10), LEAD, WEEK, HANDLING, confirmed_on=march(20))
    assert promise.steps[0] == Step("confirmed", march(22), 2)
    assert not promise.confident


def test_the_expected_day_is_the_confirmed_one():
    expected = from_purchase_order(
        march(6), march(10), None, WEEK, HANDLING, 0.5, confirmed_on=march(19), slip_days=3.2
    )
    assert expected.steps[0] == Step("confirmed", march(19), 0)


def test_a_confirmed_date_stands_until_its_slip_is_over():
    def seen(today, p):
        return from_purchase_order(march(6), today, LEAD, WEEK, HANDLING, p, confirmed_on=march(10), slip_days=2).steps

    assert seen(march(12), 0.9)[0] == Step("confirmed", march(12), 2)
    assert seen(march(12), 0.5)[0] == Step("confirmed", march(12), 0)
    assert [step.what for step in seen(march(13), 0.9)][:2] == ["sent", "lead_time"]
    assert [step.what for step in seen(march(13), 0.5)][:2] == ["sent", "lead_time"]


def test_without_any_knowledge_there_is_no_date():
    assert from_purchase_order(march(6), march(10), None, WEEK, HANDLING) is None
    assert from_purchase_order(march(6), march(20), None, WEEK, HANDLING, confirmed_on=march(10)) is None


# Distributions


def pair_by_pair(sent, lead, supplier, handling, until):
    """The convolution in its most stupid form: every sending day with every lead time."""
    chances = {}
    for sent_on, chance in sent.items():
        for k in range(1, 400):
            put_away = handling.goods_in.add(supplier.add(sent_on, k), handling.put_away_days)
            ships = handling.shipping.add(put_away, handling.packing_days)
            chances[ships] = chances.get(ships, 0) + chance * (lead.at_most(k) - lead.at_most(k - 1))
            if ships > until:
                break
    return sum(chance for day, chance in chances.items() if day <= until)


@given(
    st.dictionaries(days, st.integers(1, 9), min_size=1, max_size=5), leads, calendars, handlings, st.integers(0, 60)
)
def test_the_distribution_counts_each_pair_once(weights, lead, supplier, handling, later):
    total = sum(weights.values())
    sent = {day: weight / total for day, weight in weights.items()}
    until = min(sent) + timedelta(later)
    distribution = ship_distribution(sent, lead, supplier, handling)
    by_then = max((share for day, share in distribution.items() if day <= until), default=0.0)
    assert by_then == pytest.approx(pair_by_pair(sent, lead, supplier, handling, until), abs=2e-4)


@given(days, leads, calendars, handlings)
def test_a_distribution_rises_to_one(sent_on, lead, supplier, handling):
    distribution = ship_distribution(sent_on, lead, supplier, handling)
    assert list(distribution) == sorted(distribution)
    assert list(distribution.values()) == sorted(distribution.values())
    assert list(distribution.values())[-1] == pytest.approx(1, abs=2e-4)


def test_an_order_sent_on_an_uncertain_day_is_not_open_yet():
    with pytest.raises(ValueError, match="not open yet"):
        ship_distribution({march(6): 0.5, march(9): 0.5}, LEAD, WEEK, HANDLING, today=march(10))


def test_a_share_beyond_the_distribution_has_no_day():
    assert earliest({march(6): 0.4, march(9): 0.8}, 0.5) == march(9)
    assert earliest({march(6): 0.4, march(9): 0.8}, 0.8) == march(9)
    assert earliest({march(6): 0.4, march(9): 0.8}, 0.9) is None


HALF_THEN_ALL = {march(6): 0.5, march(9): 0.9, march(12): 0.96}


def test_two_suppliers_are_late_independently():
    later = {march(9): 0.9, march(11): 0.95}
    assert together([("a", HALF_THEN_ALL), ("b", later)]) == march(12)  # .9 x .9 = .81; .9 x .95; .96 x .95 = .912.
    assert together([("a", HALF_THEN_ALL), ("b", later)], 0.81) == march(9)


def test_lines_of_one_supplier_come_together():
    slower = {march(9): 0.7, march(10): 0.9}
    assert together([("a", HALF_THEN_ALL), ("a", slower)]) == march(10)
    assert together([("a", HALF_THEN_ALL), ("b", slower)]) is None


def test_a_line_on_the_shelf_costs_no_time():
    assert together([(None, {march(3): 1.0}), ("a", HALF_THEN_ALL)]) == march(9)
    assert together([]) is None


@given(leads, leads, shares)
def test_together_is_never_before_the_latest_of_the_lines(one, other, p):
    ready = [ship_distribution(march(6), lead, WEEK, HANDLING) for lead in (one, other)]
    both, alone = together(enumerate(ready), p), [earliest(line, p) for line in ready]
    assert both is None or both >= max(alone)


# When the minimum will be reached


@pytest.mark.parametrize(
    ("missing", "in_days", "rate", "v", "history_days", "chance"),
    [
        (6, 7, 1.5, 1, inf, 0.949620),
        (6, 7, 0.6, 2.5, 28, 0.283689),
        (6, 14, 0.6, 2.5, 28, 0.647521),
        (10, 7, 2, 4, 28, 0.660976),
        (1, 3, 0.2, 1, 28, 0.434465),
    ],
)
def test_reference_values_of_reaching_the_minimum(missing, in_days, rate, v, history_days, chance):
    assert reached(missing, in_days, rate, v, history_days) == pytest.approx(chance, abs=5e-7)
    assert type(reached(missing, in_days, rate, v, history_days)) is float


def test_what_is_certain_and_what_cannot_be():
    assert reached(0, 0, 0, 1, 28) == reached(-3, 1, 1, 1, 28) == 1.0
    assert reached(1, 0, 5, 1, 28) == reached(1, 5, 0, 1, 28) == 0.0


@pytest.mark.parametrize(("v", "history_days"), [(0.9, 28), (1, 0)])
def test_a_history_that_cannot_be(v, history_days):
    with pytest.raises(ValueError, match="below 1"):
        reached(6, 7, 1, v, history_days)


def test_a_minimum_that_is_reached_is_sent_on_the_first_open_day():
    saturday = datetime(2026, 3, 7, 10, tzinfo=UTC)
    demand = {"rate": 1.0, "v": 1.0, "history_days": 28.0}
    assert sent_distribution(saturday, march(20), FORTNIGHT, WEEK, missing=0, **demand) == {march(9): 1.0}
    assert sent_distribution(saturday, march(9), FORTNIGHT, WEEK, missing=0, **demand) == {march(9): 1.0}


@given(
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 1), timezones=st.just(UTC)),
    calendars,
    st.integers(0, 30),
    st.floats(0, 5),
    st.floats(1, 9),
    st.sampled_from([7.0, 28.0, inf]),
)
def test_a_buffer_is_sent_on_one_open_day_until_it_is_due(now, supplier, missing, rate, v, history_days):
    due = FORTNIGHT.due_on(now, supplier)
    sent = sent_distribution(
        now, due.on, FORTNIGHT, supplier, missing=missing, rate=rate, v=v, history_days=history_days
    )
    assert sum(sent.values()) == pytest.approx(1)
    assert all(chance > 0 and supplier.is_open(day) for day, chance in sent.items())
    assert FORTNIGHT.first_day(now) <= min(sent) <= max(sent) <= due.on
