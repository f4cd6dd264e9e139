"""On to the provider's page, where an order is paid by card."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.http import HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from onorder.actions import cards
from onorder.providers.configured import provider
from onorder.providers.hearing import hear
from onorder.providers.provider import LINGERS, Provider, Trouble, Wanted
from onorder.rules.cards import Heard, What

logger = logging.getLogger(__name__)

BY: Final = "storefront"
#: What the address says when a customer comes back: from the provider, or because it has no page for them.
BACK, DOWN = urlencode({"card": "back"}), urlencode({"card": "down"})


class SeeOther(HttpResponseRedirect):
    """What was sent is done; look there, with a request that sends nothing."""

    status_code = 303


def page(order: int, due_minor: int, *, back: str, left: str) -> str:
    """The address of a page where so much of an order (by primary key) is paid by card. Empty if nothing is due, or the
    provider has no page for it now.

    Args:
        back, left: the whole addresses to come back to, once it is paid and if it was left.
    """
    by, now = provider(), timezone.now()
    if by is None or due_minor < 1:
        return ""
    offered = cards.offer(order, due_minor, by=BY, now=now)
    if offered.url:
        return offered.url
    try:
        opened = by.open_page(_wanted(offered, back, left))
    except Trouble as trouble:
        logger.warning("there is no page for cards: %s", trouble.code)
        return ""
    cards.opened(offered.key, opened.reference, opened.url, by=BY, now=now)
    _close(by, offered.others, now)
    return opened.url


def _wanted(offered: cards.Offered, back: str, left: str) -> Wanted:
    return Wanted(
        key=offered.key,
        number=offered.number,
        order=_("Order %(number)s") % {"number": offered.number},
        amount_minor=offered.amount_minor,
        currency=offered.currency,
        email=offered.email,
        language=offered.language,
        closes_at=offered.asked_at + cards.OFFERED_FOR + LINGERS,
        paid=f"{back}?{BACK}",
        left=left,
    )


def _close(by: Provider, references: Sequence[str], now: datetime) -> None:
    """Pages that ask for what is not owed any more are closed; one on which somebody has just paid cannot be."""
    for reference in references:
        try:
            by.close_page(reference)
        except Trouble as trouble:
            logger.info("a page for cards stays open: %s", trouble.code)
        else:
            hear(Heard(f"{reference}:{What.EXPIRED}", "closed", What.EXPIRED, now, page=reference), now)
