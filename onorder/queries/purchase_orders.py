"""Purchase orders, and what is still to come on them."""

from __future__ import annotations

from onorder.ledger import purchase_orders, rows


def outstanding(number: str) -> list[tuple[str, int]]:
    """SKU and units still to come on a purchase order. Two statements.

    Raises:
        NotFound: no purchase order has this number.
    """
    statement = (
        "SELECT variant.sku, line.outstanding FROM onorder_purchaseorderline AS line"
        " JOIN onorder_variant AS variant ON variant.id = line.variant_id"
        " WHERE line.outstanding > 0 AND line.purchase_order_id = %s ORDER BY variant.sku, line.id"
    )
    found: dict[str, int] = {}
    for sku, units in rows.select(statement, (purchase_orders.find(number).id,)):
        found[sku] = found.get(sku, 0) + units
    return list(found.items())
