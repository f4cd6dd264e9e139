"""Goods arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import purchase_orders, rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.ledger.purchase_orders import Head, advance
from onorder.models import PurchaseOrderLine, Receipt, ReceiptLine
from onorder.queue import setup as settings
from onorder.rules.lifecycle import RECEIVABLE

MOST_UNITS = 1_000_000


class NotOnPurchaseOrder(OnOrderError):
    code = "not_on_purchase_order"
    sentence = "{number} has no line for {skus}."
    remedy = "Receive it without a purchase order, or take it off the count."


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of one SKU: `accepted` good units, and `rejected` ones with the reason why."""

    sku: str
    accepted: int
    rejected: int = 0
    why_rejected: str = ""

    def __post_init__(self) -> None:
        if min(self.accepted, self.rejected) < 0 or not 0 < self.accepted + self.rejected <= MOST_UNITS:
            raise BadInput(
                what="Count of {sku}",
                problem="{accepted} accepted and {rejected} rejected is not a count",
                remedy="Count between 1 and {most:,} units.",
                sku=self.sku,
                accepted=self.accepted,
                rejected=self.rejected,
                most=MOST_UNITS,
            )
        if self.rejected and not self.why_rejected.strip():
            raise BadInput(
                what="Count of {sku}",
                problem="has rejected units without a reason",
                remedy="Say what is wrong.",
                sku=self.sku,
            )


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt. `is_new` is False if its key was known: then nothing was changed."""

    receipt: int
    is_new: bool
    accepted: int
    rejected: int


@transaction.atomic(durable=True)
def receive(number: str, counted: Sequence[Count], *, key: str, by: str, now: datetime) -> Received:
    """Book what arrived on a purchase order, and hand it to the oldest waiting lines.

    Fewer than ordered leaves the rest outstanding; more is the shop's; rejected units stay outstanding. Safe to
    repeat: the same `key` returns the first receipt and changes nothing.

    Raises:
        NotFound: no purchase order has this number.
        NotOnPurchaseOrder: a counted SKU is on none of its lines.
        WrongState: it was not sent, or is over.
    """
    order = purchase_orders.find(number)
    if not counted:
        raise BadInput(what="Receipt on {number}", problem="counts nothing", remedy="Count something.", number=number)
    on_order = purchase_orders.variants(order.id)
    if strangers := sorted({count.sku for count in counted} - on_order.keys()):
        raise NotOnPurchaseOrder(number=number, skus=", ".join(strangers))
    return _receive(order, counted, on_order, order.location, key=key, by=by, now=now)


@transaction.atomic(durable=True)
def receive_blind(
    counted: Sequence[Count], *, location: str | None = None, key: str, by: str, now: datetime
) -> Received:
    """Book goods that arrived without a purchase order, and hand them to the oldest waiting lines.

    Safe to repeat: the same `key` returns the first receipt and changes nothing.

    Raises:
        NotFound: an unknown SKU or location.
    """
    at = settings.current().location_of(location)
    if not counted:
        raise BadInput(what="Receipt", problem="counts nothing", remedy="Count something.")
    skus = {count.sku for count in counted}
    condition, parameter = rows.among("sku", skus)
    variants = dict(rows.select(f"SELECT sku, id FROM onorder_variant WHERE {condition}", (parameter,)))
    if strangers := sorted(skus - variants.keys()):
        raise NotFound(what="SKU", name=", ".join(strangers))
    return _receive(None, counted, variants, at, key=key, by=by, now=now)


def _receive(
    order: Head | None,
    counted: Sequence[Count],
    variants: Mapping[str, int],
    location: int,
    *,
    key: str,
    by: str,
    now: datetime,
) -> Received:
    accepted: dict[int, int] = {}
    for count in counted:
        accepted[variants[count.sku]] = accepted.get(variants[count.sku], 0) + count.accepted
    levels = lock_levels(accepted, location=location)
    if earlier := rows.select("SELECT id FROM onorder_receipt WHERE key = %s", (key,)):
        return Received(earlier[0][0], False, 0, 0)  # Read after the lock: of two at once, one sees the other.
    booked = _book_lines(order, accepted) if order else {}
    (receipt,) = rows.reserve({Receipt: 1})[Receipt]
    rows.insert(Receipt, ("id", "key", "purchase_order", "location", "at", "by"), [
        (receipt, key, order.id if order else None, location, now, by)
    ])  # fmt: skip
    rows.insert(
        ReceiptLine,
        ("receipt", "variant", "line", "accepted", "rejected", "why_rejected"),
        [
            (
                receipt,
                variants[c.sku],
                booked.get(variants[c.sku], (None, 0))[0],
                c.accepted,
                c.rejected,
                c.why_rejected,
            )
            for c in counted
        ],
    )
    journal = Journal(by=by, at=now)
    rejected = sum(count.rejected for count in counted)
    entry = journal.record(
        "received",
        f"receipt:{receipt}",
        {"purchase_order": order.number if order else None, "accepted": sum(accepted.values()), "rejected": rejected},
    )
    short_or_over = []
    for variant, units in accepted.items():
        if not units:
            continue
        level = levels[variant]
        expected = booked.get(variant, (None, 0))[1]
        level.incoming -= expected
        journal.receive(entry, level, units)
        if units != expected:
            short_or_over.append(level)
    queue.allocate(levels.values(), journal, why=f"receipt:{receipt}")
    queue.refresh(short_or_over, journal)
    journal.write()
    if order:
        _advance(order, now)
    return Received(receipt, True, sum(accepted.values()), rejected)


def _book_lines(order: Head, accepted: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Take the accepted units off what is outstanding, the line that is expected first. What is beyond is `over`.

    Returns:
        By variant: its first line, and the units that were expected on this order.
    """
    # Of two receipts with different things on them, the second must see what the first has left.
    locked = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    ((state,),) = rows.select(f"SELECT state FROM onorder_purchaseorder WHERE id = %s{locked}", (order.id,))
    if state not in RECEIVABLE:
        raise replace(order, state=state).refuse("received")
    condition, parameter = rows.among("variant_id", accepted)
    lines = rows.select(
        'SELECT id, variant_id, outstanding, received, "over" FROM onorder_purchaseorderline'
        f" WHERE purchase_order_id = %s AND {condition} ORDER BY id",
        (order.id, parameter),
    )
    by_variant: dict[int, list[list[int]]] = {}
    for key, variant, outstanding, received, over in lines:
        by_variant.setdefault(variant, []).append([key, outstanding, received, over])
    changed = []
    booked = {}
    for variant, units in accepted.items():
        left, expected = units, 0
        for line in by_variant[variant]:
            taken = min(left, line[1])
            line[1] -= taken
            line[2] += taken
            left -= taken
            expected += taken
        by_variant[variant][-1][3] += left
        booked[variant] = (by_variant[variant][0][0], expected)
        changed += [(outstanding, received, over, key) for key, outstanding, received, over in by_variant[variant]]
    rows.update(PurchaseOrderLine, ("outstanding", "received", "over"), changed)
    return booked


def _advance(order: Head, now: datetime) -> None:
    if purchase_orders.has_open_lines(order.id):
        advance(order.id, "received in part")
    else:
        advance(order.id, "closed", closed_at=now)
