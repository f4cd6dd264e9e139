"""Purchase orders, and what is still to come on them."""

from __future__ import annotations

from onorder.errors import NotFound
from onorder.models import PurchaseOrder, PurchaseOrderLine


def outstanding(number: str) -> list[tuple[str, int]]:
    """SKU and units still to come on a purchase order. Two statements.

    Raises:
        NotFound: no purchase order has this number.
    """
    key = PurchaseOrder.objects.filter(number=number).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound(what="purchase order", name=number)
    lines = PurchaseOrderLine.objects.filter(purchase_order=key, outstanding__gt=0).order_by("variant__sku", "pk")
    found: dict[str, int] = {}
    for sku, units in lines.values_list("variant__sku", "outstanding"):
        found[sku] = found.get(sku, 0) + units
    return list(found.items())
