"""Pegging at scale: SQL narrows, a rule decides, SQL writes.

Facts are stored, the future is derived: nothing here stores which purchase order will serve whom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from onorder.ledger.journal import Entry, Journal, Recipient
from onorder.ledger.levels import Level
from onorder.queue.lines import Waiting, heads
from onorder.rules.pegging import Demand, Supply, first_uncovered, peg

SHELF = 0


def allocate(levels: Iterable[Level], journal: Journal, *, why: str) -> None:
    """Hand what is free on these locked levels to the oldest waiting lines, and tell whose units are here.

    One statement, and no more rows of the queue read than there are free units.
    """
    free = {level.variant: level for level in levels if level.free and level.waiting}
    if not free:
        return
    journal.flush_lines()
    location = next(iter(free.values())).location
    entries: dict[int, Entry] = {}
    queues = heads({variant: min(level.free, level.waiting) for variant, level in free.items()}, location=location)
    for variant, queue in groupby(queues, key=_variant):
        level = free[variant]
        waiting = {one.line.id: one for one in queue}
        demand = (Demand(key, one.line.waiting) for key, one in waiting.items())
        for pegged in list(peg(demand, [Supply(SHELF, level.free)])):
            if pegged.source is None:
                break
            one = waiting[pegged.line]
            entry = entries.get(one.line.order)
            if entry is None:
                entry = entries[one.line.order] = _arrived(journal, one.line.order, one.recipient, why)
            journal.allocate(entry, level, one.line, pegged.quantity)
            entry.data["lines"].append([one.line.id, pegged.quantity])


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


def _arrived(journal: Journal, order: int, recipient: Recipient, why: str) -> Entry:
    entry = journal.record("arrived", f"order:{order}", {"lines": []}, why=why)
    journal.tell(entry, recipient)
    return entry
