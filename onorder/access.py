"""Signed links by which a customer reaches what is theirs, without an account.

A link names one order, what it is for, and the last day on which it opens. It says so itself, signed: nothing is
stored, nothing can be guessed, and what was changed in it opens nothing. The day is counted from the message that
carries it, so that a message written twice carries the same link.

One more, to all orders of a customer, names the event by which it was asked for, and the minute until which it opens.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from onorder.errors import OnOrderError

_EPOCH: Final = date(2020, 1, 1)


class Purpose(StrEnum):
    """What a link opens. A link for one is worth nothing for another."""

    JOURNEY = "journey"
    RETURN = "return"
    DELAY = "delay"
    PAY = "pay"

    SUPPLY = "supply"  # It names a purchase order, and is its supplier's.
    ACCOUNT = "account"  # Of all orders of a customer; it lasts `ACCOUNT_LASTS`.


#: Days for which a link opens, counted from the message that carries it.
LASTS: Final = {Purpose.JOURNEY: 365, Purpose.RETURN: 365, Purpose.DELAY: 365, Purpose.PAY: 365, Purpose.SUPPLY: 365}


#: For so long the link to all orders of a customer opens, once.
ACCOUNT_LASTS: Final = timedelta(minutes=30)


class LinkOver(OnOrderError):
    code = "link_over"
    sentence = "This link does not open anything any more."
    remedy = "Take the one in our latest message, or find your order by its number and your e-mail address."


def token(order: int, on: date, purpose: Purpose = Purpose.JOURNEY) -> str:
    """What stands in the link to this order (by primary key), from a message of this day.

    >>> read(token(7, date(2026, 3, 2)), today=date(2026, 3, 9))
    7
    """
    until = (on + timedelta(LASTS[purpose]) - _EPOCH).days
    return _signer(purpose).sign(f"{order:x}-{until:x}")


def read(written: str, *, today: date, purpose: Purpose = Purpose.JOURNEY) -> int:
    """The order (by primary key) that a link leads to.

    Raises:
        LinkOver: nobody here wrote it, it is for something else, or its time is over. Which one, it does not say.
    """
    order, until = _numbers(written, purpose)
    if _EPOCH + timedelta(until) < today:
        raise LinkOver
    return order


def address(name: str, *arguments: str) -> str:
    """The whole address of a page of the customer's side, for a mail; empty where nobody has said what ours is."""
    ours = str(settings.PUBLIC_URL).rstrip("/")
    return f"{ours}{reverse(name, args=arguments)}" if ours else ""


def journey(order: int, on: date) -> str:
    """The whole address at which an order (by primary key) is followed, for a mail of this day; else empty."""
    return address("journey", token(order, on))


def delay(order: int, on: date) -> str:
    """The whole address at which its customer says whether they wait for what is late; else empty."""
    return address("store.delay", token(order, on, Purpose.DELAY))


def pay(order: int, on: date) -> str:
    """The whole address at which what is owed of it is paid; else empty."""
    return address("store.pay", token(order, on, Purpose.PAY))


def send_back(order: int, on: date, back: str = "") -> str:
    """The whole address at which its customer sends something back, or finds the label of a return; else empty."""
    named = token(order, on, Purpose.RETURN)
    return address("store.return-label", named, back) if back else address("store.return", named)


def supply(purchase_order: int, on: date) -> str:
    """The whole address at which the supplier of a purchase order (by primary key) says that it left; else empty."""
    return address("store.supply", token(purchase_order, on, Purpose.SUPPLY))


def account_token(event: int, at: datetime) -> str:
    """What stands in the link to all orders of the customer who asked for it at this instant, by that event.

    >>> at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> read_account(account_token(7, at), now=at + timedelta(minutes=30))
    7
    """
    return _signer(Purpose.ACCOUNT).sign(f"{event:x}-{int((at + ACCOUNT_LASTS).timestamp()):x}")


def read_account(written: str, *, now: datetime) -> int:
    """The event by which a link to all orders was asked for. Whether it was opened before, it cannot know.

    Raises:
        LinkOver: nobody here wrote it, or its time is over.
    """
    event, until = _numbers(written, Purpose.ACCOUNT)
    if datetime.fromtimestamp(until, UTC) < now:
        raise LinkOver
    return event


def account(event: int, at: datetime) -> str:
    """The whole address at which a customer gets to all of their orders, for a mail; else empty."""
    return address("store.account-open", account_token(event, at))


def _numbers(written: str, purpose: Purpose) -> tuple[int, int]:
    try:
        one, other = (int(part, 16) for part in _signer(purpose).unsign(written[:200]).split("-"))
    except (BadSignature, ValueError):
        raise LinkOver from None
    return one, other


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"onorder.access.{purpose}", sep=".")
