"""Customers want less of it, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter

from django.db import transaction

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import money, orders
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.ledger.lines import Line
from onorder.queue.cancelling import give_up


class NotSoMany(OnOrderError):
    code = "not_so_many"
    sentence = "Order {number} has {open} units of {sku} that can still be cancelled, not {wanted}."
    remedy = "What was shipped comes back as a return."


@transaction.atomic(durable=True)
def cancel(
    number: str,
    quantities: Mapping[str, int] | None = None,
    *,
    fee_minor: int | None = None,
    why: str = "",
    by: str,
    now: datetime,
) -> int:
    """Cancel units of an order, or (no `quantities`) everything of it that has not been shipped.

    The newest units go first: those that wait, then those that are set aside, which go to the next in the queue and
    not back to the same order. Nothing physical comes back. A purchase order that has not left yet shrinks, and is
    rounded again; of one that has, their units go to the next customer.

    Args:
        quantities: units to cancel, by SKU.
        fee_minor: what is kept of what was paid for them, as agreed; the rest goes back at once. None: whoever took the
            money sees to it.

    Returns:
        Units cancelled.

    Raises:
        NotFound: an unknown order, or a SKU that is not on it.
        NotSoMany: fewer units are left to cancel.
    """
    order = orders.find(number)
    variants = orders.variants(order.id)
    if quantities is not None:
        if strangers := sorted(quantities.keys() - variants.keys()):
            raise NotFound(what="line on order {number} for", name=", ".join(strangers), number=number)
        variants = {sku: variants[sku] for sku in quantities}
    levels = lock_levels(variants.values(), location=order.location)
    # What was added since the lock was asked for is not locked, and stays.
    lines = [line for line in order_lines.of_orders([order.id]) if line.variant in levels]
    lines.sort(key=attrgetter("place"), reverse=True)
    going = _units(number, lines, variants, quantities)
    if not going:
        return 0
    journal = Journal(by=by, at=now)
    entry = journal.record("cancelled", order.subject, {"lines": []}, why=why)
    journal.tell(entry, order.recipient)
    settlement = None
    if fee_minor is not None:
        money.lock(order)
        of_lines = {line.id: units for line, units in going}
        settlement = money.settle(order, money.account(order.id), of_lines, entry, journal, fee_minor=fee_minor)
    cancelled = give_up(going, levels, entry, journal, why=f"cancelled:{number}")
    journal.write()
    if settlement:
        settlement.book(now)
    return cancelled


def _units(
    number: str, lines: list[Line], variants: Mapping[str, int], quantities: Mapping[str, int] | None
) -> list[tuple[Line, int]]:
    """How many units each line loses, its newest place first."""
    if quantities is None:
        return [(line, units) for line in lines if (units := line.waiting + line.allocated)]
    going = []
    for sku, wanted in quantities.items():
        if wanted < 1:
            raise BadInput(
                what="{sku}",
                problem="{units} units cannot be cancelled",
                remedy="Give one or more.",
                sku=sku,
                units=wanted,
            )
        left = wanted
        for line in (line for line in lines if line.variant == variants[sku]):
            units = min(left, line.waiting + line.allocated)
            left -= units
            going += [(line, units)] if units else []
        if left:
            raise NotSoMany(number=number, open=wanted - left, sku=sku, wanted=wanted)
    return going
