"""Customers who buy as people do: look, agree to what they see, and look again where it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from onorder.actions import orders
from onorder.queries.quote import quote


class Bought(NamedTuple):
    """What a customer agreed to last: whether it waits, and by which day it comes. `asked`: how often they were."""

    order: int
    waits: bool
    by: date
    asked: int


def buy(customers: Sequence[str], sku: str, now: datetime) -> list[Bought]:
    """All of these look at the same moment, then order one unit each, one after the other."""
    seen = quote({sku: 1}, now=now).together
    return [bought for customer in customers if seen and (bought := _buys(customer, seen, now))]


def _buys(customer: str, seen: orders.Accepted, now: datetime) -> Bought | None:
    asked = 1
    while True:
        agreed = replace(seen, words="I agree", language="en")
        lines = [orders.NewLine(line.sku, line.now + line.later) for line in agreed.lines]
        new = orders.NewOrder("", orders.NewCustomer(customer), lines, key=f"{customer}", accepted=agreed)
        try:
            placed = orders.place(new, by="storefront", now=now)
        except orders.ChangedSince as changed:
            seen, asked = changed.true, asked + 1
        except orders.OrdersRefused:
            return None
        else:
            return Bought(placed.order, agreed.waits, agreed.last_on, asked)


def without_comparing() -> None:
    """Take an order whatever its customer was shown; in a process of its own, where nothing has to be put back."""
    from onorder.queue import intake

    intake.changes = lambda *_: ()
