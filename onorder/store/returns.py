"""A customer sends something back: says what, why and what for, and gets the label for the parcel."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onorder import access
from onorder.actions import returns
from onorder.errors import NotFound, OnOrderError
from onorder.models import Order
from onorder.queries import returns as queries
from onorder.queries.returns import Returnable
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ReturnWish
from onorder.store.limits import limited
from onorder.store.links import nowhere, with_form
from onorder.wording.refusals import words
from onorder.wording.returning import REASONS, law_words, terms_words

P = ParamSpec("P")


class Wanted(forms.Form):
    """What comes back, why, and what for."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you send it back?"),
        choices=[("", gettext_lazy("Choose one")), *((code, gettext_lazy(said)) for code, said in REASONS.items())],
        error_messages={"required": gettext_lazy("Choose a reason; “another reason” will do.")},
    )
    words = forms.CharField(label=gettext_lazy("In your words"), max_length=150, required=False)
    wants = forms.ChoiceField(
        label=gettext_lazy("What would you like for it?"),
        choices=[
            (ReturnWish.REFUND.value, gettext_lazy("My money back")),
            (ReturnWish.REPLACEMENT.value, gettext_lazy("The same thing again")),
        ],
        widget=forms.RadioSelect,
        initial=ReturnWish.REFUND.value,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, sent: object, products: list[Returnable]) -> None:
        super().__init__(sent, initial={"key": secrets.token_hex(12)})  # type: ignore[arg-type]
        self.products = products
        for place, one in enumerate(products):
            field = forms.TypedChoiceField(
                label=one.product,
                coerce=int,
                choices=[(n, str(n)) for n in range(min(one.units, 99) + 1)],
                initial=1 if len(products) == 1 else 0,
            )
            self.fields[f"units_{place}"] = field

    @property
    def units(self) -> list[forms.BoundField]:
        """A field for each product."""
        return [self[f"units_{place}"] for place in range(len(self.products))]

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if not self.errors and not self.wanted():
            self.add_error(None, _("Say beside at least one thing how many of it come back."))
        return given

    def wanted(self) -> dict[str, int]:
        """Units by SKU."""
        found = {one.sku: self.cleaned_data.get(f"units_{place}", 0) for place, one in enumerate(self.products)}
        return {sku: units for sku, units in found.items() if units}


def with_link(
    view: Callable[Concatenate[HttpRequest, str, str, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """For whoever has a link to their order, which is handed on by its number beside the link."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            key = access.read(token, today=timezone.localdate(), purpose=access.Purpose.RETURN)
            order = Order.objects.values_list("number", flat=True).get(pk=key)
            return with_form(view(request, token, order, *args, **kwargs))
        except (access.LinkOver, Order.DoesNotExist, NotFound):
            return nowhere(request, status=410)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited
@with_link
def ask(request: HttpRequest, token: str, order: str) -> HttpResponse:
    """What can be sent back, and on what grounds; sent, it is asked for and the label comes."""
    now = timezone.now()
    key = f"store:{order}:{request.POST.get('key', '')}"[:128]
    if request.method == "POST" and (earlier := queries.asked_with(key)):
        return redirect("store.return-label", token, earlier)  # Sent twice is asked once.
    products = queries.returnable(order, now=now)
    form = Wanted(request.POST if request.method == "POST" else None, products)
    if form.is_bound and products and form.is_valid():
        given = form.cleaned_data
        reason = REASONS[given["reason"]]
        why = ": ".join(filter(None, (_(reason), given["words"].strip())))
        try:
            back = returns.request(
                order,
                form.wanted(),
                why=why,
                wants=ReturnWish(given["wants"]),
                key=key,
                by="storefront",
                now=now,
            )
        except OnOrderError as refusal:
            form.add_error(None, words(refusal))
        else:
            return redirect("store.return-label", token, back)
    today = settings.current().today(now)
    rows = queries.of_order(order, now=now)
    context = {
        "order": order,
        "token": token,
        "form": form if products else None,
        "grounds": _grounds([one.grounds for one in products], today),
        "open": list(dict.fromkeys(row.number for row in rows if row.state == "requested")),
        "here": sum(row.units for row in rows if row.state == "received"),
    }
    return render(request, "store/return.html", context)


def _grounds(found: list[queries.Grounds], today: object) -> list[str]:
    """What they may fall back on: the law first, since whoever has a right by law need not care for our terms."""
    said = [law_words(one.law, today) for one in found]  # type: ignore[arg-type]
    said += [terms_words(one.terms) for one in found]
    return [line for line in dict.fromkeys(said) if line]


@never_cache
@require_http_methods(["GET", "HEAD"])
@with_link
def label(request: HttpRequest, token: str, order: str, back: str) -> HttpResponse:
    """What to do next, and what goes on the parcel."""
    found = queries.one(back, now=timezone.now())
    if found.order != order:
        raise NotFound(what="return", name=back)
    units: dict[str, int] = {}
    for row in found.rows:
        units[row.product] = units.get(row.product, 0) + row.units
    context = {"found": found, "token": token, "things": units.items()}
    return render(request, "store/return_label.html", context)


urlpatterns = [
    path("r/<token>", ask, name="store.return"),
    path("r/<token>/<back>", label, name="store.return-label"),
]
