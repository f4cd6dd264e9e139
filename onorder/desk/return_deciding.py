"""What becomes of goods that came back is decided, and what their customer gets for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import return_decisions
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import MoneyField, UnitsField
from onorder.desk.order_asking import again, new_key
from onorder.desk.return_asking import Keyed, of_sku, url_of
from onorder.desk.return_words import effects
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import money, number
from onorder.errors import OnOrderError
from onorder.queries import returns as queries
from onorder.queries.returns import ReturnPage
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ReturnOutcome, ReturnWish
from onorder.trying import tried
from onorder.wording.refusals import words


class Decide(Keyed):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What becomes of it"),
        choices=[
            (ReturnOutcome.RESTOCK.value, gettext_lazy("It can be sold again")),
            (ReturnOutcome.WRITE_OFF.value, gettext_lazy("It is written off")),
            (ReturnOutcome.REFUSE.value, gettext_lazy("We do not take it back")),
        ],
        widget=forms.RadioSelect,
        initial=ReturnOutcome.RESTOCK.value,
    )
    gives = forms.ChoiceField(
        label=gettext_lazy("What they get for it, if we take it"),
        choices=[
            (ReturnWish.REFUND.value, gettext_lazy("Money")),
            (ReturnWish.REPLACEMENT.value, gettext_lazy("The same thing again")),
        ],
        widget=forms.RadioSelect,
    )
    amount = MoneyField(label=gettext_lazy("Amount"), required=False)
    units = UnitsField(label=gettext_lazy("Units"), least=1)
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("If we do not take it back, its customer reads this."),
    )


@page(Right.REFUND)
def ask_decide(request: HttpRequest, returned: str, sku: str) -> HttpResponse:
    """What becomes of it, and what its customer gets."""
    now = timezone.now()
    found = of_sku(returned, sku, now)
    form = _decide_form(found, sku, now)
    given = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    here = found.units("received", sku)
    effects_now = _decide_effects(found, sku, given | {"amount": None, "why": ""}, now) if here else []
    return ask(request, _decide_asking(found, sku), form, effects_now)


def _decide_form(found: ReturnPage, sku: str, now: datetime, sent: Any = None) -> Decide:
    here = found.units("received", sku)
    form = Decide(sent, now={"key": new_key(), "units": here or 1, "gives": found.wants or ReturnWish.REFUND.value})
    currency = found.rows[0].currency
    amount = form.fields["amount"]
    amount.currency = currency  # type: ignore[attr-defined]
    amount.label = _("%(what)s, %(currency)s") % {"what": _("Amount"), "currency": currency}
    if here:
        amount.help_text = _("Left empty: its share of what was paid, %(amount)s for all of it.") % {
            "amount": money(_by_rule(found, sku, now), currency)
        }
    if here <= 1:
        form.fields["units"].widget = forms.HiddenInput()
    return form


def _by_rule(found: ReturnPage, sku: str, now: datetime) -> int:
    minor: int = tried(
        return_decisions.decide,
        found.number,
        sku,
        ReturnOutcome.WRITE_OFF,
        replace=False,
        key=new_key(),
        by="",
        now=now,
        look=lambda decided: decided.refunded_minor,
    )
    return minor


def _decide_asking(found: ReturnPage, sku: str) -> Asking:
    row = next(row for row in found.rows if row.sku == sku)
    is_here = found.units("received", sku) > 0
    lead = ": ".join(filter(None, (row.customer, row.why)))
    return Asking(
        title=_("What becomes of %(what)s?") % {"what": row.product},
        verb=_("Decide it so") if is_here else "",
        action=reverse("orders.do-returns-decide", args=[found.number, sku]),
        back=url_of(found.number),
        keep=_("Decide later"),
        tries=reverse("orders.try-returns-decide", args=[found.number, sku]) if is_here else "",
        lead=lead if is_here else _("None of it is here to be decided."),
        crumb=found.number,
    )


@does(Right.REFUND)
def try_decide(request: HttpRequest, returned: str, sku: str) -> HttpResponse:
    """What this decision would do."""
    now = timezone.now()
    found = of_sku(returned, sku, now)
    form = _decide_form(found, sku, now, request.POST)
    seen = _decide_effects(found, sku, form.cleaned_data, now) if form.is_valid() else []
    return ask(request, _decide_asking(found, sku), form, seen)


def _decide_effects(found: ReturnPage, sku: str, given: Mapping[str, Any], now: datetime) -> list[Effect]:
    outcome, before = ReturnOutcome(given["outcome"]), stamp()
    try:
        decided, served = tried(
            return_decisions.decide,
            found.number,
            sku,
            outcome,
            **_decision(given, outcome, why=given["why"] or "–"),
            key=new_key(),
            by="",
            now=now,
            look=lambda decided: (decided, queries.served(found.number, before)),
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    today = settings.current().today(now)
    return effects(decided, outcome, served, found.customer, found.rows[0].currency, today)


def _decision(given: Mapping[str, Any], outcome: ReturnOutcome, why: str) -> dict[str, Any]:
    """The form as what the action takes: what is refused brings nothing, whatever was filled in before."""
    if outcome == ReturnOutcome.REFUSE:
        return {"units": given["units"], "why": why}
    replace = given["gives"] == ReturnWish.REPLACEMENT
    amount = None if replace else given["amount"]
    return {"units": given["units"], "replace": replace, "refund_minor": amount, "why": why}


@does(Right.REFUND)
def do_decide(request: HttpRequest, returned: str, sku: str) -> HttpResponse:
    """Decide it."""
    now = timezone.now()
    found = of_sku(returned, sku, now)
    form = _decide_form(found, sku, now, request.POST)
    if not form.is_valid():
        return ask(request, _decide_asking(found, sku), form)
    given = form.cleaned_data
    outcome = ReturnOutcome(given["outcome"])
    how = _decision(given, outcome, why=given["why"])
    try:
        decided = return_decisions.decide(
            returned, sku, outcome, **how, key=given["key"], by=request.user.get_username(), now=now
        )
    except OnOrderError as refusal:
        return again(request, _decide_asking(found, sku), form, refusal)
    said = ngettext("%(n)s unit of %(number)s is decided.", "%(n)s units of %(number)s are decided.", decided.units)
    left = queries.counts()[queries.Show.HERE]
    to = reverse("orders.returns") if left else url_of(returned)
    return done(request, said % {"n": number(decided.units), "number": returned}, to=to)


urlpatterns = [
    path("returns/<name:returned>/decide/<name:sku>", ask_decide, name="orders.returns-decide"),
    path("returns/<name:returned>/decide/<name:sku>/try", try_decide, name="orders.try-returns-decide"),
    path("returns/<name:returned>/decide/<name:sku>/do", do_decide, name="orders.do-returns-decide"),
]
