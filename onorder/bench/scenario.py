"""The shop that the mixed baskets are ordered from, and the orders."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from onorder.actions import catalog, shop, stock, suppliers
from onorder.actions.orders import NewCustomer, NewLine, NewOrder

T = TypeVar("T")

SEED = 42
BY = "bench"
AT_ONCE = 1_000
LINES = 3
STOCKED_LINES = 2

#: Monday: the shop opens and the orders come. Friday: the buffers are bought. Then the goods arrive, and leave.
ORDERED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOUGHT_AT = datetime(2026, 3, 6, 17, tzinfo=UTC)
ARRIVED_AT = datetime(2026, 3, 18, 10, tzinfo=UTC)
SHIPPED_AT = datetime(2026, 3, 19, 12, tzinfo=UTC)

_AMPLY = 5_000_000  # Units: more than any run orders.


@dataclass(frozen=True, slots=True)
class Scenario:
    """`orders` orders of three lines, one unit each: two SKUs that are here, one that never is.

    Every third SKU is never in stock. Suppliers have equally many SKUs each, and every customer orders once.
    """

    orders: int
    skus: int = 1_000
    suppliers: int = 50

    @property
    def stocked(self) -> list[str]:
        return [_sku(place) for place in range(self.skus) if place % 3]

    @property
    def unstocked(self) -> list[str]:
        return [_sku(place) for place in range(self.skus) if place % 3 == 0]

    def supplier(self, sku: str) -> str:
        """The code of the one supplier of a SKU."""
        return _supplier(int(sku.removeprefix("SKU-")) * self.suppliers // self.skus)

    def baskets(self) -> list[NewOrder]:
        """The orders, always the same ones; those of a smaller run are the first of a larger."""
        chance = random.Random(SEED)
        stocked, unstocked = self.stocked, self.unstocked
        return [
            _order(place, [*chance.sample(stocked, STOCKED_LINES), chance.choice(unstocked)])
            for place in range(1, self.orders + 1)
        ]

    def open(self) -> None:
        """Open the shop in an empty database, with everything that it sells."""
        now = ORDERED_AT
        shop.open_shop(shop.NewShop("Bench", "GBP", "Europe/London"), by=BY, now=now)
        skus = [_sku(place) for place in range(self.skus)]
        catalog.put_variants(
            [catalog.NewVariant(sku, sku.lower(), f"Product {sku}", 500, "GBP") for sku in skus], by=BY, now=now
        )
        fridays = suppliers.Policy(order_weekdays="4", maximum_wait_days=14)
        suppliers.put_suppliers([_new_supplier(place, fridays) for place in range(self.suppliers)], by=BY, now=now)
        suppliers.put_offers([suppliers.NewOffer(self.supplier(sku), sku, 300) for sku in skus], by=BY, now=now)
        here = set(self.stocked)  # The others are counted too, as none: a stock file names every SKU.
        stock.count_many([stock.Counted(sku, _AMPLY if sku in here else 0) for sku in skus], by=BY, now=now)


def batches(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """The items in their order, so many at once.

    >>> [list(batch) for batch in batches("abcde", 2)]
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


def order_of(number: str, customer: str, *skus: str) -> NewOrder:
    """An order of one unit of each SKU."""
    return NewOrder(number, NewCustomer(customer, f"{customer}@mail.example"), [NewLine(sku, 1) for sku in skus])


def _order(place: int, skus: Sequence[str]) -> NewOrder:
    return order_of(f"SO-{place:07}", f"customer-{place}", *skus)


def _sku(place: int) -> str:
    return f"SKU-{place:05}"


def _supplier(place: int) -> str:
    return f"MAKER-{place:03}"


def _new_supplier(place: int, policy: suppliers.Policy) -> suppliers.NewSupplier:
    code = _supplier(place)
    return suppliers.NewSupplier(
        code, f"Maker {place}", "GBP", policy, email=f"{code.lower()}@maker.example", lead_time_days=8
    )
