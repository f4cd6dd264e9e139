"""Customers' orders: many at a glance, and one with where each unit is and where it will come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from onorder.errors import NotFound
from onorder.ledger.levels import Level, look_at_levels
from onorder.ledger.lines import COLUMNS, Line
from onorder.models import (
    Message,
    Order,
    OrderLine,
    Payment,
    PurchaseOrderLine,
    Return,
    Shipment,
    StockLevel,
    Supplier,
)
from onorder.queries.happened import Happened, happened
from onorder.queue import setup as settings
from onorder.queue.expecting import sources, units_ahead
from onorder.queue.outlook import EXPECTED, Coming, Outlook
from onorder.rules.promising import Promise

#: Of what happened to one order, and of its messages, so many are shown, the newest first.
MOST = 200


class Show(StrEnum):
    """Which orders. What an order's state is follows from the quantities of its lines."""

    OPEN = "open"  # Something waits, or is set aside.
    WAITING = "waiting"
    BEHIND = "behind"  # Something waits although the day that was told has passed.
    COMPLETE = "complete"  # Nothing waits, something is set aside.
    UNPAID = "unpaid"  # Its customer was asked for money, and it is not there yet.
    SHIPPED = "shipped"  # Nothing is left to do, and something shipped.
    CANCELLED = "cancelled"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. Units by where they are; `told_on`: the last day told for what has not shipped."""

    key: int
    number: str
    customer: str
    customer_key: int
    placed_at: datetime
    waiting: int
    allocated: int
    shipped: int
    cancelled: int
    total_minor: int
    currency: str
    told_on: date | None


def order_rows(
    *,
    now: datetime,
    show: Show = Show.OPEN,
    words: str = "",
    customer: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[OrderRow]:
    """Orders, the newest first. Two statements.

    Args:
        words: only orders whose number begins so, or of customers who are called so or write from there.
        customer: only of this customer.
        after: the key of the last order of the page before.
    """
    found = _shown(show, settings.current().today(now))
    if words:
        words = words.removeprefix("#")
        found = found.filter(
            Q(number__startswith=words) | Q(customer__name__icontains=words) | Q(customer__email__istartswith=words)
        )
    if customer is not None:
        found = found.filter(customer=customer)
    if after is not None:
        found = found.filter(pk__lt=after)
    heads = list(
        found.order_by("-pk").values_list(
            "pk", "number", "customer__name", "customer__reference", "customer", "placed_at", "currency"
        )[:limit]
    )
    units = _units([head[0] for head in heads])
    return [
        OrderRow(key, number, name or reference, of, placed_at, *units[key][:4], units[key][4], currency, units[key][5])
        for key, number, name, reference, of, placed_at, currency in heads
    ]


def _shown(show: Show, today: date) -> QuerySet[Order]:
    lines = OrderLine.objects.all()
    of_order = OrderLine.objects.filter(order=OuterRef("pk"))
    is_open = Q(waiting__gt=0) | Q(allocated__gt=0)
    every = Order.objects.all()
    if show == Show.OPEN:
        return every.filter(pk__in=lines.filter(is_open).values("order"))
    if show == Show.WAITING:
        return every.filter(pk__in=lines.filter(waiting__gt=0).values("order"))
    if show == Show.BEHIND:
        late = lines.filter(waiting__gt=0).alias(told=Coalesce("told_on", "promised_on")).filter(told__lt=today)
        return every.filter(pk__in=late.values("order"))
    if show == Show.COMPLETE:
        here = every.filter(pk__in=lines.filter(allocated__gt=0).values("order"))
        return here.filter(~Exists(of_order.filter(waiting__gt=0)))
    if show == Show.UNPAID:
        return every.filter(asked_on__isnull=False)
    if show == Show.SHIPPED:
        return every.filter(~Exists(of_order.filter(is_open)), Exists(of_order.filter(shipped__gt=0)))
    if show == Show.CANCELLED:
        return every.filter(~Exists(of_order.filter(is_open)), ~Exists(of_order.filter(shipped__gt=0)))
    return every


def _units(orders: Collection[int]) -> dict[int, tuple[int, int, int, int, int, date | None]]:
    lines = OrderLine.objects.filter(order__in=list(orders)).values_list("order")
    kept = Sum((F("ordered") - F("cancelled")) * F("unit_price_minor"))
    found = lines.annotate(
        n_waiting=Sum("waiting"),
        n_allocated=Sum("allocated"),
        n_shipped=Sum("shipped"),
        n_cancelled=Sum("cancelled"),
        total=kept,
        told=Max(Coalesce("told_on", "promised_on"), filter=Q(waiting__gt=0) | Q(allocated__gt=0)),
    )
    return {key: (w, a, s, c, total, told) for key, w, a, s, c, total, told in found}


@dataclass(frozen=True, slots=True)
class Source:
    """Where waiting units come from: a purchase order, or (None) their supplier's buffer.

    `sent_at`: when it was sent; `dispatched_on`: the day on which it left the supplier. `ready`: the day, with its
    reasons, that the last of them is expected to ship.
    """

    units: int
    purchase_order: str | None
    confirmed_on: date | None
    sent_at: datetime | None
    dispatched_on: date | None
    ready: Promise | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an order. `ahead`: units that others wait for before it. `expected`: the day, with its reasons, that
    the last of its waiting units ships; None if nothing waits, or nobody can tell."""

    line: int
    sku: str
    product: str
    supplier: str
    supplier_code: str
    ordered: int
    cancelled: int
    waiting: int
    allocated: int
    shipped: int
    returned: int
    unit_price_minor: int
    promised_on: date | None
    told_on: date | None
    ahead: int
    sources: tuple[Source, ...]
    expected: Promise | None

    @property
    def told(self) -> date | None:
        """The day told last."""
        return self.told_on or self.promised_on

    @property
    def slack_days(self) -> int | None:
        """Days between the expected and the told day; None unless both are known."""
        return (self.told - self.expected.on).days if self.told and self.expected else None

    @property
    def on_order(self) -> int:
        """Of the waiting units those that a purchase order will bring."""
        return sum(source.units for source in self.sources if source.purchase_order)


@dataclass(frozen=True, slots=True)
class Parcel:
    number: str
    shipped_at: datetime
    carrier: str
    tracking: str
    delivered_at: datetime | None
    missing_at: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """A parcel that is packed and waits for its carrier: since when, and units by line."""

    at: datetime
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A message to its customer. `due_at`: when it leaves, if it has not; `carried_by`: what tells it instead."""

    id: int
    kind: str
    state: str
    at: datetime
    note: str
    channel: str
    due_at: datetime
    carried_by: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that was booked for it, in minor units of the order's currency."""

    kind: str
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything the shop knows of one order. Money in minor units of `currency`."""

    key: int
    number: str
    customer: str
    customer_key: int
    email: str
    email_bounced_at: datetime | None  # Since when mail to it comes back.
    text_bounced_at: datetime | None  # Since when no text arrives.
    phone: str
    address: str
    channel: str
    placed_at: datetime
    shipping_policy: str
    most_parcels: int
    currency: str
    total_minor: int
    captured_minor: int
    refunded_minor: int
    kept_minor: int
    pays_by: str
    promised_on: date | None
    held_at: datetime | None
    held_why: str
    lines: tuple[LineRow, ...]
    parcels: tuple[Parcel, ...]
    returned: int
    happened: tuple[Happened, ...]
    messages: tuple[Told, ...]
    payments: tuple[Moved, ...]

    @property
    def held_minor(self) -> int:
        """What its customer has paid and not got back."""
        return self.captured_minor - self.refunded_minor

    @property
    def seen(self) -> int:
        """The last event: a form that was filled in after it holds only as long as there is no later one."""
        return self.happened[0].id if self.happened else 0

    @property
    def packed(self) -> Closed | None:
        """The parcel of it that is packed and has not left; None if there is none."""
        last = next((event for event in self.happened if event.kind in ("packed", "unpacked", "shipped")), None)
        return Closed(last.at, dict(last.data["lines"])) if last and last.kind == "packed" else None

    @property
    def held_by(self) -> str:
        """Who held it last; empty if that is too long ago to be shown."""
        return next((event.by for event in self.happened if event.kind == "held"), "")

    def units(self, place: str) -> int:
        """Units in one of its places: waiting, on_order, allocated, shipped, cancelled."""
        return sum(getattr(line, place) for line in self.lines)


_PARCEL = ("number", "shipped_at", "carrier", "tracking", "delivered_at", "missing_at")
_TOLD = ("pk", "kind", "state", "event__at", "note", "channel", "due_at", "carried_by")


def one(number: str, *, now: datetime) -> OrderPage:
    """One order. Sixteen statements, however long it is.

    Raises:
        NotFound: no order has this number.
    """
    order = Order.objects.select_related("customer").filter(number=number).first()
    if order is None:
        raise NotFound(what="order", name=number)
    lines = _lines(order, now)
    subject = f"order:{order.pk}"
    told = Message.objects.filter(event__subject=subject).order_by("-pk")
    parcels = Shipment.objects.filter(order=order).order_by("pk")
    paid = Payment.objects.filter(order=order).order_by("pk")
    customer = order.customer
    return OrderPage(
        key=order.pk,
        number=order.number,
        customer=customer.name or customer.reference,
        customer_key=customer.pk,
        email=customer.email,
        email_bounced_at=customer.email_bounced_at,
        text_bounced_at=customer.text_bounced_at,
        phone=customer.phone,
        address=order.address,
        channel=order.channel,
        placed_at=order.placed_at,
        shipping_policy=order.shipping_policy,
        most_parcels=order.most_parcels,
        currency=order.currency,
        total_minor=sum((line.ordered - line.cancelled) * line.unit_price_minor for line in lines)
        + order.shipping_minor
        - order.discount_minor,
        captured_minor=order.captured_minor,
        refunded_minor=order.refunded_minor,
        kept_minor=order.kept_minor,
        pays_by=order.pays_by,
        promised_on=order.promised_on,
        held_at=order.held_at,
        held_why=order.held_why,
        lines=tuple(lines),
        parcels=tuple(Parcel(*row) for row in parcels.values_list(*_PARCEL)),
        returned=Return.objects.filter(line__order=order).aggregate(n=Count("pk"))["n"],
        happened=tuple(happened([subject], most=MOST)),
        messages=tuple(Told(*row) for row in told.values_list(*_TOLD)[:MOST]),
        payments=tuple(Moved(*row) for row in paid.values_list("kind", "amount_minor", "at")),
    )


def _lines(order: Order, now: datetime) -> list[LineRow]:
    found = OrderLine.objects.filter(order=order).order_by("queued_at", "pk")
    rows = list(found.values_list(*COLUMNS, "variant__sku", "variant__product__name", "variant__name"))
    lines = {row[0]: Line(*row[: len(COLUMNS)]) for row in rows}
    levels = look_at_levels({line.variant for line in lines.values()}, location=order.location_id)
    outlook = Outlook(settings.current(), list(levels.values()), now=now)
    ahead = units_ahead(line.id for line in lines.values() if line.waiting)
    pegged = {
        line.id: sources(levels[line.variant], outlook, ahead[line.id], line.waiting)
        for line in lines.values()
        if line.waiting
    }
    known = bought({coming.source for pegs in pegged.values() for coming, _ in pegs if coming})
    suppliers = {key: (name, code) for key, name, code in Supplier.objects.values_list("pk", "name", "code")}
    listed = []
    for row in rows:
        line, (sku, product, variant) = lines[row[0]], row[len(COLUMNS) :]
        level = levels.get(line.variant)
        name, code = suppliers.get(level.supplier if level else None, ("", ""))  # type: ignore[arg-type]
        expected = None
        if line.waiting and level:
            expected = outlook.ready(level, ahead[line.id] + line.waiting, EXPECTED)
        listed.append(
            LineRow(
                line=line.id,
                sku=sku,
                product=f"{product} {variant}".strip(),
                supplier=name,
                supplier_code=code,
                ordered=line.ordered,
                cancelled=line.cancelled,
                waiting=line.waiting,
                allocated=line.allocated,
                shipped=line.shipped,
                returned=line.returned,
                unit_price_minor=line.unit_price_minor,
                promised_on=line.promised_on,
                told_on=line.told_on,
                ahead=ahead.get(line.id, 0),
                sources=tuple(_sources(pegged.get(line.id, ()), level, ahead.get(line.id, 0), outlook, known)),
                expected=expected,
            )
        )
    return listed


def _sources(
    pegged: Iterable[tuple[Coming | None, int]],
    level: Level | None,
    unit: int,
    outlook: Outlook,
    bought: Mapping[int, Bought],
) -> Iterator[Source]:
    for coming, few in pegged:
        unit += few
        number, sent_at, dispatched_on = bought[coming.source] if coming else (None, None, None)
        ready = outlook.ready(level, unit, EXPECTED) if level else None
        yield Source(few, number, coming.confirmed_on if coming else None, sent_at, dispatched_on, ready)


class Bought(NamedTuple):
    """Of a line of a purchase order: its number, when it was sent, and on which day the line left the supplier."""

    number: str
    sent_at: datetime | None
    dispatched_on: date | None


def bought(purchase_order_lines: Collection[int]) -> dict[int, Bought]:
    """What is known of these lines of purchase orders (by key). One statement."""
    found = PurchaseOrderLine.objects.filter(pk__in=list(purchase_order_lines))
    listed = found.values_list("pk", "purchase_order__number", "purchase_order__sent_at", "dispatched_on")
    return {key: Bought(number, sent_at, dispatched_on) for key, number, sent_at, dispatched_on in listed}


def happened_since(number: str, event: int) -> list[Happened]:
    """What happened to an order after one of its events, the newest first. Two statements.

    Raises:
        NotFound: no order has this number.
    """
    key = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound(what="order", name=number)
    return happened([f"order:{key}"], after=event, most=MOST)


def surplus(skus: Collection[str]) -> int:
    """Units of these on order that nobody waits for. One statement."""
    levels = StockLevel.objects.filter(variant__sku__in=list(skus), incoming__gt=F("waiting"))
    beyond: int = levels.aggregate(n=Sum(F("incoming") - F("waiting"), default=0))["n"]
    return beyond
