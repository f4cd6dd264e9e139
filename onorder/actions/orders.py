"""Customers order, and order more of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from onorder.errors import BadInput, NotFound, OnOrderError, Phrase, joined
from onorder.ledger import orders as customers_orders
from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.ledger.lines import Line
from onorder.models import Event, Order, OrderLine
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
    Sold,
    known_customers,
)
from onorder.queue.joining import Joining, NoPlace
from onorder.queue.outlook import Outlook
from onorder.queue.setup import Setup
from onorder.rules.lifecycle import ShippingPolicy

__all__ = [
    "NewCustomer",
    "NewLine",
    "NewOrder",
    "OrdersRefused",
    "Outcome",
    "Placed",
    "PlacedLine",
    "Refusal",
    "add",
    "note",
    "place",
    "place_many",
    "send_elsewhere",
]


class OrdersRefused(OnOrderError):
    code = "orders_refused"
    sentence = "{count} of {of} orders cannot be taken. {problems}"
    remedy = "Nothing was stored."
    worded = ("problems",)


@transaction.atomic(durable=True)
def place(order: NewOrder, *, by: str, now: datetime) -> Placed:
    """Take one order: set aside what is here, queue for the rest, promise a date, and tell the customer.

    Safe to repeat: the same key returns what became of the first one and changes nothing.

    Raises:
        OrdersRefused: something in it cannot be sold; nothing is stored.
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
    setup = settings.current()
    levels = lock_levels([sold.id], location=order.location)
    if earlier := _added_before(order.subject, key):
        return earlier
    joining = Joining(levels, {sold.id: sold.product}, Outlook(setup, list(levels.values()), now=now))
    (place,) = joining.find([(sold.id, units)])
    if isinstance(place, NoPlace):
        raise OrdersRefused(
            count=1, of=1, problems=Phrase("{number}: {sku}: {why}.", number=number, sku=sku, why=place.sentence)
        )
    paid = OrderLine.objects.filter(order=order.id, variant=sold.id).values_list("unit_price_minor", flat=True).first()
    promised_on = place.promise.on if place.promise else None
    line = Line.new(
        id=rows.reserve({OrderLine: 1})[OrderLine][0],
        order=order.id,
        level=levels[sold.id],
        ordered=wanted.quantity,
        waiting=place.waiting,
        unit_price_minor=sold.price_minor if paid is None else paid,
        queued_at=now,
        promised_on=promised_on,
    )
    journal = Journal(by=by, at=now)
    told = [line.id, place.allocated, place.waiting, promised_on and promised_on.isoformat()]
    entry = journal.record("added", order.subject, {"lines": [told], "key": key})
    journal.tell(entry, order.recipient)
    journal.join(entry, levels[sold.id], line, place.allocated)
    journal.write()
    return PlacedLine(line.id, sku, place.allocated, place.waiting, promised_on)


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


def _added_before(subject: str, key: str) -> PlacedLine | None:
    event = Event.objects.filter(subject=subject, kind="added", data__key=key).first()
    if event is None:
        return None
    ((line, allocated, waiting, promised_on),) = event.data["lines"]
    sku = OrderLine.objects.values_list("variant__sku", flat=True).get(pk=line)
    return PlacedLine(line, sku, allocated, waiting, promised_on and date.fromisoformat(promised_on))
