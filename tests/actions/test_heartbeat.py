"""Who waits and has heard nothing for long is told that all is as it was."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from onorder import working
from onorder.actions import messages, orders
from onorder.actions.shop import OpenDays, Settings
from onorder.delivery import mail
from onorder.errors import BadInput, NotFound
from onorder.models import Customer, Message, Order, Shop
from onorder.queries import due
from onorder.queue import setup as settings

OPEN = OpenDays("01234")


@pytest.fixture
def tea(shop):
    """SO-1 waits for tea that is on order; everything that was written has been sent."""
    shop.sells("TEA", here=1)
    shop.supplier("ACME", lead_time_days=60)
    shop.order({"TEA": 3})
    shop.raises()
    posted()
    return shop


def posted():
    Message.objects.filter(state="queued").update(state="sent", sent_at=F("due_at"))


def keep_in_touch(shop, location="MAIN"):
    return messages.keep_in_touch(location, by="worker", now=shop.now)


def never(days):
    Shop.objects.update(heartbeat_days=days)
    settings.changed()


def test_after_two_weeks_without_a_word_they_are_told(tea):
    tea.wait(days=13)
    assert keep_in_touch(tea) == 0
    tea.wait(days=1)
    assert keep_in_touch(tea) == 1
    assert tea.told("SO-1") == ["placed", "ordered", "heartbeat"]
    (event,) = tea.events("heartbeat")
    assert (event.by, event.data["lines"]) == ("worker", [[tea.line("SO-1", "TEA").pk, 2]])
    assert tea.is_sound()


def test_the_day_counts_and_not_the_hour(tea):
    tea.now = tea.now.replace(hour=1)
    tea.wait(days=14)
    assert keep_in_touch(tea) == 1


def test_it_says_what_is_to_come_when_and_that_nothing_is_to_be_done(tea):
    tea.wait(days=14)
    keep_in_touch(tea)
    (one,) = mail.compose([Message.objects.get(kind="heartbeat").pk])
    assert one.subject == "Order SO-1: nothing has changed, it is still to come"
    promised = tea.line("SO-1", "TEA").promised_on
    assert f"3 items are still to come, by {promised:%a} {promised.day} {promised:%B}" in one.body
    assert "what we told you last still stands" in one.body and "There is nothing you need to do." in one.body


def test_once_in_as_many_days(tea):
    tea.wait(days=14)
    assert [keep_in_touch(tea), keep_in_touch(tea)] == [1, 0]
    posted()
    tea.wait(days=13)
    assert keep_in_touch(tea) == 0
    tea.wait(days=1)
    assert keep_in_touch(tea) == 1


def test_any_message_ends_the_silence(tea):
    tea.wait(days=10)
    orders.add("SO-1", "TEA", 1, key="more", by="bob", now=tea.now)
    posted()
    tea.wait(days=13)
    assert keep_in_touch(tea) == 0
    tea.wait(days=1)
    assert keep_in_touch(tea) == 1


def test_a_message_that_was_held_up_counts_from_when_it_left(tea):
    Message.objects.filter(kind="ordered").update(sent_at=None, state="queued")
    tea.wait(days=20)
    assert keep_in_touch(tea) == 0  # It may leave any minute.
    Message.objects.filter(kind="ordered").update(sent_at=tea.now, state="sent")
    tea.wait(days=13)
    assert keep_in_touch(tea) == 0
    tea.wait(days=1)
    assert keep_in_touch(tea) == 1


def test_what_nobody_was_told_is_no_message(tea):
    tea.wait(days=10)
    orders.add("SO-1", "TEA", 1, key="more", by="bob", now=tea.now)
    Message.objects.filter(kind="added").update(state="suppressed", note="told before")
    tea.wait(days=4)
    assert keep_in_touch(tea) == 1


def test_whoever_does_not_wait_is_left_in_peace(tea):
    tea.sells("MUG", here=1)
    tea.order({"MUG": 1})
    tea.order({"TEA": 1})
    tea.cancels("SO-3")
    posted()
    tea.wait(days=14)
    assert keep_in_touch(tea) == 1
    assert "heartbeat" not in tea.told("SO-2") + tea.told("SO-3")


def test_an_order_that_was_brought_in_without_a_word_counts_from_its_day(tea):
    tea.order({"TEA": 1})
    brought_in = f"order:{Order.objects.get(number='SO-2').pk}"
    Message.objects.filter(event__subject=brought_in).update(state="suppressed", note="brought in")
    assert keep_in_touch(tea) == 0
    tea.wait(days=14)
    assert keep_in_touch(tea) == 2


def test_without_an_address_nobody_is_told_and_nothing_is_written(tea):
    Customer.objects.update(email="")
    tea.wait(days=14)
    assert keep_in_touch(tea) == 0 and not tea.events("heartbeat")


def test_zero_is_never(tea):
    never(0)
    tea.wait(days=300)
    assert keep_in_touch(tea) == 0
    assert due.silence_to_break(tea.now) == []


def test_the_shop_says_how_many_days(tea):
    never(3)
    tea.wait(days=3)
    assert keep_in_touch(tea) == 1


@pytest.mark.parametrize("days", [-1, 366])
def test_a_number_of_days_that_is_none(days):
    with pytest.raises(BadInput, match="is not a number of days"):
        Settings("S", "", "en_GB", "UTC", OPEN, 1, OPEN, 1, OPEN, 0, heartbeat_days=days)


def test_an_unknown_location(tea):
    with pytest.raises(NotFound):
        keep_in_touch(tea, "MOON")


# The worker.


def test_the_worker_looks_once_a_day_and_not_at_night(tea):
    tea.wait(days=14, hours=-2)  # Seven in the morning.
    assert working.work(tea.now, deliver=False).heartbeats == 0
    tea.wait(hours=2)
    assert working.work(tea.now, deliver=False).heartbeats == 1
    assert due.silence_to_break(tea.now) == []
    tea.wait(hours=1)
    assert working.work(tea.now, deliver=False).heartbeats == 0
    tea.wait(days=1)
    assert due.silence_to_break(tea.now) == ["MAIN"]


def test_the_hour_is_the_shops(tea):
    Shop.objects.update(time_zone="America/New_York")
    settings.changed()
    tea.wait(days=14)  # Nine in London is five in New York.
    assert due.silence_to_break(tea.now) == []
    tea.wait(hours=5)
    assert due.silence_to_break(tea.now) == ["MAIN"]


def test_a_worker_that_was_away_catches_up_once(tea):
    tea.wait(days=40)
    assert keep_in_touch(tea) == 1
    assert len(tea.events("heartbeat")) == 1


def test_who_hears_of_a_delay_in_the_same_round_hears_nothing_else(tea):
    tea.wait(days=150)  # Long past the day that they were told.
    done = working.work(tea.now, deliver=False)
    assert (done.late_lines, done.heartbeats) == (1, 0)
    assert tea.told("SO-1")[-1] == "delayed"


def statements(shop, n):
    for k in range(n):
        shop.order({"TEA": 1, "MUG": 1}, number=f"N{n}-{k}")
    posted()
    shop.wait(days=14)
    settings.current()
    with CaptureQueriesContext(connection) as queries:
        told = keep_in_touch(shop)
    posted()
    return told, len(queries)


def test_a_hundred_orders_cost_the_statements_of_one(tea):
    tea.sells("MUG")
    keep_in_touch(tea)
    few, many = statements(tea, 1), statements(tea, 100)
    assert (few[0], many[0]) == (2, 102)
    assert few[1] == many[1] <= 10
