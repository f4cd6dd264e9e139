"""The outbox as people look at it: what leaves next, what left, what did not and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from onorder.models import Message, Order, PurchaseOrder
from onorder.rules.lifecycle import MessageState

_OF_LATE = 20_000


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message: what it is about (the number of an order or purchase order), and to whom by role, not by name.

    `due_at` is None once nothing more is tried; `note` says why it failed or was suppressed.
    """

    id: int
    kind: str
    about: str
    to: str  # "customer" or "supplier".
    state: MessageState
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    note: str


def outbox(*, state: MessageState | None = None, keys: Collection[int] = (), limit: int = 50) -> list[MessageRow]:
    """Messages, the newest first; only those in a state, or of these keys. At most three statements."""
    wanted = Message.objects.filter(**({"state": state} if state else {}), **({"pk__in": keys} if keys else {}))
    columns = ("pk", "kind", "event__subject", "customer", "state", "due_at", "sent_at", "attempts", "note")
    found = list(wanted.order_by("-pk").values_list(*columns)[:limit])
    numbers = _numbers(subject for _, _, subject, *_ in found)
    return [
        MessageRow(
            id=key,
            kind=kind,
            about=numbers[subject],
            to="customer" if customer else "supplier",
            state=MessageState(is_in),
            due_at=due_at if is_in == MessageState.QUEUED else None,
            sent_at=sent_at,
            attempts=attempts,
            note=note,
        )
        for key, kind, subject, customer, is_in, due_at, sent_at, attempts, note in found
    ]


def latest(kinds: Collection[str]) -> dict[str, int]:
    """By kind, the last message that was written to somebody, among the 20,000 newest. Two statements."""
    last: int = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    of_late = Message.objects.filter(pk__gt=last - _OF_LATE, kind__in=kinds).exclude(state=MessageState.SUPPRESSED)
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
