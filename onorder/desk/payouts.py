"""Refunds to pay out: by hand, by the worker to cards, and those that have gone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from onorder.actions import payouts as actions
from onorder.desk.asking import Asking, act_on, ask
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.lists import ROWS, after, as_csv, cells, chips, listed, picked
from onorder.desk.rights import Right, back, does, page
from onorder.desk.tags import money
from onorder.providers.configured import provider
from onorder.queries import payouts as queries
from onorder.queries.cards import number_of_concerns
from onorder.queries.payouts import PayoutRow, Show
from onorder.queries.stamp import stamp
from onorder.rules.lifecycle import PayBy

MOST_EXPORTED = 100_000
_HEADER = (
    *("order", "customer", "email", "way", "state", "amount_minor", "currency", "why", "reference", "note"),
    *("booked_at", "done_at", "by"),
)
_CHIPS = {
    Show.BY_HAND: gettext_noop("To pay out"),
    Show.TO_CARDS: gettext_noop("On the way to cards"),
    Show.DONE: gettext_noop("Paid out"),
}
WAYS = {
    PayBy.CARD: (gettext_noop("To the card"), "credit-card"),
    PayBy.TRANSFER: (gettext_noop("By bank transfer"), "landmark"),
    PayBy.AT_SHOP: (gettext_noop("At the shop"), "store"),
}


class PaidOut(Form):
    """Under which reference it was paid out."""

    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("How you find it at your bank or in the till. Never the account of a customer."),
    )


class Note(Form):
    """A word for whoever pays it out."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For example: asked for an account on Monday. Never the account itself."),
    )


@page(Right.REFUND)
def payouts(request: HttpRequest) -> HttpResponseBase:
    """Refunds to pay out; `?show=` says which."""
    happened = stamp()
    show = picked(request, Show.BY_HAND)
    if request.GET.get("as") == "csv":
        rows = queries.payout_rows(show=show, limit=MOST_EXPORTED)
        return as_csv("refunds", _HEADER, (cells(row, _HEADER) for row in rows))
    place = after(request, (int,))
    found = queries.payout_rows(show=show, after=place[0] if place else None, limit=ROWS + 1)
    counts = queries.counts()
    shown = [(row, *_way(row.way)) for row in found]
    context = {
        "listed": listed(shown, request, lambda one: (one[0].key,)),
        "show": show,
        "chips": chips(_CHIPS, counts, Show.BY_HAND),
        "concerns": number_of_concerns(),
        "is_stuck": show == Show.TO_CARDS and bool(found) and provider() is None,
        "stamp": happened,
    }
    return render(request, "desk/payouts.html", context)


@page(Right.REFUND)
def ask_paid_out(request: HttpRequest, payout: int) -> HttpResponse:
    """That it was paid out, and under which reference."""
    row = queries.one(payout)
    return ask(request, _paid_out_asking(row), PaidOut(now={"reference": row.reference}))


@does(Right.REFUND)
def do_paid_out(request: HttpRequest, payout: int) -> HttpResponse:
    """Note that it was paid out."""
    row = queries.one(payout)

    def pay(given: dict[str, Any], by: str) -> HttpResponse:
        actions.paid_out(payout, given["reference"], by=by, now=timezone.now())
        said = _("%(amount)s of #%(order)s is paid out.") % {"amount": _amount(row), "order": row.order}
        return done(request, said, undo=reverse("orders.payout-undo", args=[payout]), to=reverse("orders.payouts"))

    return act_on(request, _paid_out_asking(row), PaidOut(request.POST, now={"reference": row.reference}), pay)


@does(Right.REFUND)
def undo_paid_out(request: HttpRequest, payout: int) -> HttpResponse:
    """Note that it was not paid out after all."""
    actions.not_paid_out(payout, by=request.user.get_username(), now=timezone.now())
    return done(request, _("It is to be paid out again."), to=back(request))


@does(Right.REFUND)
def try_again(request: HttpRequest, payout: int) -> HttpResponse:
    """Have the worker try the card once more."""
    actions.try_again(payout, by=request.user.get_username(), now=timezone.now())
    return done(request, _("It is tried again in a moment."), to=reverse("orders.payouts"))


@page(Right.REFUND)
def ask_note(request: HttpRequest, payout: int) -> HttpResponse:
    """A word for whoever pays it out."""
    row = queries.one(payout)
    return ask(request, _note_asking(row), Note(now={"note": row.note}))


@does(Right.REFUND)
def do_note(request: HttpRequest, payout: int) -> HttpResponse:
    """Note it."""
    row = queries.one(payout)

    def note(given: dict[str, Any], by: str) -> HttpResponse:
        actions.annotate(payout, given["note"], by=by, now=timezone.now())
        return done(request, _("The note stands beside the refund."), to=reverse("orders.payouts"))

    return act_on(request, _note_asking(row), Note(request.POST, now={"note": row.note}), note)


def _paid_out_asking(row: PayoutRow) -> Asking:
    words = {"amount": _amount(row), "customer": row.customer, "order": row.order}
    lead = {
        PayBy.TRANSFER: _("Ask %(customer)s for an account, transfer it, and say so here."),
        PayBy.AT_SHOP: _("Give it to %(customer)s at the till, and say so here."),
        PayBy.CARD: _("The card did not take it: ask %(customer)s how to pay it, do so, and say so here."),
    }[row.way]
    return Asking(
        title=_("Pay back %(amount)s for #%(order)s") % words,
        lead=lead % words,
        verb=_("Paid out"),
        action=reverse("orders.payout-do", args=[row.key]),
        back=reverse("orders.payouts"),
        keep=_("Not yet"),
        crumb=_("Refunds to pay out"),
    )


def _note_asking(row: PayoutRow) -> Asking:
    return Asking(
        title=_("A note about %(amount)s of #%(order)s") % {"amount": _amount(row), "order": row.order},
        lead=_("For whoever pays it out. Its customer never sees it."),
        verb=_("Write it down"),
        action=reverse("orders.payout-do-note", args=[row.key]),
        back=reverse("orders.payouts"),
        keep=_("Write nothing"),
        crumb=_("Refunds to pay out"),
    )


def _amount(row: PayoutRow) -> str:
    return money(row.amount_minor, row.currency)


def _way(way: PayBy) -> tuple[str, str]:
    name, icon = WAYS[way]
    return _(name), icon


urlpatterns = [
    path("refunds", payouts, name="orders.payouts"),
    path("refunds/<int:payout>/paid-out", ask_paid_out, name="orders.payout"),
    path("refunds/<int:payout>/paid-out/do", do_paid_out, name="orders.payout-do"),
    path("refunds/<int:payout>/paid-out/undo", undo_paid_out, name="orders.payout-undo"),
    path("refunds/<int:payout>/again", try_again, name="orders.payout-again"),
    path("refunds/<int:payout>/note", ask_note, name="orders.payout-note"),
    path("refunds/<int:payout>/note/do", do_note, name="orders.payout-do-note"),
]
