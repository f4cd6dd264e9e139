"""Several connections at once, and each race's twin that shows that it could be lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import Error, connection

from onorder.actions import cancellations, orders, purchasing, receiving
from onorder.errors import OnOrderError
from onorder.ledger import levels as level_module
from onorder.models import OrderLine, PurchaseOrder, Receipt, StockLevel
from onorder.queries import invariants
from onorder.rules.lifecycle import Accept

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Run each in a thread and a connection of its own, all let go at one moment; what each returned or raised."""
    gate = threading.Barrier(len(works))

    def run(work):
        gate.wait(timeout=20)
        try:
            return work()
        except (OnOrderError, Error) as wrong:
            return wrong
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def order(shop, number, units=1):
    new = orders.NewOrder(number, orders.NewCustomer(number), [orders.NewLine("TEA", units)])
    return lambda: orders.place(new, by="storefront", now=shop.now)


def receipt(shop, number, units, key):
    return lambda: receiving.receive(number, [receiving.Count("TEA", units)], key=key, by="wendy", now=shop.now)


def sound():
    assert list(invariants.broken()) == []


def test_the_last_unit_is_sold_once(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", accept=Accept.NEVER)
    done = at_once(*(order(shop, f"O{n}") for n in range(6)))
    assert sum(isinstance(one, orders.Placed) for one in done) == 1
    assert all(isinstance(one, orders.Placed | orders.OrdersRefused) for one in done)
    sound()


def test_a_cap_holds_under_ten_at_once(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA", here=2)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=3)
    done = at_once(*(order(shop, f"O{n}") for n in range(10)))
    assert sum(isinstance(one, orders.Placed) for one in done) == 5
    sound()


def test_the_same_order_twice_is_one(lasting_shop):
    lasting_shop.sells("TEA")
    done = at_once(*[order(lasting_shop, "O1")] * 5)
    assert sum(one.is_new for one in done) == 1
    assert len({one.order for one in done}) == 1
    sound()


def test_two_receipts_of_one_sku(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    for n in range(40):
        shop.order({"TEA": 1}, number=f"O{n}")
    number = shop.raises()
    done = at_once(receipt(shop, number, 15, "a"), receipt(shop, number, 15, "b"))
    assert [one.accepted for one in done] == [15, 15]
    level = StockLevel.objects.get()
    assert (level.on_hand, level.allocated, level.waiting) == (30, 30, 10)
    assert list(OrderLine.objects.order_by("pk").values_list("waiting", flat=True)) == [0] * 30 + [1] * 10
    sound()


def test_the_same_receipt_twice_counts_once(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    shop.order({"TEA": 9})
    number = shop.raises()
    done = at_once(*[receipt(shop, number, 4, "dock")] * 4)
    assert sum(one.is_new for one in done) == 1
    assert (Receipt.objects.count(), StockLevel.objects.get().on_hand) == (1, 4)
    sound()


def test_a_receipt_against_cancellations(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    for n in range(12):
        shop.order({"TEA": 2}, number=f"O{n}")
    number = shop.raises()
    cancel = [lambda n=n: cancellations.cancel(f"O{n}", by="dora", now=shop.now) for n in range(0, 12, 3)]
    done = at_once(receipt(shop, number, 24, "a"), *cancel)
    assert not [one for one in done if isinstance(one, Exception)]
    level = StockLevel.objects.get()
    assert (level.on_hand, level.allocated, level.waiting) == (24, 16, 0)
    sound()


def test_two_workers_fire_one_buffer(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.wait(days=5)
    done = at_once(*[lambda: purchasing.fire("ACME", by="worker", now=shop.now)] * 4)
    assert sum(one.number is not None for one in done) == 1
    assert PurchaseOrder.objects.count() == 1
    sound()


def test_two_workers_send_one_purchase_order(lasting_shop):
    shop = lasting_shop
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = purchasing.raise_order("ACME", by="ben", now=shop.now).number
    done = at_once(*[lambda: purchasing.send(number, by="worker", now=shop.now)] * 4)
    assert sum(one is None for one in done) == 1
    sound()


def test_placing_against_receiving_for_a_while(lasting_shop):
    shop = lasting_shop
    for sku in ("TEA", "MUG", "POT"):
        shop.sells(sku, here=5)
    ends_at = time.monotonic() + 5

    def buyers(name):
        def work():
            n = 0
            while time.monotonic() < ends_at:
                n += 1
                skus = ("TEA", "MUG", "POT") if n % 2 else ("POT", "TEA")
                lines = [orders.NewLine(sku, 1 + n % 2) for sku in skus]
                new = orders.NewOrder(f"{name}{n}", orders.NewCustomer(name), lines)
                orders.place(new, by="storefront", now=shop.now)
                if n % 5 == 0:
                    cancellations.cancel(f"{name}{n - 2}", by="dora", now=shop.now)
            return n

        return work

    def dock():
        n = 0
        while time.monotonic() < ends_at:
            n += 1
            counts = [receiving.Count(sku, 3) for sku in ("POT", "MUG", "TEA")]
            receiving.receive_blind(counts, key=f"dock-{n}", by="wendy", now=shop.now)
        return n

    def worker():
        while time.monotonic() < ends_at:
            purchasing.fire("ACME", by="worker", now=shop.now)
            time.sleep(0.05)
        return 1

    done = at_once(buyers("A"), buyers("B"), buyers("C"), dock, worker)
    assert not [one for one in done if isinstance(one, Exception)]
    assert min(done) >= 1  # SQLite lets one writer in at a time, and is not fair about whom.
    sound()


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer: BEGIN IMMEDIATE is the lock")
def test_without_the_lock_units_are_lost(lasting_shop, monkeypatch):
    """The twin: the same two receipts, looking without locking, do not end in the same shelf."""
    shop = lasting_shop
    shop.sells("TEA")
    shop.order({"TEA": 30})
    number = shop.raises()

    def look_only(variants, *, location):
        found = level_module.look_at_levels(set(variants), location=location)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(receiving, "lock_levels", look_only)
    done = at_once(receipt(shop, number, 15, "a"), receipt(shop, number, 15, "b"))
    assert [one for one in done if isinstance(one, Exception)] or list(invariants.broken())
