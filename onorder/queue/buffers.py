"""The buffer of each supplier: what waits that nothing on order covers, and whether it is time to buy it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from onorder import models
from onorder.ledger import rows
from onorder.queue.outlook import PROMISED
from onorder.queue.setup import Setup, SupplierSetup
from onorder.rules import promising
from onorder.rules.buffering import (
    BufferPolicy,
    BufferState,
    Clock,
    Need,
    OfferTerms,
    PurchaseLine,
    Verdict,
    judge,
    purchase_lines,
)


@dataclass(frozen=True, slots=True)
class Buffer:
    """One supplier's buffer at one location, seen at one instant."""

    id: int
    cycle: int
    location: int
    supplier: SupplierSetup
    policy: BufferPolicy
    state: BufferState
    needs: tuple[Need, ...]
    lines: tuple[PurchaseLine, ...]  # What would be bought now, rounded.
    due_at: datetime  # When it fires at the latest.
    late_at: datetime | None  # A deadline that passed without an answer yet.
    verdict: Verdict

    @property
    def minimum_is_reached(self) -> bool:
        """Whether what customers wait for meets every minimum that the policy names (False if it names none)."""
        policy, state = self.policy, self.state
        return (
            (policy.minimum_units > 0 or policy.minimum_value_minor > 0)
            and state.units >= policy.minimum_units
            and state.value_minor >= policy.minimum_value_minor
        )


def buffers(
    setup: Setup,
    *,
    now: datetime,
    supplier: int | None = None,
    location: int | None = None,
    variants: Collection[int] | None = None,
) -> list[Buffer]:
    """The buffers in which something waits, by supplier and location. Four statements, whatever their number.

    Args:
        supplier, location: only of these.
        variants: only what waits for these; None for all.
    """
    needs = _needs(supplier, location, variants)
    if not needs:
        return []
    earliest = _earliest_promises(supplier, location)
    stored = {(row.supplier_id, row.location_id): row for row in _rows(needs)}
    return [
        _buffer(setup, stored[key], needs[key], earliest.get(key), now)
        for key in sorted(needs)
        if key[0] in setup.suppliers
    ]


@dataclass(frozen=True, slots=True)
class _Needs:
    needs: tuple[Need, ...]
    oldest_at: datetime


def _needs(
    supplier: int | None, location: int | None, variants: Collection[int] | None
) -> dict[tuple[int, int], _Needs]:
    conditions, parameters = ["level.buffered_at IS NOT NULL"], []
    for column, value in (("supplier_id", supplier), ("location_id", location)):
        if value is not None:
            conditions.append(f"level.{column} = %s")
            parameters.append(value)
    if variants is not None:
        condition, parameter = rows.among("level.variant_id", variants)
        conditions.append(condition)
        parameters.append(parameter)
    found_rows = rows.select(_NEEDS.format(" AND ".join(conditions)), parameters, instants=(5,))
    breaks = _breaks([row[6] for row in found_rows])
    found: dict[tuple[int, int], list[tuple[Need, datetime]]] = {}
    for of, at, variant, waiting, incoming, buffered_at, offer, minimum, multiple, cost in found_rows:
        need = Need(variant, waiting - incoming, OfferTerms(minimum, multiple, cost, breaks.get(offer, ())))
        found.setdefault((of, at), []).append((need, buffered_at))
    return {
        key: _Needs(tuple(need for need, _ in pairs), min(buffered_at for _, buffered_at in pairs))
        for key, pairs in found.items()
    }


_NEEDS = (
    "SELECT level.supplier_id, level.location_id, level.variant_id, level.waiting, level.incoming, level.buffered_at,"
    " offer.id, offer.minimum_quantity, offer.order_multiple, offer.unit_cost_minor FROM onorder_stocklevel AS level"
    " JOIN onorder_offer AS offer ON offer.variant_id = level.variant_id AND offer.supplier_id = level.supplier_id"
    " AND offer.is_active WHERE {} ORDER BY level.supplier_id, level.location_id, level.variant_id"
)


def _breaks(offers: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    condition, parameter = rows.among("offer_id", offers)
    statement = (
        f"SELECT offer_id, from_quantity, unit_cost_minor FROM onorder_pricebreak WHERE {condition} ORDER BY 1, 2"
    )
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for offer, quantity, cost in rows.select(statement, (parameter,)):
        found[offer] = (*found.get(offer, ()), (quantity, cost))
    return found


def _earliest_promises(supplier: int | None, location: int | None) -> dict[tuple[int, int], date]:
    """The first day that any customer in each buffer was told. Reads the lines that stand in the buffers, no others."""
    only, parameters = "", list[int]()
    if supplier is not None:
        only, parameters = only + " AND level.supplier_id = %s", [*parameters, supplier]
    if location is not None:
        only, parameters = only + " AND level.location_id = %s", [*parameters, location]
    found = rows.select(
        "SELECT level.supplier_id, level.location_id, min(coalesce(line.told_on, line.promised_on))"
        " FROM onorder_stocklevel AS level JOIN onorder_orderline AS line"
        " ON line.variant_id = level.variant_id AND line.location_id = level.location_id"
        " AND line.waiting > 0 AND line.queued_at >= level.buffered_at"
        f" WHERE level.buffered_at IS NOT NULL{only} GROUP BY level.supplier_id, level.location_id",
        parameters,
        days=(2,),
    )
    return {(of, at): first for of, at, first in found if first is not None}


def _rows(needs: Mapping[tuple[int, int], _Needs]) -> list[models.Buffer]:
    """The stored part of these buffers. One that never held anything before began when its oldest unit joined it."""
    found = _stored(needs)
    if missing := needs.keys() - {(row.supplier_id, row.location_id) for row in found}:
        new = [
            models.Buffer(supplier_id=of, location_id=at, judged_at=needs[of, at].oldest_at)
            for of, at in sorted(missing)
        ]
        models.Buffer.objects.bulk_create(new, ignore_conflicts=True)
        found = _stored(needs)
    return found


def _stored(keys: Collection[tuple[int, int]]) -> list[models.Buffer]:
    return [
        row
        for row in models.Buffer.objects.filter(supplier__in={of for of, _ in keys})
        if (row.supplier_id, row.location_id) in keys
    ]


def _buffer(
    setup: Setup,
    row: models.Buffer,
    needs: _Needs,
    earliest: date | None,
    now: datetime,
) -> Buffer:
    supplier = setup.suppliers[row.supplier_id]
    lines = purchase_lines(needs.needs)
    state = BufferState(
        units=sum(need.units for need in needs.needs),
        value_minor=sum(need.units * need.offer.list_cost_minor for need in needs.needs),
        purchase_units=sum(line.quantity for line in lines),
        purchase_value_minor=sum(line.total_minor for line in lines),
        reached_at=row.reached_at,
        oldest_at=needs.oldest_at,
        earliest_promise=earliest,
        held_until=row.held_until,
    )
    clock = _clock(setup, supplier, needs.oldest_at, row.judged_at, now)
    due = supplier.rhythm.due_on(now, supplier.calendar, needs.oldest_at)
    return Buffer(
        id=row.pk,
        cycle=row.cycle,
        location=row.location_id,
        supplier=supplier,
        policy=supplier.policy,
        state=state,
        needs=needs.needs,
        lines=lines,
        due_at=supplier.rhythm.cutoff_at(due.on),
        late_at=clock.maximum_wait_passed_at or clock.deadline_passed_at,
        verdict=judge(supplier.policy, state, clock, now),
    )


def _clock(setup: Setup, supplier: SupplierSetup, oldest_at: datetime, judged_at: datetime, now: datetime) -> Clock:
    cutoff = supplier.rhythm.last_cutoff(now, supplier.calendar)
    open_deadline = cutoff is not None and cutoff > judged_at and cutoff >= oldest_at
    limit = supplier.rhythm.maximum_wait_at(oldest_at, supplier.calendar)
    return Clock(
        deadline_passed_at=cutoff if open_deadline else None,
        maximum_wait_passed_at=limit if limit is not None and limit <= now else None,
        next_ship_on=_if_ordered_later(setup, supplier, now),
    )


def _if_ordered_later(setup: Setup, supplier: SupplierSetup, now: datetime) -> date | None:
    """The day that goods would ship if the buffer were left until the next cut-off of a day the supplier works."""
    if supplier.lead is None:
        return None
    later = supplier.calendar.next_open(supplier.rhythm.first_day(now))
    return promising.from_buffer(later, "order_day", supplier.lead, supplier.calendar, setup.handling, PROMISED).on
