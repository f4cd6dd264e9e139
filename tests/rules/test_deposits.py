from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.deposits import Balance, Patience, Step, balance

READY = date(2026, 3, 2)
PATIENCE = Patience(remind_after_days=5, grace_days=14)


def owed(paid, *, after=None, share=2_000):
    """Where a line of 10.05 stands, so many days after it was ready."""
    ready_on = None if after is None else READY
    today = READY + timedelta(after or 0)
    return balance(1_005, share, paid, ready_on=ready_on, today=today, patience=PATIENCE)


@pytest.mark.parametrize(
    ("paid", "share", "found"),
    [
        (0, 2_000, Balance(Step.DEPOSIT, 201, 1_005)),
        (200, 2_000, Balance(Step.DEPOSIT, 1, 805)),
        (201, 2_000, Balance(Step.LATER, 0, 804)),
        (0, 0, Balance(Step.LATER, 0, 1_005)),
        (0, 10_000, Balance(Step.DEPOSIT, 1_005, 1_005)),
        (1_005, 2_000, Balance(Step.PAID, 0, 0)),
        (1_100, 2_000, Balance(Step.PAID, 0, 0)),
    ],
)
def test_before_it_is_ready_only_the_deposit_is_owed(paid, share, found):
    assert owed(paid, share=share) == found


@pytest.mark.parametrize(
    ("after", "step", "on"),
    [(0, Step.DUE, 5), (4, Step.DUE, 5), (5, Step.REMIND, 14), (14, Step.REMIND, 14), (15, Step.RELEASE, 15)],
)
def test_once_it_is_ready_the_rest_is_owed_then_reminded_of_then_the_units_are_released(after, step, on):
    assert owed(201, after=after) == Balance(step, 804, 804, READY + timedelta(on))
    assert owed(0, after=after) == Balance(step, 1_005, 1_005, READY + timedelta(on))


def test_who_has_paid_keeps_the_units():
    assert owed(1_005, after=900).step == Step.PAID


@pytest.mark.parametrize(("remind", "grace"), [(0, 14), (14, 14), (15, 14)])
def test_nobody_loses_units_without_a_reminder(remind, grace):
    with pytest.raises(ValueError, match="reminder"):
        Patience(remind, grace)


def test_a_shop_that_says_nothing_reminds_after_five_days_and_waits_for_fourteen():
    assert Patience() == PATIENCE
    assert Patience(1, 2).remind_after_days == 1


@given(
    price=st.integers(0, 10_000),
    share=st.integers(0, 10_000),
    paid=st.integers(0, 12_000),
    after=st.none() | st.integers(0, 30),
)
def test_nothing_is_owed_that_is_not_open_and_paying_it_settles_it(price, share, paid, after):
    ready_on = None if after is None else READY
    today = READY + timedelta(after or 0)
    found = balance(price, share, paid, ready_on=ready_on, today=today, patience=PATIENCE)
    assert 0 <= found.due_minor <= found.open_minor == max(price - paid, 0)
    then = balance(price, share, paid + found.due_minor, ready_on=ready_on, today=today, patience=PATIENCE)
    assert then.due_minor == 0 and then.step in (Step.PAID, Step.LATER)
