"""Parcels: what may go now, first in, first out; picked, packed and shipped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import shipping
from onorder.desk.done import done
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import Right, back, does, page
from onorder.desk.tags import number
from onorder.errors import BadInput
from onorder.queries import parcels as queries
from onorder.queries.parcels import Parcel
from onorder.queries.receiving import deliveries, served
from onorder.queries.stamp import stamp

MOST_EXPORTED = 10_000
SHOWN = {"complete": True, "parts": False}
_HEADER = ("order", "customer", "sku", "product", "units", "follow")


@dataclass(frozen=True, slots=True)
class Pick:
    """A SKU of a pick list: how many in all, and how many for each order."""

    sku: str
    product: str
    units: int
    orders: tuple[tuple[str, int], ...]


@page()
def parcels(request: HttpRequest) -> HttpResponseBase:
    """What may go; `?show=` picks complete orders or parts, `?receipt=` those that a delivery served."""
    happened, place = stamp(), after(request, (int,))
    show = request.GET.get("show", "")
    receipt = request.GET.get("receipt", "")
    orders = list(served(int(receipt)).units) if receipt.isdecimal() else None
    to_pack = partial(queries.to_pack, complete=SHOWN.get(show), orders=orders)
    if request.GET.get("as") == "csv":
        return as_csv("parcels", _HEADER, _cells(to_pack(limit=MOST_EXPORTED)))
    found = to_pack(after=place[0] if place else None, limit=ROWS + 1)
    return render(
        request,
        "desk/parcels.html",
        {
            "listed": listed(found, request, lambda parcel: (parcel.key,)),
            "show": show if show in SHOWN else "",
            "receipt": receipt if orders is not None else "",
            "next": next((one for one in deliveries() if one.confirmed_on), None) if not found else None,
            "stamp": happened,
        },
    )


@page()
def paper(request: HttpRequest) -> HttpResponse:
    """Pick list and packing slips of `?order=`, to be printed; of everything that may go if none is named."""
    chosen = request.GET.getlist("order")[:500]
    found = queries.to_pack(orders=chosen or None, limit=500)
    return render(request, "desk/paper.html", {"parcels": found, "picks": _picks(found), "now": timezone.now()})


@does(Right.SHIP)
def ship(request: HttpRequest) -> HttpResponse:
    """Hand over parcels: those that were ticked, or the one that a tracking number was written for."""
    one = request.POST.get("one", "")
    orders = [one] if one else request.POST.getlist("order")[:500]
    if not orders:
        raise BadInput(what="Parcels", problem="none is ticked", remedy="Tick those that leave.")
    carrier = request.POST.get("carrier", "")[:40].strip()
    going = [
        shipping.Parcel(order, carrier, request.POST.get(f"tracking:{order}", "")[:80].strip()) for order in orders
    ]
    gone = shipping.ship(going, skip_unready=len(going) > 1, by=request.user.get_username(), now=timezone.now())
    units = sum(parcel.units for parcel in gone)
    said = ngettext("%(n)s parcel has left", "%(n)s parcels have left", len(gone)) % {"n": number(len(gone))}
    units_said = ngettext("%(n)s unit", "%(n)s units", units) % {"n": number(units)}
    left = _("%(n)s had left already, or wait again.") % {"n": number(len(going) - len(gone))}
    return done(request, f"{said}: {units_said}. {left if len(gone) < len(going) else ''}".strip(), to=back(request))


@does(Right.SHIP)
def track(request: HttpRequest, parcel: str) -> HttpResponse:
    """Write or correct the tracking number of a parcel that has left."""
    carrier, tracking = request.POST.get("carrier", "").strip(), request.POST.get("tracking", "").strip()
    shipping.track(parcel, carrier=carrier, tracking=tracking, by=request.user.get_username(), now=timezone.now())
    return done(
        request, _("The tracking number of %(number)s is noted.") % {"number": parcel}, to=reverse("parcels.sent")
    )


@page()
def sent(request: HttpRequest) -> HttpResponse:
    """Parcels that left, the newest first."""
    place = after(request, (int,))
    found = queries.shipped(after=place[0] if place else None, limit=ROWS + 1)
    return render(request, "desk/shipped.html", {"listed": listed(found, request, lambda parcel: (parcel.key,))})


def _picks(parcels: list[Parcel]) -> list[Pick]:
    """What to take from the shelves, by SKU."""
    wanted = [
        (thing.sku, thing.product, parcel.order, thing.units)
        for parcel in parcels
        for thing in parcel.things
        if thing.units
    ]
    picks = []
    for (sku, product), of_sku in groupby(sorted(wanted), key=lambda one: one[:2]):
        orders = tuple((order, units) for _sku, _product, order, units in of_sku)
        picks.append(Pick(sku, product, sum(units for _order, units in orders), orders))
    return picks


def _cells(parcels: list[Parcel]) -> list[list[object]]:
    return [
        [parcel.order, parcel.customer, thing.sku, thing.product, thing.units, thing.follow]
        for parcel in parcels
        for thing in parcel.things
    ]


urlpatterns = [
    path("parcels", parcels, name="parcels"),
    path("parcels/paper", paper, name="parcels.paper"),
    path("parcels/ship", ship, name="parcels.ship"),
    path("parcels/sent", sent, name="parcels.sent"),
    path("parcels/<parcel>/track", track, name="parcels.track"),
]
