"""The made-up part of the demonstration: suppliers, what they offer, and what is in stock at the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import time
from hashlib import sha256
from random import Random

from onorder.actions.catalog import NewVariant
from onorder.actions.stock import Counted
from onorder.actions.suppliers import NewOffer, NewSupplier, Policy
from onorder.demo.source import CURRENCY, Source
from onorder.rules.lifecycle import BelowMinimum

_PLACES = (
    *("Harrow Hill", "Mossbank", "Tannery Lane", "Brightwater", "Ashdown", "Lowther", "Kingsmead", "Fallow End"),
    *("Old Quay", "Wren Street", "Saltmarsh", "Copper Yard"),
)
_TRADES = ("Pottery", "Glass", "Lighting", "Textiles", "Paper Goods")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the shop sells, from whom, and what it has. `usual_days`: how long each supplier takes in truth, in
    working days, at the median; what it states is something else."""

    variants: list[NewVariant]
    suppliers: list[NewSupplier]
    offers: list[NewOffer]
    stock: list[Counted]
    usual_days: dict[str, float]


def made_up(source: Source, seed: int) -> Catalogue:
    """Sixty suppliers for the SKUs of a source; two thirds of the SKUs stocked at first, the rest never.

    The same source and seed give the same catalogue. A SKU's supplier follows from its name alone.
    """
    random = Random(seed)
    sold: Counter[str] = Counter()
    prices: dict[str, int] = {}
    for order in source.orders:
        for line in order.lines:
            sold[line.sku] += line.quantity
            prices[line.sku] = max(prices.get(line.sku, 0), line.unit_price_minor)
    skus = sorted(sold)
    days = max((source.orders[-1].placed_at - source.orders[0].placed_at).days, 1)
    codes = [f"S{number:02}" for number in range(1, len(_PLACES) * len(_TRADES) + 1)]
    names = [f"{place} {trade}" for trade in _TRADES for place in _PLACES]
    by_supplier = {sku: codes[_hash(sku) % len(codes)] for sku in skus}
    daily: Counter[str] = Counter()
    for sku in skus:
        daily[by_supplier[sku]] += sold[sku]
    suppliers, usual = [], {}
    for place, (code, name) in enumerate(zip(codes, names, strict=True)):
        stated = random.choice((2, 3, 4, 5, 7))
        usual[code] = stated * random.uniform(0.8, 1.4)
        suppliers.append(_supplier(code, name, stated, daily[code] / days, place))
    stocked = [sku for sku in skus if _hash("stock" + sku) % 3]
    return Catalogue(
        variants=[NewVariant(sku, sku, source.names[sku].title(), prices[sku], CURRENCY) for sku in skus],
        suppliers=suppliers,
        offers=[_offer(sku, by_supplier[sku], prices[sku], sold[sku] / days) for sku in skus],
        stock=[Counted(sku, -(-sold[sku] // 2)) for sku in stocked],
        usual_days=usual,
    )


def _supplier(code: str, name: str, stated: int, units_a_day: float, place: int) -> NewSupplier:
    weekdays = ("1", "3", "0", "4", "24")[place % 5]
    policy = Policy(
        minimum_units=round(units_a_day * 4),
        settle_minutes=30,
        order_weekdays=weekdays,
        cutoff=time(17),
        time_zone="Europe/London",
        maximum_wait_days=10,
        below_minimum=list(BelowMinimum)[place % 4] if place % 4 != 3 else BelowMinimum.ORDER_ANYWAY,
    )
    email = f"orders@{code.lower()}.example"
    return NewSupplier(code, name, CURRENCY, policy, email=email, lead_time_days=stated)


def _offer(sku: str, supplier: str, price: int, units_a_day: float) -> NewOffer:
    cost = price * (45 + _hash("cost" + sku) % 20) // 100
    multiple = (1, 1, 6, 12)[_hash("pack" + sku) % 4] if units_a_day > 2 else 1
    more = 10 * max(round(units_a_day), 2)
    breaks = ((more, cost * 95 // 100), (4 * more, cost * 90 // 100)) if _hash("break" + sku) % 3 == 0 else ()
    return NewOffer(
        supplier,
        sku,
        cost,
        supplier_sku=f"{supplier}-{sku}",
        minimum_quantity=multiple,
        order_multiple=multiple,
        breaks=breaks,
    )


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:6])
