"""When units that are not here yet will ship: what is on order, soonest first, and then the supplier's buffer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from onorder.ledger import rows
from onorder.ledger.levels import Level
from onorder.queue import forecast
from onorder.queue.setup import Setup, SupplierSetup
from onorder.rules import promising
from onorder.rules.calendars import Calendar, Due
from onorder.rules.lead_time import LeadTime
from onorder.rules.promising import Handling, Promise

#: Nine in ten promises are kept; half of the expected dates are early.
PROMISED = 0.9
EXPECTED = 0.5


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of one open purchase order line, and what is known of their arrival."""

    source: int  # The purchase order line.
    purchase_order: int
    units: int
    supplier: SupplierSetup
    sent_on: date
    today: date
    confirmed_on: date | None
    setup: Setup

    def ready(self, share: float) -> Promise | None:
        """When they will ship, in `share` of such cases. None if nobody can tell."""
        return promising.from_purchase_order(
            self.sent_on,
            self.today,
            self.supplier.lead,
            self.supplier.calendar,
            self.setup.handling,
            share,
            confirmed_on=self.confirmed_on,
            slip_days=self.supplier.slip_days,
        )


class Outlook:
    """What may be expected of the supply of some levels, all at one location, seen at one instant.

    Asks the database only for what it is asked, each once: the open purchase order lines, and since when each buffer
    has waited.
    """

    def __init__(self, setup: Setup, levels: Collection[Level], *, now: datetime) -> None:
        self.setup = setup
        self.now = now
        self.today = setup.today(now)
        self._levels = levels
        self._coming: dict[int, list[Coming]] | None = None
        self._oldest: dict[int, datetime] | None = None
        self._due: dict[int, Due] = {}
        self._shares: dict[tuple[int, date, bool], promising.Distribution] = {}
        self._fillings: dict[int, forecast.Filling] | None = None
        self._deadlines: dict[int, date] = {}
        self._from_buffer: dict[tuple[int, float], Promise | None] = {}
        self._ready: dict[tuple[int, date | None, float], Promise | None] = {}

    def coming(self, variant: int) -> list[Coming]:
        """The open purchase order lines of a variant, the one that will be ready soonest first."""
        if self._coming is None:
            self._coming = self._read_coming([level for level in self._levels if level.incoming])
        return self._coming.get(variant, [])

    def source(self, variant: int, unit: int) -> Coming | None:
        """What serves the `unit`-th unit of the variant's queue (the oldest is 1); None if it stands in the buffer."""
        for coming in self.coming(variant):
            unit -= coming.units
            if unit <= 0:
                return coming
        return None

    def ready(self, level: Level, unit: int, share: float = PROMISED) -> Promise | None:
        """When the `unit`-th unit of the level's queue will ship, in `share` of such cases.

        Units of an order so late that nobody can tell are dated as if they had to be ordered again. None if nobody
        offers the variant, or nothing is known of how long its supplier takes.
        """
        if (coming := self.source(level.variant, unit)) and (ready := self.ready_of(coming, share)):
            return ready
        supplier = self.setup.suppliers.get(level.supplier) if level.supplier else None
        if supplier is None or supplier.lead is None:
            return None
        key = (supplier.id, share)
        if key not in self._from_buffer:
            self._from_buffer[key] = self._bought_next(supplier, supplier.lead, share)
        return self._from_buffer[key]

    def ready_by_deadline(self, level: Level, unit: int, share: float = EXPECTED) -> Promise | None:
        """The same, with units in the buffer dated by its deadline alone. Never after `ready` of a larger share.

        What is told before anybody has ordered does not count on others who will: and it costs no statement more.
        """
        if (coming := self.source(level.variant, unit)) and (ready := self.ready_of(coming, share)):
            return ready
        supplier = self.setup.suppliers.get(level.supplier) if level.supplier else None
        return self._after_deadline(supplier, supplier.lead, share) if supplier and supplier.lead else None

    def ready_of(self, coming: Coming, share: float) -> Promise | None:
        """The same as `coming.ready`, looked up once for all lines of a purchase order that come on one day."""
        key = (coming.purchase_order, coming.confirmed_on, share)
        if key not in self._ready:
            self._ready[key] = coming.ready(share)
        return self._ready[key]

    def latest_expected(self, level: Level) -> date | None:
        """A day by which every waiting unit of the level is expected to have shipped; None if nobody can tell of any.

        Units in the buffer count by its deadline alone, so that units may be expected before it, never after it.
        """
        days: list[date | None] = []
        left = level.waiting
        for coming in self.coming(level.variant):
            if left > 0:
                ready = self.ready_of(coming, EXPECTED)
                days.append(ready.on if ready else self._by_deadline(level))
                left -= coming.units
        if left > 0:
            days.append(self._by_deadline(level))
        return max((day for day in days if day), default=None)

    def _by_deadline(self, level: Level) -> date | None:
        supplier = self.setup.suppliers.get(level.supplier) if level.supplier else None
        if supplier is None or supplier.lead is None:
            return None
        if supplier.id not in self._deadlines:
            self._deadlines[supplier.id] = self._after_deadline(supplier, supplier.lead, EXPECTED).on
        return self._deadlines[supplier.id]

    def together(self, units: Sequence[tuple[Level, int]]) -> date | None:
        """The day by which all of these units have come, in nine of ten cases; None for fewer than two suppliers.

        Units of one supplier come with one another, so that their own latest day holds; suppliers are late
        independently of each other.
        """
        by_supplier: dict[int, list[tuple[Level, int]]] = {}
        for level, unit in units:
            coming = self.source(level.variant, unit)
            by_supplier.setdefault(coming.supplier.id if coming else level.supplier or 0, []).append((level, unit))
        if len(by_supplier) < 2:
            return None
        latest = {
            supplier: max(of, key=lambda one: self._on(*one)) for supplier, of in by_supplier.items()
        }  # One supplier's slowest units stand for all of its own.
        return promising.together((s, self._distribution(*one)) for s, one in latest.items())

    def _on(self, level: Level, unit: int) -> date:
        ready = self.ready(level, unit)
        return ready.on if ready else date.min

    def _distribution(self, level: Level, unit: int) -> promising.Distribution:
        """When the unit ships, as shares by day; a day that the supplier confirmed counts as certain."""
        coming = self.source(level.variant, unit)
        supplier = coming.supplier if coming else self.setup.suppliers.get(level.supplier or 0)
        if supplier is None or supplier.lead is None or (coming and coming.confirmed_on):
            ready = self.ready(level, unit)
            return {ready.on: 1.0} if ready else {}
        sent_on = coming.sent_on if coming else self._due_of(supplier).on
        key = (supplier.id, sent_on, coming is not None)
        if key not in self._shares:
            today = self.today if coming else None
            self._shares[key] = _distribution(sent_on, supplier.lead, supplier.calendar, self.setup.handling, today)
        return self._shares[key]

    def shelf(self) -> Promise:
        """When units that are here will ship."""
        return promising.from_shelf(self.today, self.setup.handling)

    def _due_of(self, supplier: SupplierSetup) -> Due:
        if supplier.id not in self._due:
            if self._oldest is None:
                self._oldest = self._read_oldest([level for level in self._levels if level.supplier])
            oldest_at = self._oldest.get(supplier.id)
            self._due[supplier.id] = supplier.rhythm.due_on(self.now, supplier.calendar, oldest_at)
        return self._due[supplier.id]

    def _bought_next(self, supplier: SupplierSetup, lead: LeadTime, share: float) -> Promise | None:
        """When units in the buffer ship: after its deadline or, for the expected day, when it is probably full."""
        if share <= EXPECTED and (filling := self._filling_of(supplier)):
            sent = filling.sent(supplier, self._due_of(supplier), self.now)
            filled = promising.from_forecast(sent, lead, supplier.calendar, self.setup.handling, share)
            if filled:
                return filled
        return self._after_deadline(supplier, lead, share)

    def _after_deadline(self, supplier: SupplierSetup, lead: LeadTime, share: float) -> Promise:
        due = self._due_of(supplier)
        return promising.from_buffer(due.on, due.cause, lead, supplier.calendar, self.setup.handling, share)

    def _filling_of(self, supplier: SupplierSetup) -> forecast.Filling | None:
        if self._fillings is None:
            suppliers = {level.supplier for level in self._levels if level.supplier and level.uncovered}
            known = self.setup.suppliers
            can_fill = [key for key in suppliers if key in known and forecast.can_fill(known[key].policy)]
            location = next(iter(self._levels)).location
            self._fillings = forecast.fillings(can_fill, location=location) if can_fill else {}
        return self._fillings.get(supplier.id)

    def _read_coming(self, levels: list[Level]) -> dict[int, list[Coming]]:
        if not levels:
            return {}
        found: dict[int, list[Coming]] = {}
        condition, parameter = rows.among("line.variant_id", (level.variant for level in levels))
        lines = rows.select(_COMING.format(condition), (parameter, levels[0].location), days=(3,))
        for key, variant, units, confirmed_on, order, supplier, is_sent, leaves_at in lines:
            of = self.setup.suppliers[supplier]
            leaves_on = _day(leaves_at, self.setup.zone)
            sent_on = leaves_on if is_sent else max(leaves_on, self.today)
            found.setdefault(variant, []).append(
                Coming(key, order, units, of, sent_on, self.today, confirmed_on, self.setup)
            )
        for several in (of for of in found.values() if len(of) > 1):
            several.sort(key=self._soonest_first)
        return found

    def _soonest_first(self, coming: Coming) -> tuple[date, int]:
        ready = self.ready_of(coming, EXPECTED)
        return (ready.on if ready else date.max, coming.source)

    def _read_oldest(self, levels: list[Level]) -> dict[int, datetime]:
        if not levels:
            return {}
        condition, parameter = rows.among("supplier_id", {level.supplier for level in levels})
        return dict(rows.select(_OLDEST.format(condition), (parameter, levels[0].location), instants=(1,)))


_COMING = (
    "SELECT line.id, line.variant_id, line.outstanding, line.confirmed_on, po.id, po.supplier_id,"
    " po.sent_at IS NOT NULL, coalesce(po.sent_at, po.send_at, po.raised_at) FROM onorder_purchaseorderline AS line"
    " JOIN onorder_purchaseorder AS po ON po.id = line.purchase_order_id"
    " WHERE line.outstanding > 0 AND {} AND po.location_id = %s"
)
_OLDEST = (
    "SELECT supplier_id, min(buffered_at) FROM onorder_stocklevel"
    " WHERE {} AND location_id = %s AND buffered_at IS NOT NULL GROUP BY supplier_id"
)


@lru_cache(maxsize=4_096)
def _day(at: datetime | str, zone: ZoneInfo) -> date:
    """The day of an instant in this zone; SQLite gives it as text."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return at.astimezone(zone).date()


@lru_cache(maxsize=2_048)
def _distribution(
    sent_on: date, lead: LeadTime, supplier: Calendar, handling: Handling, today: date | None
) -> promising.Distribution:
    return promising.ship_distribution(sent_on, lead, supplier, handling, today=today)
