"""Orders: many at a glance, and one with everything that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from onorder import access
from onorder.desk.accepted_words import terms_shown
from onorder.desk.happened import named, policy_words, sentence
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.order_consent import lateness
from onorder.desk.rights import Right, page, rights_of
from onorder.queries import orders as queries
from onorder.queries.accepted import Agreement, accepted
from onorder.queries.happened import Happened
from onorder.queries.journey import journey_of
from onorder.queries.lending import CouldLend, could_lend
from onorder.queries.orders import LineRow, OrderPage, OrderRow, Show
from onorder.queries.owing import to_pay
from onorder.queries.stamp import stamp
from onorder.queue import setup as settings
from onorder.rules.accepting import AcceptedLine
from onorder.rules.lifecycle import MessageState, PayBy
from onorder.wording.reasons import explain

MOST_EXPORTED = 10_000
CHIPS = (
    (Show.OPEN, gettext_noop("Open")),
    (Show.WAITING, gettext_noop("Somebody waits")),
    (Show.BEHIND, gettext_noop("Told day has passed")),
    (Show.COMPLETE, gettext_noop("Complete, to be shipped")),
    (Show.UNPAID, gettext_noop("To be paid")),
    (Show.SHIPPED, gettext_noop("Shipped")),
    (Show.CANCELLED, gettext_noop("Cancelled")),
    (Show.ALL, gettext_noop("All")),
)
_PAYS: Mapping[str, str] = {
    PayBy.TRANSFER: gettext_noop("by bank transfer"),
    PayBy.CARD: gettext_noop("by card"),
    PayBy.AT_SHOP: gettext_noop("at the shop"),
}
_HEADER = ("order", "customer", "placed_at", "waiting", "allocated", "shipped", "cancelled", "total_minor", "currency")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as the page shows it."""

    said: str
    event: Happened


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the page shows it; `why`: how its expected day comes about."""

    line: LineRow
    why: str
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class Lends:
    """The one thing that an order waits for, and who could lend it."""

    line: LineRow
    by: CouldLend | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a customer agreed to; `lines` with their name and their terms in words."""

    agreement: Agreement
    how: str
    lines: list[tuple[str, AcceptedLine, str]]


@page()
def orders(request: HttpRequest) -> HttpResponseBase:
    """Orders, the newest first; `?show=` picks by what is left to do, `?q=` by number or customer."""
    now, happened = timezone.now(), stamp()
    asked = request.GET.get("show", "")
    words = request.GET.get("q", "").strip()[:200]
    show = Show(asked) if asked in list(Show) else Show.ALL if words else Show.OPEN
    if request.GET.get("as") == "csv":
        rows = queries.order_rows(now=now, show=show, words=words, limit=MOST_EXPORTED)
        return as_csv("orders", _HEADER, map(_cells, rows))
    place = after(request, (int,))
    found = queries.order_rows(now=now, show=show, words=words, after=place[0] if place else None, limit=ROWS + 1)
    return render(
        request,
        "desk/orders.html",
        {
            "listed": listed(found, request, lambda row: (row.key,)),
            "chips": [(name, _(label)) for name, label in CHIPS],
            "show": show,
            "words": words,
            "today": settings.current().today(now),
            "stamp": happened,
        },
    )


@page()
def one(request: HttpRequest, order: str) -> HttpResponse:
    """One order: where each unit is and will come from, its money, its messages, and everything that happened."""
    now, happened = timezone.now(), stamp()
    found = queries.one(order, now=now)
    today = settings.current().today(now)
    unsent = [told for told in found.messages if told.state == MessageState.SUPPRESSED]
    reached = [told for told in found.messages if told.state != MessageState.SUPPRESSED]
    return render(
        request,
        "desk/order.html",
        {
            "order": found,
            "lines": [_shown(line, today) for line in found.lines],
            "is_behind": any(line.slack_days is not None and line.slack_days < 0 for line in found.lines),
            "waits": found.units("waiting") > 0,
            "is_open": found.units("waiting") + found.units("allocated") > 0,
            "has_shipped": found.units("shipped") > sum(line.returned for line in found.lines),
            "how": policy_words(found.shipping_policy, found.most_parcels),
            "events": [Event(sentence(event, today), event) for event in found.happened],
            "messages_told": named(reached),
            "messages_unsent": named(unsent),
            "journey": journey_of(found, now=now),
            "customers_page": _customers_page(request, found, today),
            "lends": _lends(found, now),
            "agreed": _agreed(accepted(found.key)),
            "late": lateness(found, today, now=now),
            "to_pay": to_pay(found.key, now=now),
            "pays": _(_PAYS[found.pays_by]) if found.pays_by else "",
            "stamp": happened,
        },
    )


def _agreed(found: Agreement | None) -> Agreed | None:
    """What its customer agreed to when buying, if they were asked."""
    if found is None:
        return None
    lines = [(name, line, terms_shown(line.terms)) for name, line in found.lines]
    return Agreed(found, policy_words(found.accepted.policy, found.accepted.most_parcels), lines)


def _customers_page(request: HttpRequest, order: OrderPage, today: date) -> str:
    """The whole address of what its customer sees, for those who may do for them what can be done there."""
    if Right.SELL not in rights_of(request.user):
        return ""
    here = reverse("journey", args=[access.token(order.key, today)])
    return access.journey(order.key, today) or request.build_absolute_uri(here)


def _lends(order: OrderPage, now: datetime) -> Lends | None:
    """Who could lend what the order waits for, if that is one thing; None if it waits for nothing or for more."""
    waiting = [line for line in order.lines if line.waiting]
    if len(waiting) != 1:
        return None
    (line,) = waiting
    found = could_lend(line.line, now=now)
    return Lends(line, found if isinstance(found, CouldLend) else None)


def _shown(line: LineRow, today: date) -> ShownLine:
    places = {"waiting": line.waiting - line.on_order, "on_order": line.on_order, "allocated": line.allocated}
    places |= {"shipped": line.shipped, "cancelled": line.cancelled}
    return ShownLine(line, explain(line.expected, today) if line.expected else "", places)


def _cells(row: OrderRow) -> list[object]:
    units = [row.waiting, row.allocated, row.shipped, row.cancelled]
    return [row.number, row.customer, row.placed_at.isoformat(), *units, row.total_minor, row.currency]


urlpatterns = [path("orders", orders, name="orders"), path("orders/<name:order>", one, name="orders.one")]
