"""Notices of delay as plain values, and what they say of a line together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter

from onorder.ledger import rows
from onorder.ledger.lines import Line
from onorder.models import DelayNotice
from onorder.rules import consent
from onorder.rules.consent import Answer, Facts, Notice, Reply, Standing
from onorder.rules.jurisdictions import Jurisdiction, Silence


@dataclass(slots=True)
class Sent:
    """A notice that was sent. It changes in memory through the `Journal` and is written by it."""

    id: int
    line: int
    event: int
    number: int
    sent_on: date
    was: date
    day: date | None
    answer_by: date | None
    silence: str
    reply: str
    replied_on: date | None
    lapses_after: date | None
    ended_on: date | None

    @property
    def notice(self) -> Notice:
        """It as the rules know it."""
        return Notice(self.sent_on, self.day, self.answer_by, Silence(self.silence))


@dataclass(slots=True)
class Record:
    """A line and everything that was said about its being late. `sent`: in the order of their numbers.

    `stated_on`: the day that held before the first of them, as the customer was told last. What was told without a
    notice counts as stated when buying: no law was followed then, and nobody loses an order over it. None if none was.
    """

    line: Line
    sent: list[Sent]
    ordered_on: date
    stated_on: date | None

    @property
    def last(self) -> Sent | None:
        return self.sent[-1] if self.sent else None

    @property
    def open_units(self) -> int:
        """Units that have not left."""
        return self.line.waiting + self.line.allocated

    @property
    def waits_without_a_day(self) -> bool:
        """Whether the customer agreed to wait although nobody could tell until when."""
        return any(one.reply == Reply.KEPT and one.day is None for one in self.sent)

    @property
    def facts(self) -> Facts:
        """What the rules judge by."""
        answers = [
            Answer(one.replied_on, Reply(one.reply), one.number) for one in self.sent if one.reply and one.replied_on
        ]
        return Facts(
            self.ordered_on,
            self.stated_on,
            tuple(one.notice for one in self.sent),
            tuple(sorted(answers, key=attrgetter("on"))),
        )

    def standing(self, law: Jurisdiction, today: date, *, can_ship_on: date | None = None) -> Standing:
        return consent.standing(self.facts, law, today, can_ship_on=can_ship_on)

    def looks_again(self, law: Jurisdiction, today: date, *, also: Notice | None = None) -> date | None:
        """The last day on which it goes on by itself, a further notice included; None if it does, or nothing is left
        to send."""
        facts = self.facts
        facts = replace(facts, notices=(*facts.notices, also)) if also else facts
        over_on = consent.over_on(facts, law, today) if self.open_units else None
        return over_on and over_on - timedelta(1)


_COLUMNS = (
    *("id", "line_id", "event_id", "number", "sent_on", "was", "day", "answer_by", "silence", "reply", "replied_on"),
    *("lapses_after", "ended_on"),
)
_SELECTED = ", ".join(_COLUMNS)
_DAYS = tuple(_COLUMNS.index(name) for name in ("sent_on", "was", "day", "answer_by", "replied_on", "lapses_after"))
_DAYS += (_COLUMNS.index("ended_on"),)
_CHANGED = ("reply", "replied_on", "lapses_after", "ended_on")
_changed = attrgetter(*_CHANGED, "id")


def of_lines(lines: Collection[int]) -> dict[int, list[Sent]]:
    """What was sent about these lines, by line, in order. One statement; none for no lines."""
    found: dict[int, list[Sent]] = {line: [] for line in lines}
    if not found:
        return found
    condition, parameter = rows.among("line_id", found)
    statement = f"SELECT {_SELECTED} FROM onorder_delaynotice WHERE {condition} ORDER BY line_id, number"
    for row in rows.select(statement, (parameter,), days=_DAYS):
        found[row[1]].append(Sent(*row))
    return found


def add(new: Collection[tuple[int, int, int, date, Notice, date | None]]) -> None:
    """Insert notices: (line, event, number, the day before, the notice, after which it lapses). One statement."""
    rows.insert(
        DelayNotice,
        ("line", "event", "number", "was", "sent_on", "day", "answer_by", "silence", "lapses_after"),
        [
            (line, event, number, was, one.sent_on, one.day, one.answer_by, one.silence, after)
            for line, event, number, was, one, after in new
        ],
    )


def save(changed: Iterable[Sent]) -> None:
    """Write answers and ends back. One statement."""
    rows.update(DelayNotice, _CHANGED, [_changed(one) for one in changed])
