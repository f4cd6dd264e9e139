"""The shelf is counted, and what is broken is written off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger.changes import Changes
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.models import Event, OrderLine, Variant
from onorder.queue import setup as settings

MOST_UNITS = 10_000_000


class NotOnHand(OnOrderError):
    code = "not_on_hand"
    sentence = "Only {on_hand} units of {sku} are here, so {wanted} cannot go."
    remedy = "Count again."


@dataclass(frozen=True, slots=True)
class Counted:
    """`units` of one SKU are really here."""

    sku: str
    units: int

    def __post_init__(self) -> None:
        if not 0 <= self.units <= MOST_UNITS:
            raise BadInput(
                what="{sku}",
                problem="{units} is not a count",
                remedy="Count between 0 and {most:,}.",
                sku=self.sku,
                units=self.units,
                most=MOST_UNITS,
            )


@transaction.atomic(durable=True)
def count_many(
    counts: Sequence[Counted], *, location: str | None = None, why: str = "", by: str, now: datetime
) -> Changes:
    """Set what is on hand to what was counted.

    More goes to the oldest waiting lines. If units that are set aside turn out to be missing, the youngest lines lose
    them and wait again in their old places. Counting the same again changes nothing.

    Raises:
        NotFound: an unknown SKU or location.
    """
    units = {counted.sku: counted.units for counted in counts}
    variants = _variants(units)
    levels = lock_levels(variants.values(), location=settings.current().location_of(location))
    differences = {levels[variants[sku]].id: counted - levels[variants[sku]].on_hand for sku, counted in units.items()}
    changed = [level for level in levels.values() if differences[level.id]]
    _change(changed, differences, kind="counted", why=why, by=by, now=now)
    return Changes(changed=len(changed), unchanged=len(levels) - len(changed))


@transaction.atomic(durable=True)
def write_off(sku: str, units: int, *, location: str | None = None, why: str, key: str, by: str, now: datetime) -> None:
    """Take units that can no longer be sold out of stock, with the reason. Safe to repeat with the same `key`.

    Raises:
        NotFound: an unknown SKU or location.
        NotOnHand: so many are not here.
        BadInput: not a quantity, or no reason.
    """
    if units < 1 or not why.strip():
        raise BadInput(
            what="{sku}", problem="needs a quantity and a reason to be written off", remedy="Give both.", sku=sku
        )
    variant = _variants([sku])[sku]
    level = lock_levels([variant], location=settings.current().location_of(location))[variant]
    if Event.objects.filter(subject=f"level:{level.id}", kind="written_off", data__key=key).exists():
        return
    if units > level.on_hand:
        raise NotOnHand(on_hand=level.on_hand, sku=sku, wanted=units)
    _change([level], {level.id: -units}, kind="written_off", why=why, key=key, by=by, now=now)


def _variants(skus: Collection[str]) -> dict[str, int]:
    found = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "pk"))
    if unknown := sorted(set(skus) - found.keys()):
        raise NotFound(what="SKU", name=", ".join(unknown[:20]))
    return found


def _change(
    levels: Sequence[Level], differences: dict[int, int], *, kind: str, why: str, key: str = "", by: str, now: datetime
) -> None:
    if not levels:
        return
    journal = Journal(by=by, at=now)
    entries: dict[int, Entry] = {}
    for level in levels:
        data = {"difference": differences[level.id]} | ({"key": key} if key else {})
        entries[level.id] = journal.record(kind, f"level:{level.id}", data, why=why)
    missing = {lv.variant: lv.allocated - (lv.on_hand + differences[lv.id]) for lv in levels}
    _take_from_the_youngest({v: units for v, units in missing.items() if units > 0}, levels, entries, journal)
    for level in levels:
        if kind == "written_off":
            journal.write_off(entries[level.id], level, -differences[level.id])
        else:
            journal.adjust(entries[level.id], level, differences[level.id])
    queue.allocate(levels, journal, why=kind)
    queue.refresh(levels, journal)
    journal.write()


def _take_from_the_youngest(
    missing: dict[int, int], levels: Sequence[Level], entries: dict[int, Entry], journal: Journal
) -> None:
    """Release units that are not here after all, from the lines that came last."""
    if not missing:
        return
    by_variant = {level.variant: level for level in levels}
    holding = OrderLine.objects.filter(variant__in=missing, location=levels[0].location, allocated__gt=0)
    for line in order_lines.read(holding.order_by("-queued_at", "-pk")):
        units = min(missing[line.variant], line.allocated)
        if units:
            missing[line.variant] -= units
            level = by_variant[line.variant]
            journal.release(entries[level.id], level, line, units, requeue=True)
