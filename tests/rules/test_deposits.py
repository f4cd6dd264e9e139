from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.deposits import Balance, Part, Patience, Step, asked_minor, balance, paid_minor

ASKED = date(2026, 3, 2)
PATIENCE = Patience(remind_after_days=5, grace_days=14)


def stands(paid, *, asked, after=None):
    """Where an order of 10.05 stands, so many days after its customer was asked."""
    today = ASKED + timedelta(after or 0)
    asked_on = None if after is None else ASKED
    reminded_on = ASKED + timedelta(5) if (after or 0) > 5 else None
    return balance(
        1_005, asked, paid, asked_on=asked_on, reminded_on=reminded_on, today=today, patience=PATIENCE
    )  # fmt: skip


def test_a_reminder_that_came_late_gives_as_many_days_as_one_in_time():
    def at(after, reminded):
        day = None if reminded is None else ASKED + timedelta(reminded)
        today = ASKED + timedelta(after)
        return balance(1_005, 1_005, 0, asked_on=ASKED, reminded_on=day, today=today, patience=PATIENCE)

    assert at(20, None) == Balance(Step.REMIND, 1_005, 1_005, ASKED + timedelta(29))
    assert at(29, 20) == Balance(Step.REMIND, 1_005, 1_005, ASKED + timedelta(29))
    assert at(30, 20) == Balance(Step.RELEASE, 1_005, 1_005, ASKED + timedelta(30))


def test_what_is_here_is_paid_in_full_and_of_the_rest_its_deposit():
    tea, mug = Part(1_005, 0, 2, 2_000), Part(500, 3, 1, 10_000)
    assert asked_minor([tea]) == 402
    assert asked_minor([tea, mug], shipping_minor=395, discount_minor=100) == 402 + 2_000 + 395 - 100
    assert asked_minor([Part(1_005, 0, 2, 0)], discount_minor=100) == 0


def test_half_a_penny_of_a_deposit_is_rounded_up_as_it_is_shown():
    assert asked_minor([Part(5, 0, 1, 5_000)]) == 3


def test_what_made_up_for_something_need_not_be_paid_again():
    assert paid_minor(3_000, 100, 0, gone_minor=0) == 3_000
    assert paid_minor(3_000, 1_100, 0, gone_minor=1_000) == 2_000
    assert paid_minor(3_000, 800, 200, gone_minor=1_000) == 2_000


@pytest.mark.parametrize(
    ("paid", "asked", "after", "found"),
    [
        (0, 201, None, Balance(Step.LATER, 0, 1_005)),
        (201, 201, 0, Balance(Step.LATER, 0, 804)),
        (200, 201, 0, Balance(Step.DUE, 1, 805, ASKED + timedelta(5))),
        (0, 0, None, Balance(Step.LATER, 0, 1_005)),
        (1_005, 1_005, 900, Balance(Step.PAID, 0, 0)),
        (1_100, 1_005, 900, Balance(Step.PAID, 0, 0)),
    ],
)
def test_nothing_is_due_that_was_not_asked_for(paid, asked, after, found):
    assert stands(paid, asked=asked, after=after) == found


@pytest.mark.parametrize(
    ("after", "step", "on"),
    [(0, Step.DUE, 5), (4, Step.DUE, 5), (5, Step.REMIND, 14), (14, Step.REMIND, 14), (15, Step.RELEASE, 15)],
)
def test_what_is_due_is_reminded_of_and_then_the_units_are_released(after, step, on):
    assert stands(201, asked=1_005, after=after) == Balance(step, 804, 804, ASKED + timedelta(on))


@pytest.mark.parametrize(("remind", "grace"), [(0, 14), (14, 14), (15, 14)])
def test_nobody_loses_units_without_a_reminder(remind, grace):
    with pytest.raises(ValueError, match="reminder"):
        Patience(remind, grace)


def test_a_shop_that_says_nothing_reminds_after_five_days_and_waits_for_fourteen():
    assert Patience() == PATIENCE
    assert Patience(1, 2).remind_after_days == 1


@given(
    total=st.integers(0, 10_000),
    asked=st.integers(0, 10_000),
    paid=st.integers(0, 12_000),
    after=st.none() | st.integers(0, 30),
)
def test_nothing_is_due_that_is_not_open_and_paying_it_settles_it(total, asked, paid, after):
    asked, today = min(asked, total), ASKED + timedelta(after or 0)
    asked_on = None if after is None else ASKED
    found = balance(total, asked, paid, asked_on=asked_on, today=today, patience=PATIENCE)
    assert 0 <= found.due_minor <= found.open_minor == max(total - paid, 0)
    then = balance(total, asked, paid + found.due_minor, asked_on=asked_on, today=today, patience=PATIENCE)
    assert then.due_minor == 0 and then.step in (Step.PAID, Step.LATER)
