"""What the shop writes down of a supplier: who it is, when it is closed, and that there is a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from onorder.actions import suppliers
from onorder.actions.shop import set_terms
from onorder.actions.suppliers import Details, NewSupplier, Policy
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import DayField, Form, UnitsField, WeekdaysField, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.desk.terms import TermsForm
from onorder.errors import OnOrderError
from onorder.models import Supplier
from onorder.queries.standing import Effects, Standing, standing
from onorder.queries.standing import effects as effects_on
from onorder.queries.suppliers import SupplierPage, supplier_page, waited_for
from onorder.queries.terms import reach
from onorder.queue import setup as settings
from onorder.rules.terms import Terms
from onorder.trying import tried
from onorder.wording.dates import day_words
from onorder.wording.refusals import said


class DetailsForm(Form):
    """Who a supplier is, and when it works."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Orders go there. Without one, you send them yourself."),
    )
    address = forms.CharField(
        label=gettext_lazy("Postal address"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1_000,
        help_text=gettext_lazy("Stands on its orders."),
    )
    lead_time_days = UnitsField(
        1,
        1_000,
        label=gettext_lazy("Stated lead time, working days"),
        required=False,
        help_text=gettext_lazy("The start, until its deliveries teach better."),
    )
    weekdays = WeekdaysField(label=gettext_lazy("Works on"), initial="01234")
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Two letters, such as GB: its public holidays are closed."),
    )
    subdivision = forms.CharField(
        label=gettext_lazy("Part of the country"),
        max_length=8,
        required=False,
        help_text=gettext_lazy("Such as SCT, where holidays differ."),
    )
    net_days = UnitsField(0, 1_000, label=gettext_lazy("Paid within, days"), initial=30)
    remind_after_days = UnitsField(
        0,
        365,
        label=gettext_lazy("Reminded after, working days"),
        initial=2,
        help_text=gettext_lazy("If it has not answered an order. 0: never."),
    )

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_subdivision(self) -> str:
        return str(self.cleaned_data["subdivision"]).upper()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            try:
                Details(**{name: given[name] for name in DetailsForm.base_fields})
            except OnOrderError as wrong:
                self.add_error("country", capfirst(said(wrong.data["problem"])) + ".")
        return given

    def said(self) -> Details:
        """The details that it says; once it is valid."""
        return Details(**{name: self.cleaned_data[name] for name in DetailsForm.base_fields})


class NewSupplierForm(DetailsForm):
    """A new supplier. It starts with one order day a week; its policy is edited next."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=24, help_text=gettext_lazy("Short, and never changed: ACME.")
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"), max_length=3, help_text=gettext_lazy("What it is paid in, such as GBP.")
    )

    field_order = ("code", "name", "currency")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if Supplier.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is a supplier %(code)s already.") % {"code": code})
        return code

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        try:
            settings.known_currency(currency)
        except OnOrderError:
            raise forms.ValidationError(_("Write an ISO code such as GBP.")) from None
        return currency


class ClosureForm(Form):
    """Days on which a supplier does not work."""

    first_on = DayField(label=gettext_lazy("From"))
    last_on = DayField(label=pgettext_lazy("a day", "To"), help_text=gettext_lazy("Both days are closed."))
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("first_on"), given.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("It ends before it begins: swap the days."))
        elif first and last and (last - first).days > 365:
            self.add_error("last_on", _("That is longer than a year."))
        return given


@page(Right.SET_UP)
def new(request: HttpRequest) -> HttpResponse:
    """A new supplier."""
    return ask(request, _about_new(), NewSupplierForm(suggests={"currency": settings.current().currency}))


@does(Right.SET_UP)
def add(request: HttpRequest) -> HttpResponse:
    """Know another supplier."""
    form = NewSupplierForm(request.POST)
    if not form.is_valid():
        return ask(request, _about_new(), form)
    given = form.cleaned_data
    policy = Policy(order_weekdays="4", time_zone=str(settings.current().zone))
    supplier = NewSupplier(policy=policy, **given)
    suppliers.put_suppliers([supplier], by=request.user.get_username(), now=timezone.now())
    said = _("%(name)s is there. Its buffer orders on Fridays at 17:00, until you save another policy.")
    to = reverse("suppliers.policy", args=[supplier.code])
    return done(request, said % {"name": supplier.name}, to=to)


@page(Right.SET_UP)
def edit(request: HttpRequest, supplier: str) -> HttpResponse:
    """Who a supplier is, and when it works."""
    found = supplier_page(supplier, now=timezone.now())
    return ask(request, _about(found), _details(found))


@does(Right.SET_UP)
def change(request: HttpRequest, supplier: str) -> HttpResponse:
    """Save who a supplier is, and when it works."""
    now = timezone.now()
    found = supplier_page(supplier, now=now)
    form = _details(found, sent(request))
    if not form.is_valid():
        return ask(request, _about(found), form)
    suppliers.set_details(supplier, form.said(), by=request.user.get_username(), now=now)
    said = _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}
    way_back = undo("suppliers.change", supplier, was=form.stored)
    return done(request, said, undo=way_back, to=reverse("suppliers.one", args=[supplier]))


@page(Right.SET_UP)
def ask_close(request: HttpRequest, supplier: str) -> HttpResponse:
    """On which days a supplier does not work."""
    found = supplier_page(supplier, now=timezone.now())
    return ask(request, _about_closing(found), ClosureForm())


@does(Right.SET_UP)
def try_close(request: HttpRequest, supplier: str) -> HttpResponse:
    """Whom a closure would make wait longer; nothing is stored."""
    now = timezone.now()
    found = supplier_page(supplier, now=now)
    form = ClosureForm(request.POST)
    effects = []
    if form.is_valid():
        variants = waited_for(supplier)
        before = standing(variants, now=now)

        def look(_outcome: object) -> dict[int, Standing]:
            return standing(variants, now=now)

        by = request.user.get_username()
        after = tried(suppliers.close, supplier, **form.cleaned_data, look=look, by=by, now=now)
        effects = _hurts(effects_on(before, after))
    return ask(request, _about_closing(found), form, effects)


@does(Right.SET_UP)
def close(request: HttpRequest, supplier: str) -> HttpResponse:
    """Note that a supplier does not work on some days."""
    now = timezone.now()
    found = supplier_page(supplier, now=now)
    form = ClosureForm(sent(request))
    if not form.is_valid():
        return ask(request, _about_closing(found), form)
    suppliers.close(supplier, **form.cleaned_data, by=request.user.get_username(), now=now)
    today = settings.current().today(now)
    said = _("%(name)s is closed from %(first)s to %(last)s.") % {
        "name": found.row.name,
        "first": day_words(form.cleaned_data["first_on"], today),
        "last": day_words(form.cleaned_data["last_on"], today),
    }
    return done(request, said, to=reverse("suppliers.one", args=[supplier]))


@does(Right.SET_UP)
def open_again(request: HttpRequest, supplier: str) -> HttpResponse:
    """Note that a supplier works on the days of a closure after all."""
    now, key = timezone.now(), request.POST.get("closure", "")
    found = supplier_page(supplier, now=now)
    closed = next((closure for closure in found.closures if str(closure[0]) == key), None)
    suppliers.open_again(supplier, int(key) if key.isdecimal() else 0, by=request.user.get_username(), now=now)
    was = {"first_on": str(closed[1]), "last_on": str(closed[2]), "why": closed[3]} if closed else {}
    way_back = undo("suppliers.close", supplier, was=was) if was else ""
    to = reverse("suppliers.one", args=[supplier])
    return done(request, _("%(name)s works on those days.") % {"name": found.row.name}, undo=way_back, to=to)


@page(Right.SET_UP)
def ask_terms(request: HttpRequest, supplier: str) -> HttpResponse:
    """The backorder terms of everything that a supplier supplies."""
    found = supplier_page(supplier, now=timezone.now())
    return ask(request, _about_terms(found), _terms(found), _reaches(supplier))


@does(Right.SET_UP)
def put_terms(request: HttpRequest, supplier: str) -> HttpResponse:
    """Sell everything that a supplier supplies by other terms from now on."""
    now = timezone.now()
    found = supplier_page(supplier, now=now)
    form = _terms(found, sent(request))
    if not form.is_valid():
        return ask(request, _about_terms(found), form, _reaches(supplier))
    set_terms(form.said(), supplier=supplier, by=request.user.get_username(), now=now)
    said = _("The terms are set. Orders that were taken keep those they were taken under.")
    way_back = undo("suppliers.set-terms", supplier, was=form.stored)
    return done(request, said, undo=way_back, to=reverse("suppliers.one", args=[supplier]))


def _details(found: SupplierPage, posted: Mapping[str, Any] | None = None) -> DetailsForm:
    row = found.row
    stored = {name: getattr(found, name, None) for name in DetailsForm.base_fields}
    return DetailsForm(posted, now=stored | {"name": row.name, "email": row.email, "lead_time_days": row.stated_days})


def _about(found: SupplierPage) -> Asking:
    return Asking(
        title=_("Edit %(name)s") % {"name": found.row.name},
        verb=_("Save it"),
        action=reverse("suppliers.change", args=[found.row.code]),
        back=reverse("suppliers.one", args=[found.row.code]),
        keep=_("Leave it as it is"),
        crumb=found.row.name,
        is_wide=True,
    )


def _about_new() -> Asking:
    return Asking(
        title=_("Add a supplier"),
        verb=_("Add it"),
        action=reverse("suppliers.add"),
        back=reverse("suppliers"),
        keep=_("Leave it"),
        crumb=_("Suppliers"),
        is_wide=True,
    )


def _about_closing(found: SupplierPage) -> Asking:
    return Asking(
        title=_("%(name)s is closed") % {"name": found.row.name},
        verb=_("Close these days"),
        action=reverse("suppliers.close", args=[found.row.code]),
        tries=reverse("suppliers.try-close", args=[found.row.code]),
        back=reverse("suppliers.one", args=[found.row.code]),
        keep=_("Leave it"),
        crumb=found.row.name,
    )


def _about_terms(found: SupplierPage) -> Asking:
    return Asking(
        title=_("Terms of everything that %(name)s supplies") % {"name": found.row.name},
        verb=_("Set the terms"),
        action=reverse("suppliers.set-terms", args=[found.row.code]),
        back=reverse("suppliers.one", args=[found.row.code]),
        keep=_("Keep the terms"),
        crumb=found.row.name,
    )


def _terms(found: SupplierPage, posted: Mapping[str, Any] | None = None) -> TermsForm:
    stored = settings.current().supplier_terms.get(found.row.key, Terms())
    return TermsForm(posted, terms=stored, inherits=_("As the shop says"))


def _reaches(supplier: str) -> list[Effect]:
    of = reach(supplier=supplier)
    said = ngettext("It reaches %(n)s SKU.", "It reaches %(n)s SKUs.", of.skus) % {"n": number(of.skus)}
    return [Effect(said, "tag")]


def _hurts(on: Effects) -> list[Effect]:
    """What a closure does to those who wait."""
    if not on.later:
        return [Effect(_("Nobody's day moves."), "check")]
    said = ngettext("%(n)s order is expected later.", "%(n)s orders are expected later.", len(on.later))
    effects = [Effect(said % {"n": number(len(on.later))}, "calendar")]
    if on.behind:
        said = ngettext(
            "%(n)s of them falls behind the day that its customer was told.",
            "%(n)s of them fall behind the day that their customers were told.",
            len(on.behind),
        )
        effects.append(Effect(said % {"n": number(len(on.behind))}, "triangle-alert", True))
    return effects


urlpatterns = [
    path("suppliers/new", new, name="suppliers.new"),
    path("suppliers/new/add", add, name="suppliers.add"),
    path("suppliers/<name:supplier>/edit", edit, name="suppliers.edit"),
    path("suppliers/<name:supplier>/change", change, name="suppliers.change"),
    path("suppliers/<name:supplier>/closing", ask_close, name="suppliers.ask-close"),
    path("suppliers/<name:supplier>/closing/try", try_close, name="suppliers.try-close"),
    path("suppliers/<name:supplier>/close", close, name="suppliers.close"),
    path("suppliers/<name:supplier>/open", open_again, name="suppliers.open"),
    path("suppliers/<name:supplier>/terms", ask_terms, name="suppliers.terms"),
    path("suppliers/<name:supplier>/terms/set", put_terms, name="suppliers.set-terms"),
]
