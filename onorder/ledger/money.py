"""Money of customers' orders: what is owed for units that come back, and the one step by which it goes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from onorder.errors import OnOrderError
from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.orders import Head
from onorder.models import Order, Payment
from onorder.rules import refunds
from onorder.rules.lifecycle import PaymentKind
from onorder.rules.refunds import Sale, Sold


class NotHeld(OnOrderError):
    code = "not_held"
    sentence = "Order {number} holds {held} {currency} (in minor units), so {amount} cannot be refunded."
    remedy = "Refund at most what is held."


def owed(order: Head, going: Mapping[int, int]) -> int:
    """What goes back by the rule for so many units of these lines (by key), once they are back. Two statements.

    A line that replaces another is worth what that one was: its units stand for the same money.
    """
    ((captured, refunded, shipping, discount, kept),) = rows.select(_MONEY, (PaymentKind.FEE.value, order.id))
    found = rows.select(_LINES, (order.id,))
    original = {line: of for line, _, _, _, of in found if of}
    gone, going_now = dict.fromkeys((row[0] for row in found), 0), dict.fromkeys((row[0] for row in found), 0)
    for line, ordered, over, _, of in found:
        sold = _first(line, original)
        gone[sold] += over - (ordered if of else 0)
        going_now[sold] += going.get(line, 0)
    sold_lines = [(line, Sold(price, ordered)) for line, ordered, _, price, of in found if not of]
    worth = sum(one.unit_minor * one.units for _, one in sold_lines)
    sale = Sale(tuple(one for _, one in sold_lines), min(discount, worth), shipping)
    return refunds.for_returned(
        sale,
        captured,
        refunded,
        kept_minor=kept,
        gone=[gone[line] for line, _ in sold_lines],
        going=[going_now[line] for line, _ in sold_lines],
    )


_MONEY = (
    "SELECT captured_minor, refunded_minor, shipping_minor, discount_minor, (SELECT CAST(coalesce("
    "sum(paid.amount_minor), 0) AS bigint)"
    " FROM onorder_payment AS paid WHERE paid.order_id = sales.id AND paid.kind = %s)"
    " FROM onorder_order AS sales WHERE sales.id = %s"
)
_LINES = (
    "SELECT line.id, line.ordered, line.cancelled + line.returned, line.unit_price_minor, back.line_id"
    " FROM onorder_orderline AS line LEFT JOIN onorder_return AS back ON back.replacement_id = line.id"
    " WHERE line.order_id = %s ORDER BY line.id"
)


def _first(line: int, original: Mapping[int, int]) -> int:
    """The line that was paid for, behind one that replaces it, or replaces what did."""
    while line in original:
        line = original[line]
    return line


def lock(order: Head) -> None:
    """Make everybody else who moves money of this order wait until this transaction ends. One statement."""
    Order.objects.filter(pk=order.id).update(captured_minor=F("captured_minor"))


def give_back(order: Head, amount_minor: int, journal: Journal, *, why: str) -> Entry:
    """Take an amount from what an order holds, and have its customer told. One statement; then `book` it.

    Raises:
        NotHeld: the order holds less.
    """
    enough = Order.objects.filter(pk=order.id, captured_minor__gte=F("refunded_minor") + amount_minor)
    if not enough.update(refunded_minor=F("refunded_minor") + amount_minor):
        held = Order.objects.values_list(F("captured_minor") - F("refunded_minor"), flat=True).get(pk=order.id)
        raise NotHeld(number=order.number, held=held, currency=order.currency, amount=amount_minor)
    data = {"amount_minor": amount_minor, "currency": order.currency}
    entry = journal.record(PaymentKind.REFUNDED, order.subject, data, why=why)
    journal.tell(entry, order.recipient)
    return entry


def book(kind: PaymentKind, order: Head, amount_minor: int, entry: Entry, *, key: str, at: datetime) -> None:
    """Write an amount that moved into the ledger, once the event that explains it is written."""
    Payment.objects.create(
        key=key, kind=kind, order_id=order.id, amount_minor=amount_minor, currency=order.currency, at=at,
        event_id=entry.id,
    )  # fmt: skip
