"""Messages: every kind that leaves; what did not get through; and a mail to test with."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions import messages as acts
from onorder.delivery import to_customers, to_suppliers
from onorder.desk import links
from onorder.desk.done import done
from onorder.desk.message_words import KINDS, language_name, shown
from onorder.desk.rights import Right, back, does, page
from onorder.errors import BadInput
from onorder.models import Shop
from onorder.queries.messages import own_texts
from onorder.queries.outbox import MessageRow, outbox
from onorder.queries.shop import message_ways
from onorder.rules.lifecycle import MessageState

_MOST = 50


@page()
def messages(request: HttpRequest) -> HttpResponse:
    """Every kind of message, and what has not got through."""
    own = own_texts()
    rows = [
        (kind, _(KINDS[kind][0]), _(KINDS[kind][1]), ", ".join(language_name(one) for one in sorted(own.get(kind, ()))))
        for kind in shown(request.user)
    ]
    failed = _named(MessageState.FAILED, MessageState.BOUNCED)
    context = {
        "both": [
            (_("To customers"), [row for row in rows if row[0] in to_customers.KINDS]),
            (_("To suppliers"), [row for row in rows if row[0] in to_suppliers.KINDS]),
        ],
        "failed": failed,
        "has_failed": any(row.state == MessageState.FAILED for _name, row in failed),
        "queued": [*_named(MessageState.QUEUED), *_named(MessageState.WAITING)],  # Each by an index of its own.
        "ways": message_ways() if Shop.objects.exists() else None,
        "is_mail_set_up": links.is_mail_set_up(),
        "has_links": bool(settings.PUBLIC_URL),
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
    return render(request, "desk/messages.html", context)


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


def _named(*states: MessageState) -> list[tuple[str, MessageRow]]:
    rows = outbox(states=states, limit=_MOST)
    return [(_(KINDS[row.kind][0]) if row.kind in KINDS else row.kind, row) for row in rows]


urlpatterns = [
    path("settings/messages", messages, name="settings.messages"),
    path("settings/messages/test", test_mail, name="settings.test-mail"),
    path("settings/messages/again", send_all_again, name="settings.send-all-again"),
    path("settings/messages/<key>/again", send_again, name="settings.send-again"),
]
