"""Cases that break other systems, by name: how many are bought, and whose turn it is."""

from __future__ import annotations

import pytest

from onorder.actions import orders
from onorder.models import Event, PurchaseOrder
from onorder.rules.lifecycle import Accept


def test_3_ordered_2_free(shop):
    shop.sells("TEA", here=2)
    bob = shop.order({"TEA": 3})
    assert shop.units(bob) == (1, 2, 0, 0)
    assert shop.bought(shop.raises()) == {"TEA": 1}


def test_orders_of_3_and_2_with_a_minimum_quantity_of_5(shop):
    shop.sells("TEA", minimum_quantity=5)
    shop.order({"TEA": 3})
    shop.order({"TEA": 2})
    number = shop.raises()
    assert shop.bought(number) == {"TEA": 5}
    assert PurchaseOrder.objects.get(number=number).lines.get().needed == 5


def test_7_needed_in_packs_of_6_and_the_surplus_serves_the_next_customer(shop):
    shop.sells("TEA", order_multiple=6)
    shop.order({"TEA": 7})
    assert shop.bought(shop.raises()) == {"TEA": 12}
    shop.order({"TEA": 5})
    assert shop.buffer("TEA") == 0
    dora = shop.order({"TEA": 1})
    assert shop.buffer("TEA") == 1
    assert shop.line(dora, "TEA").promised_on > shop.line("SO-2", "TEA").promised_on


def test_a_cap_holds_on_the_sum_of_equal_skus(shop):
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=3)
    customer = orders.NewCustomer("bob")
    twice = orders.NewOrder("B", customer, [orders.NewLine("TEA", 3), orders.NewLine("TEA", 2)])
    with pytest.raises(orders.OrdersRefused, match="2 wanted, 1 can be sold"):
        orders.place(twice, by="storefront", now=shop.now)
    assert not Event.objects.filter(kind="placed").exists()
    assert shop.units(shop.order({"TEA": 4})) == (3, 1, 0, 0)
    with pytest.raises(orders.OrdersRefused, match="0 can be sold"):
        shop.order({"TEA": 1})


def test_a_quantity_of_2_raised_to_5(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.wait(hours=1)
    shop.order({"TEA": 2}, number="CHARLIE")
    shop.wait(hours=1)
    orders.add(bob, "TEA", 3, key="more", by="bob", now=shop.now)
    again = orders.add(bob, "TEA", 3, key="more", by="bob", now=shop.now)
    assert again.waiting == 3
    assert shop.units(bob) == (5, 0, 0, 0)
    number = shop.raises()
    shop.receives(number, {"TEA": 4})
    assert shop.units(bob) == (3, 2, 0, 0)
    assert shop.units("CHARLIE") == (0, 2, 0, 0)


def test_a_waiting_unit_is_cancelled(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 2})
    assert shop.cancels(bob, {"TEA": 1}) == 1
    assert (shop.level("TEA").on_hand, shop.buffer("TEA")) == (0, 3)
    assert shop.units(bob) == (1, 0, 0, 1)
    assert shop.units(charlie) == (2, 0, 0, 0)


def test_an_allocated_unit_is_cancelled_and_goes_to_the_next_in_the_queue(shop):
    shop.sells("TEA", here=1)
    bob = shop.order({"TEA": 2})
    charlie = shop.order({"TEA": 1})
    assert shop.cancels(bob, {"TEA": 2}) == 2
    assert shop.units(bob) == (0, 0, 0, 2)
    assert shop.units(charlie) == (0, 1, 0, 0)
    assert shop.level("TEA").on_hand == 1
    assert shop.told(charlie) == ["placed", "arrived"]


def test_10_wait_and_6_arrive(shop):
    shop.sells("TEA")
    bob, charlie, dora = (shop.order({"TEA": units}) for units in (4, 4, 2))
    shop.receives(shop.raises(), {"TEA": 6})
    assert [shop.units(order)[:2] for order in (bob, charlie, dora)] == [(0, 4), (2, 2), (2, 0)]


def test_a_returned_special_order_goes_to_the_oldest_waiting_line_before_general_sale(shop):
    shop.sells("TEA", here=1)
    bob = shop.order({"TEA": 1})
    shop.ships(bob)
    charlie = shop.order({"TEA": 1})
    shop.takes_back(bob, "TEA", 1)
    assert shop.units(charlie) == (0, 1, 0, 0)
    dora = shop.order({"TEA": 1})
    assert shop.units(dora) == (1, 0, 0, 0)
