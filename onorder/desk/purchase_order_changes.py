"""The supplier's answer and amendments: forms over the lines, which say what they would do while they are filled in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions import amending, answers
from onorder.desk.asking import Effect
from onorder.desk.done import done
from onorder.desk.purchase_order_effects import effects, trial
from onorder.desk.rights import Right, does, page, rights_of
from onorder.desk.seen import PURCHASE_ORDERS, HappenedSince, seen
from onorder.desk.tags import number as counted
from onorder.desk.tags import plain
from onorder.errors import OnOrderError
from onorder.queries.purchase_order import Detail, Line, purchase_order
from onorder.wording.numbers import typed_minor
from onorder.wording.refusals import words

#: Days ahead for which nobody confirms anything.
FURTHEST = timedelta(days=730)
MOST_UNITS = 1_000_000
_NOT_A_NUMBER = {"invalid": gettext_lazy("Give a whole number."), "min_value": gettext_lazy("Give 0 or more.")}


class _Day(forms.DateField):
    """A day from today on; `today` is given to its form."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        errors = {"invalid": gettext_lazy("Give a day.")}
        super().__init__(required=False, widget=widget, error_messages=errors, **more)


def _units(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=MOST_UNITS, error_messages=_NOT_A_NUMBER, **more)


class _LineForm(forms.Form):
    """What is said of one line; every field is called after it for those who listen."""

    def __init__(
        self, line: Line, today: date, currency: str, data: QueryDict | None, initial: Mapping[str, Any]
    ) -> None:
        super().__init__(data, prefix=str(line.id), initial=dict(initial))
        self.line, self.today, self.currency = line, today, currency
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {line.sku}"
            if isinstance(field, _Day):
                field.widget.attrs["min"] = today.isoformat()

    def day(self, name: str) -> date | None:
        """A day that was given, if it can be one on which something arrives."""
        on: date | None = self.cleaned_data.get(name)
        if on and not self.today <= on <= self.today + FURTHEST:
            self.add_error(name, _("Give a day from today on, within two years."))
            return None
        return on


class AnswerLine(_LineForm):
    """The supplier's word on one line."""

    quantity = _units(label=gettext_lazy("Comes"))
    on = _Day(label=gettext_lazy("Day"))
    rest_on = _Day(label=gettext_lazy("The rest on"))
    cost = forms.CharField(label=gettext_lazy("Cost each"), required=False, max_length=20)
    cannot = forms.BooleanField(label=gettext_lazy("Cannot deliver"), required=False)
    all_on: date | None = None  # The day that holds where a line names none.

    def clean(self) -> dict[str, Any]:
        """Nothing that the facts do not allow: a rest follows later, and is a part."""
        data = self.cleaned_data
        on, rest_on = self.day("on") or self.all_on, self.day("rest_on")
        quantity = data.get("quantity")
        if rest_on and quantity is not None and not data.get("cannot"):
            if not 0 < quantity < self.line.outstanding:
                self.add_error("rest_on", _("A rest follows only where fewer units come first."))
            elif on and rest_on <= on:
                self.add_error("rest_on", _("The rest comes later than the first part."))
        try:
            data["cost_minor"] = typed_minor(data["cost"], self.currency) if data.get("cost") else None
        except ValueError:
            self.add_error("cost", _("Write an amount such as %(example)s.") % {"example": plain(1250, self.currency)})
        return data

    def said(self) -> answers.Said:
        """What it comes to; what is as it was ordered is not said."""
        data, line = self.cleaned_data, self.line
        if data["cannot"]:
            return answers.Said(line.sku, 0)
        quantity = data["quantity"] if data["quantity"] != line.outstanding else None
        cost = data["cost_minor"] if data["cost_minor"] != line.unit_cost_minor else None
        return answers.Said(line.sku, quantity, data["on"], data["rest_on"], cost)


class AmendLine(_LineForm):
    """How many units of one line are still to come."""

    quantity = _units(label=gettext_lazy("Still to come"))


class _Head(forms.Form):
    def __init__(self, today: date, data: QueryDict | None) -> None:
        super().__init__(data)
        self.today = today
        if "on" in self.fields:
            self.fields["on"].widget.attrs["min"] = today.isoformat()

    def clean_on(self) -> date | None:
        """A day on which something can arrive."""
        on: date | None = self.cleaned_data["on"]
        if on and not self.today <= on <= self.today + FURTHEST:
            raise forms.ValidationError(_("Give a day from today on, within two years."))
        return on


class AnswerHead(_Head):
    """What holds for every line that says nothing else."""

    on = _Day(
        label=gettext_lazy("Arrives here on"),
        help_text=gettext_lazy("The day they named. Leave it open if they named none."),
    )


class AmendHead(_Head):
    """Why something is amended."""

    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=200)


H = TypeVar("H", AnswerHead, AmendHead)
L = TypeVar("L", AnswerLine, AmendLine)


@dataclass(frozen=True, slots=True)
class Form(Generic[H, L]):
    """A form over the open lines of a purchase order."""

    detail: Detail
    head: H
    lines: Sequence[L]
    key: str

    def is_valid(self) -> bool:
        """Whether every field of it makes sense; each says itself why not."""
        return all([self.head.is_valid(), *(line.is_valid() for line in self.lines)])

    def wrong(self) -> list[tuple[str, str]]:
        """What does not make sense: the SKU that it is about, and why. The first such field gets the focus."""
        if not self.head.is_bound:
            return []
        of: list[tuple[str, forms.Form]] = [("", self.head), *((line.line.sku, line) for line in self.lines)]
        found = [
            (about, one, field, error) for about, one in of for field, said in one.errors.items() for error in said
        ]
        for _about, one, field, _error in found[:1]:
            one.fields[field].widget.attrs["autofocus"] = True
        return [(about, str(error)) for about, _one, _field, error in found]


def _answer_form(detail: Detail, data: QueryDict | None) -> Form[AnswerHead, AnswerLine]:
    lines = []
    head = AnswerHead(detail.today, data)
    open_lines = detail.open_lines().values() if detail.state in answers.ANSWERABLE else ()
    for line in open_lines:
        initial = {
            "quantity": line.outstanding,
            "cost": plain(line.unit_cost_minor, detail.currency),
        }
        lines.append(AnswerLine(line, detail.today, detail.currency, data, initial))
        lines[-1].all_on = head.cleaned_data.get("on") if head.is_bound and head.is_valid() else None
    key = data.get("key", "")[:64] if data else secrets.token_hex(16)
    return Form(detail, head, lines, key)


def _amend_form(detail: Detail, data: QueryDict | None) -> Form[AmendHead, AmendLine]:
    lines = [
        AmendLine(line, detail.today, detail.currency, data, {"quantity": line.outstanding})
        for line in detail.open_lines().values()
    ]
    return Form(detail, AmendHead(detail.today, data), lines, "")


@page(Right.BUY)
def ask_answer(request: HttpRequest, number: str) -> HttpResponse:
    """What the supplier said, line by line."""
    form = _answer_form(purchase_order(number, now=timezone.now(), named=0), None)
    return _shown(request, "desk/purchase_order_answer.html", form)


@does(Right.BUY)
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Record what the supplier said; with `see`, only say what that would do."""
    now, by = timezone.now(), request.user.get_username()
    form = _answer_form(purchase_order(number, now=now, named=0), request.POST)
    if not form.is_valid() or seen(request) is None or not form.key:
        return _shown(request, "desk/purchase_order_answer.html", form)
    told = [line.said() for line in form.lines]
    on = form.head.cleaned_data["on"]
    if "see" in request.POST:
        return _seen(request, "desk/purchase_order_answer.html", form, answers.answer, told, on=on, key=form.key)
    try:
        PURCHASE_ORDERS.do(answers.answer, number, told, on=on, key=form.key, seen=seen(request), by=by, now=now)
    except HappenedSince as refusal:
        return _shown(request, "desk/purchase_order_answer.html", form, refused=words(refusal))
    differ = sum(one.quantity is not None or one.unit_cost_minor is not None for one in told)
    said = ngettext(
        "The answer to %(number)s is recorded: %(n)s line differs.",
        "The answer to %(number)s is recorded: %(n)s lines differ.",
        differ,
    )
    said = said if differ else _("The answer to %(number)s is recorded: all as ordered.")
    to = reverse("purchase-orders.one", args=[number])
    return done(request, said % {"number": number, "n": counted(differ)}, to=to)


@page(Right.BUY)
def ask_amend(request: HttpRequest, number: str) -> HttpResponse:
    """How many units of each line are still to come."""
    form = _amend_form(purchase_order(number, now=timezone.now(), named=0), None)
    return _shown(request, "desk/purchase_order_amend.html", form)


@does(Right.BUY)
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Change what is still to come; with `see`, only say what that would do."""
    now, by = timezone.now(), request.user.get_username()
    form = _amend_form(purchase_order(number, now=now, named=0), request.POST)
    if not form.is_valid() or seen(request) is None:
        return _shown(request, "desk/purchase_order_amend.html", form)
    given = {line.line.sku: (line.line.outstanding, line.cleaned_data["quantity"]) for line in form.lines}
    quantities = {sku: wanted for sku, (now_, wanted) in given.items() if wanted != now_}
    if not quantities:
        return _shown(request, "desk/purchase_order_amend.html", form, refused=_("No quantity is another one."))
    why = form.head.cleaned_data["why"]
    if "see" in request.POST:
        return _seen(request, "desk/purchase_order_amend.html", form, amending.amend, quantities, why=why)
    try:
        version = PURCHASE_ORDERS.do(amending.amend, number, quantities, why=why, seen=seen(request), by=by, now=now)
    except HappenedSince as refusal:
        return _shown(request, "desk/purchase_order_amend.html", form, refused=words(refusal))
    to = reverse("purchase-orders.one", args=[number])
    if version:
        return done(request, _("Amendment %(n)s to %(number)s is made.") % {"n": version, "number": number}, to=to)
    undo = reverse("purchase-orders.undo-amend", args=[number])
    return done(request, _("%(number)s is changed; it has not been sent yet.") % {"number": number}, undo=undo, to=to)


@does(Right.BUY)
def undo_amend(request: HttpRequest, number: str) -> HttpResponse:
    """Take the last change of an order back that has not been sent."""
    now, by = timezone.now(), request.user.get_username()
    detail = purchase_order(number, now=now, named=0)
    last = detail.happened[0] if detail.happened else None
    if last is None or last.kind != "amendment" or last.data.get("number"):
        raise HappenedSince(name=number, happened=_("it was changed again, or sent"))
    before = {change["sku"]: int(change["from"]) for change in last.data["changes"]}
    PURCHASE_ORDERS.do(amending.amend, number, before, why="", seen=last.id, by=by, now=now)
    said = _("%(number)s is what it was before.") % {"number": number}
    return done(request, said, to=reverse("purchase-orders.one", args=[number]))


def _seen(
    request: HttpRequest,
    template: str,
    form: Form[Any, Any],
    action: Any,
    *arguments: Any,
    **named: Any,
) -> HttpResponse:
    """What it would do."""
    costs = Right.SEE_COSTS in rights_of(request.user)
    try:
        change = trial(action, form.detail, *arguments, by=request.user.get_username(), now=timezone.now(), **named)
    except OnOrderError as refusal:
        return _shown(request, template, form, refused=words(refusal))
    return _shown(request, template, form, preview=effects(change, form.detail, costs=costs))


def _shown(
    request: HttpRequest,
    template: str,
    form: Form[Any, Any],
    *,
    preview: Sequence[Effect] = (),
    refused: str = "",
) -> HttpResponse:
    """The form with what was typed; for htmx only what stands beside it."""
    context = {"form": form, "order": form.detail, "preview": preview, "refused": refused}
    context["wrong"] = form.wrong()
    is_live = request.method == "POST" and getattr(request, "htmx", False)
    return render(request, "desk/parts/preview.html" if is_live else template, context)


urlpatterns = [
    path("purchase-orders/<number>/answer", ask_answer, name="purchase-orders.ask-answer"),
    path("purchase-orders/<number>/answered", answer, name="purchase-orders.answer"),
    path("purchase-orders/<number>/amend", ask_amend, name="purchase-orders.ask-amend"),
    path("purchase-orders/<number>/amended", amend, name="purchase-orders.amend"),
    path("purchase-orders/<number>/amended/undo", undo_amend, name="purchase-orders.undo-amend"),
]
