"""An order by phone or at the counter: when each of it would ship stands there before it is taken."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import orders as actions
from onorder.actions.orders import NewCustomer, NewLine, NewOrder, Placed
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, UnitsField
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.errors import OnOrderError
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ShippingPolicy
from onorder.trying import tried
from onorder.wording.dates import day_words
from onorder.wording.refusals import words

ROWS = 6


class TakeForm(Form):
    """Who orders what. Of the rows those that name no SKU are left out."""

    email = forms.EmailField(
        label=gettext_lazy("Customer's e-mail"), help_text=gettext_lazy("Who orders again is known by it.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("How it ships"),
        required=False,
        choices=[
            ("", gettext_lazy("As the customer usually chooses")),
            (ShippingPolicy.TOGETHER.value, gettext_lazy("Together, when all of it is here")),
            (ShippingPolicy.AS_AVAILABLE.value, gettext_lazy("In parts, as it comes")),
        ],
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, sent: Any = None, **more: Any) -> None:
        super().__init__(sent, **more)
        for place in range(1, ROWS + 1):
            self.fields[f"sku_{place}"] = forms.CharField(
                label=_("SKU %(n)s") % {"n": place}, max_length=64, required=place == 1
            )
            self.fields[f"units_{place}"] = UnitsField(
                label=_("Units of it"), least=1, required=False, initial=1 if place == 1 else None
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = forms.Form.clean(self) or {}
        for place in range(1, ROWS + 1):
            if given.get(f"sku_{place}") and f"units_{place}" in given and not given[f"units_{place}"]:
                self.add_error(f"units_{place}", _("Write how many of it."))
        return given

    def order(self, now: datetime) -> NewOrder:
        """What the form says."""
        given = self.cleaned_data
        policy = given["policy"]
        return NewOrder(
            f"{settings.current().today(now):%y%m%d}-{given['key'][:5].upper()}",
            NewCustomer(given["email"].lower(), given["email"], given["name"]),
            list(self._lines()),
            key=f"desk:{given['key']}",
            shipping_policy=ShippingPolicy(policy) if policy else None,
            channel="desk",
            address=given["address"],
        )

    def _lines(self) -> Iterator[NewLine]:
        for place in range(1, ROWS + 1):
            if sku := self.cleaned_data[f"sku_{place}"]:
                yield NewLine(sku, self.cleaned_data[f"units_{place}"])


@page(Right.SELL)
def new(request: HttpRequest) -> HttpResponse:
    """Who orders what."""
    return ask(request, _asking(), TakeForm(now={"key": secrets.token_hex(10)}))


@does(Right.SELL)
def try_new(request: HttpRequest) -> HttpResponse:
    """When each of it would ship."""
    form, now = TakeForm(request.POST), timezone.now()
    effects: list[Effect] = []
    if form.is_valid():
        try:
            effects = tried(actions.place, form.order(now), by="", now=now, look=lambda placed: _effects(placed, now))
        except OnOrderError as refusal:
            effects = [Effect(words(refusal), "circle-alert", True)]
    return ask(request, _asking(), form, effects)


@does(Right.SELL)
def take(request: HttpRequest) -> HttpResponse:
    """Take the order."""
    form, now = TakeForm(request.POST), timezone.now()
    if not form.is_valid():
        return ask(request, _asking(), form)
    try:
        placed = actions.place(form.order(now), by=request.user.get_username(), now=now)
    except OnOrderError as refusal:
        form.add_error(None, words(refusal))
        return ask(request, _asking(), form)
    said = _("Order #%(number)s is taken.") % {"number": placed.number}
    return done(request, f"{said} {_ships(placed, now)}", to=reverse("orders.one", args=[placed.number]))


def _asking() -> Asking:
    return Asking(
        title=_("Take an order"),
        verb=_("Take the order"),
        action=reverse("orders.take"),
        back=reverse("orders"),
        keep=_("Leave it"),
        tries=reverse("orders.try-new"),
        lead=_("What is here is set aside at once; of the rest stands here when it ships, before you take it."),
        is_wide=True,
    )


def _effects(placed: Placed, now: datetime) -> list[Effect]:
    today = settings.current().today(now)
    effects = []
    for line in placed.lines:
        parts = []
        if line.allocated:
            parts.append(_("%(n)s here") % {"n": number(line.allocated)})
        if line.waiting:
            day = day_words(line.promised_on, today) if line.promised_on else "–"
            parts.append(_("%(n)s to come, by %(day)s") % {"n": number(line.waiting), "day": day})
        effects.append(Effect(f"{line.sku}: {', '.join(parts)}.", "truck" if line.waiting else "archive"))
    return [*effects, Effect(_ships(placed, now), "calendar")]


def _ships(placed: Placed, now: datetime) -> str:
    if not placed.promised_on:
        return ""
    day = day_words(placed.promised_on, settings.current().today(now))
    return _("All of it ships by %(day)s.") % {"day": day}


urlpatterns = [
    path("orders/new", new, name="orders.new"),
    path("orders/new/try", try_new, name="orders.try-new"),
    path("orders/new/take", take, name="orders.take"),
]
