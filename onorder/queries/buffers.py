"""The buffers: what stands in each supplier's, how far it is from its minimum, and when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from onorder.models import Location, Supplier
from onorder.queue import setup as settings
from onorder.queue.buffers import buffers
from onorder.rules.buffering import next_break


@dataclass(frozen=True, slots=True)
class BufferRow:
    """One supplier's buffer at one location. Money in minor units of `currency`."""

    supplier: str
    name: str
    location: str
    units: int
    value_minor: int
    currency: str
    minimum_units: int
    minimum_value_minor: int
    oldest_at: datetime
    earliest_promise: date | None
    due_at: datetime
    held_until: datetime | None
    would: str  # What its policy would do now: fire, top_up, ask, roll or wait.
    reason: str
    purchase_units: int
    purchase_value_minor: int
    surplus: int
    units_to_next_break: int | None
    saving_at_next_break_minor: int | None


def buffer_rows(*, now: datetime, supplier: str | None = None) -> list[BufferRow]:
    """Every buffer in which something waits, what fires next first. Eight statements, whatever their number."""
    setup = settings.current()
    suppliers = {row[0]: row[1:] for row in Supplier.objects.values_list("pk", "code", "name", "currency")}
    locations = dict(Location.objects.values_list("pk", "code"))
    only = next((key for key, (code, _, _) in suppliers.items() if code == supplier), -1) if supplier else None
    rows = []
    for buffer in buffers(setup, now=now, supplier=only):
        code, name, currency = suppliers[buffer.supplier.id]
        breaks = [
            (found, need.units)
            for need in buffer.needs
            if (found := next_break(need.units, need.offer.list_cost_minor, need.offer.breaks))
        ]
        nearest = min(breaks, key=lambda one: one[0][0]) if breaks else None
        rows.append(
            BufferRow(
                supplier=code,
                name=name,
                location=locations[buffer.location],
                units=buffer.state.units,
                value_minor=buffer.state.value_minor,
                currency=currency,
                minimum_units=buffer.policy.minimum_units,
                minimum_value_minor=buffer.policy.minimum_value_minor,
                oldest_at=buffer.state.oldest_at or now,
                earliest_promise=buffer.state.earliest_promise,
                due_at=buffer.late_at or buffer.due_at,
                held_until=buffer.state.held_until,
                would=buffer.verdict.step,
                reason=buffer.verdict.reason or "",
                purchase_units=buffer.state.purchase_units,
                purchase_value_minor=buffer.state.purchase_value_minor,
                surplus=sum(line.surplus for line in buffer.lines),
                units_to_next_break=nearest[0][0] if nearest else None,
                saving_at_next_break_minor=nearest[0][1] * (nearest[1] + nearest[0][0]) if nearest else None,
            )
        )
    return sorted(rows, key=lambda row: (row.due_at, row.supplier, row.location))
