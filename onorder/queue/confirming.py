"""Customers hear that the maker has confirmed a day for what they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level
from onorder.ledger.purchase_orders import Head
from onorder.queue.lines import Waiting, heads
from onorder.queue.outlook import EXPECTED, Outlook
from onorder.queue.setup import Setup
from onorder.rules.pegging import Demand, Supply, peg

TOLD_BEFORE = "the customer knows that it is confirmed"


def confirmed_days(order: Head) -> dict[int, date | None]:
    """Of each open line of a purchase order the day that its supplier has named. One statement."""
    lines = "SELECT id, confirmed_on FROM onorder_purchaseorderline WHERE purchase_order_id = %s AND outstanding > 0"
    return dict(rows.select(lines, (order.id,), days=(1,)))


def tell_customers(
    order: Head,
    before: Mapping[int, date | None],
    levels: Mapping[int, Level],
    journal: Journal,
    *,
    setup: Setup,
    now: datetime,
) -> None:
    """Tell each customer for whose units another day is confirmed than before when they are expected to ship.

    Nobody who hears of a delay in the same moment, or whose day it does not keep; and of one purchase order nobody
    twice. Five statements at the most; reads the queues of these locked levels as far as what is on order reaches.

    Args:
        before: of each line the day that was confirmed until now (`confirmed_days`).
    """
    after = confirmed_days(order)
    news = {line for line, day in after.items() if day and day != before.get(line)}
    if not news:
        return
    late = journal.subjects("delayed")
    found = [
        (one, units, on)
        for one, units, on in _served(news, levels, setup, order.location, now)
        if f"order:{one.line.order}" not in late and not _is_late(one, on)
    ]
    told = _told_before({one.line.order for one, _, _ in found}, order.number)
    entries: dict[int, Entry] = {}
    for one, units, on in found:
        entry = entries.get(one.line.order)
        if entry is None:
            entry = journal.record("confirmed", f"order:{one.line.order}", {"lines": []}, why=order.number)
            entries[one.line.order] = entry
            journal.tell(entry, one.recipient, unless=TOLD_BEFORE if one.line.order in told else "")
        entry.data["lines"].append([one.line.id, units, on and on.isoformat()])


def _served(
    news: set[int], levels: Mapping[int, Level], setup: Setup, location: int, now: datetime
) -> Iterator[tuple[Waiting, int, date | None]]:
    """The lines that these of a purchase order serve: how many units of each, and the day they are expected to ship."""
    outlook = Outlook(setup, list(levels.values()), now=now)
    reach = {v: min(level.waiting, level.incoming) for v, level in levels.items() if level.waiting and level.incoming}
    waiting: dict[int, list[Waiting]] = {}
    for one in heads(reach, location=location):
        waiting.setdefault(one.line.variant, []).append(one)
    for variant, queue in waiting.items():
        lines = {one.line.id: one for one in queue}
        coming = {one.source: one for one in outlook.coming(variant)}
        supply = [Supply(one.source, one.units) for one in coming.values()]
        for pegged in peg((Demand(key, one.line.waiting) for key, one in lines.items()), supply):
            if pegged.source in news:
                ready = coming[pegged.source].ready(EXPECTED)
                yield lines[pegged.line], pegged.quantity, ready.on if ready else None


def _is_late(one: Waiting, on: date | None) -> bool:
    told = one.line.told_on or one.line.promised_on
    return bool(told and on and on > told)


def _told_before(orders: set[int], number: str) -> set[int]:
    """Orders whose customers know already that this purchase order is confirmed. One statement; none for no orders."""
    if not orders:
        return set()
    subjects = {f"order:{order}": order for order in orders}
    condition, parameter = rows.among("subject", subjects)
    statement = f"SELECT DISTINCT subject FROM onorder_event WHERE {condition} AND kind = 'confirmed' AND why = %s"
    return {subjects[subject] for (subject,) in rows.select(statement, (parameter, number))}
