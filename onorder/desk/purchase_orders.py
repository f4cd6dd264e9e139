"""Purchase orders: the list, those that need a person first; one of them; and its document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypedDict

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from onorder.delivery import documents
from onorder.desk.lists import ROWS, after, as_csv, listed
from onorder.desk.purchase_order_journey import journey
from onorder.desk.purchase_order_words import MESSAGES, NEEDS, REASONS, said, told, who
from onorder.desk.rights import Right, page, rights_of
from onorder.desk.tags import STATES
from onorder.models import PurchaseOrder, Supplier
from onorder.queries.purchase_order import Answered, Detail, purchase_order
from onorder.queries.purchase_orders import NEEDY, Need, Place, PurchaseOrderRow, key_of, list_purchase_orders
from onorder.queries.stamp import stamp
from onorder.rules.lifecycle import OPEN, RECEIVABLE, PurchaseOrderState
from onorder.wording.dates import day_words

MOST_EXPORTED = 100_000
#: Chips of states; those of what is over come without a count, which would be one over everything.
OPEN_STATES = ("draft", "queued", "sent", "confirmed", "part_received", "bounced")
OVER_STATES = ("closed", "rejected", "cancelled")
_HEADER = (
    *("number", "supplier", "name", "state", "needs", "units", "outstanding", "raised_at", "sent_at"),
    *("expected_on", "last_expected_on", "orders", "orders_late", "slack_days"),
)


class _Picked(TypedDict):
    supplier: str | None
    words: str | None
    show: str


@page()
def purchase_orders(request: HttpRequest) -> HttpResponseBase:
    """Open ones first, by what they need; `?show=`, `?supplier=` and `?words=` pick some."""
    now = timezone.now()
    show = request.GET.get("show", "")
    shown = show if show in ("needs", "overdue", *OPEN_STATES, *OVER_STATES) else ""
    picked = _Picked(supplier=_named(request, "supplier"), words=_named(request, "words"), show=shown)
    if request.GET.get("as") == "csv":
        return _csv(picked, now, costs=Right.SEE_COSTS in rights_of(request.user))
    happened = stamp()
    place = after(request, (int, int))
    rows, counts = list_purchase_orders(now=now, after=Place(*place) if place else None, limit=ROWS + 1, **picked)
    here = listed(rows, request, lambda row: (int(row.need), row.id))
    return render(
        request,
        "desk/purchase_orders.html",
        {
            "listed": here,
            "rows": [(row, _(NEEDS[row.need]) if row.need in NEEDS else "") for row in here.rows],
            "counts": counts,
            "chips": [
                (state, _(STATES[state][0]), few) for state in OPEN_STATES if (few := counts.states.get(state, 0))
            ],
            "overdue": counts.needs.get(Need.OVERDUE, 0),
            "over": [(state, _(STATES[state][0])) for state in OVER_STATES],
            "picked": picked,
            "show": shown,
            "is_picked": any(picked.values()),
            "suppliers": _suppliers(),
            "stamp": happened,
        },
    )


def _named(request: HttpRequest, name: str) -> str | None:
    return request.GET.get(name, "").strip()[:200] or None


def _suppliers() -> list[tuple[str, str]]:
    """Suppliers from whom something was ever ordered."""
    ordered = PurchaseOrder.objects.values("supplier").distinct()
    return list(Supplier.objects.filter(pk__in=ordered).order_by("name", "pk").values_list("code", "name"))


def _csv(picked: _Picked, now: datetime, *, costs: bool) -> HttpResponseBase:
    header = [*_HEADER, *(["value_minor", "currency"] if costs else [])]
    return as_csv("purchase-orders", header, (_cells(row, costs) for row in islice(_all(picked, now), MOST_EXPORTED)))


def _all(picked: _Picked, now: datetime) -> Iterator[PurchaseOrderRow]:
    place = None
    while rows := list_purchase_orders(now=now, after=place, limit=500, **picked)[0]:
        yield from rows
        place = rows[-1].place


def _cells(row: PurchaseOrderRow, costs: bool) -> list[object]:
    needs = row.need.name.lower() if row.need in NEEDY else ""
    cells: list[object] = [row.number, row.supplier, row.supplier_name, str(row.state), needs, row.units]
    cells += [row.outstanding, row.raised_at.isoformat(), row.sent_at and row.sent_at.isoformat(), row.expected_on]
    cells += [row.last_expected_on, row.behind.parties, row.behind.late, row.behind.slack_days]
    return cells + ([row.value_minor, row.currency] if costs else [])


@page()
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A purchase order, who waits for it, what was said about it, and everything that can be done with it now."""
    now = timezone.now()
    happened = stamp()
    detail = purchase_order(number, now=now)
    costs = Right.SEE_COSTS in rights_of(request.user)
    return render(
        request,
        "desk/purchase_order.html",
        {
            "order": detail,
            "journey": journey(detail),
            "reason": _(REASONS[detail.reason]),
            "happened": [told(event, costs=costs) for event in detail.happened],
            "answers": [(answer, who(answer.by), _said(answer, detail, costs)) for answer in detail.answers],
            "messages_about": [(message, _(MESSAGES.get(message.kind, message.kind))) for message in detail.messages],
            "can": _can(detail),
            "now": now,
            "stamp": happened,
        },
    )


def _said(answer: Answered, detail: Detail, costs: bool) -> list[tuple[str, str, str]]:
    """What an answer says of the lines that are not simply as ordered: SKU, words, note."""
    return [
        (
            line.sku,
            said(line, day_words(line.on, detail.today) if line.on else "", costs=costs, currency=detail.currency),
            line.note,
        )
        for line in answer.differs
    ]


def _can(detail: Detail) -> dict[str, bool]:
    """What can be done with it now, by its state; whoever may not buy is offered none of it."""
    state, states = detail.state, PurchaseOrderState
    left = detail.has_left
    return {
        "approve": state == states.DRAFT,
        "send": state == states.QUEUED and bool(detail.email),
        "send_again": state == states.BOUNCED and bool(detail.email),
        "by_other_means": state in (states.QUEUED, states.BOUNCED),
        "is_by_hand": state in (states.QUEUED, states.BOUNCED) and not detail.email,
        "hold_back": state == states.QUEUED,
        "take_back": state in (states.DRAFT, states.QUEUED),
        "answer": state in (states.SENT, states.CONFIRMED, states.PART_RECEIVED),
        "dispatch": state in (states.SENT, states.CONFIRMED, states.PART_RECEIVED) and bool(detail.outstanding),
        "remind": state == states.SENT and detail.answered_at is None,
        "bounce": state == states.SENT,
        "amend": state in OPEN and bool(detail.outstanding),
        "receive": state in RECEIVABLE,
        "close_short": left and state in (states.SENT, states.CONFIRMED, states.PART_RECEIVED, states.BOUNCED),
        "cancel": left and state in (states.SENT, states.BOUNCED, states.CONFIRMED),
        "refund": detail.paid_minor > detail.refunded_minor,
    }


@page(Right.SEE_COSTS)
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The purchase order on A4, as its supplier gets it."""
    key = key_of(number)
    return _attached(documents.purchase_order_pdf(key), "application/pdf", f"{number}.pdf")


@page(Right.SEE_COSTS)
def csv(request: HttpRequest, number: str) -> HttpResponse:
    """The same for the supplier's system."""
    key = key_of(number)
    return _attached(documents.purchase_order_csv(key).encode(), "text/csv; charset=utf-8", f"{number}.csv")


def _attached(document: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(document, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


urlpatterns = [
    path("purchase-orders", purchase_orders, name="purchase-orders"),
    path("purchase-orders/<number>", one, name="purchase-orders.one"),
    path("purchase-orders/<number>/document.pdf", pdf, name="purchase-orders.pdf"),
    path("purchase-orders/<number>/document.csv", csv, name="purchase-orders.csv"),
]
