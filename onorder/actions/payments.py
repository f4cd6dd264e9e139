"""Money comes in from customers, goes back to them, and out to suppliers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import money as ledger
from onorder.ledger.journal import Journal, Recipient
from onorder.models import Order, Payment, PurchaseOrder
from onorder.rules.lifecycle import PaymentKind


class NotHeld(OnOrderError):
    code = "not_held"
    sentence = "Order {number} holds {held} {currency} (in minor units), so {amount} cannot be refunded."
    remedy = "Refund at most what is held."


@transaction.atomic(durable=True)
def capture(number: str, amount_minor: int, *, key: str, by: str, now: datetime) -> None:
    """Book that a customer paid for an order, in minor units of its currency. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown order.
        BadInput: not a positive amount.
    """
    _positive(number, amount_minor)
    order = _order(number)
    Order.objects.filter(pk=order.pk).update(
        captured_minor=F("captured_minor")
    )  # Locks the row before the key is read.
    if _is_known(key):
        return
    Order.objects.filter(pk=order.pk).update(captured_minor=F("captured_minor") + amount_minor)
    _book(PaymentKind.CAPTURED, order, amount_minor, key=key, by=by, now=now)


@transaction.atomic(durable=True)
def refund(number: str, amount_minor: int, *, why: str = "", key: str, by: str, now: datetime) -> None:
    """Book that money of an order went back to its customer, and tell them. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown order.
        NotHeld: the order holds less.
        BadInput: not a positive amount.
    """
    _positive(number, amount_minor)
    order = _order(number)
    Order.objects.filter(pk=order.pk).update(
        refunded_minor=F("refunded_minor")
    )  # Locks the row before the key is read.
    if _is_known(key):
        return
    if not ledger.give_back(order.pk, amount_minor):
        order = _order(number)
        held = order.captured_minor - order.refunded_minor
        raise NotHeld(number=number, held=held, currency=order.currency, amount=amount_minor)
    _book(PaymentKind.REFUNDED, order, amount_minor, why=why, key=key, by=by, now=now)


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


def _order(number: str) -> Order:
    found = Order.objects.select_related("customer").filter(number=number).first()
    if found is None:
        raise NotFound(what="order", name=number)
    return found


def _is_known(key: str) -> bool:
    return Payment.objects.filter(key=key).exists()


def _book(
    kind: PaymentKind, order: Order, amount_minor: int, *, why: str = "", key: str, by: str, now: datetime
) -> None:
    journal = Journal(by=by, at=now)
    entry = ledger.note(kind, order.pk, order.currency, amount_minor, journal, why=why)
    if kind == PaymentKind.REFUNDED:
        journal.tell(entry, Recipient(order.customer_id, order.customer.email))
    journal.write()
    ledger.book(kind, order.pk, entry, journal, key=key)


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
