"""Counting what came on a purchase order, with a scanner, a phone or by hand, and booking it once.

A count lives in the page until it is booked: the scanner is never quicker than it, and no connection is needed to go
on. The browser keeps it over a reload, and the server has a draft of it (`onorder.desk.drafts`), which another device
goes on with and others see. What is booked carries a key that names the purchase order and the number of its receipts
so far, so that a second click, or a second window, books nothing twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import catalog, receiving
from onorder.actions.receiving import MOST_UNITS, Count, Received
from onorder.desk import drafts, photos
from onorder.desk.done import done
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number as grouped
from onorder.errors import BadInput, OnOrderError
from onorder.queries import counting
from onorder.queries import receiving as queries
from onorder.queries.receiving import Counted, Served, ToReceive
from onorder.trying import tried
from onorder.wording.refusals import words


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


@page(Right.RECEIVE)
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Count what came on a purchase order.

    `?count=` is a SKU that was scanned already, `?read=` a code that stands on none of its lines.
    """
    found = queries.to_receive(number)
    around = _around(request, found)
    scanned, so_far = request.GET.get("count", ""), around["own"].counts if around["own"] else {}
    lines = []
    for line in found.lines:
        good, bad, why = so_far.get(line.sku, (0, 0, ""))
        lines.append(Line(line, good + (line.sku == scanned), bad, why))
    return _show(request, found, lines, around, scanned=scanned, read=request.GET.get("read", "")[:200])


@does(Right.RECEIVE)
def try_count(request: HttpRequest, number: str) -> HttpResponse:
    """What this count would do; it is noted as a draft, too."""
    found = queries.to_receive(number)
    lines = _lines(request, found)
    context: dict[str, Any] = {"order": found, "counted": sum(line.good for line in lines)}
    last = request.POST.get("last", "")
    is_current = request.POST.get("key") == found.key
    is_kept = is_current and drafts.keep(request, found, _draft(lines), timezone.now())
    if is_kept and drafts.forget_booked(request, found):  # While it was noted: it is no draft any more.
        is_kept = False
    try:
        counts = _counts(lines)
        if counts:
            context |= {"served": _tried(request, number, counts), "last": _last(lines, last)}
    except OnOrderError as refusal:
        context["refusal"] = words(refusal)
    answer = render(request, "desk/parts/counted.html", context)
    if not is_kept:
        answer.headers["HX-Trigger"] = "look"
    return answer


@page(Right.RECEIVE)
def meanwhile(request: HttpRequest, number: str) -> HttpResponse:
    """For the page's script: who else counts this, and what was booked since it counts under `?key=`."""
    found = queries.to_receive(number)
    around = _around(request, found, since=request.GET.get("key", ""))
    return render(request, "desk/parts/meanwhile.html", around | {"order": found})


@does(Right.RECEIVE)
def photo(request: HttpRequest, number: str) -> HttpResponse:
    """Read a barcode from a picture. What was counted so far is kept, for a form without script brings all of it."""
    found = queries.to_receive(number)
    codes = {code: line.sku for line in found.lines for code in line.codes.split("\n")}

    def is_known(code: str) -> bool:
        return code.casefold() in codes

    if photos.is_for_script(request):
        return photos.told(request, is_known)
    drafts.keep(request, found, _draft(_lines(request, found)), timezone.now())
    code = photos.code_in(request, is_known)
    sku = codes.get(code.casefold())
    asked = urlencode({"count": sku} if sku else {"read": code})
    return redirect(f"{reverse('receiving.one', args=[number])}?{asked}")


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
            return _refused(request, found, lines, asks_over=True)
        booked = receiving.receive(number, counts, key=key, by=who, now=timezone.now())
    except OnOrderError as refusal:
        return _refused(request, found, lines, problem=words(refusal))
    if not booked.is_new and not _is_same(booked, counts):
        problem = _(
            "%(who)s booked goods of this order while you counted. Take off what they booked, then book the rest."
        )
        problem %= {"who": queries.receipt_page(booked.receipt).by}
        found = queries.to_receive(number)
        return _refused(request, found, _lines(request, found), problem=problem)
    drafts.forget(request, found)
    return is_booked(request, booked.receipt, sum(count.accepted for count in counts))


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
    return done(request, said, to=f"{reverse('receiving.one', args=[number])}?{urlencode({'count': sku})}")


def is_booked(request: HttpRequest, receipt: int, units: int) -> HttpResponse:
    """Say so, and show who got what."""
    said = ngettext("%(n)s unit is booked.", "%(n)s units are booked.", units) % {"n": grouped(units)}
    return done(request, said, to=reverse("receiving.booked", args=[receipt]))


def whole(sku: str, units: str) -> int:
    """Units as somebody typed them; nothing is none.

    Raises:
        BadInput: it is no number of units.
    """
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


def _refused(request: HttpRequest, found: ToReceive, lines: list[Line], **more: Any) -> HttpResponse:
    """Nothing was booked: what was counted stays on the page, and stands in the draft."""
    drafts.keep(request, found, _draft(lines), timezone.now())
    return _show(request, found, lines, _around(request, found), status=422, **more)


def _show(
    request: HttpRequest,
    found: ToReceive,
    lines: list[Line],
    around: dict[str, Any],
    *,
    problem: str = "",
    asks_over: bool = False,
    scanned: str = "",
    read: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "order": found,
        "lines": lines,
        "counted": sum(line.good for line in lines),
        "key": found.key,
        "problem": problem,
        "asks_over": asks_over,
        "over": sum(line.over for line in lines),
        "scanned": scanned if any(line.counted.sku == scanned for line in lines) else "",
        "read": read,
    }
    return render(request, "desk/receive.html", around | context, status=status)


def _around(request: HttpRequest, found: ToReceive, *, since: str = "") -> dict[str, Any]:
    """Who counts this purchase order, too; and what was booked since somebody began to count under a key."""
    drawn_up = counting.drafts(timezone.now(), found.number)
    own = drafts.own(request, drawn_up)
    me, seen = request.user, _receipts(since)
    booked = counting.booked_since(found.number, seen) if seen is not None and seen < found.receipts else []
    return {
        "own": own,
        "own_fields": drafts.fields(own.counts) if own else "",
        "others": [one for one in drawn_up if one.person != me.pk and one.is_counting and one.units],
        "since": [(one, one.by == me.get_username(), drafts.fields(one.counts)) for one in booked],
        "outstanding": json.dumps({line.sku: line.outstanding for line in found.lines}),
    }


def _receipts(key: str) -> int | None:
    """How many receipts there were when somebody began to count under this key."""
    seen = key.rpartition(":")[2]
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None


def _lines(request: HttpRequest, found: ToReceive) -> list[Line]:
    given = request.POST
    return [
        Line(
            line,
            whole(line.sku, given.get(f"good:{line.sku}", "")),
            whole(line.sku, given.get(f"bad:{line.sku}", "")),
            given.get(f"why:{line.sku}", "")[:200],
        )
        for line in found.lines
    ]


def _draft(lines: list[Line]) -> drafts.Counts:
    return {line.counted.sku: (line.good, line.bad, line.why) for line in lines if line.good or line.bad or line.why}


def _counts(lines: list[Line]) -> list[Count]:
    return [Count(line.counted.sku, line.good, line.bad, line.why) for line in lines if line.good or line.bad]


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
    path("receiving/<number>", one, name="receiving.one"),
    path("receiving/<number>/try", try_count, name="receiving.try"),
    path("receiving/<number>/meanwhile", meanwhile, name="receiving.meanwhile"),
    path("receiving/<number>/photo", photo, name="receiving.photo-of"),
    path("receiving/<number>/book", book, name="receiving.book"),
    path("receiving/<number>/what", what, name="receiving.what"),
    path("receiving/<number>/barcode", attach, name="receiving.attach"),
]
