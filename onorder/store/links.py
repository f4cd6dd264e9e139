"""What every page behind a signed link shares: whose order it is, what the answer carries, and what was just done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from onorder import access
from onorder.errors import OnOrderError
from onorder.models import Order
from onorder.queries import orders
from onorder.queries.orders import OrderPage
from onorder.queue import setup as settings

P = ParamSpec("P")
#: So long a page says what was done on it; whoever looks again later has seen it.
_SAID_FOR: Final = 600


@dataclass(frozen=True, slots=True)
class Followed:
    """An order as its link was opened: `today` is the shop's day."""

    token: str
    order: OrderPage
    now: datetime
    today: date

    def url(self, name: str = "journey") -> str:
        """A page of this order."""
        return reverse(name, args=[self.token])

    def done(self, what: str, units: int = 0) -> HttpResponse:
        """Back to the order, which says so. No cookie: the address carries the word, signed, for this order and now."""
        said = _signer(self.order).sign(f"{what}-{units}")
        return HttpResponseRedirect(f"{self.url()}?{urlencode({'done': said})}")


View = Callable[Concatenate[HttpRequest, Followed, P], HttpResponse]


def followed(view: View[P]) -> Callable[..., HttpResponse]:
    """A page of the order that a link leads to; for a link that leads nowhere, how to find the order."""

    @wraps(view)
    def entered(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now = timezone.now()
        found = _followed(token, now)
        return private(view(request, found, *args, **kwargs)) if found else nowhere(request)

    return entered


def nowhere(request: HttpRequest, status: int = 404) -> HttpResponse:
    """The page of a link that leads nowhere, whatever is wrong with it: how to find the order."""
    return private(render(request, "store/link_over.html", status=status))


def private(answer: HttpResponse) -> HttpResponse:
    """Kept by nobody on the way, found by no search engine, and its address told to nobody."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    return answer


def with_form(answer: HttpResponse) -> HttpResponse:
    """The same with a form in it: browsers say where that comes from only to pages that let them: to ours."""
    answer["Referrer-Policy"] = "same-origin"
    return private(answer)


def done_here(request: HttpRequest, order: OrderPage) -> tuple[str, int]:
    """What was just done on this order, and with how many units; empty if nothing was."""
    try:
        said = _signer(order).unsign(request.GET.get("done", "")[:200], max_age=_SAID_FOR)
    except BadSignature:
        return "", 0
    what, _, units = said.partition("-")
    return what, int(units)


def _followed(token: str, now: datetime) -> Followed | None:
    try:
        today = settings.current().today(now)
        key = access.read(token, today=today)
        number: Any = Order.objects.filter(pk=key).values_list("number", flat=True).first()
        return Followed(token, orders.one(number, now=now), now, today) if number is not None else None
    except OnOrderError:
        return None


def _signer(order: OrderPage) -> TimestampSigner:
    return TimestampSigner(salt=f"onorder.store.done.{order.key}")
