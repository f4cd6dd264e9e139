"""One SKU: what is here of it and whose that is, and what the shop changes about it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from onorder.actions import catalog, stock
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.catalogue import Offered, offered
from onorder.desk.done import done
from onorder.desk.forms import Form, MoneyField, UnitsField, in_currency, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.errors import OnOrderError
from onorder.queries.stamp import stamp
from onorder.queries.standing import effects as effects_on
from onorder.queries.standing import standing
from onorder.queries.variant import SCOPES, Sold, set_aside
from onorder.queries.variant import variant as found
from onorder.queue import setup as settings
from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Effective, Terms
from onorder.trying import tried
from onorder.wording.refusals import words

#: What became of units, in the words of the page.
MOVES: Mapping[str, str] = {
    "received": gettext_noop("Arrived"),
    "allocated": gettext_noop("Set aside"),
    "released": gettext_noop("Free again"),
    "shipped": gettext_noop("Shipped"),
    "returned": gettext_noop("Came back"),
    "adjusted": gettext_noop("Counted"),
    "written_off": gettext_noop("Written off"),
}
_OUT = ("shipped", "written_off")
_NAMED = 5  # Orders that an effect names.


@dataclass(frozen=True, slots=True)
class Term:
    """One of the terms in force: its name, its value in words, and the scope that said it (-1: nobody did)."""

    name: str
    words: str
    scope: str
    scope_name: str


class DetailsForm(Form):
    """What a SKU is called, and what it costs customers."""

    product_name = forms.CharField(label=gettext_lazy("Product"), max_length=200)
    name = forms.CharField(
        label=gettext_lazy("Variant"), max_length=200, required=False, help_text=gettext_lazy("Such as “Large, green”.")
    )
    price = MoneyField(label=gettext_lazy("Price"))
    barcode = forms.CharField(label=gettext_lazy("Barcode"), max_length=64, required=False)


class StockForm(Form):
    """What was counted, or cannot be sold any more."""

    what = forms.ChoiceField(
        label=gettext_lazy("What is so"),
        choices=[("count", gettext_lazy("So many are here")), ("write_off", gettext_lazy("So many cannot be sold"))],
        widget=forms.RadioSelect,
    )
    units = UnitsField(label=gettext_lazy("Units"), most=stock.MOST_UNITS)
    location = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("what") == "write_off":
            if not given.get("why"):
                self.add_error("why", _("Say why: it stays beside the units."))
            if given.get("units") == 0:
                self.add_error("units", _("Write how many cannot be sold, at least 1."))
        return given


@page()
def one(request: HttpRequest, sku: str) -> HttpResponse:
    """Everything the shop knows of one SKU."""
    now, happened = timezone.now(), stamp()
    sold = found(sku, now=now)
    return render(
        request,
        "desk/variant.html",
        {
            "sold": sold,
            "offered": offered_of(sold, now),
            "terms": _terms(sold),
            "scopes": [(scope, bool(scope.terms and scope.terms != Terms())) for scope in sold.scopes],
            "moves": [(move, _(MOVES[move.kind]), _signed(move.kind, move.quantity)) for move in sold.moves],
            "stamp": happened,
        },
    )


def offered_of(sold: Sold, now: datetime) -> Offered:
    """What customers read of it."""
    cap = sold.terms.cap if sold.terms.accept == Accept.CAPPED else None
    return offered(sold.availability, sold.terms.accept, cap, settings.current().today(now))


@page(Right.SET_UP)
def edit(request: HttpRequest, sku: str) -> HttpResponse:
    """Its name, its price, its barcode."""
    sold = found(sku, now=timezone.now())
    return ask(request, _about_details(sold), _details(sold))


@does(Right.SET_UP)
def change(request: HttpRequest, sku: str) -> HttpResponse:
    """Save its name, its price, its barcode."""
    now = timezone.now()
    sold = found(sku, now=now)
    form = _details(sold, sent(request))
    if form.is_valid():
        given = form.cleaned_data
        new = catalog.NewVariant(
            sku,
            sold.product,
            given["product_name"],
            given["price"],
            sold.currency,
            name=given["name"],
            barcode=given["barcode"],
        )
        try:
            catalog.put_variants([new], by=request.user.get_username(), now=now)
        except OnOrderError as refusal:
            form.add_error("barcode", words(refusal))
        else:
            said = _("%(sku)s is saved. Orders that were taken keep their price.") % {"sku": sku}
            back = undo("catalogue.change", sku, was=form.stored)
            return done(request, said, undo=back, to=reverse("catalogue.one", args=[sku]))
    return ask(request, _about_details(sold), form)


@page(Right.COUNT)
def ask_stock(request: HttpRequest, sku: str) -> HttpResponse:
    """How many are really here, or cannot be sold any more."""
    sold = found(sku, now=timezone.now())
    return ask(request, _about_stock(sold), _stock(sold), [_now_here(sold)])


@does(Right.COUNT)
def try_stock(request: HttpRequest, sku: str) -> HttpResponse:
    """What a count or a write-off would do; nothing is stored."""
    now = timezone.now()
    sold = found(sku, now=now)
    form = _stock(sold, request.POST)
    return ask(request, _about_stock(sold), form, _effects(sold, form, request, now))


@does(Right.COUNT)
def count(request: HttpRequest, sku: str) -> HttpResponse:
    """Set what is here to what was counted, or take out what cannot be sold."""
    now = timezone.now()
    sold = found(sku, now=now)
    form = _stock(sold, request.POST)
    if form.is_valid():
        action, arguments, named = _what(sold, form)
        try:
            action(*arguments, **named, by=request.user.get_username(), now=now)
        except OnOrderError as refusal:
            form.add_error("units", words(refusal))
        else:
            few = number(form.cleaned_data["units"])
            wrote_off = form.cleaned_data["what"] == "write_off"
            said = _("%(n)s of %(sku)s are written off.") if wrote_off else _("%(n)s of %(sku)s are here.")
            return done(request, said % {"n": few, "sku": sku}, to=reverse("catalogue.one", args=[sku]))
    return ask(request, _about_stock(sold), form, _effects(sold, form, request, now))


def _details(sold: Sold, posted: Any = None) -> DetailsForm:
    form = DetailsForm(
        posted,
        now={
            "product_name": sold.product_name,
            "name": sold.name,
            "price": sold.price_minor,
            "barcode": sold.barcode,
        },
    )
    in_currency(form, sold.currency)
    return form


def _about_details(sold: Sold) -> Asking:
    return Asking(
        title=_("Edit %(sku)s") % {"sku": sold.sku},
        verb=_("Save it"),
        action=reverse("catalogue.change", args=[sold.sku]),
        back=reverse("catalogue.one", args=[sold.sku]),
        keep=_("Leave it as it is"),
        crumb=sold.title,
    )


def _stock(sold: Sold, posted: Any = None) -> StockForm:
    here = sold.stock[0].here if sold.stock else 0
    form = StockForm(posted, now={"what": "count", "units": here, "key": secrets.token_hex(8)})
    places = [(one.location, one.location) for one in sold.stock]
    form.fields["location"].choices = places  # type: ignore[attr-defined]
    if len(places) < 2:
        del form.fields["location"]
    return form


def _about_stock(sold: Sold) -> Asking:
    return Asking(
        title=_("Count or write off %(sku)s") % {"sku": sold.sku},
        verb=_("Store it"),
        action=reverse("catalogue.count", args=[sold.sku]),
        back=reverse("catalogue.one", args=[sold.sku]),
        keep=_("Leave the stock as it is"),
        tries=reverse("catalogue.try-count", args=[sold.sku]),
        crumb=sold.title,
    )


def _what(sold: Sold, form: StockForm) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    given = form.cleaned_data
    at = {"location": given.get("location") or None}
    if given["what"] == "write_off":
        return stock.write_off, (sold.sku, given["units"]), at | {"why": given["why"], "key": given["key"]}
    return stock.count_many, ([stock.Counted(sold.sku, given["units"])],), at | {"why": given["why"]}


def _effects(sold: Sold, form: StockForm, request: HttpRequest, now: datetime) -> Sequence[Effect]:
    if not form.is_valid():
        return [_now_here(sold)]
    action, arguments, named = _what(sold, form)

    def look(_outcome: object) -> tuple[dict[str, int], Any, Sold]:
        return set_aside(sold.key), standing([sold.key], now=now), found(sold.sku, now=now)

    aside, stood = set_aside(sold.key), standing([sold.key], now=now)
    try:
        who = request.user.get_username()
        aside_then, stands, then = tried(action, *arguments, look=look, **named, by=who, now=now)
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    before, after = _here(sold), _here(then)
    lost = {order: few - aside_then.get(order, 0) for order, few in aside.items() if few > aside_then.get(order, 0)}
    won = {order: few - aside.get(order, 0) for order, few in aside_then.items() if few > aside.get(order, 0)}
    effects = [Effect(_("%(n)s are here now, %(m)s then.") % {"n": number(before), "m": number(after)}, "archive")]
    if before == after:
        effects = [Effect(_("So many are stored already: nothing changes."), "check")]
    if lost:
        said = ngettext(
            "%(n)s unit that was set aside is missing. Its order waits again in its old place: %(orders)s.",
            "%(n)s units that were set aside are missing. Their orders wait again in their old places: %(orders)s.",
            sum(lost.values()),
        )
        effects.append(Effect(said % {"n": number(sum(lost.values())), "orders": named_(lost)}, "package-open", True))
    if won:
        said = ngettext(
            "%(n)s unit goes to who waits longest: %(orders)s.",
            "%(n)s units go to those who wait longest: %(orders)s.",
            sum(won.values()),
        )
        effects.append(Effect(said % {"n": number(sum(won.values())), "orders": named_(won)}, "users"))
    if behind := effects_on(stood, stands).behind:
        said = ngettext("%(n)s order falls behind its day: %(orders)s.", "%(n)s orders fall behind: %(orders)s.", 1)
        effects.append(Effect(said % {"n": number(len(behind)), "orders": named_(behind)}, "triangle-alert", True))
    return effects


def named_(orders: Mapping[str, int] | Sequence[str]) -> str:
    """Orders by their numbers, the first few of them: "#1, #2 and 3 more"."""
    shown = [f"#{order}" for order in list(orders)[:_NAMED]]
    more = len(orders) - len(shown)
    return ", ".join(shown) + (_(" and %(n)s more") % {"n": number(more)} if more else "")


def _now_here(sold: Sold) -> Effect:
    aside = sum(one.set_aside for one in sold.stock)
    said = _("%(n)s are here now, %(aside)s of them set aside for orders.")
    return Effect(said % {"n": number(_here(sold)), "aside": number(aside)}, "archive")


def _here(sold: Sold) -> int:
    return sum(one.here for one in sold.stock)


def _signed(kind: str, quantity: int) -> str:
    if kind == "adjusted":
        return f"{'+' if quantity > 0 else '−'}{number(abs(quantity))}"
    return f"−{number(quantity)}" if kind in _OUT else number(quantity)


def _terms(sold: Sold) -> list[Term]:
    rows = []
    for name, label in (
        ("accept", _("Sold without stock")),
        ("deposit_basis_points", _("Paid when ordering")),
        ("longest_wait_days", _("Longest wait promised")),
        ("cancelling", _("Cancelling")),
        ("returns", _("Returns")),
    ):
        level = getattr(sold.terms.origin, name)
        scope = sold.scopes[level] if level is not None else None
        rows.append(Term(label, _said(sold.terms, name), scope.kind if scope else "", scope.name if scope else ""))
    return rows


def _said(terms: Effective, name: str) -> str:
    if name == "accept":
        limited = _("Up to %(cap)s waiting") % {"cap": number(terms.cap)}
        return {Accept.ALWAYS: _("Yes, any number"), Accept.NEVER: _("No"), Accept.CAPPED: limited}[terms.accept]
    if name == "deposit_basis_points":
        share = terms.deposit_basis_points / 100
        return _("%(share)s %% of the price") % {"share": f"{share:g}"} if share else _("Nothing in advance")
    if name == "longest_wait_days":
        days = terms.longest_wait_days
        return _("Any") if days is None else ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)}
    if name == "cancelling":
        fee = f" ({terms.cancel_fee_basis_points / 100:g} %)" if terms.cancelling == Cancelling.FEE_AFTER else ""
        return _(CANCELLING[terms.cancelling]) + fee
    return _(RETURNS[terms.returns]) if terms.returns in RETURNS else terms.returns


RETURNS = {"accepted": gettext_noop("Accepted"), "faulty_only": gettext_noop("Only if faulty")}
CANCELLING = {
    Cancelling.FREE: gettext_noop("Free until it ships"),
    Cancelling.UNTIL_BOUGHT: gettext_noop("Free until the supplier has it, then no more"),
    Cancelling.FEE_AFTER: gettext_noop("Free until the supplier has it, then for a fee"),
    Cancelling.EXCHANGE_ONLY: gettext_noop("Free until the supplier has it, then only an exchange"),
    Cancelling.FINAL_SALE: gettext_noop("Never: a final sale"),
}
assert len(SCOPES) == 4  # As many as `rules.terms.resolve` is given.


urlpatterns = [
    path("catalogue/<name:sku>", one, name="catalogue.one"),
    path("catalogue/<name:sku>/edit", edit, name="catalogue.edit"),
    path("catalogue/<name:sku>/change", change, name="catalogue.change"),
    path("catalogue/<name:sku>/count", ask_stock, name="catalogue.ask-count"),
    path("catalogue/<name:sku>/count/try", try_stock, name="catalogue.try-count"),
    path("catalogue/<name:sku>/counted", count, name="catalogue.count"),
]
