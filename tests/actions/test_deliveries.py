"""Parcels come, or do not: who is told, what a person has to look at, and what the law counts from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onorder.actions import deliveries
from onorder.actions.deliveries import (
    DeliveredBeforeItLeft,
    DeliveredTomorrow,
    Delivery,
    NotDelivered,
    NotMissing,
)
from onorder.delivery import mail
from onorder.errors import BadInput, NotFound
from onorder.models import Message, Shipment
from onorder.models import Shop as ShopRow
from onorder.queries import journey, returns, today
from onorder.queries.journey import What
from onorder.queue import setup as settings
from onorder.rules.second_thoughts import Why
from tests.fingerprint import fingerprint


@pytest.fixture
def out(shop):
    """Bob's parcel has left; one thing of his order is still to come."""
    shop.sells("MUG", here=5)
    shop.sells("TEA")
    shop.order({"MUG": 2, "TEA": 1})
    shop.parcel = shop.ships("SO-1")[0].number
    shop.wait(days=1)
    return shop


def came(shop, *parcels, days=0, **more):
    found = [Delivery(parcel, shop.now - timedelta(days=days)) for parcel in parcels or (shop.parcel,)]
    return deliveries.deliver(found, **({"by": "wendy", "now": shop.now} | more))


def refused(by_what, action, *arguments, **named):
    before = fingerprint()
    with pytest.raises(by_what):
        action(*arguments, **named)
    assert fingerprint() == before


def law(shop):
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    return returns.returnable("SO-1", now=shop.now)[0].grounds.law


def letter(kind="delivered"):
    (key,) = Message.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True)[:1]
    (sent,) = mail.compose([key])
    return sent


def test_who_gets_a_parcel_is_told_once_with_what_they_can_do(out, settings):
    settings.PUBLIC_URL = "https://shop.example"
    law(out)
    assert came(out) == [out.parcel]
    assert came(out) == []
    assert out.told("SO-1") == ["placed", "shipped", "delivered"]
    sent = letter()
    assert sent.subject == "Order SO-1: a parcel has come, more will follow"
    assert "2 × Mug came on Tue 3 March. 1 item is still to come" in sent.body
    assert "By law the order may be withdrawn from" in sent.body
    assert "Send something back: https://shop.example/r/" in sent.body
    assert out.is_sound()


def test_the_journey_shows_the_real_day(out):
    came(out)
    parcel = journey.journey("SO-1", now=out.now).parcels[-1]
    step = parcel.steps[-1]
    assert (step.what, step.at, step.is_done) == (What.DELIVERED, (out.now).date(), True)
    assert parcel.next is None


def test_the_law_counts_from_the_real_day_and_else_from_the_expected_one(out):
    out.cancels("SO-1", {"TEA": 1})
    out.wait(days=9)
    expected = law(out).until
    came(out)
    assert law(out).until == (out.now + timedelta(days=14)).date() > expected


def test_what_did_not_come_takes_nobodys_right(out):
    out.cancels("SO-1", {"TEA": 1})
    out.wait(days=40)
    assert law(out).why == Why.PERIOD_OVER
    deliveries.miss(out.parcel, why="the neighbour has nothing", by="customer", now=out.now)
    assert law(out).why == Why.BEFORE_DELIVERY


def test_who_says_so_themselves_is_not_told(out):
    came(out, by="customer", by_customer=True)
    message = Message.objects.get(kind="delivered")
    assert (message.state, message.note) == ("suppressed", "the customer said so")
    assert out.is_sound()


@pytest.mark.parametrize(
    ("parcel", "days", "why"),
    [("SH-999", 0, NotFound), (None, 3, DeliveredBeforeItLeft), (None, -1, DeliveredTomorrow)],
)
def test_what_cannot_be_is_refused(out, parcel, days, why):
    refused(why, came, out, out.parcel, parcel or out.parcel, days=days)


def test_a_mistake_is_taken_back_and_nobody_hears_of_it(out):
    deliveries.miss(out.parcel, by="customer", now=out.now)
    since = Shipment.objects.get().missing_at
    came(out)
    deliveries.take_back(out.parcel, by="wendy", now=out.now)
    shipment = Shipment.objects.get()
    assert (shipment.delivered_at, shipment.missing_at) == (None, since)
    message = Message.objects.get(kind="delivered")
    assert (message.state, message.note) == ("suppressed", "taken back before it left")
    refused(NotDelivered, deliveries.take_back, out.parcel, by="wendy", now=out.now)
    came(out)
    assert Message.objects.filter(kind="delivered", state="queued").count() == 1


def test_a_letter_that_is_on_its_way_is_not_called_back(out):
    came(out)
    Message.objects.filter(kind="delivered").update(attempts=1)
    deliveries.take_back(out.parcel, by="wendy", now=out.now)
    assert Message.objects.get(kind="delivered").state == "queued"


def test_what_did_not_come_stands_on_today_until_it_is_settled(out):
    assert deliveries.miss(out.parcel, why="not there", by="customer", now=out.now) is True
    assert deliveries.miss(out.parcel, by="dora", now=out.now) is False
    (task,) = [one for one in today.tasks(now=out.now) if one.kind == today.Kind.MISSING]
    assert (task.subject, task.name, task.at) == (out.parcel, "SO-1", out.now)
    assert out.told("SO-1") == ["placed", "shipped"]  # No automatism: a person writes.
    refused(BadInput, deliveries.settle, out.parcel, why=" ", by="dora", now=out.now)
    deliveries.settle(out.parcel, why="sent again", by="dora", now=out.now)
    assert not [one for one in today.tasks(now=out.now) if one.kind == today.Kind.MISSING]
    refused(NotMissing, deliveries.settle, out.parcel, why="again", by="dora", now=out.now)
    refused(NotFound, deliveries.miss, "SH-999", by="dora", now=out.now)


def test_who_missed_it_and_then_has_it_is_not_told_twice(out):
    came(out)
    deliveries.miss(out.parcel, by="customer", now=out.now)
    assert came(out) == [out.parcel]
    states = Message.objects.filter(kind="delivered").order_by("pk").values_list("state", "note")
    assert list(states) == [("queued", ""), ("suppressed", "the customer was told before")]
    assert Shipment.objects.get().missing_at is None
