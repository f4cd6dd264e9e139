"""Cases that break other systems, by name: when a buffer is bought, and when it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onorder.actions import suppliers
from onorder.models import PurchaseOrder
from onorder.rules.lifecycle import BelowMinimum
from onorder.working import work

FRIDAY_1700 = datetime(2026, 3, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "step", "bought", "state"),
    [
        (BelowMinimum.ORDER_ANYWAY, "fire", 4, "sent"),
        (BelowMinimum.TOP_UP, "top_up", 10, "sent"),
        (BelowMinimum.ASK, "ask", 4, "draft"),
    ],
)
def test_a_deadline_below_the_minimum_gets_the_policys_answer(shop, answer, step, bought, state):
    shop.supplier("ACME", suppliers.Policy(minimum_units=10, order_weekdays="4", below_minimum=answer))
    shop.sells("TEA")
    shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    raised = shop.fires()
    assert (raised.step, raised.reason, raised.units, raised.state) == (step, "deadline", bought, state)


def test_with_time_to_undo_an_order_leaves_later(shop):
    shop.supplier("ACME", suppliers.Policy(order_weekdays="4", undo_minutes=10))
    shop.sells("TEA")
    bob = shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    raised = shop.fires()
    assert raised.state == "queued"
    assert work(shop.now, deliver=False).sent == 0
    shop.wait(minutes=10)
    assert shop.told(bob) == ["placed"]
    assert work(shop.now, deliver=False).sent == 1
    assert (shop.state(raised.number), shop.told(bob)) == ("sent", ["placed", "ordered"])


def test_a_buffer_that_rolls_over_says_so_once_and_goes_at_the_end_of_the_longest_wait(shop):
    policy = suppliers.Policy(
        minimum_units=10, order_weekdays="4", maximum_wait_days=10, below_minimum=BelowMinimum.ROLL
    )
    shop.supplier("ACME", policy)
    shop.sells("TEA")
    shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    assert shop.fires().step == "roll"
    shop.wait(hours=1)
    assert shop.fires().step == "wait"
    assert len(shop.events("rolled_over")) == 1
    shop.now = datetime(2026, 3, 12, 17, tzinfo=UTC)
    raised = shop.fires()
    assert (raised.step, raised.reason, raised.units) == ("fire", "maximum_wait", 4)


def test_a_promise_at_risk_overrides_a_buffer_that_would_wait(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_units=100, maximum_wait_days=20, below_minimum=BelowMinimum.ROLL))
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.wait(days=1)
    assert shop.fires().step == "wait"
    shop.supplier(
        "ACME", suppliers.Policy(minimum_units=100, maximum_wait_days=20, below_minimum=BelowMinimum.ROLL), 20
    )
    raised = shop.fires()  # It takes far longer than it did when Bob was promised his day.
    assert (raised.step, raised.reason) == ("fire", "promise_at_risk")
    assert shop.line(bob, "TEA").promised_on is not None


def test_the_minimum_fires_once_it_has_settled(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_units=3, order_weekdays="4", settle_minutes=30))
    shop.sells("TEA")
    shop.order({"TEA": 2})
    assert shop.fires().step == "wait"
    shop.order({"TEA": 1})
    assert shop.fires().step == "wait"
    shop.wait(minutes=29)
    assert shop.fires().step == "wait"
    shop.wait(minutes=1)
    assert (shop.fires().reason, shop.buffer("TEA")) == ("minimum_units", 0)


def test_a_minimum_value_counts_in_money(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_value_minor=1_000, order_weekdays="4"))
    shop.sells("TEA", cost=300)
    shop.order({"TEA": 3})
    assert shop.fires().step == "wait"
    shop.order({"TEA": 1})
    assert shop.fires().reason == "minimum_value"


def test_two_workers_run_the_deadline(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.now = FRIDAY_1700
    assert (shop.fires().step, shop.fires().step) == ("fire", "wait")
    assert PurchaseOrder.objects.count() == 1


def test_the_server_was_down_at_the_deadline(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.now = FRIDAY_1700 + timedelta(hours=15, minutes=5)
    assert shop.fires().reason == "deadline"
    assert PurchaseOrder.objects.get().why == "15 h 5 min after its deadline"
    assert shop.fires().step == "wait"


def test_the_clocks_change_on_the_day_of_the_deadline(shop):
    policy = suppliers.Policy(order_weekdays="6", cutoff=datetime(2026, 1, 1, 1, 30).time(), time_zone="Europe/London")
    shop.supplier("ACME", policy, weekdays="0123456")
    shop.sells("TEA")
    shop.now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    shop.order({"TEA": 1})
    fired = 0
    for minutes in range(0, 24 * 60, 10):  # On 29 March 2026 half past one does not exist in London.
        shop.now = datetime(2026, 3, 28, 18, tzinfo=UTC) + timedelta(minutes=minutes)
        fired += shop.fires().number is not None
    assert fired == 1


def test_cancelled_an_hour_before_the_deadline(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.order({"TEA": 1})
    shop.now = FRIDAY_1700 - timedelta(hours=1)
    shop.cancels(bob)
    shop.now = FRIDAY_1700
    assert shop.bought(shop.fires().number) == {"TEA": 1}


def test_the_worker_does_a_day_from_deadline_to_message(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.now = FRIDAY_1700
    done = work(shop.now, deliver=False)
    assert (done.raised, done.sent) == (1, 1)
    assert work(shop.now, deliver=False).is_idle
    assert shop.told(bob) == ["placed", "ordered"]
    shop.wait(days=6)
    assert work(shop.now, deliver=False).reminded == 1
    assert work(shop.now, deliver=False).is_idle
