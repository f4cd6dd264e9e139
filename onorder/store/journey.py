"""An order as whoever placed it follows it: by a signed link, without an account, so that nobody has to call."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onorder import access
from onorder.look.tags import number
from onorder.models import Shop
from onorder.queries.choices import Choices, choices
from onorder.queries.consents import of_order
from onorder.queries.journey import JourneyParcel, journey_of
from onorder.queries.orders import OrderPage, Told
from onorder.queries.owing import left_to_pay, to_pay
from onorder.rules.lifecycle import MessageState, PayBy
from onorder.rules.second_thoughts import Allowed, Verdict
from onorder.rules.second_thoughts import Why as Reason
from onorder.store import journey_words as words
from onorder.store.arriving import may_miss, may_say_it_came
from onorder.store.links import Followed, done_here, followed
from onorder.store.payments import ToPay, way_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A parcel, and why it comes on its day; whether its customer may say that it has come, or that it has not."""

    parcel: JourneyParcel
    why: str
    may_come: bool
    may_miss: bool


@require_safe
@followed
def journey(request: HttpRequest, found: Followed) -> HttpResponse:
    """Everything about an order that its customer wants to know. Twenty-two statements, however long it is; four more
    where a law holds."""
    order = found.order
    seen = journey_of(order, now=found.now)
    may = choices(order, now=found.now)
    asked = _asked(found)
    answer = render(
        request,
        "store/journey.html",
        {
            "order": order,
            "token": found.token,
            "headline": words.headline(seen, found.today),
            "lead": words.lead(seen, found.today, is_held=order.held_at is not None, is_asked=bool(asked)),
            "parcels": [_shown(parcel, found) for parcel in seen.parcels],
            "cancelled": seen.cancelled,
            "may": may,
            "acts": _acts(found, may),
            "asked": asked,
            "stays": _stays(may),
            "told": _told(order),
            "to_pay": to_pay(order.key, now=found.now),
            "left_minor": _left(order),
            "bank": _bank(order),
            "pay": reverse("store.pay", args=[access.token(order.key, found.today, access.Purpose.PAY)]),
            "writing": found.url("journey.messages"),
            "done": _done(*done_here(request, order)),
        },
    )
    answer["Referrer-Policy"] = "same-origin"  # Its own forms say where they come from.
    return answer


def _shown(parcel: JourneyParcel, found: Followed) -> Shown:
    return Shown(parcel, words.why(parcel, found.today), may_say_it_came(parcel), may_miss(parcel, found))


def _left(order: OrderPage) -> int:
    """What is open of an order that may leave before it is paid, if anything is known of its money."""
    knows = order.pays_by == PayBy.AT_SHOP or (order.captured_minor and not order.pays_by)
    return max(left_to_pay(order.key), 0) if knows else 0


def _bank(order: OrderPage) -> list[tuple[str, str]]:
    """What whoever transfers has to know; nothing of an order that is paid another way."""
    way = way_of(order.pays_by)
    shop = Shop.objects.filter(pk=1).first() if way and order.pays_by == PayBy.TRANSFER else None
    return list(way.details(ToPay(order.key, order.number, 1, order.currency, ""), shop)) if way and shop else []


def _acts(found: Followed, may: Choices) -> list[tuple[str, str, str]]:
    """What can be changed: where that is asked, its icon, and what it is called."""
    acts = []
    if may.may_move:
        acts.append((found.url("journey.address"), "map-pin", _("Change the address")))
    if may.other_way:
        joins = may.other_way[1] == 1 and may.other_way[0] == "together"
        acts.append(
            (found.url("journey.parcels"), "package", _("Send it in one parcel") if joins else _("Send it in parts"))
        )
    if may.may_cancel:
        acts.append((found.url("journey.cancel"), "x", _("Cancel some or all of it")))
    if any(line.shipped > line.returned for line in found.order.lines):
        back = access.token(found.order.key, found.today, access.Purpose.RETURN)
        acts.append((reverse("store.return", args=[back]), "undo-2", _("Send something back")))
    return acts


def _asked(found: Followed) -> str:
    """Where they answer whether they wait for what is late; empty if nobody waits for an answer."""
    if not any(asked.is_open for asked in of_order(found.order.key, now=found.now).values()):
        return ""
    return reverse("store.delay", args=[access.token(found.order.key, found.today, access.Purpose.DELAY)])


def _stays(may: Choices) -> str:
    """Why nothing, or not everything, can be cancelled; empty if it can."""
    return " ".join(dict.fromkeys(why_not(stays) for one in may.products if (stays := one.stays) is not None))


def why_not(stays: Allowed) -> str:
    """Why something cannot be cancelled here."""
    if stays.verdict == Verdict.EXCHANGE:
        return _("What was ordered for you already can be exchanged, not cancelled: write to us.")
    if stays.why == Reason.BOUGHT:
        return _("What was ordered for you already can no longer be cancelled.")
    return _("As agreed when you ordered, some of it cannot be cancelled.")


def _told(order: OrderPage) -> list[tuple[str, Told]]:
    """What we wrote, the newest first: what about and when; the words are in their mailbox."""
    sent = (MessageState.SENT, MessageState.QUEUED, MessageState.GATHERED)
    once = {(told.kind, told.at): told for told in reversed(order.messages) if told.state in sent}  # By two ways, once.
    return [(_(words.MESSAGES.get(told.kind, "About your order")), told) for told in reversed(once.values())]


def _done(what: str, units: int) -> str:
    if what == "cancelled":
        said = ngettext(
            "%(n)s item is cancelled. We have sent you a mail about it.",
            "%(n)s items are cancelled. We have sent you a mail about it.",
            units,
        )
        return said % {"n": number(units)}
    return {
        "messages": _("From now on we write to you like this."),
        "moved": _("What is still to come goes to the new address."),
        "together": _("What is still to come now comes in one parcel."),
        "parts": _("What is still to come now comes in parts, as it is ready."),
        "came": _("Thank you for telling us. We hope that it is what you waited for."),
        "missing": _("Thank you for telling us. A person looks for it, and writes to you."),
    }.get(what, "")


urlpatterns = [path("j/<str:token>", journey, name="journey")]
