"""The journey of a purchase order, from the buffer to the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.desk.purchase_order_words import REASONS, who
from onorder.desk.tags import number
from onorder.queries.purchase_order import Answered, Detail
from onorder.rules.lifecycle import PurchaseOrderState
from onorder.wording.dates import day_words


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the journey. `how`: "done", "now", "bad", or "" for what is still to come."""

    name: str
    on: date | datetime | None
    words: str
    how: str


def journey(detail: Detail) -> list[Step]:
    """Raised, approved, sent, answered, on its way, due, received; or how it ended before."""
    state, states = detail.state, PurchaseOrderState
    is_off = state in (states.CANCELLED, states.REJECTED)
    steps = [Step(_("Raised"), detail.raised_at, _(REASONS[detail.reason]), "done"), _leaving(detail)]
    if detail.has_left:
        reached = "" if state == states.BOUNCED else "done"
        words = _("it did not reach them") if state == states.BOUNCED else _how_sent(detail)
        steps.append(Step(_("Sent"), detail.sent_at, words, reached or "bad"))
    elif not is_off:
        steps.append(Step(_("Sent"), None, _("to %(email)s") % {"email": detail.email} if detail.email else "", ""))
    if is_off:
        name = _("Cancelled") if state == states.CANCELLED else _("Rejected")
        return [*(step for step in steps if step.how), Step(name, detail.closed_at, "", "bad")]
    return [*steps, _answer(detail), *_on_its_way(detail), _due(detail), _receipt(detail)]


def _on_its_way(detail: Detail) -> list[Step]:
    """That it has left the supplier, where they said so."""
    if not detail.dispatched_on:
        return []
    return [Step(_("On its way"), detail.dispatched_on, ", ".join(detail.tracking), "done")]


def _leaving(detail: Detail) -> Step:
    if detail.state == PurchaseOrderState.DRAFT:
        return Step(_("Approved"), None, _("somebody has to approve it"), "now")
    approved = next((event for event in detail.happened if event.kind == "approved"), None)
    words = _("approved by %(name)s") % {"name": who(approved.by)} if approved else _("nobody had to approve it")
    if detail.state == PurchaseOrderState.QUEUED:
        if not detail.email:
            return Step(_("Queued"), detail.send_at, _("no e-mail address: tell them yourself"), "now")
        return Step(_("Queued"), detail.send_at, _("leaves then"), "now")
    if detail.state == PurchaseOrderState.CANCELLED and not detail.has_left:
        return Step(_("Queued"), None, _("it never left"), "")
    return Step(
        _("Approved") if approved else _("Queued"), approved.at if approved else detail.raised_at, words, "done"
    )


def _how_sent(detail: Detail) -> str:
    last = next((event for event in detail.happened if event.kind == "purchase_order"), None)
    return _("by other means") if last and last.why else _("to %(email)s") % {"email": detail.email}


def _answer(detail: Detail) -> Step:
    if detail.answered_at:
        words = _answer_words(detail.answers[0]) if detail.answers else ""
        return Step(_("Answered"), detail.answered_at, words, "done")
    if detail.awaited_days is None:
        is_past = detail.state in (PurchaseOrderState.PART_RECEIVED, PurchaseOrderState.CLOSED)
        return Step(_("Answered"), None, _("it came without one") if is_past else "", "done" if is_past else "")
    words = ngettext("awaited for %(n)s working day", "awaited for %(n)s working days", detail.awaited_days)
    words = words % {"n": number(detail.awaited_days)}
    if detail.reminded_at:
        words += _(", reminded")
    return Step(_("Answered"), None, words, "bad" if detail.is_unanswered else "now")


def _answer_words(answer: Answered) -> str:
    if not (differ := len(answer.differs)):
        return _("all as ordered")
    return ngettext("%(n)s line differs", "%(n)s lines differ", differ) % {"n": number(differ)}


def _due(detail: Detail) -> Step:
    if detail.state == PurchaseOrderState.CLOSED:
        days = [line.confirmed_on for line in detail.lines if line.confirmed_on]
        return Step(_("Due"), max(days, default=None), "", "done")
    words = _("as they confirmed") if detail.is_confirmed else _("as their deliveries usually take")
    if detail.is_overdue:
        words = _("later than they confirmed")
    if (last := detail.last_expected_on) and last != detail.expected_on:
        words = _("%(words)s; the last on %(day)s") % {"words": words, "day": day_words(last, detail.today)}
    is_awaited = detail.state in (PurchaseOrderState.CONFIRMED, PurchaseOrderState.PART_RECEIVED)
    return Step(_("Due"), detail.expected_on, words, "bad" if detail.is_overdue else "now" if is_awaited else "")


def _receipt(detail: Detail) -> Step:
    is_closed = detail.state == PurchaseOrderState.CLOSED
    words = ""
    if detail.received or is_closed:
        values = {"n": number(detail.received), "of": number(detail.units + sum(ln.over for ln in detail.lines))}
        words = _("%(n)s of %(of)s units") % values
    return Step(_("Received"), detail.closed_at if is_closed else None, words, "done" if is_closed else "")
