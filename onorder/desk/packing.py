"""One parcel at a time: each unit is scanned or ticked into it; then it leaves, or waits for its carrier."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import packing, shipping
from onorder.desk.done import done
from onorder.desk.parcels import Picked, picked
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.queries import parcels as queries
from onorder.queries.packed import PackedParcel, packed
from onorder.queries.parcels import Parcel

_CARRIER = "carrier"  # Of the parcel before, in the session: it mostly takes the next one, too.


@dataclass(frozen=True, slots=True)
class Item:
    """A product of the parcel: how many units go into it, and how many are in. `codes`: what a scanner reads on it."""

    sku: str
    product: str
    codes: str
    units: int
    packed: int


@page(Right.SHIP)
def pack(request: HttpRequest, order: str) -> HttpResponse:
    """One parcel, large; `?count=` is a SKU of it that was scanned already. The filters of Parcels lead to the next."""
    found = queries.to_pack(orders=[order], packed=True, limit=1)
    closed = next(iter(packed(orders=[order], limit=1)), None)
    if (closed and not closed.wrong) or not found:
        return _not_now(request, order, closed)
    return _show(request, found[0], {request.GET.get("count", ""): 1}, closed=closed)


@does(Right.SHIP)
def ship(request: HttpRequest, order: str) -> HttpResponse:
    """Hand over what was packed, if that is still what may go, and open the next parcel."""

    def leaves(parcel: shipping.Parcel) -> str:
        (gone,) = shipping.ship([parcel], by=request.user.get_username(), now=timezone.now())
        return _("#%(order)s has left: %(units)s.") % {"order": order, "units": _units(gone.units)}

    return _done_with(request, order, leaves)


@does(Right.SHIP)
def wait(request: HttpRequest, order: str) -> HttpResponse:
    """Close the parcel until its carrier comes, if what is in it is still what may go, and open the next one."""

    def waits(parcel: shipping.Parcel) -> str:
        (closed,) = packing.pack([parcel], by=request.user.get_username(), now=timezone.now())
        return _("#%(order)s is packed: %(units)s.") % {"order": order, "units": _units(closed.units)}

    return _done_with(request, order, waits, undo=reverse("parcels.unpack", args=[order]))


@does(Right.SHIP)
def unpack(request: HttpRequest, order: str) -> HttpResponse:
    """Open a packed parcel again."""
    packing.unpack(order, by=request.user.get_username(), now=timezone.now())
    said = _("The parcel of #%(order)s is open again.") % {"order": order}
    return done(request, said, to=reverse("parcels.pack", args=[order]))


@page(Right.SHIP)
def what(request: HttpRequest) -> HttpResponse:
    """For the page's script: what a code is that stands on nothing in this parcel."""
    return JsonResponse(queries.named(request.GET.get("code", "")[:200].strip()))


def _done_with(
    request: HttpRequest, order: str, does: Callable[[shipping.Parcel], str], *, undo: str = ""
) -> HttpResponse:
    """Do something with the parcel as it was packed, and say what; what is not ticked is not in it yet."""
    found = queries.to_pack(orders=[order], packed=True, limit=1)
    sent, ticked = request.POST, set(request.POST.getlist("packed"))
    wanted = {name.removeprefix("of:"): int(sent[name]) for name in sent if name.startswith("of:") if _few(sent[name])}
    if found and (missing := wanted.keys() - ticked):
        return _show(request, found[0], {sku: wanted[sku] for sku in wanted.keys() & ticked}, missing=missing)
    carrier, tracking = sent.get("carrier", "")[:40].strip(), sent.get("tracking", "")[:80].strip()
    said = does(shipping.Parcel(order, carrier, tracking, packed=wanted))
    request.session[_CARRIER] = carrier
    here = picked(request)
    if found and (following := _next(here, found[0])):
        return done(request, said, undo=undo, to=reverse("parcels.pack", args=[following.order]) + here.query)
    last = _("That was the last one.")
    return done(request, f"{said} {last}", undo=undo, to=reverse("parcels") + here.query)


def _few(units: str) -> bool:
    return units.isascii() and units.isdecimal() and len(units) < 9


def _units(units: int) -> str:
    return ngettext("%(n)s unit", "%(n)s units", units) % {"n": number(units)}


def _show(
    request: HttpRequest,
    parcel: Parcel,
    counted: dict[str, int],
    *,
    missing: Collection[str] = (),
    closed: PackedParcel | None = None,
) -> HttpResponse:
    here, items = picked(request), _items(parcel, counted)
    return render(
        request,
        "desk/pack.html",
        {
            "parcel": parcel,
            "closed": closed,
            "items": items,
            "packed": sum(item.packed for item in items),
            "missing": [item for item in items if item.sku in missing],
            "here": here,
            "next": _next(here, parcel),
            "carrier": request.POST.get("carrier", request.session.get(_CARRIER, "")),
            "tracking": request.POST.get("tracking", ""),
        },
        status=422 if missing else 200,
    )


def _items(parcel: Parcel, counted: dict[str, int]) -> list[Item]:
    """What goes into it, by SKU: an order may have two lines of one."""
    units: dict[str, int] = {}
    for thing in parcel.things:
        units[thing.sku] = units.get(thing.sku, 0) + thing.units
    first = {thing.sku: thing for thing in reversed(parcel.things)}
    return [
        Item(
            sku,
            first[sku].product,
            "\n".join(code.casefold() for code in (sku, first[sku].barcode) if code),
            few,
            min(counted.get(sku, 0), few),
        )
        for sku, few in units.items()
        if few
    ]


def _next(here: Picked, parcel: Parcel) -> Parcel | None:
    """The parcel to be packed after this one; at the end of the row, the first that was left out before."""
    behind = here.to_pack(after=parcel.key, limit=1)
    first = behind or [one for one in here.to_pack(limit=2) if one.key != parcel.key]
    return first[0] if first else None


def _not_now(request: HttpRequest, order: str, closed: PackedParcel | None) -> HttpResponse:
    """Why there is no parcel of this order to be packed, with the way on. `closed`: the one that is packed."""
    why, here = queries.why_not(order), picked(request)
    following = here.to_pack(limit=1)
    context = {"order": order, "why": why, "closed": closed, "here": here, "next": following[0] if following else None}
    return render(request, "desk/pack_not.html", context)


urlpatterns = [
    path("parcels/what", what, name="parcels.what"),
    path("parcels/<name:order>", pack, name="parcels.pack"),
    path("parcels/<name:order>/ship", ship, name="parcels.pack-ship"),
    path("parcels/<name:order>/wait", wait, name="parcels.pack-wait"),
    path("parcels/<name:order>/unpack", unpack, name="parcels.unpack"),
]
