"""What a message has to know of its event, its order and its recipient, read for many messages at once.

One that carries others knows the same of each of them.

A message tells what was the case when its event happened, however late it leaves: what came after has messages of its
own. So the state of an order is not read but found again, from its moves and events up to that event.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from onorder.errors import NotFound
from onorder.models import Event, Message, MessageText, Order, OrderLine, Shipment, StockMove
from onorder.queries import papers
from onorder.queries.papers import Paper, Recipient, Sender
from onorder.queries.returns import Grounds, grounds_of
from onorder.rules.lifecycle import Channel, MessageState, MoveKind, ReturnWish, ShippingPolicy
from onorder.rules.wording import PARTS, Texts

#: What the shop says in its own words in one kind of message, by language.
Own = Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Change:
    """What an event says of one order line: so many units, and a day (before that: `was`) where it is about one.

    `silence`: what it means if its customer does not answer, until `answer_by`; empty where they were not asked.
    """

    line: int
    units: int
    on: date | None = None
    was: date | None = None
    silence: str = ""
    answer_by: date | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One order line right after an event. Units not shipped are `here`, set aside for this line, or `to_come`."""

    line: int
    sku: str
    name: str
    unit_price_minor: int
    here: int
    to_come: int
    shipped: int
    told_on: date | None  # The day it ships, as the customer was last told.


@dataclass(frozen=True, slots=True)
class Parcel:
    number: str
    carrier: str
    tracking: str


@dataclass(frozen=True, slots=True)
class OrderHead:
    """A customer's order, without its lines."""

    key: int
    number: str
    currency: str
    address: str
    policy: ShippingPolicy
    most_parcels: int
    shipping_minor: int
    discount_minor: int
    is_paid: bool  # Wholly or in part, and not paid back.
    sent_from: str = ""  # The address that goods are sent back to, too.
    pays_by: str = ""  # `onorder.rules.lifecycle.PayBy`; empty where its money is not for us to see to.


@dataclass(frozen=True, slots=True)
class CustomerNews:
    """A message to a customer. `items` are all lines that the order had by then, `changes` those the event is about."""

    message: int
    event: int
    kind: str
    at: datetime
    shop: Sender
    to: Recipient
    order: OrderHead
    items: tuple[Item, ...]
    changes: tuple[Change, ...]
    parcels_sent: int  # This one included.
    parcel: Parcel | None = None
    amount_minor: int = 0
    refunded_minor: int = 0  # What went back together with what was cancelled.
    kept_minor: int = 0  # The fee that was kept of it.
    due_minor: int = 0  # What is to be paid before the next parcel leaves,
    open_minor: int = 0  # and in all.
    pay_by: date | None = None
    gone: tuple[Change, ...] = ()  # What was swapped for what the event is about.
    why: str = ""  # The reason that somebody wrote for the customer.
    back: str = ""  # The number of the return that it is about.
    wants_again: bool = False  # Whether the same is to be sent for what comes back.
    grounds: tuple[Grounds, ...] = ()  # What they may fall back on who send something of a parcel back.
    own: Own = field(default_factory=dict)
    channel: Channel = Channel.EMAIL
    number: str = ""  # Where text messages go, E.164.
    also: tuple[CustomerNews, ...] = ()  # What it tells beside its own event, the oldest first.

    @property
    def told(self) -> tuple[CustomerNews, ...]:
        """Everything that it tells, the oldest first."""
        return (*self.also, self)

    def waits_for_the_rest(self) -> bool:
        """Whether what is here stays until the last unit has come (`onorder.rules.parcels.contents`)."""
        if not any(item.to_come for item in self.items):
            return False
        is_last = self.parcels_sent + 1 >= self.order.most_parcels
        return self.order.policy == ShippingPolicy.TOGETHER or (self.order.policy == ShippingPolicy.UP_TO and is_last)


@dataclass(frozen=True, slots=True)
class SupplierNews:
    """A message to a supplier. `changed` are (SKU, units still to come before, after) of an amendment."""

    message: int
    event: int
    kind: str
    at: datetime
    shop: Sender
    to: Recipient
    paper: Paper
    amendment: int = 0
    changed: tuple[tuple[str, int, int], ...] = ()
    units: int = 0
    own: Own = field(default_factory=dict)


News = CustomerNews | SupplierNews


def news(messages: Collection[int]) -> list[News]:
    """What these messages (by primary key) tell, in the order given. At most ten statements, for any number; eight more
    where a parcel has come.

    Raises:
        NotFound: there is no such message.
        NotSetUp: there is no shop.
        ValueError, KeyError, TypeError: an event's data are not what its kind has.
    """
    shop = papers.sender()
    found = _with_what_they_carry(messages)
    if unknown := [str(key) for key in messages if key not in found]:
        raise NotFound(what="message", name=", ".join(unknown[:20]))
    subjects = {key: _subject(message.event) for key, message in found.items()}
    orders = _Orders({pk for kind, pk in subjects.values() if kind == "order"})
    bought = papers.papers({pk for kind, pk in subjects.values() if kind == "purchase_order"}, shop)
    own, grounds = own_texts(), _grounds([message.event for message in found.values()])
    told: dict[int, News] = {}
    carried: dict[int, list[CustomerNews]] = {}
    for key, message in found.items():
        pk = subjects[key][1]
        if message.customer:
            one = replace(_to_customer(message, orders, pk, shop, own), grounds=grounds.get(message.event_id, ()))
            told[key] = one
            if message.state == MessageState.GATHERED and message.carried_by_id:
                carried.setdefault(message.carried_by_id, []).append(one)
        else:
            told[key] = _to_supplier(message, bought[pk], shop, own)
    return [_with(told[key], carried.get(key, ())) for key in messages]


def _with_what_they_carry(messages: Collection[int]) -> dict[int, Message]:
    """By key, in the order in which they were written. One statement."""
    carried = Q(carried_by__in=list(messages), state=MessageState.GATHERED)
    found = Message.objects.select_related("event", "customer", "supplier").filter(Q(pk__in=list(messages)) | carried)
    return {message.pk: message for message in found.order_by("event", "pk")}


def _with(news: News, also: Sequence[CustomerNews]) -> News:
    return replace(news, also=tuple(also)) if also and isinstance(news, CustomerNews) else news


def _grounds(events: Sequence[Event]) -> dict[int, tuple[Grounds, ...]]:
    """By event of a parcel that has come, what its customer may fall back on, each once."""
    came = {event.pk: [row[0] for row in event.data["lines"]] for event in events if event.kind == "delivered"}
    at = max((event.at for event in events if event.pk in came), default=None)
    found = grounds_of({line for lines in came.values() for line in lines}, now=at) if at else {}
    return {event: tuple(dict.fromkeys(found[line] for line in lines)) for event, lines in came.items()}


def own_texts() -> dict[str, dict[str, Texts]]:
    """What the shop says in its own words, by kind and language. One statement."""
    found: dict[str, dict[str, Texts]] = {}
    for kind, language, *texts in MessageText.objects.values_list("kind", "language", *PARTS):
        found.setdefault(kind, {})[language] = Texts(*texts)
    return found


def _subject(event: Event) -> tuple[str, int]:
    kind, _, key = event.subject.partition(":")
    return kind, int(key)


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


#: Kinds of events that may ask whether their customers wait.
_ASKING = ("delayed", "promised_anew")
#: How each kind of event speaks of a line.
_CHANGES: dict[str, Callable[..., Change]] = {
    "placed": lambda line, here, to_come, on: Change(line, here + to_come, _day(on)),
    "added": lambda line, here, to_come, on: Change(line, here + to_come, _day(on)),
    "ordered": lambda line, units, on: Change(line, units, _day(on)),
    "confirmed": lambda line, units, on: Change(line, units, _day(on)),
    "on_its_way": lambda line, units, on: Change(line, units, _day(on)),
    "delivered": lambda line, units, on: Change(line, units, _day(on)),
    "swapped": lambda line, here, to_come, on: Change(line, here + to_come, _day(on)),
    "delayed": lambda line, units, was, on: Change(line, units, _day(on), _day(was)),
    "promised_anew": lambda line, units, was, on: Change(line, units, _day(on), _day(was)),
    "replaced": lambda line, here, to_come, on: Change(line, here + to_come, _day(on)),
}
#: Kinds whose reason somebody wrote for the customer.
_FOR_THE_CUSTOMER = ("promised_anew", "return_refused")


def _changes(kind: str, data: Mapping[str, Any]) -> tuple[Change, ...]:
    found = tuple(_CHANGES.get(kind, Change)(*row) for row in data.get("lines", ()))
    if kind not in _ASKING or "notices" not in data:
        return found
    asked = {line: (silence, _day(answer_by)) for line, silence, answer_by in data["notices"]}
    return tuple(
        replace(one, silence=asked[one.line][0], answer_by=asked[one.line][1]) if one.line in asked else one
        for one in found
    )


def _to_customer(message: Message, orders: _Orders, order: int, shop: Sender, own: Mapping[str, Own]) -> CustomerNews:
    event, customer = message.event, message.customer
    assert customer is not None
    return CustomerNews(
        message=message.pk,
        event=event.pk,
        kind=message.kind,
        at=event.at,
        shop=shop,
        to=Recipient(customer.name, customer.email, customer.language),
        order=orders.heads[order],
        items=orders.items(order, event.pk),
        changes=_changes(message.kind, event.data),
        parcels_sent=orders.parcels_sent(order, event.pk),
        parcel=orders.parcels.get(event.data.get("shipment", "")),
        amount_minor=event.data.get("amount_minor", 0),
        refunded_minor=event.data.get("refunded_minor", 0),
        kept_minor=event.data.get("kept_minor", 0),
        due_minor=event.data.get("due_minor", 0),
        open_minor=event.data.get("open_minor", 0),
        pay_by=_day(event.data.get("pay_by")),
        own=own.get(message.kind, {}),
        channel=Channel(message.channel),
        number=customer.text_number,
        gone=tuple(Change(*row) for row in event.data.get("gone", ())),
        why=event.why if event.kind in _FOR_THE_CUSTOMER else "",
        back=event.data.get("return", ""),
        wants_again=event.data.get("wants") == ReturnWish.REPLACEMENT,
    )


def _to_supplier(message: Message, paper: Paper, shop: Sender, own: Mapping[str, Own]) -> SupplierNews:
    event, supplier = message.event, message.supplier
    assert supplier is not None
    return SupplierNews(
        message=message.pk,
        event=event.pk,
        kind=message.kind,
        at=event.at,
        shop=shop,
        to=Recipient(supplier.name, supplier.email),
        paper=paper,
        amendment=event.data.get("number", 0),
        changed=tuple((one["sku"], one["from"], one["to"]) for one in event.data.get("changes", ())),
        units=event.data.get("units", 0),
        own=own.get(message.kind, {}),
    )


@dataclass(slots=True)
class _Line:
    """An order line as it is now, and what is needed to see it as it was."""

    line: int
    sku: str
    product: str
    variant: str
    unit_price_minor: int
    ordered: int
    promised_on: date | None
    joined: int = 0  # The event by which it did.
    moves: list[tuple[int, str, int]] = field(default_factory=list)  # (event, kind, units)
    cancelled: list[tuple[int, int]] = field(default_factory=list)  # (event, units)
    told: list[tuple[int, date | None]] = field(default_factory=list)  # (event, day)

    def after(self, event: int) -> Item:
        units = dict.fromkeys(MoveKind, 0)
        for at, kind, quantity in self.moves:
            if at <= event:
                units[MoveKind(kind)] += quantity
        shipped = units[MoveKind.SHIPPED]
        here = units[MoveKind.ALLOCATED] - units[MoveKind.RELEASED] - shipped
        gone = sum(quantity for at, quantity in self.cancelled if at <= event)
        told_on = next((day for at, day in reversed(self.told) if at <= event), self.promised_on)
        name = f"{self.product}, {self.variant}" if self.variant else self.product
        to_come = self.ordered - gone - shipped - here
        return Item(self.line, self.sku, name, self.unit_price_minor, here, to_come, shipped, told_on)


class _Orders:
    """Orders with their history. Five statements, or none for no orders."""

    def __init__(self, orders: Collection[int]) -> None:
        self.heads: dict[int, OrderHead] = {}
        self.parcels: dict[str, Parcel] = {}
        self._lines: dict[int, dict[int, _Line]] = {order: {} for order in orders}
        self._shipped: dict[int, list[int]] = {order: [] for order in orders}
        if orders:
            self._read_heads(orders)
            self._read_lines(orders)
            self._read_moves(orders)
            self._read_events(orders)
            parcels = Shipment.objects.filter(order__in=orders).values_list("number", "carrier", "tracking")
            self.parcels = {number: Parcel(number, *rest) for number, *rest in parcels}

    def items(self, order: int, event: int) -> tuple[Item, ...]:
        """The lines that the order had right after the event, as they then were."""
        return tuple(line.after(event) for line in self._lines[order].values() if line.joined <= event)

    def parcels_sent(self, order: int, event: int) -> int:
        return sum(at <= event for at in self._shipped[order])

    def _read_heads(self, orders: Collection[int]) -> None:
        for order in Order.objects.select_related("location").filter(pk__in=orders):
            self.heads[order.pk] = OrderHead(
                key=order.pk,
                number=order.number,
                currency=order.currency,
                address=order.address,
                policy=ShippingPolicy(order.shipping_policy),
                most_parcels=order.most_parcels,
                shipping_minor=order.shipping_minor,
                discount_minor=order.discount_minor,
                is_paid=order.captured_minor > order.refunded_minor,
                sent_from=order.location.address,
                pays_by=order.pays_by,
            )

    def _read_lines(self, orders: Collection[int]) -> None:
        columns = ("variant__sku", "variant__product__name", "variant__name")
        more = ("unit_price_minor", "ordered", "promised_on")
        lines = OrderLine.objects.filter(order__in=orders).order_by("pk")
        for order, key, *rest in lines.values_list("order", "pk", *columns, *more):
            self._lines[order][key] = _Line(key, *rest)

    def _read_moves(self, orders: Collection[int]) -> None:
        moves = StockMove.objects.filter(line__order__in=orders).order_by("pk")
        columns = ("line__order", "line", "event", "kind", "quantity")
        for order, line, event, kind, units in moves.values_list(*columns):
            self._lines[order][line].moves.append((event, kind, units))

    def _read_events(self, orders: Collection[int]) -> None:
        events = Event.objects.filter(
            subject__in=[f"order:{order}" for order in orders],
            kind__in=(
                *("placed", "added", "swapped", "replaced", "delayed", "promised_anew"),
                *("cancelled", "lapsed", "unpaid", "shipped"),
            ),
        )
        for event in events.order_by("pk"):
            order = _subject(event)[1]
            if event.kind == "shipped":
                self._shipped[order].append(event.pk)
                continue
            for line, units in event.data.get("gone", ()):
                self._lines[order][line].cancelled.append((event.pk, units))
            for change in _changes(event.kind, event.data):
                line = self._lines[order][change.line]
                if event.kind in ("cancelled", "lapsed", "unpaid"):
                    line.cancelled.append((event.pk, change.units))
                elif event.kind in ("delayed", "promised_anew"):
                    line.told.append((event.pk, change.on))
                else:
                    line.joined = event.pk
