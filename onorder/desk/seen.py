"""Two people on one thing: what somebody decides holds only for what they looked at."""

from __future__ import annotations

from django.http import HttpRequest

from onorder.desk.happened import sentence
from onorder.desk.purchase_order_words import short
from onorder.queries import orders
from onorder.queries.purchase_order import happened
from onorder.queries.purchase_orders import key_of
from onorder.queue import setup as settings
from onorder.trying import Guard
from onorder.trying import HappenedSince as HappenedSince


def seen(request: HttpRequest) -> int | None:
    """The last event that the form was filled in with; None for a form that does not say."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


PURCHASE_ORDERS = Guard(
    since=lambda number, event: happened(key_of(number), after=event),
    says=short,
    called="{}",
    harmless=frozenset({"reminder", "dispatched", "queued_again", "came_back", "supplier_paid", "supplier_refunded"}),
)
ORDERS = Guard(
    since=orders.happened_since,
    says=lambda one, now: f"{sentence(one, settings.current().today(now))} ({one.by})",
    called="#{}",
    harmless=frozenset(
        {
            "noted",
            "queued_again",
            "came_back",
            "link",
            "paid_out",
            "payout_noted",
            "payout_open",
            "payout_failed",
            "account",
            "confirmed",
            "on_its_way",
            "delivered",
            "undelivered",
            "missing",
            "missing_settled",
        }
    ),
)
