"""Customers hear of a later date when the one they were told can no longer be met, and not at every wobble."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from itertools import groupby

from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, look_at_levels, save
from onorder.queue.lines import Waiting, heads
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
            journal.tell_day(line, new)
    return late


def may_be_late(setup: Setup, *, location: int, now: datetime) -> list[int]:
    """Variants here of which some customer may have been told a day that is over before their units are expected.

    For each queue the earliest day that was told is held against the latest that is expected of any unit in it; what
    stands between the two needs no closer look. Four statements, nothing is locked.
    """
    earliest = rows.select(
        "SELECT variant_id, min(coalesce(told_on, promised_on)) FROM onorder_orderline"
        " WHERE location_id = %s AND waiting > 0 AND promised_on IS NOT NULL GROUP BY variant_id",
        (location,),
        days=(1,),
    )
    levels = look_at_levels([variant for variant, _ in earliest], location=location)
    outlook = Outlook(setup, list(levels.values()), now=now)
    return [
        variant
        for variant, told_on in earliest
        if variant in levels and told_on < (outlook.latest_expected(levels[variant]) or told_on)
    ]


def _variant(waiting: Waiting) -> int:
    return waiting.line.variant


def _later(outlook: Outlook, level: Level, unit: int, told_on: date | None) -> date | None:
    if told_on is None:
        return None
    expected = outlook.ready(level, unit, EXPECTED)
    if expected is None or expected.on <= told_on:
        return None
    safe = outlook.ready(level, unit, PROMISED)
    return max(safe.on, expected.on) if safe else expected.on
