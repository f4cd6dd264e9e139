"""The live date of single lines, wherever they stand in their queues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from onorder.ledger.levels import Level, look_at_levels
from onorder.ledger.lines import Line
from onorder.queue.outlook import EXPECTED, Coming, Outlook
from onorder.queue.setup import Setup
from onorder.rules.promising import Promise

#: Two sums, because SQLite would use only the first column of the index for a comparison of pairs.
_AHEAD = """
SELECT line.id, (
    SELECT coalesce(sum(older.waiting), 0) FROM onorder_orderline AS older
    WHERE older.variant_id = line.variant_id AND older.location_id = line.location_id AND older.waiting > 0
    AND older.queued_at < line.queued_at
) + (
    SELECT coalesce(sum(older.waiting), 0) FROM onorder_orderline AS older
    WHERE older.variant_id = line.variant_id AND older.location_id = line.location_id AND older.waiting > 0
    AND older.queued_at = line.queued_at AND older.id < line.id
) FROM onorder_orderline AS line WHERE line.id IN ({})
"""


def units_ahead(lines: Iterable[int]) -> dict[int, int]:
    """Units that wait before each line in its queue. One statement; reads the part of the queue before the line."""
    keys = [int(key) for key in lines]
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD.format(", ".join(map(str, keys))))
        return dict(cursor.fetchall())


def ahead_in(queues: Iterable[Line]) -> dict[int, int]:
    """The same as `units_ahead` of lines that are whole queues, or their heads, each in its order; no statement."""
    ahead: dict[int, int] = {}
    waiting: dict[tuple[int, int], int] = {}
    for line in queues:
        queue = (line.variant, line.location)
        ahead[line.id] = waiting.get(queue, 0)
        waiting[queue] = ahead[line.id] + line.waiting
    return ahead


def expect(
    lines: Sequence[Line], *, setup: Setup, now: datetime, ahead: Mapping[int, int] | None = None
) -> dict[int, Promise | None]:
    """When each line's last waiting unit is expected to ship. Three statements for each location among them.

    Args:
        ahead: units that wait before each of them; None: they are counted, by one more statement.
    """
    if ahead is None:
        ahead = units_ahead(line.id for line in lines)
    found: dict[int, Promise | None] = {}
    for location in sorted({line.location for line in lines}):
        here = [line for line in lines if line.location == location]
        levels = look_at_levels({line.variant for line in here}, location=location)
        outlook = Outlook(setup, list(levels.values()), now=now)
        for line in here:
            found[line.id] = outlook.ready(levels[line.variant], ahead[line.id] + line.waiting, EXPECTED)
    return found


def sources(level: Level, outlook: Outlook, ahead: int, waiting: int) -> list[tuple[Coming | None, int]]:
    """Where a line's waiting units come from, soonest first; None is the supplier's buffer."""
    found: list[tuple[Coming | None, int]] = []
    reached = 0
    for coming in outlook.coming(level.variant):
        overlap = min(reached + coming.units, ahead + waiting) - max(reached, ahead)
        if overlap > 0:
            found.append((coming, overlap))
        reached += coming.units
    if (rest := waiting - sum(units for _, units in found)) > 0:
        found.append((None, rest))
    return found
