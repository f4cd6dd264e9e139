"""An order is held, so that none of its parcels leaves, and released again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import shipping
from onorder.desk.asking import Asking, ask
from onorder.desk.done import done
from onorder.desk.order_asking import OrderForm, again, asking_about, did, looked_at
from onorder.desk.rights import Right, back, does, page
from onorder.desk.seen import ORDERS
from onorder.errors import OnOrderError
from onorder.queries.orders import OrderPage

_OTHER = "other"


class Hold(OrderForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[
            ("address", gettext_lazy("Address in doubt")),
            ("payment", gettext_lazy("Payment to be checked")),
            ("away", gettext_lazy("The customer is away")),
            (_OTHER, gettext_lazy("Another reason")),
        ],
        widget=forms.RadioSelect,
        initial="address",
    )
    words = forms.CharField(label=gettext_lazy("In your words"), max_length=150, required=False)
    to = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("reason") == _OTHER and not given.get("words", "").strip():
            self.add_error("words", _("Say why, for whoever looks at it next."))
        return given

    @property
    def why(self) -> str:
        """The reason as it is stored: what was picked, what was written, or both."""
        said, words = self.cleaned_data["reason"], self.cleaned_data["words"].strip()
        picked = "" if said == _OTHER else str(dict(self.fields["reason"].choices)[said])  # type: ignore[attr-defined]
        return ": ".join(filter(None, (picked, words)))


@page(Right.SHIP, Right.SELL)
def ask_hold(request: HttpRequest, order: str) -> HttpResponse:
    """Why its parcels are not to leave; `?to=parcels` for whoever packs, and goes on with the next."""
    found, _now = looked_at(order)
    to = "parcels" if request.GET.get("to") == "parcels" else ""
    return ask(request, _asking(found, to), Hold(now={"last": found.seen, "to": to}))


def _asking(order: OrderPage, to: str) -> Asking:
    title = _("Hold #%(order)s") % {"order": order.number}
    lead = _("No parcel of it leaves until somebody releases it. What is set aside for it stays set aside.")
    asked = asking_about(order, "hold", title, _("Hold it"), _("Let it go"), lead=lead)
    return replace(asked, back=reverse("parcels.pack", args=[order.number])) if to else asked


@does(Right.SHIP, Right.SELL)
def do_hold(request: HttpRequest, order: str) -> HttpResponse:
    """Hold it."""
    found, now = looked_at(order)
    form = Hold(request.POST)
    to = "parcels" if request.POST.get("to") == "parcels" else ""
    if not form.is_valid():
        return ask(request, _asking(found, to), form)
    last, by = form.cleaned_data["last"], request.user.get_username()
    try:
        ORDERS.do(shipping.hold, order, form.why, seen=last, by=by, now=now)
    except OnOrderError as refusal:
        return again(request, _asking(found, to), form, refusal)
    said, undo = _("#%(order)s is held: %(why)s.") % {"order": order, "why": form.why}, _release_url(order)
    return done(request, said, undo=undo, to=reverse("parcels")) if to else did(request, order, said, undo)


@does(Right.SHIP, Right.SELL)
def release(request: HttpRequest, order: str) -> HttpResponse:
    """Let its parcels leave again."""
    shipping.release(order, by=request.user.get_username(), now=timezone.now())
    return done(request, _("#%(order)s is released, and goes in its turn.") % {"order": order}, to=back(request))


def _release_url(order: str) -> str:
    return reverse("orders.release", args=[order])


urlpatterns = [
    path("orders/<name:order>/hold", ask_hold, name="orders.hold"),
    path("orders/<name:order>/hold/do", do_hold, name="orders.do-hold"),
    path("orders/<name:order>/release", release, name="orders.release"),
]
