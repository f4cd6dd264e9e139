"""What is done with an order's units: cancel, add, send together or in parts, or elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions import cancellations, shipping
from onorder.actions import orders as actions
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.forms import Form, UnitsField
from onorder.desk.happened import policy_words
from onorder.desk.order_asking import OrderForm, again, asking_about, did, looked_at, new_key, ships, surplus_effect
from onorder.desk.rights import Right, does, page
from onorder.desk.seen import ORDERS
from onorder.desk.tags import money, number
from onorder.errors import OnOrderError
from onorder.queries import orders as queries
from onorder.queries.orders import OrderPage
from onorder.rules.lifecycle import ShippingPolicy
from onorder.trying import tried
from onorder.wording.refusals import words


class Why(OrderForm):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)


class Add(OrderForm):
    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=64)
    units = UnitsField(label=gettext_lazy("Units"), least=1, initial=1)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class Policy(OrderForm):
    policy = forms.ChoiceField(
        label=gettext_lazy("How it ships"),
        choices=[
            (ShippingPolicy.TOGETHER.value, gettext_lazy("Together, when all of it is here")),
            (ShippingPolicy.AS_AVAILABLE.value, gettext_lazy("In parts, as it comes")),
            (ShippingPolicy.UP_TO.value, gettext_lazy("In so many parcels at the most")),
        ],
        widget=forms.RadioSelect,
    )
    most_parcels = UnitsField(label=gettext_lazy("Parcels at the most"), least=1, most=99, initial=2)


class Address(OrderForm):
    address = forms.CharField(label=gettext_lazy("Address"), max_length=500, widget=forms.Textarea(attrs={"rows": 5}))


# Units.


def _cancel_form(order: OrderPage, sent: Any = None) -> Form:
    """A number beside each SKU of which something can be cancelled; "all" is what each of them begins with 0 for."""
    form = Why(sent, now={"last": order.seen})
    for place, (sku, (product, few)) in enumerate(_open_units(order).items()):
        label = f"{product} ({sku})"
        most = ngettext("at most %(n)s", "at most %(n)s", few) % {"n": number(few)}
        form.fields[f"units_{place}"] = UnitsField(label=label, most=few, initial=0, required=False, help_text=most)
    form.order_fields([name for name in form.fields if name.startswith("units_")])
    return form


def _open_units(order: OrderPage) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for line in order.lines:
        if few := line.waiting + line.allocated:
            found[line.sku] = (line.product, found.get(line.sku, ("", 0))[1] + few)
    return found


def _wanted(order: OrderPage, form: Form) -> dict[str, int]:
    skus = list(_open_units(order))
    return {sku: few for place, sku in enumerate(skus) if (few := form.cleaned_data.get(f"units_{place}"))}


def _cancel_asking(order: OrderPage) -> Asking:
    lead = _("What has shipped comes back as a return instead. Its customer is told.")
    return asking_about(
        order, "cancel", _("Cancel units of #%(order)s") % {"order": order.number}, _("Cancel the units"),
        _("Keep the order"), lead=lead, tries=True,
    )  # fmt: skip


@page(Right.SELL)
def ask_cancel(request: HttpRequest, order: str) -> HttpResponse:
    """Which units are to go."""
    found, _now = looked_at(order)
    return ask(request, _cancel_asking(found), _cancel_form(found))


@does(Right.SELL)
def try_cancel(request: HttpRequest, order: str) -> HttpResponse:
    """What cancelling these units would do."""
    found, now = looked_at(order)
    form = _cancel_form(found, request.POST)
    effects = _cancel_effects(found, _wanted(found, form), now) if form.is_valid() else []
    return ask(request, _cancel_asking(found), form, effects)


@does(Right.SELL)
def do_cancel(request: HttpRequest, order: str) -> HttpResponse:
    """Cancel these units."""
    found, now = looked_at(order)
    form = _cancel_form(found, request.POST)
    if not form.is_valid() or not (wanted := _wanted(found, form)):
        if not form.errors:
            form.add_error(None, _("Write beside at least one product how many units are to go."))
        return ask(request, _cancel_asking(found), form)
    last, why = form.cleaned_data.get("last"), form.cleaned_data["why"]
    try:
        units = ORDERS.do(
            cancellations.cancel, order, wanted, fee_minor=_fee(found), seen=last, why=why,
            by=request.user.get_username(), now=now,
        )  # fmt: skip
    except OnOrderError as refusal:
        return again(request, _cancel_asking(found), form, refusal)
    said = ngettext("%(n)s unit of #%(order)s is cancelled.", "%(n)s units of #%(order)s are cancelled.", units)
    return did(request, order, said % {"n": number(units), "order": order})


def _cancel_effects(order: OrderPage, wanted: dict[str, int], now: datetime) -> list[Effect]:
    if not wanted:
        return []
    try:
        units, then, surplus = tried(
            cancellations.cancel,
            order.number,
            wanted,
            fee_minor=_fee(order),
            by="",
            now=now,
            look=lambda units: (units, queries.one(order.number, now=now), queries.surplus(wanted)),
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    freed = order.units("allocated") - then.units("allocated")
    effects = [
        Effect(ngettext("%(n)s unit is cancelled.", "%(n)s units are cancelled.", units) % {"n": number(units)}, "x")
    ]
    if freed:
        said = ngettext(
            "%(n)s of them was set aside, and goes to the next in the queue or back into stock.",
            "%(n)s of them were set aside, and go to the next in the queue or back into stock.",
            freed,
        )
        effects.append(Effect(said % {"n": number(freed)}, "archive"))
    effects += surplus_effect(queries.surplus(wanted), surplus)
    back = then.refunded_minor - order.refunded_minor
    said = _("%(amount)s of what was paid goes back at once.")
    if _fee(order) is None:
        back = min(max(order.held_minor - then.total_minor, 0), order.held_minor)
        said = _("%(amount)s of what was paid can be given back.")
    if back:
        effects.append(Effect(said % {"amount": money(back, order.currency)}, "banknote"))
    return effects


def _fee(order: OrderPage) -> int | None:
    """Nothing is kept of what we cancel; of money that another system took, that one sees to it."""
    return 0 if order.pays_by else None


@page(Right.SELL)
def ask_add(request: HttpRequest, order: str) -> HttpResponse:
    """What is to be added."""
    found, _now = looked_at(order)
    return ask(request, _add_asking(found), Add(now={"last": found.seen, "key": new_key()}))


def _add_asking(order: OrderPage) -> Asking:
    lead = _("They queue now, behind everybody; what was ordered keeps its place.")
    title = _("Add units to #%(order)s") % {"order": order.number}
    return asking_about(order, "add", title, _("Add the units"), _("Leave the order"), lead=lead, tries=True)


@does(Right.SELL)
def try_add(request: HttpRequest, order: str) -> HttpResponse:
    """When they would ship."""
    found, now = looked_at(order)
    form = Add(request.POST, now={"last": found.seen})
    effects: list[Effect] = []
    if form.is_valid():
        given = form.cleaned_data
        try:
            line = tried(
                actions.add, order, given["sku"], given["units"], key=given["key"], by="", now=now, look=lambda it: it
            )
            effects = [Effect(ships(line, now), "truck")]
        except OnOrderError as refusal:
            effects = [Effect(words(refusal), "circle-alert", True)]
    return ask(request, _add_asking(found), form, effects)


@does(Right.SELL)
def do_add(request: HttpRequest, order: str) -> HttpResponse:
    """Add units."""
    found, now = looked_at(order)
    form = Add(request.POST, now={"last": found.seen})
    if not form.is_valid():
        return ask(request, _add_asking(found), form)
    given, by = form.cleaned_data, request.user.get_username()
    try:
        line = actions.add(order, given["sku"], given["units"], key=given["key"], by=by, now=now)
    except OnOrderError as refusal:
        return again(request, _add_asking(found), form, refusal)
    said = _("%(n)s of %(sku)s are added.") % {"n": number(given["units"]), "sku": given["sku"]}
    return did(request, order, f"{said} {ships(line, now)}")


# How and where it goes.


@page(Right.SELL)
def ask_policy(request: HttpRequest, order: str) -> HttpResponse:
    """Together, or in parts."""
    found, _now = looked_at(order)
    stored = {"policy": found.shipping_policy, "most_parcels": found.most_parcels, "last": found.seen}
    return ask(request, _policy_asking(found), Policy(now=stored), _policy_effects(found))


def _policy_asking(order: OrderPage) -> Asking:
    title = _("How #%(order)s ships") % {"order": order.number}
    return asking_about(order, "policy", title, _("Ship it so"), _("Leave it as it is"))


def _policy_effects(order: OrderPage) -> list[Effect]:
    here, waits = order.units("allocated"), order.units("waiting")
    said = ngettext(
        "%(here)s of its units is here and could go at once; %(waits)s would follow.",
        "%(here)s of its units are here and could go at once; %(waits)s would follow.",
        here,
    )
    return [Effect(said % {"here": number(here), "waits": number(waits)}, "package")]


@does(Right.SELL)
def do_policy(request: HttpRequest, order: str) -> HttpResponse:
    """Ship it together, or in parts."""
    found, now = looked_at(order)
    form = Policy(request.POST)
    if not form.is_valid():
        return ask(request, _policy_asking(found), form)
    given, by = form.cleaned_data, request.user.get_username()
    policy, most = ShippingPolicy(given["policy"]), given["most_parcels"]
    try:
        ORDERS.do(shipping.set_shipping_policy, order, policy, most_parcels=most, seen=given["last"], by=by, now=now)
    except OnOrderError as refusal:
        return again(request, _policy_asking(found), form, refusal)
    return did(request, order, f"#{order}: {policy_words(policy, most)}.")


@page(Right.SELL)
def ask_address(request: HttpRequest, order: str) -> HttpResponse:
    """Where it is to go instead."""
    found, _now = looked_at(order)
    return ask(request, _address_asking(found), Address(now={"address": found.address, "last": found.seen}))


def _address_asking(order: OrderPage) -> Asking:
    lead = _("What has left already is not called back.")
    title = _("Send #%(order)s elsewhere") % {"order": order.number}
    return asking_about(order, "address", title, _("Send it there"), _("Leave the address"), lead=lead)


@does(Right.SELL)
def do_address(request: HttpRequest, order: str) -> HttpResponse:
    """Send what has not shipped to another address."""
    found, now = looked_at(order)
    form = Address(request.POST)
    if not form.is_valid():
        return ask(request, _address_asking(found), form)
    given, by = form.cleaned_data, request.user.get_username()
    try:
        ORDERS.do(actions.send_elsewhere, order, given["address"], seen=given["last"], by=by, now=now)
    except OnOrderError as refusal:
        return again(request, _address_asking(found), form, refusal)
    return did(request, order, _("#%(order)s goes to the new address.") % {"order": order})


urlpatterns = [
    path("orders/<name:order>/cancel", ask_cancel, name="orders.cancel"),
    path("orders/<name:order>/cancel/try", try_cancel, name="orders.try-cancel"),
    path("orders/<name:order>/cancel/do", do_cancel, name="orders.do-cancel"),
    path("orders/<name:order>/add", ask_add, name="orders.add"),
    path("orders/<name:order>/add/try", try_add, name="orders.try-add"),
    path("orders/<name:order>/add/do", do_add, name="orders.do-add"),
    path("orders/<name:order>/policy", ask_policy, name="orders.policy"),
    path("orders/<name:order>/policy/do", do_policy, name="orders.do-policy"),
    path("orders/<name:order>/address", ask_address, name="orders.address"),
    path("orders/<name:order>/address/do", do_address, name="orders.do-address"),
]
