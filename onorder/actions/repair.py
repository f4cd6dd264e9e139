"""Every counter is counted again from the facts."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Sum

from onorder import queue
from onorder.ledger.journal import ALLOCATED, ON_HAND, Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.models import Location, OrderLine, PurchaseOrderLine, StockLevel


@transaction.atomic(durable=True)
def rebuild(*, by: str, now: datetime) -> int:
    """Bring every stock level to what its moves, order lines and purchase order lines say, and hand out what is free.

    Only for a database that was changed behind the product's back: the actions keep the counters themselves.

    Returns:
        Levels that were wrong.
    """
    wrong = 0
    for location in Location.objects.order_by("pk").values_list("pk", flat=True):
        variants = StockLevel.objects.filter(location=location).values_list("variant", flat=True)
        levels = lock_levels(variants, location=location)
        if not levels:
            continue
        journal = Journal(by=by, at=now)
        changed = _recount(levels, location)
        for level, was in changed:
            journal.record("repaired", f"level:{level.id}", was)
            journal.touch(level)
        queue.allocate(levels.values(), journal, why="repaired")
        queue.refresh(levels.values(), journal)
        journal.write()
        wrong += len(changed)
    return wrong


def _recount(levels: dict[int, Level], location: int) -> list[tuple[Level, dict[str, int]]]:
    moved = _moved(location)
    waiting = _sums(
        OrderLine.objects.filter(location=location, waiting__gt=0).values_list("variant").annotate(Sum("waiting"))
    )
    open_lines = PurchaseOrderLine.objects.filter(purchase_order__location=location, outstanding__gt=0)
    incoming = _sums(open_lines.values_list("variant").annotate(Sum("outstanding")))
    changed = []
    for variant, level in levels.items():
        on_hand, allocated = moved.get(variant, (0, 0))
        right = (on_hand, allocated, waiting.get(variant, 0), incoming.get(variant, 0))
        was = (level.on_hand, level.allocated, level.waiting, level.incoming)
        if was != right:
            level.on_hand, level.allocated, level.waiting, level.incoming = right
            changed.append((level, dict(zip(("on_hand", "allocated", "waiting", "incoming"), was, strict=True))))
    return changed


def _sums(rows: object) -> dict[int, int]:
    return dict(rows)  # type: ignore[call-overload,no-any-return]


def _moved(location: int) -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT variant_id, {ON_HAND}, {ALLOCATED} FROM onorder_stockmove"
            " WHERE location_id = %s GROUP BY variant_id",
            [location],
        )
        return {variant: (int(on_hand), int(allocated)) for variant, on_hand, allocated in cursor.fetchall()}
