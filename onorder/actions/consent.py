"""Customers answer a notice of delay; what they do not wait for any more is cancelled, and paid for no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from onorder.errors import OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import money, orders
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.money import Settlement
from onorder.ledger.notices import Record, Sent
from onorder.ledger.orders import Head
from onorder.models import Event
from onorder.queue import consents
from onorder.queue import setup as settings
from onorder.queue.cancelling import give_up
from onorder.queue.setup import Setup
from onorder.rules.consent import Reply
from onorder.rules.jurisdictions import Jurisdiction


class NothingAsked(OnOrderError):
    code = "nothing_asked"
    sentence = "Order {number} has no open question about a delay."
    remedy = "Look at it: it may be answered, over, or on its way. What is no longer wanted can be cancelled."


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer, or a deadline, came to: lines settled, units cancelled, and money given back in minor units."""

    lines: int
    cancelled: int = 0
    refunded_minor: int = 0


@transaction.atomic(durable=True)
def answer(
    number: str, reply: Reply, *, lines: Mapping[int, int] | None = None, key: str, by: str, now: datetime
) -> Settled:
    """A customer answers what they were asked about a delay: they wait, they do not, or they wait no longer.

    Whatever has not left of these lines is cancelled if they do not wait, and what was paid for it goes back. Safe to
    repeat: the same `key` returns what came of it first and changes nothing.

    Args:
        lines: by line the number of the notice that is answered; None is the latest of each line that has one open.
        reply: `withdrawn` takes back the consent to wait without a day.

    Raises:
        NotFound: an unknown order.
        NothingAsked: no line has a question that can be answered so, or not this one.
    """
    case = _locked(number, by=by, now=now)
    if earlier := _taken_before(case.order, key):
        return earlier
    answered = [
        (record, sent)
        for record in _records(case)
        if case.law and (sent := _answered(record, reply, lines, case.law, case.today))
    ]
    if not answered or (lines is not None and len(answered) < len(lines)):
        raise NothingAsked(number=number)
    entry = case.journal.record("replied", case.order.subject, {"reply": reply.value, "key": key})
    entry.data["notices"] = [[record.line.id, sent.number] for record, sent in answered]
    for _, sent in answered:
        sent.reply, sent.replied_on = reply.value, case.today
        case.journal.settle(sent)
    going, settlement = [record for record, _ in answered], None
    if reply == Reply.KEPT:
        _look_again(going, case)
        done = Settled(len(going))
    else:
        done, settlement = _end("cancelled", going, case)
    entry.data["settled"] = [done.lines, done.cancelled, done.refunded_minor]
    _write(case, settlement)
    return done


@transaction.atomic(durable=True)
def lapse(number: str, *, by: str, now: datetime) -> Settled:
    """What silence has ended of an order is cancelled and refunded: nobody agreed to wait beyond the day.

    Only what customers were asked about. Of a day that passed before anybody was asked, a person decides. Done again it
    changes nothing.

    Raises:
        NotFound: an unknown order.
    """
    case = _locked(number, by=by, now=now)
    law, today = case.law, case.today
    due = [(record, last) for record in _records(case) if (last := record.last) and _is_due(last, today)]
    if not due or law is None:
        return Settled(0)
    over = [record for record, _ in due if record.open_units and consents.is_over(record, law, today)]
    _look_again([record for record, _ in due if record not in over], case)
    if not over:
        case.journal.write()
        return Settled(0)
    done, settlement = _end("lapsed", over, case)
    _write(case, settlement)
    return done


@dataclass(frozen=True, slots=True)
class _Case:
    """An order with its levels locked, and the law and the day by which it is judged."""

    order: Head
    levels: Mapping[int, Level]
    lines: Sequence[Line]
    setup: Setup
    today: date
    journal: Journal

    @property
    def law(self) -> Jurisdiction | None:
        return self.setup.law


def _locked(number: str, *, by: str, now: datetime) -> _Case:
    order = orders.find(number)
    levels = lock_levels(orders.variants(order.id).values(), location=order.location)
    setup = settings.current()
    lines = order_lines.of_orders([order.id])
    return _Case(order, levels, lines, setup, setup.today(now), Journal(by=by, at=now))


def _records(case: _Case) -> list[Record]:
    """What was said of each line that was asked about. What was added since the lock was asked for is not locked."""
    locked = [line for line in case.lines if line.variant in case.levels]
    return [record for record in consents.records(locked, case.setup).values() if record.sent]


def _answered(
    record: Record, reply: Reply, lines: Mapping[int, int] | None, law: Jurisdiction, today: date
) -> Sent | None:
    """The notice that is answered; None if the line has none that can be answered so."""
    if not record.open_units or (lines is not None and record.line.id not in lines):
        return None
    number = len(record.sent) if lines is None else lines[record.line.id]
    sent = next((one for one in record.sent if one.number == number), None)
    standing = record.standing(law, today)
    if sent is None or standing.is_refunded:
        return None
    if reply == Reply.KEPT:
        return sent if not sent.reply else None
    may_go = standing.may_end_from is not None and standing.may_end_from <= today
    return sent if may_go and (reply == Reply.CANCELLED or record.waits_without_a_day) else None


def _is_due(last: Sent, today: date) -> bool:
    return last.lapses_after is not None and last.lapses_after < today


def _look_again(records: Sequence[Record], case: _Case) -> None:
    """Find again after which day each of these lines is over by itself."""
    for record in records:
        if case.law and (last := record.last):
            last.lapses_after = record.looks_again(case.law, case.today)
            case.journal.settle(last)


def _end(kind: str, records: Sequence[Record], case: _Case) -> tuple[Settled, Settlement]:
    """Cancel what has not left of these lines, and give back what was paid for it: what came of it, and the money that
    is still to be booked."""
    order, journal = case.order, case.journal
    going = [(record.line, record.open_units) for record in records]
    entry = journal.record(kind, order.subject, {"lines": []})
    journal.tell(entry, order.recipient)
    money.lock(order)
    settlement = money.settle(order, money.account(order.id), {line.id: units for line, units in going}, entry, journal)
    for record in records:
        if last := record.last:
            last.lapses_after, last.ended_on = None, case.today
            journal.settle(last)
    units = give_up(going, case.levels, entry, journal, why=f"cancelled:{order.number}")
    return Settled(len(records), units, settlement.refund.minor), settlement


def _write(case: _Case, settlement: Settlement | None) -> None:
    case.journal.write()
    if settlement:
        settlement.book(case.journal.at)


def _taken_before(order: Head, key: str) -> Settled | None:
    """What came of an answer that was given with the same key."""
    found = Event.objects.filter(subject=order.subject, kind="replied", data__key=key).values_list("data", flat=True)
    data = found.first()
    return Settled(*data["settled"]) if data else None
