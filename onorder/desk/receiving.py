"""Receiving: what is due and who counts it, goods that nobody ordered, and who got what came."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from onorder.actions import receiving
from onorder.actions.receiving import Count
from onorder.desk import photos
from onorder.desk.counting import is_booked, whole
from onorder.desk.rights import Right, does, page
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.models import PurchaseOrder
from onorder.queries import counting
from onorder.queries import receiving as queries
from onorder.queries.counting import Draft
from onorder.queries.receiving import Delivery
from onorder.queries.returns import number_of
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings
from onorder.wording.refusals import words

BLIND_ROWS = 6


@page()
def due(request: HttpRequest) -> HttpResponse:
    """What may arrive; `?code=` opens whatever a scanner read."""
    happened, code = counting.counting_stamp(), request.GET.get("code", "").strip()[:200]
    choices: list[tuple[str, str]] = []
    if code:
        if PurchaseOrder.objects.filter(number=code.upper()).exists():
            return redirect("receiving.one", code.upper())
        if back := number_of(code):
            return redirect("orders.returns-one", back)
        choices = queries.named(code)
        if len({number for number, _sku in choices}) == 1:
            number, sku = choices[0]
            return redirect(f"{reverse('receiving.one', args=[number])}?{urlencode({'count': sku})}")
    return render(
        request,
        "desk/receiving.html",
        {
            "code": code,
            "choices": choices,
            "sku": queries.sku_of(code) if code and not choices else None,
            "deliveries": _with_drafts(request, queries.deliveries()),
            "most": queries.MOST,
            "receipts": queries.receipts(),
            "today": settings.current().today(timezone.now()),
            "stamp": happened,
        },
    )


@page()
def look(request: HttpRequest) -> HttpResponse:
    """For the list, which keeps itself up to date: another word as soon as something happened or was counted."""
    return HttpResponse(counting.counting_stamp(), content_type="text/plain")


@does(Right.RECEIVE)
def photo(request: HttpRequest) -> HttpResponse:
    """Read a barcode from a picture, and open what has it."""
    if photos.is_for_script(request):
        return photos.told(request, _is_known)
    return redirect(f"{reverse('receiving')}?{urlencode({'code': photos.code_in(request, _is_known)})}")


@page(Right.RECEIVE)
def blind(request: HttpRequest) -> HttpResponse:
    """Goods that nobody ordered."""
    return _show_blind(request, [(request.GET.get("sku", ""), "1" if request.GET.get("sku") else "")])


@page(Right.RECEIVE)
def what(request: HttpRequest) -> HttpResponse:
    """For the page's script: which product has a code."""
    sku, product = queries.product_of(request.GET.get("code", "").strip()[:200]) or ("", "")
    return JsonResponse({"sku": sku, "product": product})


@does(Right.RECEIVE)
def photo_blind(request: HttpRequest) -> HttpResponse:
    """Read a barcode from a picture, and count one of it; a form without script brings what it has so far."""
    if photos.is_for_script(request):
        return photos.told(request, queries.sku_of)
    rows = [(sku, units) for sku, units in _rows(request) if sku.strip()]
    try:
        code = photos.code_in(request, queries.sku_of)
    except BadInput as refusal:
        return _show_blind(request, rows, problem=words(refusal))
    return _show_blind(request, _with_one_more(rows, code))


@does(Right.RECEIVE)
def book_blind(request: HttpRequest) -> HttpResponse:
    """Book goods that nobody ordered."""
    rows = _rows(request)
    try:
        counts = [Count(_known(sku), whole(sku, units)) for sku, units in rows if sku.strip()]
        if not counts:
            raise BadInput(what="Receipt", problem="nothing is counted yet", remedy="Write a SKU and units.")
        booked = receiving.receive_blind(
            counts, key=request.POST.get("key", "")[:100], by=request.user.get_username(), now=timezone.now()
        )
    except OnOrderError as refusal:
        return _show_blind(request, rows, problem=words(refusal))
    return is_booked(request, booked.receipt, sum(count.accepted for count in counts))


@page()
def booked(request: HttpRequest, receipt: int) -> HttpResponse:
    """What a receipt did: who got what, and whose parcels are complete."""
    found, served = queries.receipt_page(receipt), queries.served(receipt)
    return render(request, "desk/booked.html", {"found": found, "served": served, "units": sum(served.units.values())})


def _with_drafts(request: HttpRequest, deliveries: list[Delivery]) -> list[tuple[Delivery, list[tuple[Draft, bool]]]]:
    """Each delivery with those who count it, or have counted it and not booked; whether that is whoever looks."""
    of: dict[str, list[tuple[Draft, bool]]] = {}
    for draft in counting.drafts(timezone.now()):
        if draft.units:
            of.setdefault(draft.number, []).append((draft, draft.person == request.user.pk))
    return [(delivery, of.get(delivery.number, [])) for delivery in deliveries]


def _show_blind(request: HttpRequest, rows: list[tuple[str, str]], problem: str = "") -> HttpResponse:
    rows = rows + [("", "")] * max(BLIND_ROWS - len(rows), 1)
    key = request.POST.get("key") or f"blind:{request.user.pk}:{stamp()}"
    context = {"rows": rows, "key": key, "problem": problem}
    return render(request, "desk/receive_blind.html", context, status=422 if problem else 200)


def _rows(request: HttpRequest) -> list[tuple[str, str]]:
    return list(zip(request.POST.getlist("sku"), request.POST.getlist("units"), strict=False))


def _with_one_more(rows: list[tuple[str, str]], code: str) -> list[tuple[str, str]]:
    names = {code.casefold(), (queries.sku_of(code) or code).casefold()}
    for place, (sku, units) in enumerate(rows):
        if sku.strip().casefold() in names and (units.strip() or "0").isdecimal():
            return [*rows[:place], (sku, str(int(units or 0) + 1)), *rows[place + 1 :]]
    return [*rows, (queries.sku_of(code) or code, "1")]


def _is_known(code: str) -> bool:
    if queries.sku_of(code) or queries.named(code) or number_of(code):
        return True
    return PurchaseOrder.objects.filter(number=code).exists()


def _known(code: str) -> str:
    sku = queries.sku_of(code.strip())
    if sku is None:
        raise NotFound(what="SKU", name=code)
    return sku


urlpatterns = [
    path("receiving", due, name="receiving"),
    path("receiving/look", look, name="receiving.look"),
    path("receiving/photo", photo, name="receiving.photo"),
    path("receiving/blind", blind, name="receiving.blind"),
    path("receiving/blind/what", what, name="receiving.what-is"),
    path("receiving/blind/photo", photo_blind, name="receiving.photo-blind"),
    path("receiving/blind/book", book_blind, name="receiving.book-blind"),
    path("receiving/booked/<int:receipt>", booked, name="receiving.booked"),
]
