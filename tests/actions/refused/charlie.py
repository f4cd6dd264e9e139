"""Charlie, who has no business here, and what he brings."""

from __future__ import annotations

from datetime import UTC, date, datetime

from onorder.actions import orders
from onorder.actions import shop as shops
from onorder.models import Customer, Message

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
SOON, PAST = date(2026, 3, 20), date(2026, 3, 1)
WHO = {"by": "charlie", "now": NOW}
BOB = orders.NewCustomer("bob")


def a_customer():
    return Customer.objects.order_by("pk").values_list("pk", flat=True).first()


def some_messages(**of):
    return list(Message.objects.filter(**of).values_list("pk", flat=True))


def order(number="N", lines=(("TEA", 1),), **more):
    return orders.NewOrder(number, BOB, [orders.NewLine(sku, units) for sku, units in lines], **more)


def settings(name):
    days = shops.OpenDays("01234")
    return shops.Settings(name, "", "en_GB", "UTC", days, 1, days, 1, days, 0)
