"""The basket: what is in it, what of it is here and what comes when, at today's prices."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from onorder.models import Shop
from onorder.queries.quote import quote
from onorder.store.carried import MOST_LINES, MOST_UNITS, carried, carry, with_more, with_units
from onorder.wording.refusals import said


def shop_of(request: HttpRequest) -> Shop:
    """The shop; without one there is nothing to be seen."""
    shop: Shop | None = getattr(request, "shop", None)
    if not shop:
        raise Http404
    return shop


@csrf_exempt
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put units of a SKU into the basket.

    Pages that everybody shares carry no token of one browser; so what counts is that the request comes from a page of
    ours, which every browser says of a POST.
    """
    if not _is_from_here(request):
        return HttpResponseForbidden(_("This came from another website, so nothing was put into your basket."))
    basket, sku = carried(request), request.POST.get("sku", "").strip()
    more = with_more(basket, sku, max(_units(request.POST.get("units", "1")), 1))
    answer = redirect("store.basket")
    if more is None:
        answer["Location"] += "?full"
    else:
        carry(answer, more)
    return answer


@never_cache
@require_safe
def basket(request: HttpRequest) -> HttpResponse:
    """What is in it."""
    shop_of(request)
    found = quote(carried(request), now=timezone.now())
    context = {
        "quote": found,
        "unsold": [(line, _why(line.most, line.units, said(line.why))) for line in found.unsold],
        "is_full": "full" in request.GET,
        "most_lines": MOST_LINES,
        "most_units": MOST_UNITS,
    }
    return render(request, "store/basket.html", context)


@never_cache
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Another number of units of one line: one more, one less, as many as were typed, or none."""
    step, sku = request.POST.get("step", ""), request.POST.get("sku", "")
    found = carried(request)
    units = {
        "more": found.get(sku, 0) + 1,
        "less": max(found.get(sku, 0) - 1, 1),
        "none": 0,
    }.get(step, _units(request.POST.get("units", "")))
    answer = redirect("store.basket")
    if units >= 0:
        carry(answer, with_units(found, sku, units))
    return answer


def _why(most: int, units: int, why: str) -> str:
    """Why a line cannot be ordered, and what can be done, for a customer."""
    if most:
        return _("%(wanted)s is more than there is; you can have %(most)s.") % {"wanted": units, "most": most}
    return _("It cannot be ordered at the moment.") if why else _("There is no such thing any more.")


def _units(text: str) -> int:
    """A number of units as it was typed; -1 if it is none."""
    return min(int(text), MOST_UNITS) if text.strip().isascii() and text.strip().isdigit() and len(text) < 9 else -1


def _is_from_here(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    return origin == f"{request.scheme}://{request.get_host()}"


urlpatterns = [
    path("basket", basket, name="store.basket"),
    path("basket/add", add, name="store.basket-add"),
    path("basket/change", change, name="store.basket-change"),
]
