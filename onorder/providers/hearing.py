"""What the provider says reaches the books: what was paid is booked once, and everything is noted once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from onorder.actions import cards, payments
from onorder.providers.provider import Down, Provider, Refused
from onorder.queries import cards as queries
from onorder.queries.cards import Unheard
from onorder.rules.cards import Heard, What, is_as_asked
from onorder.rules.payouts import capture_key

logger = logging.getLogger(__name__)

BY = "stripe"


def hear(heard: Heard, now: datetime) -> bool:
    """Book what it says and note that it said so; whether it was news.

    Two transactions, the booking first: if we die in between, the provider says it again, and it is booked once under
    the provider's name of the payment.
    """
    if queries.is_known(heard.reference):
        return False
    asked = queries.asked(heard)
    if asked and is_as_asked(heard, asked):
        payments.capture(asked.number, heard.amount_minor, key=capture_key(heard.intent), by=BY, now=now)
    return cards.hear(heard, by=BY, now=now)


@dataclass(frozen=True, slots=True)
class Looked:
    """How many pages the provider was asked about, and of how many it had something to say."""

    pages: int = 0
    news: int = 0


def look(provider: Provider, now: datetime) -> Looked:
    """Ask about pages of which the provider has said nothing for a while: its word may have been lost."""
    found = queries.unheard(now)
    news = 0
    for place, page in enumerate(found):
        try:
            news += _look_at(provider, page, now)
        except Down:
            logger.warning("the provider for cards is not there; %d pages are asked about later", len(found) - place)
            return Looked(place, news)
    return Looked(len(found), news)


def look_at_order(provider: Provider, order: int, now: datetime) -> bool:
    """Ask at once about the page of an order (by primary key) whose customer comes back from it; whether there was
    news. Its word may come later than its customer."""
    page = queries.unheard_of(order, now)
    try:
        return page is not None and _look_at(provider, page, now)
    except Down:
        return False


def _look_at(provider: Provider, page: Unheard, now: datetime) -> bool:
    cards.looked(page.key, by=BY, now=now)
    try:
        said = provider.look(page.reference, now)
    except Refused:
        return False
    return said.what != What.OTHER and hear(said, now)
