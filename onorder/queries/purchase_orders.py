"""Purchase orders as a list, those that need a person first; and what is still to come on one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import TypeVar

from django.db.models import F, Q, QuerySet, Sum

from onorder.ledger import purchase_orders, rows
from onorder.models import PurchaseOrder, PurchaseOrderLine
from onorder.queries.behind import Behind, Supply, behind, supplies
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules.lifecycle import OPEN, PurchaseOrderState

T = TypeVar("T")


class Need(IntEnum):
    """Why a purchase order needs a person; the most urgent first. `OVER`: nothing more will happen to it."""

    APPROVE = 1
    BOUNCED = 2
    BY_HAND = 3  # Its supplier has no e-mail address, and its time to leave has come.
    UNANSWERED = 4  # For longer than its supplier may take.
    OVERDUE = 5  # A day that its supplier confirmed has passed.
    NOTHING = 6
    OVER = 7


#: Needs for which somebody has to do something.
NEEDY = frozenset({Need.APPROVE, Need.BOUNCED, Need.BY_HAND, Need.UNANSWERED, Need.OVERDUE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends. Open ones come by need, each the oldest first; then the others, newest first."""

    need: int
    key: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderRow:
    """One purchase order of the list. Value in minor units of `currency`, without what was cancelled.

    `expected_on` is the day on which the next of it is expected here; `last_expected_on` the last of it.
    """

    id: int
    number: str
    supplier: str
    supplier_name: str
    state: PurchaseOrderState
    need: Need
    units: int
    outstanding: int
    value_minor: int
    currency: str
    raised_at: datetime
    send_at: datetime | None
    sent_at: datetime | None
    closed_at: datetime | None
    expected_on: date | None
    last_expected_on: date | None
    behind: Behind

    @property
    def place(self) -> Place:
        return Place(self.need, self.id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open purchase orders are in which state, and how many need what."""

    states: dict[str, int]
    needs: dict[Need, int]

    @property
    def open(self) -> int:
        return sum(self.states.values())

    @property
    def needy(self) -> int:
        return sum(few for need, few in self.needs.items() if need in NEEDY)


@dataclass(frozen=True, slots=True)
class _Open:
    id: int
    state: str
    need: Need


def list_purchase_orders(
    *,
    now: datetime,
    supplier: str | None = None,
    words: str | None = None,
    show: str = "",
    after: Place | None = None,
    limit: int = 50,
) -> tuple[list[PurchaseOrderRow], Counts]:
    """A page of purchase orders, and how many open ones there are of each kind. At most eleven statements.

    Reads every open purchase order, and the queues behind those of this page.

    Args:
        supplier: only those of this supplier's code.
        words: only those whose number, SKU or supplier is called like this.
        show: only those in this state; "open"; "needs" for those that need a person; "overdue".
        after: the last place of the page before.
        limit: rows.
    """
    setup = settings.current()
    picked = _picked(supplier, words)
    every = _open(picked, setup, now)
    wanted = sorted((of.need, of.id) for of in every if _is_shown(of, show))
    place = (after.need, after.key) if after else (0, 0)
    keys = [key for need, key in wanted if (need, key) > place][:limit]
    needs = {of.id: of.need for of in every}
    if len(keys) < limit and show in ("", *_OVER_STATES):
        keys += _over(picked, show, after, limit - len(keys))
    counts = Counts(_counted(of.state for of in every), _counted(of.need for of in every))
    return _rows(keys, needs, now), counts


_OVER_STATES = tuple(str(state) for state in PurchaseOrderState if state not in OPEN)


def _picked(supplier: str | None, words: str | None) -> QuerySet[PurchaseOrder]:
    found = PurchaseOrder.objects.all()
    if supplier:
        found = found.filter(supplier__code=supplier)
    if words:
        number = f"PO-{words}" if words.isdecimal() else words.upper()
        called = PurchaseOrderLine.objects.filter(
            Q(variant__sku__in={words, words.upper()})
            | Q(supplier_sku__in={words, words.upper()}) & ~Q(supplier_sku="")
        )
        found = found.filter(
            Q(number__startswith=number)
            | Q(supplier__name__icontains=words)
            | Q(supplier__code__iexact=words)
            | Q(pk__in=called.values("purchase_order"))
        )
    return found


def _open(picked: QuerySet[PurchaseOrder], setup: Setup, now: datetime) -> list[_Open]:
    """Every open purchase order among these, with what it needs. Two statements."""
    today = setup.today(now)
    overdue = set(
        PurchaseOrderLine.objects.filter(outstanding__gt=0, confirmed_on__lt=today).values_list(
            "purchase_order", flat=True
        )
    )
    found = picked.filter(state__in=[str(state) for state in OPEN]).values_list(
        "pk", "state", "supplier", "supplier__email", "supplier__remind_after_days", "send_at", "sent_at", "answered_at"
    )
    return [_Open(row[0], row[1], _need(setup, now, row[0] in overdue, *row[1:])) for row in found]


def _need(
    setup: Setup,
    now: datetime,
    is_overdue: bool,
    state: str,
    supplier: int,
    email: str,
    days: int,
    send_at: datetime | None,
    sent_at: datetime | None,
    answered_at: datetime | None,
) -> Need:
    if state == PurchaseOrderState.DRAFT:
        return Need.APPROVE
    if state == PurchaseOrderState.BOUNCED:
        return Need.BOUNCED
    if state == PurchaseOrderState.QUEUED:
        return Need.BY_HAND if not email and send_at and send_at <= now else Need.NOTHING
    if state == PurchaseOrderState.SENT and sent_at and answered_at is None and days:
        of = setup.suppliers.get(supplier)
        if of and of.calendar.between(setup.today(sent_at), setup.today(now)) > days:
            return Need.UNANSWERED
    return Need.OVERDUE if is_overdue else Need.NOTHING


def _is_shown(of: _Open, show: str) -> bool:
    if show in ("", "open"):
        return True
    if show == "needs":
        return of.need in NEEDY
    return of.need == Need.OVERDUE if show == "overdue" else of.state == show


def _over(picked: QuerySet[PurchaseOrder], show: str, after: Place | None, limit: int) -> list[int]:
    found = picked.filter(state__in=[show] if show else list(_OVER_STATES))
    if after and after.need == Need.OVER:
        found = found.filter(pk__lt=after.key)
    return list(found.order_by("-pk").values_list("pk", flat=True)[:limit])


def _counted(values: Iterable[T]) -> dict[T, int]:
    found: dict[T, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def _rows(keys: Sequence[int], needs: dict[int, Need], now: datetime) -> list[PurchaseOrderRow]:
    columns = ("pk", "number", "supplier__code", "supplier__name", "state", "currency")
    times = ("raised_at", "send_at", "sent_at", "closed_at")
    found = {row[0]: row for row in PurchaseOrder.objects.filter(pk__in=keys).values_list(*columns, *times)}
    sums = _sums(keys)
    supplied = supplies([key for key in keys if key in needs], now=now) if keys else []
    queued = behind(supplied, by_order=True)
    arrivals = _arrivals(supplied)
    listed = []
    for key in keys:
        _, number, supplier, name, state, currency, raised_at, send_at, sent_at, closed_at = found[key]
        units, outstanding, value_minor = sums.get(key, (0, 0, 0))
        days = arrivals.get(key, [])
        listed.append(
            PurchaseOrderRow(
                key,
                number,
                supplier,
                name,
                PurchaseOrderState(state),
                needs.get(key, Need.OVER),
                units,
                outstanding,
                value_minor,
                currency,
                raised_at,
                send_at,
                sent_at,
                closed_at,
                expected_on=min(days, default=None),
                last_expected_on=max(days, default=None),
                behind=queued.orders.get(key, Behind()),
            )
        )
    return listed


def _sums(keys: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """By purchase order: units (without those cancelled), units outstanding, and value."""
    bought = F("ordered") - F("cancelled")
    found = PurchaseOrderLine.objects.filter(purchase_order__in=keys).values_list("purchase_order")
    summed = found.annotate(units=Sum(bought), left=Sum("outstanding"), value=Sum(bought * F("unit_cost_minor")))
    return {key: (units, left, value) for key, units, left, value in summed}


def _arrivals(supplied: Iterable[Supply]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    for supply in supplied:
        if supply.arrives_on:
            found.setdefault(supply.purchase_order, []).append(supply.arrives_on)
    return found


def outstanding(number: str) -> list[tuple[str, int]]:
    """SKU and units still to come on a purchase order. Two statements.

    Raises:
        NotFound: no purchase order has this number.
    """
    statement = (
        "SELECT variant.sku, line.outstanding FROM onorder_purchaseorderline AS line"
        " JOIN onorder_variant AS variant ON variant.id = line.variant_id"
        " WHERE line.outstanding > 0 AND line.purchase_order_id = %s ORDER BY variant.sku, line.id"
    )
    found: dict[str, int] = {}
    for sku, units in rows.select(statement, (purchase_orders.find(number).id,)):
        found[sku] = found.get(sku, 0) + units
    return list(found.items())


def key_of(number: str) -> int:
    """The primary key of a purchase order. One statement.

    Raises:
        NotFound: no purchase order has this number.
    """
    return purchase_orders.find(number).id
