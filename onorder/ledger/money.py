"""Customers' money: the sums that stand with the order, and the payments that explain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from onorder.ledger.journal import Entry, Journal
from onorder.ledger.lines import Line
from onorder.models import Order, Payment
from onorder.rules import refunds
from onorder.rules.lifecycle import PaymentKind
from onorder.rules.refunds import Ledger, Sale, Sold


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


def lock(order: int) -> Purse:
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


def give_back(order: int, amount_minor: int) -> bool:
    """Count so much more as given back, unless it is more than is held. One statement."""
    enough = Order.objects.filter(pk=order, captured_minor__gte=F("refunded_minor") + amount_minor)
    return bool(enough.update(refunded_minor=F("refunded_minor") + amount_minor))


def note(kind: PaymentKind, order: int, currency: str, amount_minor: int, journal: Journal, *, why: str = "") -> Entry:
    """The event of a payment of an order."""
    return journal.record(kind, f"order:{order}", {"amount_minor": amount_minor, "currency": currency}, why=why)


def book(kind: PaymentKind, order: int, entry: Entry, journal: Journal, *, key: str) -> None:
    """Write the payment of an event that was written. One statement."""
    Payment.objects.create(
        key=key,
        kind=kind,
        order_id=order,
        amount_minor=entry.data["amount_minor"],
        currency=entry.data["currency"],
        at=journal.at,
        event_id=entry.id,
    )
