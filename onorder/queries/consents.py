"""How the lines of an order stand toward their customer once they are late: what was said, and what silence means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Min

from onorder.errors import NotFound
from onorder.ledger import lines as order_lines
from onorder.ledger.notices import Record, Sent
from onorder.models import DelayNotice, Event, Order, OrderLine
from onorder.queue import consents
from onorder.queue import setup as settings
from onorder.rules.consent import REFUNDED, Reply, State
from onorder.rules.jurisdictions import Jurisdiction, Silence


@dataclass(frozen=True, slots=True)
class Asked:
    """What the customer of a line was asked last about its being late, and how it stands today.

    Args:
        number: of the notice, which an answer names.
        was, day: the day that held before, and the new one; None if nobody can say.
        silence: what it means if they do not answer, until `answer_by`; None if never.
        lapses_after: the last day on which it goes on by itself; None if it does.
        ended_on: the day on which it was cancelled for that.
        is_open: whether an answer is still waited for.
        may_stop: whether they may end it today, at no cost.
    """

    line: int
    number: int
    sent_on: date
    was: date
    day: date | None
    answer_by: date | None
    silence: Silence
    reply: str
    replied_on: date | None
    lapses_after: date | None
    ended_on: date | None
    state: State
    is_open: bool
    may_stop: bool

    @property
    def is_over(self) -> bool:
        return self.state in REFUNDED

    @property
    def waits_without_a_day(self) -> bool:
        """Whether they agreed to wait although nobody could say until when."""
        return self.state == State.CONSENTED and self.day is None


def of_order(order: int, *, now: datetime) -> dict[int, Asked]:
    """What the customer of an order (by key) was asked last, by line. Two statements; none for a shop without a law."""
    setup = settings.current()
    if setup.law is None:
        return {}
    today = setup.today(now)
    records = consents.records(order_lines.of_orders([order]), setup).values()
    return {record.line.id: _asked(record, last, setup.law, today) for record in records if (last := record.last)}


def _asked(record: Record, last: Sent, law: Jurisdiction, today: date) -> Asked:
    standing = record.standing(law, today, can_ship_on=last.day)
    goes_on = bool(record.open_units) and not standing.is_refunded
    return Asked(
        line=record.line.id,
        number=last.number,
        sent_on=last.sent_on,
        was=last.was,
        day=last.day,
        answer_by=last.answer_by,
        silence=Silence(last.silence),
        reply=last.reply,
        replied_on=last.replied_on,
        lapses_after=last.lapses_after,
        ended_on=last.ended_on,
        state=standing.state,
        is_open=goes_on and not last.reply,
        may_stop=goes_on and standing.may_end_from is not None and standing.may_end_from <= today,
    )


@dataclass(frozen=True, slots=True)
class Late:
    """A line that was asked about, by the name that its customer bought it by. `units`: those that have not left."""

    name: str
    units: int
    asked: Asked


@dataclass(frozen=True, slots=True)
class Question:
    """What the customer of an order is asked about its being late. `lines`: what they may still decide, then the rest.

    `why`: the reason that somebody wrote for them; empty for the usual one. `is_paid`: wholly or in part.
    """

    number: str
    is_paid: bool
    why: str
    lines: tuple[Late, ...]

    @property
    def open_lines(self) -> tuple[Late, ...]:
        return tuple(late for late in self.lines if late.asked.is_open)

    @property
    def stoppable(self) -> tuple[Late, ...]:
        """Lines that they may end, with an answer or after it."""
        return tuple(late for late in self.lines if late.asked.may_stop)


def question(order: int, *, now: datetime) -> Question:
    """What the customer of an order (by key) is asked. Five statements.

    Raises:
        NotFound: there is no such order.
    """
    head = Order.objects.filter(pk=order).values_list("number", "captured_minor", "refunded_minor").first()
    if head is None:
        raise NotFound(what="order", name=str(order))
    number, captured, refunded = head
    asked = of_order(order, now=now)
    names = _named(asked)
    late = [Late(*names[line], one) for line, one in asked.items()]
    late.sort(key=lambda one: (not one.asked.is_open, one.asked.line))
    told = Event.objects.filter(subject=f"order:{order}", kind__in=("delayed", "promised_anew")).order_by("-pk")
    kind, why = told.values_list("kind", "why").first() or ("", "")
    return Question(number, captured > refunded, why if kind == "promised_anew" else "", tuple(late))


def _named(asked: Mapping[int, Asked]) -> dict[int, tuple[str, int]]:
    columns = ("pk", "variant__product__name", "variant__name", "waiting", "allocated")
    found: Iterable[tuple[int, str, str, int, int]] = OrderLine.objects.filter(pk__in=asked).values_list(*columns)
    return {
        key: (f"{product}, {variant}" if variant else product, waiting + here)
        for key, product, variant, waiting, here in found
    }


@dataclass(frozen=True, slots=True)
class Lapsing:
    """An order of which something is cancelled after `after`, if nothing more is said or sent."""

    order: str
    after: date
    answered: bool


def about_to_lapse(*, now: datetime, within_days: int, limit: int) -> list[Lapsing]:
    """Orders of which something is over by itself within so many days, the first one first. One statement; none for a
    shop without a law."""
    setup = settings.current()
    if setup.law is None:
        return []
    soon = DelayNotice.objects.filter(lapses_after__lte=setup.today(now) + timedelta(within_days))
    by_order = soon.values_list("line__order__number").annotate(first=Min("lapses_after"), said=Min("reply"))
    found = by_order.order_by("first", "line__order__number")[:limit]
    return [Lapsing(number, after, said == Reply.KEPT) for number, after, said in found]
