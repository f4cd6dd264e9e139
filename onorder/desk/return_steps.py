"""What is done with returns: asked for on behalf of a customer, received, refused before they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import return_decisions, returns
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, UnitsField
from onorder.desk.order_asking import again, new_key
from onorder.desk.return_asking import Keyed, beside_each, of_sku, url_of, wanted_of
from onorder.desk.return_words import grounds_words
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.errors import OnOrderError
from onorder.queries import returns as queries
from onorder.queries.returns import Returnable, ReturnPage
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ReturnOutcome, ReturnWish
from onorder.wording.returning import REASONS


class Ask(Keyed):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=[(code, gettext_lazy(reason)) for code, reason in REASONS.items()]
    )
    words = forms.CharField(label=gettext_lazy("In their words"), max_length=150, required=False)
    wants = forms.ChoiceField(
        label=gettext_lazy("What they want for it"),
        choices=[
            (ReturnWish.REFUND.value, gettext_lazy("Their money back")),
            (ReturnWish.REPLACEMENT.value, gettext_lazy("The same thing again")),
        ],
        widget=forms.RadioSelect,
        initial=ReturnWish.REFUND.value,
    )


class Refuse(Keyed):
    units = UnitsField(label=gettext_lazy("Units"), least=1)
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, help_text=gettext_lazy("Its customer reads this."))


# Asked for on behalf of a customer.


@page(Right.SELL)
def ask_request(request: HttpRequest, order: str) -> HttpResponse:
    """What a customer wants to send back."""
    found, form = _request_form(order)
    return ask(request, _request_asking(order, found), form, _grounds(found))


def _request_form(order: str, sent: Any = None) -> tuple[list[Returnable], Form]:
    found = queries.returnable(order, now=timezone.now())
    form = beside_each(Ask(sent, now={"key": new_key()}), _products(found), all_of_it=len(found) == 1)
    return found, form


def _products(found: Sequence[Returnable]) -> list[tuple[str, str, int]]:
    return [(one.sku, one.product, one.units) for one in found]


def _grounds(found: Sequence[Returnable]) -> list[Effect]:
    today = settings.current().today(timezone.now())
    lines = dict.fromkeys(line for one in found for line in grounds_words(one.grounds, today))
    return [Effect(line, "scale") for line in lines] or [Effect(_("Nothing of it is with its customer."), "ban", True)]


def _request_asking(order: str, found: Sequence[Returnable]) -> Asking:
    return Asking(
        title=_("Goods of #%(order)s are to come back") % {"order": order},
        verb=_("Ask for them") if found else "",
        action=reverse("orders.do-return", args=[order]),
        back=reverse("orders.one", args=[order]),
        keep=_("Leave them"),
        lead=_("Its customer is told the number for the parcel, and where to send it."),
        crumb=f"#{order}",
    )


@does(Right.SELL)
def do_request(request: HttpRequest, order: str) -> HttpResponse:
    """Ask for them."""
    found, form = _request_form(order, request.POST)
    if not form.is_valid() or not (wanted := wanted_of(form, _products(found))):
        if not form.errors:
            form.add_error(None, _("Write beside at least one product how many units are to come back."))
        return ask(request, _request_asking(order, found), form, _grounds(found))
    given, by = form.cleaned_data, request.user.get_username()
    reason = REASONS[given["reason"]]
    why = ": ".join(filter(None, (_(reason), given["words"].strip())))
    try:
        back = returns.request(
            order, wanted, why=why, wants=ReturnWish(given["wants"]), key=given["key"], by=by, now=timezone.now()
        )
    except OnOrderError as refusal:
        return again(request, _request_asking(order, found), form, refusal, _grounds(found))
    return done(request, _("%(number)s is on its way.") % {"number": back}, to=url_of(back))


# Received.


@page(Right.RECEIVE)
def ask_receive(request: HttpRequest, returned: str) -> HttpResponse:
    """What came of it."""
    found = queries.one(returned, now=timezone.now())
    return ask(request, _receive_asking(found), _receive_form(found))


def _receive_form(found: ReturnPage, sent: Any = None) -> Form:
    return beside_each(Keyed(sent, now={"key": new_key()}), _on_the_way(found), all_of_it=True)


def _on_the_way(found: ReturnPage) -> list[tuple[str, str, int]]:
    names = {row.sku: row.product for row in found.rows if row.state == "requested"}
    return [(sku, name, found.units("requested", sku)) for sku, name in names.items()]


def _receive_asking(found: ReturnPage) -> Asking:
    is_coming = found.units("requested") > 0
    return Asking(
        title=_("%(number)s is here") % {"number": found.number},
        verb=_("It is here") if is_coming else "",
        action=reverse("orders.do-returns-receive", args=[found.number]),
        back=url_of(found.number),
        keep=_("Not yet"),
        lead=_("Put it aside: it is not stock until somebody has decided about it.")
        if is_coming
        else _("Nothing of it is on its way any more."),
        crumb=found.number,
    )


@does(Right.RECEIVE)
def do_receive(request: HttpRequest, returned: str) -> HttpResponse:
    """Book that it came."""
    found = queries.one(returned, now=timezone.now())
    form = _receive_form(found, request.POST)
    if not form.is_valid() or not (wanted := wanted_of(form, _on_the_way(found))):
        if not form.errors:
            form.add_error(None, _("Write how many units came."))
        return ask(request, _receive_asking(found), form)
    try:
        units = returns.receive(
            returned, wanted, key=form.cleaned_data["key"], by=request.user.get_username(), now=timezone.now()
        )
    except OnOrderError as refusal:
        return again(request, _receive_asking(found), form, refusal)
    said = ngettext("%(n)s unit of %(number)s is here.", "%(n)s units of %(number)s are here.", units)
    return done(request, said % {"n": number(units), "number": returned}, to=url_of(returned))


# Refused before it came.


@page(Right.REFUND)
def ask_refuse(request: HttpRequest, returned: str, sku: str) -> HttpResponse:
    """Why it need not come."""
    found = of_sku(returned, sku, timezone.now())
    return ask(request, _refuse_asking(found, sku), _refuse_form(found, sku))


def _refuse_form(found: ReturnPage, sku: str, sent: Any = None) -> Refuse:
    return Refuse(sent, now={"key": new_key(), "units": found.units("requested", sku) or 1})


def _refuse_asking(found: ReturnPage, sku: str) -> Asking:
    row = next(row for row in found.rows if row.sku == sku)
    return Asking(
        title=_("Refuse %(what)s") % {"what": row.product},
        verb=_("Refuse it") if found.units("requested", sku) else "",
        action=reverse("orders.do-returns-refuse", args=[found.number, sku]),
        back=url_of(found.number),
        keep=_("Let it come"),
        lead=_("It has not come yet. Its customer is told why we would not take it."),
        crumb=found.number,
    )


@does(Right.REFUND)
def do_refuse(request: HttpRequest, returned: str, sku: str) -> HttpResponse:
    """Refuse it."""
    found = of_sku(returned, sku, timezone.now())
    form = _refuse_form(found, sku, request.POST)
    if not form.is_valid():
        return ask(request, _refuse_asking(found, sku), form)
    given, by = form.cleaned_data, request.user.get_username()
    try:
        return_decisions.decide(
            returned, sku, ReturnOutcome.REFUSE, given["units"], why=given["why"], key=given["key"], by=by,
            now=timezone.now(),
        )  # fmt: skip
    except OnOrderError as refusal:
        return again(request, _refuse_asking(found, sku), form, refusal)
    return done(request, _("%(number)s is refused.") % {"number": returned}, to=url_of(returned))


urlpatterns = [
    path("orders/<name:order>/return", ask_request, name="orders.return"),
    path("orders/<name:order>/return/do", do_request, name="orders.do-return"),
    path("returns/<name:returned>/receive", ask_receive, name="orders.returns-receive"),
    path("returns/<name:returned>/receive/do", do_receive, name="orders.do-returns-receive"),
    path("returns/<name:returned>/refuse/<name:sku>", ask_refuse, name="orders.returns-refuse"),
    path("returns/<name:returned>/refuse/<name:sku>/do", do_refuse, name="orders.do-returns-refuse"),
]
