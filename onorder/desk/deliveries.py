"""What has left: with its customer, on its way, or missed by them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from onorder.actions import deliveries
from onorder.desk.done import done
from onorder.desk.lists import ROWS, after, listed
from onorder.desk.rights import Right, back, does, page
from onorder.queries import deliveries as queries

LONGEST_WHY = 200


@page()
def sent(request: HttpRequest) -> HttpResponse:
    """Parcels that left, the newest first; `?show=missing`: those that have not come, the oldest first."""
    place = after(request, (int,))
    is_missing = request.GET.get("show") == "missing"
    found = queries.sent(missing=is_missing, after=place[0] if place else None, limit=ROWS + 1)
    context = {
        "listed": listed(found, request, lambda parcel: (parcel.key,)),
        "show": "missing" if is_missing else "",
        "missing": queries.number_missing(),
        "longest_why": LONGEST_WHY,
    }
    return render(request, "desk/shipped.html", context)


@does(Right.SHIP, Right.SELL)
def deliver(request: HttpRequest, parcel: str) -> HttpResponse:
    """Note that a parcel is with its customer."""
    now, by = timezone.now(), request.user.get_username()
    is_news = deliveries.deliver([deliveries.Delivery(parcel, now)], by=by, now=now)
    if not is_news:
        return done(request, _("That %(number)s has come was known.") % {"number": parcel}, to=_back(request))
    said = _("%(number)s has come; its customer is told.") % {"number": parcel}
    return done(request, said, undo=reverse("parcels.undelivered", args=[parcel]), to=_back(request))


@does(Right.SHIP, Right.SELL)
def take_back(request: HttpRequest, parcel: str) -> HttpResponse:
    """It has not come after all."""
    deliveries.take_back(parcel, by=request.user.get_username(), now=timezone.now())
    return done(request, _("%(number)s counts as on its way again.") % {"number": parcel}, to=_back(request))


@does(Right.SHIP, Right.SELL)
def miss(request: HttpRequest, parcel: str) -> HttpResponse:
    """Somebody says that it did not come."""
    deliveries.miss(parcel, by=request.user.get_username(), now=timezone.now())
    said = _("%(number)s did not come: it stands on Today until that is settled.") % {"number": parcel}
    return done(request, said, to=_back(request))


@does(Right.SELL)
def settle(request: HttpRequest, parcel: str) -> HttpResponse:
    """What was to be done about it is done."""
    why = request.POST.get("why", "")[:LONGEST_WHY]
    deliveries.settle(parcel, why=why, by=request.user.get_username(), now=timezone.now())
    return done(request, _("%(number)s is settled.") % {"number": parcel}, to=_back(request))


def _back(request: HttpRequest) -> str:
    """The list that the form stood on."""
    came = back(request)
    return came if came.startswith(reverse("parcels.sent")) else reverse("parcels.sent")


urlpatterns = [
    path("parcels/sent", sent, name="parcels.sent"),
    path("parcels/<parcel>/delivered", deliver, name="parcels.delivered"),
    path("parcels/<parcel>/delivered/undo", take_back, name="parcels.undelivered"),
    path("parcels/<parcel>/missing", miss, name="parcels.missing"),
    path("parcels/<parcel>/settled", settle, name="parcels.settled"),
]
