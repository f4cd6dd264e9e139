"""Receiving: what is due, counting it with a scanner or by hand, and who got what came.

A count lives in the page until it is booked: the scanner is never quicker than it, and no connection is needed to go
on. It is kept over a reload. What is booked carries a key that names the purchase order and the number of its receipts
so far, so that a second click, or a second window, books nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import catalog, receiving
from onorder.actions.receiving import MOST_UNITS, Count, Received
from onorder.desk.done import done
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number as grouped
from onorder.desk.trial import tried
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.models import PurchaseOrder
from onorder.queries import receiving as queries
from onorder.queries.receiving import Counted, Served, ToReceive
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings
from onorder.wording.refusals import words

BLIND_ROWS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a count: what is expected, and what was counted so far."""

    counted: Counted
    good: int
    bad: int
    why: str

    @property
    def over(self) -> int:
        """Good units beyond those that are still to come."""
        return max(self.good - self.counted.outstanding, 0)


@page()
def due(request: HttpRequest) -> HttpResponse:
    """What may arrive; `?code=` opens whatever a scanner read."""
    happened, code = stamp(), request.GET.get("code", "").strip()[:200]
    choices: list[tuple[str, str]] = []
    if code:
        if PurchaseOrder.objects.filter(number=code.upper()).exists():
            return redirect("receiving.one", code.upper())
        choices = queries.named(code)
        if len({number for number, _sku in choices}) == 1:
            number, sku = choices[0]
            return redirect(f"{reverse('receiving.one', args=[number])}?count={sku}")
    return render(
        request,
        "desk/receiving.html",
        {
            "code": code,
            "choices": choices,
            "sku": queries.sku_of(code) if code and not choices else None,
            "deliveries": queries.deliveries(),
            "most": queries.MOST,
            "receipts": queries.receipts(),
            "today": settings.current().today(timezone.now()),
            "stamp": happened,
        },
    )


@page(Right.RECEIVE)
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Count what came on a purchase order; `?count=` is a SKU that was scanned already."""
    found = queries.to_receive(number)
    scanned = request.GET.get("count", "")
    lines = [Line(line, int(line.sku == scanned), 0, "") for line in found.lines]
    return _show(request, found, lines)


@does(Right.RECEIVE)
def try_count(request: HttpRequest, number: str) -> HttpResponse:
    """What this count would do."""
    found = queries.to_receive(number)
    lines = _lines(request, found)
    context: dict[str, Any] = {"order": found, "counted": sum(line.good for line in lines)}
    last = request.POST.get("last", "")
    try:
        counts = _counts(lines)
        if counts:
            context |= {"served": _tried(request, number, counts), "last": _last(lines, last)}
    except OnOrderError as refusal:
        context["refusal"] = words(refusal)
    return render(request, "desk/parts/counted.html", context)


@does(Right.RECEIVE)
def book(request: HttpRequest, number: str) -> HttpResponse:
    """Book what was counted."""
    found = queries.to_receive(number)
    lines = _lines(request, found)
    key, who = request.POST.get("key", "")[:100], request.user.get_username()
    try:
        counts = _counts(lines)
        if not counts:
            raise BadInput(
                what="{number}", problem="nothing is counted yet", remedy="Scan the first unit.", number=number
            )
        if queries.booked_as(key) is None and any(line.over for line in lines) and not request.POST.get("keep_over"):
            return _show(request, found, lines, asks_over=True)
        booked = receiving.receive(number, counts, key=key, by=who, now=timezone.now())
    except OnOrderError as refusal:
        return _show(request, found, lines, problem=words(refusal))
    if not booked.is_new and not _is_same(booked, counts):
        problem = _(
            "%(who)s booked goods of this order while you counted. Take off what they booked, then book the rest."
        )
        problem %= {"who": queries.receipt_page(booked.receipt).by}
        return _show(request, queries.to_receive(number), lines, problem=problem)
    return _done(request, booked.receipt, sum(count.accepted for count in counts))


@page(Right.RECEIVE)
def blind(request: HttpRequest) -> HttpResponse:
    """Goods that nobody ordered."""
    return _show_blind(request, [(request.GET.get("sku", ""), "1" if request.GET.get("sku") else "")])


@does(Right.RECEIVE)
def book_blind(request: HttpRequest) -> HttpResponse:
    """Book goods that nobody ordered."""
    rows = list(zip(request.POST.getlist("sku"), request.POST.getlist("units"), strict=False))
    try:
        counts = [Count(_known(sku), _whole(sku, units)) for sku, units in rows if sku.strip()]
        if not counts:
            raise BadInput(what="Receipt", problem="nothing is counted yet", remedy="Write a SKU and units.")
        booked = receiving.receive_blind(
            counts, key=request.POST.get("key", "")[:100], by=request.user.get_username(), now=timezone.now()
        )
    except OnOrderError as refusal:
        return _show_blind(request, rows, problem=words(refusal))
    return _done(request, booked.receipt, sum(count.accepted for count in counts))


@page()
def booked(request: HttpRequest, receipt: int) -> HttpResponse:
    """What a receipt did: who got what, and whose parcels are complete."""
    found, served = queries.receipt_page(receipt), queries.served(receipt)
    return render(request, "desk/booked.html", {"found": found, "served": served, "units": sum(served.units.values())})


@page(Right.RECEIVE)
def what(request: HttpRequest, number: str) -> HttpResponse:
    """For the page's script: what a code is that stands on no line of this purchase order."""
    code = request.GET.get("code", "")[:200]
    elsewhere = [other for other, _sku in queries.named(code) if other != number]
    return JsonResponse({"sku": queries.sku_of(code) or "", "elsewhere": elsewhere[:5]})


@does(Right.RECEIVE)
def attach(request: HttpRequest, number: str) -> HttpResponse:
    """Say once which SKU a barcode belongs to."""
    sku, barcode = request.POST.get("sku", ""), request.POST.get("barcode", "")
    catalog.attach_barcode(sku, barcode, by=request.user.get_username(), now=timezone.now())
    said = _("%(barcode)s is %(sku)s from now on.") % {"barcode": barcode, "sku": sku}
    return done(request, said, to=f"{reverse('receiving.one', args=[number])}?count={sku}")


def _show(
    request: HttpRequest, found: ToReceive, lines: list[Line], *, problem: str = "", asks_over: bool = False
) -> HttpResponse:
    return render(
        request,
        "desk/receive.html",
        {
            "order": found,
            "lines": lines,
            "counted": sum(line.good for line in lines),
            "key": f"dock:{found.number}:{found.receipts}",
            "problem": problem,
            "asks_over": asks_over,
            "over": sum(line.over for line in lines),
        },
        status=422 if problem or asks_over else 200,
    )


def _show_blind(request: HttpRequest, rows: list[tuple[str, str]], problem: str = "") -> HttpResponse:
    rows = rows + [("", "")] * (BLIND_ROWS - len(rows))
    key = request.POST.get("key") or f"blind:{request.user.pk}:{stamp()}"
    context = {"rows": rows, "key": key, "problem": problem}
    return render(request, "desk/receive_blind.html", context, status=422 if problem else 200)


def _done(request: HttpRequest, receipt: int, units: int) -> HttpResponse:
    said = ngettext("%(n)s unit is booked.", "%(n)s units are booked.", units) % {"n": grouped(units)}
    return done(request, said, to=reverse("receiving.booked", args=[receipt]))


def _lines(request: HttpRequest, found: ToReceive) -> list[Line]:
    given = request.POST
    return [
        Line(
            line,
            _whole(line.sku, given.get(f"good:{line.sku}", "")),
            _whole(line.sku, given.get(f"bad:{line.sku}", "")),
            given.get(f"why:{line.sku}", "")[:200],
        )
        for line in found.lines
    ]


def _counts(lines: list[Line]) -> list[Count]:
    return [Count(line.counted.sku, line.good, line.bad, line.why) for line in lines if line.good or line.bad]


def _whole(sku: str, units: str) -> int:
    if not units.strip():
        return 0
    if not (units.isascii() and units.strip().isdecimal() and int(units) <= MOST_UNITS):
        raise BadInput(
            what="{sku}",
            problem="{units} is not a number of units",
            remedy="Write a whole number.",
            sku=sku,
            units=units[:20],
        )
    return int(units)


def _known(code: str) -> str:
    sku = queries.sku_of(code.strip())
    if sku is None:
        raise NotFound(what="SKU", name=code)
    return sku


def _tried(request: HttpRequest, number: str, counts: list[Count]) -> Served:
    def look(received: Received) -> Served:
        return queries.served(received.receipt)

    return tried(receiving.receive, number, counts, key="trial", by="", now=timezone.now(), look=look)


def _last(lines: list[Line], sku: str) -> Line | None:
    return next((line for line in lines if line.counted.sku == sku), None)


def _is_same(booked: Received, counts: list[Count]) -> bool:
    stored = sorted((sku, good, bad) for sku, _product, good, bad, _why in queries.receipt_page(booked.receipt).lines)
    return stored == sorted((count.sku, count.accepted, count.rejected) for count in counts)


urlpatterns = [
    path("receiving", due, name="receiving"),
    path("receiving/blind", blind, name="receiving.blind"),
    path("receiving/blind/book", book_blind, name="receiving.book-blind"),
    path("receiving/booked/<int:receipt>", booked, name="receiving.booked"),
    path("receiving/<number>", one, name="receiving.one"),
    path("receiving/<number>/try", try_count, name="receiving.try"),
    path("receiving/<number>/book", book, name="receiving.book"),
    path("receiving/<number>/what", what, name="receiving.what"),
    path("receiving/<number>/barcode", attach, name="receiving.attach"),
]
