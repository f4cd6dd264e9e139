"""Delays by the law of the United States: 16 CFR 435.2, paragraph by paragraph."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from onorder.rules.calendars import MONDAY_TO_FRIDAY, Calendar
from onorder.rules.consent import Notice, Reply, State, next_notice, notice_due, refund_by, standing
from onorder.rules.jurisdictions import Silence
from tests.rules.delays import ORDERED, PROMISED, SOON, US, after, late, said, state, told


def test_435_2_a_1_without_a_day_it_is_thirty_days_after_the_order():
    nothing_stated = late(promised_on=None)
    assert nothing_stated.first_day(US) == after(30, ORDERED)
    assert late().first_day(US) == PROMISED
    found = standing(nothing_stated, US, ORDERED, can_ship_on=after(30, ORDERED))
    assert (found.state, found.on) == (State.ON_TIME, after(30, ORDERED))
    assert state(nothing_stated, US, ORDERED, after(31, ORDERED)) == State.NOTICE_DUE


@pytest.mark.parametrize("can_ship_on", [after(1), None], ids=["later", "nobody knows"])
def test_435_2_b_1_the_option_is_offered_as_soon_as_we_know_and_no_later_than_the_day(can_ship_on):
    assert notice_due(late(), US, ORDERED, can_ship_on=can_ship_on)
    found = standing(late(), US, PROMISED, can_ship_on=can_ship_on)
    assert (found.state, found.on) == (State.NOTICE_DUE, PROMISED)
    assert not notice_due(late(), US, PROMISED, can_ship_on=PROMISED)
    assert not notice_due(late(), US, after(1), can_ship_on=can_ship_on)  # Too late to ask: it is over.


@pytest.mark.parametrize(
    ("day", "silence"), [(after(30), Silence.CONSENT), (after(31), Silence.CANCELLATION), (None, Silence.CANCELLATION)]
)
def test_435_2_b_1_ii_and_iii_a_first_delay_of_up_to_thirty_days_is_consented_to_by_silence(day, silence):
    notice = next_notice(late(), US, after(-5), day=day)
    assert (notice.sent_on, notice.day, notice.silence) == (after(-5), day, silence)
    assert notice.answer_by == after(30)  # The new day itself, or thirty days after the first one.


def test_435_2_b_1_ii_silence_holds_until_the_new_day_and_a_no_counts_until_then():
    facts = told(late(), US, after(-5), after(20))
    waiting = standing(facts, US, after(20), can_ship_on=after(20))
    assert (waiting.state, waiting.on, waiting.silence) == (State.WAITING_FOR_ANSWER, after(20), Silence.CONSENT)
    assert waiting.may_end_from == after(-5)
    refused = standing(said(facts, after(20), Reply.CANCELLED), US, after(21), can_ship_on=after(20))
    assert (refused.state, refused.on) == (State.CANCELLED_BY_CUSTOMER, after(20))


@pytest.mark.parametrize("day", [after(60), None])
def test_435_2_b_1_iii_and_c_2_silence_to_a_long_delay_cancels_thirty_days_after_the_first_day(day):
    facts = told(late(), US, after(-5), day)
    waiting = standing(facts, US, after(30), can_ship_on=after(60))
    assert (waiting.state, waiting.on, waiting.silence) == (State.WAITING_FOR_ANSWER, after(30), Silence.CANCELLATION)
    over = standing(facts, US, after(31), can_ship_on=after(60))
    assert (over.state, over.on) == (State.CANCELLED_BY_SILENCE, after(30))
    shipped = replace(facts, shipped_on=after(30))  # (A): shipped within the thirty days.
    assert state(shipped, US, after(31)) == State.SHIPPED
    kept = said(facts, after(30), Reply.KEPT, 1)  # (B): consented within the thirty days.
    assert standing(kept, US, after(31), can_ship_on=after(60)).state == State.CONSENTED
    too_late = said(facts, after(31), Reply.KEPT, 1)
    assert state(too_late, US, after(31)) == State.CANCELLED_BY_SILENCE


@pytest.mark.parametrize("reply", [Reply.WITHDRAWN, Reply.CANCELLED])
def test_435_2_b_1_iii_consent_to_an_indefinite_delay_can_be_withdrawn_at_any_time(reply):
    facts = said(told(late(), US, after(-5), None), after(-2), Reply.KEPT, 1)
    consented = standing(facts, US, after(200), can_ship_on=None)
    assert (consented.state, consented.on, consented.may_end_from) == (State.CONSENTED, None, after(-2))
    found = standing(said(facts, after(200), reply), US, after(200), can_ship_on=None)
    assert (found.state, found.on) == (State.CANCELLED_BY_CUSTOMER, after(200))


def test_who_consents_twice_may_stop_from_the_first_time_on():
    facts = said(told(late(), US, after(-5), None), after(-2), Reply.KEPT, 1)
    assert standing(said(facts, after(9), Reply.KEPT, 1), US, after(9), can_ship_on=None).may_end_from == after(-2)


def test_435_2_b_1_iv_further_consent_may_be_asked_for_in_advance():
    facts = told(told(late(), US, after(-5), after(20)), US, after(-5), None)
    assert facts.notices[1].answer_by == after(20)
    kept = said(facts, after(-1), Reply.KEPT, 2)
    assert state(kept, US, after(90), None) == State.CONSENTED
    assert state(facts, US, after(21), None) == State.CANCELLED_BY_SILENCE


@pytest.mark.parametrize("day", [after(21), after(45), None])
def test_435_2_b_2_silence_to_a_second_delay_cancels_on_the_day_that_was_agreed(day):
    first = told(late(), US, after(-5), after(20))
    assert notice_due(first, US, after(3), can_ship_on=day)
    facts = told(first, US, after(15), day)
    assert facts.notices[1] == Notice(after(15), day, after(20), Silence.CANCELLATION)
    assert state(facts, US, after(20), day) == State.WAITING_FOR_ANSWER
    over = standing(facts, US, after(21), can_ship_on=day)
    assert (over.state, over.on) == (State.CANCELLED_BY_SILENCE, after(20))


def test_435_2_b_2_a_day_consented_to_supersedes_the_one_before():
    facts = told(late(), US, after(-5), after(60))
    facts = said(facts, after(0), Reply.KEPT, 1)
    found = standing(facts, US, after(40), can_ship_on=after(60))
    assert (found.state, found.on, found.may_end_from) == (State.CONSENTED, after(60), None)
    assert next_notice(facts, US, after(50), day=after(70)).answer_by == after(60)


def test_435_2_b_2_iii_who_waits_without_a_day_is_not_asked_again():
    facts = said(told(late(), US, after(-5), None), after(0), Reply.KEPT, 1)
    assert not notice_due(facts, US, after(100), can_ship_on=None)
    news = told(facts, US, after(100), after(120))
    assert news.notices[1] == Notice(after(100), after(120), None, Silence.STANDS)
    assert state(news, US, after(300), None) == State.CONSENTED
    bound = said(news, after(101), Reply.KEPT, 2)  # They agree to the day after all, and it is one again.
    assert standing(bound, US, after(102), can_ship_on=after(120)).on == after(120)
    assert state(bound, US, after(121)) == State.OVERDUE


def test_435_2_c_1_an_order_that_was_cancelled_before_it_shipped_is_over():
    facts = said(told(late(), US, after(-5), after(20)), after(1), Reply.CANCELLED)
    assert state(replace(facts, shipped_on=after(2)), US, after(3)) == State.CANCELLED_BY_CUSTOMER
    assert state(replace(facts, shipped_on=after(1)), US, after(3)) == State.SHIPPED


def test_435_2_c_3_a_day_that_was_consented_to_and_passes_without_a_notice_is_the_end():
    by_silence = told(late(), US, after(-5), after(20))
    in_words = said(by_silence, after(1), Reply.KEPT, 1)
    for facts in (by_silence, in_words):
        assert not standing(facts, US, after(20), can_ship_on=SOON).is_refunded
        over = standing(facts, US, after(21), can_ship_on=SOON)
        assert (over.state, over.on) == (State.OVERDUE, after(20))


def test_435_2_c_4_what_we_will_not_deliver_is_refunded():
    over = standing(late(called_off_on=after(-3)), US, after(9), can_ship_on=None)
    assert (over.state, over.on, over.is_refunded) == (State.CALLED_OFF, after(-3), True)


def test_435_2_c_5_a_first_day_that_passes_without_a_notice_is_the_end():
    over = standing(late(), US, after(1), can_ship_on=after(1))
    assert (over.state, over.on) == (State.OVERDUE, PROMISED)
    with pytest.raises(ValueError, match="nothing to delay"):
        next_notice(late(), US, after(1), day=after(9))


@pytest.mark.parametrize(
    ("over_on", "by"),
    [
        (date(2026, 3, 20), date(2026, 3, 31)),  # A Friday.
        (date(2026, 3, 21), date(2026, 3, 31)),
        (date(2026, 3, 22), date(2026, 3, 31)),
        (date(2026, 3, 23), date(2026, 4, 1)),
    ],
)
def test_435_1_b_a_prompt_refund_is_sent_within_seven_working_days(over_on, by):
    assert refund_by(US, over_on) == by
    assert MONDAY_TO_FRIDAY.between(over_on, by) == 7
    holiday = Calendar(MONDAY_TO_FRIDAY.weekdays, frozenset({date(2026, 3, 25)}))
    assert refund_by(US, over_on, holiday) > by


def test_435_partial_shipment_settles_what_left_and_nothing_else():
    gone, rest = late(shipped_on=after(-3)), late()
    assert (state(gone, US, after(1)), state(rest, US, after(1))) == (State.SHIPPED, State.OVERDUE)
