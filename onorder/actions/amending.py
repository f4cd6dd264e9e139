"""What is still to come on a purchase order changes: it is amended, taken back, closed short or called off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Sum

from onorder import queue
from onorder.errors import BadInput, NotFound
from onorder.ledger import purchase_orders, rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.purchase_orders import Head, advance, find
from onorder.models import Amendment, PurchaseOrder, PurchaseOrderLine
from onorder.queue import delays
from onorder.queue import setup as settings
from onorder.rules.lifecycle import OPEN

MOST_UNITS: Final = 1_000_000


@transaction.atomic(durable=True)
def amend(number: str, quantities: Mapping[str, int], *, why: str, by: str, now: datetime) -> int:
    """Change how many units of some SKUs are still to come; a sent order gets a numbered amendment.

    Args:
        quantities: by SKU, units still to come after the change, 0 or more. What is no longer bought falls back into
            the buffer, with its customers' places untouched.

    Returns:
        The amendment's number; 0 if the order had not been sent yet.

    Raises:
        NotFound: no purchase order has this number, or none of its lines this SKU.
        WrongState: it is closed, rejected or cancelled.
        BadInput: a quantity is negative or beyond what is usual.
    """
    order = find(number)
    variants = purchase_orders.variants(order.id)
    if strangers := sorted(quantities.keys() - variants.keys()):
        raise NotFound(what="line on {number} for", name=", ".join(strangers), number=number)
    levels = lock_levels(variants.values(), location=order.location)
    order = find(number)
    _must_be_open(order, "amended")
    changes = _change_lines(order, quantities, levels)
    version = order.version + 1 if order.sent_at else 0
    PurchaseOrder.objects.filter(pk=order.id).update(version=version, total_minor=_total(order))
    journal = Journal(by=by, at=now)
    entry = journal.record("amendment", f"purchase_order:{order.id}", {"number": version, "changes": changes}, why=why)
    if order.sent_at:
        Amendment.objects.create(purchase_order_id=order.id, number=version, at=now, why=why, changes=changes)
        journal.tell_supplier(entry, order.supplier, email=order.email)
    _after_supply_changed(levels, journal, now, why=f"{number} was amended")
    return version


@transaction.atomic(durable=True)
def take_back(number: str, *, by: str, now: datetime) -> int:
    """Undo a purchase order that has not left yet: what it bought stands in the buffer again, and nobody is told.

    Returns:
        Units that are no longer bought.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it has left, or is over.
    """
    return _end(number, "taken back", why="taken back before it left", by=by, now=now)


@transaction.atomic(durable=True)
def close_short(number: str, *, why: str, by: str, now: datetime) -> int:
    """Expect nothing more on this purchase order; what did not come falls back into the buffer.

    Returns:
        Units that are no longer expected.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it was not sent, or is over already.
    """
    return _end(number, "closed", why=why, by=by, now=now)


@transaction.atomic(durable=True)
def cancel(number: str, *, why: str, by: str, now: datetime) -> int:
    """Call a purchase order off. Its customers' orders are untouched: their units fall back into the buffer.

    Returns:
        Units that are no longer expected.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: goods have arrived on it already, or it is over.
    """
    return _end(number, "cancelled", why=why, by=by, now=now)


def _must_be_open(order: Head, step: str) -> None:
    if order.state not in OPEN:
        raise order.refuse(step)


def _change_lines(order: Head, quantities: Mapping[str, int], levels: dict[int, Level]) -> list[dict[str, object]]:
    lines = PurchaseOrderLine.objects.filter(purchase_order=order.id, variant__sku__in=quantities).order_by("-pk")
    first = {
        sku: values
        for sku, *values in lines.values_list("variant__sku", "pk", "variant", "ordered", "outstanding", "cancelled")
    }  # Of several lines of a SKU the one that is expected first.
    changes: list[dict[str, object]] = []
    changed = []
    for sku, (key, variant, ordered, outstanding, cancelled) in first.items():
        wanted = quantities[sku]
        if not 0 <= wanted <= MOST_UNITS:
            raise BadInput(
                what="{sku}",
                problem="{units} is not a quantity",
                remedy="Give 0 to {most:,}.",
                sku=sku,
                units=wanted,
                most=MOST_UNITS,
            )
        difference = wanted - outstanding
        changes.append({"sku": sku, "from": outstanding, "to": wanted})
        changed.append((ordered + max(difference, 0), wanted, cancelled + max(-difference, 0), key))
        levels[variant].incoming += difference
    rows.update(PurchaseOrderLine, ("ordered", "outstanding", "cancelled"), changed)
    return changes


def _total(order: Head) -> int:
    lines = PurchaseOrderLine.objects.filter(purchase_order=order.id)
    total = lines.aggregate(total=Sum((F("ordered") - F("cancelled")) * F("unit_cost_minor"), default=0))["total"]
    return int(total)


def _end(number: str, step: str, *, why: str, by: str, now: datetime) -> int:
    order = find(number)
    levels = lock_levels(purchase_orders.variants(order.id).values(), location=order.location)
    advance(order.id, step, closed_at=now)
    open_lines = PurchaseOrderLine.objects.filter(purchase_order=order.id, outstanding__gt=0)
    units = 0
    for variant, outstanding in open_lines.values_list("variant", "outstanding"):
        levels[variant].incoming -= outstanding
        units += outstanding
    open_lines.update(cancelled=F("cancelled") + F("outstanding"), outstanding=0)
    journal = Journal(by=by, at=now)
    kind = "closed" if step == "closed" else "cancellation"
    entry = journal.record(kind, f"purchase_order:{order.id}", {"units": units}, why=why)
    if kind == "cancellation" and order.sent_at:
        journal.tell_supplier(entry, order.supplier, email=order.email)
    _after_supply_changed(levels, journal, now, why=f"{number} was {step}")
    return units


def _after_supply_changed(levels: dict[int, Level], journal: Journal, now: datetime, *, why: str) -> None:
    """Find the buffers again, and tell customers whose promise can no longer be met."""
    for level in levels.values():
        journal.touch(level)
    queue.refresh(levels.values(), journal)
    delays.announce(levels.values(), journal, setup=settings.current(), now=now, why=why)
    journal.write()
