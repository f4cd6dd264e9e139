"""A customer looks at all of their orders: asks for the link, opens it once, and leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Lower

from onorder.errors import OnOrderError
from onorder.ledger.journal import Journal, Recipient
from onorder.models import Customer, CustomerSession, Event, Order
from onorder.rules.addresses import digest, digest_of, folded

#: A browser that was let in stays in for so long.
SESSION_LASTS: Final = timedelta(days=30)
#: Within so long the link is sent once, however often somebody asks.
LINK_AGAIN_AFTER: Final = timedelta(minutes=2)


class OpenedBefore(OnOrderError):
    code = "opened_before"
    sentence = "This link has been opened already."
    remedy = "It opens once. Ask for a new one."


class NoLongerTheirs(OnOrderError):
    code = "no_longer_theirs"
    sentence = "This link does not open anything any more."
    remedy = "Ask for a new one."


@dataclass(frozen=True, slots=True)
class Person:
    """Whose address it is: the customer who ordered last with it, and that order."""

    customer: int
    email: str
    order: int


@transaction.atomic(durable=True)
def send_link(email: str, *, by: str, now: datetime) -> bool:
    """Send whoever orders with this address the link to all of their orders.

    Whoever asks is never told whether we know them: for an address that nobody orders with, or that got its link just
    now, as much is written.

    Returns:
        Whether it was sent.
    """
    person = _person(email)
    subject = f"order:{person.order}" if person else "order:0"
    since = now - LINK_AGAIN_AFTER
    is_new = not Event.objects.filter(subject=subject, kind="account", at__gt=since, message__isnull=False).exists()
    journal = Journal(by=by, at=now)
    if person and is_new:
        entry = journal.record("account", subject, {"email": digest_of(person.email)})
        journal.tell(entry, Recipient(person.customer, person.email))
    else:
        journal.record("account_sought", "shop:1")  # Not by which address: it is what somebody typed.
    journal.write()
    return bool(person and is_new)


@transaction.atomic(durable=True)
def open_link(event: int, secret: str, *, by: str, now: datetime) -> None:
    """Let a browser in, by the link that an event sent; from then on its `secret` says who it is.

    The first one is let in. Of two at once, the second is refused.

    Raises:
        OpenedBefore: somebody was let in by it.
        NoLongerTheirs: the address that it was sent to is not the customer's any more.
    """
    asked = Event.objects.select_for_update(no_key=True).filter(pk=event, kind="account").first()
    if asked is None:
        raise NoLongerTheirs
    if CustomerSession.objects.filter(event=event).exists():
        raise OpenedBefore
    order = int(asked.subject.partition(":")[2])
    customer = Customer.objects.filter(orders=order).values_list("pk", "email").first()
    if customer is None or digest_of(customer[1]) != asked.data["email"]:
        raise NoLongerTheirs
    CustomerSession.objects.filter(email=asked.data["email"], ends_at__lte=now).delete()  # What is long over.
    CustomerSession.objects.create(
        customer_id=customer[0],
        event_id=event,
        secret=digest(secret),
        email=asked.data["email"],
        began_at=now,
        ends_at=now + SESSION_LASTS,
    )
    journal = Journal(by=by, at=now)
    journal.record("account_opened", f"customer:{customer[0]}")
    journal.write()


@transaction.atomic(durable=True)
def leave(secret: str, *, everywhere: bool = False, by: str, now: datetime) -> int:
    """A customer leaves: with this browser, or with every one that was let in by their address.

    Returns:
        Browsers that are out now.
    """
    mine = CustomerSession.objects.filter(secret=digest(secret))
    of = Q(secret=digest(secret))
    if everywhere:
        of |= Q(email__in=mine.values("email"))
    gone = CustomerSession.objects.filter(of, ended_at__isnull=True, ends_at__gt=now)
    customer = mine.values_list("customer", flat=True).first()
    browsers = gone.update(ended_at=now)
    if browsers:
        journal = Journal(by=by, at=now)
        journal.record("account_left", f"customer:{customer}", {"browsers": browsers})
        journal.write()
    return browsers


def _person(email: str) -> Person | None:
    """Who ordered last with an address. Two statements, whether or not somebody did."""
    known = Customer.objects.alias(folded=Lower("email")).filter(folded=folded(email)).exclude(email="")
    last = Order.objects.filter(customer__in=known).aggregate(last=Max("pk"))["last"]
    found = Order.objects.filter(pk=last or 0).values_list("customer", "customer__email", "pk").first()
    return Person(*found) if found else None
