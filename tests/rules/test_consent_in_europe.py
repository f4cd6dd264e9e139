"""Delays by the law of the European Union and of the United Kingdom, and where neither they nor another holds."""

from __future__ import annotations

import pytest

from onorder.rules.consent import Reply, State, next_notice, refund_by, standing
from onorder.rules.jurisdictions import NO_LAW, Silence
from tests.rules.delays import EU, ORDERED, PROMISED, SOON, UK, after, late, said, state, told


@pytest.mark.parametrize("law", [EU, UK, NO_LAW])
def test_art_18_1_thirty_days_unless_a_day_was_agreed(law):
    assert late(promised_on=None).first_day(law) == after(30, ORDERED)
    assert late().first_day(law) == PROMISED


@pytest.mark.parametrize("law", [EU, UK])
def test_art_18_2_after_an_additional_period_the_customer_may_end_it(law):
    for today in (ORDERED, after(1), after(400)):
        found = standing(late(), law, today, can_ship_on=SOON)
        assert (found.state, found.may_end_from) == (State.NOTICE_DUE, after(15))  # Never over by itself.
    at_once = standing(late(is_essential=True), law, after(1), can_ship_on=SOON)
    assert at_once.may_end_from == after(1)
    assert state(late(called_off_on=after(1)), law, after(1)) == State.CALLED_OFF


@pytest.mark.parametrize("law", [EU, UK])
def test_art_25_silence_to_a_short_first_delay_gives_nothing_up(law):
    facts = told(late(), law, after(-5), after(14))
    assert (facts.notices[0].silence, facts.notices[0].answer_by) == (Silence.STANDS, after(14))
    found = standing(facts, law, after(14), can_ship_on=after(14))
    assert (found.state, found.silence) == (State.WAITING_FOR_ANSWER, Silence.STANDS)
    assert next_notice(late(), law, after(-5), day=after(15)).silence == Silence.CANCELLATION
    # It stands and stays ours to explain, however long it takes.
    assert state(facts, law, after(15), after(15)) == State.NOTICE_DUE


@pytest.mark.parametrize("law", [EU, UK, NO_LAW])
def test_silence_to_a_second_delay_cancels_when_the_additional_period_is_over(law):
    facts = told(told(late(), law, after(-5), after(10)), law, after(8), after(30))
    assert facts.notices[1].answer_by == after(24)
    assert state(facts, law, after(24), after(30)) == State.WAITING_FOR_ANSWER
    over = standing(facts, law, after(25), can_ship_on=after(30))
    assert (over.state, over.on) == (State.CANCELLED_BY_SILENCE, after(24))


@pytest.mark.parametrize("law", [EU, UK, NO_LAW])
def test_a_notice_that_comes_too_late_leaves_as_much_time_to_answer(law):
    notice = next_notice(late(), law, after(40), day=after(80))
    assert notice.answer_by == after(40 + law.answer_days)


def test_a_day_that_was_agreed_begins_a_new_additional_period():
    facts = said(told(late(), EU, after(-5), after(40)), after(0), Reply.KEPT, 1)
    found = standing(facts, EU, after(20), can_ship_on=after(40))
    assert (found.state, found.on, found.may_end_from) == (State.CONSENTED, after(40), after(55))


def test_by_its_own_terms_alone_a_late_shop_lets_the_customer_go_the_next_day():
    assert standing(late(), NO_LAW, after(1), can_ship_on=SOON).may_end_from == after(1)
    assert next_notice(late(), NO_LAW, after(-5), day=after(30)).silence == Silence.CONSENT
    longer = next_notice(late(), NO_LAW, after(-5), day=after(31))
    assert (longer.silence, longer.answer_by) == (Silence.CANCELLATION, after(30))


@pytest.mark.parametrize("law", [EU, UK, NO_LAW])
def test_art_13_1_the_refund_is_made_within_fourteen_days(law):
    assert refund_by(law, PROMISED) == after(14)
