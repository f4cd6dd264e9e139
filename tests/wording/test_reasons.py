"""Why a line ships on its day, in words."""

from __future__ import annotations

from datetime import date
from math import log
from typing import get_args

import pytest
from django.utils.translation import override

from onorder.rules.calendars import MONDAY_TO_FRIDAY as WEEK
from onorder.rules.lead_time import LeadTime
from onorder.rules.promising import (
    Handling,
    Promise,
    Step,
    What,
    delivered,
    from_buffer,
    from_purchase_order,
    from_shelf,
)
from onorder.wording.reasons import explain

HANDLING = Handling(WEEK, 1, WEEK, 1, WEEK, 0)
LEAD = LeadTime(log(8), 0.35, n=41)


def march(day):
    return date(2026, 3, day)


def test_a_promise_says_why():
    assert explain(from_buffer(march(6), "order_day", LEAD, WEEK, HANDLING), march(3)) == (
        "supplier's order day Fri 6 Mar + 13 working days (9 of 10 deliveries are this fast)"
        " + 1 day to put away + 1 day to pack"
    )


@pytest.mark.parametrize(
    ("promise", "sentence"),
    [
        (from_shelf(march(6), HANDLING), "on the shelf + 1 day to pack"),
        (from_shelf(march(6), Handling(WEEK, 1, WEEK, 0, WEEK, 0)), "on the shelf"),
        (
            delivered(from_shelf(march(6), HANDLING), Handling(WEEK, 1, WEEK, 1, WEEK, 2)),
            "on the shelf + 1 day to pack + 2 days with the carrier",
        ),
        (
            from_buffer(march(6), "maximum_wait", LeadTime(log(8), 0.35, 2), WEEK, HANDLING, 0.95),
            "end of the longest wait in the buffer Fri 6 Mar + 14 working days (95 of 100 deliveries are this fast)"
            " + 1 day to put away + 1 day to pack, from little experience so far",
        ),
        (
            from_purchase_order(march(6), march(26), LEAD, WEEK, HANDLING),
            "sent to the supplier Fri 6 Mar + overdue, 4 working days more (8 of 10 orders this late come by then)"
            " + 1 day to put away + 1 day to pack",
        ),
        (
            from_purchase_order(march(6), march(10), LEAD, WEEK, HANDLING, confirmed_on=march(19), slip_days=1),
            "confirmed by the supplier, with 1 day in case it slips, Fri 20 Mar + 1 day to put away + 1 day to pack",
        ),
        (
            from_purchase_order(march(6), march(10), LEAD, WEEK, HANDLING, confirmed_on=march(19), slip_days=0),
            "confirmed by the supplier for Thu 19 Mar + 1 day to put away + 1 day to pack",
        ),
    ],
)
def test_every_kind_of_step_has_its_words(promise, sentence):
    assert explain(promise, march(3)) == sentence


def test_the_expected_day_of_a_buffer_that_may_fill_first():
    steps = (Step("filled", march(9), 0), Step("usual_time", march(20), 0))
    assert explain(Promise(march(20), steps, confident=True), march(3)) == (
        "its minimum is probably reached by Mon 9 Mar + the supplier's usual time from then on"
    )


@pytest.mark.parametrize("what", get_args(What))
@pytest.mark.parametrize("days", [0, 1, 2])
def test_there_are_words_for_whatever_a_promise_may_say(what, days):
    said = explain(Promise(march(6), (Step(what, march(6), days),), confident=True), march(3))
    assert "%" not in said
    assert said or days == 0


def test_a_day_of_another_year_is_written_with_its_year_and_as_the_reader_writes_it():
    promise = Promise(date(2027, 1, 4), (Step("sent", date(2027, 1, 4), 0),), confident=True)
    assert explain(promise, march(3)) == "sent to the supplier Mon 4 Jan 2027"
    with override("de"):
        assert "Mo 4. Jan 2027" in explain(promise, march(3))
