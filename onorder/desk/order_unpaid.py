"""What is to be paid of an order and is not: its customer is reminded, or it is given up."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import collecting
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.order_asking import OrderForm, again, asking_about, did, looked_at
from onorder.desk.rights import Right, does, page
from onorder.desk.seen import ORDERS
from onorder.desk.tags import money, number
from onorder.errors import OnOrderError
from onorder.queries.orders import OrderPage
from onorder.trying import tried
from onorder.wording.refusals import words


@page(Right.SELL)
def ask_give_up(request: HttpRequest, order: str) -> HttpResponse:
    """What becomes of it if it is given up."""
    found, now = looked_at(order)
    return ask(request, _asking(found), OrderForm(now={"last": found.seen}), _effects(found, now))


def _asking(order: OrderPage) -> Asking:
    lead = _("Its units go to the next in the queue, or into stock. Its customer is told.")
    title = _("Give up what is not paid of #%(order)s") % {"order": order.number}
    return asking_about(order, "give-up", title, _("Give it up"), _("Keep it for them"), lead=lead)


def _effects(order: OrderPage, now: datetime) -> list[Effect]:
    try:
        gone = tried(collecting.give_up_on, order.number, by="", now=now, look=lambda found: found)
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    said = ngettext("%(n)s unit is cancelled.", "%(n)s units are cancelled.", gone.units) % {"n": number(gone.units)}
    effects = [Effect(said, "x")]
    if gone.refunded_minor:
        back = _("%(amount)s goes back to them.") % {"amount": money(gone.refunded_minor, order.currency)}
        effects.append(Effect(back, "banknote"))
    return effects


@does(Right.SELL)
def do_give_up(request: HttpRequest, order: str) -> HttpResponse:
    """Cancel what nobody paid for."""
    found, now = looked_at(order)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return ask(request, _asking(found), form)
    last, by = form.cleaned_data.get("last"), request.user.get_username()
    try:
        gone = ORDERS.do(collecting.give_up_on, order, seen=last, by=by, now=now)
    except OnOrderError as refusal:
        return again(request, _asking(found), form, refusal)
    said = ngettext("%(n)s unit of #%(order)s is cancelled.", "%(n)s units of #%(order)s are cancelled.", gone.units)
    return did(request, order, said % {"n": number(gone.units), "order": order})


@does(Right.SELL)
def remind(request: HttpRequest, order: str) -> HttpResponse:
    """Remind its customer now."""
    found, now = looked_at(order)
    due = collecting.remind(order, by=request.user.get_username(), now=now)
    said = _("They are reminded of %(amount)s.") % {"amount": money(due, found.currency)}
    return did(request, order, said)


urlpatterns = [
    path("orders/<name:order>/give-up", ask_give_up, name="orders.give-up"),
    path("orders/<name:order>/give-up/do", do_give_up, name="orders.do-give-up"),
    path("orders/<name:order>/remind", remind, name="orders.remind"),
]
