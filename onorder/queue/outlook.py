"""When units that are not here yet will ship: what is on order, soonest first, and then the supplier's buffer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Min

from onorder.ledger.levels import Level
from onorder.models import PurchaseOrderLine, StockLevel
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

    At most two statements, both here: the open purchase order lines, and since when each buffer has waited.
    """

    def __init__(self, setup: Setup, levels: Collection[Level], *, now: datetime) -> None:
        self.setup = setup
        self.now = now
        self.today = setup.today(now)
        self._coming = self._read_coming([level for level in levels if level.incoming])
        self._oldest = self._read_oldest([level for level in levels if level.supplier])
        self._due: dict[int, Due] = {}

    def coming(self, variant: int) -> list[Coming]:
        """The open purchase order lines of a variant, the one that will be ready soonest first."""
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
        if (coming := self.source(level.variant, unit)) and (ready := coming.ready(share)):
            return ready
        supplier = self.setup.suppliers.get(level.supplier) if level.supplier else None
        if supplier is None or supplier.lead is None:
            return None
        due = self._due_of(supplier)
        return promising.from_buffer(due.on, due.cause, supplier.lead, supplier.calendar, self.setup.handling, share)

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
        coming = self.source(level.variant, unit)
        if coming and coming.confirmed_on is None and coming.supplier.lead:
            lead, of = coming.supplier.lead, coming.supplier
            return _distribution(coming.sent_on, lead, of.calendar, self.setup.handling, self.today)
        ready = self.ready(level, unit)
        supplier = self.setup.suppliers.get(level.supplier or 0)
        if coming or supplier is None or supplier.lead is None:
            return {ready.on: 1.0} if ready else {}
        return _distribution(self._due_of(supplier).on, supplier.lead, supplier.calendar, self.setup.handling, None)

    def shelf(self) -> Promise:
        """When units that are here will ship."""
        return promising.from_shelf(self.today, self.setup.handling)

    def _due_of(self, supplier: SupplierSetup) -> Due:
        if supplier.id not in self._due:
            oldest_at = self._oldest.get(supplier.id)
            self._due[supplier.id] = supplier.rhythm.due_on(self.now, supplier.calendar, oldest_at)
        return self._due[supplier.id]

    def _read_coming(self, levels: list[Level]) -> dict[int, list[Coming]]:
        if not levels:
            return {}
        found: dict[int, list[Coming]] = {}
        lines = PurchaseOrderLine.objects.filter(
            outstanding__gt=0,
            variant__in=[level.variant for level in levels],
            purchase_order__location=levels[0].location,
        )
        for key, variant, units, confirmed_on, supplier, sent_at, send_at, raised_at in lines.values_list(
            "pk",
            "variant",
            "outstanding",
            "confirmed_on",
            "purchase_order__supplier",
            "purchase_order__sent_at",
            "purchase_order__send_at",
            "purchase_order__raised_at",
        ):
            of = self.setup.suppliers[supplier]
            sent_on = max(sent_at or send_at or raised_at, raised_at).astimezone(self.setup.zone).date()
            found.setdefault(variant, []).append(
                Coming(key, units, of, sent_on if sent_at else max(sent_on, self.today), self.today, confirmed_on, self.setup)
            )  # fmt: skip
        for lines_of_variant in found.values():
            lines_of_variant.sort(key=_soonest_first)
        return found

    def _read_oldest(self, levels: list[Level]) -> dict[int, datetime]:
        if not levels:
            return {}
        waiting = StockLevel.objects.filter(
            supplier__in={level.supplier for level in levels}, location=levels[0].location, buffered_at__isnull=False
        )
        return dict(waiting.values_list("supplier").annotate(Min("buffered_at")))


@lru_cache(maxsize=2_048)
def _distribution(
    sent_on: date, lead: LeadTime, supplier: Calendar, handling: Handling, today: date | None
) -> promising.Distribution:
    return promising.ship_distribution(sent_on, lead, supplier, handling, today=today)


def _soonest_first(coming: Coming) -> tuple[date, int]:
    ready = coming.ready(EXPECTED)
    return (ready.on if ready else date.max, coming.source)
