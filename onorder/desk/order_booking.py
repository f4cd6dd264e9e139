"""What is booked about an order: goods that come back, money either way, notes, and messages sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import messages, payments, returns
from onorder.actions import orders as actions
from onorder.desk.asking import Asking, ask
from onorder.desk.forms import MoneyField, UnitsField
from onorder.desk.order_asking import OrderForm, asking_about, carry_out, did, looked_at, new_key
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import money, number
from onorder.queries.orders import OrderPage
from onorder.queries.owing import left_to_pay


class TakeBack(OrderForm):
    sku = forms.ChoiceField(label=gettext_lazy("Product"))
    units = UnitsField(label=gettext_lazy("Units"), least=1, initial=1)
    restock = forms.ChoiceField(
        label=gettext_lazy("What becomes of it"),
        choices=[
            ("yes", gettext_lazy("Sold again: it goes to whoever waits longest")),
            ("no", gettext_lazy("Written off")),
        ],
        widget=forms.RadioSelect,
        initial="yes",
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class Amount(OrderForm):
    amount = MoneyField(label=gettext_lazy("Amount"))
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class Words(OrderForm):
    words = forms.CharField(label=gettext_lazy("Note"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}))


# What comes back, and what is paid.


@page(Right.SELL)
def ask_take_back(request: HttpRequest, order: str) -> HttpResponse:
    """What came back."""
    found, _now = looked_at(order)
    return ask(request, _take_back_asking(found), _take_back_form(found))


def _take_back_asking(order: OrderPage) -> Asking:
    title = _("Take back goods of #%(order)s") % {"order": order.number}
    return asking_about(order, "take-back", title, _("Take them back"), _("Leave them"))


def _take_back_form(order: OrderPage, sent: Any = None) -> TakeBack:
    form = TakeBack(sent, now={"last": order.seen, "key": new_key()})
    out: dict[str, int] = {}
    for line in order.lines:
        out[line.sku] = out.get(line.sku, 0) + line.shipped - line.returned
    choices = [(sku, f"{sku} ({number(few)})") for sku, few in out.items() if few]
    form.fields["sku"].choices = choices  # type: ignore[attr-defined]
    return form


@does(Right.SELL)
def do_take_back(request: HttpRequest, order: str) -> HttpResponse:
    """Book goods that came back."""
    found, now = looked_at(order)

    def take_back(given: dict[str, Any], by: str) -> str:
        how = {"restock": given["restock"] == "yes", "why": given["why"], "key": given["key"]}
        booked = returns.take_back(order, given["sku"], given["units"], **how, by=by, now=now)
        return _("%(number)s is booked.") % {"number": booked}

    return carry_out(request, order, _take_back_asking(found), _take_back_form(found, request.POST), take_back)


def _amount_form(order: OrderPage, amount: int | None, sent: Any = None) -> Amount:
    form = Amount(sent, now={"amount": amount, "last": order.seen, "key": new_key()})
    form.fields["amount"].currency = order.currency  # type: ignore[attr-defined]
    form.fields["amount"].label = _("%(what)s, %(currency)s") % {"what": _("Amount"), "currency": order.currency}
    return form


@page(Right.REFUND)
def ask_pay(request: HttpRequest, order: str) -> HttpResponse:
    """What was paid."""
    found, _now = looked_at(order)
    return ask(request, _pay_asking(found), _amount_form(found, max(left_to_pay(found.key), 0) or None))


def _pay_asking(order: OrderPage) -> Asking:
    title = _("Book a payment for #%(order)s") % {"order": order.number}
    return asking_about(order, "pay", title, _("Book it"), _("Book nothing"))


@does(Right.REFUND)
def do_pay(request: HttpRequest, order: str) -> HttpResponse:
    """Book what its customer paid."""
    return _book(request, order, _pay_asking, payments.capture, _("%(amount)s paid for #%(order)s."))


@page(Right.REFUND)
def ask_refund(request: HttpRequest, order: str) -> HttpResponse:
    """What goes back."""
    found, _now = looked_at(order)
    return ask(request, _refund_asking(found), _amount_form(found, max(-left_to_pay(found.key), 0) or None))


def _refund_asking(order: OrderPage) -> Asking:
    title = _("Give money back for #%(order)s") % {"order": order.number}
    lead = _("At most %(amount)s: what was paid and not given back. Its customer is told.")
    words = lead % {"amount": money(order.held_minor, order.currency)}
    return asking_about(order, "refund", title, _("Give it back"), _("Keep it"), lead=words)


@does(Right.REFUND)
def do_refund(request: HttpRequest, order: str) -> HttpResponse:
    """Book what went back to its customer."""
    return _book(request, order, _refund_asking, payments.refund, _("%(amount)s of #%(order)s given back."))


def _book(
    request: HttpRequest, order: str, asking: Callable[[OrderPage], Asking], action: Callable[..., None], said: str
) -> HttpResponse:
    found, now = looked_at(order)

    def book(given: dict[str, Any], by: str) -> str:
        more = {"why": given["why"]} if action is payments.refund else {}
        action(order, given["amount"], key=given["key"], by=by, now=now, **more)
        return said % {"amount": money(given["amount"], found.currency), "order": order}

    return carry_out(request, order, asking(found), _amount_form(found, None, request.POST), book)


# Words.


@page(Right.SELL)
def ask_note(request: HttpRequest, order: str) -> HttpResponse:
    """A note for whoever looks next."""
    found, _now = looked_at(order)
    return ask(request, _note_asking(found), Words(now={"last": found.seen}))


def _note_asking(order: OrderPage) -> Asking:
    title = _("A note about #%(order)s") % {"order": order.number}
    lead = _("For whoever looks at it next. Its customer never sees it.")
    return asking_about(order, "note", title, _("Write it down"), _("Write nothing"), lead=lead)


@does(Right.SELL)
def do_note(request: HttpRequest, order: str) -> HttpResponse:
    """Write a note."""
    found, now = looked_at(order)

    def note(given: dict[str, Any], by: str) -> str:
        actions.note(order, given["words"], by=by, now=now)
        return _("The note stands beside the order.")

    return carry_out(request, order, _note_asking(found), Words(request.POST), note)


@does(Right.SELL)
def tell_again(request: HttpRequest, order: str, key: int) -> HttpResponse:
    """Send a message again that did not get through."""
    messages.queue_again([key], by=request.user.get_username(), now=timezone.now())
    return did(request, order, _("The message is sent again."))


urlpatterns = [
    path("orders/<name:order>/take-back", ask_take_back, name="orders.take-back"),
    path("orders/<name:order>/take-back/do", do_take_back, name="orders.do-take-back"),
    path("orders/<name:order>/pay", ask_pay, name="orders.pay"),
    path("orders/<name:order>/pay/do", do_pay, name="orders.do-pay"),
    path("orders/<name:order>/refund", ask_refund, name="orders.refund"),
    path("orders/<name:order>/refund/do", do_refund, name="orders.do-refund"),
    path("orders/<name:order>/note", ask_note, name="orders.note"),
    path("orders/<name:order>/note/do", do_note, name="orders.do-note"),
    path("orders/<name:order>/messages/<int:key>/again", tell_again, name="orders.tell-again"),
]
