"""Many things for a while: nobody sees an error, nothing is sold twice."""

from __future__ import annotations

import os
import time
from functools import partial

import pytest
from django.db import connection

from onorder.actions import cancellations, orders, purchasing, receiving, shipping
from onorder.models import OrderLine, Receipt
from onorder.queries import invariants
from tests.races.moments import everything_is_right
from tests.races.processes import at_once, without_lock

pytestmark = pytest.mark.django_db(transaction=True)


SECONDS = float(os.environ.get("ONORDER_RACE_SECONDS", "10"))


#: SQLite lets one writer in at a time, and is not fair about whom: whoever is left out goes on until they had so many.
LEAST = 3


def turns(seconds):
    """1, 2, 3 and so on for a while, and at least so far."""
    n, until = 0, time.time() + seconds
    while n < LEAST or time.time() < until:
        n += 1
        yield n


def buy_for_a_while(name, seconds, now):
    for n in turns(seconds):
        skus = ("TEA", "MUG", "POT") if n % 2 else ("POT", "TEA")
        lines = [orders.NewLine(sku, 1 + n % 2) for sku in skus]
        orders.place(orders.NewOrder(f"{name}{n}", orders.NewCustomer(name), lines), by="storefront", now=now)
        if n % 5 == 0:
            cancellations.cancel(f"{name}{n - 2}", by="dora", now=now)
    return n


def count_in_for_a_while(name, seconds, now):
    for n in turns(seconds):
        counts = [receiving.Count(sku, 3) for sku in ("POT", "MUG", "TEA")]
        receiving.receive_blind(counts, key=f"{name}{n}", by="wendy", now=now)
        time.sleep(0.005)
    return n


def ship_for_a_while(seconds, now):
    n = 0
    for _ in turns(seconds):
        ready = OrderLine.objects.filter(allocated__gt=0).values_list("order__number", flat=True)
        for number in list(ready.distinct()[:5]):
            n += len(shipping.ship([shipping.Parcel(number)], by="wendy", now=now, skip_unready=True))
        time.sleep(0.01)
    return n


def fire_for_a_while(seconds, now):
    fired = 0
    for _ in turns(seconds):
        purchasing.fire("ACME", by="worker", now=now)
        fired += 1
        time.sleep(0.05)
    return fired


def a_busy_while(shop, seconds):
    for sku in ("TEA", "MUG", "POT"):
        shop.sells(sku, here=5)
    return [
        *(partial(buy_for_a_while, name, seconds, shop.now) for name in ("A", "B")),
        *(partial(count_in_for_a_while, name, seconds, shop.now) for name in ("dock-1-", "dock-2-")),
        partial(ship_for_a_while, seconds, shop.now),
        partial(fire_for_a_while, seconds, shop.now),
    ]


def test_placing_against_receiving_for_a_while(lasting_shop):
    done = at_once(*a_busy_while(lasting_shop, SECONDS))
    everything_is_right(done)
    assert min(one.value for one in done) >= 1
    assert OrderLine.objects.count() > 10 and Receipt.objects.count() >= 2 * LEAST


def test_a_busy_while_without_the_lock_is_lost(lasting_shop):
    done = at_once(*a_busy_while(lasting_shop, 3), disarm=without_lock)
    assert [one.failed for one in done if one.failed] or list(invariants.broken())


def test_the_lock_is_the_transaction_on_sqlite():
    """Where that is not so, reading before writing is not safe, whatever else the tests say."""
    if connection.vendor == "sqlite":
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
