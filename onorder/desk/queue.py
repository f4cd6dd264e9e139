"""The queue: who waits, oldest first, where their units will come from, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypedDict

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from onorder.desk.buffers import Card, card_of
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import page
from onorder.models import StockLevel, Supplier
from onorder.queries.buffers import Deadline, buffer_rows, deadlines, number_at_risk
from onorder.queries.queue import (
    Place,
    SupplierQueue,
    WaitingLine,
    by_supplier,
    oldest,
    waited_for,
    waiting_lines,
)
from onorder.queries.stamp import stamp
from onorder.queries.today import units_waiting
from onorder.queue import setup as settings

MOST_EXPORTED = 100_000
#: Cards on a page of the queue by supplier.
SUPPLIERS = 10
#: Seconds for which the number of promises at risk may be out of date.
AT_RISK_KEPT_FOR = 60
SHOWN = ("passed", "near", "late")
_HEADER = (
    "order",
    "customer",
    "sku",
    "product",
    "supplier",
    "waiting",
    "queued_at",
    "from",
    "promised_on",
    "expected_on",
)


class _Picked(TypedDict):
    supplier: str | None
    sku: str | None
    order: str | None
    told_before: date | None
    at_risk_in: Sequence[Deadline] | None


@dataclass(frozen=True, slots=True)
class SupplierCard:
    """Who waits for one supplier's things, and its buffers. `more`: lines beyond those that are shown.

    `is_open`: as many of them are shown as a page has, instead of the first.
    """

    queue: SupplierQueue
    buffers: list[Card]
    rows: Sequence[WaitingLine]
    more: int
    is_open: bool


@page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """Waiting lines, oldest first; `?by=supplier` a card for each supplier with its oldest ones.

    `?supplier=`, `?sku=`, `?order=` pick some; `?show=` those whose day has passed, is near, or is at risk.
    """
    now = timezone.now()
    show = request.GET.get("show", "")
    picked = _picked(request, show, now)
    if request.GET.get("as") == "csv":
        return as_csv("queue", _HEADER, islice(map(_cells, _all(picked, now)), MOST_EXPORTED))
    shown = {"show": show if show in SHOWN else "", "picked": picked, "now": now, "stamp": stamp()}
    if request.GET.get("by") == "supplier":
        return render(request, "desk/queue_by_supplier.html", shown | _by_supplier(request, now) | _figures(now))
    place = after(request, (datetime.fromisoformat, int))
    rows = waiting_lines(now=now, after=Place(*place) if place else None, limit=ROWS + 1, **picked)
    here = listed(rows, request, lambda row: (row.queued_at.isoformat(), row.line))
    waiting = StockLevel.objects.filter(waiting__gt=0, supplier__isnull=False)
    suppliers = Supplier.objects.filter(pk__in=waiting.values("supplier")).order_by("name", "pk")
    is_picked = any(value is not None for value in picked.values())
    more = {"listed": here, "suppliers": suppliers.values_list("code", "name"), "is_picked": is_picked}
    return render(request, "desk/queue.html", shown | more | _figures(now))


def _picked(request: HttpRequest, show: str, now: datetime) -> _Picked:
    today = settings.current().today(now)
    supplier = _named(request, "supplier")
    return _Picked(
        supplier=supplier,
        sku=_named(request, "sku"),
        order=_named(request, "order"),
        told_before={"passed": today, "near": today + timedelta(days=8)}.get(show),
        at_risk_in=deadlines(now=now) if show == "late" else None,
    )


def _figures(now: datetime) -> dict[str, object]:
    """What the page says of the whole queue. The promises at risk are as old as a minute: they read every buffer."""
    return {
        "units": units_waiting(),
        "oldest_at": oldest(),
        "at_risk": cache.get_or_set("desk-at-risk", lambda: number_at_risk(now=now), AT_RISK_KEPT_FOR),
    }


def _by_supplier(request: HttpRequest, now: datetime) -> dict[str, object]:
    """A card for each supplier, the one whose customers have waited longest first."""
    every = waited_for()
    place = after(request, (str,))
    codes = [one.supplier for one in every]
    start = codes.index(place[0]) + 1 if place and place[0] in codes else 0
    here = listed(every[start : start + SUPPLIERS + 1], request, lambda one: (one.supplier,), SUPPLIERS)
    buffers: dict[str, list[Card]] = {}
    for row in buffer_rows(now=now, suppliers=[one.supplier for one in here.rows]):
        buffers.setdefault(row.supplier, []).append(card_of(row, now))
    opened = request.GET.get("open", "")
    queues = by_supplier(here.rows, now=now)
    return {"listed": here, "cards": [_card(one, buffers.get(one.supplier, []), opened, now) for one in queues]}


def _card(queue: SupplierQueue, buffers: list[Card], opened: str, now: datetime) -> SupplierCard:
    is_open = bool(opened) and queue.supplier == opened
    rows = waiting_lines(now=now, supplier=opened, limit=ROWS) if is_open else queue.first
    return SupplierCard(queue, buffers, rows, max(queue.lines - len(rows), 0), is_open)


def _named(request: HttpRequest, name: str) -> str | None:
    return request.GET.get(name, "").strip() or None


def _all(picked: _Picked, now: datetime) -> Iterator[WaitingLine]:
    place = None
    while rows := waiting_lines(now=now, after=place, limit=1_000, **picked):
        yield from rows
        place = Place(rows[-1].queued_at, rows[-1].line)


def _cells(row: WaitingLine) -> list[object]:
    sources = "; ".join(f"{units} {source}" for source, units in row.sources)
    told = [row.order, row.customer, row.sku, row.product, row.supplier, row.waiting, row.queued_at.isoformat()]
    return [*told, sources, row.told, row.expected_on]


urlpatterns = [path("queue", queue, name="queue")]
