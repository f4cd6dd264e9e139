"""What is to be paid for an order and when: the deposit with it, the rest once it is here, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from onorder.rules.money import share_minor


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one line: `here` are set aside or with their customer, for `to_come` only a deposit is paid so far."""

    unit_minor: int
    here: int
    to_come: int
    deposit_basis_points: int


def asked_minor(parts: Iterable[Part], shipping_minor: int = 0, discount_minor: int = 0) -> int:
    """What a customer pays before the next parcel leaves: what is here in full, of the rest the deposit, and delivery.

    >>> asked_minor([Part(1_000, here=1, to_come=2, deposit_basis_points=2_000)], shipping_minor=395)
    1795
    """
    goods = sum(
        part.unit_minor * part.here + share_minor(part.unit_minor * part.to_come, part.deposit_basis_points)
        for part in parts
    )
    return max(goods + shipping_minor - discount_minor, 0)


def paid_minor(captured_minor: int, refunded_minor: int, kept_minor: int, gone_minor: int) -> int:
    """What was paid towards what a customer still gets.

    Args:
        kept_minor: fees for what was cancelled.
        gone_minor: what the units that were cancelled or came back had cost. What went back beyond that was to make up
            for something, and leaves nothing to be paid again.

    >>> paid_minor(3_000, 1_000, 0, gone_minor=1_000), paid_minor(3_000, 500, 0, gone_minor=0)
    (2000, 3000)
    """
    return captured_minor - kept_minor - min(refunded_minor, gone_minor)


class Step(StrEnum):
    """Where the money of an order stands.

    `paid`: nothing is open. `later`: nothing is to be paid until more of it is here. `due`: something is. `remind`: it
    was not paid, and the customer is reminded. `release`: the grace is over, and the units go to the next in the queue.
    """

    PAID = "paid"
    LATER = "later"
    DUE = "due"
    REMIND = "remind"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long units are kept for who has not paid: a reminder first, then until the grace is over.

    Raises:
        ValueError: nobody would be reminded before the end.
    """

    remind_after_days: int = 5
    grace_days: int = 14

    def __post_init__(self) -> None:
        if not 0 < self.remind_after_days < self.grace_days:
            raise ValueError("the reminder comes after the bill and before the grace is over")

    @property
    def after_reminder_days(self) -> int:
        """Days that are left once the reminder is there."""
        return self.grace_days - self.remind_after_days

    def last_day(self, asked_on: date, reminded_on: date | None = None) -> date:
        """The last day to pay what was asked for then: as long after the reminder as ever, however late that came.

        >>> Patience(5, 14).last_day(date(2026, 3, 2), reminded_on=date(2026, 3, 12))
        datetime.date(2026, 3, 21)
        """
        last = asked_on + timedelta(self.grace_days)
        return max(last, reminded_on + timedelta(self.after_reminder_days)) if reminded_on else last


@dataclass(frozen=True, slots=True)
class Balance:
    """What is to be paid now, what is open in all, what happens next, and on which day.

    `on`: the day of the reminder (due), the last day to pay (remind), the first day it may be released (release).
    """

    step: Step
    due_minor: int
    open_minor: int
    on: date | None = None


def balance(
    total_minor: int,
    asked: int,
    paid: int,
    *,
    asked_on: date | None,
    reminded_on: date | None = None,
    today: date,
    patience: Patience,
) -> Balance:
    """Where the money of an order stands today.

    Who has paid what is due keeps the units however long the parcel takes. A release ends what is not paid for; what
    was paid of it goes back, but for what the terms say is kept.

    Args:
        total_minor: what all of it costs.
        asked: `asked_minor` of it.
        paid: `paid_minor` of it.
        asked_on: the day since which something is to be paid; None if the customer was not told that anything is.
        reminded_on: the day of the reminder; nobody loses anything without one.

    >>> day = date(2026, 3, 2)
    >>> balance(10_000, 10_000, 2_000, asked_on=day, today=date(2026, 3, 9), patience=Patience()).step.value
    'remind'
    """
    open_minor = max(total_minor - paid, 0)
    due = max(asked - paid, 0)
    if not open_minor:
        return Balance(Step.PAID, 0, 0)
    if asked_on is None or not due:
        return Balance(Step.LATER, 0, open_minor)
    reminder_on, last_day = asked_on + timedelta(patience.remind_after_days), patience.last_day(asked_on, reminded_on)
    if today < reminder_on:
        return Balance(Step.DUE, due, open_minor, reminder_on)
    if reminded_on is None:
        return Balance(Step.REMIND, due, open_minor, patience.last_day(asked_on, reminded_on=today))
    if today <= last_day:
        return Balance(Step.REMIND, due, open_minor, last_day)
    return Balance(Step.RELEASE, due, open_minor, last_day + timedelta(1))
