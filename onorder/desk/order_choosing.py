"""What a customer and the shop agree on anew: something else instead, another day, a unit lent by somebody older."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions import orders as actions
from onorder.actions import shipping
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.forms import DayField, UnitsField
from onorder.desk.order_asking import (
    OrderForm,
    asking_about,
    carry_out,
    looked_at,
    new_key,
    ships,
    surplus_effect,
)
from onorder.desk.rights import Right, does, page
from onorder.desk.seen import ORDERS
from onorder.desk.tags import money, number
from onorder.errors import OnOrderError
from onorder.queries import orders as queries
from onorder.queries.catalogue import siblings
from onorder.queries.lending import could_lend, lent_last
from onorder.queries.orders import LineRow, OrderPage
from onorder.queue import setup as settings
from onorder.trying import tried
from onorder.wording.dates import day_words
from onorder.wording.refusals import words

MOST_SIBLINGS = 12


class Swap(OrderForm):
    sku = forms.ChoiceField(label=gettext_lazy("Instead of"))
    units = UnitsField(label=gettext_lazy("Units"), least=1, initial=1)
    to_sku = forms.CharField(label=gettext_lazy("They want, as a SKU"), max_length=64)
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class NewDay(OrderForm):
    sku = forms.ChoiceField(label=gettext_lazy("Product"))
    on = DayField(label=gettext_lazy("Ships by"))
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, help_text=gettext_lazy("Their customer reads it, word for word.")
    )


class Lend(OrderForm):
    sku = forms.CharField(widget=forms.HiddenInput, max_length=64)


def _pick(request: HttpRequest, form: OrderForm, lines: list[LineRow], order: OrderPage) -> None:
    """Offer the products of these lines, the one that the address names first. Of what was sent the action decides."""
    offered = order.lines if form.is_bound else lines
    choices = dict.fromkeys((line.sku, f"{line.product} ({line.sku})") for line in offered)
    form.fields["sku"].choices = list(choices)  # type: ignore[attr-defined]
    form.fields["sku"].initial = request.GET.get("sku", "")


# Something else instead.


def _swap_form(request: HttpRequest, order: OrderPage, sent: Any = None) -> Swap:
    form = Swap(sent, now={"last": order.seen, "key": new_key()})
    waiting = [line for line in order.lines if line.waiting]
    _pick(request, form, waiting, order)
    others = siblings({line.sku for line in waiting}, limit=MOST_SIBLINGS)
    if others:
        form.fields["to_sku"].help_text = _("Of the same product: %(skus)s") % {"skus": ", ".join(others)}
    return form


def _swap_asking(order: OrderPage) -> Asking:
    title = _("Swap units of #%(order)s") % {"order": order.number}
    lead = _("For what still waits. Its customer is told, in one message.")
    return asking_about(order, "swap", title, _("Swap them"), _("Keep the order"), lead=lead, tries=True)


@page(Right.SELL)
def ask_swap(request: HttpRequest, order: str) -> HttpResponse:
    """What they want, and instead of what."""
    found, _now = looked_at(order)
    return ask(request, _swap_asking(found), _swap_form(request, found))


@does(Right.SELL)
def try_swap(request: HttpRequest, order: str) -> HttpResponse:
    """What swapping would do, the price first."""
    found, now = looked_at(order)
    form = _swap_form(request, found, request.POST)
    effects = _swap_effects(found, form.cleaned_data, now) if form.is_valid() else []
    return ask(request, _swap_asking(found), form, effects)


@does(Right.SELL)
def do_swap(request: HttpRequest, order: str) -> HttpResponse:
    """Swap them."""
    found, now = looked_at(order)

    def swap(given: dict[str, Any], by: str) -> str:
        chosen = (given["sku"], given["to_sku"], given["units"])
        more = {"key": given["key"], "why": given["why"]}
        swapped = ORDERS.do(actions.swap, order, *chosen, seen=_unless_repeated(found, given), by=by, now=now, **more)
        said = _("#%(order)s has %(n)s × %(to)s instead of %(sku)s.")
        values = {"order": order, "n": number(given["units"]), "to": given["to_sku"], "sku": given["sku"]}
        return f"{said % values} {ships(swapped.added, now)}"

    return carry_out(request, order, _swap_asking(found), _swap_form(request, found, request.POST), swap)


def _unless_repeated(order: OrderPage, given: dict[str, Any]) -> int | None:
    """What was looked at; a form that is sent a second time finds its own swap, and is not held up by it."""
    own = any(one.kind == "swapped" and one.data.get("key") == given["key"] for one in order.happened)
    last: int | None = None if own else given["last"]
    return last


def _swap_effects(order: OrderPage, given: dict[str, Any], now: datetime) -> list[Effect]:
    skus = {given["sku"]}
    try:
        swapped, then, surplus = tried(
            actions.swap,
            *(order.number, given["sku"], given["to_sku"], given["units"]),
            key=given["key"],
            by="",
            now=now,
            look=lambda it: (it, queries.one(order.number, now=now), queries.surplus(skus)),
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    price = {"now": money(swapped.now_minor, order.currency), "was": money(swapped.was_minor, order.currency)}
    more = swapped.now_minor - swapped.was_minor
    if more:
        said = _("%(now)s instead of %(was)s: %(more)s.")
        effects = [Effect(said % (price | {"more": money(more, order.currency, signed=True)}), "banknote")]
    else:
        effects = [Effect(_("It costs the same, %(now)s.") % price, "banknote")]
    effects += _owed(order, then)
    joins = _("They queue now, behind everybody who waits for %(to)s.") % {"to": given["to_sku"]}
    effects.append(Effect(f"{joins if swapped.added.waiting else ''} {ships(swapped.added, now)}".strip(), "truck"))
    return [*effects, *surplus_effect(queries.surplus(skus), surplus)]


def _owed(before: OrderPage, after: OrderPage) -> list[Effect]:
    """What is to be paid or given back, of an order that somebody has paid for."""
    if not before.held_minor or before.total_minor == after.total_minor:
        return []
    left = after.total_minor - before.held_minor
    said = _("%(amount)s is still to be paid.") if left > 0 else _("%(amount)s of what was paid can be given back.")
    return [Effect(said % {"amount": money(abs(left), before.currency)}, "banknote")] if left else []


# Another day.


def _day_form(request: HttpRequest, order: OrderPage, sent: Any = None) -> NewDay:
    form = NewDay(sent, now={"last": order.seen})
    _pick(request, form, [line for line in order.lines if line.waiting or line.allocated], order)
    return form


def _day_asking(order: OrderPage) -> Asking:
    title = _("Give #%(order)s another day") % {"order": order.number}
    lead = _("Its customer is told. What was promised when they bought stays on record, as the yardstick.")
    return asking_about(order, "day", title, _("Tell them"), _("Leave the day"), lead=lead, tries=True)


@page(Right.SELL)
def ask_day(request: HttpRequest, order: str) -> HttpResponse:
    """Which day, and why."""
    found, _now = looked_at(order)
    return ask(request, _day_asking(found), _day_form(request, found))


@does(Right.SELL)
def try_day(request: HttpRequest, order: str) -> HttpResponse:
    """Whether that day can be kept."""
    found, now = looked_at(order)
    form = _day_form(request, found, request.POST)
    effects: list[Effect] = []
    if form.is_valid():
        effects = _day_effects(found, form.cleaned_data["sku"], form.cleaned_data["on"], now)
    elif form.cleaned_data.get("on") and "why" in form.errors:  # Not yet written is no mistake while one writes.
        effects = _day_effects(found, form.cleaned_data.get("sku", ""), form.cleaned_data["on"], now)
        del form.errors["why"]
    return ask(request, _day_asking(found), form, effects)


@does(Right.SELL)
def do_day(request: HttpRequest, order: str) -> HttpResponse:
    """Tell them another day."""
    found, now = looked_at(order)

    def promise(given: dict[str, Any], by: str) -> str:
        day = (given["sku"], given["on"])
        ORDERS.do(actions.promise_anew, order, *day, why=given["why"], seen=given["last"], by=by, now=now)
        told = day_words(given["on"], settings.current().today(now))
        return _("The customer of #%(order)s is told %(day)s.") % {"order": order, "day": told}

    return carry_out(request, order, _day_asking(found), _day_form(request, found, request.POST), promise)


def _day_effects(order: OrderPage, sku: str, on: date, now: datetime) -> list[Effect]:
    try:
        units = tried(actions.promise_anew, order.number, sku, on, why="?", by="", now=now, look=lambda units: units)
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    today = settings.current().today(now)
    lines = [line for line in order.lines if line.sku == sku and (line.waiting or line.allocated)]
    was = max((line.told for line in lines if line.told), default=None)
    said = ngettext(
        "Its customer is told that %(n)s unit ships by %(day)s.",
        "Its customer is told that %(n)s units ship by %(day)s.",
        units,
    )
    effects = [Effect(said % {"n": number(units), "day": day_words(on, today)}, "mail")]
    if was:
        effects.append(Effect(_("Until now they were told %(day)s.") % {"day": day_words(was, today)}, "calendar"))
    expected = max((line.expected.on for line in lines if line.expected), default=None)
    if expected and expected > on:
        said = _("It is expected on %(day)s, after that: unless it comes sooner, they soon hear of a delay.")
        effects.append(Effect(said % {"day": day_words(expected, today)}, "triangle-alert", True))
    elif expected:
        effects.append(Effect(_("It is expected on %(day)s.") % {"day": day_words(expected, today)}, "truck"))
    return effects


# A unit lent by somebody older.


def _lend_asking(order: OrderPage, verb: str) -> Asking:
    title = _("Lend to #%(order)s") % {"order": order.number}
    lead = _("An older order keeps units while it waits for its rest. They may go now, if others are back in time.")
    return asking_about(order, "lend", title, verb, _("Let it wait"), lead=lead)


def _lendable(request: HttpRequest, order: OrderPage) -> str:
    waiting = [line.sku for line in order.lines if line.waiting]
    asked = request.GET.get("sku", "")
    return asked if asked in waiting or not waiting else waiting[0]


@page(Right.SELL)
def ask_lend(request: HttpRequest, order: str) -> HttpResponse:
    """Who would lend, and what repays them; or why nobody can."""
    found, now = looked_at(order)
    sku = _lendable(request, found)
    effects = _lend_effects(found, sku, now)
    verb = "" if effects[-1].is_bad else _("Lend it")
    return ask(request, _lend_asking(found, verb), Lend(now={"last": found.seen, "sku": sku}), effects)


@does(Right.SELL)
def do_lend(request: HttpRequest, order: str) -> HttpResponse:
    """Lend it."""
    found, now = looked_at(order)

    def lend(given: dict[str, Any], by: str) -> str:
        sku = given["sku"]
        with ORDERS.held(order, seen=given["last"], by=by, now=now):
            units = shipping.lend.__wrapped__(sku, to=order, by=by, now=now)  # type: ignore[attr-defined]
        lender, _repaid_from = lent_last(order)
        values = {"lender": lender, "n": number(units), "sku": sku, "order": order}
        return _("#%(lender)s lends %(n)s × %(sku)s to #%(order)s.") % values

    return carry_out(request, order, _lend_asking(found, ""), Lend(request.POST), lend)


def _lend_effects(order: OrderPage, sku: str, now: datetime) -> list[Effect]:
    """What the loan does, tried; the last one is bad if there can be none."""
    try:
        units, then, (lender, repaid_from) = tried(
            shipping.lend,
            sku,
            to=order.number,
            by="",
            now=now,
            look=lambda units: (units, queries.one(order.number, now=now), lent_last(order.number)),
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    today = settings.current().today(now)
    values = {"lender": lender, "n": number(units), "sku": sku, "order": order.number, "from": repaid_from}
    effects = [Effect(_("#%(lender)s lends %(n)s × %(sku)s, which it keeps while it waits.") % values, "archive")]
    if not then.units("waiting"):
        effects.append(Effect(_("#%(order)s then has all it waits for, and can ship today.") % values, "truck"))
    line = next(line for line in order.lines if line.sku == sku and line.waiting)
    found = could_lend(line.line, now=now)
    if not isinstance(found, str):
        days = {"back": day_words(found.repaid_on, today), "complete": day_words(found.complete_on, today)}
        said = _("%(from)s repays it by %(back)s; #%(lender)s waits for more until %(complete)s, and loses nothing.")
        effects.append(Effect(said % (values | days), "undo-2"))
    return effects


urlpatterns = [
    path("orders/<name:order>/swap", ask_swap, name="orders.swap"),
    path("orders/<name:order>/swap/try", try_swap, name="orders.try-swap"),
    path("orders/<name:order>/swap/do", do_swap, name="orders.do-swap"),
    path("orders/<name:order>/day", ask_day, name="orders.day"),
    path("orders/<name:order>/day/try", try_day, name="orders.try-day"),
    path("orders/<name:order>/day/do", do_day, name="orders.do-day"),
    path("orders/<name:order>/lend", ask_lend, name="orders.lend"),
    path("orders/<name:order>/lend/do", do_lend, name="orders.do-lend"),
]
