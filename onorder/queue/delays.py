"""Customers hear of a later date when the one they were told can no longer be met, and not at every wobble."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from itertools import groupby

from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, save
from onorder.queue.lines import heads
from onorder.queue.outlook import EXPECTED, PROMISED, Outlook
from onorder.queue.setup import Setup


def announce(levels: Collection[Level], journal: Journal, *, setup: Setup, now: datetime, why: str) -> int:
    """Tell each customer in these locked levels' queues whose expected day is later than the one they were told.

    The new day is one that nine in ten such lines keep, so that it need not be followed by another. The promise
    itself stays as it was: it is the yardstick.

    Returns:
        Lines that are late. Reads the queues of these levels from end to end, in one statement.
    """
    queued = {level.variant: level for level in levels if level.waiting}
    if not queued:
        return 0
    journal.flush_lines()
    save(queued.values())  # The outlook reads since when each buffer has waited.
    outlook = Outlook(setup, list(queued.values()), now=now)
    entries: dict[int, Entry] = {}
    late = 0
    location = next(iter(queued.values())).location
    for variant, queue in groupby(heads({v: lv.waiting for v, lv in queued.items()}, location=location), key=_variant):
        level, unit = queued[variant], 0
        for one in queue:
            line = one.line
            unit += line.waiting
            new = _later(outlook, level, unit, line.told_on or line.promised_on)
            if new is None:
                continue
            late += 1
            entry = entries.get(line.order)
            if entry is None:
                entry = entries[line.order] = journal.record("delayed", f"order:{line.order}", {"lines": []}, why=why)
                journal.tell(entry, one.recipient)
            was = line.told_on or line.promised_on
            entry.data["lines"].append([line.id, line.waiting, was and was.isoformat(), new.isoformat()])
            line.told_on = new
            journal.change(line)
    return late


def _variant(waiting: object) -> int:
    return waiting.line.variant  # type: ignore[attr-defined,no-any-return]


def _later(outlook: Outlook, level: Level, unit: int, told_on: date | None) -> date | None:
    if told_on is None:
        return None
    expected = outlook.ready(level, unit, EXPECTED)
    if expected is None or expected.on <= told_on:
        return None
    safe = outlook.ready(level, unit, PROMISED)
    return max(safe.on, expected.on) if safe else expected.on
