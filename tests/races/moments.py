"""What people and machines do at one moment, and what must be true whenever they have."""

from __future__ import annotations

from functools import partial

from onorder.actions import orders, receiving
from onorder.queries import invariants


def order(shop, number, *skus, units=1, customer=None):
    lines = [orders.NewLine(sku, units) for sku in skus or ("TEA",)]
    new = orders.NewOrder(number, orders.NewCustomer(customer or number), lines)
    return partial(orders.place, new, by="storefront", now=shop.now)


def receipt(shop, number, key, **units):
    counts = [receiving.Count(sku, few) for sku, few in units.items()]
    return partial(receiving.receive, number, counts, key=key, by="wendy", now=shop.now)


def nobody_saw_an_error(done):
    assert [one.failed for one in done if one.failed] == []


def everything_is_right(done):
    nobody_saw_an_error(done)
    assert list(invariants.broken()) == []
