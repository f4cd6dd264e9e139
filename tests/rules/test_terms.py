from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Effective, Origin, Terms, resolve, sellable

few = st.integers(min_value=0, max_value=50)
levels = st.lists(
    st.builds(
        Terms,
        accept=st.none() | st.sampled_from(Accept),
        cap=st.none() | few,
        deposit_basis_points=st.none() | few,
        returns=st.none() | st.sampled_from(["accepted", "refused"]),
        longest_wait_days=st.none() | few,
        cancelling=st.none() | st.sampled_from(Cancelling),
        cancel_fee_basis_points=st.none() | few,
    ),
    max_size=4,
)


def test_nothing_said_is_what_a_shop_does_by_default():
    assert resolve() == resolve(Terms(), Terms()) == Effective()
    assert Effective() == Effective(Accept.ALWAYS, None, 0, "accepted", None, Cancelling.FREE, 0, Origin())


def test_each_term_comes_from_the_most_special_level_that_says_it():
    shop = Terms(Accept.CAPPED, 20, 2_000, "refused", 60, Cancelling.FEE_AFTER, 1_500)
    supplier, product = Terms(longest_wait_days=30), Terms(accept=Accept.NEVER, cap=9, cancel_fee_basis_points=500)
    variant = Terms(cap=0, cancelling=Cancelling.FINAL_SALE)
    assert resolve(shop, supplier, product, variant) == Effective(
        Accept.NEVER,
        0,
        2_000,
        "refused",
        30,
        Cancelling.FINAL_SALE,
        500,
        Origin(2, 3, 0, 0, 1, cancelling=3, cancel_fee_basis_points=2),
    )


@given(levels)
def test_the_origin_is_the_level_that_said_it(said):
    found = resolve(*said)
    for name in (field.name for field in fields(Origin)):
        origin = getattr(found.origin, name)
        after = said if origin is None else said[origin + 1 :]
        assert all(getattr(level, name) is None for level in after)
        assert getattr(found, name) == getattr(Effective() if origin is None else said[origin], name)


@pytest.mark.parametrize(
    ("free", "waiting", "accept", "cap", "units"),
    [
        (2, 0, Accept.NEVER, None, 2),
        (2, 0, Accept.NEVER, 5, 2),  # A cap counts only where terms are capped.
        (0, 4, Accept.NEVER, None, 0),
        (2, 0, Accept.CAPPED, 3, 5),
        (0, 2, Accept.CAPPED, 3, 1),
        (0, 3, Accept.CAPPED, 3, 0),
        (0, 9, Accept.CAPPED, 3, 0),  # The cap was lowered while nine waited.
        (4, 6, Accept.CAPPED, 3, 1),  # What is free belongs to those who wait.
        (2, 0, Accept.CAPPED, 0, 2),
        (0, 99, Accept.ALWAYS, None, None),
        (0, 99, Accept.ALWAYS, 3, None),
    ],
)
def test_units_that_can_be_sold(free, waiting, accept, cap, units):
    assert sellable(free, waiting, accept, cap) == units


def test_capped_terms_without_a_cap_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="need a cap"):
        sellable(1, 0, Accept.CAPPED, None)


@given(free=few, cap=few, wanted=st.lists(st.integers(min_value=1, max_value=9), max_size=30))
def test_ten_open_carts_cannot_pass_the_cap_together(free, cap, wanted):
    waiting = 0
    for units in wanted:
        allowed = sellable(free, waiting, Accept.CAPPED, cap)
        if units <= allowed:
            at_once = min(units, free)
            free, waiting = free - at_once, waiting + units - at_once
    assert waiting <= cap
