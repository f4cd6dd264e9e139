"""Customers hear of a later date when the one they were told can no longer be met, and not at every wobble."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from itertools import groupby

from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, look_at_levels, save
from onorder.ledger.lines import Line
from onorder.ledger.notices import Record
from onorder.queue import consents
from onorder.queue.lines import Waiting, heads
from onorder.queue.outlook import EXPECTED, PROMISED, Outlook
from onorder.queue.setup import Setup
from onorder.rules.consent import Notice


def announce(levels: Collection[Level], journal: Journal, *, setup: Setup, now: datetime, why: str) -> int:
    """Tell each customer in these locked levels' queues whose expected day is later than the one they were told.

    The new day is one that nine in ten such lines keep, so that it need not be followed by another. The promise
    itself stays as it was: it is the yardstick. Under a law each of them is asked whether they wait, also where nobody
    can tell a day; whose order is over by it hears nothing more of days.

    Returns:
        Lines that are late. Reads the queues of these levels from end to end, in one statement; under a law what late
        customers were asked before, in one more.
    """
    queued = {level.variant: level for level in levels if level.waiting}
    if not queued:
        return 0
    journal.flush_lines()
    save(queued.values())  # The outlook reads since when each buffer has waited.
    outlook = Outlook(setup, list(queued.values()), now=now)
    late: list[tuple[Waiting, date | None]] = []
    location = next(iter(queued.values())).location
    for variant, queue in groupby(heads({v: lv.waiting for v, lv in queued.items()}, location=location), key=_variant):
        level, unit = queued[variant], 0
        for one in queue:
            unit += one.line.waiting
            is_late, new = _later(outlook, level, unit, _counted_on(one.line, setup), setup)
            if is_late:
                late.append((one, new))
    _tell(late, journal, setup=setup, today=setup.today(now), why=why)
    return len(late)


def _tell(late: list[tuple[Waiting, date | None]], journal: Journal, *, setup: Setup, today: date, why: str) -> None:
    law = setup.law
    records = consents.records([one.line for one, _ in late], setup) if law else {}
    asked: list[tuple[Record, Notice, Entry]] = []
    entries: dict[int, Entry] = {}
    for one, new in late:
        line = one.line
        notice = None
        if law:
            record = records[line.id]
            notice = consents.notice(record, new, law, today)
            if consents.is_over(record, law, today) or (new is None and notice is None):
                continue
        entry = entries.get(line.order)
        if entry is None:
            entry = entries[line.order] = journal.record("delayed", f"order:{line.order}", {"lines": []}, why=why)
            journal.tell(entry, one.recipient)
        was = line.told_on or line.promised_on
        entry.data["lines"].append([line.id, line.waiting, was and was.isoformat(), new and new.isoformat()])
        if notice:
            asked.append((record, notice, entry))
        if new:
            journal.tell_day(line, new)
    if law:
        consents.ask(asked, journal, law=law, today=today)


def may_be_late(setup: Setup, *, location: int, now: datetime) -> list[int]:
    """Variants here of which some customer may have been told a day that is over before their units are expected.

    For each queue the earliest day that was told is held against the latest that is expected of any unit in it; what
    stands between the two needs no closer look. Under a law it needs one where nobody can tell a day, or none was told.
    Four statements, nothing is locked.
    """
    found = rows.select(
        "SELECT variant_id, min(coalesce(told_on, promised_on)), count(*) - count(coalesce(told_on, promised_on))"
        " FROM onorder_orderline WHERE location_id = %s AND waiting > 0 GROUP BY variant_id",
        (location,),
        days=(1,),
    )
    earliest = [(variant, told_on, untold) for variant, told_on, untold in found if told_on or setup.law]
    levels = look_at_levels([variant for variant, _, _ in earliest], location=location)
    outlook = Outlook(setup, list(levels.values()), now=now)
    late = []
    for variant, told_on, untold in earliest:
        expected = outlook.latest_expected(levels[variant]) if variant in levels else told_on
        if (setup.law and (untold or expected is None)) or (told_on and expected and told_on < expected):
            late.append(variant)
    return late


def _counted_on(line: Line, setup: Setup) -> date | None:
    """The day that its customer counts on: the one they were told, or the law's."""
    told_on = line.told_on or line.promised_on
    return consents.first_day(line, setup.law, setup) if setup.law and told_on is None else told_on


def _variant(waiting: Waiting) -> int:
    return waiting.line.variant


def _later(outlook: Outlook, level: Level, unit: int, told_on: date | None, setup: Setup) -> tuple[bool, date | None]:
    """Whether units are expected after the day their customer counts on, and the day they are told instead.

    That nobody can tell a day makes them late by law only.
    """
    if told_on is None:
        return False, None
    expected = outlook.ready(level, unit, EXPECTED)
    if expected is None:
        return setup.law is not None, None
    if expected.on <= told_on:
        return False, None
    safe = outlook.ready(level, unit, PROMISED)
    return True, max(safe.on, expected.on) if safe else expected.on
