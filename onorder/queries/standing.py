"""How customers stand: what each was told, and what is expected; and how that differs after something was done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from onorder.ledger.lines import COLUMNS, Line
from onorder.models import OrderLine
from onorder.queue import setup as settings
from onorder.queue.expecting import ahead_in, expect

#: Lines that are looked at, the oldest first: effects are shown before something is done, and that must not take long.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One waiting line: whose it is, the day told last, and the day that is as likely as not."""

    order: str
    told_on: date | None
    expected_on: date | None

    @property
    def is_behind(self) -> bool:
        """Whether it is expected after the day that its customer was told."""
        return bool(self.told_on and self.expected_on and self.expected_on > self.told_on)


@dataclass(frozen=True, slots=True)
class Effects:
    """What something does to those who wait: orders that come later or sooner, and those that fall behind their day.

    That day is the one they were told before. Whoever falls behind it may be told another by the same thing.
    """

    later: tuple[str, ...]
    sooner: tuple[str, ...]
    behind: tuple[str, ...]


def standing(variants: Collection[int], *, now: datetime) -> dict[int, Standing]:
    """How those who wait for these variants stand, by line; the 2,000 oldest. Five statements for one location."""
    found = OrderLine.objects.filter(waiting__gt=0, variant__in=list(variants)).order_by("queued_at", "pk")
    rows = list(found.values_list(*COLUMNS, "order__number", "promised_on", "told_on")[:MOST])
    lines = [Line(*row[: len(COLUMNS)]) for row in rows]
    # The oldest of several queues are the head of each: what stands before a line is among them.
    expected = expect(lines, setup=settings.current(), now=now, ahead=ahead_in(lines))
    standings = {}
    for line, row in zip(lines, rows, strict=True):
        number, promised_on, told_on = row[len(COLUMNS) :]
        promise = expected[line.id]
        standings[line.id] = Standing(number, told_on or promised_on, promise.on if promise else None)
    return standings


def effects(before: Mapping[int, Standing], after: Mapping[int, Standing]) -> Effects:
    """What became of the lines that wait before and after. A day that nobody can name any more is later than any."""
    later, sooner, behind = set(), set(), set()
    for line in before.keys() & after.keys():
        was, will = before[line], after[line]
        if (will.expected_on or date.max) > (was.expected_on or date.max):
            later.add(will.order)
        elif (will.expected_on or date.max) < (was.expected_on or date.max):
            sooner.add(will.order)
        if not was.is_behind and replace(was, expected_on=will.expected_on).is_behind:
            behind.add(will.order)
    return Effects(tuple(sorted(later)), tuple(sorted(sooner)), tuple(sorted(behind)))
