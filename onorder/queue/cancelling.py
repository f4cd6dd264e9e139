"""Units that their customers give up: those that waited stop waiting, those set aside go to the next in the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onorder import queue
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level
from onorder.ledger.lines import Line
from onorder.queue.shrinking import shrink, surplus


def give_up(
    going: Sequence[tuple[Line, int]], levels: Mapping[int, Level], entry: Entry, journal: Journal, *, why: str
) -> int:
    """Cancel so many units of each line, those that wait first; the entry's lines say which. The levels are locked.

    Nothing physical comes back. What was bought for them and has not left yet is bought no more; what has goes to the
    next customer.

    Returns:
        Units cancelled. At most six statements, and a few more where a purchase order shrinks.
    """
    before = surplus(levels.values())
    released: dict[int, Level] = {}
    for line, units in going:
        level = levels[line.variant]
        waiting = min(units, line.waiting)
        if waiting:
            journal.give_up(level, line, waiting)
        if units > waiting:
            journal.release(entry, level, line, units - waiting, requeue=False)
            released[level.id] = level
        entry.data["lines"].append([line.id, units])
    queue.refresh([level for level in levels.values() if level.id not in released], journal)
    queue.allocate(released.values(), journal, why=why)
    queue.refresh(list(released.values()), journal)
    shrink(levels, before, journal, why=why)
    return sum(units for _, units in going)
