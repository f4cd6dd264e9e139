"""What the provider for cards said, and a person should look at: money that nobody asked for, or that somebody wants
back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from onorder.actions import cards as actions
from onorder.desk.done import done
from onorder.desk.lists import ROWS, after, listed
from onorder.desk.rights import Right, back, does, page
from onorder.desk.tags import money
from onorder.queries import cards as queries
from onorder.queries.cards import ConcernRow
from onorder.queries.stamp import stamp
from onorder.rules.cards import Concern

#: What happened, and what to do about it.
SAYS = {
    Concern.UNKNOWN: (
        gettext_noop("%(amount)s was paid, and nobody knows what for."),
        gettext_noop("Look it up at Stripe. If it is for an order here, book the payment there; else give it back."),
    ),
    Concern.OTHER_AMOUNT: (
        gettext_noop("%(amount)s was paid, which is not what was asked. Nothing was booked."),
        gettext_noop("Look it up at Stripe, then book what was paid, or give it back there."),
    ),
    Concern.TOO_MUCH: (
        gettext_noop("%(amount)s was paid and booked: the order holds more now than it costs."),
        gettext_noop("Give back what is too much."),
    ),
    Concern.DECLINED: (
        gettext_noop("%(amount)s did not come: the customer's bank did not carry it out."),
        gettext_noop("Their page says so, and they can pay again. Ask them, if it takes long."),
    ),
    Concern.GIVEN_BACK: (
        gettext_noop("%(amount)s went back to the card from Stripe's own pages, and is not booked here."),
        gettext_noop(
            "If it was for a refund that waits here, mark that one as paid out: it is not paid twice then."
            " Else book it: its customer is told, and nothing goes out again."
        ),
    ),
    Concern.DISPUTED: (
        gettext_noop("%(amount)s is disputed: the customer wants it back from their bank."),
        gettext_noop("Answer at Stripe before the day that it names. Until then, hold what has not left."),
    ),
}


@page(Right.REFUND)
def notices(request: HttpRequest) -> HttpResponse:
    """What needs a look; `?show=settled` for what somebody has looked at."""
    happened = stamp()
    settled = request.GET.get("show") == "settled"
    place = after(request, (int,))
    found = queries.concerns(settled=settled, after=place[0] if place else None, limit=ROWS + 1)
    context = {
        "listed": listed([(row, *_said(row)) for row in found], request, lambda one: (one[0].key,)),
        "is_settled": settled,
        "count": queries.number_of_concerns(),
        "stamp": happened,
    }
    return render(request, "desk/card_notices.html", context)


@does(Right.REFUND)
def settle(request: HttpRequest, notice: int) -> HttpResponse:
    """Somebody has seen to it."""
    actions.settle(notice, by=request.user.get_username(), now=timezone.now())
    way_back = reverse("orders.card-notice-again", args=[notice])
    return done(request, _("It is off the list."), undo=way_back, to=reverse("orders.card-notices"))


@does(Right.REFUND)
def book(request: HttpRequest, notice: int) -> HttpResponse:
    """What went back at the provider's went back here, too."""
    if actions.book_given_back(notice, by=request.user.get_username(), now=timezone.now()):
        return done(
            request, _("It is booked as given back, and its customer is told."), to=reverse("orders.card-notices")
        )
    return done(request, _("Somebody had seen to it already."), to=reverse("orders.card-notices"))


@does(Right.REFUND)
def unsettle(request: HttpRequest, notice: int) -> HttpResponse:
    """Somebody has to see to it after all."""
    actions.unsettle(notice, by=request.user.get_username(), now=timezone.now())
    return done(request, _("It is on the list again."), to=back(request))


def _said(row: ConcernRow) -> tuple[str, str]:
    said, to_do = SAYS[row.concern]
    return _(said) % {"amount": money(row.amount_minor, row.currency)}, _(to_do)


urlpatterns = [
    path("card-notices", notices, name="orders.card-notices"),
    path("card-notices/<int:notice>/settled", settle, name="orders.card-notice-settle"),
    path("card-notices/<int:notice>/booked", book, name="orders.card-notice-book"),
    path("card-notices/<int:notice>/again", unsettle, name="orders.card-notice-again"),
]
