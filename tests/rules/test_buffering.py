from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.buffering import (
    BufferPolicy,
    BufferState,
    Clock,
    Need,
    OfferTerms,
    PurchaseLine,
    Verdict,
    judge,
    next_break,
    order_quantity,
    purchase_lines,
    top_up,
    unit_cost_minor,
    worth_topping_up,
)
from onorder.rules.lifecycle import BelowMinimum, FiringReason

PLAIN = OfferTerms(minimum=1, multiple=1, list_cost_minor=100)
BREAKS = ((24, 960), (60, 920))

few = st.integers(min_value=1, max_value=12)
offers = st.builds(
    lambda minimum, multiple, cost, starts: OfferTerms(
        minimum, multiple, cost, tuple((start, max(cost - 7 * n, 1)) for n, start in enumerate(sorted(starts), start=1))
    ),
    few,
    few,
    st.integers(min_value=1, max_value=500),
    st.sets(st.integers(min_value=2, max_value=200), max_size=3),
)
baskets = st.lists(st.tuples(st.integers(min_value=0, max_value=40), offers), min_size=1, max_size=5).map(
    lambda found: [Need(variant, units, offer) for variant, (units, offer) in enumerate(found, start=1)]
)


@pytest.mark.parametrize(
    ("needed", "minimum", "multiple", "bought"),
    [(0, 10, 6, 0), (7, 1, 6, 12), (5, 5, 1, 5), (1, 10, 4, 12), (12, 1, 6, 12), (13, 10, 6, 18), (3, 5, 1, 5)],
)
def test_units_to_buy(needed, minimum, multiple, bought):
    assert order_quantity(needed, minimum=minimum, multiple=multiple) == bought


@given(st.integers(min_value=1, max_value=500), few, few)
def test_the_smallest_quantity_that_the_supplier_accepts(needed, minimum, multiple):
    accepted = (q for q in range(1, 1_000) if q >= needed and q >= minimum and q % multiple == 0)
    assert order_quantity(needed, minimum=minimum, multiple=multiple) == next(accepted)


@pytest.mark.parametrize(("needed", "minimum", "multiple"), [(-1, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_quantity_out_of_bounds_is_a_bug_of_the_caller(needed, minimum, multiple):
    with pytest.raises(ValueError, match="must hold"):
        order_quantity(needed, minimum=minimum, multiple=multiple)


@pytest.mark.parametrize(
    ("quantity", "cost", "to_next"),
    [
        (1, 1_000, (23, 40)),
        (23, 1_000, (1, 40)),
        (24, 960, (36, 40)),
        (59, 960, (1, 40)),
        (60, 920, None),
        (600, 920, None),
    ],
)
def test_all_units_price_breaks(quantity, cost, to_next):
    for breaks in (BREAKS, BREAKS[::-1]):
        assert unit_cost_minor(quantity, 1_000, breaks) == cost
        assert next_break(quantity, 1_000, breaks) == to_next


def test_a_break_that_saves_nothing_is_none():
    assert next_break(1, 1_000, [(10, 1_000), (20, 1_100)]) is None
    assert next_break(1, 1_000, [(10, 1_000), (20, 990)]) == (19, 10)
    assert next_break(1, 1_000, []) is None


def test_one_line_for_each_variant_rounded_once_on_the_sum():
    of_five, of_six = OfferTerms(5, 1, 100), OfferTerms(1, 6, 1_000, BREAKS)
    needs = [Need(1, 3, of_five), Need(2, 7, of_six), Need(1, 2, of_five), Need(3, 0, PLAIN), Need(4, 49, of_six)]
    lines = purchase_lines(needs)
    assert lines == (PurchaseLine(1, 5, 5, 100), PurchaseLine(2, 12, 7, 1_000), PurchaseLine(4, 54, 49, 960))
    assert [line.surplus for line in lines] == [0, 5, 5]
    assert [line.total_minor for line in lines] == [500, 12_000, 51_840]


def test_one_variant_on_two_offers_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="two offers"):
        purchase_lines([Need(1, 3, PLAIN), Need(1, 2, replace(PLAIN, multiple=2))])


@pytest.mark.parametrize(
    ("needs", "minimum_units", "minimum_value", "bought"),
    [
        ([], 10, 0, []),
        ([Need(1, 0, PLAIN)], 10, 0, []),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 0, 0, [(1, 4), (2, 9)]),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 13, 1_300, [(1, 4), (2, 9)]),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 20, 0, [(1, 4), (2, 16)]),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 0, 2_001, [(1, 4), (2, 17)]),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 18, 2_001, [(1, 4), (2, 17)]),
        ([Need(1, 4, PLAIN), Need(2, 9, PLAIN)], 22, 2_001, [(1, 4), (2, 18)]),
        ([Need(2, 5, PLAIN), Need(1, 5, PLAIN)], 12, 0, [(2, 5), (1, 7)]),  # As much wanted: the first variant.
        ([Need(1, 5, OfferTerms(1, 4, 100)), Need(2, 1, PLAIN)], 11, 0, [(1, 12), (2, 1)]),
        (
            [Need(1, 5, OfferTerms(1, 1, 0)), Need(2, 1, PLAIN)],
            0,
            900,
            [(1, 5), (2, 9)],
        ),  # Free units are worth nothing.
        ([Need(1, 5, OfferTerms(1, 1, 0)), Need(2, 1, PLAIN)], 9, 0, [(1, 8), (2, 1)]),
        ([Need(1, 5, OfferTerms(1, 1, 0))], 0, 900, [(1, 5)]),
        ([Need(1, 5, OfferTerms(1, 1, 1)), Need(2, 1, PLAIN)], 0, 900, [(1, 800), (2, 1)]),
    ],
)
def test_topping_up_goes_to_the_most_wanted(needs, minimum_units, minimum_value, bought):
    assert [(line.variant, line.quantity) for line in top_up(needs, minimum_units, minimum_value)] == bought


def test_topping_up_across_a_break_buys_until_the_value_holds_at_the_lower_price():
    (line,) = top_up([Need(1, 20, OfferTerms(1, 1, 1_000, ((24, 900),)))], 0, 24_000)
    assert (line.quantity, line.unit_cost_minor) == (27, 900)  # 24 at 900 are 21,600; 26 are 23,400.


@given(baskets, st.integers(min_value=0, max_value=300), st.integers(min_value=0, max_value=50_000))
def test_a_topped_up_order_meets_the_minimum_and_one_multiple_less_does_not(needs, minimum_units, minimum_value):
    offer_of = {need.variant: need.offer for need in needs}
    plain, lines = purchase_lines(needs), top_up(needs, minimum_units, minimum_value)

    def is_met(found):
        units, value = sum(line.quantity for line in found), sum(line.total_minor for line in found)
        return units >= minimum_units and value >= minimum_value

    assert [line.variant for line in lines] == [line.variant for line in plain]
    assert is_met(lines) or not plain
    more = [n for n, line in enumerate(lines) if line != plain[n]]
    assert len(more) <= 1
    for n in more:
        offer = offer_of[lines[n].variant]
        less = lines[n].quantity - offer.multiple
        assert lines[n].needed == max(line.needed for line in plain)
        assert lines[n].unit_cost_minor == offer.cost_minor(lines[n].quantity)
        assert lines[n].quantity % offer.multiple == 0
        assert less >= plain[n].quantity
        assert not is_met(
            [*lines[:n], replace(lines[n], quantity=less, unit_cost_minor=offer.cost_minor(less)), *lines[n + 1 :]]
        )


@pytest.mark.parametrize(
    ("units", "more", "cost", "lower", "demand", "risk_that_is_too_much"),
    [
        (20, 4, 20.0, 18.4, 1.0, (32.00 - 0.1260) / (4 * 18.4)),
        (10, 14, 20.0, 18.4, 0.1, (16.00 - 13.2329) / 257.60),
    ],
)
def test_whether_topping_up_to_a_break_pays(units, more, cost, lower, demand, risk_that_is_too_much):
    def pays(risk):
        return worth_topping_up(units, more, cost, lower, daily_demand=demand, holding_share=0.25, never_sold=risk)

    assert pays(risk_that_is_too_much - 1e-6)
    assert not pays(risk_that_is_too_much + 1e-6)


def test_what_only_breaks_even_does_not_pay():
    assert not worth_topping_up(10, 10, 2, 1, daily_demand=1, holding_share=0, never_sold=1)
    assert worth_topping_up(11, 10, 2, 1, daily_demand=1, holding_share=0, never_sold=1)


def test_surplus_of_what_nobody_buys_never_pays():
    assert not worth_topping_up(1_000, 1, 20, 1, daily_demand=0, holding_share=0, never_sold=0)


NOW = datetime(2026, 3, 6, 17, 5, tzinfo=UTC)
FIVE_MINUTES, TEN_MINUTES, HOUR = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=1)
NONE_MINIMUM = BufferPolicy(0, 0, BelowMinimum.ORDER_ANYWAY, TEN_MINUTES)
TEN = replace(NONE_MINIMUM, minimum_units=10)
FIFTY_POUNDS = replace(NONE_MINIMUM, minimum_value_minor=5_000)
BOTH = replace(TEN, minimum_value_minor=5_000)
EMPTY = BufferState(0, 0, 0, 0, None, None, None, None)
SMALL = BufferState(4, 2_000, 6, 3_000, None, NOW - HOUR, date(2026, 3, 20), None)
FULL = BufferState(10, 5_000, 12, 6_000, NOW - TEN_MINUTES, NOW - HOUR, date(2026, 3, 20), None)
QUIET = Clock(None, None, date(2026, 3, 20))
DEADLINE = replace(QUIET, deadline_passed_at=NOW - FIVE_MINUTES)
LONGEST = replace(QUIET, maximum_wait_passed_at=NOW - HOUR)
AT_RISK = replace(QUIET, next_ship_on=date(2026, 3, 21))
AT_RISK_AT_DEADLINE = replace(DEADLINE, next_ship_on=date(2026, 3, 21))
REASON = FiringReason


@pytest.mark.parametrize(
    ("policy", "state", "clock", "verdict"),
    [
        (NONE_MINIMUM, SMALL, LONGEST, Verdict("fire", REASON.MAXIMUM_WAIT, HOUR)),
        (NONE_MINIMUM, SMALL, DEADLINE, Verdict("fire", REASON.DEADLINE, FIVE_MINUTES)),
        (NONE_MINIMUM, SMALL, AT_RISK, Verdict("fire", REASON.PROMISE_AT_RISK)),
        (TEN, FULL, QUIET, Verdict("fire", REASON.MINIMUM_UNITS)),
        (FIFTY_POUNDS, FULL, QUIET, Verdict("fire", REASON.MINIMUM_VALUE)),
        (BOTH, FULL, QUIET, Verdict("fire", REASON.MINIMUM_UNITS)),
        (replace(NONE_MINIMUM, minimum_units=1), FULL, QUIET, Verdict("fire", REASON.MINIMUM_UNITS)),
        (replace(NONE_MINIMUM, minimum_value_minor=1), FULL, QUIET, Verdict("fire", REASON.MINIMUM_VALUE)),
    ],
)
def test_each_trigger_fires_and_says_so(policy, state, clock, verdict):
    assert judge(policy, state, clock, NOW) == verdict


@pytest.mark.parametrize(
    ("policy", "state", "clock"),
    [
        (NONE_MINIMUM, SMALL, QUIET),
        (NONE_MINIMUM, SMALL, replace(QUIET, next_ship_on=None)),
        (NONE_MINIMUM, replace(SMALL, earliest_promise=None), AT_RISK),
        (NONE_MINIMUM, FULL, QUIET),  # No minimum, so none is reached: it waits for its deadline.
        (TEN, replace(FULL, units=9), QUIET),  # What would be bought is 12, but customers want 9.
        (FIFTY_POUNDS, replace(FULL, value_minor=4_999), QUIET),
        (BOTH, replace(FULL, units=9), QUIET),
        (BOTH, replace(FULL, value_minor=4_999), QUIET),
        (TEN, replace(FULL, reached_at=NOW - TEN_MINUTES + timedelta(seconds=1)), QUIET),
        (TEN, replace(FULL, reached_at=None), QUIET),
    ],
)
def test_until_then_it_waits(policy, state, clock):
    assert judge(policy, state, clock, NOW) == Verdict("wait", None)


def test_a_minimum_that_need_not_settle_fires_when_it_is_first_seen():
    at_once = replace(TEN, settle=timedelta(0))
    assert judge(at_once, replace(FULL, reached_at=None), QUIET, NOW) == Verdict("fire", REASON.MINIMUM_UNITS)


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        (BelowMinimum.ORDER_ANYWAY, "fire"),
        (BelowMinimum.TOP_UP, "top_up"),
        (BelowMinimum.ASK, "ask"),
        (BelowMinimum.ROLL, "roll"),
    ],
)
@pytest.mark.parametrize("policy", [TEN, FIFTY_POUNDS, BOTH])
def test_a_deadline_below_the_minimum_gets_the_policys_answer(policy, answer, step):
    policy = replace(policy, below_minimum=answer)
    assert judge(policy, SMALL, DEADLINE, NOW) == Verdict(step, REASON.DEADLINE, FIVE_MINUTES)


@pytest.mark.parametrize("answer", BelowMinimum)
@pytest.mark.parametrize(
    ("policy", "units", "value", "is_met"),
    [
        (TEN, 10, 0, True),  # Rounded to what the supplier sells, 4 units that are wanted are 10 that are bought.
        (TEN, 9, 9_999, False),
        (FIFTY_POUNDS, 1, 5_000, True),
        (FIFTY_POUNDS, 99, 4_999, False),
        (BOTH, 10, 5_000, True),
        (BOTH, 10, 4_999, False),
        (BOTH, 9, 5_000, False),
        (NONE_MINIMUM, 1, 0, True),
    ],
)
def test_at_a_deadline_the_minimum_is_met_by_what_would_be_bought(policy, units, value, is_met, answer):
    state = replace(SMALL, purchase_units=units, purchase_value_minor=value)
    step = judge(replace(policy, below_minimum=answer), state, DEADLINE, NOW).step
    assert (step == "fire") == (is_met or answer == BelowMinimum.ORDER_ANYWAY)


@pytest.mark.parametrize("clock", [QUIET, DEADLINE, LONGEST, AT_RISK, AT_RISK_AT_DEADLINE])
def test_an_empty_buffer_and_a_held_one_wait_whatever_comes(clock):
    held = replace(FULL, held_until=NOW + timedelta(seconds=1))
    assert judge(TEN, EMPTY, clock, NOW) == judge(TEN, held, clock, NOW) == Verdict("wait", None)


def test_a_hold_ends_at_its_instant():
    assert judge(TEN, replace(FULL, held_until=NOW), QUIET, NOW).step == "fire"


def test_the_longest_wait_comes_before_a_deadline():
    clock = replace(LONGEST, deadline_passed_at=NOW - FIVE_MINUTES, next_ship_on=date(2026, 3, 21))
    roll = replace(TEN, below_minimum=BelowMinimum.ROLL)
    assert judge(roll, SMALL, clock, NOW) == Verdict("fire", REASON.MAXIMUM_WAIT, HOUR)


def test_a_promise_at_risk_does_not_roll_over():
    roll = replace(TEN, below_minimum=BelowMinimum.ROLL)
    assert judge(roll, SMALL, AT_RISK_AT_DEADLINE, NOW) == Verdict("fire", REASON.PROMISE_AT_RISK, FIVE_MINUTES)


def test_at_a_deadline_the_deadline_is_the_reason():
    assert judge(TEN, FULL, AT_RISK_AT_DEADLINE, NOW) == Verdict("fire", REASON.DEADLINE, FIVE_MINUTES)


def test_a_promise_at_risk_comes_before_the_minimum():
    assert judge(TEN, FULL, AT_RISK, NOW).reason == REASON.PROMISE_AT_RISK


days = st.none() | st.dates(date(2026, 3, 1), date(2026, 3, 31))
past = st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda ago: NOW - ago)
amounts = st.integers(min_value=0, max_value=20)


@given(
    policy=st.builds(BufferPolicy, amounts, amounts, st.sampled_from(BelowMinimum), st.just(TEN_MINUTES)),
    state=st.builds(
        BufferState, st.integers(1, 20), amounts, amounts, amounts, st.none() | past, past, days, st.none() | past
    ),
    clock=st.builds(Clock, past, st.none() | past, days) | st.builds(Clock, st.none(), past, days),
)
def test_a_deadline_is_never_met_with_silence(policy, state, clock):
    verdict = judge(policy, state, clock, NOW)
    assert verdict.step != "wait"
    assert verdict.reason in {REASON.DEADLINE, REASON.MAXIMUM_WAIT, REASON.PROMISE_AT_RISK}
    assert verdict.late_by in {NOW - at for at in (clock.deadline_passed_at, clock.maximum_wait_passed_at) if at}
