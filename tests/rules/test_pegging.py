from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.pegging import Demand, Supply, first_uncovered, peg

units = st.integers(min_value=1, max_value=20)
queues = st.lists(units, max_size=12).map(lambda quantities: [Demand(n, q) for n, q in enumerate(quantities)])
supplies = st.lists(units, max_size=12).map(lambda quantities: [Supply(100 + n, q) for n, q in enumerate(quantities)])


def one_unit_at_a_time(demand, supply):
    """The rule at its most stupid: each unit stands in the queue by itself and takes the next unit there is."""
    wants = [want.line for want in demand for _ in range(want.quantity)]
    gives = [give.source for give in supply for _ in range(give.quantity)]
    gives += [None] * (len(wants) - len(gives))
    return list(zip(wants, gives, strict=False))


@given(queues, supplies)
def test_pegging_is_handing_out_single_units_in_order(demand, supply):
    assert [(p.line, p.source) for p in peg(demand, supply) for _ in range(p.quantity)] == one_unit_at_a_time(
        demand, supply
    )


@given(queues, supplies)
def test_pegs_are_as_large_as_they_can_be(demand, supply):
    pairs = [(p.line, p.source) for p in peg(demand, supply)]
    assert len(pairs) == len(set(pairs))


@given(queues, st.integers(min_value=0, max_value=200))
def test_the_first_uncovered_line_is_where_single_units_run_out(demand, covered):
    wants = [want.line for want in demand for _ in range(want.quantity)]
    assert first_uncovered(demand, covered) == (wants[covered] if covered < len(wants) else None)


@given(queues)
def test_supply_is_read_only_as_far_as_demand_reaches(demand):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield Supply(taken, 1)

    list(peg(demand, endless()))
    assert taken == sum(want.quantity for want in demand)


@pytest.mark.parametrize(
    ("demand", "supply"), [([Demand(1, 0)], []), ([Demand(1, 1)], [Supply(0, 0)]), ([Demand(1, -1)], [Supply(0, 1)])]
)
def test_a_quantity_below_one_is_a_bug_of_the_caller(demand, supply):
    with pytest.raises(ValueError, match="not positive"):
        list(peg(demand, supply))
