"""Whom a SKU is bought from: its offers, and new products with their first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions import catalog, suppliers
from onorder.actions.suppliers import NewOffer
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import BreaksField, Form, MoneyField, UnitsField, in_currency, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.errors import NotFound, OnOrderError
from onorder.models import Supplier, Variant
from onorder.queries.catalogue import handle_for
from onorder.queries.standing import effects as effects_on
from onorder.queries.standing import standing
from onorder.queries.variant import OfferRow, Sold
from onorder.queries.variant import variant as found
from onorder.queue import setup as settings
from onorder.trying import tried
from onorder.wording.dates import day_words
from onorder.wording.refusals import words


class OfferForm(Form):
    """What a supplier asks for a SKU."""

    supplier_sku = forms.CharField(label=gettext_lazy("Its own number there"), max_length=64, required=False)
    cost = MoneyField(label=gettext_lazy("Unit cost"))
    minimum_quantity = UnitsField(1, label=gettext_lazy("Least that is sold"), initial=1)
    order_multiple = UnitsField(
        1, label=gettext_lazy("Sold in packs of"), initial=1, help_text=gettext_lazy("1: single units.")
    )
    breaks = BreaksField(
        label=gettext_lazy("Price breaks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line: 60:9.20 is 9.20 each from 60 on."),
    )
    rank = UnitsField(
        0,
        100,
        label=gettext_lazy("Rank"),
        initial=1,
        help_text=gettext_lazy("Of several offers, the one of the lowest rank is bought."),
    )
    lead_time_days = UnitsField(1, 1_000, label=gettext_lazy("Stated lead time, working days"), required=False)
    drop_ships = forms.BooleanField(label=gettext_lazy("Ships to the customer itself"), required=False)

    def said(self, supplier: str, sku: str) -> NewOffer:
        """The offer that it says; once it is valid."""
        given = {name: self.cleaned_data[name] for name in OfferForm.base_fields}
        return NewOffer(supplier, sku, given.pop("cost"), **given)


class NewForm(Form):
    """A new SKU, its product, and its first offer."""

    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=64)
    product_name = forms.CharField(label=gettext_lazy("Product"), max_length=200)
    name = forms.CharField(
        label=gettext_lazy("Variant"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as “Large, green”. Variants of one product share its name."),
    )
    price = MoneyField(label=gettext_lazy("Price"))
    barcode = forms.CharField(label=gettext_lazy("Barcode"), max_length=64, required=False)
    supplier = forms.ChoiceField(
        label=gettext_lazy("Supplier"),
        required=False,
        help_text=gettext_lazy("Without one, only what is here is sold."),
    )
    cost = forms.CharField(
        label=gettext_lazy("Unit cost"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "amount"}),
        help_text=gettext_lazy("In the supplier's currency."),
    )
    minimum_quantity = UnitsField(1, label=gettext_lazy("Least that is sold"), required=False)
    order_multiple = UnitsField(1, label=gettext_lazy("Sold in packs of"), required=False)

    def __init__(self, posted: Any = None, *, suggests: Any = None) -> None:
        super().__init__(posted, suggests=suggests)
        in_currency(self, settings.current().currency)
        self._suppliers = {code: (name, of) for code, name, of in _suppliers()}
        choices = [(code, f"{name} ({of})") for code, (name, of) in self._suppliers.items()]
        self.fields["supplier"].choices = [("", _("Nobody yet")), *choices]  # type: ignore[attr-defined]

    def clean_sku(self) -> str:
        sku = str(self.cleaned_data["sku"])
        if Variant.objects.filter(sku=sku).exists():
            raise forms.ValidationError(_("There is a SKU %(sku)s already: open it, or choose another.") % {"sku": sku})
        return sku

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if code := given.get("supplier"):
            cost = MoneyField(required=True)
            cost.currency = self._suppliers[code][1]
            try:
                given["cost"] = cost.clean(given.get("cost"))
            except forms.ValidationError as wrong:
                self.add_error("cost", wrong)
        return given


@page(Right.SET_UP)
def new(request: HttpRequest) -> HttpResponse:
    """A new product."""
    return ask(request, _about_new(), NewForm(suggests={"supplier": request.GET.get("supplier", "")}))


@does(Right.SET_UP)
def add(request: HttpRequest) -> HttpResponse:
    """Sell something new; and, where a supplier is named, know whom to buy it from."""
    form = NewForm(request.POST)
    if form.is_valid():
        try:
            sku = _add(form.cleaned_data, by=request.user.get_username(), now=timezone.now())
        except OnOrderError as refusal:
            form.refuse(refusal)
        else:
            said = _("%(sku)s is sold from now on.") % {"sku": sku}
            return done(request, said, to=reverse("catalogue.one", args=[sku]))
    return ask(request, _about_new(), form)


@page(Right.SET_UP)
def ask_offer(request: HttpRequest, sku: str) -> HttpResponse:
    """What a supplier asks: `?supplier=` whose offer; without it, a new one."""
    sold = found(sku, now=timezone.now())
    code = request.GET.get("supplier", "")
    return ask(request, _about(sold, code), _form(sold, code), _bought_now(sold))


@does(Right.SET_UP)
def try_offer(request: HttpRequest, sku: str) -> HttpResponse:
    """What an offer would change; nothing is stored."""
    now = timezone.now()
    sold = found(sku, now=now)
    code = _code(request)
    form = _form(sold, code, request.POST)
    effects = _effects(sold, code, form, request, now) if form.is_valid() and code else _bought_now(sold)
    return ask(request, _about(sold, request.GET.get("supplier", "")), form, effects)


@does(Right.SET_UP)
def put_offer(request: HttpRequest, sku: str) -> HttpResponse:
    """Buy by this offer from now on."""
    now = timezone.now()
    sold = found(sku, now=now)
    code = _code(request)
    form = _form(sold, code, sent(request))
    if not (form.is_valid() and code):
        return ask(request, _about(sold, request.GET.get("supplier", "")), form, _bought_now(sold))
    suppliers.put_offers([form.said(code, sku)], by=request.user.get_username(), now=now)
    name = next((name for its, name, _of in _suppliers() if its == code), code)
    before = _offer(sold, code)
    way_back = f"{undo('catalogue.put-offer', sku, was=form.stored)}&supplier={code}" if before else ""
    if before and not before.is_active:
        way_back = ""
    said = _("The offer of %(name)s is saved.") % {"name": name}
    return done(request, said, undo=way_back, to=reverse("catalogue.one", args=[sku]))


@page(Right.SET_UP)
def ask_withdraw(request: HttpRequest, sku: str) -> HttpResponse:
    """Whether a SKU is to be bought from a supplier no more."""
    now = timezone.now()
    sold = found(sku, now=now)
    code = request.GET.get("supplier", "")
    asking = _about_withdrawing(sold, code)
    return ask(request, asking, Form(), _effects(sold, code, None, request, now) if code else [])


@does(Right.SET_UP)
def withdraw(request: HttpRequest, sku: str) -> HttpResponse:
    """Buy a SKU from a supplier no more."""
    now, code = timezone.now(), request.GET.get("supplier", "")
    sold = found(sku, now=now)
    before = _offer(sold, code)
    to = reverse("catalogue.one", args=[sku])
    suppliers.withdraw_offer(code, sku, by=request.user.get_username(), now=now)
    way_back = f"{undo('catalogue.put-offer', sku, was=_form(sold, code).stored)}&supplier={code}"
    said = _("%(sku)s is bought from %(name)s no more.")
    name = before.supplier_name if before else code
    return done(request, said % {"sku": sku, "name": name}, undo=way_back, to=to)


def _suppliers() -> Sequence[tuple[str, str, str]]:
    return list(Supplier.objects.order_by("name", "pk").values_list("code", "name", "currency"))


def _code(request: HttpRequest) -> str:
    return request.GET.get("supplier", "") or request.POST.get("supplier", "")


def _offer(sold: Sold, code: str) -> OfferRow | None:
    return next((offer for offer in sold.offers if offer.supplier == code), None)


def _form(sold: Sold, code: str, posted: Any = None) -> OfferForm:
    """The form of one supplier's offer; of a new one it also asks whose."""
    offer = _offer(sold, code)
    form = OfferForm(posted, now=asdict(offer) | {"cost": offer.unit_cost_minor} if offer else {})
    known = {its: (name, of) for its, name, of in _suppliers()}
    if offer is None:
        taken = {offer.supplier for offer in sold.offers}
        choices = [(its, f"{name} ({of})") for its, (name, of) in known.items() if its not in taken or its == code]
        field = forms.ChoiceField(label=_("Supplier"), choices=choices)
        form.fields = {"supplier": field} | form.fields
        form.initial["supplier"] = code
    if code in known:
        in_currency(form, known[code][1])
    return form


def _about(sold: Sold, code: str) -> Asking:
    offer = _offer(sold, code)
    at = f"?supplier={code}" if offer else ""
    title = _("Offer of %(name)s") % {"name": offer.supplier_name} if offer else _("Another supplier's offer")
    return Asking(
        title=title,
        verb=_("Save the offer"),
        action=reverse("catalogue.put-offer", args=[sold.sku]) + at,
        tries=reverse("catalogue.try-offer", args=[sold.sku]) + at,
        back=reverse("catalogue.one", args=[sold.sku]),
        keep=_("Leave it as it is"),
        crumb=sold.title,
        is_wide=True,
    )


def _about_withdrawing(sold: Sold, code: str) -> Asking:
    offer = _offer(sold, code)
    return Asking(
        title=_("Stop buying %(sku)s from %(name)s")
        % {"sku": sold.sku, "name": offer.supplier_name if offer else code},
        verb=_("Stop buying it there"),
        action=f"{reverse('catalogue.withdraw', args=[sold.sku])}?supplier={code}",
        back=reverse("catalogue.one", args=[sold.sku]),
        keep=_("Keep the offer"),
        crumb=sold.title,
    )


def _about_new() -> Asking:
    return Asking(
        title=_("Add a product"),
        verb=_("Add the product"),
        action=reverse("catalogue.add"),
        back=reverse("catalogue"),
        keep=_("Leave it"),
        lead=_("One SKU, and whom you buy it from. Many at once come in as a file."),
        crumb=_("Catalogue"),
        is_wide=True,
    )


def _add(given: dict[str, Any], *, by: str, now: datetime) -> str:
    sku: str = given["sku"]
    currency = settings.current().currency
    handle = handle_for(given["product_name"], sku)
    price, barcode = given["price"], given["barcode"]
    variant = catalog.NewVariant(
        sku, handle, given["product_name"], price, currency, name=given["name"], barcode=barcode
    )
    offer = None
    if given["supplier"]:
        minimum, multiple = given["minimum_quantity"] or 1, given["order_multiple"] or 1
        offer = NewOffer(given["supplier"], sku, given["cost"], minimum_quantity=minimum, order_multiple=multiple)
    catalog.put_variants([variant], by=by, now=now)
    if offer:
        suppliers.put_offers([offer], by=by, now=now)
    return sku


def _bought_now(sold: Sold) -> list[Effect]:
    offer = next((offer for offer in sold.offers if offer.is_bought), None)
    if offer is None:
        return [Effect(_("Nobody supplies it now."), "store")]
    return [Effect(_("It is bought from %(name)s now.") % {"name": offer.supplier_name}, "store")]


def _effects(sold: Sold, code: str, form: OfferForm | None, request: HttpRequest, now: datetime) -> list[Effect]:
    """What an offer, or (no form) its end, would change: who is bought from, the buffer, the days of who waits."""

    def look(_outcome: object) -> tuple[Sold, Any]:
        return found(sold.sku, now=now), standing([sold.key], now=now)

    who = request.user.get_username()
    stood = standing([sold.key], now=now)
    try:
        if form is None:
            then, stands = tried(suppliers.withdraw_offer, code, sold.sku, look=look, by=who, now=now)
        else:
            then, stands = tried(suppliers.put_offers, [form.said(code, sold.sku)], look=look, by=who, now=now)
    except NotFound:
        raise
    except OnOrderError as refusal:
        return [Effect(words(refusal), "circle-alert", True)]
    effects = _moves(sold, then)
    on = effects_on(stood, stands)
    later, sooner, behind = len(on.later), len(on.sooner), len(on.behind)
    for orders, said, icon in (
        (later, ngettext("%(n)s order is expected later.", "%(n)s orders are expected later.", later), "calendar"),
        (sooner, ngettext("%(n)s order is expected sooner.", "%(n)s orders are expected sooner.", sooner), "calendar"),
        (behind, ngettext("%(n)s order falls behind its day.", "%(n)s orders fall behind.", behind), "triangle-alert"),
    ):
        if orders:
            effects.append(Effect(said % {"n": number(orders)}, icon, icon == "triangle-alert"))
    day = then.availability.promise
    if day and day != sold.availability.promise:
        on_ = day_words(day.on, settings.current().today(now))
        effects.append(Effect(_("New customers are told %(day)s.") % {"day": on_}, "calendar"))
    return effects


def _moves(sold: Sold, then: Sold) -> list[Effect]:
    """To whom the next order goes, and what of the buffer moves there."""
    offer = next((offer for offer in then.offers if offer.is_bought), None)
    if then.supplier == sold.supplier:
        name = offer.supplier_name if offer else ""
        same = _("It is still bought from %(name)s.") % {"name": name} if offer else _("Nobody supplies it.")
        return [Effect(same, "store")]
    if offer is None:
        return [Effect(_("Nobody supplies it then, so it is sold only while some is here."), "store", True)]
    units = sum(one.buffered for one in sold.stock)
    if not units:
        return [Effect(_("From now on it is bought from %(name)s.") % {"name": offer.supplier_name}, "store")]
    said = ngettext(
        "It is bought from %(name)s from now on: %(n)s unit moves to its buffer.",
        "It is bought from %(name)s from now on: %(n)s units move to its buffer.",
        units,
    )
    return [Effect(said % {"name": offer.supplier_name, "n": number(units)}, "store")]


urlpatterns = [
    path("catalogue/new", new, name="catalogue.new"),
    path("catalogue/new/add", add, name="catalogue.add"),
    path("catalogue/<name:sku>/offer", ask_offer, name="catalogue.offer"),
    path("catalogue/<name:sku>/offer/try", try_offer, name="catalogue.try-offer"),
    path("catalogue/<name:sku>/offer/put", put_offer, name="catalogue.put-offer"),
    path("catalogue/<name:sku>/offer/withdraw", withdraw, name="catalogue.withdraw"),
    path("catalogue/<name:sku>/offer/end", ask_withdraw, name="catalogue.ask-withdraw"),
]
