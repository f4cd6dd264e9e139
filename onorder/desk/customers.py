"""Customers: who they are, and what they have ordered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from onorder.actions import customers as actions
from onorder.desk.asking import Asking, act_on, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, sent, undo
from onorder.desk.happened import policy_words
from onorder.desk.lists import ROWS, after, as_csv, cells, listed
from onorder.desk.rights import Right, back, does, page
from onorder.errors import OnOrderError
from onorder.queries import customers as queries
from onorder.queries.customers import CustomerRow
from onorder.queries.orders import Show, order_rows
from onorder.queue import setup as settings
from onorder.rules import phones
from onorder.rules.lifecycle import Pace
from onorder.wording.refusals import words as said

MOST_EXPORTED = 100_000
ORDERS_SHOWN = 25
_HEADER = ("reference", "name", "email", "phone", "language", "orders", "waiting")


_WAYS = (
    ("email", gettext_lazy("E-mail")),
    ("text", gettext_lazy("Text message")),
    ("both", gettext_lazy("E-mail and text message")),
)
_PACES = (
    ("", gettext_lazy("As the shop does it")),
    (Pace.DAILY.value, gettext_lazy("At most once a day")),
    (Pace.AT_ONCE.value, gettext_lazy("Each step at once")),
)


class Writing(Form):
    """How a customer is written to."""

    way = forms.ChoiceField(
        label=pgettext_lazy("a way of writing", "By"),
        choices=_WAYS,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("What the law wants in writing goes by e-mail as well, if there is an address."),
    )
    number = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Where text messages go. Empty: the phone number that we know."),
    )
    pace = forms.ChoiceField(label=gettext_lazy("How often"), choices=_PACES, widget=forms.RadioSelect, required=False)

    def said(self) -> actions.Wanted:
        """What it says; once it is valid."""
        own = self.cleaned_data
        return actions.Wanted(own["way"] != "text", own["way"] != "email", own["number"].strip(), own["pace"])


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
    """Customers by name; `?q=` searches, `?show=unreached` picks those whose mail comes back, or who get no texts."""
    words = request.GET.get("q", "").strip()[:200]
    unreached = request.GET.get("show") == "unreached"
    if request.GET.get("as") == "csv":
        rows = queries.customer_rows(words=words, unreached=unreached, limit=MOST_EXPORTED)
        return as_csv("customers", _HEADER, (cells(row, _HEADER) for row in rows))
    place = after(request, (str, int))
    last = (place[0], place[1]) if place else None
    found = queries.customer_rows(words=words, unreached=unreached, after=last, limit=ROWS + 1)
    here = listed(found, request, lambda row: (row.name, row.key))
    return render(request, "desk/customers.html", {"listed": here, "words": words, "unreached": unreached})


@page()
def one(request: HttpRequest, customer: int) -> HttpResponse:
    """One customer: what they wait for, and what they had."""
    found, now = queries.customer(customer), timezone.now()
    orders = order_rows(now=now, show=Show.ALL, customer=customer, limit=ORDERS_SHOWN)
    usual = policy_words(found.shipping_policy, 2) if found.shipping_policy else ""
    context = {
        "customer": found,
        "orders": orders,
        "usual": usual,
        "today": settings.current().today(now),
        "way": dict(_WAYS)[_way(found)],
        "number": phones.shown(found.text_number),
        "pace": dict(_PACES)[found.pace],
    }
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

    def save(given: dict[str, Any], by: str) -> HttpResponse:
        actions.correct(customer, **given, by=by, now=timezone.now())
        return done(request, _("It is saved."), to=reverse("customers.one", args=[customer]))

    return act_on(request, _asking(found), Details(request.POST, now=_stored(found)), save)


@page(Right.SELL)
def ask_writing(request: HttpRequest, customer: int) -> HttpResponse:
    """How they are written to."""
    found = queries.customer(customer)
    return ask(request, _asking_writing(found), Writing(now=_writing(found)))


@does(Right.SELL)
def set_writing(request: HttpRequest, customer: int) -> HttpResponse:
    """Write to them like this from now on."""
    found = queries.customer(customer)
    form = Writing(sent(request), now=_writing(found))
    if not form.is_valid():
        return ask(request, _asking_writing(found), form)
    try:
        actions.choose_messages(customer, form.said(), by=request.user.get_username(), now=timezone.now())
    except phones.NotAMobile as refusal:
        form.add_error("number", said(refusal))
    except OnOrderError as refusal:
        form.add_error("way", said(refusal))
    else:
        way_back = undo("customers.set-writing", str(customer), was=form.stored)
        here = reverse("customers.one", args=[customer])
        return done(request, _("From now on they are written to like this."), undo=way_back, to=here)
    return ask(request, _asking_writing(found), form)


@does(Right.SELL)
def reach_again(request: HttpRequest, customer: int) -> HttpResponse:
    """The address is right after all: send what came back once more."""
    again = actions.reach_again(customer, by=request.user.get_username(), now=timezone.now())
    return _sent_again(request, again)


@does(Right.SELL)
def text_again(request: HttpRequest, customer: int) -> HttpResponse:
    """The number is right after all: send what did not arrive once more."""
    return _sent_again(request, actions.text_again(customer, by=request.user.get_username(), now=timezone.now()))


def _sent_again(request: HttpRequest, again: int) -> HttpResponse:
    words = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", again) % {"n": again}
    return done(request, words if again else _("They are written to again."), to=back(request))


def _way(customer: CustomerRow) -> str:
    if customer.by_email and customer.by_text:
        return "both"
    return "text" if customer.by_text else "email"


def _writing(customer: CustomerRow) -> dict[str, str]:
    number = phones.shown(customer.text_number)
    return {"way": _way(customer), "number": number, "pace": customer.pace}


def _asking_writing(customer: CustomerRow) -> Asking:
    return Asking(
        title=_("How %(name)s is written to") % {"name": customer.name or customer.reference},
        verb=_("Save it"),
        action=reverse("customers.set-writing", args=[customer.key]),
        back=reverse("customers.one", args=[customer.key]),
        keep=_("Leave it"),
        crumb=customer.name or customer.reference,
    )


def _asking(customer: CustomerRow) -> Asking:
    return Asking(
        title=_("Correct %(name)s") % {"name": customer.name or customer.reference},
        verb=_("Save it"),
        action=reverse("customers.do-correct", args=[customer.key]),
        back=reverse("customers.one", args=[customer.key]),
        keep=_("Leave it"),
        crumb=customer.name or customer.reference,
    )


def _stored(customer: CustomerRow) -> dict[str, str]:
    return {name: getattr(customer, name) for name in ("name", "email", "phone", "language")}


urlpatterns = [
    path("customers", customers, name="customers"),
    path("customers/<int:customer>", one, name="customers.one"),
    path("customers/<int:customer>/messages", ask_writing, name="customers.writing"),
    path("customers/<int:customer>/messages/set", set_writing, name="customers.set-writing"),
    path("customers/<int:customer>/again", reach_again, name="customers.reach-again"),
    path("customers/<int:customer>/text-again", text_again, name="customers.text-again"),
    path("customers/<int:customer>/correct", ask_correct, name="customers.correct"),
    path("customers/<int:customer>/correct/do", correct, name="customers.do-correct"),
]
