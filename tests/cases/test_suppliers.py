"""Cases that break other systems, by name: what suppliers answer, and what that means for whoever waits."""

from __future__ import annotations

from datetime import date, timedelta

from onorder.actions import amending, learning, suppliers
from onorder.actions.answers import Said
from onorder.models import Message


def test_the_supplier_confirms_8_of_10(shop):
    shop.sells("TEA")
    early = [shop.order({"TEA": 2}) for _ in range(4)]
    late = shop.order({"TEA": 2})
    number = shop.raises()
    shop.wait(days=22)
    shop.answers(number, Said("TEA", quantity=8, on=shop.now.date() + timedelta(days=2)))
    assert shop.buffer("TEA") == 2
    assert all("delayed" not in shop.told(order) for order in early)
    assert "delayed" in shop.told(late)
    assert shop.line(late, "TEA").told_on > shop.line(late, "TEA").promised_on
    shop.receives(number, {"TEA": 8})
    assert [shop.units(order) for order in early] == [(0, 2, 0, 0)] * 4


def test_a_purchase_order_is_cancelled_to_change_the_supplier(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 1})
    before = [(shop.line(order, "TEA").queued_at, shop.line(order, "TEA").pk) for order in (bob, charlie)]
    number = shop.raises()
    assert amending.cancel(number, why="they are out", by="ben", now=shop.now) == 3
    shop.supplier("BEST")
    suppliers.put_offers([suppliers.NewOffer("BEST", "TEA", 250, rank=0)], by="ben", now=shop.now)
    other = shop.raises("BEST")
    assert shop.bought(other) == {"TEA": 3}
    assert [(shop.line(order, "TEA").queued_at, shop.line(order, "TEA").pk) for order in (bob, charlie)] == before
    assert "cancelled" not in shop.told(bob)
    assert Message.objects.filter(kind="cancellation", supplier__code="ACME").exists()


def test_a_late_purchase_order_is_announced_once_and_not_at_every_wobble(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.raises()
    shop.wait(days=20)
    learning.announce_delays("MAIN", by="worker", now=shop.now)
    assert "delayed" not in shop.told(bob)
    shop.wait(days=30)
    assert learning.announce_delays("MAIN", by="worker", now=shop.now) == 1
    assert learning.announce_delays("MAIN", by="worker", now=shop.now) == 0
    line = shop.line(bob, "TEA")
    assert line.told_on > shop.now.date() > line.promised_on


def test_a_suppliers_refusal_never_cancels_a_customer(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    number = shop.raises()
    assert shop.answers(number, Said("TEA", quantity=0)) == "rejected"
    assert shop.units(bob) == (2, 0, 0, 0)
    assert shop.buffer("TEA") == 2


def test_a_delivery_in_two_parts(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 3}), shop.order({"TEA": 2})
    number = shop.raises()
    shop.answers(number, Said("TEA", quantity=3, on=date(2026, 3, 12), rest_on=date(2026, 6, 1)))
    assert shop.buffer("TEA") == 0
    assert "delayed" not in shop.told(bob)
    assert "delayed" in shop.told(charlie)
    shop.receives(number, {"TEA": 3})
    assert shop.state(number) == "part_received"
    shop.receives(number, {"TEA": 2})
    assert shop.state(number) == "closed"
    assert shop.units(charlie) == (0, 2, 0, 0)
