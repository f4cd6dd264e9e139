"""The outbox as people look at it: what leaves next, what left, what did not and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from onorder.models import Message, Order, PurchaseOrder
from onorder.rules.lifecycle import Channel, MessageState

_OF_LATE = 20_000
_STILL_TO_LEAVE = (MessageState.QUEUED, MessageState.WAITING)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message: what it is about (the number of an order or purchase order), and to whom by role, not by name.

    `due_at` is None once nothing more is tried; `note` says why it failed or was suppressed; `carried_by` is the
    message that tells it, where it did not leave by itself.
    """

    id: int
    kind: str
    about: str
    to: str  # "customer" or "supplier".
    channel: Channel
    state: MessageState
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    note: str
    carried_by: int | None


def outbox(*, states: Collection[MessageState] = (), keys: Collection[int] = (), limit: int = 50) -> list[MessageRow]:
    """Messages, the newest first; only those in one of these states, or of these keys. At most three statements.

    Of those that came back, only what nothing else told.
    """
    wanted = Message.objects.filter(**({"state__in": states} if states else {}), **({"pk__in": keys} if keys else {}))
    if states:
        wanted = wanted.exclude(state=MessageState.BOUNCED, carried_by__isnull=False)
    columns = ("pk", "kind", "event__subject", "customer", "channel", "state", "due_at", "sent_at")
    more = ("attempts", "note", "carried_by")
    found = list(wanted.order_by("-pk").values_list(*columns, *more)[:limit])
    numbers = _numbers(subject for _, _, subject, *_ in found)
    return [
        MessageRow(
            id=key,
            kind=kind,
            about=numbers[subject],
            to="customer" if customer else "supplier",
            channel=Channel(channel),
            state=MessageState(is_in),
            due_at=due_at if is_in in _STILL_TO_LEAVE else None,
            sent_at=sent_at,
            attempts=attempts,
            note=note,
            carried_by=carried_by,
        )
        for key, kind, subject, customer, channel, is_in, due_at, sent_at, attempts, note, carried_by in found
    ]


def latest(kinds: Collection[str]) -> dict[str, int]:
    """By kind, the last e-mail that was written to somebody, among the 20,000 newest. Two statements."""
    last: int = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    of_late = Message.objects.filter(pk__gt=last - _OF_LATE, kind__in=kinds, channel=Channel.EMAIL)
    of_late = of_late.exclude(state=MessageState.SUPPRESSED)
    return dict(of_late.values_list("kind").annotate(Max("pk")).order_by("kind"))


def _numbers(subjects: Iterable[str]) -> dict[str, str]:
    """The numbers that people know these subjects of events by."""
    keys: dict[str, set[int]] = {"order": set(), "purchase_order": set()}
    for kind, _, key in (subject.partition(":") for subject in subjects):
        keys[kind].add(int(key))
    numbers: dict[str, str] = {}
    for kind, model in (("order", Order), ("purchase_order", PurchaseOrder)):
        if keys[kind]:
            of_kind = model._default_manager.filter(pk__in=keys[kind]).values_list("pk", "number")
            numbers |= {f"{kind}:{key}": number for key, number in of_kind}
    return numbers
