from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.consent import REFUNDED, Standing, State
from onorder.rules.jurisdictions import (
    EUROPEAN_UNION,
    JURISDICTIONS,
    NO_LAW,
    UNITED_KINGDOM,
    UNITED_STATES,
    Exemption,
)
from onorder.rules.second_thoughts import (
    Allowed,
    CancellationTerms,
    Cancelling,
    Stage,
    Verdict,
    Why,
    Withdrawal,
    may_cancel,
    may_withdraw,
    refund_after_withdrawal_by,
    send_back_by,
)

EU, UK = EUROPEAN_UNION, UNITED_KINGDOM
ORDERED = date(2026, 3, 2)
TODAY = date(2026, 3, 9)
ON_TIME = Standing(State.ON_TIME, date(2026, 3, 20), may_end_from=date(2026, 4, 4))
NO_RIGHT = Withdrawal(False, None, Why.NO_SUCH_RIGHT)


def march(day):
    return date(2026, 3, 1) + timedelta(day - 1)


def right(law, today, *delivered, informed_on=ORDERED, exemption=None):
    return may_withdraw(law, today, delivered=delivered, informed_on=informed_on, exemption=exemption)


# The right to withdraw


@pytest.mark.parametrize("law", [EU, UK])
def test_art_9_2_fourteen_days_from_the_day_after_delivery(law):
    for today in (march(10), march(24)):
        assert right(law, today, march(10)) == Withdrawal(True, march(24), Why.WITHIN_PERIOD)
    assert right(law, march(25), march(10)) == Withdrawal(False, march(24), Why.PERIOD_OVER)


@pytest.mark.parametrize("law", [EU, UK])
def test_art_9_2_b_i_of_an_order_in_parts_from_the_last_of_them(law):
    assert right(law, march(31), march(10), march(20)).until == date(2026, 4, 3)
    still_to_come = Withdrawal(True, None, Why.BEFORE_DELIVERY)
    assert right(law, date(2027, 9, 1), march(10), None) == still_to_come
    assert right(law, march(12), march(10), march(13)) == still_to_come  # On its way.


@pytest.mark.parametrize("law", [EU, UK])
def test_recital_40_before_anything_is_delivered(law):
    assert right(law, ORDERED, None).is_open
    assert right(law, ORDERED).is_open


def test_regulation_1182_71_art_3_4_a_period_that_ends_on_a_day_off_lasts_until_the_next_working_day():
    saturday, monday = march(28), march(30)
    assert right(EU, march(30), march(14)) == Withdrawal(True, monday, Why.WITHIN_PERIOD)
    assert right(UK, march(28), march(14)).until == saturday


@pytest.mark.parametrize("law", [EU, UK])
def test_art_10_1_twelve_months_longer_for_who_was_never_told(law):
    found = right(law, date(2027, 3, 24), march(10), informed_on=None)
    assert found == Withdrawal(True, date(2027, 3, 24), Why.NOT_INFORMED)
    assert not right(law, date(2027, 3, 25), march(10), informed_on=None).is_open


@pytest.mark.parametrize("law", [EU, UK])
@pytest.mark.parametrize(
    ("informed_on", "until"),
    [
        (march(10), march(24)),
        (march(16), march(30)),
        (date(2026, 9, 2), date(2026, 9, 16)),
        (date(2027, 3, 10), date(2027, 3, 24)),  # The last day of the twelve months.
        (date(2027, 3, 11), date(2027, 3, 24)),  # Told when it no longer counts.
    ],
)
def test_art_10_2_fourteen_days_from_the_day_on_which_they_were_told(law, informed_on, until):
    found = right(law, until, march(10), informed_on=informed_on)
    assert (found.is_open, found.until) == (True, until)
    assert not right(law, until + timedelta(1), march(10), informed_on=informed_on).is_open


def test_who_is_told_today_is_told():
    assert right(UK, march(16), march(10), informed_on=march(16)) == Withdrawal(True, march(30), Why.WITHIN_PERIOD)
    assert right(UK, march(15), march(10), informed_on=march(16)).why == Why.NOT_INFORMED


def test_regulation_1182_71_art_3_2_c_a_month_without_that_day_ends_with_its_last():
    assert right(UK, date(2028, 2, 15), date(2028, 2, 15), informed_on=None).until == date(2029, 2, 28)


@pytest.mark.parametrize("law", [EU, UK])
@pytest.mark.parametrize("exemption", list(Exemption))
def test_art_16_not_for_what_was_made_to_order_and_the_like(law, exemption):
    for delivered in (None, march(10)):
        found = right(law, march(12), delivered, exemption=exemption)
        assert found == Withdrawal(False, None, Why.EXEMPT, exemption)


@pytest.mark.parametrize("law", [UNITED_STATES, NO_LAW])
def test_elsewhere_there_is_no_such_right(law):
    assert right(law, march(12), march(10)) == NO_RIGHT


# What follows from it


@pytest.mark.parametrize("law", [EU, UK])
def test_art_13_1_what_never_arrived_is_refunded_within_fourteen_days_of_being_told(law):
    assert refund_after_withdrawal_by(law, march(2), was_delivered=False) == march(16)


@pytest.mark.parametrize("law", [EU, UK])
def test_art_13_3_withheld_until_the_goods_are_back_or_shown_to_be_sent(law):
    assert refund_after_withdrawal_by(law, march(2), was_delivered=True) is None


@pytest.mark.parametrize(
    ("law", "back_on", "proof_on", "by"),
    [
        (EU, march(9), None, march(16)),
        (EU, march(20), None, march(20)),
        (EU, march(20), march(17), march(17)),
        (UK, march(9), None, march(23)),
        (UK, march(9), march(5), march(19)),
        (UK, None, march(5), march(19)),
    ],
)
def test_art_13_and_regulation_34_count_the_refund_from_different_days(law, back_on, proof_on, by):
    found = refund_after_withdrawal_by(law, march(2), was_delivered=True, back_on=back_on, proof_on=proof_on)
    assert found == by


@pytest.mark.parametrize("law", [EU, UK])
def test_art_14_1_the_goods_go_back_within_fourteen_days(law):
    assert send_back_by(law.withdrawal, march(2)) == march(16)


# What may be cancelled


def allowed(cancelling, stage, standing=ON_TIME, withdrawal=NO_RIGHT, *, today=TODAY, value=2_000, paid=2_000):
    terms = CancellationTerms(cancelling, fee_basis_points=1_500)
    return may_cancel(terms, stage, standing, withdrawal, today, value_minor=value, paid_minor=paid)


FREE, NO, EXCHANGE = Verdict.FREE, Verdict.NO, Verdict.EXCHANGE


@pytest.mark.parametrize(
    ("cancelling", "wanted", "bought"),
    [
        (Cancelling.FREE, Allowed(FREE, Why.TERMS), Allowed(FREE, Why.TERMS)),
        (Cancelling.UNTIL_BOUGHT, Allowed(FREE, Why.NOT_BOUGHT), Allowed(NO, Why.BOUGHT)),
        (Cancelling.FEE_AFTER, Allowed(FREE, Why.NOT_BOUGHT), Allowed(Verdict.FEE, Why.BOUGHT, 300)),
        (Cancelling.EXCHANGE_ONLY, Allowed(FREE, Why.NOT_BOUGHT), Allowed(EXCHANGE, Why.BOUGHT)),
        (Cancelling.FINAL_SALE, Allowed(NO, Why.TERMS), Allowed(NO, Why.TERMS)),
    ],
)
def test_by_the_terms_alone(cancelling, wanted, bought):
    assert allowed(cancelling, Stage.WANTED) == wanted
    assert allowed(cancelling, Stage.BOUGHT) == allowed(cancelling, Stage.SET_ASIDE) == bought


def test_a_shop_that_says_nothing_lets_everybody_go_for_nothing():
    assert CancellationTerms() == CancellationTerms(Cancelling.FREE, fee_basis_points=0)


def test_nobody_is_billed_for_leaving():
    assert allowed(Cancelling.FEE_AFTER, Stage.BOUGHT, paid=200).fee_minor == 200
    assert allowed(Cancelling.FEE_AFTER, Stage.BOUGHT, paid=0) == Allowed(FREE, Why.BOUGHT)


@pytest.mark.parametrize("cancelling", list(Cancelling))
@pytest.mark.parametrize("stage", [Stage.WANTED, Stage.BOUGHT, Stage.SET_ASIDE])
@pytest.mark.parametrize(
    ("standing", "today"),
    [
        (Standing(State.NOTICE_DUE, march(20)), TODAY),
        (Standing(State.WAITING_FOR_ANSWER, march(20), may_end_from=TODAY), TODAY),
        (Standing(State.CONSENTED, None, may_end_from=march(3)), TODAY),
        (ON_TIME, date(2026, 4, 4)),
    ],
)
def test_whoever_waits_for_what_is_late_goes_free_whatever_the_terms(cancelling, stage, standing, today):
    assert allowed(cancelling, stage, standing, today=today) == Allowed(FREE, Why.DELAY)


def test_whoever_agreed_to_a_day_is_held_to_the_terms_until_then():
    agreed = Standing(State.CONSENTED, march(30))
    assert allowed(Cancelling.FINAL_SALE, Stage.BOUGHT, agreed).verdict == NO
    assert allowed(Cancelling.FINAL_SALE, Stage.BOUGHT, ON_TIME, today=date(2026, 4, 3)).verdict == NO


@pytest.mark.parametrize("cancelling", list(Cancelling))
@pytest.mark.parametrize("stage", list(Stage))
def test_the_law_comes_before_the_terms(cancelling, stage):
    withdrawal = Withdrawal(True, march(24), Why.WITHIN_PERIOD)
    assert allowed(cancelling, stage, withdrawal=withdrawal) == Allowed(FREE, Why.WITHIN_PERIOD, 0, march(24))


def test_what_was_made_to_order_follows_the_terms():
    made = right(UK, TODAY, None, exemption=Exemption.MADE_TO_ORDER)
    assert allowed(Cancelling.FEE_AFTER, Stage.BOUGHT, withdrawal=made).fee_minor == 300


@pytest.mark.parametrize("stage", list(Stage))
def test_what_has_shipped_can_only_come_back(stage):
    shipped = Standing(State.SHIPPED, march(8))
    assert allowed(Cancelling.FREE, stage, shipped) == Allowed(NO, Why.SHIPPED)
    assert allowed(Cancelling.EXCHANGE_ONLY, stage, shipped) == Allowed(EXCHANGE, Why.SHIPPED)
    late = Standing(State.WAITING_FOR_ANSWER, march(20), may_end_from=march(3))
    assert allowed(Cancelling.FREE, Stage.SHIPPED, late) == Allowed(NO, Why.SHIPPED)


@pytest.mark.parametrize("state", sorted(REFUNDED))
def test_what_is_over_cannot_be_cancelled_again(state):
    open_right = Withdrawal(True, None, Why.BEFORE_DELIVERY)
    assert allowed(Cancelling.FREE, Stage.WANTED, Standing(state, march(8)), open_right) == Allowed(NO, Why.OVER)


@given(
    law=st.sampled_from(list(JURISDICTIONS.values())),
    delivered=st.lists(st.dates(march(1), march(31)), min_size=1, max_size=4),
    informed_on=st.none() | st.dates(ORDERED, date(2027, 12, 31)),
    days=st.integers(0, 800),
)
def test_a_right_that_is_over_does_not_come_back_and_parts_never_shorten_it(law, delivered, informed_on, days):
    today = max(delivered) + timedelta(days)
    later = today + timedelta(1)
    now = right(law, today, *delivered, informed_on=informed_on)
    if informed_on is None or informed_on <= today:
        assert now.is_open or not right(law, later, *delivered, informed_on=informed_on).is_open
        assert now.is_open or not right(law, today, delivered[0], informed_on=informed_on).is_open
    if now.is_open:
        assert right(law, today, *delivered, None, informed_on=informed_on).is_open
