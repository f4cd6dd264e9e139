"""Parcels: what may go now, first in, first out; picked, printed, and shipped one by one or many at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import packing, shipping
from onorder.actions.packing import Packed
from onorder.actions.shipping import Shipped
from onorder.desk.done import done
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import Right, back, does, page
from onorder.desk.tags import number
from onorder.errors import BadInput
from onorder.queries import parcels as queries
from onorder.queries.holding import held, number_held
from onorder.queries.packed import number_packed, packed
from onorder.queries.parcels import Parcel
from onorder.queries.receiving import deliveries, served, sku_of
from onorder.queries.stamp import stamp

MOST_EXPORTED = 10_000
SHOWN = {"complete": True, "parts": False}
MOST_PRINTED = 100
_AFTER_NUMBERS = 10**64  # No SKU has a longer number in it.
_HELD_HEADER = ("order", "customer", "why", "at", "by", "here", "waiting")
_PACKED_HEADER = ("order", "customer", "units", "at", "by", "carrier", "tracking", "wrong")
_HEADER = ("order", "customer", "sku", "product", "units", "follow")


@dataclass(frozen=True, slots=True)
class Pick:
    """A SKU of a pick list: how many in all, and how many for each order."""

    sku: str
    product: str
    units: int
    orders: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """Which parcels are looked at: `?show=` picks complete orders or parts, `?receipt=` those a delivery served.

    `to_pack` reads them; `query` carries them on to the next page, as the end of its address.
    """

    show: str
    receipt: str
    to_pack: Callable[..., list[Parcel]]

    @property
    def query(self) -> str:
        asked = {name: value for name, value in (("show", self.show), ("receipt", self.receipt)) if value}
        return f"?{urlencode(asked)}" if asked else ""


def picked(request: HttpRequest) -> Picked:
    """Which parcels an address asks for. Without a receipt, nothing is read for it."""
    show, receipt = request.GET.get("show", ""), request.GET.get("receipt", "")
    receipt = receipt if receipt.isascii() and receipt.isdecimal() and len(receipt) < 19 else ""
    orders = list(served(int(receipt)).units) if receipt else None
    to_pack = partial(queries.to_pack, complete=SHOWN.get(show), orders=orders)
    return Picked(show if show in SHOWN else "", receipt, to_pack)


@page()
def parcels(request: HttpRequest) -> HttpResponseBase:
    """What may go now; `?code=` opens whatever a scanner read.

    Or what waits for its carrier (`?show=packed`), or (`?show=held`) what does not leave until it is released.
    """
    if request.GET.get("show") == "held":
        return _held(request)
    if request.GET.get("show") == "packed":
        return _packed(request)
    happened, place, here = stamp(), after(request, (int,)), picked(request)
    if request.GET.get("as") == "csv":
        return as_csv("parcels", _HEADER, _cells(here.to_pack(limit=MOST_EXPORTED)))
    code, unknown = request.GET.get("code", "").strip()[:200], ""
    if code:
        opened, unknown = _opened(code, here)
        if opened:
            return redirect(opened)
    found = here.to_pack(after=place[0] if place else None, limit=ROWS + 1)
    return render(
        request,
        "desk/parcels.html",
        {
            "listed": listed(found, request, lambda parcel: (parcel.key,)),
            "here": here,
            "show": here.show,
            "receipt": here.receipt,
            "unknown": unknown,
            "held": number_held(),
            "packed": number_packed(),
            "next": next((one for one in deliveries() if one.confirmed_on), None) if not found else None,
            "stamp": happened,
        },
    )


def _held(request: HttpRequest) -> HttpResponseBase:
    """What does not leave until it is released, the longest held first."""
    happened, place = stamp(), after(request, (datetime.fromisoformat, int))
    if request.GET.get("as") == "csv":
        rows = ([getattr(one, name) for name in _HELD_HEADER] for one in held(limit=MOST_EXPORTED))
        return as_csv("held", _HELD_HEADER, rows)
    found = held(after=(place[0], place[1]) if place else None, limit=ROWS + 1)
    around = {"show": "held", "held": number_held(), "packed": number_packed(), "stamp": happened}
    context = {"listed": listed(found, request, lambda one: (one.at.isoformat(), one.key))}
    return render(request, "desk/parcels_held.html", context | around)


def _packed(request: HttpRequest) -> HttpResponseBase:
    """What is packed and waits for its carrier, the longest waiting first."""
    happened, place = stamp(), after(request, (int,))
    if request.GET.get("as") == "csv":
        rows = ([getattr(one, name) for name in _PACKED_HEADER] for one in packed(limit=MOST_EXPORTED))
        return as_csv("packed", _PACKED_HEADER, rows)
    found = packed(after=place[0] if place else None, limit=ROWS + 1)
    around = {"show": "packed", "held": number_held(), "packed": number_packed(), "stamp": happened}
    context = {
        "listed": listed(found, request, lambda one: (one.key,)),
        "some_leave": any(not one.wrong for one in found),
    }
    return render(request, "desk/parcels_packed.html", context | around)


def _opened(code: str, here: Picked) -> tuple[str, str]:
    """The address of what a scanned code opens, its order or the oldest parcel with the product; or else why not."""
    if number := queries.named(code)["order"]:
        return reverse("parcels.pack", args=[number]) + here.query, ""
    sku = sku_of(code)
    if sku is None:
        return "", _("Nothing is called %(code)s: no order, and no product.") % {"code": code}
    oldest = here.to_pack(sku=sku, limit=1)
    if not oldest:
        return "", _("No parcel here has %(sku)s in it.") % {"sku": sku}
    counted = f"{'&' if here.query else '?'}{urlencode({'count': sku})}"
    return reverse("parcels.pack", args=[oldest[0].order]) + here.query + counted, ""


@page()
def paper(request: HttpRequest) -> HttpResponse:
    """Pick list and packing slips of `?order=`, to be printed; of all that the filters leave if none is named."""
    chosen = request.GET.getlist("order")[:MOST_PRINTED]
    found = (
        queries.to_pack(orders=chosen, packed=True, limit=MOST_PRINTED)
        if chosen
        else picked(request).to_pack(limit=MOST_PRINTED)
    )
    return render(
        request,
        "desk/paper.html",
        {
            "parcels": found,
            "picks": _picks(found),
            "is_first": not chosen and len(found) == MOST_PRINTED,
            "now": timezone.now(),
        },
    )


@does(Right.SHIP)
def ship(request: HttpRequest) -> HttpResponse:
    """Hand over parcels: those that were ticked, or the one that a tracking number was written for."""
    going = _ticked(request)
    gone = shipping.ship(going, skip_unready=len(going) > 1, by=request.user.get_username(), now=timezone.now())
    said = ngettext("%(n)s parcel has left", "%(n)s parcels have left", len(gone)) % {"n": number(len(gone))}
    stays = _("%(n)s had left already, wait again, or are held.") % {"n": number(len(going) - len(gone))}
    return done(request, _told(said, gone, stays if len(gone) < len(going) else ""), to=back(request))


@does(Right.SHIP)
def pack(request: HttpRequest) -> HttpResponse:
    """Close the parcels that were ticked, until their carrier comes."""
    going = _ticked(request)
    closed = packing.pack(going, skip_unready=len(going) > 1, by=request.user.get_username(), now=timezone.now())
    said = ngettext("%(n)s parcel is packed", "%(n)s parcels are packed", len(closed)) % {"n": number(len(closed))}
    stays = _("%(n)s were packed or had left already, wait again, or are held.")
    stays %= {"n": number(len(going) - len(closed))}
    return done(request, _told(said, closed, stays if len(closed) < len(going) else ""), to=back(request))


@does(Right.SHIP)
def track(request: HttpRequest, parcel: str) -> HttpResponse:
    """Write or correct the tracking number of a parcel that has left."""
    carrier, tracking = request.POST.get("carrier", "").strip(), request.POST.get("tracking", "").strip()
    shipping.track(parcel, carrier=carrier, tracking=tracking, by=request.user.get_username(), now=timezone.now())
    return done(
        request, _("The tracking number of %(number)s is noted.") % {"number": parcel}, to=reverse("parcels.sent")
    )


def _ticked(request: HttpRequest) -> list[shipping.Parcel]:
    one = request.POST.get("one", "")
    orders = [one] if one else request.POST.getlist("order")[:500]
    if not orders:
        raise BadInput(what="Parcels", problem="none is ticked", remedy="Tick those that leave.")
    carrier = request.POST.get("carrier", "")[:40].strip()
    return [shipping.Parcel(order, carrier, request.POST.get(f"tracking:{order}", "")[:80].strip()) for order in orders]


def _told(said: str, parcels: Sequence[Shipped | Packed], rest: str) -> str:
    units = sum(parcel.units for parcel in parcels)
    units_said = ngettext("%(n)s unit", "%(n)s units", units) % {"n": number(units)}
    return f"{said}: {units_said}. {rest}".strip()


def _picks(parcels: list[Parcel]) -> list[Pick]:
    """What to take from the shelves: each SKU once, in the order in which people number shelves."""
    wanted = [
        (thing.sku, thing.product, parcel.order, thing.units)
        for parcel in parcels
        for thing in parcel.things
        if thing.units
    ]
    picks = []
    place = {parcel.order: place for place, parcel in enumerate(parcels)}
    wanted.sort(key=lambda one: (_as_numbered(one[0]), one[:2], place[one[2]]))
    for (sku, product), of_sku in groupby(wanted, key=lambda one: one[:2]):
        units_of: dict[str, int] = {}
        for _sku, _product, order, units in of_sku:
            units_of[order] = units_of.get(order, 0) + units
        orders = tuple(units_of.items())
        picks.append(Pick(sku, product, sum(units for _order, units in orders), orders))
    return picks


def _as_numbered(sku: str) -> list[tuple[int, str]]:
    """A key by which A-9 comes before A-10.

    >>> sorted(["A-10", "B", "A-9", "a-9b", "7"], key=_as_numbered)
    ['7', 'A-9', 'a-9b', 'A-10', 'B']
    """
    parts = re.findall(r"\d+|\D+", sku.casefold())
    return [(int(part), "") if part.isdecimal() else (_AFTER_NUMBERS, part) for part in parts]


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
    path("parcels/pack", pack, name="parcels.pack-many"),
    path("parcels/<parcel>/track", track, name="parcels.track"),
]
