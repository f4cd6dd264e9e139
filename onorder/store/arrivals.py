"""A customer says that a parcel has come, or that it has not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from onorder.actions import deliveries
from onorder.actions.deliveries import Delivery
from onorder.queries.journey import JourneyParcel, journey_of
from onorder.store.arriving import may_miss, may_say_it_came
from onorder.store.journey_words import what
from onorder.store.limits import limited
from onorder.store.links import Followed, followed

BY = "customer"
LONGEST_WORDS = 200


@require_POST
@csrf_protect
@limited
@followed
def came(request: HttpRequest, found: Followed, parcel: str) -> HttpResponse:
    """It is here. Whoever says so twice has said it once."""
    one = _parcel(found, parcel)
    if one is None:
        return HttpResponseRedirect(found.url())
    if may_say_it_came(one):
        deliveries.deliver([Delivery(parcel, found.now)], by_customer=True, by=BY, now=found.now)
    return found.done("came")


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@limited
@followed
def missing(request: HttpRequest, found: Followed, parcel: str) -> HttpResponse:
    """It has not come: a word that may help, and a person looks for it."""
    one = _parcel(found, parcel)
    if one is None or not (may_miss(one, found) or (one.is_missing and request.method == "POST")):
        return HttpResponseRedirect(found.url())
    if request.method == "POST":
        deliveries.miss(parcel, why=request.POST.get("words", "")[:LONGEST_WORDS], by=BY, now=found.now)
        return found.done("missing")
    context = {"order": found.order, "back": found.url(), "parcel": one, "what": what(one.things)}
    answer = render(request, "store/journey_missing.html", context | {"longest": LONGEST_WORDS})
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _parcel(found: Followed, number: str) -> JourneyParcel | None:
    """A parcel of this order; None if it is another's, or nobody's."""
    seen = journey_of(found.order, now=found.now)
    return next((one for one in seen.parcels if one.number and one.number == number), None)


urlpatterns = [
    path("j/<str:token>/came/<str:parcel>", came, name="journey.came"),
    path("j/<str:token>/missing/<str:parcel>", missing, name="journey.missing"),
]
