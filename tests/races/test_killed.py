"""Killed in the middle: all of an action or nothing of it, whichever statement it had come to."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from django.db import connection, connections

from onorder.actions import cancellations, orders, purchasing, receiving, shipping
from onorder.models import PurchaseOrder
from onorder.queries import invariants
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db(transaction=True)


def sent():
    return PurchaseOrder.objects.values_list("number", flat=True).first()


def place(now):
    lines = [orders.NewLine("TEA", 2), orders.NewLine("MUG", 1)]
    orders.place(orders.NewOrder("NEW", orders.NewCustomer("bob"), lines), by="bob", now=now)


def cancel(now):
    cancellations.cancel("SO-1", by="dora", now=now)


def buy(now):
    purchasing.raise_order("ACME", by="ben", now=now)


def receive(now):
    receiving.receive(sent(), [receiving.Count("TEA", 3)], key="dock", by="wendy", now=now)


def ship(now):
    shipping.ship([shipping.Parcel("SO-2")], by="wendy", now=now)


def call_off(now):
    purchasing.cancel(sent(), why="late", by="ben", now=now)


ACTIONS = {"place": place, "cancel": cancel, "buy": buy, "receive": receive, "ship": ship, "call_off": call_off}


def child(name, now, statement):
    """Do it, and be killed when that statement is about to run (or, at the end, just before the commit)."""
    connections.close_all()
    run = 0

    def deadly(execute, sql, params, many, context):
        nonlocal run
        run += 1
        if run == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    if statement == 0:
        original = connection._commit

        def commit():
            os.kill(os.getpid(), signal.SIGKILL)
            return original()

        connection._commit = commit
    with connection.execute_wrapper(deadly):
        ACTIONS[name](now)
    os._exit(0)


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("statement", [2, 7, 11, 0])
def test_all_or_nothing(lasting_shop, name, statement):
    shop = lasting_shop
    shop.sells("TEA", here=1)
    shop.sells("MUG", here=3)
    shop.order({"TEA": 3})
    shop.raises()
    shop.order({"MUG": 1})
    shop.order({"TEA": 1, "MUG": 1})
    before = fingerprint()
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=child, args=(name, shop.now, statement))
    process.start()
    process.join(timeout=30)
    assert process.exitcode == -signal.SIGKILL
    assert fingerprint() == before
    assert list(invariants.broken()) == []
    ACTIONS[name](shop.now)
    assert fingerprint() != before
    assert list(invariants.broken()) == []
