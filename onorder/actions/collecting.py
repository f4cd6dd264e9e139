"""Money that is still to come for what is here: asked for, reminded of, and at last the units go to somebody else.

For orders that are paid before they leave; what is asked for is `onorder.ledger.owing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import transaction

from onorder.errors import OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import money, orders, owing
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.orders import Head
from onorder.ledger.owing import Owing
from onorder.models import Event, Order
from onorder.queue import setup as settings
from onorder.queue.cancelling import give_up
from onorder.rules.deposits import Part, asked_minor
from onorder.rules.money import share_minor
from onorder.rules.second_thoughts import Cancelling


class NothingToCollect(OnOrderError):
    code = "nothing_to_collect"
    sentence = "Nothing is to be paid for order {number} now."
    remedy = "It is paid, or over, or its money is not for us to see to."


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Units that were cancelled because nobody paid for them, and what went back of what was paid."""

    units: int
    refunded_minor: int = 0


@transaction.atomic(durable=True)
def ask(number: str, *, by: str, now: datetime) -> int:
    """Ask a customer for what is to be paid before the next parcel leaves. Done again it says nothing twice.

    Returns:
        What is to be paid, in minor units.

    Raises:
        NotFound: an unknown order.
        NothingToCollect: nothing is to be paid.
    """
    order, _levels = _locked(number)
    owed = _owed(order)
    if owed.asked_on is None:
        setup = settings.current()
        today = setup.today(now)
        Order.objects.filter(pk=order.id).update(asked_on=today, reminded_on=None)
        _tell("balance_due", order, owed, setup.patience.last_day(today), by, now)
    return owed.due_minor


@transaction.atomic(durable=True)
def ask_no_more(number: str, *, by: str, now: datetime) -> bool:
    """Ask for nothing any more, because what was asked for was sent back, swapped or cancelled.

    Returns:
        Whether something was asked for, and nothing is owed.

    Raises:
        NotFound: an unknown order.
    """
    order, _levels = _locked(number)
    if not owing.no_longer_asked(order.id):
        return False
    journal = Journal(by=by, at=now)
    journal.record("nothing_due", order.subject)
    journal.write()
    return True


@transaction.atomic(durable=True)
def remind(number: str, *, by: str, now: datetime) -> int:
    """Remind a customer once of what was asked for and is not paid.

    Returns:
        What is to be paid, in minor units.

    Raises:
        NotFound: an unknown order.
        NothingToCollect: nothing is to be paid, or nobody was asked for it.
    """
    order, _levels = _locked(number)
    owed = _owed(order)
    if owed.asked_on is None:
        raise NothingToCollect(number=number)
    if owed.reminded_on is None:
        setup = settings.current()
        today = setup.today(now)
        Order.objects.filter(pk=order.id).update(reminded_on=today)
        _tell("payment_reminded", order, owed, setup.patience.last_day(owed.asked_on, today), by, now)
    return owed.due_minor


@transaction.atomic(durable=True)
def give_up_on(number: str, *, by: str, now: datetime) -> GivenUp:
    """Cancel what nobody has paid for although it was asked for: its units go to the next in the queue.

    What was paid pays for the oldest lines; the newest go, no more of them than it takes for the rest to be paid for.
    What is over then goes back, less the fee that the terms name for a cancellation once it is bought.

    Raises:
        NotFound: an unknown order.
        NothingToCollect: nothing is to be paid, or nobody was asked for it.
    """
    order, levels = _locked(number)
    owed = _owed(order)
    if owed.asked_on is None:
        raise NothingToCollect(number=number)
    lines = [line for line in order_lines.of_orders([order.id]) if line.variant in levels]
    held = money.account(order.id)
    going = list(_going(lines, owed, held))
    fee = _fee(order, going, held)
    journal = Journal(by=by, at=now)
    entry = journal.record("unpaid", order.subject, {"lines": []})
    journal.tell(entry, order.recipient)
    settlement = money.settle(order, held, {line.id: units for line, units in going}, entry, journal, fee_minor=fee)
    units = give_up(going, levels, entry, journal, why=f"unpaid:{number}")
    journal.write()
    settlement.book(now)
    return GivenUp(units, settlement.refund.minor)


def _locked(number: str) -> tuple[Head, dict[int, Level]]:
    order = orders.find(number)
    levels = lock_levels(orders.variants(order.id).values(), location=order.location)
    money.lock(order)
    return order, levels


def _owed(order: Head) -> Owing:
    """What is to be paid of an order; there is something."""
    owed = owing.of_orders([order.id]).get(order.id)
    if owed is None or not owed.due_minor:
        raise NothingToCollect(number=order.number)
    return owed


def _tell(kind: str, order: Head, owed: Owing, pay_by: date, by: str, now: datetime) -> None:
    journal = Journal(by=by, at=now)
    data: dict[str, Any] = {
        "amount_minor": owed.due_minor,
        "open_minor": max(owed.total_minor - owed.paid_minor, 0),
        "currency": owed.currency,
        "pay_by": pay_by.isoformat(),
        "lines": [[line.id, line.allocated] for line in order_lines.of_orders([order.id]) if line.allocated],
    }
    journal.tell(journal.record(kind, order.subject, data), order.recipient)
    journal.write()


def _going(lines: Iterable[Line], owed: Owing, held: money.Account) -> Iterable[tuple[Line, int]]:
    """The newest lines with something asked of them, until the rest is paid for, with all that has not left of each."""
    asked, paid = owed.asked_minor, owed.paid_minor
    gone: dict[int, int] = {}
    for line in sorted(lines, key=attrgetter("place"), reverse=True):
        units, of_line = line.waiting + line.allocated, _asked(line)
        if not of_line or asked <= paid:
            continue
        before = held.owed(gone).minor
        gone[line.id] = units
        asked -= of_line
        paid -= held.owed(gone).minor - before
        yield line, units


def _asked(line: Line) -> int:
    """What is asked for what has not left of a line."""
    return asked_minor([Part(line.unit_price_minor, line.allocated, line.waiting, line.deposit_basis_points)])


def _fee(order: Head, going: Iterable[tuple[Line, int]], held: money.Account) -> int:
    """What the accepted terms keep when a line is cancelled once it is bought."""
    accepted = Event.objects.filter(subject=order.subject, kind="accepted").values_list("data", flat=True).first()
    terms = {line["sku"]: line["terms"] for line in accepted["lines"]} if accepted else {}
    skus = {key: sku for sku, key in orders.variants(order.id).items()}
    fee = 0
    for line, units in going:
        own = terms.get(skus[line.variant], {})
        if own.get("cancelling") == Cancelling.FEE_AFTER and line.allocated:
            fee += share_minor(held.value(line.id, units), int(own.get("fee_basis_points") or 0))
    return fee
