"""A supplier's buffer policy: edited with what it would do today at its side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import suppliers
from onorder.actions.suppliers import Policy
from onorder.desk.done import done
from onorder.desk.forms import (
    ClockField,
    DayField,
    Form,
    MoneyField,
    UnitsField,
    WeekdaysField,
    in_currency,
    sent,
    undo,
)
from onorder.desk.policy_words import sentence
from onorder.desk.rights import Right, does, page
from onorder.errors import OnOrderError
from onorder.queries.outcome import Outcome, Outcomes, outcomes
from onorder.queries.suppliers import supplier_policy
from onorder.queue import setup as settings
from onorder.rules.lifecycle import BelowMinimum
from onorder.trying import tried


class PolicyForm(Form):
    """When a buffer orders; what cannot be is said at the field that would mend it."""

    minimum_units = UnitsField(label=gettext_lazy("Units"), help_text=gettext_lazy("0: no minimum."))
    minimum_value_minor = MoneyField(label=gettext_lazy("Value"), required=False)
    settle_minutes = UnitsField(
        label=gettext_lazy("Settles for, minutes"),
        most=10_080,
        help_text=gettext_lazy("So long the minimum must hold, so that a cancellation can still undo it."),
    )
    order_weekdays = WeekdaysField(label=gettext_lazy("Order days"), required=False)
    cutoff = ClockField(label=gettext_lazy("Until"))
    every_weeks = UnitsField(1, 52, label=gettext_lazy("Every so many weeks"))
    anchor_on = DayField(
        label=gettext_lazy("A day in a week that counts"),
        required=False,
        help_text=gettext_lazy("Needed where not every week does."),
    )
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=64)
    below_minimum = forms.ChoiceField(
        label=gettext_lazy("If the minimum is not met on that day"),
        widget=forms.RadioSelect,
        choices=[
            (BelowMinimum.ORDER_ANYWAY, gettext_lazy("Order what waits anyway")),
            (
                BelowMinimum.TOP_UP,
                gettext_lazy("Buy more of what is wanted most until it is met; the rest is yours to sell"),
            ),
            (
                BelowMinimum.ROLL,
                gettext_lazy("Wait for the next order day, unless a promise is at risk or the longest wait is over"),
            ),
            (BelowMinimum.ASK, gettext_lazy("Ask: draft the order, and let somebody approve it or not")),
        ],
    )
    maximum_wait_days = UnitsField(
        label=gettext_lazy("Days"),
        most=365,
        required=False,
        help_text=gettext_lazy("So long the oldest unit waits at the most. Empty: as long as it takes."),
    )
    sends_itself = forms.BooleanField(label=gettext_lazy("Orders leave without anybody's approval"), required=False)
    approve_above_minor = MoneyField(label=gettext_lazy("But not above"), required=False)
    undo_minutes = UnitsField(
        label=gettext_lazy("Kept back for, minutes"),
        most=10_080,
        help_text=gettext_lazy("So long an order can be taken back before it leaves."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        wrong = self.errors
        if not given.get("order_weekdays") and given.get("maximum_wait_days") is None and not wrong:
            said = _("Choose order days, or write a longest wait: with neither, no customer can be told a day.")
            self.add_error("order_weekdays", said)
        if given.get("below_minimum") == BelowMinimum.ROLL and given.get("maximum_wait_days") is None and not wrong:
            self.add_error("maximum_wait_days", _("Write a longest wait: else it could roll over for ever."))
        if (given.get("every_weeks") or 1) > 1 and not given.get("anchor_on") and "anchor_on" not in wrong:
            self.add_error("anchor_on", _("Choose a day in a week that counts."))
        return given

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        try:
            settings.known_zone(zone)
        except OnOrderError:
            raise forms.ValidationError(_("Write a zone such as Europe/London.")) from None
        return zone

    def said(self) -> Policy:
        """The policy that it says; once it is valid."""
        given = dict(self.cleaned_data)
        given["minimum_value_minor"] = given["minimum_value_minor"] or 0
        given["below_minimum"] = BelowMinimum(given["below_minimum"])
        return Policy(**given)


@dataclass(frozen=True, slots=True)
class Compared:
    """One buffer under the policy that holds and under another; `then` is None while that one cannot be read."""

    now: Outcome
    then: Outcome | None


@page(Right.SET_UP)
def policy(request: HttpRequest, supplier: str) -> HttpResponse:
    """When a supplier's buffer orders, and what it does with what waits today."""
    return _shows(request, supplier, _form(supplier), timezone.now())


@does(Right.SET_UP)
def try_policy(request: HttpRequest, supplier: str) -> HttpResponse:
    """What another policy would do with what waits today; nothing is stored."""
    return _shows(request, supplier, _form(supplier, request.POST), timezone.now())


@does(Right.SET_UP)
def set_policy(request: HttpRequest, supplier: str) -> HttpResponse:
    """Buy from the supplier by this policy from now on."""
    now = timezone.now()
    form = _form(supplier, sent(request))
    if not form.is_valid():
        return _shows(request, supplier, form, now)
    new = form.said()
    suppliers.set_policy(supplier, new, by=request.user.get_username(), now=now)
    name, currency, _columns = supplier_policy(supplier)
    said = _("%(name)s from now on: %(rule)s") % {"name": name, "rule": sentence(new, currency)}
    way_back = undo("suppliers.set-policy", supplier, was=form.stored)
    return done(request, said, undo=way_back, to=reverse("suppliers.one", args=[supplier]))


def _form(supplier: str, posted: Mapping[str, Any] | None = None) -> PolicyForm:
    _name, currency, columns = supplier_policy(supplier)
    form = PolicyForm(posted, now=columns)
    in_currency(form, currency)
    return form


def _shows(request: HttpRequest, supplier: str, form: PolicyForm, now: datetime) -> HttpResponse:
    name, currency, columns = supplier_policy(supplier)
    before = outcomes(supplier, now=now)
    new, then = None, None
    if form.is_bound and form.is_valid():
        new = form.said()
        by = request.user.get_username()
        then = tried(suppliers.set_policy, supplier, new, look=lambda _: outcomes(supplier, now=now), by=by, now=now)
    return render(
        request,
        "desk/policy.html",
        {
            "supplier": supplier,
            "name": name,
            "currency": currency,
            "form": form,
            "rule": sentence(Policy(**columns), currency),
            "new_rule": sentence(new, currency) if new and asdict(new) != asdict(Policy(**columns)) else "",
            "before": before,
            "then": then,
            "compared": _compared(before, then),
            "now": now,
        },
    )


def _compared(before: Outcomes, then: Outcomes | None) -> list[Compared]:
    after = {outcome.location: outcome for outcome in then.buffers} if then else {}
    return [Compared(outcome, after.get(outcome.location)) for outcome in before.buffers]


assert {field.name for field in fields(Policy)} == set(PolicyForm.base_fields)


urlpatterns = [
    path("suppliers/<name:supplier>/policy", policy, name="suppliers.policy"),
    path("suppliers/<name:supplier>/policy/try", try_policy, name="suppliers.try-policy"),
    path("suppliers/<name:supplier>/policy/set", set_policy, name="suppliers.set-policy"),
]
