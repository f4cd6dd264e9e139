"""Suppliers: how reliable each has been, what stands in its buffer, when it is closed, and by what rule it is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from onorder.errors import NotFound
from onorder.models import (
    BufferPolicy,
    Closure,
    Event,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    StockLevel,
    Supplier,
)
from onorder.queries.variant import OfferRow, offers_of
from onorder.queue import setup as settings
from onorder.queue.setup import Setup, SupplierSetup
from onorder.rules.lead_time import LeadTime
from onorder.rules.lifecycle import OPEN, PurchaseOrderState

#: Deliveries and answers of the last so many days say how reliable a supplier is.
LOOKED_BACK = timedelta(days=365)
DELIVERIES_SHOWN, ORDERS_SHOWN, EVENTS_SHOWN, OFFERS_SHOWN = 400, 12, 30, 100


@dataclass(frozen=True, slots=True)
class OnTime:
    """Of `owed` purchase orders that were received in full, `kept` came by the day that the supplier confirmed first,
    or, where it confirmed none, within the lead time that it states."""

    kept: int
    owed: int

    @property
    def share(self) -> float | None:
        return self.kept / self.owed if self.owed else None


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One supplier in the list. `lead` in its working days, None while nothing is known; `closed` its next closure."""

    key: int
    code: str
    name: str
    email: str
    lead: LeadTime | None
    stated_days: int | None
    on_time: OnTime
    open_orders: int
    outstanding: int
    buffered: int
    due_at: datetime | None
    closed: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends."""

    name: str
    key: int


def supplier_rows(*, now: datetime, words: str = "", after: Place | None = None, limit: int = 50) -> list[SupplierRow]:
    """Suppliers by name. Seven statements, whatever their number; it reads a year of the purchase orders of this page.

    Args:
        words: a code, or a part of a name.
    """
    found = Supplier.objects.order_by("name", "pk")
    if words:
        found = found.filter(Q(code__istartswith=words) | Q(name__icontains=words))
    if after:
        found = found.filter(Q(name__gt=after.name) | Q(name=after.name, pk__gt=after.key))
    return _rows(found[:limit], settings.current(), now)


def _rows(found: QuerySet[Supplier], setup: Setup, now: datetime) -> list[SupplierRow]:
    rows = list(found.values_list("pk", "code", "name", "email", "lead_time_days", "calendar"))
    keys = [row[0] for row in rows]
    on_time = _on_time({row[0]: row[4] for row in rows}, setup, now)
    orders = dict(_open_orders(keys).values_list("supplier").annotate(Count("pk")))
    outstanding = _outstanding(keys)
    buffered = _buffered(keys)
    closed = _next_closures([row[5] for row in rows], setup.today(now))
    return [
        SupplierRow(
            key=key,
            code=code,
            name=name,
            email=email,
            lead=setup.suppliers[key].lead,
            stated_days=stated,
            on_time=on_time.get(key, OnTime(0, 0)),
            open_orders=orders.get(key, 0),
            outstanding=outstanding.get(key, 0),
            buffered=buffered.get(key, (0, None))[0],
            due_at=_due_at(setup.suppliers[key], buffered.get(key, (0, None))[1], now),
            closed=closed.get(calendar),
        )
        for key, code, name, email, stated, calendar in rows
        if key in setup.suppliers
    ]


@dataclass(frozen=True, slots=True)
class Answers:
    """Of `sent` purchase orders of the last year so many were `answered`, half of them within `half_days` days."""

    sent: int
    answered: int
    half_days: float | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A purchase order in short. `total_minor` in minor units of `currency`."""

    number: str
    state: str
    raised_at: datetime
    units: int
    outstanding: int
    total_minor: int
    currency: str
    confirmed_on: date | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the supplier itself."""

    kind: str
    at: datetime
    by: str
    why: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SupplierPage:
    """One supplier as its page shows it. `policy` has the columns of its buffer policy; `days` are the working days
    that its deliveries took, the newest first; `closures` (key, first day, last day, why) are not over yet."""

    row: SupplierRow
    currency: str
    address: str
    net_days: int
    remind_after_days: int
    weekdays: str
    country: str
    subdivision: str
    policy: Mapping[str, Any]
    days: tuple[int, ...]
    slip_days: float | None
    answers: Answers
    closures: tuple[tuple[int, date, date, str], ...]
    offers: tuple[OfferRow, ...]
    orders: tuple[Ordered, ...]
    happened: tuple[Happened, ...]
    last_event: int


def supplier_page(code: str, *, now: datetime) -> SupplierPage:
    """Everything the shop knows of one supplier. Sixteen statements.

    Raises:
        NotFound: no supplier has this code.
    """
    setup = settings.current()
    found = Supplier.objects.select_related("calendar", "policy").filter(code=code).first()
    if found is None:
        raise NotFound(what="supplier", name=code)
    (row,) = _rows(Supplier.objects.filter(pk=found.pk), setup, now)
    of = setup.suppliers[found.pk]
    closures = Closure.objects.filter(calendar=found.calendar_id, last_on__gte=setup.today(now)).order_by("first_on")
    events = Event.objects.filter(subject=f"supplier:{found.pk}").order_by("-pk")
    happened = list(events.values_list("kind", "at", "by", "why", "data", "pk")[:EVENTS_SHOWN])
    return SupplierPage(
        row=row,
        currency=found.currency,
        address=found.address,
        net_days=found.net_days,
        remind_after_days=found.remind_after_days,
        weekdays=found.calendar.weekdays,
        country=found.calendar.country,
        subdivision=found.calendar.subdivision,
        policy=policy_of(found.policy),
        days=_days(found.pk, of, setup, now),
        slip_days=of.slip_days,
        answers=_answers(found.pk, now),
        closures=tuple(closures.values_list("pk", "first_on", "last_on", "why")),
        offers=offers_of(supplier=found.pk, limit=OFFERS_SHOWN),
        orders=_orders(found.pk),
        happened=tuple(Happened(*event[:5]) for event in happened),
        last_event=happened[0][5] if happened else 0,
    )


def policy_of(policy: BufferPolicy) -> dict[str, Any]:
    """The columns of a buffer policy by name, as `actions.suppliers.Policy` takes them."""
    left_out = ("id", "supplier")
    return {f.name: getattr(policy, f.name) for f in policy._meta.concrete_fields if f.name not in left_out}


def supplier_policy(code: str) -> tuple[str, str, dict[str, Any]]:
    """A supplier's name, its currency, and the columns of its buffer policy. One statement.

    Raises:
        NotFound: no supplier has this code.
    """
    found = Supplier.objects.select_related("policy").filter(code=code).first()
    if found is None:
        raise NotFound(what="supplier", name=code)
    return found.name, found.currency, policy_of(found.policy)


def _open_orders(keys: Collection[int]) -> Any:
    return PurchaseOrder.objects.filter(supplier__in=keys, state__in=[str(state) for state in OPEN])


def _outstanding(keys: Collection[int]) -> dict[int, int]:
    lines = PurchaseOrderLine.objects.filter(purchase_order__supplier__in=keys, outstanding__gt=0)
    return dict(lines.values_list("purchase_order__supplier").annotate(Sum("outstanding")))


def _buffered(keys: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    """By supplier, the units that stand in its buffer, and since when the oldest does."""
    levels = StockLevel.objects.filter(buffered_at__isnull=False, supplier__in=keys)
    summed = levels.values_list("supplier").annotate(units=Sum(F("waiting") - F("incoming")), oldest=Min("buffered_at"))
    return {key: (units, oldest_at) for key, units, oldest_at in summed}


def _due_at(of: SupplierSetup, oldest_at: datetime | None, now: datetime) -> datetime | None:
    if oldest_at is None:
        return None
    return of.rhythm.cutoff_at(of.rhythm.due_on(now, of.calendar, oldest_at).on)


def _next_closures(calendars: Collection[int], today: date) -> dict[int, tuple[date, date]]:
    closures = Closure.objects.filter(calendar__in=calendars, last_on__gte=today).order_by("-first_on", "-pk")
    return {of: (first, last) for of, first, last in closures.values_list("calendar", "first_on", "last_on")}


def _on_time(stated: Mapping[int, int | None], setup: Setup, now: datetime) -> dict[int, OnTime]:
    """By supplier, how many of the purchase orders that were received in full were on time.

    Args:
        stated: by supplier, the lead time that it states.
    """
    arrived = Receipt.objects.filter(purchase_order=OuterRef("pk")).order_by("-at").values("at")[:1]
    lines = PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk")).values("purchase_order")
    confirmed = lines.annotate(last=Max("first_confirmed_on")).values("last")
    closed = PurchaseOrder.objects.filter(
        supplier__in=list(stated),
        state=PurchaseOrderState.CLOSED,
        closed_at__gte=now - LOOKED_BACK,
        sent_at__isnull=False,
    ).annotate(arrived=Subquery(arrived), confirmed=Subquery(confirmed))
    found: dict[int, list[bool]] = {}
    for key, sent_at, arrived_at, confirmed_on in closed.values_list("supplier", "sent_at", "arrived", "confirmed"):
        of = setup.suppliers.get(key)
        if of is None or sent_at is None or arrived_at is None or not (confirmed_on or stated[key]):
            continue
        owed_on = confirmed_on or of.calendar.add(setup.today(sent_at), stated[key] or 0)
        found.setdefault(key, []).append(setup.today(arrived_at) <= owed_on)
    return {key: OnTime(sum(kept), len(kept)) for key, kept in found.items()}


def _days(key: int, of: SupplierSetup, setup: Setup, now: datetime) -> tuple[int, ...]:
    """Working days that each delivery took, the newest first; as `actions.learning` counts them."""
    brought = ReceiptLine.objects.filter(receipt__purchase_order__supplier=key, accepted__gt=0)
    found = Receipt.objects.filter(
        pk__in=brought.values("receipt"), purchase_order__sent_at__isnull=False, at__gte=now - 2 * LOOKED_BACK
    ).order_by("-pk")
    days = []
    for at, sent_at in found.values_list("at", "purchase_order__sent_at")[:DELIVERIES_SHOWN]:
        if sent_at:
            days.append(of.calendar.between(of.calendar.next_open(setup.today(sent_at)), setup.today(at)))
    return tuple(days)


def _answers(key: int, now: datetime) -> Answers:
    sent = PurchaseOrder.objects.filter(supplier=key, sent_at__gte=now - LOOKED_BACK)
    waited = [
        (answered_at - sent_at) / timedelta(days=1) if answered_at else None
        for sent_at, answered_at in sent.values_list("sent_at", "answered_at")
        if sent_at
    ]
    answered = [days for days in waited if days is not None]
    return Answers(len(waited), len(answered), median(answered) if answered else None)


def _orders(key: int) -> tuple[Ordered, ...]:
    """Its purchase orders: those that are open, then the newest others."""
    units = PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk")).values("purchase_order")
    found = (
        PurchaseOrder.objects.filter(supplier=key)
        .annotate(
            units=Subquery(units.annotate(n=Sum("ordered")).values("n")),
            outstanding=Subquery(units.annotate(n=Sum("outstanding")).values("n")),
            confirmed=Subquery(units.annotate(on=Min("confirmed_on", filter=Q(outstanding__gt=0))).values("on")),
        )
        .order_by("-pk")
    )
    columns = ("number", "state", "raised_at", "units", "outstanding", "total_minor", "currency", "confirmed")
    return tuple(Ordered(*row) for row in found.values_list(*columns)[:ORDERS_SHOWN])


def waited_for(code: str) -> list[int]:
    """The variants that somebody waits for and that are bought from a supplier. One statement."""
    return list(StockLevel.objects.filter(supplier__code=code, waiting__gt=0).values_list("variant", flat=True))
