"""Consent to a delay, whatever shop, customer and calendar do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from onorder.rules.calendars import MONDAY_TO_FRIDAY
from onorder.rules.consent import Facts, Reply, State, over_on, refund_by, standing
from tests.rules.delays import LAWS, ORDERED, SOON, after, said, told


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
