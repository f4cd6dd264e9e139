"""What happened to an order, as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext_lazy

from onorder.desk.tags import money, number
from onorder.queries.happened import Happened
from onorder.queries.orders import Told
from onorder.wording.dates import day_words

_PLAIN: Mapping[str, str] = {
    "placed": gettext_noop("Ordered"),
    "accepted": gettext_noop("Agreed to the dates and terms"),
    "noted": gettext_noop("Note"),
    "sent_elsewhere": gettext_noop("Goes to another address"),
    "queued_again": gettext_noop("Message sent again"),
    "came_back": gettext_noop("A message came back"),
    "borrowed": gettext_noop("Lent to it by an older order"),
    "lent": gettext_noop("Lent to a younger order"),
    "packed": gettext_noop("A parcel is packed"),
    "unpacked": gettext_noop("The packed parcel was opened again"),
    "shipped": gettext_noop("A parcel left"),
    "returned": gettext_noop("Came back"),
    "return_requested": gettext_noop("A return was asked for"),
    "return_received": gettext_noop("A return arrived, to be decided"),
    "return_refused": gettext_noop("A return was refused"),
    "tracked": gettext_noop("Tracking number noted"),
    "delivered": gettext_noop("A parcel has come"),
    "undelivered": gettext_noop("A parcel has not come after all"),
    "missing": gettext_noop("A parcel did not come, somebody says"),
    "missing_settled": gettext_noop("Settled: the parcel that did not come"),
    "held": gettext_noop("Held: no parcel leaves"),
    "released": gettext_noop("Released: its parcels go in their turn"),
    "heartbeat": gettext_noop("Told that nothing has changed"),
    "link": gettext_noop("Its customer asked for the link to it"),
    "balance_due": gettext_noop("Its customer was asked to pay"),
    "payment_reminded": gettext_noop("Reminded of the payment"),
    "nothing_due": gettext_noop("Nothing is to be paid any more"),
    "payout_noted": gettext_noop("Note about a refund"),
    "account": gettext_noop("Its customer asked for the link to all of their orders"),
}
_MONEY: Mapping[str, str] = {
    "captured": gettext_noop("%(amount)s paid"),
    "refunded": gettext_noop("%(amount)s given back"),
    "fee": gettext_noop("%(amount)s kept, as the terms say"),
    "paid_out": gettext_noop("%(amount)s paid out"),
    "payout_failed": gettext_noop("%(amount)s could not go back to the card"),
    "payout_open": gettext_noop("%(amount)s is to be paid out again"),
    "card_declined": gettext_noop("%(amount)s by card did not come"),
    "card_disputed": gettext_noop("%(amount)s by card is disputed"),
}
_UNITS: Mapping[str, Any] = {
    "cancelled": ngettext_lazy("%(n)s unit cancelled", "%(n)s units cancelled", "units"),
    "lapsed": ngettext_lazy(
        "%(n)s unit cancelled: late, and nobody agreed to wait",
        "%(n)s units cancelled: late, and nobody agreed to wait",
        "units",
    ),
    "unpaid": ngettext_lazy(
        "%(n)s unit cancelled: nobody paid for it", "%(n)s units cancelled: nobody paid for them", "units"
    ),
    "arrived": ngettext_lazy("%(n)s unit arrived for it", "%(n)s units arrived for it", "units"),
    "confirmed": ngettext_lazy(
        "%(n)s unit confirmed by its supplier", "%(n)s units confirmed by their supplier", "units"
    ),
    "on_its_way": ngettext_lazy("%(n)s unit left its maker", "%(n)s units left their maker", "units"),
    "ordered": ngettext_lazy("%(n)s unit ordered from its supplier", "%(n)s units ordered from suppliers", "units"),
    "added": ngettext_lazy("%(n)s unit added", "%(n)s units added", "units"),
    "swapped": ngettext_lazy(
        "%(n)s unit swapped for something else", "%(n)s units swapped for something else", "units"
    ),
    "replaced": ngettext_lazy("%(n)s unit is sent again", "%(n)s units are sent again", "units"),
}
_REPLIES: Mapping[str, str] = {
    "kept": gettext_noop("Its customer agreed to wait"),
    "cancelled": gettext_noop("Its customer does not wait"),
    "withdrawn": gettext_noop("Its customer waits no longer"),
}
_POLICIES: Mapping[str, str] = {
    "together": gettext_noop("Ships together"),
    "as_available": gettext_noop("Ships in parts, as it comes"),
    "up_to": gettext_noop("Ships in at most %(n)s parcels"),
}
#: Kinds of messages to customers.
MESSAGES: Mapping[str, str] = {
    "placed": gettext_noop("Order received"),
    "added": gettext_noop("Units added"),
    "swapped": gettext_noop("Something else instead"),
    "ordered": gettext_noop("Ordered for you"),
    "confirmed": gettext_noop("Confirmed by the maker"),
    "on_its_way": gettext_noop("On its way to us"),
    "delayed": gettext_noop("It takes longer"),
    "promised_anew": gettext_noop("A new day"),
    "arrived": gettext_noop("Arrived"),
    "packed": gettext_noop("Parcel packed"),
    "shipped": gettext_noop("Parcel left"),
    "delivered": gettext_noop("Parcel has come"),
    "cancelled": gettext_noop("Cancelled"),
    "lapsed": gettext_noop("Over for want of an answer"),
    "captured": gettext_noop("Payment received"),
    "balance_due": gettext_noop("To be paid"),
    "payment_reminded": gettext_noop("Payment reminder"),
    "unpaid": gettext_noop("Cancelled, not paid"),
    "refunded": gettext_noop("Money back"),
    "returned": gettext_noop("Return taken"),
    "return_requested": gettext_noop("Return asked for"),
    "return_received": gettext_noop("Return arrived"),
    "return_refused": gettext_noop("Return refused"),
    "replaced": gettext_noop("Replacement"),
    "heartbeat": gettext_noop("Sign of life"),
    "link": gettext_noop("Link to the order"),
    "account": gettext_noop("Link to all orders"),
}


def sentence(event: Happened, today: date) -> str:
    """What happened, in a few words; by whom and when stands beside it."""
    data = event.data
    if event.kind in _UNITS:
        units = _moved(event.kind, data)
        return str(_UNITS[event.kind] % {"units": units, "n": number(units)})
    if event.kind in ("delayed", "promised_anew"):
        by_hand = event.kind == "promised_anew"
        days = [line[-1] for line in data.get("lines", ()) if line and isinstance(line[-1], str)]
        if days:
            said = _("A new day, given by hand: %(day)s") if by_hand else _("Later than told: %(day)s")
            return said % {"day": day_words(date.fromisoformat(max(days)), today)}
        return _("A new day, given by hand") if by_hand else _("Later than told")
    if event.kind == "replied":
        reply = _REPLIES[data["reply"]]
        return _(reply)
    if event.kind in _MONEY:
        return _(_MONEY[event.kind]) % {"amount": money(int(data["amount_minor"]), data["currency"])}
    if event.kind == "shipping_policy":
        return policy_words(data.get("policy", ""), int(data.get("most_parcels", 1)))
    return _(_PLAIN[event.kind]) if event.kind in _PLAIN else event.kind.replace("_", " ").capitalize()


def policy_words(policy: str, most_parcels: int) -> str:
    """How an order is to ship, in words."""
    return _(_POLICIES.get(policy, policy)) % {"n": number(most_parcels)}


def _moved(kind: str, data: Mapping[str, Any]) -> int:
    """Units in an event's lines: (line, units), or (line, allocated, waiting, day) of what was added."""
    lines = data.get("lines", ())
    if kind in ("added", "swapped", "replaced"):
        return sum(int(line[1]) + int(line[2]) for line in lines)
    return sum(int(line[1]) for line in lines if len(line) > 1 and isinstance(line[1], int))


def named(messages: Iterable[Told]) -> list[tuple[str, Told]]:
    """Messages to a customer, each with what the shop calls it."""
    return [(_(MESSAGES.get(told.kind, told.kind)), told) for told in messages]
