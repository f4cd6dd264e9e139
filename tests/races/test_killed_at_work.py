"""Killed at work: a worker in the middle of its round, a web process in the middle of taking an order."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from django.core.management import call_command
from django.test import Client

from onorder.actions import orders, payments
from onorder.actions.shop import PaymentWays, set_payment_ways
from onorder.models import Event, Guesses, Message, Order, Payment, PurchaseOrder
from onorder.models import Shop as ShopRow
from onorder.queries import invariants
from onorder.queue import setup as settings
from tests.fingerprint import fingerprint
from tests.races.at_work import a_round, sends
from tests.races.processes import killed_or_done
from tests.shop import FRIDAYS, Shop
from tests.store.test_checkout import WHO, opened

pytestmark = pytest.mark.django_db(transaction=True)

#: Every so many statements somebody is killed; deep, at each.
STRIDE = 1 if os.environ.get("ONORDER_HYPOTHESIS") == "deep" else 3


def much_is_due(shop):
    """Two buffers to buy, a customer who said nothing in time, others to be told of a delay."""
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    shop.supplier("BEST", FRIDAYS)
    shop.sells("TEA")
    shop.sells("MUG", supplier="BEST")
    shop.sells("POT")
    shop.order({"POT": 1})
    shop.raises()
    shop.order({"TEA": 2}, number="LATE")
    payments.capture("LATE", 1_000, key="paid", by="psp", now=shop.now)
    day = shop.line("LATE", "TEA").promised_on + timedelta(days=60)
    orders.promise_anew("LATE", "TEA", day, why="flood", by="dora", now=shop.now)
    Message.objects.update(state="sent", sent_at=shop.now)
    shop.wait(days=90)
    shop.order({"TEA": 1, "MUG": 3})
    shop.wait(days=14)


def outcome():
    """What a round has done, whoever did it, and in how many attempts."""
    return (
        Counter(Event.objects.values_list("kind", flat=True)),
        Counter(Message.objects.values_list("kind", flat=True)),
        sorted(PurchaseOrder.objects.values_list("state", flat=True)),
        sorted(Payment.objects.values_list("kind", "amount_minor")),
    )


def test_a_worker_that_is_killed_again_and_again_does_everything_once(lasting_shop):
    """Each round gets a little further, and all of them together as far as one that nobody disturbs."""
    much_is_due(lasting_shop)
    a_round(lasting_shop.now)
    by_one = outcome()
    assert {"lapsed", "raised"} <= set(by_one[0]) and {"purchase_order", "refunded", "delayed"} <= set(by_one[1])
    call_command("flush", interactive=False)
    much_is_due(Shop())
    attempt = partial(a_round, lasting_shop.now)
    killed = next(n for n in count() if not killed_or_done(attempt, STRIDE * (n + 1)) or _unsound())
    assert killed > 5
    assert outcome() == by_one


def _unsound():
    """Nothing is left half done by whoever was killed."""
    assert list(invariants.broken()) == []
    return False


@pytest.fixture
def form(lasting):
    """An order form that is filled in; pages in other processes read the real clock, so the shop does, too."""
    shop = Shop(datetime.now(UTC))
    shop.sells("MUG", here=3)
    shop.sells("TEA", price=750)
    set_payment_ways(PaymentWays(True, "IBAN GB29", True), by="alice", now=shop.now)
    return {**WHO, **opened(Client(), MUG=2, TEA=1)}


def of_the_order():
    """Everything but whose turn it was to order: that is counted before anything is looked at."""
    return {table: rows for table, rows in fingerprint().items() if table != Guesses._meta.label}


def test_a_web_process_that_is_killed_has_placed_all_of_it_or_nothing(form):
    """And whoever never saw the answer sends the form again, and has one order."""
    found = [of_the_order()]
    while True:
        killed = killed_or_done(partial(sends, form), 1 + STRIDE * (len(found) - 1))
        Guesses.objects.all().delete()
        found.append(of_the_order())
        if not killed:
            break
    nothing, placed = found[0], found[-1]
    assert all(one in (nothing, placed) for one in found)
    assert found.count(nothing) > 3 and found.count(placed) > 1  # Killed before it was written, and after.
    assert sends(form)["Location"].startswith("/order/placed/")
    Guesses.objects.all().delete()
    assert of_the_order() == placed
    assert Order.objects.count() == Message.objects.filter(kind="placed").count() == 1
    assert list(invariants.broken()) == []
