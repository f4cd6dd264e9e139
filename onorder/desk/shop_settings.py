"""The shop's settings: what it is called, when it works, on what terms it sells; and whether its books are sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import shop as acts
from onorder.desk.done import done
from onorder.desk.refusals import words
from onorder.desk.rights import Right, does, page
from onorder.desk.shop_forms import LocationForm, OpenForm, ShopForm, TermsForm
from onorder.desk.tags import number
from onorder.desk.trial import tried
from onorder.errors import BadInput, OnOrderError
from onorder.models import Shop
from onorder.queries import shop as asks
from onorder.queries.invariants import INVARIANTS, Broken, broken
from onorder.queries.standing import MOST, Effects, effects, standing

MOST_BROKEN = 200


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a change does, in words with its numbers."""

    words: str
    icon: str = "check"
    is_bad: bool = False


@page()
def settings(request: HttpRequest) -> HttpResponse:
    """What can be set, and by whom."""
    return render(request, "desk/settings.html")


@page(Right.PEOPLE)
def ask_shop(request: HttpRequest) -> HttpResponse:
    """The shop and its calendars."""
    if not Shop.objects.exists():
        return redirect("settings.open")
    row = _row()
    return _shop(request, ShopForm(row=row), row.seen)


@does(Right.PEOPLE)
def try_shop(request: HttpRequest) -> HttpResponse:
    """What other settings would mean for those who wait. Nothing is changed."""
    row = _row()
    form = ShopForm(request.POST, row=row)
    found = _what_moves(request, form.said()) if form.is_valid() else []
    return _shop(request, form, row.seen, found)


@does(Right.PEOPLE)
def set_shop(request: HttpRequest) -> HttpResponse:
    """Change the settings, unless somebody else did meanwhile."""
    row = _row()
    form = ShopForm(request.POST, row=row)
    if not form.is_valid():
        return _shop(request, form, _seen(request))
    try:
        acts.set_settings(form.said(), seen=_seen(request), by=request.user.get_username(), now=timezone.now())
    except (acts.SettingsChanged, BadInput) as refusal:
        form.add_error(None, words(refusal))
        return _shop(request, form, _seen(request))
    return done(request, _("The settings are saved."), to=reverse("settings.shop"))


@page(Right.SET_UP)
def ask_terms(request: HttpRequest) -> HttpResponse:
    """On what terms the whole shop sells without stock."""
    terms, seen = asks.shop_terms()
    return _terms(request, TermsForm(terms=terms), seen)


@does(Right.SET_UP)
def try_terms(request: HttpRequest) -> HttpResponse:
    """What other terms would mean for what is sold. Nothing is changed."""
    terms, seen = asks.shop_terms()
    form = TermsForm(request.POST, terms=terms)
    found: list[Effect] = []
    if form.is_valid():
        now = timezone.now()
        skus = asks.looked_at()
        before = asks.sold_without_stock(skus, now=now)
        after = tried(
            acts.set_terms,
            form.said(),
            look=lambda _outcome: asks.sold_without_stock(skus, now=now),
            by=request.user.get_username(),
            now=now,
        )
        found = _what_is_sold(before, after, len(skus))
    return _terms(request, form, seen, found)


@does(Right.SET_UP)
def set_terms(request: HttpRequest) -> HttpResponse:
    """Sell on other terms from now on, unless somebody else changed them meanwhile."""
    terms, seen = asks.shop_terms()
    form = TermsForm(request.POST, terms=terms)
    if form.is_valid() and _seen(request) != seen:
        form.add_error(None, _("Somebody changed the terms while you looked at them. Yours were not saved."))
    if not form.is_valid():
        return _terms(request, form, seen)
    acts.set_terms(form.said(), by=request.user.get_username(), now=timezone.now())
    said = _("The terms are set. Orders that were taken keep those they were taken under.")
    return done(request, said, to=reverse("settings.terms"))


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
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return list(broken())


def _row() -> asks.ShopRow:
    return asks.shop(kind=acts.SETTINGS_CHANGED)


def _seen(request: HttpRequest) -> int:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() else 0


def _what_moves(request: HttpRequest, wanted: acts.Settings) -> list[Effect]:
    """Whose expected day is another one under these settings."""
    now = timezone.now()
    variants = asks.waited_for()
    before = standing(variants, now=now)
    try:
        after = tried(
            acts.set_settings,
            wanted,
            look=lambda _outcome: standing(variants, now=now),
            by=request.user.get_username(),
            now=now,
        )
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    return _moved(effects(before, after), len(before))


def _moved(found: Effects, lines: int) -> list[Effect]:
    said: list[Effect] = []
    for orders, one, many, icon, is_bad in (
        (found.later, "%(n)s order is expected later.", "%(n)s orders are expected later.", "calendar-clock", True),
        (found.sooner, "%(n)s order is expected sooner.", "%(n)s orders are expected sooner.", "calendar-check", False),
        (
            found.behind,
            "%(n)s order falls behind the day its customer was told; they hear of it.",
            "%(n)s orders fall behind the day their customers were told; they hear of it.",
            "triangle-alert",
            True,
        ),
    ):
        if orders:
            said.append(Effect(ngettext(one, many, len(orders)) % {"n": number(len(orders))}, icon, is_bad))
    if not said:
        nobody = _("Nobody waits, so no date moves.") if not lines else _("No date of those who wait moves.")
        said.append(Effect(nobody, "calendar-check"))
    if lines >= MOST:
        said.append(Effect(_("Looked at: the %(n)s lines that wait longest.") % {"n": number(lines)}, "list-ordered"))
    return [*said, Effect(_("What customers were promised stays promised."), "shield-check")]


def _what_is_sold(before: set[str], after: set[str], looked_at: int) -> list[Effect]:
    no_more, now_too = len(before - after), len(after - before)
    said: list[Effect] = []
    if no_more:
        one, many = "%(n)s SKU can no longer be ordered", "%(n)s SKUs can no longer be ordered"
        words_ = ngettext(one, many, no_more) % {"n": number(no_more)}
        said.append(Effect(f"{words_} {_('when it is not here.')}", "circle-minus", True))
    if now_too:
        one, many = "%(n)s SKU can be ordered as well", "%(n)s SKUs can be ordered as well"
        words_ = ngettext(one, many, now_too) % {"n": number(now_too)}
        said.append(Effect(f"{words_} {_('when it is not here.')}", "circle-plus"))
    if not said:
        same = _("The same %(n)s SKUs can be ordered when they are not here.") % {"n": number(len(after))}
        said.append(Effect(same, "check"))
    if looked_at >= asks.MOST_SKUS:
        said.append(Effect(_("Looked at: the first %(n)s SKUs.") % {"n": number(looked_at)}, "list-ordered"))
    return [*said, Effect(_("Orders that were taken keep the terms they were taken under."), "shield-check")]


def _shop(request: HttpRequest, form: ShopForm, seen: int, found: Sequence[Effect] = ()) -> HttpResponse:
    return render(request, "desk/shop_settings.html", {"form": form, "seen": seen, "effects": found})


def _terms(request: HttpRequest, form: TermsForm, seen: int, found: Sequence[Effect] = ()) -> HttpResponse:
    return render(request, "desk/shop_terms.html", {"form": form, "seen": seen, "effects": found})


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
