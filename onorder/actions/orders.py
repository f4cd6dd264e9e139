"""Customers order, order more of it, or choose something else; and are told another day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Q

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError, Phrase, joined
from onorder.ledger import lines as order_lines
from onorder.ledger import orders as customers_orders
from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.orders import Head
from onorder.models import Event, Order, OrderLine
from onorder.queue import consents
from onorder.queue import setup as settings
from onorder.queue.intake import (
    Intake,
    NewCustomer,
    NewLine,
    NewOrder,
    Outcome,
    Placed,
    PlacedLine,
    Refusal,
    known_customers,
)
from onorder.queue.joining import Joining, NoPlace, Place
from onorder.queue.offering import Sold
from onorder.queue.outlook import Outlook
from onorder.queue.setup import Setup
from onorder.rules.accepting import Accepted, Change
from onorder.rules.lifecycle import ShippingPolicy

__all__ = [
    "Accepted",
    "NewCustomer",
    "NewLine",
    "NewOrder",
    "Outcome",
    "Placed",
    "PlacedLine",
    "Refusal",
]


@dataclass(frozen=True, slots=True)
class Swapped:
    """What was chosen instead, and what the units cost before and cost now, in minor units of the order's currency."""

    added: PlacedLine
    was_minor: int
    now_minor: int


class NotWaiting(OnOrderError):
    code = "not_waiting"
    sentence = "Order {number} waits for {waiting} units of {sku}, not {wanted}."
    remedy = "What is set aside already is cancelled, and the other added."


class OrdersRefused(OnOrderError):
    code = "orders_refused"
    sentence = "{count} of {of} orders cannot be taken. {problems}"
    remedy = "Nothing was stored."
    worded = ("problems",)


class ChangedSince(OnOrderError):
    """What the customer would get now is worse than what they agreed to.

    `true`: what that is, to be shown; `changes`: what of it is worse.
    """

    code = "changed_since"
    sentence = "Something changed since this was shown: {skus}."
    remedy = "Look at it as it is now, and agree again. Nothing was ordered."

    def __init__(self, true: Accepted, changes: tuple[Change, ...]) -> None:
        self.true, self.changes = true, changes
        skus = dict.fromkeys(change.sku for change in changes if change.sku)
        super().__init__(skus=", ".join(skus) or Phrase("how it ships"))


@transaction.atomic(durable=True)
def place(order: NewOrder, *, by: str, now: datetime) -> Placed:
    """Take one order: set aside what is here, queue for the rest, promise a date, and tell the customer.

    Safe to repeat: the same key returns what became of the first one and changes nothing.

    Raises:
        OrdersRefused: something in it cannot be sold; nothing is stored.
        ChangedSince: it is worse than what its customer accepted; nothing is stored.
        NotFound: an unknown SKU or location.
    """
    return _place([order], by=by, now=now).placed[0]


@transaction.atomic(durable=True)
def add(number: str, sku: str, units: int, *, key: str, by: str, now: datetime) -> PlacedLine:
    """A customer orders more units of something: they queue now, behind everybody; what was ordered keeps its place.

    Safe to repeat: the same `key` returns the first line and changes nothing.

    Raises:
        NotFound: an unknown order or SKU.
        OrdersRefused: so many more cannot be sold.
    """
    wanted = NewLine(sku, units)
    order = customers_orders.find(number)
    sold = _variants({sku})[sku]
    levels = lock_levels([sold.id], location=order.location)
    if earlier := _taken_before(order.subject, "added", key):
        return _placed_line(earlier["lines"][0])
    place = _place_at_the_tail(order, sold, wanted.quantity, levels, now)
    line = _new_line(order, sold, place, now)
    journal = Journal(by=by, at=now)
    entry = journal.record("added", order.subject, {"lines": [_told(line, place)], "key": key})
    journal.tell(entry, order.recipient)
    journal.join(entry, place.level, line, place.allocated)
    journal.write()
    return PlacedLine(line.id, sku, place.allocated, place.waiting, line.promised_on)


@transaction.atomic(durable=True)
def swap(number: str, sku: str, to_sku: str, units: int, *, key: str, why: str = "", by: str, now: datetime) -> Swapped:
    """A customer chooses something else: units that wait of one SKU go, and as many of another queue now.

    The newest go first. The others queue behind everybody: to choose again is the customer's own act. What is set aside
    already stays; it is cancelled, and the other added. A SKU that is on the order costs what it costs there.

    Safe to repeat: the same `key` returns what was swapped first and changes nothing.

    Raises:
        NotFound: an unknown order or SKU.
        BadInput: the two are the same.
        NotWaiting: fewer units of it wait.
        OrdersRefused: so many of the other cannot be sold.
    """
    wanted = NewLine(to_sku, units)
    order = customers_orders.find(number)
    if sku == to_sku:
        raise BadInput(what="{sku}", problem="cannot be swapped for itself", remedy="Choose another.", sku=sku)
    variants = _variants({sku, to_sku})
    old, new = variants[sku], variants[to_sku]
    levels = lock_levels([old.id, new.id], location=order.location)
    if earlier := _taken_before(order.subject, "swapped", key):
        return _swapped(earlier)
    going = _newest_waiting(order, sku, old.id, wanted.quantity)
    place = _place_at_the_tail(order, new, wanted.quantity, levels, now)
    line = _new_line(order, new, place, now)
    journal = Journal(by=by, at=now)
    data = {
        "lines": [_told(line, place)],
        "gone": [[one.id, few] for one, few in going],
        "was_minor": sum(one.unit_price_minor * few for one, few in going),
        "now_minor": line.unit_price_minor * wanted.quantity,
        "key": key,
    }
    entry = journal.record("swapped", order.subject, data, why=why)
    journal.tell(entry, order.recipient)
    for one, few in going:
        journal.give_up(levels[old.id], one, few)
    queue.refresh([levels[old.id]], journal)
    journal.join(entry, place.level, line, place.allocated)
    journal.write()
    return _swapped(data)


@transaction.atomic(durable=True)
def promise_anew(number: str, sku: str, on: date, *, why: str, by: str, now: datetime) -> int:
    """Tell a customer another day, sooner or later, for what has not shipped of one SKU; they read why.

    The promise itself stays as it was: it is the yardstick. Under a law, a later day asks whether they wait for it.

    Returns:
        Units that the day is told for.

    Raises:
        NotFound: an unknown order, or a SKU that is not on it.
        BadInput: a day that has passed or was told already, no reason, or nothing is left to be sent.
    """
    order = customers_orders.find(number)
    variant = customers_orders.variants(order.id).get(sku)
    if variant is None:
        raise NotFound(what="line on order {number} for", name=sku, number=number)
    setup = settings.current()
    if on < setup.today(now):
        raise BadInput(what="{sku}", problem="{day} has passed", remedy="Give today or a later day.", sku=sku, day=on)
    if not why.strip():
        raise BadInput(
            what="Order {number}",
            problem="no reason is given",
            remedy="Write it: its customer reads it.",
            number=number,
        )
    lock_levels([variant], location=order.location)
    lines = [ln for ln in order_lines.of_orders([order.id]) if ln.variant == variant and ln.waiting + ln.allocated]
    if not lines:
        raise BadInput(
            what="Order {number}",
            problem="no {sku} is left to be sent",
            remedy="Take it back first.",
            number=number,
            sku=sku,
        )
    told = [(line, was) for line in lines if (was := line.told_on or line.promised_on) != on]
    if not told:
        raise BadInput(
            what="Order {number}", problem="that day was told already", remedy="Give another.", number=number
        )
    journal = Journal(by=by, at=now)
    entry = journal.record("promised_anew", order.subject, {"lines": []}, why=why.strip()[:200])
    journal.tell(entry, order.recipient)
    later = [line for line, was in told if was is None or was < on]
    consents.ask_again(later, on, entry, journal, setup=setup, now=now)
    for line, was in told:
        units = line.waiting + line.allocated
        entry.data["lines"].append([line.id, units, was and was.isoformat(), on.isoformat()])
        line.told_on = on
        journal.change(line)
    journal.write()
    return sum(line.waiting + line.allocated for line, _ in told)


@transaction.atomic(durable=True)
def note(number: str, words: str, *, by: str, now: datetime) -> None:
    """Write something down for whoever looks at this order next.

    Raises:
        NotFound: an unknown order.
        BadInput: it says nothing.
    """
    order = customers_orders.find(number)
    if not words.strip():
        raise BadInput(
            what="Order {number}", problem="an empty note says nothing", remedy="Write it, or leave it.", number=number
        )
    journal = Journal(by=by, at=now)
    journal.record("noted", order.subject, {"note": words.strip()[:2_000]})
    journal.write()


@transaction.atomic(durable=True)
def send_elsewhere(number: str, address: str, *, by: str, now: datetime) -> None:
    """Send what has not shipped yet of an order to another address.

    Raises:
        NotFound: an unknown order.
        BadInput: no address, or everything has shipped.
    """
    order = customers_orders.find(number)
    if not address.strip():
        raise BadInput(what="Order {number}", problem="no address is given", remedy="Write one.", number=number)
    lines = OrderLine.objects.filter(order=order.id).filter(Q(waiting__gt=0) | Q(allocated__gt=0))
    if not lines.exists():
        raise BadInput(
            what="Order {number}",
            problem="nothing of it is left to be sent",
            remedy="Take it back first.",
            number=number,
        )
    journal = Journal(by=by, at=now)
    was = Order.objects.filter(pk=order.id).values_list("address", flat=True).get()
    if was == address.strip():
        return
    Order.objects.filter(pk=order.id).update(address=address.strip())
    journal.record("sent_elsewhere", order.subject)  # Not the address: it is personal, and stands in the order.
    journal.write()


@transaction.atomic(durable=True)
def place_many(orders: Sequence[NewOrder], *, by: str, now: datetime, skip_refused: bool = False) -> Outcome:
    """Take several orders, in the order given; the same rows as one by one, in one transaction.

    Args:
        skip_refused: take the others if some cannot be; otherwise none is taken.

    Raises:
        OrdersRefused: something cannot be sold and `skip_refused` is False.
        ChangedSince: one is worse than what its customer accepted and `skip_refused` is False.
        NotFound: an unknown SKU or location.
    """
    return _place(orders, by=by, now=now, skip_refused=skip_refused)


def _place(orders: Sequence[NewOrder], *, by: str, now: datetime, skip_refused: bool = False) -> Outcome:
    setup = settings.current()
    location = _location(orders, setup)
    variants = _variants({line.sku for order in orders for line in order.lines})
    levels = lock_levels((variant.id for variant in variants.values()), location=location)
    known = _known(orders)  # After the lock: of two at once, one sees the other.
    new = {order.own_key: order for order in reversed(orders) if order.own_key not in known}
    customers = known_customers({order.customer.reference for order in new.values()})
    intake = Intake(setup, variants, levels, location, customers, Journal(by=by, at=now))
    for order in reversed(new.values()):
        intake.take(order)
    if intake.refused and not skip_refused:
        for one in intake.refused:
            if one.true:
                raise ChangedSince(one.true, one.changes)
        raise OrdersRefused(
            count=len(intake.refused),
            of=len(orders),
            problems=joined(
                " ",
                (
                    Phrase("{number}: {why}.", number=one.number, why=joined("; ", one.problems))
                    for one in intake.refused[:20]
                ),
            ),
        )
    taken = known | intake.write()
    return Outcome([taken[order.own_key] for order in orders if order.own_key in taken], intake.refused)


def _location(orders: Sequence[NewOrder], setup: Setup) -> int:
    codes = {order.location for order in orders}
    if len(codes) > 1:
        raise BadInput(what="Orders", problem="are for several locations", remedy="Place them location by location.")
    (code,) = codes
    return setup.location_of(code)


def _variants(skus: set[str]) -> dict[str, Sold]:
    condition, parameter = rows.among("sku", skus)
    statement = f"SELECT id, sku, product_id, price_minor, currency FROM onorder_variant WHERE {condition}"
    variants = {row[1]: Sold(*row) for row in rows.select(statement, (parameter,))}
    if unknown := sorted(skus - variants.keys()):
        raise NotFound(what="SKU" if len(unknown) == 1 else "SKUs", name=", ".join(unknown[:20]))
    return variants


def _known(orders: Sequence[NewOrder]) -> dict[str, Placed]:
    """What became of orders whose keys were used before.

    Raises:
        OrdersRefused: a number belongs to another order.
    """
    keys = {order.own_key for order in orders}
    new = {order.number: order.own_key for order in orders}
    same_key, keys_parameter = rows.among("key", keys)
    same_number, numbers_parameter = rows.among("number", new)
    found = rows.select(
        "SELECT key, id, number, promised_on, shipping_policy FROM onorder_order"
        f" WHERE {same_key} UNION SELECT key, id, number, promised_on, shipping_policy FROM onorder_order"
        f" WHERE {same_number}",
        (keys_parameter, numbers_parameter),
        days=(3,),
    )
    if taken := sorted(number for key, _, number, _, _ in found if new.get(number, key) != key):
        problems = Phrase("{numbers}: the number belongs to another order.", numbers=", ".join(taken[:20]))
        raise OrdersRefused(count=len(taken), of=len(orders), problems=problems)
    return {
        key: Placed(pk, number, False, promised_on, ShippingPolicy(policy))
        for key, pk, number, promised_on, policy in found
    }


def _place_at_the_tail(order: Head, sold: Sold, units: int, levels: dict[int, Level], now: datetime) -> Place:
    """Where more units of something join its queue.

    Raises:
        OrdersRefused: so many cannot be sold.
    """
    own = {sold.id: levels[sold.id]}
    joining = Joining(own, {sold.id: sold.product}, Outlook(settings.current(), list(own.values()), now=now))
    (place,) = joining.find([(sold.id, units)])
    if isinstance(place, NoPlace):
        why = Phrase("{number}: {sku}: {why}.", number=order.number, sku=sold.sku, why=place.sentence)
        raise OrdersRefused(count=1, of=1, problems=why)
    return place


def _new_line(order: Head, sold: Sold, place: Place, now: datetime) -> Line:
    """A line more on an order, at the price that the SKU has there, else at its own.

    Raises:
        OrdersRefused: it is priced in another currency.
    """
    paid = OrderLine.objects.filter(order=order.id, variant=sold.id).values_list("unit_price_minor", flat=True).first()
    if paid is None and sold.currency != order.currency:
        why = Phrase(
            "{sku} is priced in {variant}, the order is in {order}",
            sku=sold.sku,
            variant=sold.currency,
            order=order.currency,
        )
        problems = Phrase("{number}: {why}.", number=order.number, why=why)
        raise OrdersRefused(count=1, of=1, problems=problems)
    return Line.new(
        id=rows.reserve({OrderLine: 1})[OrderLine][0],
        order=order.id,
        level=place.level,
        ordered=place.allocated + place.waiting,
        waiting=place.waiting,
        unit_price_minor=sold.price_minor if paid is None else paid,
        queued_at=now,
        promised_on=place.promise.on if place.promise else None,
    )


def _newest_waiting(order: Head, sku: str, variant: int, units: int) -> list[tuple[Line, int]]:
    """The lines that give up so many waiting units of a variant, and how many each, the newest place first."""
    lines = [line for line in order_lines.of_orders([order.id]) if line.variant == variant and line.waiting]
    going, left = [], units
    for line in sorted(lines, key=attrgetter("place"), reverse=True):
        if few := min(left, line.waiting):
            going.append((line, few))
            left -= few
    if left:
        raise NotWaiting(number=order.number, waiting=units - left, sku=sku, wanted=units)
    return going


def _told(line: Line, place: Place) -> list[object]:
    """What an event says of a line that joined."""
    return [line.id, place.allocated, place.waiting, line.promised_on and line.promised_on.isoformat()]


def _placed_line(told: Sequence[Any]) -> PlacedLine:
    line, allocated, waiting, promised_on = told
    sku = OrderLine.objects.values_list("variant__sku", flat=True).get(pk=line)
    return PlacedLine(line, sku, allocated, waiting, promised_on and date.fromisoformat(promised_on))


def _swapped(data: Mapping[str, Any]) -> Swapped:
    return Swapped(_placed_line(data["lines"][0]), data["was_minor"], data["now_minor"])


def _taken_before(subject: str, kind: str, key: str) -> Mapping[str, Any] | None:
    """What an event of this kind says that was done with the same key."""
    return Event.objects.filter(subject=subject, kind=kind, data__key=key).values_list("data", flat=True).first()
