"""Buffers: what stands in each supplier's, how far it is from its minimum, and when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import onorder.desk.names  # noqa: F401  The converter of the addresses below.
from onorder.actions import purchasing
from onorder.desk.done import done
from onorder.desk.lists import as_csv
from onorder.desk.rights import Right, back, does, page, rights_of
from onorder.desk.tags import number
from onorder.errors import BadInput
from onorder.queries.buffers import BufferRow, buffer_rows
from onorder.queries.stamp import stamp

SHOWN = ("due", "full", "filling", "held")
LONGEST_HOLD_DAYS = 60
#: A purchase order that somebody raises by hand can be taken back for so long, whatever the supplier's policy.
UNDO = timedelta(minutes=5)
_BEYOND = 1.08  # The bar ends so far beyond its largest mark.


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on a bar, as a share of a hundred; `anchor`: how its words stand there without leaving the bar."""

    at: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A buffer as lengths of a track, as shares of a hundred. Marks are None where there is nothing to mark."""

    before_today: str
    filled: str
    have: int
    scale: int
    minimum: Mark | None
    next_break: Mark | None


@dataclass(frozen=True, slots=True)
class Card:
    """A buffer as the page shows it. `standing` is one of SHOWN."""

    row: BufferRow
    bar: Bar
    standing: str


@page()
def buffers(request: HttpRequest) -> HttpResponseBase:
    """A card a supplier, what fires next first; `?show=` picks those that are due, full, filling or held."""
    now = timezone.now()
    happened = stamp()
    cards = [card_of(row, now) for row in buffer_rows(now=now)]
    show = request.GET.get("show", "")
    picked = [card for card in cards if show not in SHOWN or card.standing == show]
    if request.GET.get("as") == "csv":
        return _csv(picked, costs=Right.SEE_COSTS in rights_of(request.user))
    return render(
        request,
        "desk/buffers.html",
        {
            "cards": picked,
            "chips": [(name, few) for name in SHOWN if (few := sum(card.standing == name for card in cards))],
            "show": show if show in SHOWN else "",
            "units": sum(card.row.units for card in cards),
            "at_risk": sum(card.row.at_risk for card in cards),
            "in_all": len(cards),
            "now": now,
            "stamp": happened,
        },
    )


@does(Right.BUY)
def raise_now(request: HttpRequest, supplier: str) -> HttpResponse:
    """Order what waits in a buffer now, whatever its policy says."""
    location = request.POST.get("location") or None
    raised = purchasing.raise_order(
        supplier, location=location, undo=UNDO, by=request.user.get_username(), now=timezone.now()
    )
    assert raised.number
    units = ngettext("%(n)s unit", "%(n)s units", raised.units) % {"n": number(raised.units)}
    if raised.state == "draft":
        said = _("{number} is raised: {units}. Somebody has to approve it.")
    else:
        said = _("{number} is raised: {units}. It leaves in a few minutes.")
    undo = reverse("purchase-orders.take-back", args=[raised.number])
    url = reverse("purchase-orders.one", args=[raised.number])
    link = format_html('<a href="{}">{}</a>', url, raised.number)
    return done(request, format_html(said, number=link, units=units), undo=undo, to=back(request))


@page(Right.BUY)
def ask_hold(request: HttpRequest, supplier: str) -> HttpResponse:
    """For how long, and why, a buffer is to be held."""
    found = buffer_rows(now=timezone.now(), suppliers=[supplier])
    return render(request, "desk/buffer_hold.html", {"supplier": supplier, "row": found[0] if found else None})


@does(Right.BUY)
def hold(request: HttpRequest, supplier: str) -> HttpResponse:
    """Keep a buffer from firing for some days, or (no days) let it go again."""
    asked, now, by = request.POST.get("days", ""), timezone.now(), request.user.get_username()
    if not asked:
        purchasing.hold(supplier, until=None, why="", by=by, now=now)
        return done(request, _("It fires again by its policy."), to=reverse("buffers"))
    days = int(asked) if asked.isdecimal() else 0
    if not 1 <= days <= LONGEST_HOLD_DAYS:
        raise BadInput(
            what="Hold",
            problem="{days} is not a number of days",
            remedy="Give 1 to {most} days.",
            days=asked[:20],
            most=LONGEST_HOLD_DAYS,
        )
    purchasing.hold(supplier, until=now + timedelta(days=days), why=request.POST.get("why", "")[:200], by=by, now=now)
    said = ngettext("It is held for %(n)s day.", "It is held for %(n)s days.", days) % {"n": days}
    return done(request, said, undo=reverse("buffers.hold", args=[supplier]), to=reverse("buffers"))


def card_of(row: BufferRow, now: datetime) -> Card:
    """A buffer as pages show it: its bar, and how it stands."""
    return Card(row, _bar(row), _standing(row, now))


def _standing(row: BufferRow, now: datetime) -> str:
    if row.held_until and row.held_until > now:
        return "held"
    if row.would != "wait":
        return "due"
    return "full" if row.is_full else "filling"


def _bar(row: BufferRow) -> Bar:
    by_units = row.minimum_units > 0 or not row.minimum_value_minor
    have, minimum = (row.units, row.minimum_units) if by_units else (row.value_minor, row.minimum_value_minor)
    further = row.units + row.next_break.units if by_units and row.next_break else 0
    if further > 3 * max(have, minimum):
        further = 0  # Too far away to be worth a place on the bar; the sentence beside it says it.
    scale = max(have, minimum, further) * _BEYOND
    before = have * (1 - row.units_today / row.units)
    return Bar(
        before_today=f"{100 * before / scale:.1f}%",
        filled=f"{100 * have / scale:.1f}%",
        have=have,
        scale=round(scale),
        minimum=_mark(minimum, scale),
        next_break=_mark(further, scale),
    )


def _mark(of: int, scale: float) -> Mark | None:
    if not of:
        return None
    at = 100 * of / scale
    return Mark(f"{at:.1f}%", "end" if at > 75 else "start" if at < 25 else "middle")


def _csv(cards: list[Card], *, costs: bool) -> HttpResponseBase:
    header = ["supplier", "name", "location", "units", "minimum_units", "orders", "at_risk", "oldest_at", "due_at"]
    header += ["purchase_units", "surplus", "standing", *(["value_minor", "currency"] if costs else [])]
    return as_csv(
        "buffers",
        header,
        (
            [*(getattr(card.row, name) for name in header[:11]), card.standing]
            + ([card.row.value_minor, card.row.currency] if costs else [])
            for card in cards
        ),
    )


urlpatterns = [
    path("buffers", buffers, name="buffers"),
    path("buffers/<name:supplier>/raise", raise_now, name="buffers.raise"),
    path("buffers/<name:supplier>/hold-for", ask_hold, name="buffers.ask-hold"),
    path("buffers/<name:supplier>/hold", hold, name="buffers.hold"),
]
