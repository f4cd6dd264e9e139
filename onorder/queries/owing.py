"""What the customer of an order is to pay, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from onorder.ledger import owing as ledger
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


def owing(order: int, *, now: datetime) -> int:
    """What is to be paid for an order now, by its key, in minor units. Two statements."""
    found = to_pay(order, now=now)
    return found.due_minor if found else 0
