"""Returns as people look at them: to be decided, on their way, decided; and what their customers may fall back on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from onorder.errors import NotFound
from onorder.models import Event, Order, OrderLine, Return, Shipment, StockLevel, Variant
from onorder.queue import setup as settings
from onorder.rules.jurisdictions import NO_LAW
from onorder.rules.lifecycle import ReturnState
from onorder.rules.parcels import came_on
from onorder.rules.second_thoughts import Withdrawal, may_withdraw


class Show(StrEnum):
    """Which returns."""

    HERE = "here"  # They came, and nobody has decided.
    ON_THE_WAY = "way"
    DECIDED = "decided"


_STATES: Final[Mapping[Show, tuple[ReturnState, ...]]] = {
    Show.HERE: (ReturnState.RECEIVED,),
    Show.ON_THE_WAY: (ReturnState.REQUESTED,),
    Show.DECIDED: (ReturnState.RESTOCKED, ReturnState.WRITTEN_OFF, ReturnState.REFUSED),
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a customer may fall back on: the shop's terms that they bought under, and the law.

    `accepted`: the terms are those that were shown and accepted; else those in force now.
    """

    terms: str
    accepted: bool
    law: Withdrawal


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """Units of one line of a return, in one state. Money in minor units of the order's currency."""

    key: int
    number: str
    order: str
    customer: str
    sku: str
    product: str
    units: int
    state: str
    wants: str
    why: str
    requested_at: datetime
    received_at: datetime | None
    decided_at: datetime | None
    decided_why: str
    refunded_minor: int
    currency: str
    is_replaced: bool
    grounds: Grounds

    @property
    def since(self) -> datetime:
        """Since when it has been in its state."""
        return self.decided_at or self.received_at or self.requested_at


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """One return: everything under its number. `address`: where it is sent; `email`, `order`: of whom."""

    number: str
    order: str
    order_key: int
    customer: str
    wants: str
    why: str
    requested_at: datetime
    address: str
    rows: tuple[ReturnRow, ...]

    def units(self, state: str, sku: str = "") -> int:
        """Units in one state; of one SKU."""
        return sum(row.units for row in self.rows if row.state == state and sku in ("", row.sku))


@dataclass(frozen=True, slots=True)
class Returnable:
    """A product of an order: units that are with the customer, and for which no return was asked."""

    sku: str
    product: str
    units: int
    grounds: Grounds


def counts() -> dict[Show, int]:
    """How many lines of the list each of them has. One statement."""
    found = Return.objects.aggregate(
        **{str(show): Count("pk", filter=Q(state__in=states)) for show, states in _STATES.items()}
    )
    return {show: found[str(show)] for show in Show}


def return_rows(*, show: Show, now: datetime, after: int | None = None, limit: int = 50) -> list[ReturnRow]:
    """Returns: what is open in the order in which it was asked for, what was decided the newest first.

    Eight statements.
    """
    found = Return.objects.filter(state__in=_STATES[show])
    if show == Show.DECIDED:
        found = (found if after is None else found.filter(pk__lt=after)).order_by("-pk")
    else:
        found = (found if after is None else found.filter(pk__gt=after)).order_by("pk")
    return _rows(found, now, limit)


def one(number: str, *, now: datetime) -> ReturnPage:
    """One return. Nine statements.

    Raises:
        NotFound: there is none.
    """
    found = _rows(Return.objects.filter(number=number).order_by("pk"), now, None)
    if not found:
        raise NotFound(what="return", name=number)
    first = found[0]
    order = Order.objects.select_related("location").get(number=first.order)
    return ReturnPage(
        number=number,
        order=first.order,
        order_key=order.pk,
        customer=first.customer,
        wants=first.wants,
        why=first.why,
        requested_at=first.requested_at,
        address=order.location.address,
        rows=tuple(found),
    )


def number_of(code: str) -> str | None:
    """The return that a code stands for; None if it is none. One statement."""
    written = code.strip().upper()[:24]
    return written if written.startswith("R-") and Return.objects.filter(number=written).exists() else None


def of_order(order: str, *, now: datetime) -> list[ReturnRow]:
    """Everything that came or is to come back of an order, the newest first. Eight statements."""
    return _rows(Return.objects.filter(line__order__number=order).order_by("-pk"), now, None)


def asked_with(key: str) -> str | None:
    """The return that was asked for with this key; None if none was. One statement."""
    return Return.objects.filter(key=key).values_list("number", flat=True).first()


def returnable(order: str, *, now: datetime) -> list[Returnable]:
    """What a customer may ask to send back of an order, in the order in which it stands there. Eight statements."""
    asked: dict[str, int] = dict(
        Return.objects.filter(line__order__number=order, state__in=[ReturnState.REQUESTED, ReturnState.RECEIVED])
        .values_list("line__variant__sku")
        .annotate(Sum("quantity"))
    )
    lines = OrderLine.objects.filter(order__number=order, shipped__gt=0).order_by("pk")
    columns = ("order", "variant", "location", "variant__product", "variant__sku", "shipped", "returned")
    found = list(lines.values_list(*columns, "variant__product__name", "variant__name"))
    of = _grounds({row[:4] for row in found}, now)
    units: dict[str, int] = {}
    products: dict[str, tuple[str, Grounds]] = {}
    for order_key, variant, _, _, sku, shipped, returned, product, name in found:
        units[sku] = units.get(sku, 0) + shipped - returned
        products[sku] = (f"{product}, {name}" if name else product, of[order_key, variant])
    left = {sku: few - asked.get(sku, 0) for sku, few in units.items()}
    return [Returnable(sku, products[sku][0], few, products[sku][1]) for sku, few in left.items() if few > 0]


def grounds_of(lines: Collection[int], *, now: datetime) -> dict[int, Grounds]:
    """What the customers of these order lines (by key) may fall back on. Eight statements, none for no lines."""
    if not lines:
        return {}
    columns = ("pk", "order", "variant", "location", "variant__product")
    found = list(OrderLine.objects.filter(pk__in=list(lines)).values_list(*columns))
    of = _grounds({row[1:] for row in found}, now)
    return {line: of[order, variant] for line, order, variant, _, _ in found}


def served(number: str, after: int) -> list[tuple[str, str, int]]:
    """Whom units of a return went to since the event `after`: order, customer, units. Two statements."""
    events = Event.objects.filter(kind="arrived", why=f"return:{number}", pk__gt=after).order_by("pk")
    units = {
        int(subject.partition(":")[2]): sum(row[1] for row in data["lines"])
        for subject, data in events.values_list("subject", "data")
    }
    orders = Order.objects.filter(pk__in=units)
    heads = {pk: rest for pk, *rest in orders.values_list("pk", "number", "customer__name", "customer__reference")}
    return [(heads[pk][0], heads[pk][1] or heads[pk][2], few) for pk, few in units.items()]


_COLUMNS = (
    *("line__order", "line__variant", "line__location", "line__variant__product"),
    *("pk", "number", "line__order__number", "line__order__customer__name", "line__order__customer__reference"),
    *("line__variant__sku", "line__variant__product__name", "line__variant__name", "quantity", "state", "wants", "why"),
    *("requested_at", "received_at", "decided_at", "decided_why", "refunded_minor", "line__order__currency"),
    "replacement",
)


def _rows(wanted: QuerySet[Return], now: datetime, limit: int | None) -> list[ReturnRow]:
    found = list(wanted.values_list(*_COLUMNS)[:limit])
    of = _grounds({row[:4] for row in found}, now)
    return [_row(row[4:], of[row[0], row[1]]) for row in found]


def _row(values: tuple[Any, ...], grounds: Grounds) -> ReturnRow:
    key, number, order, name, reference, sku, product, variant, *rest, replacement = values
    product = f"{product}, {variant}" if variant else product
    of: list[Any] = [key, number, order, name or reference, sku, product, *rest, replacement is not None, grounds]
    return ReturnRow(*of)


def _grounds(wanted: Iterable[tuple[int, int, int, int]], now: datetime) -> dict[tuple[int, int], Grounds]:
    """By order and variant, out of (order, variant, location, product). Seven statements."""
    keys = list(wanted)
    orders = {order for order, *_ in keys}
    levels = StockLevel.objects.filter(variant__in={row[1] for row in keys}, location__in={row[2] for row in keys})
    suppliers = {(v, at): by for v, at, by in levels.values_list("variant", "location", "supplier")}
    skus = dict(Variant.objects.filter(pk__in={row[1] for row in keys}).values_list("pk", "sku"))
    setup, accepted, laws = settings.current(), _accepted(orders), _laws(orders, now)
    found = {}
    for order, variant, location, product in keys:
        terms = setup.terms(suppliers.get((variant, location)), product, variant).returns
        shown = accepted.get((order, skus[variant]))
        found[order, variant] = Grounds(shown or terms, shown is not None, laws[order])
    return found


def _accepted(orders: Collection[int]) -> dict[tuple[int, str], str]:
    """By order and SKU, what the terms for returns said that its customer accepted. One statement."""
    events = Event.objects.filter(subject__in=[f"order:{pk}" for pk in orders], kind="accepted").order_by("pk")
    found: dict[tuple[int, str], str] = {}
    for subject, data in events.values_list("subject", "data"):
        for line in data["lines"]:
            found[int(subject.partition(":")[2]), line["sku"]] = line["terms"]["returns"]
    return found


def _laws(orders: Collection[int], now: datetime) -> dict[int, Withdrawal]:
    """Whether the customer of each order may change their mind by law. Four statements."""
    setup = settings.current()
    law, handling, today = setup.law or NO_LAW, setup.handling, setup.today(now)
    placed = dict(Order.objects.filter(pk__in=orders).values_list("pk", "placed_at"))
    is_open = Q(waiting__gt=0) | Q(allocated__gt=0)
    still_open = set(OrderLine.objects.filter(is_open, order__in=orders).values_list("order", flat=True))
    delivered: dict[int, list[date | None]] = {order: [None] if order in still_open else [] for order in orders}
    parcels = Shipment.objects.filter(order__in=orders)
    for order, shipped_at, at, missing_at in parcels.values_list("order", "shipped_at", "delivered_at", "missing_at"):
        expected_on = handling.carrier.add(setup.today(shipped_at), handling.carrier_days)
        day = came_on(expected_on, setup.today(at) if at else None, is_missing=missing_at is not None)
        delivered[order].append(day)
    return {
        order: may_withdraw(law, today, delivered=delivered[order], informed_on=setup.today(at))
        for order, at in placed.items()
    }
