"""One row of the queue, opened: why that day, what its customer knows, and what can be done."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from onorder.desk.happened import named, policy_words
from onorder.desk.rights import page
from onorder.queries import orders
from onorder.queries.lending import CouldLend, could_lend
from onorder.queries.queue import order_of
from onorder.queue import setup as settings
from onorder.rules.lifecycle import MessageState
from onorder.wording.reasons import explain

#: So many of the last messages to its customer are named.
MESSAGES_NAMED = 3


@page()
def one(request: HttpRequest, line: int) -> HttpResponse:
    """A line of the queue with all that one is asked on the phone; a part of the queue, or a page of its own."""
    now = timezone.now()
    order = orders.one(order_of(line), now=now)
    row = next(one for one in order.lines if one.line == line)
    waiting = [one for one in order.lines if one.waiting]
    told = [one for one in order.messages if one.state != MessageState.SUPPRESSED]
    lends = could_lend(line, now=now) if [one.line for one in waiting] == [line] else ""
    return render(
        request,
        "desk/queue_line.html",
        {
            "order": order,
            "row": row,
            "why": explain(row.expected, settings.current().today(now)) if row.expected else "",
            "how": policy_words(order.shipping_policy, order.most_parcels),
            "others": len({one.line for one in waiting} - {line}),
            "here": order.units("allocated"),
            "lends": lends if isinstance(lends, CouldLend) else None,
            "told": named(told[:MESSAGES_NAMED]),
            "more_told": max(len(told) - MESSAGES_NAMED, 0),
            "subject": quote(_("Your order %(number)s") % {"number": order.number}),
        },
    )


urlpatterns = [path("queue/<int:line>", one, name="queue.line")]
