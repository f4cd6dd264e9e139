"""Suppliers: how reliable each is, and everything that the shop agreed with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions.suppliers import Policy
from onorder.desk.charts import histogram
from onorder.desk.forms import WEEKDAYS
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.policy_words import sentence
from onorder.desk.rights import Right, page, rights_of
from onorder.desk.tags import number
from onorder.queries.buffers import buffer_rows
from onorder.queries.stamp import stamp
from onorder.queries.suppliers import Happened, Place, SupplierRow, supplier_page, supplier_rows
from onorder.queue import setup as settings
from onorder.wording.dates import day_words

_BATCH = 500
_HEADER = (
    *("code", "name", "email", "half_days", "promised_days", "stated_days", "on_time", "of", "open_orders"),
    *("units_outstanding", "units_in_buffer", "orders_by", "closed_from", "closed_to"),
)
HALF, PROMISED = 0.5, 0.9


@page()
def suppliers(request: HttpRequest) -> HttpResponseBase:
    """Suppliers by name; `?words=` picks some by code or name."""
    words = request.GET.get("words", "").strip()[:200]
    if request.GET.get("as") == "csv":
        return as_csv("suppliers", _HEADER, map(_cells, _all(words)))
    now, happened = timezone.now(), stamp()
    place = after(request, (str, int))
    rows = supplier_rows(now=now, words=words, after=Place(*place) if place else None, limit=ROWS + 1)
    here = listed(rows, request, lambda row: (row.name, row.key))
    return render(
        request,
        "desk/suppliers.html",
        {
            "listed": here,
            "rows": [(row, _days(row)) for row in here.rows],
            "words": words,
            "stamp": happened,
        },
    )


@page()
def one(request: HttpRequest, supplier: str) -> HttpResponseBase:
    """One supplier: how long it takes, when it works, what it offers, and by what policy its buffer orders."""
    now, happened = timezone.now(), stamp()
    found = supplier_page(supplier, now=now)
    if request.GET.get("as") == "csv":
        counted = sorted(Counter(found.days).items())
        return as_csv(f"deliveries-{supplier}", ("working_days", "deliveries"), counted)
    setup = settings.current()
    lead = found.row.lead
    days = _days(found.row)
    standing = setup.supplier_terms.get(found.row.key)
    return render(
        request,
        "desk/supplier.html",
        {
            "found": found,
            "row": found.row,
            "days": days,
            "chart": histogram(found.days, *days) if days else None,
            "is_sure": lead is not None and lead.is_confident,
            "rule": sentence(Policy(**found.policy), found.currency, costs=Right.SEE_COSTS in rights_of(request.user)),
            "works": _works(found.weekdays),
            "buffers": buffer_rows(now=now, suppliers=[supplier]),
            "has_terms": standing is not None,
            "answered_within": ceil(found.answers.half_days or 0.5) if found.answers.answered else 0,
            "happened": [(event, _said(event, setup.today(now))) for event in found.happened],
            "stamp": happened,
        },
    )


def _days(row: SupplierRow) -> tuple[int, int] | None:
    """Working days within which half its deliveries come, and which customers are promised."""
    return (row.lead.whole_days(HALF), row.lead.whole_days(PROMISED)) if row.lead else None


def _works(weekdays: str) -> str:
    if weekdays == "01234":
        return _("Monday to Friday")
    if weekdays == "0123456":
        return _("Every day")
    return ", ".join(str(WEEKDAYS[int(day)][1]) for day in weekdays)


def _said(event: Happened, today: date) -> str:
    """An event of a supplier in a sentence."""
    data = event.data

    def days() -> dict[str, str]:
        first, last = (day_words(date.fromisoformat(str(data[name])), today) for name in ("first_on", "last_on"))
        return {"first": first, "last": last}

    if event.kind == "closure":
        return _("Closed from %(first)s to %(last)s") % days()
    if event.kind == "open_again":
        return _("Works from %(first)s to %(last)s after all") % days()
    if event.kind == "rolled_over":
        units = int(data.get("units", 0))
        said = ngettext("Its buffer of %(n)s unit rolled over", "Its buffer of %(n)s units rolled over", units)
        return said % {"n": number(units)}
    return {
        "policy_changed": _("Its policy was changed"),
        "details_changed": _("Its details were changed"),
        "terms_changed": _("Its backorder terms were set"),
        "held": _("Its buffer was held"),
        "let_go": _("Its buffer was let go"),
    }.get(event.kind, event.kind.replace("_", " ").capitalize())


def _all(words: str) -> Iterator[SupplierRow]:
    now, place = timezone.now(), None
    while rows := supplier_rows(now=now, words=words, after=place, limit=_BATCH):
        yield from rows
        place = Place(rows[-1].name, rows[-1].key)


def _cells(row: SupplierRow) -> Sequence[object]:
    half, promised = _days(row) or (None, None)
    first, last = row.closed or (None, None)
    return [
        *(row.code, row.name, row.email, half, promised, row.stated_days, row.on_time.kept, row.on_time.owed),
        *(row.open_orders, row.outstanding, row.buffered, row.due_at and row.due_at.isoformat(), first, last),
    ]


urlpatterns = [
    path("suppliers", suppliers, name="suppliers"),
    path("suppliers/<name:supplier>", one, name="suppliers.one"),
]
