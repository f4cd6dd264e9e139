"""The queue: who waits, oldest first, where their units will come from, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypedDict

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import page
from onorder.models import StockLevel, Supplier
from onorder.queries.queue import Place, WaitingLine, waiting_lines
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings

MOST_EXPORTED = 100_000
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


@page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """Waiting lines, oldest first.

    `?supplier=`, `?sku=`, `?order=` pick some; `?show=` those whose day has passed, or is near.
    """
    now = timezone.now()
    show = request.GET.get("show", "")
    today = settings.current().today(now)
    told_before = {"passed": today, "near": today + timedelta(days=8)}.get(show)
    picked = _Picked(
        supplier=_named(request, "supplier"),
        sku=_named(request, "sku"),
        order=_named(request, "order"),
        told_before=told_before,
    )
    if request.GET.get("as") == "csv":
        return as_csv("queue", _HEADER, islice(map(_cells, _all(picked, now)), MOST_EXPORTED))
    happened = stamp()
    place = after(request, (datetime.fromisoformat, int))
    rows = waiting_lines(now=now, after=Place(*place) if place else None, limit=ROWS + 1, **picked)
    here = listed(rows, request, lambda row: (row.queued_at.isoformat(), row.line))
    waiting = StockLevel.objects.filter(waiting__gt=0, supplier__isnull=False)
    suppliers = Supplier.objects.filter(pk__in=waiting.values("supplier")).order_by("name", "pk")
    return render(
        request,
        "desk/queue.html",
        {
            "listed": here,
            "suppliers": suppliers.values_list("code", "name"),
            "picked": picked,
            "show": show if told_before else "",
            "is_picked": any(picked.values()),
            "now": now,
            "stamp": happened,
        },
    )


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
