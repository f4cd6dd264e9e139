"""Parcels leave, and units are lent so that one may leave sooner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError, Phrase
from onorder.ledger import lines as order_lines
from onorder.ledger import orders as customers_orders
from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.models import Loan, Order, OrderLine, Packing, Shipment
from onorder.queue import setup as settings
from onorder.queue.leaving import Going, check, closed, held, is_as_packed, label, let_go
from onorder.queue.leaving import NothingToShip as NothingToShip
from onorder.queue.leaving import NotPaid as NotPaid
from onorder.queue.leaving import OnHold as OnHold
from onorder.queue.leaving import PackedForElsewhere as PackedForElsewhere
from onorder.queue.leaving import PackedOtherwise as PackedOtherwise
from onorder.queue.leaving import Parcel as Parcel
from onorder.queue.lending import NoLender, lender_for
from onorder.queue.outlook import Outlook
from onorder.rules.lifecycle import ShippingPolicy


class HeldAlready(OnOrderError):
    code = "held_already"
    sentence = "Order {number} is held already: {why}."
    remedy = "Release it first, or write what is new in a note."


class NothingToRelease(OnOrderError):
    code = "nothing_to_release"
    sentence = "Order {number} is not held."
    remedy = "Its parcels go in their turn."


class NoLoan(OnOrderError):
    code = "no_loan"
    sentence = "No unit of {sku} can be lent to {number}: {why}."
    remedy = "It is served in its turn."
    worded = ("why",)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left: units by SKU line, and the units of the order that are still to follow."""

    number: str
    order: str
    units: int
    to_follow: int


@transaction.atomic(durable=True)
def ship(parcels: Sequence[Parcel], *, by: str, now: datetime, skip_unready: bool = False) -> list[Shipped]:
    """Hand over parcels: of each order what its shipping policy lets go now. All of them at one location.

    Args:
        skip_unready: leave out orders of which nothing may go, or that are held, instead of refusing.

    Raises:
        NotFound: an unknown order.
        OnHold: an order is held.
        NotPaid: an order that is paid before it leaves is not.
        NothingToShip: nothing of an order may go.
        PackedOtherwise, PackedForElsewhere: something else was packed than what may go, or for somewhere else.
    """
    wanted = {parcel.order: parcel for parcel in parcels}
    going, levels = let_go(wanted, skip_unready=skip_unready)
    packed = closed([one.head.id for one in going])
    if skip_unready:
        going = [one for one in going if is_as_packed(one, packed.get(one.head.id))]
    check(going, wanted, packed)
    return _hand_over(going, wanted, packed, levels, by=by, now=now)


@transaction.atomic(durable=True)
def hold(number: str, why: str, *, by: str, now: datetime) -> None:
    """Keep the parcels of an order from leaving until it is released, for a reason.

    It keeps its place in the queue, and what is set aside for it stays so: nothing is given away.

    Raises:
        NotFound: an unknown order.
        HeldAlready: it is held.
        BadInput: no reason, or nothing of it is left to be sent.
    """
    reason = why.strip()[:200]
    if not reason:
        raise BadInput(what="Order {number}", problem="is held for no reason", remedy="Say why.", number=number)
    order = customers_orders.find(number)
    if before := _lock_held(order):
        raise HeldAlready(number=number, why=before)
    if not OrderLine.objects.filter(order=order.id).filter(Q(waiting__gt=0) | Q(allocated__gt=0)).exists():
        raise BadInput(
            what="Order {number}", problem="nothing of it is left to be held", remedy="It is over.", number=number
        )
    Order.objects.filter(pk=order.id).update(held_at=now, held_why=reason)
    journal = Journal(by=by, at=now)
    journal.record("held", order.subject, why=reason)
    journal.write()


@transaction.atomic(durable=True)
def release(number: str, *, why: str = "", by: str, now: datetime) -> None:
    """Let the parcels of an order leave again, in their turn.

    Raises:
        NotFound: an unknown order.
        NothingToRelease: it is not held.
    """
    order = customers_orders.find(number)
    if not _lock_held(order):
        raise NothingToRelease(number=number)
    Order.objects.filter(pk=order.id).update(held_at=None, held_why="")
    journal = Journal(by=by, at=now)
    journal.record("released", order.subject, why=why.strip()[:200])
    journal.write()


@transaction.atomic(durable=True)
def set_shipping_policy(number: str, policy: ShippingPolicy, *, most_parcels: int = 1, by: str, now: datetime) -> None:
    """Send an order together, or in parts.

    Raises:
        NotFound: an unknown order.
    """
    if most_parcels < 1:
        raise BadInput(
            what="Order {number}", problem="cannot go in no parcel", remedy="Give one or more.", number=number
        )
    changed = Order.objects.filter(number=number)
    key = changed.values_list("pk", flat=True).first()
    if key is None:
        raise NotFound(what="order", name=number)
    changed.update(shipping_policy=policy, most_parcels=most_parcels)
    journal = Journal(by=by, at=now)
    journal.record("shipping_policy", f"order:{key}", {"policy": policy, "most_parcels": most_parcels})
    journal.write()


@transaction.atomic(durable=True)
def track(number: str, *, carrier: str, tracking: str, by: str, now: datetime) -> None:
    """Note who carries a parcel that has left, and its number there.

    Raises:
        NotFound: no parcel has this number.
    """
    found = Shipment.objects.filter(number=number)
    order = found.values_list("order", flat=True).first()
    if order is None:
        raise NotFound(what="parcel", name=number)
    found.update(carrier=carrier[:40], tracking=tracking[:80])
    journal = Journal(by=by, at=now)
    journal.record("tracked", f"order:{order}", {"parcel": number})
    journal.write()


@transaction.atomic(durable=True)
def lend(sku: str, *, to: str, by: str, now: datetime) -> int:
    """Lend units that an older order keeps while it waits for its rest to a younger one that could ship with them.

    Only if the lender loses nothing: what repays it is on order, named, and here before the rest of its order is. A
    unit is lent once.

    Returns:
        Units lent.

    Raises:
        NotFound: the order has no such line.
        NoLoan: nobody can lend, or the borrower could not ship with it.
    """
    borrower = _waiting_line(sku, to)
    levels = lock_levels([borrower.variant], location=borrower.location)
    level = levels[borrower.variant]
    borrower = _waiting_line(sku, to)
    found = lender_for(borrower, Outlook(settings.current(), [level], now=now))
    if isinstance(found, NoLender):
        why: Phrase = found.why
        raise NoLoan(sku=sku, number=to, why=why)
    lender = found.line
    journal = Journal(by=by, at=now)
    units = borrower.waiting
    given = journal.record("lent", f"order:{lender.order}", {"lines": [[lender.id, units]], "to": to})
    taken = journal.record("borrowed", f"order:{borrower.order}", {"lines": [[borrower.id, units]]})
    journal.release(given, level, lender, units, requeue=True)
    journal.allocate(taken, level, borrower, units)
    Loan.objects.create(
        lender_id=lender.id, borrower_id=borrower.id, quantity=units, repaid_from_id=found.repaid_from, at=now
    )
    queue.refresh([level], journal)
    journal.write()
    return units


def _lock_held(order: customers_orders.Head) -> str:
    """Why an order is held, or "", once no parcel of it can leave and no unit of it can be lent meanwhile."""
    lock_levels(customers_orders.variants(order.id).values(), location=order.location)
    return held([order.id]).get(order.id, "")


def _hand_over(
    going: list[Going],
    parcels: Mapping[str, Parcel],
    packed: Mapping[int, Packing],
    levels: dict[int, Level],
    *,
    by: str,
    now: datetime,
) -> list[Shipped]:
    journal = Journal(by=by, at=now)
    keys = rows.reserve({Shipment: len(going)})[Shipment] if going else []
    shipped: list[Shipped] = []
    entries: list[Entry] = []
    for one, key in zip(going, keys, strict=True):
        head, units = one.head, dict(one.contents)
        entry = journal.record(
            "shipped", f"order:{head.id}", {"shipment": f"SH-{key}", "lines": [list(few) for few in one.contents]}
        )
        for line in one.lines:
            if line.id in units:
                journal.ship(entry, levels[line.variant], line, units[line.id])
        to_follow = sum(line.waiting + line.allocated for line in one.lines)
        entry.data["to_follow"] = to_follow
        journal.tell(entry, head.recipient)
        entries.append(entry)
        shipped.append(Shipped(f"SH-{key}", head.number, sum(units.values()), to_follow))
    journal.write()
    rows.insert(
        Shipment,
        ("id", "number", "order", "carrier", "tracking", "shipped_at", "event"),
        [
            (key, left.number, one.head.id, *label(parcels[one.head.number], packed.get(one.head.id)), now, entry.id)
            for key, left, one, entry in zip(keys, shipped, going, entries, strict=True)
        ],
    )
    if gone := packed.keys() & {one.head.id for one in going}:
        Packing.objects.filter(order__in=gone).delete()
    return shipped


def _waiting_line(sku: str, number: str) -> Line:
    found = order_lines.read(
        OrderLine.objects.filter(order__number=number, variant__sku=sku).order_by("-waiting", "queued_at", "pk")[:1]
    )
    if not found:
        raise NotFound(what="line of {sku} on order", name=number, sku=sku)
    return found[0]
