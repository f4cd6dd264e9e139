"""Parcels that may go now, first in, first out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from onorder.errors import NotFound
from onorder.ledger import owing, rows
from onorder.ledger.owing import PAID_FOR
from onorder.models import Order, OrderLine, Shipment, Variant
from onorder.queries.holding import Held, held
from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class ReadyParcel:
    """An order of which something may go now."""

    order: str
    customer: str
    policy: str
    units: int
    to_follow: int
    queued_at: datetime


def ready(*, location: str | None = None, limit: int | None = None) -> list[ReadyParcel]:
    """Orders of which something may go now, the one that queued first before the others. One statement.

    What may go follows `onorder.rules.parcels.contents`: together only what is complete; in parts what is here, but the
    last parcel that was agreed waits for the rest. What is held goes nowhere, nor what is to be paid first and is not.
    """
    found = (
        _ready(location)
        .order_by("first_at", "pk")
        .values_list(
            "number", "customer__name", "customer__reference", "shipping_policy", "units", "to_follow", "first_at"
        )
    )
    return [ReadyParcel(number, name or ref, how, u, f, at) for number, name, ref, how, u, f, at in found[:limit]]


#: So many are counted; whether there are more is all that anybody asks beyond them.
MOST_COUNTED = 1_000

_WAITS = "EXISTS (SELECT 1 FROM onorder_orderline AS waits WHERE waits.order_id = sales.id AND waits.waiting > 0)"
#: Orders with units set aside that may go, in the order in which they were placed. The DISTINCT makes PostgreSQL begin
#: with the index of what is set aside, which is short, and not with every order of before.
_LET_GO = (
    "SELECT here.id FROM (SELECT DISTINCT order_id AS id FROM onorder_orderline WHERE allocated > 0{lines}) AS here"
    " JOIN onorder_order AS sales ON sales.id = here.id WHERE sales.held_at IS NULL AND"
    f" (sales.shipping_policy = '{ShippingPolicy.AS_AVAILABLE}'"
    f" OR sales.shipping_policy = '{ShippingPolicy.UP_TO}' AND sales.most_parcels >"
    f" 1 + (SELECT count(*) FROM onorder_shipment AS sent WHERE sent.order_id = sales.id) OR NOT {_WAITS}){{orders}}"
)
_MAY_GO = f"{_LET_GO} AND {PAID_FOR}"
_NOT_PACKED = " AND NOT EXISTS (SELECT 1 FROM onorder_packing AS closed WHERE closed.order_id = sales.id)"
_IN_ORDER = " ORDER BY here.id LIMIT %s"


def unasked() -> list[str]:
    """Orders that could go were they paid for, and whose customers nobody has asked for it, in the order in which they
    were placed. One statement."""
    statement = _LET_GO.format(lines="", orders=f" AND sales.asked_on IS NULL AND NOT {PAID_FOR}")
    keys = [key for (key,) in rows.select(statement)]
    return list(Order.objects.filter(pk__in=keys).order_by("pk").values_list("number", flat=True)) if keys else []


def number_ready() -> int:
    """How many orders have something that is to be packed now, 1,000 at the most. One statement, which stops there."""
    return len(rows.select(_MAY_GO.format(lines="", orders=_NOT_PACKED) + _IN_ORDER, (MOST_COUNTED,)))


def may_go(orders: Collection[int]) -> set[int]:
    """Of these orders (by key) those of which something may go now. One statement."""
    condition, keys = rows.among("order_id", orders)
    return {key for (key,) in rows.select(_MAY_GO.format(lines=f" AND {condition}", orders=""), (keys,))}


def _ready(location: str | None) -> QuerySet[Any]:
    here = Order.objects.filter(pk__in=RawSQL(_MAY_GO.format(lines="", orders=""), ()))
    if location:
        here = here.filter(location__code=location)
    return here.annotate(
        units=Sum("lines__allocated"), to_follow=Sum("lines__waiting"), first_at=Min("lines__queued_at")
    )


@dataclass(frozen=True, slots=True)
class Thing:
    """Units of one SKU: in the parcel now, and those that follow, with the day that was told for them."""

    sku: str
    product: str
    barcode: str
    units: int
    follow: int
    told_on: date | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order of which something may go now, with what goes and what follows."""

    key: int
    order: str
    customer: str
    address: str
    policy: str
    placed_at: datetime
    things: tuple[Thing, ...]

    @property
    def units(self) -> int:
        """Units that go now."""
        return sum(thing.units for thing in self.things)

    @property
    def follow(self) -> int:
        """Units that follow later."""
        return sum(thing.follow for thing in self.things)


def to_pack(
    *,
    complete: bool | None = None,
    packed: bool = False,
    orders: Collection[str] | None = None,
    sku: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Parcel]:
    """Parcels to be packed, the order that was placed first before the others. Three statements, whatever waits.

    Args:
        complete: only those after which nothing follows, or only the others.
        packed: those that are packed already and wait for their carrier, too.
        orders: only of these.
        sku: only those with a unit of it in them.
        after: the key of the last one of the page before.
    """
    of_lines, of_orders = "", ""
    parameters: list[Any] = []
    if sku is not None:
        of_lines += " AND variant_id IN (SELECT id FROM onorder_variant WHERE sku = %s)"
        parameters.append(sku)
    if after is not None:
        of_lines += " AND order_id > %s"
        parameters.append(after)
    if orders is not None:
        condition, numbers = rows.among("sales.number", orders)
        of_orders += f" AND {condition}"
        parameters.append(numbers)
    if not packed:
        of_orders += _NOT_PACKED
    if complete is not None:
        of_orders += f" AND {'NOT ' if complete else ''}{_WAITS}"
    statement = _MAY_GO.format(lines=of_lines, orders=of_orders) + _IN_ORDER
    keys = [key for (key,) in rows.select(statement, (*parameters, limit))]
    heads = list(
        Order.objects.filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk", "number", "customer__name", "customer__reference", "address", "shipping_policy", "placed_at")
    )
    things = _things([head[0] for head in heads])
    return [
        Parcel(key, number, name or reference, address, policy, placed_at, tuple(things.get(key, ())))
        for key, number, name, reference, address, policy, placed_at in heads
    ]


def _things(orders: Collection[int]) -> dict[int, list[Thing]]:
    lines = OrderLine.objects.filter(order__in=list(orders)).filter(Q(allocated__gt=0) | Q(waiting__gt=0))
    found: dict[int, list[Thing]] = {}
    for order, sku, product, name, barcode, allocated, waiting, told, promised in lines.order_by("pk").values_list(
        "order",
        "variant__sku",
        "variant__product__name",
        "variant__name",
        "variant__barcode",
        "allocated",
        "waiting",
        "told_on",
        "promised_on",
    ):
        thing = Thing(sku, f"{product} {name}".strip(), barcode, allocated, waiting, told or promised)
        found.setdefault(order, []).append(thing)
    return found


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why nothing of an order may go now: it is held, or not paid, or waits, or has left with its last parcel, if any.

    `due_minor`: what is to be paid first, in minor units of `currency`.
    """

    held: Held | None
    waiting: int
    parcel: str
    shipped_at: datetime | None
    due_minor: int = 0
    currency: str = ""


def why_not(order: str) -> WhyNot:
    """Why there is no parcel of an order to be packed. Six statements.

    Raises:
        NotFound: no order has this number.
    """
    key = Order.objects.filter(number=order).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound(what="order", name=order)
    is_held = next(iter(held(orders=[order], limit=1)), None)
    waiting = OrderLine.objects.filter(order=key).aggregate(n=Sum("waiting", default=0))["n"]
    last = Shipment.objects.filter(order=key).order_by("-pk").values_list("number", "shipped_at").first()
    parcel, shipped_at = last or ("", None)
    owed = owing.of_orders([key]).get(key)
    due, currency = (owed.due_minor, owed.currency) if owed else (0, "")
    return WhyNot(is_held, waiting, parcel, shipped_at, due, currency)


def named(code: str) -> dict[str, str]:
    """What a scanned code names: `order`, its number, or `product`, what it is called; each empty if it is none.

    Two statements.
    """
    known = Q(sku__iexact=code) | Q(barcode=code) & ~Q(barcode="")
    row = Variant.objects.filter(known).values_list("product__name", "name").first()
    plain = code.removeprefix("#")
    order = Order.objects.filter(number__in={plain, plain.upper()}).values_list("number", flat=True).first()
    return {"order": order or "", "product": " ".join(filter(None, row)) if row else ""}
