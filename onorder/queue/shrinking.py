"""Purchase orders that have not left yet shrink when their customers cancel, and are rounded again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level
from onorder.ledger.purchase_orders import advance
from onorder.models import PurchaseOrder, PurchaseOrderLine
from onorder.queue.buffers import price_breaks
from onorder.rules.buffering import OfferTerms, shrunk
from onorder.rules.lifecycle import PurchaseOrderState


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a purchase order that has not left, and the terms on which its supplier sells it."""

    key: int
    order: int
    sku: str
    outstanding: int
    cancelled: int
    offer: OfferTerms


def surplus(levels: Collection[Level]) -> dict[int, int]:
    """Of each of these levels (by variant), units on order that nobody waits for."""
    return {level.variant: max(level.incoming - level.waiting, 0) for level in levels}


def shrink(levels: Mapping[int, Level], before: Mapping[int, int], journal: Journal, *, why: str) -> None:
    """Buy no more for whoever has given up than the supplier's minimum and multiple ask for.

    Only on what has not left: a purchase order that was sent is amended by a person, or its units go to the next
    customer. What somebody bought for stock on purpose stays. One on which nothing is left is taken back.

    Args:
        levels: by variant, locked, all at one location.
        before: their `surplus` before anything was given up.

    One statement where nothing is bought too much; else at most four, and three for each purchase order.
    """
    grown = {variant for variant, units in surplus(levels.values()).items() if units > before[variant]}
    lines = _unsent(grown, next(iter(levels.values())).location) if grown else {}
    changed, changes = [], dict[int, list[dict[str, Any]]]()
    for variant, line in lines.items():
        level = levels[variant]
        now = max(level.incoming - level.waiting, 0)
        bought = shrunk(variant, line.outstanding, before[variant], now, line.offer)
        less = line.outstanding - bought.quantity
        if not less:
            continue
        level.incoming -= less
        journal.touch(level)
        cost = bought.unit_cost_minor
        changed.append((bought.quantity, line.cancelled + less, bought.needed, cost, line.key))
        changes.setdefault(line.order, []).append({"sku": line.sku, "from": line.outstanding, "to": bought.quantity})
    if changed:
        rows.update(PurchaseOrderLine, ("outstanding", "cancelled", "needed", "unit_cost_minor"), changed)
    for order, of in changes.items():
        _settle(order, of, journal, why)


def _unsent(variants: Collection[int], location: int) -> dict[int, _Line]:
    """The newest line of each of these variants on a purchase order that has not left."""
    condition, parameter = rows.among("line.variant_id", variants)
    found = rows.select(_UNSENT.format(condition), (parameter, location))
    breaks = price_breaks([row[-4] for row in found])
    return {
        variant: _Line(key, order, sku, outstanding, cancelled, OfferTerms(minimum, multiple, cost, breaks.get(of, ())))
        for variant, key, order, sku, outstanding, cancelled, of, minimum, multiple, cost in found
    }


_UNSENT = (
    "SELECT line.variant_id, line.id, line.purchase_order_id, variant.sku, line.outstanding, line.cancelled,"
    " offer.id, offer.minimum_quantity, offer.order_multiple, offer.unit_cost_minor"
    " FROM onorder_purchaseorderline AS line JOIN onorder_purchaseorder AS po ON po.id = line.purchase_order_id"
    f" AND po.state IN ('{PurchaseOrderState.DRAFT}', '{PurchaseOrderState.QUEUED}')"
    " JOIN onorder_variant AS variant ON variant.id = line.variant_id"
    " JOIN onorder_offer AS offer ON offer.variant_id = line.variant_id AND offer.supplier_id = po.supplier_id"
    " AND offer.is_active WHERE line.outstanding > 0 AND {} AND po.location_id = %s ORDER BY line.id"
)


def _settle(order: int, changes: list[dict[str, Any]], journal: Journal, why: str) -> None:
    """Sum a purchase order up again, or take it back if nothing is left on it."""
    subject = f"purchase_order:{order}"
    ((total, left),) = rows.select(_SUMS, (order,))
    rows.change(PurchaseOrder, {"total_minor": int(total)}, where="id = %s", parameters=(order,))
    journal.record("amendment", subject, {"number": 0, "changes": changes}, why=why)
    if not left:
        advance(order, "taken back", closed_at=journal.at)
        journal.record("cancellation", subject, {"units": 0}, why=why)


_SUMS = (
    "SELECT coalesce(sum((ordered - cancelled) * unit_cost_minor), 0), coalesce(sum(outstanding), 0)"
    " FROM onorder_purchaseorderline WHERE purchase_order_id = %s"
)
