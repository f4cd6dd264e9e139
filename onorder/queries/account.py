"""All orders of a customer as they see them: first what is open and when it comes, then what is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, When
from django.db.models.functions import Lower

from onorder.ledger.lines import COLUMNS, Line
from onorder.models import Customer, CustomerSession, Order, OrderLine, Shipment
from onorder.queue import setup as settings
from onorder.queue.expecting import expect
from onorder.queue.setup import Setup
from onorder.rules import promising
from onorder.rules.addresses import digest, digest_of, folded
from onorder.rules.parcels import came_on


@dataclass(frozen=True, slots=True)
class Mine:
    """Whoever is let in; `customers`: everybody (by key) who orders with their address."""

    customer: int
    name: str
    email: str
    phone: str
    language: str
    customers: tuple[int, ...]


class State(StrEnum):
    """How far an order has come."""

    COMING = "coming"  # Something of it is still to come to us.
    HERE = "here"  # All that has not left is here.
    ON_ITS_WAY = "on_its_way"  # All of it has left, and something is not there yet.
    MISSING = "missing"  # A parcel of it has not come, as its customer says.
    WITH_YOU = "with_you"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MyOrder:
    """An order, in short.

    Args:
        things: what was ordered and not cancelled, by its name, with its units; all of it if all was cancelled.
        left: units that have left, of all `units`.
        arrives_from, arrives_by: between which days the last of it is at their door, as expected and as it was told;
            of what has left, the day on which it came or should.
    """

    key: int
    number: str
    placed_at: datetime
    is_open: bool
    state: State
    things: tuple[tuple[str, int], ...]
    units: int
    left: int
    arrives_from: date | None
    arrives_by: date | None


def let_in(secret: str, *, now: datetime) -> Mine | None:
    """Whoever was let in with this secret, if they still are: they have not left, their time is not over, and their
    address is still the one that they were let in by. Two statements at the most."""
    still = CustomerSession.objects.filter(secret=digest(secret), ended_at__isnull=True, ends_at__gt=now)
    columns = ("email", "customer", "customer__name", "customer__email", "customer__phone", "customer__language")
    found = still.values_list(*columns).first()
    if found is None or digest_of(found[3]) != found[0]:
        return None
    _, customer, name, email, phone, language = found
    alike = Customer.objects.alias(folded=Lower("email")).filter(folded=folded(email)).order_by("pk")
    return Mine(customer, name, email, phone, language, tuple(alike.values_list("pk", flat=True)))


def orders(mine: Mine, *, now: datetime, after: tuple[int, int] | None = None, limit: int = 20) -> list[MyOrder]:
    """Their orders: what is open, then what is over, each the newest first. Three statements, and five more for each
    location that something is waited for at.

    Args:
        after: whether the last one of the page before was open (1), and its key.
    """
    is_open = Exists(OrderLine.objects.filter(Q(waiting__gt=0) | Q(allocated__gt=0), order=OuterRef("pk")))
    found = Order.objects.filter(customer__in=mine.customers).annotate(
        open_first=Case(When(is_open, then=1), default=0, output_field=IntegerField())
    )
    if after:
        was_open, key = after
        found = found.filter(Q(open_first__lt=was_open) | Q(open_first=was_open, pk__lt=key))
    heads = list(found.order_by("-open_first", "-pk").values_list("pk", "number", "placed_at", "open_first")[:limit])
    setup, keys = settings.current(), [head[0] for head in heads]
    lines, names = _lines(keys)
    days = _expected([line for of in lines.values() for line in of if line.waiting], setup, now)
    came = _came(keys, setup)
    return [
        _order(head, lines.get(head[0], []), names, days, came.get(head[0], []), setup, setup.today(now))
        for head in heads
    ]


def last_address(mine: Mine) -> str:
    """Where their last order went; empty if they have none. One statement."""
    last = Order.objects.filter(customer__in=mine.customers).exclude(address="").order_by("-pk")
    return last.values_list("address", flat=True).first() or ""


def _lines(orders: Sequence[int]) -> tuple[dict[int, list[Line]], dict[int, str]]:
    """By order its lines, and by line what it is called. One statement."""
    rows = OrderLine.objects.filter(order__in=list(orders)).order_by("pk")
    lines: dict[int, list[Line]] = {}
    names: dict[int, str] = {}
    for *columns, product, variant in rows.values_list(*COLUMNS, "variant__product__name", "variant__name"):
        line = Line(*columns)
        lines.setdefault(line.order, []).append(line)
        names[line.id] = f"{product}, {variant}" if variant else product
    return lines, names


def _expected(waiting: Sequence[Line], setup: Setup, now: datetime) -> dict[int, date | None]:
    """By line that waits the day on which the last of it is expected to ship."""
    found = expect(waiting, setup=setup, now=now) if waiting else {}
    return {line: ready.on if ready else None for line, ready in found.items()}


def _came(orders: Sequence[int], setup: Setup) -> dict[int, list[tuple[date, date | None, bool]]]:
    """By order, of each of its parcels the day it should be there, the day from which it is, and whether somebody has
    said that it came. One statement."""
    found: dict[int, list[tuple[date, date | None, bool]]] = {}
    parcels = Shipment.objects.filter(order__in=list(orders)).order_by("pk")
    for order, shipped_at, at, missing_at in parcels.values_list("order", "shipped_at", "delivered_at", "missing_at"):
        expected = setup.handling.carrier.add(setup.today(shipped_at), setup.handling.carrier_days)
        day = came_on(expected, setup.today(at) if at else None, is_missing=missing_at is not None)
        found.setdefault(order, []).append((expected, day, at is not None))
    return found


def _order(
    head: tuple[int, str, datetime, int],
    lines: Sequence[Line],
    names: Mapping[int, str],
    days: Mapping[int, date | None],
    came: Sequence[tuple[date, date | None, bool]],
    setup: Setup,
    today: date,
) -> MyOrder:
    key, number, placed_at, is_open = head
    kept = {line.id: line.ordered - line.cancelled for line in lines}
    things: dict[str, int] = {}
    for line in lines:
        if units := kept[line.id] if any(kept.values()) else line.ordered:
            things[names[line.id]] = things.get(names[line.id], 0) + units
    arrives_from, arrives_by = _arrives(lines, days, setup, today) if is_open else _came_by(came)
    return MyOrder(
        key=key,
        number=number,
        placed_at=placed_at,
        is_open=bool(is_open),
        state=_state(lines, came, today),
        things=tuple(things.items()),
        units=sum(things.values()),
        left=sum(line.shipped for line in lines),
        arrives_from=arrives_from,
        arrives_by=arrives_by,
    )


def _state(lines: Sequence[Line], came: Sequence[tuple[date, date | None, bool]], today: date) -> State:
    if any(line.waiting for line in lines):
        return State.COMING
    if any(line.allocated for line in lines):
        return State.HERE
    if not came:
        return State.CANCELLED
    if any(day is None for _, day, _ in came):
        return State.MISSING
    is_there = all(is_known or (day is not None and day < today) for _, day, is_known in came)
    return State.WITH_YOU if is_there else State.ON_ITS_WAY


def _arrives(
    lines: Sequence[Line], days: Mapping[int, date | None], setup: Setup, today: date
) -> tuple[date | None, date | None]:
    """Between which days the last of what has not left is at their door."""
    handling = setup.handling
    open_lines = [line for line in lines if line.waiting or line.allocated]
    ready = [days.get(line.id) for line in open_lines if line.waiting]
    shelf = promising.from_shelf(today, handling).on
    expected = None if None in ready else max([shelf, *(day for day in ready if day)])
    told = max((day for line in open_lines if (day := line.told_on or line.promised_on)), default=None)
    by = told if ready else expected
    return tuple(handling.carrier.add(on, handling.carrier_days) if on else None for on in (expected, by))  # type: ignore[return-value]


def _came_by(came: Sequence[tuple[date, date | None, bool]]) -> tuple[date | None, date | None]:
    last = max((day or expected for expected, day, _ in came), default=None)
    return last, last
