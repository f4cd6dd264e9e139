"""Who could lend units that an order keeps while it waits for its rest, and loses nothing by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from onorder.errors import Phrase
from onorder.ledger import lines as order_lines
from onorder.ledger import owing
from onorder.ledger.lines import Line
from onorder.models import Loan, Order, OrderLine
from onorder.queue.expecting import expect
from onorder.queue.outlook import EXPECTED, Outlook
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.parcels import Claim, may_lend

#: Lines that are asked whether they could lend, the oldest first.
MOST_ASKED = 50


@dataclass(frozen=True, slots=True)
class Lender:
    """A line that can spare the units: the purchase order line that repays them, and when those could ship.

    `complete_on`: the day on which the whole order of the lender is expected to ship, with or without the loan.
    """

    line: Line
    repaid_from: int
    repaid_on: date
    complete_on: date


@dataclass(frozen=True, slots=True)
class NoLender:
    """Why nobody lends, as the rest of a sentence."""

    why: Phrase


def lender_for(borrower: Line, outlook: Outlook) -> Lender | NoLender:
    """The oldest line that can spare what `borrower` waits for, so that its order could ship.

    Eleven statements at the most. An answer of this moment, unless the level of the borrower is locked.
    """
    if OrderLine.objects.filter(order=borrower.order, waiting__gt=0).exclude(pk=borrower.id).exists():
        return NoLender(Phrase("the order waits for other things as well"))
    if not borrower.waiting:
        return NoLender(Phrase("it does not wait for any"))
    if Order.objects.filter(pk=borrower.order, held_at__isnull=False).exists():
        return NoLender(Phrase("it is held, so it would not leave sooner"))
    owed = owing.of_orders([borrower.order]).get(borrower.order)
    if owed and owed.paid_minor < owed.total_minor:
        return NoLender(Phrase("it is not paid, so it would not leave sooner"))
    # Back in its place the lender is the first to wait: the soonest supply is what repays it.
    repaying = next(iter(outlook.coming(borrower.variant)), None)
    ready = repaying.ready(EXPECTED) if repaying and repaying.units >= borrower.waiting else None
    if repaying is None or ready is None:
        return NoLender(Phrase("nothing that would repay it is on order"))
    asked = _who_keeps(borrower)
    lent = dict(
        Loan.objects.filter(lender__in=[line.id for line in asked]).values_list("lender").annotate(Sum("quantity"))
    )
    complete = _complete_on({line.order for line in asked}, outlook)
    for line in asked:
        on = complete.get(line.order)
        if on and may_lend(Claim(line.id, line.allocated, on, lent.get(line.id, 0)), borrower.waiting, ready.on):
            return Lender(line, repaying.source, ready.on, on)
    return NoLender(Phrase("no order that waits for more could do without it until it is repaid"))


def _who_keeps(borrower: Line) -> list[Line]:
    """Older lines with as many units set aside, of orders that go together and wait for more."""
    keeping = OrderLine.objects.filter(
        variant=borrower.variant,
        location=borrower.location,
        allocated__gte=borrower.waiting,
        order__shipping_policy=ShippingPolicy.TOGETHER,
        order__lines__waiting__gt=0,
        order__held_at__isnull=True,
        queued_at__lte=borrower.queued_at,
    ).exclude(order=borrower.order)
    return order_lines.read(keeping.distinct().order_by("queued_at", "pk")[:MOST_ASKED])


def _complete_on(orders: set[int], outlook: Outlook) -> dict[int, date]:
    """The day on which each of these orders is expected to be complete, as things are; if somebody knows."""
    waiting = order_lines.read(OrderLine.objects.filter(order__in=orders, waiting__gt=0))
    expected = expect(waiting, setup=outlook.setup, now=outlook.now)
    days: dict[int, list[date | None]] = {}
    for line in waiting:
        promise = expected[line.id]
        days.setdefault(line.order, []).append(promise.on if promise else None)
    return {order: max(day for day in of if day) for order, of in days.items() if None not in of}
