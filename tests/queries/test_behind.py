"""Who waits behind purchase orders: the same as where the queue says that each unit comes from."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

from onorder.actions.answers import Said
from onorder.errors import OnOrderError
from onorder.models import PurchaseOrder
from onorder.queries.behind import behind, supplies
from onorder.queries.purchase_order import purchase_order
from onorder.queries.queue import waiting_lines


def keys():
    return dict(PurchaseOrder.objects.values_list("number", "pk"))


def units_behind(shop):
    """Units that wait behind each purchase order, by its number."""
    found = behind(supplies(keys().values(), now=shop.now)).orders
    return {number: found[key].units for number, key in keys().items() if key in found}


def units_by_the_queue(shop):
    found = Counter()
    for line in waiting_lines(now=shop.now, limit=1_000):
        for source, units in line.sources:
            found[source] += units
    found.pop("buffer", None)
    return dict(found)


def test_the_same_as_where_each_line_comes_from(shop):
    """Histories of orders, purchase orders, receipts, answers and cancellations, as chance has it."""
    chance = random.Random(7)
    for sku in ("TEA", "POT"):
        shop.sells(sku, minimum_quantity=4)
    for _ in range(120):
        with suppress(OnOrderError):
            _something(shop, chance)
        shop.wait(hours=chance.randint(0, 30))
        assert units_behind(shop) == units_by_the_queue(shop)
    assert len(keys()) > 10


def _something(shop, chance):
    sku, units = chance.choice(["TEA", "POT"]), chance.randint(1, 9)
    number = chance.choice([*keys(), "PO-0"])
    match chance.choice(["order", "order", "raise", "receive", "answer", "cancel"]):
        case "order":
            shop.order({sku: units})
        case "raise":
            shop.raises()
        case "receive":
            shop.receives(number, {sku: units})
        case "answer":
            later = chance.choice([None, shop.now.date() + timedelta(days=30)])
            shop.answers(number, Said(sku, units, rest_on=later), on=shop.now.date() + timedelta(days=units))
        case "cancel":
            shop.cancels(f"SO-{chance.randint(1, 40)}")


def test_customers_are_people_and_lines_are_not(shop):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    shop.order({"TEA": 2})
    number = shop.raises()
    (found,) = behind(supplies(keys().values(), now=shop.now)).orders.values()
    assert (found.parties, found.units, found.late) == (2, 3, 0)
    detail = purchase_order(number, now=shop.now)
    assert [(one.order, one.units) for one in detail.lines[0].named] == [("SO-1", 1), ("SO-2", 2)]
    assert found.slack_days == min(one.slack_days for one in detail.lines[0].named)


def test_the_first_delivery_serves_those_who_came_first(shop):
    """A part now and a part later: whoever waits longest is behind the part that comes first."""
    shop.sells("TEA")
    shop.order({"TEA": 4})
    shop.order({"TEA": 6})
    number = shop.raises()
    shop.answers(number, Said("TEA", 5, on=date(2026, 3, 10), rest_on=date(2026, 4, 30)))
    first, rest = purchase_order(number, now=shop.now).lines
    assert [(one.order, one.units) for one in first.named] == [("SO-1", 4), ("SO-2", 1)]
    assert [(one.order, one.units) for one in rest.named] == [("SO-2", 5)]
    assert (first.expected_on, rest.expected_on) == (date(2026, 3, 10), date(2026, 4, 30))
    assert rest.named[0].told_on > rest.expected_on  # They heard of it.


def test_nothing_on_order_has_nobody_behind_it(shop):
    shop.sells("TEA")
    shop.order({"TEA": 4})
    assert behind(supplies([], now=shop.now)).orders == {}
    shop.receives(shop.raises(), {"TEA": 4})
    assert behind(supplies(keys().values(), now=shop.now)).orders == {}
