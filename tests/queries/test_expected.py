"""When a buffer that fills is expected to be sent: before its deadline, if its customers come fast enough."""

from __future__ import annotations

from datetime import timedelta
from math import exp

import pytest

from onorder.actions import learning
from onorder.actions.suppliers import Policy
from onorder.models import Buffer
from onorder.queries.queue import waiting_lines

pytestmark = pytest.mark.django_db

FULL_AT_THIRTY = Policy(minimum_units=30, maximum_wait_days=28)


def lives(shop, *, days, units_a_day):
    """A few weeks in which somebody orders every day, with a purchase order whenever the buffer is full."""
    for _ in range(days):
        for _ in range(units_a_day):
            shop.order({"TEA": 1})
        shop.wait(days=1)
        shop.fires("BULK")
    learning.learn(by="worker", now=shop.now)


def last_expected(shop):
    return waiting_lines(now=shop.now, limit=500)[-1].expected_on


@pytest.fixture
def bulk(shop):
    shop.supplier("BULK", FULL_AT_THIRTY)
    shop.sells("TEA", supplier="BULK")
    return shop


def test_without_experience_only_the_deadline_is_known(bulk):
    bulk.order({"TEA": 1}, number="O1")
    assert last_expected(bulk) > (bulk.now + timedelta(days=28)).date()


def test_a_buffer_that_fills_fast_is_expected_to_leave_early(bulk):
    lives(bulk, days=21, units_a_day=4)
    buffer = Buffer.objects.get()
    assert (buffer.ordered, buffer.squares, buffer.history_days) == (84, 84, 21)  # 4 a day, each on its own.
    bulk.order({"TEA": 1}, number="LAST")
    deadline = (bulk.now + timedelta(days=14)).date()
    promised = bulk.line("LAST", "TEA").promised_on
    assert last_expected(bulk) < promised
    Buffer.objects.update(ordered=0, squares=0)  # Nobody came lately, so only its deadline remains.
    assert deadline < last_expected(bulk) < promised


def test_a_forecast_never_moves_a_promise(bulk):
    lives(bulk, days=21, units_a_day=4)
    bulk.order({"TEA": 1}, number="LAST")
    with_forecast = bulk.line("LAST", "TEA").promised_on
    Buffer.objects.update(history_days=0)
    bulk.order({"TEA": 1}, number="LATER")
    assert bulk.line("LATER", "TEA").promised_on == with_forecast


def test_what_was_ordered_long_ago_fades(bulk):
    lives(bulk, days=3, units_a_day=4)
    bulk.wait(days=56)
    learning.learn(by="worker", now=bulk.now)
    buffer = Buffer.objects.get()
    assert buffer.ordered == pytest.approx(12 * exp(-2))
    assert buffer.history_days == pytest.approx(3 * exp(-2) + 56)


def test_night_by_night_the_rate_stays_what_it_is(bulk):
    for _ in range(60):
        lives(bulk, days=1, units_a_day=2)
    buffer = Buffer.objects.get()
    assert buffer.ordered / buffer.history_days == pytest.approx(2)
    assert 24 < buffer.history_days < 29
