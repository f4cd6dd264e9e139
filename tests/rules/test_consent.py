"""Consent to a delay: what is no fact, what does not count, and what holds by every law."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.consent import Answer, Notice, Reply, State, next_notice, notice_due, over_on, refund_by, standing
from onorder.rules.jurisdictions import Silence
from tests.rules.delays import EU, LAWS, ORDERED, PROMISED, SOON, UK, US, after, late, said, state, told

# What is no fact, and what does not count


def test_a_new_day_is_later_than_the_old_one_and_not_over_yet():
    for day in (PROMISED, after(-1)):
        with pytest.raises(ValueError, match="no delay"):
            next_notice(late(), US, after(-5), day=day)
    with pytest.raises(ValueError, match="no delay"):
        next_notice(late(), EU, after(9), day=after(8))
    assert next_notice(late(), EU, after(9), day=after(9)).day == after(9)


def test_nobody_consents_to_what_was_not_sent_yet():
    facts = told(late(), US, after(-5), after(20))
    for on, notice in ((after(-6), 1), (after(0), 2), (after(0), 0), (after(0), None)):
        with pytest.raises(ValueError, match="no notice"):
            said(facts, on, Reply.KEPT, notice)
    with pytest.raises(ValueError, match="in the order"):
        replace(facts, notices=(facts.notices[0], replace(facts.notices[0], sent_on=ORDERED)))
    with pytest.raises(ValueError, match="only cancel on a day"):
        Notice(ORDERED, None, None, Silence.CANCELLATION)
    with pytest.raises(ValueError, match="without a day"):
        Notice(ORDERED, None, ORDERED, Silence.CONSENT)


def test_writing_twice_gives_no_second_deadline_and_an_old_consent_does_not_replace_a_newer_one():
    facts = told(told(late(), US, after(-9), after(60)), US, after(-5), after(90))
    assert facts.notices[1].answer_by == after(30)
    kept = said(facts, after(0), Reply.KEPT, 2)
    assert standing(said(kept, after(1), Reply.KEPT, 1), US, after(2), can_ship_on=after(90)).on == after(90)
    older = said(facts, after(0), Reply.KEPT, 1)  # The second question stays open, and cannot undo what was agreed.
    waiting = standing(older, US, after(31), can_ship_on=after(90))
    assert (waiting.state, waiting.on) == (State.WAITING_FOR_ANSWER, after(60))
    assert standing(older, US, after(61), can_ship_on=after(90)).on == after(60)


def test_whoever_was_told_of_a_later_day_is_told_again_when_it_slips():
    facts = told(late(), US, after(-5), after(20))
    assert not notice_due(facts, US, after(0), can_ship_on=after(20))
    assert notice_due(facts, US, after(0), can_ship_on=after(21))
    assert not notice_due(told(facts, US, after(0), None), US, after(1), can_ship_on=None)


def test_a_shop_may_let_silence_change_nothing_where_the_law_leaves_it_open():
    patient = replace(UK, other_silence=Silence.STANDS)
    facts = told(
        told(told(late(), patient, after(-5), after(10)), patient, after(8), after(30)), patient, after(9), None
    )
    found = standing(facts, patient, after(900), can_ship_on=None)
    assert (found.state, found.on, found.silence) == (State.WAITING_FOR_ANSWER, None, Silence.STANDS)
    assert found.may_end_from == after(9)
    assert over_on(facts, patient, after(9)) is None


# Properties


@given(
    law=st.sampled_from(LAWS),
    short=st.integers(1, 14),
    gap=st.integers(0, 13),
    further=st.integers(1, 90) | st.none(),
)
def test_silence_after_a_second_delay_always_cancels_at_the_stated_day(law, short, gap, further):
    first = told(late(), law, after(-5), after(short))
    facts = told(first, law, after(min(gap, short)), further and after(short + further))
    stated = facts.notices[1].answer_by
    assert facts.notices[1].silence == Silence.CANCELLATION
    assert not standing(facts, law, stated, can_ship_on=SOON).is_refunded
    for later in (1, 2, 500):
        over = standing(facts, law, stated + timedelta(later), can_ship_on=SOON)
        assert (over.state, over.on) == (State.CANCELLED_BY_SILENCE, stated)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.code)
@pytest.mark.parametrize("ends", [{"shipped_on": PROMISED}, {"called_off_on": PROMISED}], ids=["shipped", "called off"])
def test_what_is_said_after_the_end_changes_nothing(law, ends):
    facts = replace(told(late(), law, after(-5), None), **ends)
    for over in (facts, late(**ends)):
        found = standing(over, law, PROMISED, can_ship_on=None)
        for reply, notice in ((Reply.CANCELLED, None), (Reply.KEPT, len(over.notices) or None)):
            if reply != Reply.KEPT or over.notices:
                later = said(over, after(60), reply, notice)
                assert standing(later, law, after(90), can_ship_on=None) == found


@given(law=st.sampled_from(LAWS), kept=st.integers(-4, 0), withdrawn=st.integers(0, 900))
def test_withdrawing_consent_to_an_indefinite_delay_always_refunds(law, kept, withdrawn):
    facts = said(told(late(), law, after(-5), None), after(kept), Reply.KEPT, 1)
    assert state(facts, law, after(withdrawn), None) == State.CONSENTED
    over = standing(said(facts, after(withdrawn), Reply.WITHDRAWN), law, SOON + timedelta(900), can_ship_on=None)
    assert (over.is_refunded, over.on) == (True, after(withdrawn))


@given(law=st.sampled_from(LAWS), days=st.integers(0, 2_000), later=st.integers(0, 30))
def test_a_refund_is_due_after_the_end_and_never_earlier_for_who_ended_later(law, days, later):
    ended = after(days, ORDERED)
    assert ended < refund_by(law, ended) <= refund_by(law, ended + timedelta(later))


@given(
    law=st.sampled_from(LAWS),
    order=st.permutations(range(3)),
    days=st.lists(st.integers(-5, 40), min_size=3, max_size=3, unique=True),
)
def test_it_does_not_matter_in_which_order_answers_were_written_down(law, order, days):
    facts = told(late(), law, after(-5), after(10))
    replies = [Answer(after(days[0]), Reply.KEPT, 1), Answer(after(days[1]), Reply.KEPT, 1)]
    replies.append(Answer(after(days[2]), Reply.CANCELLED))
    found = {
        standing(replace(facts, answers=answers), law, after(41), can_ship_on=None)
        for answers in (tuple(replies), tuple(replies[n] for n in order))
    }
    assert len(found) == 1
