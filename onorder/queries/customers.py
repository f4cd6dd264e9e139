"""Customers: who they are, what they wait for, what they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from onorder.errors import NotFound
from onorder.models import Customer, Order, OrderLine, Shop
from onorder.queue.setup import NotSetUp
from onorder.rules.lifecycle import Pace


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer; `waiting`: units they wait for.

    How they are written to: by which ways, to which number, and how often (`pace`, empty for as the shop does it).
    `email_bounced_at`: since when mail to their address comes back; `text_bounced_at`: since when no text arrives.
    """

    key: int
    name: str
    reference: str
    email: str
    phone: str
    language: str
    shipping_policy: str
    by_email: bool
    by_text: bool
    text_number: str
    pace: str
    email_bounced_at: datetime | None
    email_bounced_why: str
    text_bounced_at: datetime | None
    text_bounced_why: str
    orders: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Ways:
    """How a customer is written to, and what they can choose from."""

    by_email: bool
    by_text: bool
    number: str  # Where texts go, or else the phone that they gave.
    pace: Pace
    has_address: bool
    takes_texts: bool


def customer_rows(
    *, words: str = "", unreached: bool = False, after: tuple[str, int] | None = None, limit: int = 50
) -> list[CustomerRow]:
    """Customers by name. Three statements.

    Args:
        words: only those who are called so, write from there, or whom the shop system knows by it.
        unreached: only those whose mail comes back, or to whom no text gets through.
        after: name and key of the last one of the page before.
    """
    found = Customer.objects.all()
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__istartswith=words) | Q(reference__istartswith=words))
    if unreached:
        found = found.filter(Q(email_bounced_at__isnull=False) | Q(text_bounced_at__isnull=False))
    if after:
        name, key = after
        found = found.filter(Q(name__gt=name) | Q(name=name, pk__gt=key))
    heads = list(found.order_by("name", "pk").values_list(*_COLUMNS)[:limit])
    keys = [head[0] for head in heads]
    orders = dict(Order.objects.filter(customer__in=keys).values_list("customer").annotate(Count("pk")))
    lines = OrderLine.objects.filter(order__customer__in=keys, waiting__gt=0)
    waiting = dict(lines.values_list("order__customer").annotate(Sum("waiting")))
    return [_row(head, orders.get(head[0], 0), waiting.get(head[0], 0)) for head in heads]


def customer(key: int) -> CustomerRow:
    """One customer. Three statements.

    Raises:
        NotFound: there is none.
    """
    head = Customer.objects.filter(pk=key).values_list(*_COLUMNS).first()
    if head is None:
        raise NotFound(what="customer", name=key)
    orders = Order.objects.filter(customer=key).count()
    waiting = OrderLine.objects.filter(order__customer=key, waiting__gt=0).aggregate(n=Sum("waiting", default=0))["n"]
    return _row(head, orders, waiting)


def ways(key: int) -> Ways:
    """How one customer is written to. Two statements.

    Raises:
        NotFound: there is none.
    """
    columns = ("by_email", "by_text", "text_number", "phone", "pace", "email")
    found = Customer.objects.filter(pk=key).values_list(*columns).first()
    if found is None:
        raise NotFound(what="customer", name=key)
    shop = Shop.objects.filter(pk=1).values_list("pace", "takes_texts").first()
    if shop is None:
        raise NotSetUp
    by_email, by_text, number, phone, pace, email = found
    return Ways(by_email, by_text, number or phone, Pace(pace or shop[0]), bool(email), shop[1])


#: The columns of a row, up to what is counted.
_COLUMNS = (
    *("pk", "name", "reference", "email", "phone", "language", "shipping_policy"),
    *("by_email", "by_text", "text_number", "pace", "email_bounced_at", "email_bounced_why"),
    *("text_bounced_at", "text_bounced_why"),
)


def _row(head: Sequence[Any], *counted: int) -> CustomerRow:
    """`counted`: orders, and units waiting."""
    return CustomerRow(*head, *counted)
