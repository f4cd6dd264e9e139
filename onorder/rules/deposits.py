"""What is owed for a line and when: the deposit with the order, the rest once it is ready, and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from onorder.rules.money import share_minor


class Step(StrEnum):
    """Where the money of a line stands.

    `deposit`: owed before anything is bought. `later`: nothing is owed until it is ready. `due`: the rest is owed.
    `remind`: it was not paid, and the customer is reminded. `release`: the grace is over, and the units may go to the
    next in the queue. `paid`: nothing is open.
    """

    DEPOSIT = "deposit"
    LATER = "later"
    DUE = "due"
    REMIND = "remind"
    RELEASE = "release"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a line that is ready is kept for who has not paid: a reminder first, then until the grace is over.

    Raises:
        ValueError: nobody would be reminded before the end.
    """

    remind_after_days: int = 5
    grace_days: int = 14

    def __post_init__(self) -> None:
        if not 0 < self.remind_after_days < self.grace_days:
            raise ValueError("the reminder comes after the bill and before the grace is over")


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed now, what is open in all, what happens next, and on which day.

    `on`: the day of the reminder (due), the last day to pay (remind), the first day it may be released (release).
    """

    step: Step
    due_minor: int
    open_minor: int
    on: date | None = None


def balance(
    price_minor: int,
    deposit_basis_points: int,
    paid_minor: int,
    *,
    ready_on: date | None,
    today: date,
    patience: Patience,
) -> Balance:
    """Where the money of a line stands today.

    Who has paid what is owed keeps the units however long the parcel takes. A release is no cancellation: what becomes
    of the order and its deposit is for the terms and the law to say.

    Args:
        price_minor: what the line costs, discounts taken off.
        deposit_basis_points: the share of it that is paid with the order; the terms' own.
        ready_on: the day on which the customer was told that it is ready and asked for the rest; None before.

    >>> day = date(2026, 3, 2)
    >>> balance(10_000, 2_000, 2_000, ready_on=day, today=date(2026, 3, 9), patience=Patience()).step.value
    'remind'
    """
    open_minor = max(price_minor - paid_minor, 0)
    if not open_minor:
        return Balance(Step.PAID, 0, 0)
    if ready_on is None:
        owed = max(share_minor(price_minor, deposit_basis_points) - paid_minor, 0)
        return Balance(Step.DEPOSIT if owed else Step.LATER, owed, open_minor)
    reminder_on = ready_on + timedelta(patience.remind_after_days)
    last_day = ready_on + timedelta(patience.grace_days)
    if today < reminder_on:
        return Balance(Step.DUE, open_minor, open_minor, reminder_on)
    if today <= last_day:
        return Balance(Step.REMIND, open_minor, open_minor, last_day)
    return Balance(Step.RELEASE, open_minor, open_minor, last_day + timedelta(1))
