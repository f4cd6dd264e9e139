"""Cases that break other systems, by name: what leaves together, in parts, or on loan."""

from __future__ import annotations

import pytest

from onorder.actions import shipping
from onorder.models import Loan
from onorder.rules.lifecycle import ShippingPolicy


def test_an_older_order_lends_what_a_younger_one_could_ship(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    lender = shop.order({"TEA": 1, "MUG": 1}, together=True)
    borrower = shop.order({"TEA": 1})
    number = shop.raises()
    shop.wait(days=3)
    assert shipping.lend("TEA", to=borrower, by="wendy", now=shop.now) == 1
    assert shop.units(lender, "TEA") == (1, 0, 0, 0)
    assert shop.units(borrower) == (0, 1, 0, 0)
    assert Loan.objects.get().repaid_from.purchase_order.number == number
    assert shop.is_sound()
    shop.ships(borrower)
    shop.receives(number, {"TEA": 1, "MUG": 1})
    assert shop.units(lender) == (0, 2, 0, 0)
    dora = shop.order({"TEA": 1})
    with pytest.raises(shipping.NoLoan):
        shipping.lend("TEA", to=dora, by="wendy", now=shop.now)


def test_nothing_is_lent_if_nothing_would_repay_it_in_time(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 1}, together=True)
    borrower = shop.order({"TEA": 1})
    with pytest.raises(shipping.NoLoan, match="nothing that would repay it is on order"):
        shipping.lend("TEA", to=borrower, by="wendy", now=shop.now)


def test_a_mixed_order_goes_in_parts_each_with_its_own_date(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    bob = shop.order({"TEA": 1, "MUG": 1})
    assert shop.line(bob, "TEA").promised_on < shop.line(bob, "MUG").promised_on
    (first,) = shop.ships(bob)
    assert (first.units, first.to_follow) == (1, 1)
    shop.receives(shop.raises(), {"MUG": 1})
    (second,) = shop.ships(bob)
    assert (second.units, second.to_follow) == (1, 0)
    assert shop.told(bob) == ["placed", "shipped", "ordered", "arrived", "shipped"]


def test_an_order_that_ships_together_waits_and_is_promised_one_day(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    bob = shop.order({"TEA": 1, "MUG": 1}, together=True)
    assert shop.line(bob, "TEA").promised_on == shop.line(bob, "MUG").promised_on
    with pytest.raises(shipping.NothingToShip):
        shop.ships(bob)
    shop.receives(shop.raises(), {"MUG": 1})
    assert shop.ships(bob)[0].to_follow == 0


def test_in_two_parcels_at_the_most_the_second_waits_for_everything(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.sells("POT")
    bob = shop.order({"TEA": 1, "MUG": 1, "POT": 1}, policy=ShippingPolicy.UP_TO, most_parcels=2)
    shop.ships(bob)
    number = shop.raises()
    shop.receives(number, {"MUG": 1})
    with pytest.raises(shipping.NothingToShip):
        shop.ships(bob)
    shop.receives(number, {"POT": 1})
    assert shop.ships(bob)[0].to_follow == 0
