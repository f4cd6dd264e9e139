"""Search: one field for orders, customers, SKUs, purchase orders and barcodes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from onorder.desk.rights import page
from onorder.queries.search import Hit, Kind
from onorder.queries.search import search as find

#: Where each kind of thing is shown. What has no page is not looked for.
SHOWN_AT: dict[Kind, Callable[[str], str]] = {
    Kind.ORDER: lambda name: reverse("orders.one", args=[name]),
    Kind.CUSTOMER: lambda key: reverse("customers.one", args=[key]),
    Kind.PURCHASE_ORDER: lambda name: reverse("purchase-orders.one", args=[name]),
    Kind.VARIANT: lambda name: reverse("catalogue.one", args=[name]),
    Kind.SUPPLIER: lambda name: reverse("suppliers.one", args=[name]),
}


@page()
def search(request: HttpRequest) -> HttpResponse:
    """What the words of `?q=` name: the one thing at once if it is named exactly, else everything near it."""
    words = request.GET.get("q", "").strip()[:200]
    hits = find(words, SHOWN_AT.keys()) if words else []
    if len(hits) == 1 and hits[0].is_exact:
        return redirect(_url(hits[0]))
    return render(request, "desk/search.html", {"searched": words, "found": [(hit, _url(hit)) for hit in hits]})


def _url(hit: Hit) -> str:
    return SHOWN_AT[hit.kind](hit.name)


urlpatterns = [path("search", search, name="search")]
