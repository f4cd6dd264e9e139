"""Customers: who they are, and what they have ordered."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import customers as actions
from onorder.desk.asking import Asking, ask
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.happened import policy_words
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import Right, does, page
from onorder.errors import OnOrderError
from onorder.queries import customers as queries
from onorder.queries.customers import CustomerRow
from onorder.queries.orders import Show, order_rows
from onorder.queue import setup as settings
from onorder.wording.refusals import words as said

MOST_EXPORTED = 100_000
ORDERS_SHOWN = 25
_HEADER = ("reference", "name", "email", "phone", "language", "orders", "waiting")


class Details(Form):
    """How a customer is called and reached."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    language = forms.CharField(
        label=gettext_lazy("Language"),
        max_length=16,
        required=False,
        help_text=gettext_lazy("Such as en or de: messages are written in it."),
    )


@page()
def customers(request: HttpRequest) -> HttpResponseBase:
    """Customers by name; `?q=` searches."""
    words = request.GET.get("q", "").strip()[:200]
    if request.GET.get("as") == "csv":
        rows = queries.customer_rows(words=words, limit=MOST_EXPORTED)
        return as_csv("customers", _HEADER, ([getattr(row, name) for name in _HEADER] for row in rows))
    place = after(request, (str, int))
    found = queries.customer_rows(words=words, after=(place[0], place[1]) if place else None, limit=ROWS + 1)
    here = listed(found, request, lambda row: (row.name, row.key))
    return render(request, "desk/customers.html", {"listed": here, "words": words})


@page()
def one(request: HttpRequest, customer: int) -> HttpResponse:
    """One customer: what they wait for, and what they had."""
    found, now = queries.customer(customer), timezone.now()
    orders = order_rows(now=now, show=Show.ALL, customer=customer, limit=ORDERS_SHOWN)
    usual = policy_words(found.shipping_policy, 2) if found.shipping_policy else ""
    context = {"customer": found, "orders": orders, "usual": usual, "today": settings.current().today(now)}
    return render(request, "desk/customer.html", context)


@page(Right.SELL)
def ask_correct(request: HttpRequest, customer: int) -> HttpResponse:
    """How they are called and reached."""
    found = queries.customer(customer)
    return ask(request, _asking(found), Details(now=_stored(found)))


@does(Right.SELL)
def correct(request: HttpRequest, customer: int) -> HttpResponse:
    """Save how they are called and reached."""
    found = queries.customer(customer)
    form = Details(request.POST, now=_stored(found))
    if form.is_valid():
        try:
            actions.correct(customer, **form.cleaned_data, by=request.user.get_username(), now=timezone.now())
        except OnOrderError as refusal:
            form.add_error(None, said(refusal))
        else:
            return done(request, _("It is saved."), to=reverse("customers.one", args=[customer]))
    return ask(request, _asking(found), form)


def _asking(customer: CustomerRow) -> Asking:
    return Asking(
        title=_("Correct %(name)s") % {"name": customer.name or customer.reference},
        verb=_("Save it"),
        action=reverse("customers.do-correct", args=[customer.key]),
        back=reverse("customers.one", args=[customer.key]),
        keep=_("Leave it"),
    )


def _stored(customer: CustomerRow) -> dict[str, str]:
    return {name: getattr(customer, name) for name in ("name", "email", "phone", "language")}


urlpatterns = [
    path("customers", customers, name="customers"),
    path("customers/<int:customer>", one, name="customers.one"),
    path("customers/<int:customer>/correct", ask_correct, name="customers.correct"),
    path("customers/<int:customer>/correct/do", correct, name="customers.do-correct"),
]
