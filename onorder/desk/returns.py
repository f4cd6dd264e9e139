"""Returns: what is to be decided, what is on its way, what was decided; one of them; and its label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.desk.lists import ROWS, after, as_csv, cells, chips, listed, picked
from onorder.desk.return_words import STATES, WISHES, became, grounds_words
from onorder.desk.rights import page
from onorder.queries import returns as queries
from onorder.queries.returns import ReturnPage, ReturnRow, Show
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings

MOST_EXPORTED = 100_000
_HEADER = (
    *("number", "order", "customer", "sku", "product", "units", "state", "wants", "why", "requested_at", "received_at"),
    *("decided_at", "decided_why", "refunded_minor", "currency"),
)
_CHIPS = {
    Show.HERE: gettext_noop("To decide"),
    Show.ON_THE_WAY: gettext_noop("On the way"),
    Show.DECIDED: gettext_noop("Decided"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row in words. `colour` and `icon`: of its state."""

    row: ReturnRow
    state: str
    icon: str
    colour: str
    wish: str
    became: str
    grounds: list[str]


@page()
def returns(request: HttpRequest) -> HttpResponseBase:
    """Returns; `?show=` says which."""
    now, happened = timezone.now(), stamp()
    show = picked(request, Show.HERE)
    if request.GET.get("as") == "csv":
        rows = queries.return_rows(show=show, now=now, limit=MOST_EXPORTED)
        return as_csv("returns", _HEADER, (cells(row, _HEADER) for row in rows))
    place, today = after(request, (int,)), settings.current().today(now)
    found = queries.return_rows(show=show, now=now, after=place[0] if place else None, limit=ROWS + 1)
    counts = queries.counts()
    here = listed([shown(row, today) for row in found], request, lambda one: (one.row.key,))
    context = {
        "listed": here,
        "show": show,
        "chips": chips(_CHIPS, counts, Show.HERE),
        "stamp": happened,
    }
    return render(request, "desk/returns.html", context)


@page()
def one(request: HttpRequest, returned: str) -> HttpResponse:
    """One return: everything under its number, and what can be done with it."""
    now, happened = timezone.now(), stamp()
    found, today = queries.one(returned, now=now), settings.current().today(now)
    rows = [shown(row, today) for row in found.rows]
    context = {
        "found": found,
        "rows": rows,
        "wish": _(WISHES.get(found.wants, "")) if found.wants else "",
        "on_the_way": found.units("requested"),
        "grounds": list(dict.fromkeys(line for one in rows for line in one.grounds)),
        "stamp": happened,
    }
    return render(request, "desk/return.html", context)


@page()
def label(request: HttpRequest, returned: str) -> HttpResponse:
    """What goes on the parcel: where it is sent, and its number, to be read by people and by scanners."""
    found = queries.one(returned, now=timezone.now())
    return render(request, "desk/return_label.html", {"found": found, "things": things(found)})


def things(found: ReturnPage) -> list[tuple[str, int]]:
    """What is in the parcel: products and units that are on their way or, once it came, were."""
    on_the_way = [row for row in found.rows if row.state == "requested"] or found.rows
    units: dict[str, int] = {}
    for row in on_the_way:
        units[row.product] = units.get(row.product, 0) + row.units
    return list(units.items())


def shown(row: ReturnRow, today: date) -> Shown:
    """A row in words."""
    state, icon, colour = STATES[row.state]
    wish = _(WISHES[row.wants]) if row.wants else ""
    return Shown(row, _(state), icon, colour, wish, became(row), grounds_words(row.grounds, today))


urlpatterns = [
    path("returns", returns, name="orders.returns"),
    path("returns/<name:returned>", one, name="orders.returns-one"),
    path("returns/<name:returned>/label", label, name="orders.returns-label"),
]
