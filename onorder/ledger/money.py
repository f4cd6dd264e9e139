"""Money of customers' orders: what is owed for units that come back, and the one step by which it goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from onorder.errors import OnOrderError
from onorder.ledger import payouts, rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.lines import Line
from onorder.ledger.orders import Head
from onorder.models import Order, Payment
from onorder.rules import refunds
from onorder.rules.lifecycle import PaymentKind
from onorder.rules.refunds import Ledger, Sale, Sold


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


@dataclass(frozen=True, slots=True)
class Purse:
    """What came in for an order, what went back, and what was not paid for its lines, in minor units."""

    order: int
    currency: str
    captured_minor: int
    refunded_minor: int
    shipping_minor: int
    discount_minor: int

    @property
    def held_minor(self) -> int:
        """What was paid and not given back."""
        return self.captured_minor - self.refunded_minor


def locked(order: int) -> Purse:
    """The money of an order, which nobody else moves before this transaction ends. After the levels. One statement."""
    locked = Order.objects.select_for_update(of=("self",), no_key=True).filter(pk=order)
    columns = ("currency", "captured_minor", "refunded_minor", "shipping_minor", "discount_minor")
    return Purse(order, *locked.values_list(*columns).get())


def due_back(purse: Purse, lines: Sequence[Line], going: Mapping[int, int]) -> int:
    """What goes back when these units (by line) of an order go, before they do; `lines` are all that it has.

    Never more than they were sold for, but for the last ones, with which everything goes that is held. What went back
    beyond the worth of units that are gone was to make up for something, and takes nothing from these.
    """
    discount = min(purse.discount_minor, sum(line.unit_price_minor * line.ordered for line in lines))
    sale = Sale(tuple(Sold(line.unit_price_minor, line.ordered) for line in lines), discount, purse.shipping_minor)
    gone = [line.cancelled + line.returned for line in lines]
    now = [going.get(line.id, 0) for line in lines]
    values = refunds.values(sale)
    of_lines = list(zip(values, lines, gone, now, strict=True))
    settled = sum(refunds.worth(value, line.ordered, 0, before) for value, line, before, _ in of_lines)
    goodwill = max(purse.refunded_minor - settled, 0)
    ledger = Ledger(purse.captured_minor, purse.refunded_minor, goodwill)
    back = refunds.refund(sale, ledger, gone=gone, going=now).minor
    if all(before + units == line.ordered for _, line, before, units in of_lines):
        return back
    return min(back, sum(refunds.worth(value, line.ordered, before, units) for value, line, before, units in of_lines))


def lock(order: Head) -> None:
    """Make everybody else who moves money of this order wait until this transaction ends. One statement."""
    Order.objects.filter(pk=order.id).update(captured_minor=F("captured_minor"))


def give_back(order: Head, amount_minor: int, journal: Journal, *, why: str = "", unless: str = "") -> Entry:
    """Take an amount from what an order holds, and have its customer told. One statement; then `book` it.

    Args:
        unless: why the customer is not told by a message of its own; empty: they are.

    Raises:
        NotHeld: the order holds less.
    """
    enough = Order.objects.filter(pk=order.id, captured_minor__gte=F("refunded_minor") + amount_minor)
    if not enough.update(refunded_minor=F("refunded_minor") + amount_minor):
        held = Order.objects.values_list(F("captured_minor") - F("refunded_minor"), flat=True).get(pk=order.id)
        raise NotHeld(number=order.number, held=held, currency=order.currency, amount=amount_minor)
    data = {"amount_minor": amount_minor, "currency": order.currency}
    entry = journal.record(PaymentKind.REFUNDED, order.subject, data, why=why)
    journal.tell(entry, order.recipient, unless=unless)
    return entry


def book(kind: PaymentKind, order: Head, amount_minor: int, entry: Entry, *, key: str, at: datetime) -> None:
    """Write an amount that moved into the ledger, once the event that explains it is written; and of a refund, in which
    ways it is to be paid out."""
    payment = Payment.objects.create(
        key=key, kind=kind, order_id=order.id, amount_minor=amount_minor, currency=order.currency, at=at,
        event_id=entry.id,
    )  # fmt: skip
    if kind == PaymentKind.REFUNDED:
        payouts.begin(payment, order)
