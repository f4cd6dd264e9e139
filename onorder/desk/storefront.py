"""The storefront's settings: open or closed, whose law holds, and what the shop says of itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from onorder.desk.done import done
from onorder.desk.forms import Form, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.models import Collection, Shop
from onorder.queue import setup as settings
from onorder.rules.jurisdictions import JURISDICTIONS

#: Each law's name, and in one sentence what it does.
LAWS = {
    "US": gettext_noop(
        "United States: who is not asked about a delay in time gets the money back; a change of mind is for your terms."
    ),
    "EU": gettext_noop(
        "European Union: customers may change their mind until 14 days after the last parcel, whatever your terms say."
    ),
    "UK": gettext_noop(
        "United Kingdom: customers may change their mind until 14 days after the last parcel, whatever your terms say."
    ),
    "NONE": gettext_noop("None that we know: your own terms alone, and 30 days where no day was said."),
}
assert LAWS.keys() == JURISDICTIONS.keys()
_COLUMNS = ("is_store_open", "jurisdiction", "store_text", "imprint", "terms_text")


class StoreForm(Form):
    """What customers find under /store."""

    is_store_open = forms.BooleanField(
        label=gettext_lazy("The store is open: customers can look and order"), required=False
    )
    jurisdiction = forms.ChoiceField(label=gettext_lazy("Whose law holds"), widget=forms.RadioSelect)
    store_text = forms.CharField(
        label=gettext_lazy("Your welcome"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The first line is the headline of the store, what follows stands below it."),
    )
    imprint = forms.CharField(
        label=gettext_lazy("Who you are"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Name, address, how to reach you, what your law asks for."),
    )
    terms_text = forms.CharField(
        label=gettext_lazy("Your terms"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, posted: Any = None, *, shop: Shop) -> None:
        super().__init__(posted, now={name: getattr(shop, name) for name in _COLUMNS})
        self.fields["jurisdiction"].choices = [(code, _(said)) for code, said in LAWS.items()]  # type: ignore[attr-defined]


@page(Right.PEOPLE)
def ask(request: HttpRequest) -> HttpResponse:
    """The store's settings."""
    shop = Shop.objects.filter(pk=1).first()
    return _shown(request, StoreForm(shop=shop)) if shop else redirect("settings.open")


@does(Right.PEOPLE)
def put(request: HttpRequest) -> HttpResponse:
    """Change them, unless somebody else did meanwhile."""
    shop = Shop.objects.filter(pk=1).first()
    if shop is None:
        raise settings.NotSetUp
    form = StoreForm(sent(request), shop=shop)
    if not form.is_valid():
        return _shown(request, form)
    was_open = shop.is_store_open
    for name in _COLUMNS:
        setattr(shop, name, form.cleaned_data[name])
    shop.save(update_fields=_COLUMNS)
    if "jurisdiction" in form.changed_data:
        settings.changed()
    said = _("The storefront is saved.")
    if shop.is_store_open != was_open:
        said = (
            _("The store is open.") if shop.is_store_open else _("The store is closed. Orders that were taken go on.")
        )
    way_back = undo("settings.set-store", was=form.stored)
    return done(request, said, undo=way_back, to=reverse("settings.store"))


def _shown(request: HttpRequest, form: StoreForm) -> HttpResponse:
    published = Collection.objects.filter(is_published=True).count()
    script = f'<script src="{request.build_absolute_uri(reverse("store.badge-script"))}" defer></script>'
    badge = '<span data-onorder="SKU"></span>'
    return render(
        request, "desk/storefront.html", {"form": form, "published": published, "script": script, "badge": badge}
    )


urlpatterns = [
    path("settings/store", ask, name="settings.store"),
    path("settings/store/set", put, name="settings.set-store"),
]
