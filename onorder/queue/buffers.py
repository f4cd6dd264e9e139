"""The buffer of each supplier: what waits that nothing on order covers, and whether it is time to buy it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    minimum_is_reached,
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
    promises: tuple[tuple[date, int], ...]  # The days that customers in it were told, with how many lines of each.
    due_at: datetime  # When it fires at the latest.
    late_at: datetime | None  # A deadline that passed without an answer yet.
    verdict: Verdict

    @property
    def minimum_is_reached(self) -> bool:
        """Whether what customers wait for meets every minimum that the policy names (False if it names none)."""
        return minimum_is_reached(self.policy, self.state)


def buffers(
    setup: Setup,
    *,
    now: datetime,
    suppliers: Collection[int] | None = None,
    location: int | None = None,
    variants: Collection[int] | None = None,
) -> list[Buffer]:
    """The buffers in which something waits, by supplier and location. Four statements, whatever their number.

    Args:
        suppliers, location: only of these; None for all.
        variants: only what waits for these; None for all.
    """
    needs = _needs(suppliers, location, variants)
    if not needs:
        return []
    promises = _promises(suppliers, location)
    stored = _rows({key: of.oldest_at for key, of in needs.items()})
    return [
        _buffer(setup, setup.suppliers[key[0]], stored[key], needs[key], promises.get(key, ()), now)
        for key in sorted(needs)
        if key[0] in setup.suppliers
    ]


@dataclass(frozen=True, slots=True)
class Due:
    """A buffer whose policy wants something done now."""

    supplier: SupplierSetup
    location: int


def due(setup: Setup, *, now: datetime) -> list[Due]:
    """Buffers to order, to ask about, to roll over, or whose minimum was reached or lost. Three statements.

    Found from their sums alone: whether something is due does not hang on what would be bought, only what is done then.
    """
    sums = _sums()
    if not sums:
        return []
    earliest = _earliest_promises()
    stored = _rows({key: oldest_at for key, (_, _, oldest_at) in sums.items()})
    found = []
    for key, (units, value_minor, oldest_at) in sums.items():
        if (supplier := setup.suppliers.get(key[0])) is None:
            continue
        row = stored[key]
        state = BufferState(
            units=units,
            value_minor=value_minor,
            purchase_units=units,
            purchase_value_minor=value_minor,
            reached_at=row.reached_at,
            oldest_at=oldest_at,
            earliest_promise=earliest.get(key),
            held_until=row.held_until,
        )
        verdict = judge(supplier.policy, state, _clock(setup, supplier, oldest_at, row.judged_at, now), now)
        if verdict.step != "wait" or minimum_is_reached(supplier.policy, state) != (row.reached_at is not None):
            found.append(Due(supplier, row.location))
    return found


_SUMS = (
    "SELECT level.supplier_id, level.location_id, sum(level.waiting - level.incoming),"
    " sum((level.waiting - level.incoming) * offer.unit_cost_minor), min(level.buffered_at)"
    " FROM onorder_stocklevel AS level JOIN onorder_offer AS offer ON offer.variant_id = level.variant_id"
    " AND offer.supplier_id = level.supplier_id AND offer.is_active WHERE level.buffered_at IS NOT NULL"
    " GROUP BY level.supplier_id, level.location_id ORDER BY level.supplier_id, level.location_id"
)


def _sums() -> dict[tuple[int, int], tuple[int, int, datetime]]:
    """By supplier and location: units, their value at list cost, and since when the oldest waits."""
    return {
        (of, at): (int(units), int(value_minor), oldest_at)
        for of, at, units, value_minor, oldest_at in rows.select(_SUMS, instants=(4,))
    }


@dataclass(frozen=True, slots=True)
class _Needs:
    needs: tuple[Need, ...]
    oldest_at: datetime


def _needs(
    suppliers: Collection[int] | None, location: int | None, variants: Collection[int] | None
) -> dict[tuple[int, int], _Needs]:
    conditions, parameters = ["level.buffered_at IS NOT NULL"], list[Any]()
    if location is not None:
        conditions.append("level.location_id = %s")
        parameters.append(location)
    for column, wanted in (("supplier_id", suppliers), ("variant_id", variants)):
        if wanted is not None:
            condition, parameter = rows.among(f"level.{column}", wanted)
            conditions.append(condition)
            parameters.append(parameter)
    found_rows = rows.select(_NEEDS.format(" AND ".join(conditions)), parameters, instants=(5,))
    breaks = price_breaks([row[6] for row in found_rows])
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


def price_breaks(offers: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    """From how many units on each of these offers costs how much. One statement."""
    condition, parameter = rows.among("offer_id", offers)
    statement = (
        f"SELECT offer_id, from_quantity, unit_cost_minor FROM onorder_pricebreak WHERE {condition} ORDER BY 1, 2"
    )
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for offer, quantity, cost in rows.select(statement, (parameter,)):
        found[offer] = (*found.get(offer, ()), (quantity, cost))
    return found


_IN_BUFFERS = (
    " FROM onorder_stocklevel AS level JOIN onorder_orderline AS line"
    " ON line.variant_id = level.variant_id AND line.location_id = level.location_id"
    " AND line.waiting > 0 AND line.queued_at >= level.buffered_at WHERE level.buffered_at IS NOT NULL"
)


def _promises(
    suppliers: Collection[int] | None, location: int | None
) -> dict[tuple[int, int], tuple[tuple[date, int], ...]]:
    """The days that customers in each buffer were told, the earliest first. Reads the lines that stand in the buffers,
    and no others."""
    only, parameters = "", list[Any]()
    if suppliers is not None:
        condition, parameter = rows.among("level.supplier_id", suppliers)
        only, parameters = f" AND {condition}", [parameter]
    if location is not None:
        only, parameters = only + " AND level.location_id = %s", [*parameters, location]
    found: dict[tuple[int, int], list[tuple[date, int]]] = {}
    for of, at, told_on, lines in rows.select(
        "SELECT level.supplier_id, level.location_id, coalesce(line.told_on, line.promised_on), count(*)"
        f"{_IN_BUFFERS}{only} AND coalesce(line.told_on, line.promised_on) IS NOT NULL"
        " GROUP BY level.supplier_id, level.location_id, coalesce(line.told_on, line.promised_on)",
        parameters,
        days=(2,),
    ):
        found.setdefault((of, at), []).append((told_on, lines))
    return {key: tuple(sorted(days)) for key, days in found.items()}


def _earliest_promises() -> dict[tuple[int, int], date]:
    """The first day that any customer in each buffer was told: all that whether something is due hangs on."""
    found = rows.select(
        "SELECT level.supplier_id, level.location_id, min(coalesce(line.told_on, line.promised_on))"
        f"{_IN_BUFFERS} GROUP BY level.supplier_id, level.location_id",
        days=(2,),
    )
    return {(of, at): first for of, at, first in found if first is not None}


@dataclass(frozen=True, slots=True)
class _Row:
    """The stored part of a buffer."""

    id: int
    location: int
    cycle: int
    judged_at: datetime
    reached_at: datetime | None
    held_until: datetime | None


def _rows(oldest: Mapping[tuple[int, int], datetime]) -> dict[tuple[int, int], _Row]:
    """The stored part of these buffers. One that never held anything before began when its oldest unit joined it."""
    found = _stored(oldest)
    if missing := oldest.keys() - found.keys():
        new = [models.Buffer(supplier_id=of, location_id=at, judged_at=oldest[of, at]) for of, at in sorted(missing)]
        models.Buffer.objects.bulk_create(new, ignore_conflicts=True)
        found = _stored(oldest)
    return found


def _stored(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], _Row]:
    condition, parameter = rows.among("supplier_id", {of for of, _ in keys})
    statement = (
        "SELECT supplier_id, id, location_id, cycle, judged_at, reached_at, held_until"
        f" FROM onorder_buffer WHERE {condition}"
    )
    return {
        (of, row[1]): _Row(*row)
        for of, *row in rows.select(statement, (parameter,), instants=(4, 5, 6))
        if (of, row[1]) in keys
    }


def _buffer(
    setup: Setup,
    supplier: SupplierSetup,
    row: _Row,
    needs: _Needs,
    promises: tuple[tuple[date, int], ...],
    now: datetime,
) -> Buffer:
    lines = purchase_lines(needs.needs)
    state = BufferState(
        units=sum(need.units for need in needs.needs),
        value_minor=sum(need.units * need.offer.list_cost_minor for need in needs.needs),
        purchase_units=sum(line.quantity for line in lines),
        purchase_value_minor=sum(line.total_minor for line in lines),
        reached_at=row.reached_at,
        oldest_at=needs.oldest_at,
        earliest_promise=promises[0][0] if promises else None,
        held_until=row.held_until,
    )
    clock = _clock(setup, supplier, needs.oldest_at, row.judged_at, now)
    due = supplier.rhythm.due_on(now, supplier.calendar, needs.oldest_at)
    return Buffer(
        id=row.id,
        cycle=row.cycle,
        location=row.location,
        supplier=supplier,
        policy=supplier.policy,
        state=state,
        needs=needs.needs,
        lines=lines,
        promises=promises,
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
