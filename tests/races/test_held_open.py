"""What the lock on levels does not cover by itself.

Here the window is held open, and on PostgreSQL each came out wrong before the product took care of it.
"""

from __future__ import annotations

from functools import partial

import pytest

from onorder.actions import cancellations, orders, payments, shipping
from onorder.models import Order, Payment, PurchaseOrderLine
from onorder.rules.lifecycle import PurchaseOrderState
from tests.races.moments import everything_is_right, receipt
from tests.races.processes import at_once, dawdling

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_halves_of_a_purchase_order_close_it(lasting_shop):
    """Different SKUs, so neither waits for the other's levels; the last must still see that nothing is left."""
    shop = lasting_shop
    shop.sells("TEA")
    shop.sells("MUG")
    shop.order({"TEA": 2, "MUG": 2})
    number = shop.raises()
    tea, mug = receipt(shop, number, "a", TEA=2), receipt(shop, number, "b", MUG=2)
    done = at_once(partial(dawdling, tea), partial(dawdling, mug))
    everything_is_right(done)
    assert PurchaseOrderLine.objects.filter(outstanding__gt=0).count() == 0
    assert shop.state(number) == PurchaseOrderState.CLOSED


@pytest.mark.parametrize("together", [True, False])
def test_a_parcel_while_its_rest_arrives(lasting_shop, together):
    shop = lasting_shop
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 1}, number="O1", together=together)
    number = shop.raises()
    ship = partial(shipping.ship, [shipping.Parcel("O1")], by="wendy", now=shop.now, skip_unready=True)
    done = at_once(partial(dawdling, ship), receipt(shop, number, "a", MUG=1))
    everything_is_right(done)


def test_everything_is_cancelled_while_more_is_ordered(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    shop.sells("MUG", here=1)
    shop.order({"TEA": 1}, number="O1")
    cancel = partial(cancellations.cancel, "O1", by="dora", now=shop.now)
    add = partial(orders.add, "O1", "MUG", 1, key="more", by="dora", now=shop.now)
    done = at_once(partial(dawdling, cancel), add)
    everything_is_right(done)
    assert shop.units("O1", "TEA") == (0, 0, 0, 1)


def test_customers_who_are_new_to_two_imports_at_once(lasting_shop):
    """Named in opposite order, and nothing else in common: neither may end up waiting for the other."""
    shop = lasting_shop
    shop.sells("TEA")
    shop.sells("MUG")
    people = [f"C{n}" for n in range(400)]

    def batch(sku, customers):
        new = [orders.NewOrder(f"{sku}-{c}", orders.NewCustomer(c), [orders.NewLine(sku, 1)]) for c in customers]
        return partial(orders.place_many, new, by="import", now=shop.now)

    done = at_once(batch("TEA", people), batch("MUG", people[::-1]))
    everything_is_right(done)
    assert Order.objects.count() == 800


def test_money_goes_back_once(lasting_shop):
    """The guard is the UPDATE itself, with a CHECK behind it: there is nothing to take away for a twin."""
    shop = lasting_shop
    shop.sells("TEA", here=1)
    shop.order({"TEA": 1}, number="O1")
    payments.capture("O1", 1_000, key="paid", by="psp", now=shop.now)
    same = [partial(payments.refund, "O1", 300, key="same", by="ben", now=shop.now)] * 3
    other = [partial(payments.refund, "O1", 400, key=f"r{n}", by="ben", now=shop.now) for n in range(3)]
    done = at_once(*same, *other)
    everything_is_right(done)
    assert set(Payment.objects.filter(kind="refunded").values_list("amount_minor", flat=True)) <= {300, 400}
    assert Order.objects.get().refunded_minor in (700, 800)
