"""Which orders could not be taken now, and why: for whoever wants to know before placing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onorder.errors import Phrase, joined
from onorder.ledger import rows
from onorder.ledger.levels import look_at_levels
from onorder.models import Order
from onorder.queue import setup as settings
from onorder.queue.intake import NewOrder
from onorder.queue.joining import Joining, NoPlace
from onorder.queue.outlook import Outlook


def unsellable(orders: Sequence[NewOrder], *, now: datetime) -> dict[str, Phrase]:
    """By number, why an order would be refused if these were placed in this order now. Six statements.

    Orders that were taken before are not asked again. Every SKU must be known. An answer of this moment: only placing
    decides.
    """
    if not orders:
        return {}
    setup = settings.current()
    condition, parameter = rows.among("sku", {line.sku for order in orders for line in order.lines})
    found = rows.select(f"SELECT sku, id, product_id, currency FROM onorder_variant WHERE {condition}", (parameter,))
    variants = {sku: (key, product, currency) for sku, key, product, currency in found}
    levels = look_at_levels([key for key, _, _ in variants.values()], location=setup.location)
    products = {key: product for key, product, _ in variants.values()}
    joining = Joining(levels, products, Outlook(setup, list(levels.values()), now=now))
    known = set(Order.objects.filter(key__in=[order.own_key for order in orders]).values_list("key", flat=True))
    problems: dict[str, Phrase] = {}
    for order in (order for order in orders if order.own_key not in known):
        mixed = [
            Phrase(
                "{sku} is priced in {currency}, the order is in {other}",
                sku=line.sku,
                currency=variants[line.sku][2],
                other=order.currency or setup.currency,
            )
            for line in order.lines
            if line.unit_price_minor is None and variants[line.sku][2] != (order.currency or setup.currency)
        ]
        places = joining.find([(variants[line.sku][0], line.quantity) for line in order.lines]) if not mixed else []
        pairs = zip(order.lines, places, strict=False)
        refused = mixed + [
            Phrase("{sku}: {why}", sku=line.sku, why=place.sentence)
            for line, place in pairs
            if isinstance(place, NoPlace)
        ]
        if refused:
            problems[order.number] = joined("; ", refused)
    return problems
