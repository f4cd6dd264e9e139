"""A purchase order has left its supplier: on which day, and what their carrier knows it by."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import answers
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import DayField, Form
from onorder.desk.rights import Right, does, page
from onorder.errors import OnOrderError
from onorder.queries.purchase_order import Detail, purchase_order
from onorder.wording.refusals import words


class Dispatch(Form):
    """When it left, and how it can be followed."""

    on = DayField(label=gettext_lazy("It left on"))
    tracking = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)


@page(Right.BUY)
def ask_dispatched(request: HttpRequest, number: str) -> HttpResponse:
    """On which day it left."""
    detail = purchase_order(number, now=timezone.now(), named=0)
    return _asked(request, detail, Dispatch(suggests={"on": detail.dispatched_on or detail.today}))


@does(Right.BUY)
def dispatched(request: HttpRequest, number: str) -> HttpResponse:
    """Note that it left."""
    now = timezone.now()
    detail = purchase_order(number, now=now, named=0)
    form = Dispatch(request.POST)
    if form.is_valid():
        try:
            answers.dispatched(number, **form.cleaned_data, by=request.user.get_username(), now=now)
        except OnOrderError as refusal:
            form.add_error(None, words(refusal))
        else:
            said = _("%(number)s is on its way.") % {"number": number}
            return done(request, said, to=reverse("purchase-orders.one", args=[number]))
    return _asked(request, detail, form)


def _asked(request: HttpRequest, detail: Detail, form: Dispatch) -> HttpResponse:
    asking = Asking(
        title=_("Has %(number)s left %(supplier)s?") % {"number": detail.number, "supplier": detail.supplier_name},
        verb=_("It has left"),
        action=reverse("purchase-orders.dispatched", args=[detail.number]),
        back=reverse("purchase-orders.one", args=[detail.number]),
        keep=_("Not yet"),
    )
    effects = [
        Effect(
            _("Everything that is still to come counts as on its way. No day changes, and nobody is told."), "truck"
        ),
        Effect(_("Whoever waits for it sees on the page of their order that it is on its way to us."), "eye"),
    ]
    return ask(request, asking, form, effects)


urlpatterns = [
    path("purchase-orders/<number>/left", ask_dispatched, name="purchase-orders.ask-dispatched"),
    path("purchase-orders/<number>/left/noted", dispatched, name="purchase-orders.dispatched"),
]
