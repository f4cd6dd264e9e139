"""Customers: who they are, what they wait for, what they had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from onorder.errors import NotFound
from onorder.models import Customer, Order, OrderLine


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer; `waiting`: units they wait for."""

    key: int
    name: str
    reference: str
    email: str
    phone: str
    language: str
    shipping_policy: str
    orders: int
    waiting: int


def customer_rows(*, words: str = "", after: tuple[str, int] | None = None, limit: int = 50) -> list[CustomerRow]:
    """Customers by name. Three statements.

    Args:
        words: only those who are called so, write from there, or whom the shop system knows by it.
        after: name and key of the last one of the page before.
    """
    found = Customer.objects.all()
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__istartswith=words) | Q(reference__istartswith=words))
    if after:
        name, key = after
        found = found.filter(Q(name__gt=name) | Q(name=name, pk__gt=key))
    columns = ("pk", "name", "reference", "email", "phone", "language", "shipping_policy")
    heads = list(found.order_by("name", "pk").values_list(*columns)[:limit])
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
    columns = ("pk", "name", "reference", "email", "phone", "language", "shipping_policy")
    head = Customer.objects.filter(pk=key).values_list(*columns).first()
    if head is None:
        raise NotFound(what="customer", name=key)
    orders = Order.objects.filter(customer=key).count()
    waiting = OrderLine.objects.filter(order__customer=key, waiting__gt=0).aggregate(n=Sum("waiting", default=0))["n"]
    return _row(head, orders, waiting)


def _row(head: Any, orders: int, waiting: int) -> CustomerRow:
    key, name, reference, email, phone, language, shipping_policy = head
    return CustomerRow(key, name, reference, email, phone, language, shipping_policy, orders, waiting)
