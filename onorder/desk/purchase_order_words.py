"""What happened to purchase orders, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.desk.tags import money, number
from onorder.queries.happened import Happened
from onorder.queries.purchase_order import Said
from onorder.queries.purchase_orders import Need
from onorder.rules.lifecycle import AnswerKind, FiringReason
from onorder.wording.dates import wait_words

#: Why a buffer became a purchase order.
REASONS: Mapping[FiringReason, str] = {
    FiringReason.MINIMUM_UNITS: gettext_noop("Minimum of units reached"),
    FiringReason.MINIMUM_VALUE: gettext_noop("Minimum value reached"),
    FiringReason.DEADLINE: gettext_noop("Order day"),
    FiringReason.MAXIMUM_WAIT: gettext_noop("Somebody waited long enough"),
    FiringReason.PROMISE_AT_RISK: gettext_noop("A promise was at risk"),
    FiringReason.BY_HAND: gettext_noop("Raised by hand"),
}

#: What somebody has to do about it, where its state alone does not say so.
NEEDS: Mapping[Need, str] = {
    Need.BY_HAND: gettext_noop("Tell its supplier yourself"),
    Need.UNANSWERED: gettext_noop("Not answered in time"),
    Need.OVERDUE: gettext_noop("Overdue"),
}

#: Messages to suppliers.
MESSAGES: Mapping[str, str] = {
    "purchase_order": gettext_noop("The order"),
    "amendment": gettext_noop("An amendment"),
    "cancellation": gettext_noop("The cancellation"),
    "reminder": gettext_noop("A reminder"),
}

_KINDS: Mapping[str, str] = {
    "approved": gettext_noop("Approved"),
    "held_back": gettext_noop("Held back"),
    "bounced": gettext_noop("Bounced"),
    "dispatched": gettext_noop("Has left its supplier"),
    "reminder": gettext_noop("Reminded"),
    "queued_again": gettext_noop("Message sent again"),
    "came_back": gettext_noop("A message came back"),
}

#: Reasons that the product itself writes.
_OWN_REASONS: Mapping[str, str] = {
    "taken back before it left": "",
    "sent by other means than e-mail": "",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, as the page says it. `why`: the reason that somebody gave."""

    words: str
    by: str
    at: datetime
    why: str


def told(one: Happened, *, costs: bool) -> Told:
    """What happened, in words; amounts only for those who may see `costs`."""
    return Told(_words(one, costs=costs), who(one.by), one.at, _OWN_REASONS.get(one.why, one.why))


def short(one: Happened, now: datetime) -> str:
    """What happened, who did it and how long ago: "Approved by ben (12 minutes ago)"."""
    values = {"what": _words(one, costs=False), "by": who(one.by), "wait": wait_words(now - one.at)}
    return _("%(what)s by %(by)s (%(wait)s ago)") % values


def who(by: str) -> str:
    """Who did something: a person's name, or ours for what is done by itself."""
    return {"worker": "OnOrder", "supplier": _("the supplier")}.get(by, by)


def _words(one: Happened, *, costs: bool) -> str:
    data = one.data
    units = int(data.get("units") or 0)
    many = {"units": number(units)}
    match one.kind:
        case "raised":
            return ngettext("Raised: %(units)s unit", "Raised: %(units)s units", units) % many
        case "purchase_order":
            return _("Sent by other means") if one.why else _("Sent")
        case "amendment":
            return _("Amendment %(number)s") % data if data.get("number") else _("Changed before it was sent")
        case "closed":
            return (
                ngettext(
                    "Closed: %(units)s unit is not expected any more",
                    "Closed: %(units)s units are not expected any more",
                    units,
                )
                % many
            )
        case "cancellation":
            return _("Taken back") if one.why == "taken back before it left" else _("Cancelled")
        case "answered":
            return _answered(data)
        case "received":
            return _received(data)
        case "supplier_paid":
            return _("Paid %(amount)s") % {"amount": _amount(data)} if costs else _("Paid")
        case "supplier_refunded":
            return _("Refunded %(amount)s") % {"amount": _amount(data)} if costs else _("Refunded")
    return _(_KINDS[one.kind]) if one.kind in _KINDS else one.kind.replace("_", " ").capitalize()


def _amount(data: Mapping[str, Any]) -> str:
    return money(data["amount_minor"], data["currency"])


def _answered(data: Mapping[str, Any]) -> str:
    differ = sum(kind != AnswerKind.ACCEPTED for _sku, kind, *_rest in data.get("lines", ()))
    if not differ:
        return _("Answered: all as ordered")
    return ngettext("Answered: %(n)s line differs", "Answered: %(n)s lines differ", differ) % {"n": number(differ)}


def _received(data: Mapping[str, Any]) -> str:
    accepted, rejected = int(data.get("accepted") or 0), int(data.get("rejected") or 0)
    words = ngettext("%(n)s unit received", "%(n)s units received", accepted) % {"n": number(accepted)}
    return ", ".join((words, _("%(n)s rejected") % {"n": number(rejected)})) if rejected else words


def said(one: Said, day: str, *, costs: bool, currency: str) -> str:
    """What the supplier said to one line. `day`: the day that it named, in words."""
    units = ngettext("%(n)s unit", "%(n)s units", one.quantity) % {"n": number(one.quantity)}
    match one.kind:
        case AnswerKind.REJECTED:
            words = _("cannot deliver it")
        case AnswerKind.PARTIAL:
            words = _("%(units)s first, the rest later") % {"units": units}
        case AnswerKind.QUANTITY:
            words = units
        case AnswerKind.PRICE:
            words = _("another price")
        case AnswerKind.DATE:
            words = _("another day")
        case _:
            words = _("as ordered")
    if day and one.kind != AnswerKind.REJECTED:
        words = _("%(words)s, %(day)s") % {"words": words, "day": day}
    if one.unit_cost_minor is not None and costs:
        words = _("%(words)s at %(cost)s each") % {"words": words, "cost": money(one.unit_cost_minor, currency)}
    return words
