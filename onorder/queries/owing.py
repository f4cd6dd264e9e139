"""What the customer of an order is to pay, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Sum

from onorder.ledger import owing as ledger
from onorder.models import Order, OrderLine
from onorder.queue import setup as settings
from onorder.rules.deposits import Step


@dataclass(frozen=True, slots=True)
class ToPay:
    """What is to be paid for an order, in minor units of `currency`.

    Args:
        due_minor: now; `later_minor`: once more of it is here.
        by: the last day for what is due now; None if nothing is.
    """

    step: Step
    due_minor: int
    later_minor: int
    currency: str
    asked_on: date | None
    by: date | None


def to_pay(order: int, *, now: datetime) -> ToPay | None:
    """What is to be paid for an order, by its key; None of one that is not paid before it leaves. One statement."""
    owed = ledger.of_orders([order]).get(order)
    if owed is None:
        return None
    setup = settings.current()
    stands = owed.balance(setup.today(now), setup.patience)
    by = setup.patience.last_day(owed.asked_on, owed.reminded_on) if stands.due_minor and owed.asked_on else None
    return ToPay(stands.step, stands.due_minor, stands.open_minor - stands.due_minor, owed.currency, owed.asked_on, by)


def owing(order: int) -> int:
    """What the customer of an order (by its key) can pay now, in minor units of its currency: what they were asked for
    before it leaves; of an order that may leave before it is paid, everything. At most three statements."""
    owed = ledger.of_orders([order]).get(order)
    if owed is not None:
        return owed.due_minor if owed.asked_on else 0
    worth = OrderLine.objects.filter(order=order).aggregate(n=Sum(_LEFT * F("unit_price_minor"), default=0))["n"]
    columns = ("shipping_minor", "discount_minor", "captured_minor", "refunded_minor", "kept_minor")
    head = Order.objects.filter(pk=order).values_list(*columns).first()
    if head is None:
        return 0
    shipping, discount, captured, refunded, kept = head
    left: int = worth + shipping - discount - (captured - refunded - kept)
    return max(left, 0)


_LEFT = F("ordered") - F("cancelled") - F("returned")
