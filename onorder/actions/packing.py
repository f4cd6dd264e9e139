"""Parcels are closed, and wait for their carrier; one may be opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onorder.errors import OnOrderError
from onorder.ledger import orders as customers_orders
from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.models import Event, Packing
from onorder.queue.leaving import Parcel, check, closed, is_as_packed, label, let_go

PACKED_BEFORE = "the customer knows that a parcel is packed"


class PackedAlready(OnOrderError):
    code = "packed_already"
    sentence = "The parcel of {numbers} is packed already."
    remedy = "It waits for its carrier. Open it again if something about it has to change."


class NothingPacked(OnOrderError):
    code = "nothing_packed"
    sentence = "No packed parcel of {number} waits for its carrier."
    remedy = "It was opened again, or has left."


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel that is closed: its order, and the units in it."""

    order: str
    units: int


@transaction.atomic(durable=True)
def pack(parcels: Sequence[Parcel], *, by: str, now: datetime, skip_unready: bool = False) -> list[Packed]:
    """Close parcels: of each order what may go now, with its address on it. They leave when their carrier has them.

    One that was packed before, and is not what may go any more, is packed anew.

    Args:
        skip_unready: leave out orders of which nothing may go, that are held, or packed already, instead of refusing.

    Raises:
        NotFound, OnHold, NotPaid, NothingToShip: as of `onorder.actions.shipping.ship`.
        PackedAlready: it is.
        PackedOtherwise: something else was counted into one than what may go.
    """
    wanted = {parcel.order: parcel for parcel in parcels}
    going, _levels = let_go(wanted, skip_unready=skip_unready)
    before = closed([one.head.id for one in going])
    done = [one for one in going if one.head.id in before and is_as_packed(one, before[one.head.id])]
    if done and not skip_unready:
        raise PackedAlready(numbers=", ".join(one.head.number for one in done[:20]))
    going = [one for one in going if one not in done]
    check(going, wanted, {})
    told = _told({one.head.id for one in going})
    journal, entries = Journal(by=by, at=now), []
    for one in going:
        entry = journal.record("packed", f"order:{one.head.id}", {"lines": [list(few) for few in one.contents]})
        journal.tell(entry, one.head.recipient, unless=PACKED_BEFORE if one.head.id in told else "")
        entries.append(entry)
    journal.write()
    if anew := before.keys() & {one.head.id for one in going}:
        Packing.objects.filter(order__in=anew).delete()
    rows.insert(
        Packing,
        ("order", "contents", "address", "carrier", "tracking", "event"),
        [
            (one.head.id, entry.data["lines"], one.head.address, *label(wanted[one.head.number]), entry.id)
            for one, entry in zip(going, entries, strict=True)
        ],
    )
    return [Packed(one.head.number, sum(units for _, units in one.contents)) for one in going]


@transaction.atomic(durable=True)
def unpack(number: str, *, by: str, now: datetime) -> None:
    """Open a packed parcel again: it is packed anew in its turn.

    Raises:
        NotFound: an unknown order.
        NothingPacked: no packed parcel of it waits for its carrier.
    """
    order = customers_orders.find(number)
    lock_levels(customers_orders.variants(order.id).values(), location=order.location)
    opened, _ = Packing.objects.filter(order=order.id).delete()
    if not opened:
        raise NothingPacked(number=number)
    journal = Journal(by=by, at=now)
    journal.record("unpacked", order.subject)
    journal.write()


def _told(orders: set[int]) -> set[int]:
    """Of these orders those whose customers know of a packed parcel that has not left, opened since or not."""
    subjects = {f"order:{order}": order for order in orders}
    events = Event.objects.filter(subject__in=list(subjects), kind__in=["packed", "shipped"]).order_by("pk")
    last = dict(events.values_list("subject", "kind"))
    return {subjects[subject] for subject, kind in last.items() if kind == "packed"}
