"""Where a law wants it, whoever is told a later day is asked: the notice says what silence will mean, and from when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from onorder.ledger import notices
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.lines import Line
from onorder.ledger.notices import Record
from onorder.queue.setup import Setup
from onorder.rules import consent
from onorder.rules.consent import Facts, Notice
from onorder.rules.jurisdictions import Jurisdiction


def records(lines: Collection[Line], setup: Setup) -> dict[int, Record]:
    """Everything that was said about these lines' being late, by line. One statement; none for no lines."""
    found = {}
    sent = notices.of_lines([line.id for line in lines])
    for line in lines:
        told = sent[line.id]
        stated_on = told[0].was if told else line.told_on or line.promised_on
        found[line.id] = Record(line, told, setup.today(line.queued_at), stated_on)
    return found


def first_day(line: Line, law: Jurisdiction, setup: Setup) -> date:
    """The day that a customer may count on who was told none: the law's."""
    return Facts(setup.today(line.queued_at)).first_day(law)


def is_over(record: Record, law: Jurisdiction, today: date) -> bool:
    """Whether its customer need not wait any more, so that there is nothing to ask."""
    return record.standing(law, today).is_refunded


def notice(record: Record, day: date | None, law: Jurisdiction, today: date) -> Notice | None:
    """The notice with which a customer is told a new day, or that nobody knows one.

    None if nothing is to be asked: they agreed to a later day, or were asked without one before.
    """
    facts = record.facts
    if day is None and not consent.notice_due(facts, law, today, can_ship_on=None):
        return None
    try:
        return consent.next_notice(facts, law, today, day=day)
    except ValueError:  # It is over, or they have agreed to a day as late as this one.
        return None


def ask(asked: Iterable[tuple[Record, Notice, Entry]], journal: Journal, *, law: Jurisdiction, today: date) -> None:
    """Have these notices written with the event by which they are told. The ones before them decide nothing more.

    The event says what its message needs: (line, what silence means, until when they may answer).
    """
    for record, one, entry in asked:
        was = record.facts.first_day(law)
        before = record.last
        if before:
            was = before.day or before.was
            before.lapses_after = None
            journal.settle(before)
        number = before.number + 1 if before else 1
        after = record.looks_again(law, today, also=one)
        journal.ask(entry, record.line, number, was=was, notice=one, lapses_after=after)
        answer_by = one.answer_by and one.answer_by.isoformat()
        entry.data.setdefault("notices", []).append([record.line.id, one.silence.value, answer_by])


def ask_again(
    lines: Collection[Line], day: date, entry: Entry, journal: Journal, *, setup: Setup, now: datetime
) -> None:
    """Ask the customer of these lines, who is about to be told this later day, whether they wait for it.

    One statement; none without a law.
    """
    if setup.law is None:
        return
    law, today = setup.law, setup.today(now)
    found = [(one, notice(one, day, law, today), entry) for one in records(lines, setup).values()]
    ask([(record, asked, told) for record, asked, told in found if asked], journal, law=law, today=today)
