"""Parcels reach their customers, or do not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import rows
from onorder.ledger.journal import Journal, Recipient
from onorder.models import Event, Message, Shipment
from onorder.queue import setup as settings
from onorder.rules.lifecycle import MessageState

#: Why a customer is not told that a parcel has come.
TOLD_US: Final = "the customer said so"
TOLD_BEFORE: Final = "the customer was told before"
TAKEN_BACK: Final = "taken back before it left"


class DeliveredBeforeItLeft(OnOrderError):
    code = "delivered_before_it_left"
    sentence = "Parcel {number} left on {left}, so it cannot have come on {day}."
    remedy = "Check the day."


class DeliveredTomorrow(OnOrderError):
    code = "delivered_tomorrow"
    sentence = "Parcel {number} cannot have come on {day}: that day has not begun."
    remedy = "Check the day."


class NotDelivered(OnOrderError):
    code = "not_delivered"
    sentence = "Nobody has noted that parcel {number} has come."
    remedy = "Look at it again: somebody may have been faster."


class NotMissing(OnOrderError):
    code = "not_missing"
    sentence = "Nobody says that parcel {number} has not come."
    remedy = "Look at it again: somebody may have been faster."


@dataclass(frozen=True, slots=True)
class Delivery:
    """A parcel, by its number, that is with its customer since `at`."""

    parcel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A parcel that has left, locked; `lines` are (line, units) in it."""

    id: int
    number: str
    order: int
    recipient: Recipient
    shipped_at: datetime
    delivered_at: datetime | None
    missing_at: datetime | None
    lines: list[list[int]]

    @property
    def subject(self) -> str:
        return f"order:{self.order}"


@transaction.atomic(durable=True)
def deliver(delivered: Sequence[Delivery], *, by_customer: bool = False, by: str, now: datetime) -> list[str]:
    """Note that parcels are with their customers, who are told of it once, and what they can do if it is not right.

    Safe to repeat: of a parcel that has come, nothing changes. One that somebody missed is missed no longer.

    Args:
        by_customer: they say so themselves, so nobody tells them.

    Returns:
        The numbers of those that were not known to have come. A fixed number of statements.

    Raises:
        NotFound: a parcel that nobody knows.
        DeliveredBeforeItLeft, DeliveredTomorrow: it cannot have come on that day.
    """
    at = {one.parcel: one.at for one in delivered}
    today = settings.current().today
    found = [parcel for parcel in _lock(at) if parcel.missing_at or not parcel.delivered_at]
    journal = Journal(by=by, at=now)
    for parcel in found:
        day = _checked(parcel, today(at[parcel.number]), today(parcel.shipped_at), today(now))
        data = {"shipment": parcel.number, "lines": [[*line, day.isoformat()] for line in parcel.lines]}
        if parcel.missing_at:
            data["missing_at"] = parcel.missing_at.isoformat()
        silent = TOLD_US if by_customer else TOLD_BEFORE if parcel.delivered_at else ""
        journal.tell(journal.record("delivered", parcel.subject, data), parcel.recipient, unless=silent)
    rows.update(
        Shipment,
        ("delivered_at", "missing_at"),
        [(min(max(at[one.number], one.shipped_at), now), None, one.id) for one in found],
    )
    journal.write()
    return [parcel.number for parcel in found]


@transaction.atomic(durable=True)
def take_back(parcel: str, *, by: str, now: datetime) -> None:
    """A parcel has not come after all: somebody noted the wrong one. If its customer was not told yet, they are not.

    Raises:
        NotFound: a parcel that nobody knows.
        NotDelivered: nobody had noted that it has come.
    """
    (one,) = _lock([parcel])
    if not one.delivered_at:
        raise NotDelivered(number=parcel)
    last = Event.objects.filter(subject=one.subject, kind="delivered", data__shipment=parcel).latest("pk")
    Shipment.objects.filter(pk=one.id).update(delivered_at=None, missing_at=last.data.get("missing_at"))
    untried = Message.objects.filter(event=last, state=MessageState.QUEUED, attempts=0)
    untried.update(state=MessageState.SUPPRESSED, note=TAKEN_BACK)
    _note(one, "undelivered", "", by=by, now=now)


@transaction.atomic(durable=True)
def miss(parcel: str, *, why: str = "", by: str, now: datetime) -> bool:
    """Somebody says that a parcel has not come, whatever its carrier says. A person is to look at it.

    Returns:
        Whether that was new.

    Raises:
        NotFound: a parcel that nobody knows.
    """
    (one,) = _lock([parcel])
    if one.missing_at:
        return False
    Shipment.objects.filter(pk=one.id).update(missing_at=now)
    _note(one, "missing", why, by=by, now=now)
    return True


@transaction.atomic(durable=True)
def settle(parcel: str, *, why: str, by: str, now: datetime) -> None:
    """What was to be done about a parcel that has not come is done: it was sent again, or paid back.

    Raises:
        NotFound: a parcel that nobody knows.
        NotMissing: nobody says that it has not come.
        BadInput: it is not said what was done.
    """
    if not why.strip():
        raise BadInput(
            what="Parcel {number}", problem="is settled without a word", remedy="Say what you did.", number=parcel
        )
    (one,) = _lock([parcel])
    if not one.missing_at:
        raise NotMissing(number=parcel)
    Shipment.objects.filter(pk=one.id).update(missing_at=None)
    _note(one, "missing_settled", why, by=by, now=now)


def _note(parcel: _Parcel, kind: str, why: str, *, by: str, now: datetime) -> None:
    journal = Journal(by=by, at=now)
    journal.record(kind, parcel.subject, {"shipment": parcel.number}, why=why.strip()[:200])
    journal.write()


def _checked(parcel: _Parcel, day: date, left_on: date, today: date) -> date:
    if day < left_on:
        raise DeliveredBeforeItLeft(number=parcel.number, left=left_on, day=day)
    if day > today:
        raise DeliveredTomorrow(number=parcel.number, day=day)
    return day


_COLUMNS: Final = (
    *("pk", "number", "order", "order__customer", "order__customer__email"),
    *("shipped_at", "delivered_at", "missing_at", "event__data"),
)


def _lock(numbers: Collection[str]) -> list[_Parcel]:
    """These parcels, in the order in which they left, once nobody else can note anything of them. One statement."""
    wanted = list(numbers)
    locked: Any = Shipment.objects.select_for_update(of=("self",), no_key=True).filter(number__in=wanted)
    found = [
        _Parcel(key, number, order, Recipient(customer, email), shipped_at, delivered_at, missing_at, data["lines"])
        for key, number, order, customer, email, shipped_at, delivered_at, missing_at, data in (
            locked.order_by("pk").values_list(*_COLUMNS)
        )
    ]
    if unknown := sorted(set(wanted) - {parcel.number for parcel in found}):
        raise NotFound(what="parcel", name=", ".join(unknown[:20]))
    return found
