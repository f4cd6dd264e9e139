"""When a buffer will probably be sent: before its deadline, if its minimum is reached first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from onorder import models
from onorder.ledger import rows
from onorder.queue.setup import SupplierSetup
from onorder.rules.buffering import BufferPolicy, missing_units
from onorder.rules.calendars import Due
from onorder.rules.promising import Distribution, sent_distribution

#: Days of orders that say how fast a buffer fills; older ones fade.
HISTORY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in a buffer, and how it was filled lately: `ordered` units in `days`, in orders whose squared
    quantities add up to `squares`."""

    units: int
    value_minor: int
    ordered: float
    squares: float
    days: float

    def sent(self, of: SupplierSetup, due: Due, now: datetime) -> Distribution:
        """The probability that the buffer is sent to its supplier on each day up to the one on which it is due."""
        return sent_distribution(
            now,
            due.on,
            of.rhythm,
            of.calendar,
            missing=missing_units(of.policy, self.units, self.value_minor),
            rate=self.ordered / self.days,
            v=max(self.squares / self.ordered, 1.0) if self.ordered else 1.0,
            history_days=self.days,
        )


def fillings(suppliers: Collection[int], *, location: int) -> dict[int, Filling]:
    """By supplier, its buffer here and how it fills, where that has been learned. One statement."""
    condition, parameter = rows.among("level.supplier_id", suppliers)
    found = rows.select(_FILLINGS.format(condition), (parameter, location))
    return {supplier: Filling(int(units), int(value), *learned) for supplier, units, value, *learned in found}


def learn_fillings(*, after: int, since: datetime, now: datetime) -> None:
    """Note for every buffer how fast it fills: what was ordered since of variants that are short now. Two statements.

    What was known before fades with a mean life of 28 days, so that each night reads the lines of one day, and the days
    behind it stay about 28.

    Args:
        after: the last order line that was learned from, 0 for none.
        since: when that was.
    """
    days_since = max((now - since) / timedelta(days=1), 0.0)
    fades = exp(-days_since / HISTORY_DAYS)
    learned = [
        (ordered * fades + float(units), squares * fades + float(more), days * fades + days_since, buffer)
        for buffer, ordered, squares, days, units, more in rows.select(_ORDERED, (after, rows.instant(since)))
    ]
    rows.update(models.Buffer, ("ordered", "squares", "history_days"), learned)


def can_fill(policy: BufferPolicy) -> bool:
    """Whether a buffer with this policy can be sent before its deadline at all."""
    return bool(policy.minimum_units or policy.minimum_value_minor)


_FILLINGS = (
    "SELECT level.supplier_id, sum(level.waiting - level.incoming),"
    " sum((level.waiting - level.incoming) * offer.unit_cost_minor), buf.ordered, buf.squares, buf.history_days"
    " FROM onorder_stocklevel AS level"
    " JOIN onorder_offer AS offer ON offer.variant_id = level.variant_id AND offer.supplier_id = level.supplier_id"
    " AND offer.is_active"
    " JOIN onorder_buffer AS buf ON buf.supplier_id = level.supplier_id AND buf.location_id = level.location_id"
    " WHERE {} AND level.location_id = %s AND level.buffered_at IS NOT NULL AND buf.history_days > 0"
    " GROUP BY level.supplier_id, buf.ordered, buf.squares, buf.history_days"
)
_ORDERED = (
    "SELECT buf.id, buf.ordered, buf.squares, buf.history_days,"
    " coalesce(sum(bought.units), 0), coalesce(sum(bought.units * bought.units), 0)"
    " FROM onorder_buffer AS buf LEFT JOIN ("
    "  SELECT level.supplier_id, level.location_id, sum(line.ordered) AS units FROM onorder_orderline AS line"
    "  JOIN onorder_stocklevel AS level ON level.variant_id = line.variant_id AND level.location_id = line.location_id"
    "  WHERE line.id > %s AND line.queued_at >= %s AND level.on_hand = level.allocated"
    "  GROUP BY level.supplier_id, level.location_id, line.order_id"
    " ) AS bought ON bought.supplier_id = buf.supplier_id AND bought.location_id = buf.location_id"
    " GROUP BY buf.id, buf.ordered, buf.squares, buf.history_days"
)
