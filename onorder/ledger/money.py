"""Money of customers' orders: what is owed for units that go or come back, and the one step by which it goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import F

from onorder.errors import OnOrderError
from onorder.ledger import owing, payouts, rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.orders import Head
from onorder.models import Order, Payment
from onorder.rules import refunds
from onorder.rules.lifecycle import PREPAID, PaymentKind
from onorder.rules.refunds import Refund, Sale, Sold

#: The mail that says what is cancelled says what goes back, too.
SAID_ALREADY: Final = "told together with the cancellation"


class NotHeld(OnOrderError):
    code = "not_held"
    sentence = "Order {number} holds {held} {currency} (in minor units), so {amount} cannot be refunded."
    remedy = "Refund at most what is held."


@dataclass(frozen=True, slots=True)
class Account:
    """The money of an order, in minor units, and what it was sold as.

    A line that replaces another is worth what that one was: its units stand for the same money.

    Args:
        sold: the lines that were paid for, in the order of `sale`; `gone`: their units that went or came back before.
        original: by line that replaces another, that one.
        is_ours: whether its money is for us to see to, so that whatever went back was settled when it did.
        is_prepaid: whether it is paid before it leaves, as it is asked for.
    """

    captured_minor: int
    refunded_minor: int
    kept_minor: int
    is_ours: bool
    is_prepaid: bool
    sale: Sale
    sold: tuple[int, ...]
    gone: tuple[int, ...]
    original: Mapping[int, int]

    @property
    def held_minor(self) -> int:
        """What was paid and neither given back nor kept as a fee."""
        return max(self.captured_minor - self.refunded_minor - self.kept_minor, 0)

    def owed(self, going: Mapping[int, int], *, fee_minor: int = 0, come_back: bool = False) -> Refund:
        """What goes back for so many units of these lines (by key). No statement.

        Args:
            fee_minor: what the terms keep of it.
            come_back: they were shipped.
        """
        now = dict.fromkeys(self.sold, 0)
        for line, units in going.items():
            now[self._first(line)] += units
        return refunds.owed(
            self.sale,
            self.captured_minor,
            self.refunded_minor,
            gone=self.gone,
            going=[now[line] for line in self.sold],
            kept_minor=self.kept_minor,
            fee_minor=fee_minor,
            settles_later=not self.is_ours,
            by_asking=self.is_prepaid,
            come_back=come_back,
        )

    def value(self, line: int, units: int) -> int:
        """What so many units of a line cost, the discount taken off. No statement."""
        place = self.sold.index(self._first(line))
        return refunds.worth(refunds.values(self.sale)[place], self.sale.lines[place].units, 0, units)

    def paid_for(self, value_minor: int) -> int:
        """Of what was paid, the share of units of that value; all of it, if no more is to be paid. No statement."""
        whole = sum(refunds.values(self.sale)) + self.sale.shipping_minor
        return value_minor * min(self.captured_minor, whole) // whole if whole else 0

    def _first(self, line: int) -> int:
        """The line that was paid for, behind one that replaces it, or replaces what did."""
        while line in self.original:
            line = self.original[line]
        return line


def account(order: int) -> Account:
    """The money of an order, by its key. Two statements."""
    ((captured, refunded, kept, shipping, discount, pays_by),) = rows.select(_MONEY, (order,))
    found = rows.select(_LINES, (order,))
    original = {row[0]: row[-1] for row in found if row[-1]}
    sold = {row[0]: row for row in found if not row[-1]}
    gone = dict.fromkeys(sold, 0)
    for line, ordered, over, *_, of in found:
        first = line
        while first in original:
            first = original[first]
        gone[first] += over - (ordered if of else 0)
    lines = tuple(
        Sold(price, ordered, share, waiting) if pays_by in PREPAID else Sold(price, ordered)
        for _, ordered, _, price, share, waiting, _ in sold.values()
    )
    worth = sum(one.unit_minor * one.units for one in lines)
    sale = Sale(lines, min(discount, worth), shipping)
    counted = tuple(max(units, 0) for units in gone.values())
    return Account(captured, refunded, kept, bool(pays_by), pays_by in PREPAID, sale, tuple(sold), counted, original)


_MONEY = (
    "SELECT captured_minor, refunded_minor, kept_minor, shipping_minor, discount_minor, pays_by FROM onorder_order"
    " WHERE id = %s"
)
_LINES = (
    "SELECT line.id, line.ordered, line.cancelled + line.returned, line.unit_price_minor, line.deposit_basis_points,"
    " line.waiting, back.line_id FROM onorder_orderline AS line"
    " LEFT JOIN onorder_return AS back ON back.replacement_id = line.id WHERE line.order_id = %s ORDER BY line.id"
)


def lock(order: Head) -> None:
    """Make everybody else who moves money of this order wait until this transaction ends. After the levels. One
    statement."""
    Order.objects.filter(pk=order.id).update(captured_minor=F("captured_minor"))


@dataclass(slots=True)
class Settlement:
    """What goes back and what is kept for units that go, to be booked once the events that explain it are written."""

    order: Head
    cause: Entry
    refund: Refund
    _moved: list[tuple[PaymentKind, int, Entry]] = field(default_factory=list)

    def book(self, at: datetime) -> None:
        """Write the amounts into the ledger. In a trial, which writes no events, nothing is."""
        for kind, amount, entry in self._moved:
            if entry.id:
                book(kind, self.order, amount, entry, key=f"{kind}:{self.cause.id}", at=at)
        owing.no_longer_asked(self.order.id)


def settle(
    order: Head, held: Account, going: Mapping[int, int], cause: Entry, journal: Journal, *, fee_minor: int = 0
) -> Settlement:
    """Give back what is owed for units that are about to go, less a fee. `cause` says how much; its customer reads it
    there. At most two statements; the order's money is locked."""
    refund = held.owed(going, fee_minor=fee_minor)
    settlement = Settlement(order, cause, refund)
    cause.data |= {"refunded_minor": refund.minor}
    if refund.minor:
        paid = give_back(order, refund.minor, journal, unless=SAID_ALREADY)
        settlement._moved.append((PaymentKind.REFUNDED, refund.minor, paid))
    if refund.fee_minor:
        cause.data |= {"kept_minor": refund.fee_minor}
        Order.objects.filter(pk=order.id).update(kept_minor=F("kept_minor") + refund.fee_minor)
        data = {"amount_minor": refund.fee_minor, "currency": order.currency}
        settlement._moved.append(
            (PaymentKind.FEE, refund.fee_minor, journal.record(PaymentKind.FEE, order.subject, data))
        )
    return settlement


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


def book(
    kind: PaymentKind,
    order: Head,
    amount_minor: int,
    entry: Entry,
    *,
    key: str,
    at: datetime,
    back_on: Payment | None = None,
) -> None:
    """Write an amount that moved into the ledger, once the event that explains it is written; and of a refund, in which
    ways it is to be paid out.

    Args:
        back_on: the payment by card on which a refund has gone back already; None if it is still to go.
    """
    payment = Payment.objects.create(
        key=key, kind=kind, order_id=order.id, amount_minor=amount_minor, currency=order.currency, at=at,
        event_id=entry.id,
    )  # fmt: skip
    if back_on:
        payouts.gone(payment, back_on)
    elif kind == PaymentKind.REFUNDED:
        payouts.begin(payment, order)
