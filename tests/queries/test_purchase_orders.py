"""Purchase orders as a list: what each needs, in which order they come, and one of them in full."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onorder.actions import amending
from onorder.actions.answers import Said
from onorder.errors import NotFound
from onorder.queries.purchase_order import happened, purchase_order
from onorder.queries.purchase_orders import Need, Place, key_of, list_purchase_orders, outstanding


@pytest.fixture
def three(shop):
    shop.sells("TEA")
    for _ in range(3):
        shop.order({"TEA": 2})
        shop.raises()
    return shop


def listed(shop, **how):
    return [row.number for row in list_purchase_orders(now=shop.now, **how)[0]]


def test_after_a_place_come_the_others(three):
    assert listed(three, limit=2) == ["PO-1", "PO-2"]
    assert listed(three, after=Place(Need.NOTHING, 2)) == ["PO-3"]
    amending.cancel("PO-1", why="", by="ben", now=three.now)
    amending.cancel("PO-2", why="", by="ben", now=three.now)
    assert listed(three) == ["PO-3", "PO-2", "PO-1"]
    assert listed(three, limit=2) == ["PO-3", "PO-2"]
    assert listed(three, after=Place(Need.OVER, 2)) == ["PO-1"]
    assert listed(three, show="open") == ["PO-3"] and listed(three, show="cancelled") == ["PO-2", "PO-1"]


def test_counts_are_of_what_is_open(three):
    three.answers("PO-1", on=three.now.date() + timedelta(days=2))
    amending.cancel("PO-2", why="", by="ben", now=three.now)
    _, counts = list_purchase_orders(now=three.now)
    assert counts.states == {"confirmed": 1, "sent": 1} and (counts.open, counts.needy) == (2, 0)
    three.wait(days=4)
    _, counts = list_purchase_orders(now=three.now)
    assert counts.needs == {Need.OVERDUE: 1, Need.UNANSWERED: 1} and counts.needy == 2


def test_what_is_to_come_in_two_parts_has_a_first_and_a_last_day(three):
    first, last = three.now.date() + timedelta(days=3), three.now.date() + timedelta(days=9)
    three.answers("PO-1", Said("TEA", 1, on=first, rest_on=last))
    row = list_purchase_orders(now=three.now)[0][0]
    assert (row.expected_on, row.last_expected_on) == (first, last)
    detail = purchase_order("PO-1", now=three.now)
    assert (detail.expected_on, detail.last_expected_on) == (first, last)
    assert detail.open_lines()["TEA"].confirmed_on == first
    assert outstanding("PO-1") == [("TEA", 2)]


def test_what_happened_names_receipts_too(three):
    three.receives("PO-1", {"TEA": 1})
    assert [event.kind for event in happened(key_of("PO-1"))] == ["received", "purchase_order", "raised"]
    last = happened(key_of("PO-1"))[0].id
    assert happened(key_of("PO-1"), after=last) == []
    assert purchase_order("PO-1", now=three.now).seen == last


def test_there_is_none_of_this_number(shop):
    for asked in (lambda: purchase_order("PO-9", now=shop.now), lambda: key_of("PO-9")):
        with pytest.raises(NotFound):
            asked()
    assert list_purchase_orders(now=shop.now)[0] == []
