"""One SKU that everybody waits for: what an order and a receipt cost then, against the same where few wait."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command
from django.db import connection

from onorder.actions import orders, purchasing, receiving
from onorder.bench.measuring import median, seconds
from onorder.bench.mixed import open_database
from onorder.bench.scenario import ARRIVED_AT, BOUGHT_AT, BY, ORDERED_AT, Scenario, batches, order_of
from onorder.queries import queue

ORDERS = 200
RECEIPTS = 50
UNITS = 10  # In each receipt.
FEW = 100  # Lines that wait for each of the others.


@dataclass(frozen=True, slots=True)
class Hot:
    """Medians in seconds. `order_*`: one new order of one unit; `receipt_*`: ten units arrive on a purchase order."""

    waiting: int
    order_hot: float
    order_quiet: float
    receipt_hot: float
    receipt_quiet: float
    page: float

    @property
    def order_ratio(self) -> float:
        return self.order_hot / self.order_quiet

    @property
    def receipt_ratio(self) -> float:
        return self.receipt_hot / self.receipt_quiet


def hot(*, beside: str, waiting: int) -> dict[str, Any]:
    """Orders and receipts of a SKU with so many lines waiting, in turns with those of SKUs with few."""
    call_command("migrate", verbosity=0)
    scenario = Scenario(orders=0, skus=3 * (RECEIPTS + 2), suppliers=1)
    scenario.open()
    busy, quiet, *others = scenario.unstocked
    wanted = [busy] * waiting + [other for other in others[:RECEIPTS] for _ in range(FEW)]
    _place_all(wanted)
    _settle()
    order_hot, order_quiet = in_turns(_orders(busy, "H"), _orders(quiet, "Q"))
    number = purchasing.raise_order(scenario.supplier(busy), by=BY, now=BOUGHT_AT).number or ""
    purchasing.send(number, by=BY, now=BOUGHT_AT)
    _settle()  # Sending told everybody who waits.
    receipt_hot, receipt_quiet = in_turns(
        [_receipt(number, busy, f"H-{place}") for place in range(RECEIPTS)],
        [_receipt(number, other, f"Q-{other}") for other in others[:RECEIPTS]],
    )
    page = median(lambda: queue.waiting_lines(now=ARRIVED_AT, limit=50), runs=50)
    return {"hot": Hot(waiting, order_hot, order_quiet, receipt_hot, receipt_quiet, page)}


def in_turns(first: Sequence[Callable[[], object]], second: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """The median of each, in seconds: one of these, one of those, so that whatever else happens happens to both."""
    pairs = [(seconds(one), seconds(other)) for one, other in zip(first, second, strict=True)]
    these, those = zip(*pairs, strict=True)
    return statistics.median(these), statistics.median(those)


def _place_all(skus: Sequence[str]) -> None:
    new = [order_of(f"W-{place:07}", f"waiting-{place}", sku) for place, sku in enumerate(skus)]
    for batch in batches(new):
        orders.place_many(batch, by=BY, now=ORDERED_AT)


def _settle() -> None:
    database = open_database(str(connection.settings_dict["NAME"]))
    database.settle()
    database.close()


def _orders(sku: str, prefix: str) -> list[Callable[[], object]]:
    new = [order_of(f"{prefix}-{place}", f"{prefix}-{place}", sku) for place in range(ORDERS)]
    return [lambda order=order: orders.place(order, by=BY, now=ORDERED_AT) for order in new]  # type: ignore[misc]


def _receipt(number: str, sku: str, key: str) -> Callable[[], object]:
    return lambda: receiving.receive(number, [receiving.Count(sku, UNITS)], key=key, by=BY, now=ARRIVED_AT)


PARTS: Mapping[str, Callable[..., dict[str, Any]]] = {"hot": hot}
