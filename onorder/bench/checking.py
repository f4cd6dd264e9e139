"""Whether a step did what it is measured for: a fast wrong answer is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from django.db import connection
from django.db.models import Count, F, Q, Sum

from onorder.bench.scenario import LINES, STOCKED_LINES, Scenario
from onorder.errors import OnOrderError
from onorder.models import Event, Message, Order, OrderLine, PurchaseOrder, Shipment, StockLevel, StockMove
from onorder.queries import invariants, parcels

Expected = dict[str, tuple[object, object]]  # What it is: (as it is, as it must be).


class WrongResult(OnOrderError):
    code = "wrong_result"
    sentence = "After {step} of {orders} orders {problems}."
    remedy = "No time is reported for a wrong result."


def after_intake(scenario: Scenario) -> None:
    """Every unit set aside or waiting, every line promised a day, an event and a message for each order.

    Raises:
        WrongResult: and what is wrong.
    """
    n = scenario.orders
    lines = OrderLine.objects.aggregate(
        n=Count("pk"),
        waiting=Sum("waiting", default=0),
        allocated=Sum("allocated", default=0),
        unpromised=Count("pk", filter=Q(promised_on=None)),
    )
    _hold(
        "intake",
        scenario,
        {
            "orders": (Order.objects.count(), n),
            "orders without a day": (Order.objects.filter(promised_on=None).count(), 0),
            "lines": (lines["n"], LINES * n),
            "units set aside": (lines["allocated"], STOCKED_LINES * n),
            "units waiting": (lines["waiting"], (LINES - STOCKED_LINES) * n),
            "lines without a day": (lines["unpromised"], 0),
            **_told("placed", n),
        },
    )


def after_buying(scenario: Scenario) -> None:
    """One purchase order, sent, for each supplier of what somebody waits for, and everything that waits is on one.

    Raises:
        WrongResult: and what is wrong.
    """
    waiting = StockLevel.objects.filter(waiting__gt=0).values_list("variant__sku", flat=True)
    wanted = {scenario.supplier(sku) for sku in waiting}
    sent = PurchaseOrder.objects.filter(state="sent").values_list("supplier__code", flat=True)
    _hold(
        "buying",
        scenario,
        {
            "suppliers": (sorted(sent), sorted(wanted)),
            "purchase orders": (PurchaseOrder.objects.count(), len(wanted)),
            "levels still in a buffer": (StockLevel.objects.filter(waiting__gt=F("incoming")).count(), 0),
            "messages to suppliers": (Message.objects.filter(kind="purchase_order").count(), len(wanted)),
            **_told("ordered", scenario.orders),
        },
    )


def after_receiving(scenario: Scenario) -> None:
    """Nothing waits or is on its way, and every order is ready.

    Raises:
        WrongResult: and what is wrong.
    """
    n = scenario.orders
    ready = parcels.ready()
    _hold(
        "receiving",
        scenario,
        {
            "orders ready": (len(ready), n),
            "units in them": (sum(parcel.units for parcel in ready), LINES * n),
            "lines waiting": (OrderLine.objects.filter(waiting__gt=0).count(), 0),
            "purchase orders open": (PurchaseOrder.objects.exclude(state="closed").count(), 0),
            **_told("arrived", n),
        },
    )


def after_shipping(scenario: Scenario) -> None:
    """Every order is shipped whole in one parcel, every message is in the outbox.

    Raises:
        WrongResult: and what is wrong.
    """
    n = scenario.orders
    _hold(
        "shipping",
        scenario,
        {
            "parcels": (Shipment.objects.count(), n),
            "lines not shipped": (OrderLine.objects.exclude(shipped=F("ordered")).count(), 0),
            "units still set aside": (StockLevel.objects.filter(allocated__gt=0).count(), 0),
            **_told("shipped", n),
        },
    )


def invariants_hold(scenario: Scenario) -> None:
    """Every invariant of the domain holds.

    Raises:
        WrongResult: and what breaks them.
    """
    broken = [f"invariant {one.invariant}: {one.subject}: {one.problem}" for one in invariants.broken()]
    if broken:
        raise WrongResult(step="all steps", orders=scenario.orders, problems="; ".join(broken[:5]))


def digests() -> dict[str, str]:
    """What the orders became, as one digest for each kind of fact, without keys of rows and instants.

    Two ways to take the same orders must give the same.
    """
    return {kind: _digest(statement) for kind, statement in _FACTS.items()}


def _told(kind: str, orders: int) -> Expected:
    return {
        f"events {kind!r}": (Event.objects.filter(kind=kind).count(), orders),
        f"messages {kind!r}": (Message.objects.filter(kind=kind, state="queued").count(), orders),
    }


def _hold(step: str, scenario: Scenario, expected: Expected) -> None:
    wrong = [f"{what} are {found}, not {wanted}" for what, (found, wanted) in expected.items() if found != wanted]
    if wrong:
        raise WrongResult(step=step, orders=scenario.orders, problems="; ".join(wrong))


def _digest(statement: str) -> str:
    digest = sha256()
    for row in _rows(statement):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _rows(statement: str) -> Iterator[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(10_000):
            yield from rows


_OF_ORDER = "onorder_order AS sales ON 'order:' || sales.id = event.subject"
_FACTS = {
    Order._meta.db_table: (
        "SELECT sales.number, sales.key, customer.reference, customer.email, sales.currency, sales.shipping_policy,"
        " sales.most_parcels, sales.promised_on FROM onorder_order AS sales"
        " JOIN onorder_customer AS customer ON customer.id = sales.customer_id ORDER BY sales.number"
    ),
    OrderLine._meta.db_table: (
        "SELECT sales.number, variant.sku, line.ordered, line.waiting, line.allocated, line.unit_price_minor,"
        " line.promised_on FROM onorder_orderline AS line JOIN onorder_order AS sales ON sales.id = line.order_id"
        " JOIN onorder_variant AS variant ON variant.id = line.variant_id ORDER BY sales.number, line.id"
    ),
    Event._meta.db_table: (
        "SELECT sales.number, event.kind, event.by, event.why FROM onorder_event AS event"
        f" JOIN {_OF_ORDER} ORDER BY sales.number, event.id"
    ),
    Message._meta.db_table: (
        "SELECT sales.number, message.kind, message.state, customer.reference FROM onorder_message AS message"
        f" JOIN onorder_event AS event ON event.id = message.event_id JOIN {_OF_ORDER}"
        " JOIN onorder_customer AS customer ON customer.id = message.customer_id ORDER BY sales.number, message.id"
    ),
    StockMove._meta.db_table: (
        "SELECT sales.number, variant.sku, move.kind, move.quantity, event.kind FROM onorder_stockmove AS move"
        " JOIN onorder_variant AS variant ON variant.id = move.variant_id"
        " JOIN onorder_orderline AS line ON line.id = move.line_id"
        " JOIN onorder_order AS sales ON sales.id = line.order_id"
        " JOIN onorder_event AS event ON event.id = move.event_id ORDER BY sales.number, line.id, move.id"
    ),
    StockLevel._meta.db_table: (
        "SELECT variant.sku, level.on_hand, level.allocated, level.waiting, level.incoming"
        " FROM onorder_stocklevel AS level JOIN onorder_variant AS variant ON variant.id = level.variant_id"
        " ORDER BY variant.sku"
    ),
}
