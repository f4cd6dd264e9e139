"""Messages that failed for good get another chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import Max

from onorder.errors import NotFound, OnOrderError, WrongState
from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.models import Message, PurchaseOrder
from onorder.rules.lifecycle import MESSAGE_STEPS, PURCHASE_ORDER_STEPS, MessageState, PurchaseOrderState

#: Messages that are worth sending only while their purchase order is in this state. Whatever else is said stays true.
ONLY_WHILE: Final = MappingProxyType(
    {"purchase_order": PurchaseOrderState.BOUNCED, "reminder": PurchaseOrderState.SENT}
)


class Overtaken(OnOrderError):
    code = "overtaken"
    sentence = "Message {message} is overtaken: {number} was sent again, answered or called off since."
    remedy = "What came after it has messages of its own."


@dataclass(frozen=True, slots=True)
class Again:
    """Messages (by key) that are queued again, and those that stay failed because they are overtaken."""

    queued: tuple[int, ...]
    overtaken: tuple[int, ...] = ()


@transaction.atomic(durable=True)
def queue_again(messages: Collection[int] | None = None, *, by: str, now: datetime) -> Again:
    """Have messages that failed for good delivered after all: due at once, with all their attempts before them.

    A purchase order that is shown as bounced, because it failed, counts as sent again.

    Args:
        messages: by key, all of them or none; None is every one that failed and is not overtaken.

    Raises:
        NotFound: there is no such message.
        WrongState: one has not failed.
        Overtaken: one carries a purchase order that was sent again since or is over, or asks for an answer that came.
    """
    failed = _failed(messages)
    overtaken = _overtaken(failed)
    if messages is not None and overtaken:
        key, number = next(iter(overtaken.items()))
        raise Overtaken(message=key, number=number)
    again = [message for message in failed if message.pk not in overtaken]
    journal = Journal(by=by, at=now)
    for message in again:
        was = {"message": message.pk, "kind": message.kind, "attempts": message.attempts}
        journal.record("queued_again", message.event.subject, was)  # Not the note: a mail server names people in it.
    if again:
        _queue(again, now)
        journal.write()
    return Again(tuple(message.pk for message in again), tuple(overtaken))


def _failed(wanted: Collection[int] | None) -> list[Message]:
    """The messages, oldest first, locked, so that of two people who do this at once the other is told."""
    found = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("event").order_by("pk")
    if wanted is None:
        return list(found.filter(state=MessageState.FAILED))
    messages = list(found.filter(pk__in=wanted))
    if unknown := sorted(set(wanted) - {message.pk for message in messages}):
        raise NotFound(what="message", name=", ".join(map(str, unknown)))
    sources, _ = MESSAGE_STEPS["queued again"]
    for message in messages:
        if message.state not in sources:
            raise WrongState(what="Message", name=message.pk, state=message.state, step="queued again")
    return messages


def _overtaken(messages: Sequence[Message]) -> dict[int, str]:
    """Messages (by key) that events have overtaken, each with the number of its purchase order, which is locked."""
    judged = [message for message in messages if message.kind in ONLY_WHILE]
    found = PurchaseOrder.objects.select_for_update(no_key=True).filter(pk__in={_subject(one) for one in judged})
    orders = {order.pk: order for order in found.order_by("pk")}
    of_these = Message.objects.filter(kind="purchase_order", event__subject__in={one.event.subject for one in judged})
    last = dict(of_these.values_list("event__subject").annotate(Max("pk")))
    return {
        message.pk: orders[_subject(message)].number
        for message in judged
        if orders[_subject(message)].state != ONLY_WHILE[message.kind]
        or (message.kind == "purchase_order" and message.pk != last[message.event.subject])
    }


def _queue(messages: Sequence[Message], now: datetime) -> None:
    condition, parameter = rows.among("id", [message.pk for message in messages])
    _, queued = MESSAGE_STEPS["queued again"]
    changes = {"state": queued, "attempts": 0, "due_at": now}
    rows.change(Message, changes, where=condition, parameters=(parameter,))
    bounced = [_subject(message) for message in messages if message.kind == "purchase_order"]
    if bounced:
        condition, parameter = rows.among("id", bounced)
        _, sent = PURCHASE_ORDER_STEPS["sent"]
        rows.change(PurchaseOrder, {"state": sent, "sent_at": now}, where=condition, parameters=(parameter,))


def _subject(message: Message) -> int:
    """The key of what the message's event happened to."""
    return int(message.event.subject.partition(":")[2])
