"""The shop's settings: what it is called, when it works, on what terms it sells; and whether its books are sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import shop as acts
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import sent, undo
from onorder.desk.rights import Right, does, page
from onorder.desk.shop_forms import CALENDARS, FIELDS, LocationForm, OpenForm, ShopForm
from onorder.desk.tags import number
from onorder.desk.terms import TermsForm
from onorder.errors import BadInput, OnOrderError
from onorder.models import Shop
from onorder.queries import shop as asks
from onorder.queries.invariants import INVARIANTS, Broken, broken
from onorder.queries.standing import MOST, Effects, effects, standing
from onorder.rules.terms import Terms
from onorder.trying import tried
from onorder.wording.refusals import words

MOST_BROKEN = 200


@page()
def settings(request: HttpRequest) -> HttpResponse:
    """What can be set, and by whom."""
    return render(request, "desk/settings.html")


@page(Right.PEOPLE)
def ask_shop(request: HttpRequest) -> HttpResponseBase:
    """The shop and its calendars."""
    if not Shop.objects.exists():
        return redirect("settings.open")
    return _shop(request, ShopForm(row=asks.shop()))


@does(Right.PEOPLE)
def try_shop(request: HttpRequest) -> HttpResponse:
    """What other settings would mean for those who wait. Nothing is changed."""
    form = ShopForm(request.POST, row=asks.shop())
    return _shop(request, form, _what_moves(request, form.said()) if form.is_valid() else ())


@does(Right.PEOPLE)
def set_shop(request: HttpRequest) -> HttpResponse:
    """Change the settings, unless somebody else did meanwhile."""
    form = ShopForm(sent(request), row=asks.shop())
    if not form.is_valid():
        return _shop(request, form)
    acts.set_settings(form.said(), by=request.user.get_username(), now=timezone.now())
    way_back = undo("settings.set-shop", was=form.stored)
    return done(request, _("The settings are saved."), undo=way_back, to=reverse("settings.shop"))


@page(Right.SET_UP)
def ask_terms(request: HttpRequest) -> HttpResponse:
    """On what terms the whole shop sells without stock."""
    return _terms(request, _terms_form())


@does(Right.SET_UP)
def try_terms(request: HttpRequest) -> HttpResponse:
    """What other terms would mean for what is sold. Nothing is changed."""
    form = _terms_form(request.POST)
    return _terms(request, form, _what_is_sold(request, form.said()) if form.is_valid() else ())


@does(Right.SET_UP)
def set_terms(request: HttpRequest) -> HttpResponse:
    """Sell on other terms from now on, unless somebody else changed them meanwhile."""
    form = _terms_form(sent(request))
    if not form.is_valid():
        return _terms(request, form)
    acts.set_terms(form.said(), by=request.user.get_username(), now=timezone.now())
    said = _("The terms are set. Orders that were taken keep those they were taken under.")
    return done(request, said, undo=undo("settings.set-terms", was=form.stored), to=reverse("settings.terms"))


@page(Right.PEOPLE)
def locations(request: HttpRequest) -> HttpResponse:
    """The places that hold stock and ship."""
    return _locations(request, LocationForm())


@does(Right.PEOPLE)
def add_location(request: HttpRequest) -> HttpResponse:
    """Have another one."""
    form = LocationForm(request.POST)
    if not form.is_valid():
        return _locations(request, form)
    own = form.cleaned_data
    by = request.user.get_username()
    try:
        acts.add_location(own["code"], own["name"], own["address"], by=by, now=timezone.now())
    except acts.LocationTaken as taken:
        form.add_error("code", words(taken))
        return _locations(request, form)
    return done(request, _("%(name)s can hold stock now.") % {"name": own["name"]}, to=reverse("settings.locations"))


@page(Right.PEOPLE)
def ask_open(request: HttpRequest) -> HttpResponse:
    """The first page of a new shop."""
    if Shop.objects.exists():
        return redirect("settings.shop")
    return render(request, "desk/open.html", {"form": OpenForm()})


@does(Right.PEOPLE)
def open_shop(request: HttpRequest) -> HttpResponse:
    """Open it."""
    form = OpenForm(request.POST)
    if form.is_valid():
        try:
            acts.open_shop(form.said(), by=request.user.get_username(), now=timezone.now())
        except BadInput as refusal:
            form.add_error("currency", words(refusal))
        else:
            return done(request, _("%(name)s is open.") % {"name": form.cleaned_data["name"]}, to=reverse("start"))
    return render(request, "desk/open.html", {"form": form})


@page(Right.PEOPLE)
def integrity(request: HttpRequest) -> HttpResponse:
    """The laws that the figures obey, to be checked when somebody asks."""
    return render(request, "desk/integrity.html", {"laws": [(law, None) for law in INVARIANTS]})


@does(Right.PEOPLE)
def check(request: HttpRequest) -> HttpResponse:
    """Check every law on live data, seen at one instant."""
    found = _all_broken()
    of_law: dict[int, list[Broken]] = {}
    for problem in found:
        of_law.setdefault(problem.invariant, []).append(problem)
    laws = [(law, of_law.get(law.number, [])[:MOST_BROKEN]) for law in INVARIANTS]
    context = {"laws": laws, "is_checked": True, "problems": len(found), "now": timezone.now()}
    return render(request, "desk/integrity.html", context)


def _all_broken() -> list[Broken]:
    """Everything that is broken, seen at one instant."""
    is_outermost = not connection.in_atomic_block  # Within another transaction its instant is long chosen.
    with transaction.atomic():
        if connection.vendor == "postgresql" and is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return list(broken())


def _what_moves(request: HttpRequest, wanted: acts.Settings) -> list[Effect]:
    """Whose expected day is another one under these settings."""
    now, by = timezone.now(), request.user.get_username()
    variants = asks.waited_for()
    before = standing(variants, now=now)
    try:
        after = tried(acts.set_settings, wanted, look=lambda _outcome: standing(variants, now=now), by=by, now=now)
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    return [*_moved(effects(before, after), len(before)), *_beside(len(before))]


def _moved(found: Effects, lines: int) -> list[Effect]:
    later, sooner, behind = len(found.later), len(found.sooner), len(found.behind)
    said = []
    if later:
        of = ngettext("%(n)s order is expected later.", "%(n)s orders are expected later.", later)
        said.append(Effect(of % {"n": number(later)}, "calendar-clock", True))
    if sooner:
        of = ngettext("%(n)s order is expected sooner.", "%(n)s orders are expected sooner.", sooner)
        said.append(Effect(of % {"n": number(sooner)}, "calendar-check"))
    if behind:
        of = ngettext(
            "%(n)s order falls behind the day its customer was told; they hear of it.",
            "%(n)s orders fall behind the day their customers were told; they hear of it.",
            behind,
        )
        said.append(Effect(of % {"n": number(behind)}, "triangle-alert", True))
    if not said:
        nothing = _("No date of those who wait moves.") if lines else _("Nobody waits, so no date moves.")
        said.append(Effect(nothing, "calendar-check"))
    return said


def _beside(lines: int) -> list[Effect]:
    promised = Effect(_("What customers were promised stays promised."), "shield-check")
    if lines < MOST:
        return [promised]
    return [Effect(_("Looked at: the %(n)s lines that wait longest.") % {"n": number(lines)}, "list-ordered"), promised]


def _what_is_sold(request: HttpRequest, wanted: Terms) -> list[Effect]:
    """What can be ordered without stock under these terms, and what no more."""
    now, by = timezone.now(), request.user.get_username()
    skus = asks.looked_at()
    before = asks.sold_without_stock(skus, now=now)
    try:
        after = tried(
            acts.set_terms, wanted, look=lambda _outcome: asks.sold_without_stock(skus, now=now), by=by, now=now
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    gone, more, said = len(before - after), len(after - before), []
    if gone:
        of = ngettext(
            "%(n)s SKU can no longer be ordered when it is not here.",
            "%(n)s SKUs can no longer be ordered when they are not here.",
            gone,
        )
        said.append(Effect(of % {"n": number(gone)}, "circle-minus", True))
    if more:
        of = ngettext(
            "%(n)s more SKU can be ordered when it is not here.",
            "%(n)s more SKUs can be ordered when they are not here.",
            more,
        )
        said.append(Effect(of % {"n": number(more)}, "circle-plus"))
    if not said:
        of = ngettext(
            "As now, %(n)s SKU can be ordered when it is not here.",
            "As now, %(n)s SKUs can be ordered when they are not here.",
            len(after),
        )
        said.append(Effect(of % {"n": number(len(after))}))
    if len(skus) >= asks.MOST_SKUS:
        said.append(Effect(_("Looked at: the first %(n)s SKUs.") % {"n": number(len(skus))}, "list-ordered"))
    return [*said, Effect(_("Orders that were taken keep the terms they were taken under."), "shield-check")]


def _shop(request: HttpRequest, form: ShopForm, found: Sequence[Effect] = ()) -> HttpResponse:
    titles = {"goods_in": (_("Goods in"), "package-open"), "shipping": (_("Packing"), "package-check")}
    titles["carrier"] = (_("Carrier"), "truck")
    context = {
        "form": form,
        "effects": found,
        "name_fields": [form[name] for name in FIELDS["own"]],
        "days": [(*titles[name], [form[field] for field in FIELDS[name]]) for name in CALENDARS],
        "split": [form[name] for name in FIELDS["split"]],
        "word": [form[name] for name in FIELDS["word"]],
    }
    return render(request, "desk/shop_settings.html", context)


def _terms_form(posted: Any = None) -> TermsForm:
    return TermsForm(posted, terms=asks.shop_terms())


def _terms(request: HttpRequest, form: TermsForm, found: Sequence[Effect] = ()) -> HttpResponse:
    asking = Asking(
        title=_("Terms of the whole shop"),
        lead=_("What a supplier, a product or a SKU says of itself counts more; the catalogue shows where."),
        verb=_("Set the terms"),
        action=reverse("settings.set-terms"),
        tries=reverse("settings.try-terms"),
        back=reverse("settings"),
        keep=_("Keep the terms"),
        crumb=_("Settings"),
    )
    return ask(request, asking, form, found)


def _locations(request: HttpRequest, form: LocationForm) -> HttpResponse:
    return render(request, "desk/locations.html", {"form": form, "locations": asks.locations()})


urlpatterns = [
    path("settings", settings, name="settings"),
    path("settings/shop", ask_shop, name="settings.shop"),
    path("settings/shop/try", try_shop, name="settings.try-shop"),
    path("settings/shop/set", set_shop, name="settings.set-shop"),
    path("settings/terms", ask_terms, name="settings.terms"),
    path("settings/terms/try", try_terms, name="settings.try-terms"),
    path("settings/terms/set", set_terms, name="settings.set-terms"),
    path("settings/locations", locations, name="settings.locations"),
    path("settings/locations/add", add_location, name="settings.add-location"),
    path("settings/open", ask_open, name="settings.open"),
    path("settings/open/do", open_shop, name="settings.do-open"),
    path("settings/integrity", integrity, name="settings.integrity"),
    path("settings/integrity/check", check, name="settings.check"),
]
