"""Cases that break other systems, by name: what arrives, what was counted, and who gets it."""

from __future__ import annotations

from onorder.actions import amending
from onorder.models import PurchaseOrder, Receipt, StockMove


def test_the_same_receipt_posted_twice(shop):
    shop.sells("TEA")
    shop.order({"TEA": 4})
    number = shop.raises()
    first = shop.receives(number, {"TEA": 3}, key="dock-7")
    again = shop.receives(number, {"TEA": 3}, key="dock-7")
    assert (again.receipt, again.is_new) == (first.receipt, False)
    assert (shop.level("TEA").on_hand, Receipt.objects.count()) == (3, 1)


def test_a_receipt_for_one_purchase_order_while_the_oldest_line_was_covered_by_another(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.raises()
    charlie = shop.order({"TEA": 2})
    second = shop.raises()
    shop.receives(second, {"TEA": 2})
    assert shop.units(bob) == (0, 2, 0, 0)
    assert shop.units(charlie) == (2, 0, 0, 0)


def test_more_arrives_than_was_ordered(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    number = shop.raises()
    charlie = shop.order({"TEA": 2})
    shop.receives(number, {"TEA": 5})
    assert [shop.units(order)[:2] for order in (bob, charlie)] == [(0, 2), (0, 2)]
    assert (shop.level("TEA").on_hand, shop.level("TEA").incoming) == (5, 0)
    assert PurchaseOrder.objects.get().lines.get().over == 3


def test_rejected_units_stay_outstanding(shop):
    from onorder.actions import receiving

    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = shop.raises()
    counts = [receiving.Count("TEA", 2, 1, "broken")]
    receiving.receive(number, counts, key="k", by="wendy", now=shop.now)
    assert (shop.level("TEA").on_hand, shop.level("TEA").incoming, shop.state(number)) == (2, 1, "part_received")
    assert amending.close_short(number, why="no more", by="ben", now=shop.now) == 1
    assert shop.buffer("TEA") == 1


def test_goods_that_nobody_ordered_serve_the_oldest(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.finds({"TEA": 3})
    assert shop.units(bob) == (0, 1, 0, 0)
    assert shop.buffer("TEA") == 0


def test_fewer_are_on_the_shelf_than_were_set_aside(shop):
    shop.sells("TEA", here=3)
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 1})
    shop.counts("TEA", 2)
    assert shop.units(bob) == (0, 2, 0, 0)
    assert shop.units(charlie) == (1, 0, 0, 0)
    assert shop.buffer("TEA") == 1


def test_everything_that_moved_is_explained_by_an_event(shop):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 2})
    shop.receives(shop.raises(), {"TEA": 1})
    kinds = dict(StockMove.objects.values_list("kind", "event__kind"))
    assert kinds == {"adjusted": "counted", "allocated": "arrived", "received": "received"}
