"""Purchase orders as documents: a PDF worth printing, and a CSV for the supplier's system."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery.letters import Words, clean, clean_lines, speaking
from onorder.queries import papers
from onorder.queries.papers import Paper
from onorder.rules.money import digits

_TEMPLATE = Path(__file__).parent / "templates" / "delivery" / "purchase_order.typ"

_COLUMNS = (
    "purchase_order",
    "version",
    "supplier_sku",
    "sku",
    "name",
    "quantity",
    "unit_cost",
    "total",
    "currency",
    "confirmed_on",
)


def purchase_order_pdf(purchase_order: int) -> bytes:
    """The purchase order (by primary key) as it stands now, on A4. Three statements.

    Raises:
        NotFound: there is no such purchase order.
    """
    return pdf(papers.paper(purchase_order))


def purchase_order_csv(purchase_order: int) -> str:
    """The same as comma-separated text (RFC 4180), one row for each line. Three statements.

    Raises:
        NotFound: there is no such purchase order.
    """
    return csv_text(papers.paper(purchase_order))


def pdf(paper: Paper) -> bytes:
    """The document of a purchase order.

    What is on it travels to the typesetter as data, so nothing from outside is ever markup. The fonts are those that
    the typesetter carries, and nothing is fetched: the same purchase order gives the same bytes on every machine.
    """
    with speaking((paper.shop.locale,), paper.ordered_on) as words:
        data = json.dumps(_printed(paper, words), ensure_ascii=False)
    return bytes(
        typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            ignore_system_fonts=True,
            sys_inputs={"data": data},
        )
    )


def csv_text(paper: Paper) -> str:
    """The rows of a purchase order. Money with a point and without separators, days as in ISO 8601."""
    places = digits(paper.currency)
    written = io.StringIO(newline="")
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for line in paper.lines:
        cost, total = (str(Decimal(minor).scaleb(-places)) for minor in (line.unit_cost_minor, line.total_minor))
        texts = [harmless(text) for text in (line.supplier_sku, line.sku, line.name)]
        confirmed_on = line.confirmed_on.isoformat() if line.confirmed_on else ""
        number = harmless(paper.number)
        rows.writerow([number, paper.version, *texts, line.units, cost, total, paper.currency, confirmed_on])
    return written.getvalue()


def harmless(text: str) -> str:
    """A cell that a spreadsheet shows and does not run as a formula: an apostrophe before what could start one.

    Source: OWASP, CSV Injection.

    >>> harmless('=HYPERLINK("http://example.org")'), harmless("A-1")
    ('\\'=HYPERLINK("http://example.org")', 'A-1')
    """
    starts_formula = text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    return f"'{text}" if text and starts_formula else text


def _printed(paper: Paper, words: Words) -> dict[str, Any]:
    """Everything on the page, in words."""
    number = clean(paper.number)
    return {
        "lang": words.locale.language,
        "title": _("Purchase order"),
        "number": number,
        "running": _("Purchase order %(number)s") % {"number": number},
        "page": _("Page %(page)s of %(pages)s"),
        "shop": {
            "name": clean(paper.shop.name),
            "lines": [*clean_lines(paper.shop.address), *clean_lines(paper.shop.email)],
        },
        "parties": [
            {"label": _("Supplier"), "lines": _supplier(paper)},
            {"label": _("Deliver to"), "lines": _place(paper)},
        ],
        "facts": _facts(paper, words),
        "head": [_("Your SKU"), _("Our SKU"), _("Description"), _("Quantity"), _("Unit cost"), _("Total")],
        "lines": _lines(paper, words),
        "sums": [
            [_("Units"), words.units(paper.units)],
            [_("Total"), words.money(paper.total_minor, paper.currency)],
        ],
        "stamp": _("Called off: please deliver nothing") if paper.is_called_off else "",
        "note": _request(paper),
    }


def _request(paper: Paper) -> str:
    if paper.is_called_off:
        return ""
    request = _("Please confirm by e-mail: as ordered, and on which day it arrives here; or what differs.")
    return f"{request} {clean(paper.shop.email)}".strip()


def _supplier(paper: Paper) -> list[str]:
    return [clean(paper.supplier.name), *clean_lines(paper.supplier_address), *clean_lines(paper.supplier.email)]


def _place(paper: Paper) -> list[str]:
    return list(dict.fromkeys([clean(paper.location), *clean_lines(paper.location_address)]))


def _facts(paper: Paper, words: Words) -> list[list[str]]:
    net = ngettext("%(days)s day net", "%(days)s days net", paper.net_days) % {"days": words.units(paper.net_days)}
    facts = [
        [_("Date"), words.long_day(paper.ordered_on)],
        [_("Payment terms"), net if paper.net_days else _("On delivery")],
        [_("Currency"), paper.currency],
    ]
    if paper.version:
        facts.insert(1, [_("Amendment"), _("%(number)s (replaces earlier)") % {"number": paper.version}])
    return facts


def _lines(paper: Paper, words: Words) -> list[dict[str, Any]]:
    return [
        {
            "note": _("confirmed for %(day)s") % {"day": words.day(line.confirmed_on)} if line.confirmed_on else "",
            "cells": [
                clean(line.supplier_sku),
                clean(line.sku),
                clean(line.name),
                words.units(line.units),
                words.money(line.unit_cost_minor, paper.currency),
                words.money(line.total_minor, paper.currency),
            ],
        }
        for line in paper.lines
    ]
