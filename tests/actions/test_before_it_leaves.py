"""A purchase order that has not left yet: it can be held back, let go, and taken back as if it had never been."""

from __future__ import annotations

from datetime import timedelta

from onorder.actions import amending, purchasing
from onorder.actions.suppliers import Policy
from onorder.models import Message
from onorder.queries.due import purchase_orders_to_send


def test_what_is_raised_by_hand_can_be_undone_for_a_while(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    raised = purchasing.raise_order("ACME", undo=timedelta(minutes=5), by="ben", now=shop.now)
    assert purchase_orders_to_send(shop.now + timedelta(minutes=4)) == []
    assert purchase_orders_to_send(shop.now + timedelta(minutes=5)) == [raised.number]


def test_the_suppliers_own_time_to_undo_counts_if_it_is_longer(shop):
    shop.supplier("MOSS", Policy(order_weekdays="4", maximum_wait_days=14, undo_minutes=10))
    shop.sells("SOAP", supplier="MOSS")
    shop.order({"SOAP": 3})
    raised = purchasing.raise_order("MOSS", undo=timedelta(minutes=5), by="ben", now=shop.now)
    assert purchase_orders_to_send(shop.now + timedelta(minutes=9)) == []
    assert purchase_orders_to_send(shop.now + timedelta(minutes=10)) == [raised.number]


def test_taken_back_nobody_hears_of_it_and_the_buffer_is_as_before(shop):
    shop.sells("TEA", minimum_quantity=10)
    shop.order({"TEA": 3})
    before = shop.level("TEA").buffered_at
    told = Message.objects.count()
    raised = purchasing.raise_order("ACME", undo=timedelta(minutes=5), by="ben", now=shop.now)
    assert amending.take_back(raised.number, by="ben", now=shop.now) == 10
    assert (shop.state(raised.number), shop.buffer("TEA"), shop.level("TEA").buffered_at) == ("cancelled", 3, before)
    assert Message.objects.count() == told
    assert shop.is_sound()


def test_held_back_it_waits_for_a_nod(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = purchasing.raise_order("ACME", by="ben", now=shop.now).number
    purchasing.hold_back(number, why="ask for a discount", by="ben", now=shop.now)
    assert purchase_orders_to_send(shop.now + timedelta(days=1)) == []
    assert shop.events("held_back")[0].why == "ask for a discount"
    purchasing.approve(number, by="alice", now=shop.now)
    assert purchase_orders_to_send(shop.now) == [number]
    assert shop.is_sound()


def test_approved_with_time_to_think_again(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = purchasing.raise_order("ACME", by="ben", now=shop.now).number
    purchasing.hold_back(number, by="ben", now=shop.now)
    purchasing.approve(number, undo=timedelta(minutes=5), by="alice", now=shop.now)
    assert purchase_orders_to_send(shop.now + timedelta(minutes=4)) == []
    assert purchase_orders_to_send(shop.now + timedelta(minutes=5)) == [number]
