"""The state of an order right after each of its events, found again from its history."""

from __future__ import annotations

import pytest

from onorder.actions import orders, stock
from onorder.errors import NotFound
from onorder.models import Message
from onorder.queries import messages
from onorder.rules.lifecycle import ShippingPolicy


def told(kind):
    """What the last message of a kind tells."""
    key = Message.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True).first()
    (news,) = messages.news([key])
    return news


def units(news):
    return [(item.sku, item.here, item.to_come, item.shipped) for item in news.items]


def test_each_message_sees_the_order_as_it_was(shop):
    shop.sells("TEA", here=2)
    shop.order({"TEA": 6})
    number = shop.raises()
    shop.ships("SO-1")
    shop.receives(number, {"TEA": 3})
    shop.cancels("SO-1", {"TEA": 2})
    orders.add("SO-1", "TEA", 1, key="more", by="bob", now=shop.now)

    assert units(told("placed")) == [("TEA", 2, 4, 0)]
    assert units(told("ordered")) == [("TEA", 2, 4, 0)]
    assert units(told("shipped")) == [("TEA", 0, 4, 2)]
    assert units(told("arrived")) == [("TEA", 3, 1, 2)]
    assert units(told("cancelled")) == [("TEA", 2, 0, 2)]
    assert units(told("added")) == [("TEA", 2, 0, 2), ("TEA", 1, 0, 0)]


def test_the_last_message_agrees_with_the_order_as_it_is(shop):
    shop.sells("TEA", here=4)
    shop.order({"TEA": 4})
    shop.order({"TEA": 3})
    stock.count_many([stock.Counted("TEA", 1)], why="mice", by="wendy", now=shop.now)  # Three are not here after all.
    shop.cancels("SO-1", {"TEA": 1})
    (item,) = told("cancelled").items
    assert (item.to_come, item.here, item.shipped) == shop.units("SO-1")[:3] == (2, 1, 0)


def test_a_delay_is_what_the_customer_was_told_from_then_on(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    number = shop.raises()
    before = told("placed").items[0].told_on
    shop.answers(number, on=shop.now.date().replace(month=6))
    late = told("delayed")
    assert late.changes[0].was == before
    assert late.items[0].told_on == late.changes[0].on > before
    assert told("placed").items[0].told_on == before
    assert told("ordered").items[0].told_on == before


@pytest.mark.parametrize(
    ("policy", "most_parcels", "waits"),
    [
        (ShippingPolicy.AS_AVAILABLE, 2, False),
        (ShippingPolicy.TOGETHER, 2, True),
        (ShippingPolicy.UP_TO, 2, True),  # One parcel has gone: the second is the last, and waits.
        (ShippingPolicy.UP_TO, 3, False),
    ],
)
def test_whether_what_arrived_waits_for_the_rest(shop, policy, most_parcels, waits):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 3}, policy=policy, most_parcels=most_parcels)
    number = shop.raises()
    if policy != ShippingPolicy.TOGETHER:
        shop.ships("SO-1")
    shop.receives(number, {"TEA": 1})
    assert told("arrived").waits_for_the_rest() is waits


def test_several_orders_keep_apart(shop):
    shop.sells("TEA", here=2)
    shop.order({"TEA": 2})
    shop.order({"TEA": 3})
    first, second = messages.news(list(Message.objects.order_by("pk").values_list("pk", flat=True)))
    assert (first.order.number, units(first)) == ("SO-1", [("TEA", 2, 0, 0)])
    assert (second.order.number, units(second)) == ("SO-2", [("TEA", 0, 3, 0)])


def test_an_unknown_message_is_refused(shop):
    with pytest.raises(NotFound, match="no message 7"):
        messages.news([7])
