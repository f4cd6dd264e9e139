"""Refunds that are to be paid out: by a person, by the worker to a card, and those that have gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from onorder.errors import NotFound
from onorder.models import Payout
from onorder.rules.lifecycle import PayBy, PayoutState


class Show(StrEnum):
    """Which refunds are looked at."""

    BY_HAND = "by_hand"  # A person pays them out, or sees why a card refused them.
    TO_CARDS = "to_cards"  # The worker does.
    DONE = "done"


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A refund, or the part of one that goes back one way. `why` is what was written when it was booked."""

    key: int
    order: str
    customer: str
    email: str
    way: PayBy
    state: PayoutState
    amount_minor: int
    currency: str
    why: str
    reference: str
    note: str
    booked_at: datetime
    done_at: datetime | None
    by: str

    @property
    def is_by_hand(self) -> bool:
        """Whether a person is to pay it out."""
        return self.state == PayoutState.FAILED or (self.state == PayoutState.TO_DO and self.way != PayBy.CARD)


_COLUMNS = (
    *("pk", "payment__order__number", "payment__order__customer__name", "payment__order__customer__email"),
    *("way", "state", "amount_minor", "payment__currency", "payment__event__why", "reference", "note"),
    *("payment__at", "done_at", "by"),
)
_BY_HAND = Q(state=PayoutState.FAILED) | Q(state=PayoutState.TO_DO) & ~Q(way=PayBy.CARD)
_OF = {
    Show.BY_HAND: ~Q(state=PayoutState.DONE) & _BY_HAND,  # As the index has it.
    Show.TO_CARDS: Q(state=PayoutState.TO_DO, way=PayBy.CARD),
    Show.DONE: Q(state=PayoutState.DONE),
}


def payout_rows(*, show: Show = Show.BY_HAND, after: int | None = None, limit: int = 50) -> list[PayoutRow]:
    """Refunds to be paid out, the one that was booked first before the others; those that have gone, the newest first.
    One statement.

    Args:
        after: the key of the last row of the page before.
    """
    found = _shown(show)
    if after is not None:
        found = found.filter(pk__lt=after) if show == Show.DONE else found.filter(pk__gt=after)
    return list(_rows(found[:limit]))


def one(payout: int) -> PayoutRow:
    """One of them. One statement.

    Raises:
        NotFound: there is none.
    """
    found = next(_rows(Payout.objects.filter(pk=payout)), None)
    if found is None:
        raise NotFound(what="refund", name=payout)
    return found


def counts() -> dict[Show, int]:
    """How many there are of each, but for those that have gone, which only grow. Two statements."""
    return {show: Payout.objects.filter(_OF[show]).count() for show in (Show.BY_HAND, Show.TO_CARDS)}


def _shown(show: Show) -> QuerySet[Payout]:
    return Payout.objects.filter(_OF[show]).order_by("-pk" if show == Show.DONE else "pk")


def _rows(found: QuerySet[Payout]) -> Iterator[PayoutRow]:
    for row in found.values_list(*_COLUMNS):
        key, order, customer, email, way, state, *rest = row
        yield PayoutRow(key, order, customer or email, email, PayBy(way), PayoutState(state), *rest)
