"""What the customer of an order is to pay, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Sum

from onorder.ledger import owing as ledger
from onorder.models import Order, OrderLine, Return
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
    before it leaves; of an order that may leave before it is paid, everything. At most four statements."""
    owed = ledger.of_orders([order]).get(order)
    if owed is not None:
        return owed.due_minor if owed.asked_on else 0
    return max(left_to_pay(order), 0)


def left_to_pay(order: int) -> int:
    """What the customer of an order (by its key) has not paid of what they keep, in minor units of its currency;
    negative if they have paid more. Three statements.

    What came back is not to be paid, unless another unit went out for it: that one is on the order for nothing.
    """
    worth = OrderLine.objects.filter(order=order).aggregate(n=Sum(_KEPT * F("unit_price_minor"), default=0))["n"]
    again = Return.objects.filter(line__order=order, replacement__isnull=False)
    replaced = again.aggregate(n=Sum(F("quantity") * F("line__unit_price_minor"), default=0))["n"]
    columns = ("shipping_minor", "discount_minor", "captured_minor", "refunded_minor", "kept_minor")
    head = Order.objects.filter(pk=order).values_list(*columns).first()
    if head is None:
        return 0
    shipping, discount, captured, refunded, kept = head
    left: int = worth + replaced + shipping - discount - (captured - refunded - kept)
    return left


_KEPT = F("ordered") - F("cancelled") - F("returned")
