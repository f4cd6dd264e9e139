"""Payments by card: what was asked, what nobody has told us of yet, and what a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from onorder.models import CardNotice, CardPage, Order
from onorder.rules.cards import Asked, Concern, Heard
from onorder.rules.lifecycle import CardPageState

#: The provider says by itself what became of a page; after so long we ask, and so often.
UNHEARD_AFTER = timedelta(minutes=15)
ASKED_EVERY = timedelta(hours=1)
NOT_AGAIN_WITHIN = timedelta(seconds=10)
#: Of a page that nobody ever said anything of, nobody will: it is not asked about any more.
ASKED_FOR = timedelta(days=14)

_OPEN = (str(CardPageState.OPEN), str(CardPageState.WAITING))


@dataclass(frozen=True, slots=True)
class Payable:
    """An order as it is paid for: its customer pays, and follows it by a link of theirs."""

    key: int
    number: str
    currency: str
    held_minor: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """A page of which the provider has said nothing for a while."""

    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class ConcernRow:
    """Something that the provider said, and that a person should look at. `order`: its number, empty if unknown."""

    key: int
    concern: Concern
    order: str
    amount_minor: int
    currency: str
    note: str
    at: datetime
    settled_at: datetime | None
    settled_by: str


def payable(order: int) -> Payable | None:
    """An order (by primary key) to be paid for; None if there is none. One statement."""
    row = Order.objects.filter(pk=order).values_list("number", "currency", "captured_minor", "refunded_minor").first()
    return Payable(order, row[0], row[1], row[2] - row[3]) if row else None


def last_page(order: int) -> CardPageState | None:
    """What became of the page that its customer was sent to last; None if there was none. One statement."""
    state = CardPage.objects.filter(order=order).order_by("-pk").values_list("state", flat=True).first()
    return CardPageState(state) if state else None


def is_known(reference: str) -> bool:
    """Whether the provider has told us this before. One statement."""
    return CardNotice.objects.filter(reference=reference).exists()


def asked(heard: Heard) -> Asked | None:
    """What the page that it is about asked for; None if it is none of ours. One statement."""
    named = Q(reference=heard.page) if heard.page else Q(pk=None)
    pages = CardPage.objects.filter(named | Q(key=heard.page_key)).order_by("pk")
    row = pages.values_list("order__number", "amount_minor", "currency").first()
    return Asked(*row) if row else None


def unheard(now: datetime, *, limit: int = 20) -> list[Unheard]:
    """Pages that the provider is to be asked about now, the oldest first. One statement."""
    open_pages = CardPage.objects.filter(
        state__in=_OPEN, asked_at__lte=now - UNHEARD_AFTER, asked_at__gt=now - ASKED_FOR
    ).exclude(reference="")
    due = open_pages.filter(Q(looked_at=None) | Q(looked_at__lte=now - ASKED_EVERY)).order_by("asked_at", "pk")
    return [Unheard(*row) for row in due.values_list("key", "reference")[:limit]]


def unheard_of(order: int, now: datetime) -> Unheard | None:
    """The page of an order (by primary key) that its customer was sent to last, if the provider has not said what
    became of it, and was not asked a moment ago. One statement."""
    pages = CardPage.objects.filter(order=order, state__in=_OPEN).exclude(reference="").order_by("-pk")
    row = pages.values_list("key", "reference", "looked_at").first()
    return Unheard(row[0], row[1]) if row and (row[2] is None or row[2] <= now - NOT_AGAIN_WITHIN) else None


def concerns(*, settled: bool = False, after: int | None = None, limit: int = 50) -> list[ConcernRow]:
    """What a person should look at, the oldest first; or what somebody has, the newest first. One statement.

    Args:
        after: the key of the last row of the page before.
    """
    found = CardNotice.objects.exclude(concern="").filter(settled_at__isnull=not settled)
    found = found.order_by("-pk") if settled else found.order_by("pk")
    if after is not None:
        found = found.filter(pk__lt=after) if settled else found.filter(pk__gt=after)
    columns = ("pk", "concern", "order__number", "amount_minor", "currency", "note", "at", "settled_at", "settled_by")
    return [ConcernRow(row[0], Concern(row[1]), row[2] or "", *row[3:]) for row in found.values_list(*columns)[:limit]]


def number_of_concerns() -> int:
    """How many things a person should look at. One statement."""
    return CardNotice.objects.exclude(concern="").filter(settled_at=None).count()
