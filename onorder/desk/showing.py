"""How customers see a product: its text, its picture, whether it is shown at all, and what the law says of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from onorder.desk import pictures
from onorder.desk.done import done
from onorder.desk.forms import Form, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.errors import BadInput, NotFound
from onorder.models import Product
from onorder.queue import setup as settings
from onorder.rules.jurisdictions import Exemption
from onorder.wording.refusals import words

EXEMPTIONS = {
    Exemption.MADE_TO_ORDER: gettext_noop("Made to the customer's specification, or personalised"),
    Exemption.PERISHABLE: gettext_noop("Perishable"),
    Exemption.UNSEALED_HYGIENE: gettext_noop("Sealed for hygiene, once it is opened"),
    Exemption.MIXED: gettext_noop("Mixed with other things after delivery"),
    Exemption.FLUCTUATING_ALCOHOL: gettext_noop("Wine whose price follows a market"),
    Exemption.UNSEALED_RECORDING: gettext_noop("A recording or software, once it is opened"),
    Exemption.PERIODICAL: gettext_noop("A newspaper or magazine"),
}


class ShowingForm(Form):
    """What customers read and see of a product."""

    is_published = forms.BooleanField(label=gettext_lazy("Customers may see it"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("A line or two: what it is made of, how large it is, who it is for."),
    )
    photo = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("Best square, at least 1,200 pixels wide. It is made small enough by itself."),
    )
    exemption = forms.ChoiceField(
        label=gettext_lazy("A change of mind"),
        required=False,
        help_text=gettext_lazy(
            "Only if the law makes an exception of it. To be ordered from a supplier is not made to specification."
        ),
    )

    def __init__(self, posted: Any = None, files: Any = None, *, product: Product) -> None:
        columns = ("is_published", "text", "exemption")
        super().__init__(posted, now={name: getattr(product, name) for name in columns})
        if files:
            self.files = files
        named = [(kind, _(said)) for kind, said in EXEMPTIONS.items()]
        self.fields["exemption"].choices = [("", _("Can be sent back, as the law says")), *named]  # type: ignore[attr-defined]

    def clean_photo(self) -> str:
        """The name of the picture that was sent, once it is kept; empty if none was."""
        file = self.cleaned_data["photo"]
        if not file:
            return ""
        try:
            return pictures.keep(file, file.size)
        except BadInput as refusal:
            raise forms.ValidationError(words(refusal)) from None


@page(Right.SET_UP)
def ask(request: HttpRequest, sku: str) -> HttpResponse:
    """How customers see the product of a SKU."""
    product = _product(sku)
    return _shown(request, sku, product, ShowingForm(product=product))


@does(Right.SET_UP)
def show(request: HttpRequest, sku: str) -> HttpResponse:
    """Have customers see it so from now on; or (an undo) as they did before."""
    product = _product(sku)
    given = sent(request)
    form = ShowingForm(given, request.FILES, product=product)
    if not form.is_valid():
        return _shown(request, sku, product, form)
    before = {**form.stored, "picture": product.picture}
    said = form.cleaned_data
    product.is_published, product.text, product.exemption = said["is_published"], said["text"], said["exemption"]
    if given is not request.POST:
        product.picture = str(given.get("picture", product.picture))
    elif said["photo"] or "no_picture" in given:
        product.picture = said["photo"]
    product.save(update_fields=["is_published", "text", "exemption", "picture"])
    settings.changed()  # What a product is exempt from, and whether it is shown, stands in what others keep.
    way_back = undo("catalogue.show", sku, was=before)
    return done(request, _("Customers see it so now."), undo=way_back, to=reverse("catalogue.one", args=[sku]))


def _product(sku: str) -> Product:
    found = Product.objects.filter(variants__sku=sku).first()
    if found is None:
        raise NotFound(what="SKU", name=sku)
    return found


def _shown(request: HttpRequest, sku: str, product: Product, form: ShowingForm) -> HttpResponse:
    return render(request, "desk/showing.html", {"form": form, "product": product, "sku": sku})


urlpatterns = [
    path("catalogue/<name:sku>/showing", ask, name="catalogue.showing"),
    path("catalogue/<name:sku>/show", show, name="catalogue.show"),
]
