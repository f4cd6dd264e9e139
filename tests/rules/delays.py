"""An order that is late, whom that was told, and what they said to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from onorder.rules.consent import Answer, Facts, next_notice, standing
from onorder.rules.jurisdictions import EUROPEAN_UNION, JURISDICTIONS, UNITED_KINGDOM, UNITED_STATES

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
