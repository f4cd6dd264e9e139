"""Somebody tells us on the telephone whether they wait for what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import consent
from onorder.actions.consent import Settled
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.late_words import asked_words, standing_words
from onorder.desk.order_asking import OrderForm, asking_about, carry_out, did, looked_at, new_key, surplus_effect
from onorder.desk.rights import Right, does, page
from onorder.desk.seen import ORDERS
from onorder.desk.tags import money, number
from onorder.errors import OnOrderError
from onorder.queries import consents, orders
from onorder.queries.consents import Asked
from onorder.queries.orders import LineRow, OrderPage
from onorder.rules.consent import Reply
from onorder.trying import tried
from onorder.wording.refusals import words


class Stop(OrderForm):
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


@dataclass(frozen=True, slots=True)
class ShownLate:
    """A late line as the order's page shows it."""

    line: LineRow
    told: str
    stands: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Lateness:
    """What the customer of an order was asked. `may_wait`, `may_stop`: whether there is an answer to be noted."""

    lines: tuple[ShownLate, ...]
    may_wait: bool
    may_stop: bool


def lateness(order: OrderPage, today: date, *, now: datetime) -> Lateness | None:
    """What its customer was asked about its being late; None if nothing. Two statements, none without a law."""
    asked = consents.of_order(order.key, now=now)
    if not asked:
        return None
    shown = [_shown(line, asked[line.line], today) for line in order.lines if line.line in asked]
    may_wait, may_stop = any(one.is_open for one in asked.values()), any(one.may_stop for one in asked.values())
    return Lateness(tuple(shown), may_wait, may_stop)


def _shown(line: LineRow, asked: Asked, today: date) -> ShownLate:
    is_bad = asked.lapses_after is not None or asked.is_over
    return ShownLate(line, asked_words(asked, today), standing_words(asked, today), is_bad)


@does(Right.SELL)
def do_wait(request: HttpRequest, order: str) -> HttpResponse:
    """Note that its customer agrees to wait."""
    key = request.POST.get("key", "")[:60] or new_key()
    by = request.user.get_username()
    consent.answer(order, Reply.KEPT, key=key, by=by, now=timezone.now())
    return did(request, order, _("Noted: the customer of #%(order)s agrees to wait.") % {"order": order})


@page(Right.REFUND)
def ask_not_wait(request: HttpRequest, order: str) -> HttpResponse:
    """What is cancelled and given back if they do not wait."""
    found, now = looked_at(order)
    return ask(request, _asking(found), Stop(now={"last": found.seen, "key": new_key()}), _effects(found, now))


def _asking(order: OrderPage) -> Asking:
    title = _("The customer of #%(order)s does not wait") % {"order": order.number}
    lead = _("Everything late of it that has not left is cancelled, at no cost to them. They are told.")
    return asking_about(order, "not-wait", title, _("Cancel and refund"), _("Keep the order"), lead=lead)


@does(Right.REFUND)
def do_not_wait(request: HttpRequest, order: str) -> HttpResponse:
    """Cancel what is late, and give back what was paid for it."""
    found, now = looked_at(order)

    def stop(given: dict[str, Any], by: str) -> str:
        seen = {"key": given["key"], "seen": given.get("last")}
        done = ORDERS.do(consent.answer, order, Reply.CANCELLED, **seen, by=by, now=now)
        said = _("#%(order)s: %(units)s cancelled, %(amount)s given back.")
        amount = money(done.refunded_minor, found.currency)
        return said % {"order": order, "units": _units(done.cancelled), "amount": amount}

    return carry_out(request, order, _asking(found), Stop(request.POST), stop, lambda: _effects(found, now))


def _effects(order: OrderPage, now: datetime) -> list[Effect]:
    skus = [line.sku for line in order.lines]
    try:
        done, surplus = tried(
            consent.answer,
            order.number,
            Reply.CANCELLED,
            key=new_key(),
            by="",
            now=now,
            look=lambda done: (done, orders.surplus(skus)),
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    return [*_said(done, order.currency), *surplus_effect(orders.surplus(skus), surplus)]


def _said(done: Settled, currency: str) -> list[Effect]:
    cancelled = ngettext("%(n)s unit is cancelled.", "%(n)s units are cancelled.", done.cancelled)
    effects = [Effect(cancelled % {"n": number(done.cancelled)}, "x")]
    if done.refunded_minor:
        said = _("%(amount)s goes back to its customer. It is booked here; the money itself is sent where it was paid.")
        effects.append(Effect(said % {"amount": money(done.refunded_minor, currency)}, "banknote"))
    return effects


def _units(units: int) -> str:
    return ngettext("%(n)s unit", "%(n)s units", units) % {"n": number(units)}


urlpatterns = [
    path("orders/<name:order>/wait/do", do_wait, name="orders.do-wait"),
    path("orders/<name:order>/not-wait", ask_not_wait, name="orders.not-wait"),
    path("orders/<name:order>/not-wait/do", do_not_wait, name="orders.do-not-wait"),
]
