"""Collections: products on a page of their own, with a name and two lines that set the expectation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.desk.done import done
from onorder.desk.forms import Form, UnitsField
from onorder.desk.rights import Right, does, page
from onorder.desk.tags import number
from onorder.errors import NotFound
from onorder.models import Collection, Product, Shop

#: Products that are shown to be ticked; more are found by their names.
MOST = 200
_TAKEN = ("new", "add")  # Pages of this one.


class CollectionForm(Form):
    """What a collection is called, and what stands in it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("Such as “Love Takes Time”.")
    )
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("The end of its address, /c/love-takes-time. Empty: made from the name."),
    )
    text = forms.CharField(
        label=gettext_lazy("Two lines"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What these things have in common, and why they are worth waiting for."),
    )
    position = UnitsField(
        label=gettext_lazy("Place"), most=10_000, help_text=gettext_lazy("The lowest number comes first.")
    )
    is_published = forms.BooleanField(label=gettext_lazy("Customers may see it"), required=False)

    def __init__(self, posted: Any = None, *, of: Collection) -> None:
        columns = ("name", "slug", "text", "position", "is_published")
        found = {name: getattr(of, name) for name in columns}
        super().__init__(posted, **({"now": found} if of.pk else {"suggests": found}))
        self._of = of

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        slug = slugify(given.get("slug") or given.get("name", ""))[:80]
        if given.get("name") and (not slug or slug in _TAKEN):
            self.add_error("slug", _("Write an address of letters and digits, such as love-takes-time."))
        elif Collection.objects.filter(slug=slug).exclude(pk=self._of.pk).exists():
            self.add_error("slug", _("Another collection has this address already."))
        return given | {"slug": slug}


@page(Right.SET_UP)
def every(request: HttpRequest) -> HttpResponse:
    """Every collection, in the order in which customers see them."""
    rows = Collection.objects.annotate(n=Count("products")).order_by("position", "name")
    is_open = Shop.objects.filter(pk=1, is_store_open=True).exists()
    return render(request, "desk/collections.html", {"rows": rows, "is_open": is_open})


@page(Right.SET_UP)
def new(request: HttpRequest) -> HttpResponse:
    """Another collection."""
    last = Collection.objects.aggregate(last=Max("position", default=0))["last"]
    of = Collection(position=last + 1, is_published=True)
    return _shown(request, of, CollectionForm(of=of))


@does(Right.SET_UP)
def add(request: HttpRequest) -> HttpResponse:
    """Have it."""
    return _put(request, Collection())


@page(Right.SET_UP)
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One collection, to be changed; `?words=` finds products to tick."""
    of = _found(slug)
    return _shown(request, of, CollectionForm(of=of))


@does(Right.SET_UP)
def put(request: HttpRequest, slug: str) -> HttpResponse:
    """Change it, unless somebody else did meanwhile."""
    return _put(request, _found(slug))


def _put(request: HttpRequest, of: Collection) -> HttpResponse:
    form = CollectionForm(request.POST, of=of)
    if not form.is_valid():
        return _shown(request, of, form)
    for name in ("name", "slug", "text", "position", "is_published"):
        setattr(of, name, form.cleaned_data[name])
    with transaction.atomic():
        of.save()
        shown, ticked = request.POST.getlist("shown"), request.POST.getlist("product")
        if gone := set(shown) - set(ticked):  # What was not shown stays as it is.
            of.products.remove(*Product.objects.filter(handle__in=gone))
        of.products.add(*Product.objects.filter(handle__in=ticked))
        n = of.products.count()
    said = ngettext("%(name)s is saved, with %(n)s product.", "%(name)s is saved, with %(n)s products.", n)
    return done(request, said % {"name": of.name, "n": number(n)}, to=reverse("catalogue.collections"))


def _found(slug: str) -> Collection:
    found = Collection.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(what="collection", name=slug)
    return found


def _shown(request: HttpRequest, of: Collection, form: CollectionForm) -> HttpResponse:
    words = request.GET.get("words", "").strip()[:200]
    inside = list(of.products.order_by("name", "pk")) if of.pk else []
    others = Product.objects.exclude(pk__in=[product.pk for product in inside]).order_by("name", "pk")
    if words:
        others = others.filter(name__icontains=words)
    found = list(others[: MOST + 1])
    ticked = set(request.POST.getlist("product")) if request.method == "POST" else {one.handle for one in inside}
    context = {
        "of": of,
        "form": form,
        "words": words,
        "products": [(product, product.handle in ticked) for product in (*inside, *found[:MOST])],
        "has_more": len(found) > MOST,
    }
    return render(request, "desk/collection.html", context)


urlpatterns = [
    path("catalogue/collections", every, name="catalogue.collections"),
    path("catalogue/collections/new", new, name="catalogue.new-collection"),
    path("catalogue/collections/add", add, name="catalogue.add-collection"),
    path("catalogue/collections/<slug:slug>", one, name="catalogue.collection"),
    path("catalogue/collections/<slug:slug>/put", put, name="catalogue.put-collection"),
]
