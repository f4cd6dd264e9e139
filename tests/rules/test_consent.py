from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from onorder.rules.calendars import MONDAY_TO_FRIDAY, Calendar
from onorder.rules.consent import (
    Answer,
    Facts,
    Notice,
    Reply,
    State,
    next_notice,
    notice_due,
    over_on,
    refund_by,
    standing,
)
from onorder.rules.jurisdictions import (
    EUROPEAN_UNION,
    JURISDICTIONS,
    NO_LAW,
    UNITED_KINGDOM,
    UNITED_STATES,
    Silence,
)

US, EU, UK = UNITED_STATES, EUROPEAN_UNION, UNITED_KINGDOM
LAWS = list(JURISDICTIONS.values())
ORDERED = date(2026, 3, 2)
PROMISED = date(2026, 3, 20)
SOON = date(2026, 12, 31)  # A day to ship that is far behind anything promised here.


def after(days, start=PROMISED):
    return start + timedelta(days)


def late(*, promised_on=PROMISED, **facts):
    return Facts(ORDERED, promised_on, **facts)


def told(facts, law, today, day):
    """The facts once a notice with this day was sent."""
    return replace(facts, notices=(*facts.notices, next_notice(facts, law, today, day=day)))


def said(facts, on, reply, notice=None):
    return replace(facts, answers=(*facts.answers, Answer(on, reply, notice)))


def state(facts, law, today, can_ship_on=SOON):
    return standing(facts, law, today, can_ship_on=can_ship_on).state


# United States: 16 CFR 435.2


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


# European Union and United Kingdom


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


class Course(RuleBasedStateMachine):
    """Shop, customer and calendar do as they like.

    `lawful` is counted here as the American rule reads, without a glance at the code: the last day on which a seller
    who has not shipped may still hold the money.
    """

    @initialize(law=st.sampled_from(LAWS), promised=st.integers(0, 60) | st.none(), essential=st.booleans())
    def order(self, law, promised, essential):
        self.law, self.today = law, ORDERED
        day = None if promised is None else after(promised, ORDERED)
        self.facts = Facts(ORDERED, day, is_essential=essential)
        self.lawful = self.first = day or after(30, ORDERED)
        self.consent, self.refused, self.asked = (self.first, False), False, []

    def now(self, can_ship_on=SOON):
        return standing(self.facts, self.law, self.today, can_ship_on=can_ship_on)

    def is_live(self):
        return not self.now().is_refunded and not self.facts.shipped_on

    @rule(days=st.integers(1, 20))
    def days_pass(self, days):
        self.today += timedelta(days)

    @precondition(lambda self: self.is_live())
    @rule(days=st.integers(1, 80) | st.none())
    def the_shop_writes(self, days):
        day = days and max(self.today, *[d for d in (self.now().on, self.first) if d]) + timedelta(days)
        before, self.facts = self.facts, told(self.facts, self.law, self.today, day)
        if not before.notices:
            short = day is not None and (day - self.first).days <= 30
            self.lawful = day if short else self.first + timedelta(30)

    @precondition(lambda self: self.facts.notices)
    @rule(data=st.data())
    def the_customer_consents(self, data):
        number = data.draw(st.integers(1, len(self.facts.notices)))
        was_live, newest = self.is_live(), max((a.notice or 0 for a in self.facts.answers), default=0)
        self.facts = said(self.facts, self.today, Reply.KEPT, number)
        if was_live and number > newest:
            day = self.facts.notices[number - 1].day
            self.consent, self.lawful = (day, True), day or date.max

    @rule(reply=st.sampled_from([Reply.CANCELLED, Reply.WITHDRAWN]))
    def the_customer_cancels(self, reply):
        self.refused = self.refused or self.is_live()
        self.facts = said(self.facts, self.today, reply)

    @precondition(lambda self: self.is_live())
    @rule()
    def it_ships(self):
        self.facts = replace(self.facts, shipped_on=self.today)

    @invariant()
    def never_cancel_someone_who_consented(self):
        until, _ = self.consent
        if not self.refused and (until is None or self.today <= until):
            assert not self.now().is_refunded

    @invariant()
    def never_keep_money_after_the_legal_day(self):
        found = self.now()
        if self.refused and not self.facts.shipped_on:
            assert found.is_refunded
        if self.law.code == "US" and not self.facts.shipped_on and self.today > self.lawful:
            assert found.is_refunded and found.on <= self.lawful
            assert MONDAY_TO_FRIDAY.between(found.on, refund_by(self.law, found.on)) == 7

    @invariant()
    def it_ends_by_itself_on_the_day_that_was_foretold(self):
        end = over_on(self.facts, self.law, self.today)
        if self.is_live() and end:
            assert end > self.today
            days = (end - timedelta(1), end, end + timedelta(999))
            states = [standing(self.facts, self.law, day, can_ship_on=SOON).is_refunded for day in days]
            assert states == [False, True, True]
        elif self.is_live():
            assert not standing(self.facts, self.law, SOON + timedelta(9_999), can_ship_on=SOON).is_refunded
        else:
            assert end is None

    @invariant()
    def what_shipped_is_never_cancelled(self):
        assert (self.now().state == State.SHIPPED) == bool(self.facts.shipped_on)

    @invariant()
    def what_was_found_once_is_found_again(self):
        self.asked.append((self.today, self.now()))

    def teardown(self):
        """Asked once more, of each day of the past and in another order: what came later has changed nothing."""
        for today, found in reversed(self.asked):
            of_that_day = [then for day, then in self.asked if day == today]
            assert standing(self.facts, self.law, today, can_ship_on=SOON) == of_that_day[-1]
            if found.is_refunded:
                end = standing(self.facts, self.law, SOON + timedelta(5_000), can_ship_on=SOON)
                assert (end.state, end.on) == (found.state, found.on)


TestCourse = Course.TestCase
