"""Messages: every kind that leaves, with a look at a real one; what did not get through; and a mail to test with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.actions import messages as acts
from onorder.delivery import mail, to_customers, to_suppliers
from onorder.delivery.examples import Example, example
from onorder.desk import links
from onorder.desk.done import done
from onorder.desk.rights import Right, back, does, page, rights_of
from onorder.errors import BadInput, NotFound
from onorder.models import Shop
from onorder.queries.outbox import latest, outbox
from onorder.rules.lifecycle import MessageState

#: What each kind of message is called, and when it is sent.
KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "placed": (gettext_noop("Order received"), gettext_noop("When a customer has ordered.")),
        "added": (gettext_noop("Added to an order"), gettext_noop("When something is added to an order.")),
        "ordered": (gettext_noop("On order"), gettext_noop("When what they wait for is ordered from its supplier.")),
        "delayed": (gettext_noop("Delay"), gettext_noop("When the day that they were told cannot be kept.")),
        "arrived": (gettext_noop("Arrived"), gettext_noop("When what they waited for is here and set aside.")),
        "shipped": (gettext_noop("Parcel on its way"), gettext_noop("When a parcel leaves.")),
        "cancelled": (gettext_noop("Cancelled"), gettext_noop("When some or all of an order is cancelled.")),
        "refunded": (gettext_noop("Money back"), gettext_noop("When money is paid back.")),
        "returned": (gettext_noop("Return received"), gettext_noop("When something that came back is booked.")),
        "purchase_order": (gettext_noop("Purchase order"), gettext_noop("When it leaves, as PDF and CSV.")),
        "amendment": (gettext_noop("Amendment"), gettext_noop("When a purchase order that was sent changes.")),
        "cancellation": (
            gettext_noop("Cancellation"),
            gettext_noop("When the rest of a purchase order is called off."),
        ),
        "reminder": (gettext_noop("Reminder"), gettext_noop("When a purchase order was not confirmed in time.")),
    }
)
#: The mail's own styles stand in it; nothing else may, and it may run nothing. In a frame of ours, and nowhere else.
_PREVIEW_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
_MOST = 50


@page()
def messages(request: HttpRequest) -> HttpResponse:
    """Every kind of message, and what has not got through."""
    shown = _shown(request)
    last = latest(shown)
    rows = [(kind, _(KINDS[kind][0]), _(KINDS[kind][1]), kind in last) for kind in shown]
    context = {
        "both": [
            (_("To customers"), [row for row in rows if row[0] in to_customers.KINDS]),
            (_("To suppliers"), [row for row in rows if row[0] in to_suppliers.KINDS]),
        ],
        "failed": _named(request, MessageState.FAILED),
        "queued": _named(request, MessageState.QUEUED),
        "is_mail_set_up": links.is_mail_set_up(),
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
    return render(request, "desk/messages.html", context)


@page()
def one(request: HttpRequest, kind: str) -> HttpResponse:
    """A real message of this kind, as its recipient reads it: with its looks, and as plain text."""
    found = _example(request, kind)
    context = {
        "kind": kind,
        "name": _(KINDS[kind][0]),
        "when": _(KINDS[kind][1]),
        "found": found,
        "preview": mail.preview(found.news) if found else None,
    }
    return render(request, "desk/message.html", context)


@page()
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """The message alone, for the frame of the page before."""
    found = _example(request, kind)
    if found is None:
        raise NotFound(what="message", name=kind)
    answer = HttpResponse(mail.preview(found.news).html)
    answer["Content-Security-Policy"] = _PREVIEW_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@does(Right.SELL)
def send_again(request: HttpRequest, key: str) -> HttpResponse:
    """Have one message that failed delivered after all."""
    number = int(key) if key.isdecimal() else 0
    acts.queue_again([number], by=request.user.get_username(), now=timezone.now())
    return done(request, _("It is sent again within a minute."), to=back(request))


@does(Right.SELL)
def send_all_again(request: HttpRequest) -> HttpResponse:
    """Have every message that failed delivered after all, but those that were overtaken."""
    again = acts.queue_again(by=request.user.get_username(), now=timezone.now())
    queued, overtaken = len(again.queued), len(again.overtaken)
    said = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", queued) % {"n": queued}
    if overtaken:
        stay = ngettext("%(n)s stays: it is overtaken.", "%(n)s stay: they are overtaken.", overtaken)
        said = f"{said} {stay % {'n': overtaken}}"
    return done(request, said, to=reverse("settings.messages"))


@does(Right.PEOPLE)
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail to oneself, now, and say what the mail server says."""
    to = request.user.email  # type: ignore[union-attr]
    if not to:
        raise BadInput(what="Your account", problem="has no e-mail address", remedy="Give one in your account.")
    shop = Shop.objects.filter(pk=1).values_list("name", flat=True).first() or "OnOrder"
    text = _("If you read this, mail leaves %(shop)s as it should.") % {"shop": shop}
    try:
        EmailMessage(subject=_("A test from %(shop)s") % {"shop": shop}, body=text, to=[to]).send()
    except Exception as refusal:
        raise BadInput(
            what="The mail server",
            problem="{said}",
            remedy="Look at ONORDER_EMAIL_URL, and that the server can be reached.",
            said=f"{type(refusal).__name__}: {refusal}"[:300],
        ) from refusal
    where = _("to %(to)s") if links.is_mail_set_up() else _("into the folder mailbox, for %(to)s")
    said = _("A test mail went %(where)s.") % {"where": where % {"to": to}}
    return done(request, said, to=reverse("settings.messages"))


def _shown(request: HttpRequest) -> list[str]:
    """What suppliers are told is full of costs."""
    costs = Right.SEE_COSTS in rights_of(request.user)
    return [*to_customers.KINDS, *(to_suppliers.KINDS if costs else ())]


def _example(request: HttpRequest, kind: str) -> Example | None:
    if kind not in _shown(request):
        raise NotFound(what="kind of message", name=kind)
    return example(kind)


def _named(request: HttpRequest, state: MessageState) -> list[tuple[str, object]]:
    rows = outbox(state=state, limit=_MOST)
    return [(_(KINDS[row.kind][0]) if row.kind in KINDS else row.kind, row) for row in rows]


urlpatterns = [
    path("settings/messages", messages, name="settings.messages"),
    path("settings/messages/test", test_mail, name="settings.test-mail"),
    path("settings/messages/again", send_all_again, name="settings.send-all-again"),
    path("settings/messages/<key>/again", send_again, name="settings.send-again"),
    path("settings/messages/<kind>", one, name="settings.message"),
    path("settings/messages/<kind>/preview", preview, name="settings.message-preview"),
]
