"""The catalogue: what the shop sells, how much of it is here, and what customers read of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.rights import page
from onorder.desk.tags import number
from onorder.models import Supplier
from onorder.queries.availability import Availability
from onorder.queries.catalogue import SHOWN, CatalogueRow, Picked
from onorder.queries.catalogue import catalogue as rows_of
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings
from onorder.rules.lifecycle import Accept
from onorder.wording.dates import day_words
from onorder.wording.refusals import said

_BATCH = 1_000
_HEADER = (
    *("sku", "name", "barcode", "here", "free", "waiting", "on_order", "sold_without_stock", "cap", "availability"),
    *("price_minor", "currency", "supplier"),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """Availability as customers read it, the tint of the state that it is, and what a buyer wants to know beside it."""

    words: str
    tint: str
    beside: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as the page shows it."""

    row: CatalogueRow
    offered: Offered


@page()
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """What the shop sells, by SKU; `?words=`, `?show=` and `?supplier=` pick some of it."""
    now = timezone.now()
    today = settings.current().today(now)
    show = request.GET.get("show", "")
    picked = Picked(
        words=request.GET.get("words", "").strip()[:200],
        show=show if show in SHOWN else "",
        supplier=request.GET.get("supplier", ""),
    )
    if request.GET.get("as") == "csv":
        return as_csv("catalogue", _HEADER, (_cells(row, today) for row in _all(picked)))
    happened = stamp()
    place = after(request, (str,))
    rows = rows_of(now=now, picked=picked, after=place[0] if place else "", limit=ROWS + 1)
    here = listed([_shown(row, today) for row in rows], request, lambda shown: (shown.row.sku,))
    return render(
        request,
        "desk/catalogue.html",
        {
            "listed": here,
            "picked": picked,
            "chips": _chips(),
            "suppliers": Supplier.objects.order_by("name", "pk").values_list("code", "name"),
            "stamp": happened,
        },
    )


def offered(of: Availability, accept: Accept, cap: int | None, today: date) -> Offered:
    """What customers read of a SKU."""
    if of.free:
        further = _("then not sold") if of.why_not else _("then without stock")
        return Offered(_("In stock"), "shipped", further)
    if of.promise:
        limit = _("at most %(cap)s may wait") % {"cap": number(cap)} if cap is not None else ""
        return Offered(_("Ships %(day)s") % {"day": day_words(of.promise.on, today)}, "waiting", limit)
    if accept == Accept.NEVER:
        return Offered(_("Not sold"), "closed", _("none is here"))
    if of.sellable == 0:
        return Offered(_("Not sold"), "closed", _("no more than %(cap)s may wait") % {"cap": number(cap)})
    return Offered(_("Not sold"), "closed", said(of.why_not))


def _chips() -> list[tuple[str, str]]:
    return [
        (Accept.ALWAYS, _("Sold without stock")),
        (Accept.CAPPED, _("Up to a cap")),
        (Accept.NEVER, _("Never without stock")),
        ("waiting", _("Somebody waits")),
        ("no_supplier", _("No supplier")),
    ]


def _shown(row: CatalogueRow, today: date) -> Shown:
    return Shown(row, offered(row.availability, row.accept, row.cap, today))


def _all(picked: Picked) -> Iterator[CatalogueRow]:
    last = ""
    while rows := rows_of(now=timezone.now(), picked=picked, after=last, limit=_BATCH):
        yield from rows
        last = rows[-1].sku


def _cells(row: CatalogueRow, today: date) -> list[object]:
    shown = offered(row.availability, row.accept, row.cap, today)
    words = f"{shown.words}: {shown.beside}" if shown.tint == "closed" else shown.words
    said = asdict(row) | {"on_order": row.incoming, "sold_without_stock": row.accept.value, "availability": words}
    return [said[name] for name in _HEADER]


urlpatterns = [
    path("catalogue", catalogue, name="catalogue"),
]
