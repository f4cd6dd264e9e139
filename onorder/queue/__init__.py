"""Pegging at scale: SQL narrows, a rule decides, SQL writes.

Facts are stored, the future is derived: nothing here stores which purchase order will serve whom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal, Recipient
from onorder.ledger.levels import Level
from onorder.queue.lines import Waiting, heads
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.pegging import Demand, Supply, first_uncovered, peg

SHELF = 0
STILL_TO_COME = "the rest of the order is still to come"


def allocate(levels: Iterable[Level], journal: Journal, *, why: str) -> None:
    """Hand what is free on these locked levels to the oldest waiting lines, and tell whose units are here.

    Two statements, and no more rows of the queue read than there are free units.
    """
    free = {level.variant: level for level in levels if level.free and level.waiting}
    if not free:
        return
    journal.flush_lines()
    location = next(iter(free.values())).location
    entries: dict[int, tuple[Entry, Recipient]] = {}
    queues = heads({variant: min(level.free, level.waiting) for variant, level in free.items()}, location=location)
    for variant, queue in groupby(queues, key=_variant):
        level = free[variant]
        waiting = {one.line.id: one for one in queue}
        demand = (Demand(key, one.line.waiting) for key, one in waiting.items())
        for pegged in list(peg(demand, [Supply(SHELF, level.free)])):
            if pegged.source is None:
                break
            one = waiting[pegged.line]
            if one.line.order not in entries:
                entry = journal.record("arrived", f"order:{one.line.order}", {"lines": []}, why=why)
                entries[one.line.order] = entry, one.recipient
            entry, _ = entries[one.line.order]
            journal.allocate(entry, level, one.line, pegged.quantity)
            entry.data["lines"].append([one.line.id, pegged.quantity])
    _tell(entries, journal)


def refresh(levels: Collection[Level], journal: Journal) -> None:
    """Find again since when each of these locked levels has stood in its supplier's buffer.

    Needed whenever something changed elsewhere than at the tail of the queue: units cancelled, supply gone or grown.
    One statement at the most. Reads as many lines as there are units on order, for levels whose buffer is not empty.
    """
    for level in levels:
        if not level.uncovered and level.buffered_at is not None:
            level.buffered_at = None
            journal.touch(level)
    buffered = {level.variant: level for level in levels if level.uncovered}
    if not buffered:
        return
    journal.flush_lines()
    location = next(iter(buffered.values())).location
    queues = heads({variant: level.incoming + 1 for variant, level in buffered.items()}, location=location)
    for variant, queue in groupby(queues, key=_variant):
        level = buffered[variant]
        waiting = {one.line.id: one.line for one in queue}
        first = first_uncovered((Demand(key, line.waiting) for key, line in waiting.items()), level.incoming)
        assert first is not None, f"level {level.id} counts more units waiting than its lines do"
        if level.buffered_at != waiting[first].queued_at:
            level.buffered_at = waiting[first].queued_at
            journal.touch(level)


def _variant(waiting: Waiting) -> int:
    return waiting.line.variant


def _tell(entries: Mapping[int, tuple[Entry, Recipient]], journal: Journal) -> None:
    """Tell customers of what arrived, but for an order that is kept until its rest is here: its parcel will tell."""
    if not entries:
        return
    journal.flush_lines()
    condition, parameter = rows.among("sales.id", entries)
    kept = rows.select(_KEPT.format(condition), (parameter, ShippingPolicy.AS_AVAILABLE.value))
    incomplete = {order for (order,) in kept}
    for order, (entry, recipient) in entries.items():
        journal.tell(entry, recipient, unless=STILL_TO_COME if order in incomplete else "")


_KEPT = (
    "SELECT sales.id FROM onorder_order AS sales WHERE {} AND sales.shipping_policy <> %s"
    " AND EXISTS (SELECT 1 FROM onorder_orderline AS line WHERE line.order_id = sales.id AND line.waiting > 0)"
)
