"""The buffers: what stands in each supplier's, how far it is from its minimum, and when it fires."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from onorder.ledger import rows
from onorder.models import Location, Supplier, Variant
from onorder.queue import setup as settings
from onorder.queue.buffers import Buffer, buffers
from onorder.queue.outlook import EXPECTED
from onorder.queue.setup import Setup
from onorder.rules import promising
from onorder.rules.buffering import missing_units, next_break


@dataclass(frozen=True, slots=True)
class NextBreak:
    """What a few more units of one SKU would save. `units`: how many more; money in minor units, over all of them."""

    sku: str
    units: int
    saves_minor: int


@dataclass(frozen=True, slots=True)
class BufferRow:
    """One supplier's buffer at one location. Money in minor units of `currency`.

    Args:
        units_today: of its units, those that joined since the shop's day began.
        orders: customers' orders with units in it.
        missing_units: units like these that it lacks to its minimum.
        at_risk: order lines in it that would be expected after the day they were told, if it were left until `due_at`.
        due_at: when it fires at the latest; in the past, when it should have.
        would: what its policy would do now: fire, top_up, ask, roll or wait.
        surplus: units that rounding would buy beyond what customers wait for.
    """

    supplier: str
    name: str
    location: str
    units: int
    units_today: int
    orders: int
    value_minor: int
    currency: str
    minimum_units: int
    minimum_value_minor: int
    missing_units: int
    oldest_at: datetime
    earliest_promise: date | None
    at_risk: int
    due_at: datetime
    held_until: datetime | None
    would: str
    reason: str
    purchase_units: int
    purchase_value_minor: int
    surplus: int
    next_break: NextBreak | None

    @property
    def is_full(self) -> bool:
        """Whether it has a minimum, and what waits in it reaches it."""
        return bool(self.minimum_units or self.minimum_value_minor) and not self.missing_units


@dataclass(frozen=True, slots=True)
class BufferAtRisk:
    """A buffer with what makes it urgent: promises that would be missed at its deadline, and when that is."""

    supplier: str
    name: str
    location: str
    at_risk: int
    due_at: datetime
    held_until: datetime | None


def buffers_at_risk(*, now: datetime) -> list[BufferAtRisk]:
    """Every buffer in which something waits, what fires next first. Eight statements; it reads the lines in them."""
    setup = settings.current()
    found = buffers(setup, now=now)
    if not found:
        return []
    suppliers = {key: (code, name) for key, code, name in Supplier.objects.values_list("pk", "code", "name")}
    locations = dict(Location.objects.values_list("pk", "code"))
    listed = [
        BufferAtRisk(
            *suppliers[of.supplier.id],
            locations[of.location],
            min(_at_risk(setup, of), of.state.units),
            of.late_at or of.due_at,
            of.state.held_until,
        )
        for of in found
    ]
    return sorted(listed, key=lambda one: (one.due_at, one.supplier, one.location))


def buffer_rows(*, now: datetime, suppliers: Collection[str] | None = None) -> list[BufferRow]:
    """Every buffer in which something waits, what fires next first. Ten statements, whatever their number.

    Reads the order lines that stand in them.

    Args:
        suppliers: only those of these suppliers' codes.
    """
    setup = settings.current()
    named = {row[0]: row[1:] for row in Supplier.objects.values_list("pk", "code", "name", "currency")}
    locations = dict(Location.objects.values_list("pk", "code"))
    only = None if suppliers is None else [key for key, (code, _, _) in named.items() if code in suppliers]
    found = buffers(setup, now=now, suppliers=only)
    if not found:
        return []
    waiting = _waiting(setup, now, only)
    breaks = _next_breaks(found)
    rows_ = []
    for buffer in found:
        code, name, currency = named[buffer.supplier.id]
        key = (buffer.supplier.id, buffer.location)
        orders, units_today = waiting.get(key, (0, 0))
        rows_.append(
            BufferRow(
                supplier=code,
                name=name,
                location=locations[buffer.location],
                units=buffer.state.units,
                units_today=min(units_today, buffer.state.units),
                orders=min(orders, buffer.state.units),  # Of lines that joined at one instant some may be covered.
                value_minor=buffer.state.value_minor,
                currency=currency,
                minimum_units=buffer.policy.minimum_units,
                minimum_value_minor=buffer.policy.minimum_value_minor,
                missing_units=missing_units(buffer.policy, buffer.state.units, buffer.state.value_minor),
                oldest_at=buffer.state.oldest_at or now,
                earliest_promise=buffer.state.earliest_promise,
                at_risk=min(_at_risk(setup, buffer), buffer.state.units),
                due_at=buffer.late_at or buffer.due_at,
                held_until=buffer.state.held_until,
                would=buffer.verdict.step,
                reason=buffer.verdict.reason or "",
                purchase_units=buffer.state.purchase_units,
                purchase_value_minor=buffer.state.purchase_value_minor,
                surplus=sum(line.surplus for line in buffer.lines),
                next_break=breaks.get(key),
            )
        )
    return sorted(rows_, key=lambda row: (row.due_at, row.supplier, row.location))


@dataclass(frozen=True, slots=True)
class Deadline:
    """A buffer (supplier and location by key), and when what stands in it ships if it is left until its deadline."""

    supplier: int
    location: int
    expected_on: date


def deadlines(*, now: datetime, supplier: str | None = None) -> list[Deadline]:
    """Every buffer of which somebody knows when it would ship: who was told a day before that is at risk. Seven
    statements."""
    setup = settings.current()
    only = [setup.supplier(supplier).id] if supplier else None
    dated = [(of, _expected_on(setup, of)) for of in buffers(setup, now=now, suppliers=only)]
    return [Deadline(of.supplier.id, of.location, on) for of, on in dated if on]


def number_at_risk(*, now: datetime) -> int:
    """Order lines in buffers that would be late if they were left until their deadlines. Seven statements."""
    setup = settings.current()
    return sum(_at_risk(setup, buffer) for buffer in buffers(setup, now=now))


_IN_BUFFERS = (
    " FROM onorder_stocklevel AS level JOIN onorder_orderline AS line"
    " ON line.variant_id = level.variant_id AND line.location_id = level.location_id"
    " AND line.waiting > 0 AND line.queued_at >= level.buffered_at WHERE level.buffered_at IS NOT NULL"
)


def _in_buffers(suppliers: Collection[int] | None) -> tuple[str, list[object]]:
    """The lines that stand in the buffers, of some suppliers or of all, and the parameters of the statement."""
    if suppliers is None:
        return _IN_BUFFERS, []
    condition, parameter = rows.among("level.supplier_id", suppliers)
    return f"{_IN_BUFFERS} AND {condition}", [parameter]


def _waiting(setup: Setup, now: datetime, suppliers: Collection[int] | None) -> dict[tuple[int, int], tuple[int, int]]:
    """By supplier and location: orders with units in the buffer, and units that joined today."""
    today = datetime.combine(setup.today(now), time(), setup.zone)
    lines, parameters = _in_buffers(suppliers)
    found = rows.select(
        "SELECT level.supplier_id, level.location_id, count(DISTINCT line.order_id),"
        f" sum(CASE WHEN line.queued_at >= %s THEN line.waiting ELSE 0 END){lines}"
        " GROUP BY level.supplier_id, level.location_id",
        [rows.instant(today), *parameters],
    )
    return {(of, at): (orders, int(units)) for of, at, orders, units in found}


def _expected_on(setup: Setup, buffer: Buffer) -> date | None:
    """When what stands in it would ship, as likely as not, if it were ordered at its deadline."""
    supplier = buffer.supplier
    if supplier.lead is None:
        return None
    on = supplier.calendar.next_open(setup.today(buffer.due_at))
    return promising.from_buffer(on, "order_day", supplier.lead, supplier.calendar, setup.handling, EXPECTED).on


def _at_risk(setup: Setup, buffer: Buffer) -> int:
    """Lines in the buffer that were told a day before the expected one."""
    on = _expected_on(setup, buffer)
    return sum(lines for told_on, lines in buffer.promises if on and told_on < on)


def _next_breaks(found: Collection[Buffer]) -> dict[tuple[int, int], NextBreak]:
    """By supplier and location: the price break that the fewest more units would reach."""
    nearest: dict[tuple[int, int], tuple[int, int, int]] = {}
    for buffer in found:
        for need in buffer.needs:
            if further := next_break(need.units, need.offer.list_cost_minor, need.offer.breaks):
                more, saves_each = further
                mine = (more, need.variant, saves_each * (need.units + more))
                key = (buffer.supplier.id, buffer.location)
                nearest[key] = min(nearest.get(key, mine), mine)
    skus = dict(Variant.objects.filter(pk__in={variant for _, variant, _ in nearest.values()}).values_list("pk", "sku"))
    return {key: NextBreak(skus[variant], more, saves) for key, (more, variant, saves) in nearest.items()}
