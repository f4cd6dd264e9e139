"""Money comes in from customers, goes back to them, and out to suppliers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from onorder.errors import BadInput, NotFound
from onorder.ledger import money, orders, owing
from onorder.ledger.journal import Journal
from onorder.ledger.money import NotHeld as NotHeld
from onorder.models import Order, Payment, PurchaseOrder
from onorder.rules.lifecycle import PaymentKind


@transaction.atomic(durable=True)
def capture(number: str, amount_minor: int, *, key: str, by: str, now: datetime) -> None:
    """Book that a customer paid for an order, in minor units of its currency. Safe to repeat with the same `key`.

    They are told, if it was ordered on the shop's own pages; else whoever took the money does.

    Raises:
        NotFound: an unknown order.
        BadInput: not a positive amount.
    """
    _positive(number, amount_minor)
    order = orders.find(number)
    money.lock(order)  # Before the key is read.
    if _is_known(key):
        return
    Order.objects.filter(pk=order.id).update(captured_minor=F("captured_minor") + amount_minor)
    journal = Journal(by=by, at=now)
    data = {"amount_minor": amount_minor, "currency": order.currency}
    entry = journal.record(PaymentKind.CAPTURED, order.subject, data)
    owing.no_longer_asked(order.id)
    if owed := owing.of_orders([order.id]).get(order.id):
        entry.data |= {"due_minor": owed.due_minor, "open_minor": max(owed.total_minor - owed.paid_minor, 0)}
        journal.tell(entry, order.recipient)
    journal.write()
    money.book(PaymentKind.CAPTURED, order, amount_minor, entry, key=key, at=now)


@transaction.atomic(durable=True)
def refund(number: str, amount_minor: int, *, why: str = "", key: str, by: str, now: datetime) -> None:
    """Book that money of an order went back to its customer, and tell them. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown order.
        NotHeld: the order holds less.
        BadInput: not a positive amount.
    """
    _positive(number, amount_minor)
    order = orders.find(number)
    money.lock(order)  # Before the key is read.
    if _is_known(key):
        return
    journal = Journal(by=by, at=now)
    entry = money.give_back(order, amount_minor, journal, why=why)
    journal.write()
    money.book(PaymentKind.REFUNDED, order, amount_minor, entry, key=key, at=now)


@transaction.atomic(durable=True)
def pay_supplier(number: str, amount_minor: int, *, key: str, by: str, now: datetime) -> None:
    """Book that a purchase order, or a part of it, was paid. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown purchase order.
        BadInput: not a positive amount.
    """
    _to_supplier(PaymentKind.SUPPLIER_PAID, number, amount_minor, key=key, by=by, now=now)


@transaction.atomic(durable=True)
def refunded_by_supplier(number: str, amount_minor: int, *, key: str, by: str, now: datetime) -> None:
    """Book that a supplier paid back, at most what it was paid. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown purchase order.
        BadInput: not a positive amount, or more than was paid.
    """
    _to_supplier(PaymentKind.SUPPLIER_REFUNDED, number, amount_minor, key=key, by=by, now=now)


def _positive(number: str, amount_minor: int) -> None:
    if amount_minor < 1:
        raise BadInput(
            what="{number}",
            problem="{amount} is not an amount of money",
            remedy="Give more than zero.",
            number=number,
            amount=amount_minor,
        )


def _is_known(key: str) -> bool:
    return Payment.objects.filter(key=key).exists()


def _to_supplier(kind: PaymentKind, number: str, amount_minor: int, *, key: str, by: str, now: datetime) -> None:
    _positive(number, amount_minor)
    order = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True).filter(number=number).first()
    if order is None:
        raise NotFound(what="purchase order", name=number)
    if _is_known(key):
        return
    if kind == PaymentKind.SUPPLIER_REFUNDED:
        paid = dict(order.payments.values_list("kind").annotate(Sum("amount_minor")))
        left = paid.get(PaymentKind.SUPPLIER_PAID, 0) - paid.get(PaymentKind.SUPPLIER_REFUNDED, 0)
        if amount_minor > left:
            raise BadInput(
                what="{number}",
                problem="only {left} was paid and not yet refunded",
                remedy="Give less.",
                number=number,
                left=left,
            )
    journal = Journal(by=by, at=now)
    data = {"amount_minor": amount_minor, "currency": order.currency}
    entry = journal.record(kind, f"purchase_order:{order.pk}", data)
    journal.write()
    Payment.objects.create(
        key=key,
        kind=kind,
        purchase_order=order,
        amount_minor=amount_minor,
        currency=order.currency,
        at=now,
        event_id=entry.id,
    )
