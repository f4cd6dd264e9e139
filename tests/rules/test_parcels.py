from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.parcels import Claim, Coming, LineState, SplitRule, contents, may_lend, propose, still_to_come

TOGETHER, AS_AVAILABLE, UP_TO = ShippingPolicy.TOGETHER, ShippingPolicy.AS_AVAILABLE, ShippingPolicy.UP_TO
HERE, SPLIT, GONE, AWAY = LineState(1, 0, 2, 0), LineState(2, 1, 3, 1), LineState(3, 0, 0, 4), LineState(4, 5, 0, 0)
RULE = SplitRule(minimum_value_minor=2_000, minimum_days=5, most_cost_share=1_000)

units = st.integers(min_value=0, max_value=4)
orders = st.lists(st.tuples(units, units, units), max_size=5).map(
    lambda found: [LineState(line, *state) for line, state in enumerate(found)]
)
policies = st.sampled_from(ShippingPolicy)


@pytest.mark.parametrize(
    ("policy", "most", "sent", "lines", "going"),
    [
        (TOGETHER, 1, 0, [HERE, GONE], ((1, 2),)),
        (TOGETHER, 1, 0, [HERE, AWAY], ()),
        (TOGETHER, 1, 0, [SPLIT], ()),
        (AS_AVAILABLE, 1, 7, [SPLIT, HERE, GONE, AWAY], ((2, 3), (1, 2))),
        (AS_AVAILABLE, 1, 0, [GONE, AWAY], ()),
        (UP_TO, 3, 0, [HERE, AWAY], ((1, 2),)),
        (UP_TO, 3, 1, [HERE, AWAY], ((1, 2),)),
        (UP_TO, 3, 2, [HERE, AWAY], ()),  # The last of three waits for everything.
        (UP_TO, 3, 2, [HERE, GONE], ((1, 2),)),
        (UP_TO, 1, 0, [HERE, AWAY], ()),
        (TOGETHER, 1, 0, [], ()),
    ],
)
def test_what_may_go_in_the_next_parcel(policy, most, sent, lines, going):
    assert contents(policy, most, sent, lines) == going


@given(policies, st.integers(min_value=1, max_value=4), st.integers(min_value=0, max_value=4), orders)
def test_an_order_for_which_nothing_waits_any_more_goes_whole(policy, most, sent, lines):
    here = [LineState(line.line, 0, line.allocated, line.shipped) for line in lines]
    assert contents(policy, most, sent, here) == tuple((line.line, line.allocated) for line in lines if line.allocated)


@given(
    policies,
    st.integers(min_value=1, max_value=4),
    st.lists(st.tuples(units, units), min_size=1, max_size=5),
    st.data(),
)
def test_no_order_leaves_in_more_parcels_than_agreed(policy, most, ordered, data):
    waiting, allocated, parcels = [sum(of) for of in ordered], [0] * len(ordered), 0
    while any(waiting) or any(allocated):
        arrived = [data.draw(st.integers(min_value=0, max_value=left)) for left in waiting]
        if not any(arrived):
            arrived = list(waiting)
        waiting = [left - few for left, few in zip(waiting, arrived, strict=True)]
        allocated = [held + few for held, few in zip(allocated, arrived, strict=True)]
        lines = [LineState(n, *state, 0) for n, state in enumerate(zip(waiting, allocated, strict=True))]
        if going := contents(policy, most, parcels, lines):
            parcels += 1
            for line, few in going:
                allocated[line] -= few
    if policy != AS_AVAILABLE:
        assert parcels <= (most if policy == UP_TO else 1)


@pytest.mark.parametrize(
    ("value", "days", "cost", "proposed"),
    [
        (4_000, 5, 400, AS_AVAILABLE),  # Exactly far enough, at exactly the share.
        (4_000, 4, 400, TOGETHER),
        (4_000, 5, 401, TOGETHER),
        (2_000, 5, 200, AS_AVAILABLE),
        (1_999, 5, 100, TOGETHER),
        (4_000, None, 0, TOGETHER),
    ],
)
def test_when_parts_are_proposed(value, days, cost, proposed):
    assert propose(value, days, cost, RULE) == proposed


def test_an_order_of_which_nothing_is_here_has_no_first_parcel():
    assert propose(0, 30, 0, SplitRule(0, 0, 0)) == TOGETHER


EXPECTED = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("lender", "lent", "replacement_on", "may"),
    [
        (Claim(1, 3, EXPECTED, 0), 3, EXPECTED, True),
        (Claim(1, 3, EXPECTED, 0), 4, EXPECTED, False),
        (Claim(1, 3, EXPECTED, 1), 2, EXPECTED, True),
        (Claim(1, 3, EXPECTED, 1), 3, EXPECTED, False),  # One of the three was lent before.
        (Claim(1, 3, EXPECTED, 3), 1, EXPECTED, False),
        (Claim(1, 3, EXPECTED, 0), 1, date(2026, 3, 19), True),
        (Claim(1, 3, EXPECTED, 0), 1, date(2026, 3, 21), False),
        (Claim(1, 3, EXPECTED, 0), 1, None, False),
        (Claim(1, 3, None, 0), 1, EXPECTED, False),
    ],
)
def test_a_loan_costs_the_lender_nothing(lender, lent, replacement_on, may):
    assert may_lend(lender, lent, replacement_on) is may


@pytest.mark.parametrize("lent", [0, -1])
def test_a_loan_of_nothing_is_a_bug_of_the_caller(lent):
    with pytest.raises(ValueError, match="cannot be lent"):
        may_lend(Claim(1, 3, EXPECTED, 0), lent, EXPECTED)


READY, SOON, LATE, NEVER = (
    Coming(1, 2, date(2026, 3, 2), is_here=True),
    Coming(2, 1, date(2026, 3, 20), source="PO-1"),
    Coming(3, 1, date(2026, 4, 9), source="PO-2"),
    Coming(4, 1, None),
)


@pytest.mark.parametrize(
    ("policy", "most", "sent", "parcels"),
    [
        (ShippingPolicy.AS_AVAILABLE, 1, 0, [[READY], [SOON], [LATE], [NEVER]]),
        (ShippingPolicy.AS_AVAILABLE, 1, 7, [[READY], [SOON], [LATE], [NEVER]]),
        (ShippingPolicy.TOGETHER, 1, 0, [[READY, SOON, LATE, NEVER]]),
        (ShippingPolicy.UP_TO, 2, 0, [[READY], [SOON, LATE, NEVER]]),
        (ShippingPolicy.UP_TO, 3, 1, [[READY], [SOON, LATE, NEVER]]),
        (ShippingPolicy.UP_TO, 2, 1, [[READY, SOON, LATE, NEVER]]),
        (ShippingPolicy.UP_TO, 2, 2, [[READY, SOON, LATE, NEVER]]),
        (ShippingPolicy.UP_TO, 9, 0, [[READY], [SOON], [LATE], [NEVER]]),
    ],
)
def test_the_parcels_that_are_still_to_come(policy, most, sent, parcels):
    assert still_to_come(policy, most, sent, [NEVER, LATE, READY, SOON]) == parcels
    assert still_to_come(policy, most, sent, []) == []


def test_what_is_ready_on_one_day_from_two_sources_comes_in_two_parcels():
    other = Coming(5, 1, SOON.on, source="PO-9")
    assert still_to_come(ShippingPolicy.AS_AVAILABLE, 1, 0, [SOON, other]) == [[SOON], [other]]
