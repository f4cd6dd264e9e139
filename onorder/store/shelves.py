"""What customers look at: the front, a collection, a product with its dates and terms, and who the shop is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from onorder.errors import NotFound
from onorder.queries import store as asks
from onorder.queries.store import ProductRow, Shopfront, VariantRow
from onorder.queue.setup import NotSetUp
from onorder.store.caching import View, kept
from onorder.wording import offered as words
from onorder.wording.offered import From, Offered

#: Seconds for which a page may be kept: a day that has moved is seen by the next one to look.
_KEPT = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A variant as its page shows it: when it arrives and why then, and in sentences what is paid and on what terms."""

    row: VariantRow
    offered: Offered
    paying: str
    terms: tuple[str, ...]

    @property
    def is_sold(self) -> bool:
        return self.offered.source != From.NOWHERE


def _open(view: Any) -> View[...]:
    """A page of the store, given the shop. A closed store, and what is not there, have one that says no more."""

    @kept(_KEPT)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shop = None
        try:
            shop = asks.shopfront()
            if shop.is_open:
                found: HttpResponse = view(request, shop, *args, **kwargs)
                return found
        except (NotFound, NotSetUp):
            pass
        return _missing(request, shop if shop and shop.is_open else None)

    return answered


@_open
def front(request: HttpRequest, shop: Shopfront) -> HttpResponse:
    """The shop's own words, and its collections."""
    headline, _break, lead = shop.text.strip().partition("\n")
    context = {"headline": headline, "lead": lead.strip(), "collections": asks.collections()}
    return _page(request, "store/front.html", shop, context)


@_open
def collection(request: HttpRequest, shop: Shopfront, slug: str) -> HttpResponse:
    """A collection: its name, its text, and when each of its things arrives."""
    now = timezone.now()
    row, products = asks.collection(slug, now=now)
    _law, today = asks.law_and_day(now)
    tiles = []
    for product in products:
        if product.variants:
            one = _first(product)
            tiles.append((product, one, words.offered(one.availability, one.terms, today)))
    return _page(request, "store/collection.html", shop, {"collection": row, "tiles": tiles})


@_open
def product(request: HttpRequest, shop: Shopfront, handle: str) -> HttpResponse:
    """A product: of each of its variants when it arrives, and on what terms it is sold."""
    now = timezone.now()
    row = asks.product(handle, now=now)
    law, today = asks.law_and_day(now)
    shown = []
    for variant in row.variants:
        offered = words.offered(variant.availability, variant.terms, today)
        is_here = offered.source == From.SHELF
        paying = words.paying(variant.price_minor, variant.currency, variant.terms, is_here=is_here)
        cancelling = words.cancelling(variant.terms, law, row.exemption, is_here=is_here)
        returning = words.returning(variant.terms, law, row.exemption)
        shown.append(Shown(variant, offered, paying, (cancelling, returning)))
    return _page(request, "store/product.html", shop, {"product": row, "variants": shown})


@_open
def imprint(request: HttpRequest, shop: Shopfront) -> HttpResponse:
    """Who the shop is."""
    return _text(request, shop, _("Who we are"), shop.imprint)


@_open
def terms(request: HttpRequest, shop: Shopfront) -> HttpResponse:
    """The shop's terms in its own words."""
    return _text(request, shop, _("Our terms"), shop.terms_text)


def _first(product: ProductRow) -> VariantRow:
    """The variant that stands for its product: the one that arrives first."""
    return product.soonest or product.variants[0]


def _text(request: HttpRequest, shop: Shopfront, title: str, text: str) -> HttpResponse:
    if not text:
        return _missing(request, shop)
    return _page(request, "store/text.html", shop, {"headline": title, "text": text})


def _missing(request: HttpRequest, shop: Shopfront | None) -> HttpResponse:
    return render(request, "store/missing.html", {"shop": shop}, status=404)


def _page(request: HttpRequest, template: str, shop: Shopfront, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {"shop": shop, **context})


urlpatterns = [
    path("store", front, name="store"),
    path("store/imprint", imprint, name="store.imprint"),
    path("store/terms", terms, name="store.terms"),
    path("c/<slug:slug>", collection, name="store.collection"),
    path("p/<path:handle>", product, name="store.product"),
]
