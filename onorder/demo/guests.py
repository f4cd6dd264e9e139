"""Guests of the demonstration's store this morning: who transfers has paid, is about to, or has a refund to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db.models import F

from onorder.actions import cancellations, orders, payments, shop
from onorder.actions.shop import PaymentWays
from onorder.demo.people import person
from onorder.models import Order, StockLevel
from onorder.queries.owing import owing
from onorder.queries.quote import quote
from onorder.rules.lifecycle import PayBy
from onorder.rules.payouts import STORE

ACCOUNT: Final = "Gifts & Sundries\nIBAN GB29 NWBK 6016 1331 9268 19"
BY: Final = "storefront"


def guests_order(now: datetime) -> None:
    """Three guests order what is here, by transfer: one has paid, one has not, one paid and thought better of it."""
    shop.set_payment_ways(PaymentWays(takes_transfer=True, bank_details=ACCOUNT), by="demo", now=now)
    here = StockLevel.objects.filter(on_hand__gt=F("allocated"), waiting=0).order_by("pk")
    skus = list(here.values_list("variant__sku", flat=True)[:6])
    numbers = [_orders(place, skus[2 * place : 2 * place + 2], now) for place in range(len(skus) // 2)]
    for number in numbers[:1] + numbers[2:3]:
        due = owing(Order.objects.values_list("pk", flat=True).get(number=number))
        payments.capture(number, due, key=f"{number}:transfer", by="bank", now=now)
    for number in numbers[2:3]:
        cancellations.cancel(number, fee_minor=0, why="found it elsewhere", by="customer", now=now)


def _orders(place: int, skus: list[str], now: datetime) -> str:
    """A guest orders one of each of these, as they are shown; the number of the order."""
    shown = quote(dict.fromkeys(skus, 1), now=now).together
    assert shown is not None
    customer, address = person(f"guest-{place}")
    lines = [orders.NewLine(line.sku, line.now + line.later) for line in shown.lines]
    accepted = replace(shown, words="Arranged for the demonstration.", language="en", pays_by=PayBy.TRANSFER)
    key = f"{STORE}:demo-{place}"
    new = orders.NewOrder("", customer, lines, key=key, channel=STORE, address=address, accepted=accepted)
    return orders.place(new, by=BY, now=now).number
