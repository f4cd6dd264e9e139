"""Parcels leave, and units are lent so that one may leave sooner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Count as Number
from django.db.models import Q, QuerySet

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError, Phrase
from onorder.ledger import lines as order_lines
from onorder.ledger import orders as customers_orders
from onorder.ledger import owing, rows
from onorder.ledger.journal import Entry, Journal, Recipient
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.owing import Owing
from onorder.models import Loan, Order, OrderLine, Shipment, Variant
from onorder.queue import setup as settings
from onorder.queue.lending import NoLender, lender_for
from onorder.queue.outlook import Outlook
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.money import format_minor
from onorder.rules.parcels import LineState, contents


class NothingToShip(OnOrderError):
    code = "nothing_to_ship"
    sentence = "Nothing of {numbers} may go yet."
    remedy = "Their units are not here, or the orders ship together; see `onorder queue`."


class OnHold(OnOrderError):
    code = "on_hold"
    sentence = "Nothing leaves while it is held: {held}."
    remedy = "When the reason is gone, release it; then its parcel goes in its turn."


class NotPaid(OnOrderError):
    code = "not_paid"
    sentence = "Nothing leaves before it is paid: {unpaid}."
    remedy = "Book the payment once it is there; then its parcel goes in its turn."


class HeldAlready(OnOrderError):
    code = "held_already"
    sentence = "Order {number} is held already: {why}."
    remedy = "Release it first, or write what is new in a note."


class NothingToRelease(OnOrderError):
    code = "nothing_to_release"
    sentence = "Order {number} is not held."
    remedy = "Its parcels go in their turn."


class PackedOtherwise(OnOrderError):
    code = "packed_otherwise"
    sentence = "What was packed of {number} is not what may go any more: that is {contents}."
    remedy = "Nothing has left. Put the parcel right, and pack it again."


class NoLoan(OnOrderError):
    code = "no_loan"
    sentence = "No unit of {sku} can be lent to {number}: {why}."
    remedy = "It is served in its turn."
    worded = ("why",)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to be handed to a carrier: what may go of one order.

    `packed`: units by SKU that are in it, where somebody counted them; None for whatever may go.
    """

    order: str
    carrier: str = ""
    tracking: str = ""
    packed: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left: units by SKU line, and the units of the order that are still to follow."""

    number: str
    order: str
    units: int
    to_follow: int


@dataclass(frozen=True, slots=True)
class _Head:
    """What shipping needs to know of an order."""

    id: int
    number: str
    location: int
    policy: ShippingPolicy
    most_parcels: int
    parcels_sent: int
    recipient: Recipient


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
        PackedOtherwise: something else was packed than what may go.
    """
    wanted = {parcel.order: parcel for parcel in parcels}
    heads = _heads(Order.objects.filter(number__in=wanted))
    if unknown := sorted(wanted.keys() - {head.number for head in heads.values()}):
        raise NotFound(what="order", name=", ".join(unknown[:20]))
    levels = _lock(heads)
    held = _held(heads)
    if held and not skip_unready:
        raise OnHold(held=", ".join(f"{heads[key].number} ({why})" for key, why in list(held.items())[:20]))
    unpaid = {key: one for key, one in owing.of_orders(heads).items() if one.due_minor}
    if unpaid and not skip_unready:
        raise NotPaid(unpaid=", ".join(_unpaid(one) for one in list(unpaid.values())[:20]))
    stays = held.keys() | unpaid.keys()
    going = [
        (heads[order], group, chosen)
        for order, group in ((key, list(of)) for key, of in groupby(order_lines.of_orders(heads), key=_order))
        if order not in stays and (chosen := _contents(heads[order], group, levels))
    ]
    if not skip_unready and (idle := sorted(wanted.keys() - {head.number for head, _, _ in going})):
        raise NothingToShip(numbers=", ".join(idle[:20]))
    _check_packed(going, wanted)
    return _hand_over(going, wanted, levels, by=by, now=now)


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


def _unpaid(one: Owing) -> str:
    return f"{one.number} ({format_minor(one.due_minor, one.currency, 'en')})"


def _order(line: Line) -> int:
    return line.order


def _heads(orders: QuerySet[Order]) -> dict[int, _Head]:
    found = orders.annotate(parcels_sent=Number("shipments")).values_list(
        "pk", "number", "location", "shipping_policy", "most_parcels", "parcels_sent", "customer", "customer__email"
    )
    return {row[0]: _Head(*row[:3], ShippingPolicy(row[3]), row[4], row[5], Recipient(row[6], row[7])) for row in found}


def _lock(heads: dict[int, _Head]) -> dict[int, Level]:
    locations = {head.location for head in heads.values()}
    if len(locations) > 1:
        raise BadInput(what="Parcels", problem="are at several locations", remedy="Ship location by location.")
    set_aside = OrderLine.objects.filter(order__in=heads, allocated__gt=0)
    return lock_levels(set_aside.values_list("variant", flat=True), location=locations.pop()) if heads else {}


def _lock_held(order: customers_orders.Head) -> str:
    """Why an order is held, or "", once no parcel of it can leave and no unit of it can be lent meanwhile."""
    lock_levels(customers_orders.variants(order.id).values(), location=order.location)
    return _held([order.id]).get(order.id, "")


def _held(orders: Collection[int]) -> dict[int, str]:
    """Of these orders the held ones, and why."""
    return dict(Order.objects.filter(pk__in=orders, held_at__isnull=False).values_list("pk", "held_why"))


def _check_packed(
    going: Iterable[tuple[_Head, list[Line], tuple[tuple[int, int], ...]]], parcels: Mapping[str, Parcel]
) -> None:
    counted = [one for one in going if parcels[one[0].number].packed is not None]
    variants = {line.variant for _, lines, _ in counted for line in lines}
    skus = dict(Variant.objects.filter(pk__in=variants).values_list("pk", "sku")) if counted else {}
    for head, lines, chosen in counted:
        units = dict(chosen)
        goes = Counter[str]()
        for line in lines:
            goes[skus[line.variant]] += units.get(line.id, 0)
        if +goes != +Counter(parcels[head.number].packed):
            raise PackedOtherwise(
                number=head.number, contents=", ".join(f"{few} × {sku}" for sku, few in sorted((+goes).items())[:20])
            )


def _contents(head: _Head, lines: Iterable[Line], levels: Mapping[int, Level]) -> tuple[tuple[int, int], ...]:
    states = []
    for line in lines:
        here = line.allocated if line.variant in levels else 0  # What arrived since the lock was asked for may wait.
        states.append(LineState(line.id, line.waiting + line.allocated - here, here, line.shipped))
    return contents(head.policy, head.most_parcels, head.parcels_sent, states)


def _hand_over(
    going: list[tuple[_Head, list[Line], tuple[tuple[int, int], ...]]],
    parcels: dict[str, Parcel],
    levels: dict[int, Level],
    *,
    by: str,
    now: datetime,
) -> list[Shipped]:
    journal = Journal(by=by, at=now)
    keys = rows.reserve({Shipment: len(going)})[Shipment] if going else []
    shipped: list[Shipped] = []
    entries: list[Entry] = []
    for (head, lines, chosen), key in zip(going, keys, strict=True):
        units = dict(chosen)
        entry = journal.record(
            "shipped", f"order:{head.id}", {"shipment": f"SH-{key}", "lines": [list(c) for c in chosen]}
        )
        for line in lines:
            if line.id in units:
                journal.ship(entry, levels[line.variant], line, units[line.id])
        to_follow = sum(line.waiting + line.allocated for line in lines)
        entry.data["to_follow"] = to_follow
        journal.tell(entry, head.recipient)
        entries.append(entry)
        shipped.append(Shipped(f"SH-{key}", head.number, sum(units.values()), to_follow))
    journal.write()
    rows.insert(
        Shipment,
        ("id", "number", "order", "carrier", "tracking", "shipped_at", "event"),
        [
            (key, one.number, head.id, parcels[head.number].carrier, parcels[head.number].tracking, now, entry.id)
            for key, one, (head, _, _), entry in zip(keys, shipped, going, entries, strict=True)
        ],
    )
    return shipped


def _waiting_line(sku: str, number: str) -> Line:
    found = order_lines.read(
        OrderLine.objects.filter(order__number=number, variant__sku=sku).order_by("-waiting", "queued_at", "pk")[:1]
    )
    if not found:
        raise NotFound(what="line of {sku} on order", name=number, sku=sku)
    return found[0]
