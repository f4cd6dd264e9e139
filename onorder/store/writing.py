"""A customer chooses how they are written to, and how often, without an account."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from onorder.actions import customers as acts
from onorder.actions.customers import Wanted
from onorder.delivery import texting
from onorder.errors import OnOrderError
from onorder.queries.customers import Ways, ways
from onorder.rules import phones
from onorder.rules.lifecycle import Pace
from onorder.store.links import Followed, followed
from onorder.wording.refusals import words

BY: Final = "customer"
_WAYS: Final = (
    ("email", gettext_lazy("By e-mail")),
    ("text", gettext_lazy("By text message")),
    ("both", gettext_lazy("Both")),
)
_PACES: Final = (
    (Pace.DAILY.value, gettext_lazy("At most once a day")),
    (Pace.AT_ONCE.value, gettext_lazy("Each step at once")),
)


class WaysForm(forms.Form):
    """By which ways, to which number, and how often. What cannot be chosen is not asked."""

    way = forms.ChoiceField(
        label=gettext_lazy("How should we write to you?"), choices=_WAYS, widget=forms.RadioSelect, required=False
    )
    number = forms.CharField(
        label=gettext_lazy("Your mobile number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    pace = forms.ChoiceField(label=gettext_lazy("How often?"), choices=_PACES, widget=forms.RadioSelect)

    def __init__(self, sent: Any, known: Ways, *, may_text: bool) -> None:
        way = "both" if known.by_email and known.by_text else "text" if known.by_text else "email"
        initial = {"way": way, "number": phones.shown(known.number), "pace": known.pace.value}
        super().__init__(sent, initial=initial)
        self._known = known
        if not may_text:
            del self.fields["way"], self.fields["number"]
        elif not known.has_address:
            self.fields["way"].choices = _WAYS[1:2]  # type: ignore[attr-defined]

    def said(self) -> Wanted:
        """What it says; once it is valid."""
        own = self.cleaned_data
        pace = Pace(own["pace"])
        if "way" not in self.fields:
            return Wanted(by_email=True, pace=pace) if self._known.has_address else self._as_now(pace)
        way = own["way"] or "email"
        return Wanted(way != "text", way != "email", own["number"].strip(), pace)

    def _as_now(self, pace: Pace) -> Wanted:
        return Wanted(self._known.by_email, self._known.by_text, self._known.number, pace)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@followed
def messages(request: HttpRequest, found: Followed) -> HttpResponse:
    """How we write to them. Sent twice, the second time changes nothing."""
    known = ways(found.order.customer_key)
    may_text = known.takes_texts and texting.is_set_up()
    form = WaysForm(request.POST if request.method == "POST" else None, known, may_text=may_text)
    if form.is_bound and form.is_valid():
        try:
            acts.choose_messages(found.order.customer_key, form.said(), by=BY, now=found.now)
            return found.done("messages")
        except OnOrderError as refusal:
            field = "number" if isinstance(refusal, phones.NotAMobile) and may_text else None
            form.add_error(field, words(refusal))
    context = {"order": found.order, "back": found.url(), "form": form}
    answer = render(request, "store/journey_messages.html", context, status=422 if form.errors else 200)
    answer["Referrer-Policy"] = "same-origin"  # Browsers say where a form comes from only to pages that let them.
    return answer


urlpatterns = [path("j/<str:token>/messages", messages, name="journey.messages")]
