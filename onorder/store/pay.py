"""Where what is owed of an order is paid: every way that the shop takes, by a signed link that opens nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from onorder import access
from onorder.models import Shop
from onorder.providers.configured import provider
from onorder.providers.hearing import look_at_order
from onorder.queries.cards import Payable, last_page, payable
from onorder.queries.owing import owing
from onorder.queue import setup as settings
from onorder.rules.lifecycle import CardPageState
from onorder.store.basket import shop_of
from onorder.store.cards import BACK, DOWN, SeeOther
from onorder.store.links import nowhere, private
from onorder.store.payments import PaymentWay, ToPay, leading, open_ways, way_of

_CARD: Final = "card"


@dataclass(frozen=True, slots=True)
class Shown:
    """A way to pay, with what has to be known for it."""

    way: PaymentWay
    details: list[tuple[str, str]]

    @property
    def is_card(self) -> bool:
        return self.way.code == _CARD


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """What is owed now, and the ways to pay it; sent, on to the page for cards. Nobody pays twice what their bank is
    about to."""
    shop, now = shop_of(request), timezone.now()
    key = _order(token, now)
    came = came_back(request, key, now) if key else ""  # First: it may have been paid.
    found = payable(key) if key else None
    if found is None:
        return nowhere(request)
    here = request.build_absolute_uri(reverse("store.pay", args=[token]))
    to_pay = ToPay(found.key, found.number, owing(found.key), found.currency, back=here, left=here)
    last, card = last_page(found.key), way_of(_CARD)
    is_asked = request.method == "POST" and to_pay.due_minor and last != CardPageState.WAITING
    if is_asked and card is not None and card.is_open(shop):
        return private(SeeOther(card.begin(to_pay) or f"{here}?{DOWN}"))
    return _shown(request, shop, found, to_pay, came, last)


def came_back(request: HttpRequest, order: int, now: datetime) -> str:
    """Whether the customer comes from the provider ("back"), or was sent away for want of a page ("down"). Who comes
    back may be faster than the provider's word, so it is asked."""
    came = request.META.get("QUERY_STRING", "")
    by = provider()
    if came == BACK and by is not None:
        look_at_order(by, order, now)
    return {BACK: "back", DOWN: "down"}.get(came, "")


def _order(token: str, now: datetime) -> int:
    """The order (by primary key) that a link leads to; 0 if it leads nowhere."""
    try:
        return access.read(token, today=settings.current().today(now), purpose=access.Purpose.PAY)
    except access.LinkOver:
        return 0


def _shown(
    request: HttpRequest, shop: Shop, found: Payable, to_pay: ToPay, came: str, last: CardPageState | None
) -> HttpResponse:
    is_waiting = last == CardPageState.WAITING
    is_open = to_pay.due_minor and not is_waiting
    context = {
        "found": found,
        "due": to_pay.due_minor,
        "ways": [Shown(way, list(way.details(to_pay, shop))) for way in open_ways(shop)] if is_open else [],
        "here": request.path,
        "came": came,
        "is_waiting": is_waiting,
        "has_failed": last == CardPageState.FAILED,
    }
    answer = leading(render(request, "store/pay.html", context), shop)
    answer["Referrer-Policy"] = "same-origin"  # Its own form says where it comes from.
    return private(answer)


urlpatterns = [path("pay/<str:token>", pay, name="store.pay")]
