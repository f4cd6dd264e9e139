"""Messages: failed ones get another chance, who waits hears that all is as it was, who has lost the link to their order
gets it again, and the shop words what it says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import Max

from onorder.errors import NotFound, OnOrderError, WrongState
from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal, Recipient
from onorder.ledger.levels import lock_levels
from onorder.models import Event, Message, MessageText, Order, PurchaseOrder, Shop
from onorder.queue import setup as settings
from onorder.queue.silence import quiet_since, silent
from onorder.rules import wording
from onorder.rules.lifecycle import MESSAGE_STEPS, PURCHASE_ORDER_STEPS, MessageState, PurchaseOrderState
from onorder.rules.wording import PARTS, PLACEHOLDERS, Texts

#: Messages that are worth sending only while their purchase order is in this state. Whatever else is said stays true.
ONLY_WHILE: Final = MappingProxyType(
    {"purchase_order": PurchaseOrderState.BOUNCED, "reminder": PurchaseOrderState.SENT}
)

#: Within so long the link to an order is sent once, however often somebody asks.
LINK_AGAIN_AFTER: Final = timedelta(minutes=10)


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


@transaction.atomic(durable=True)
def keep_in_touch(location: str, *, by: str, now: datetime) -> int:
    """Tell customers who wait at a location, and heard nothing for as long as the shop allows, that all is as it was.

    Once in so many days for each order: the message itself ends the silence.

    Returns:
        Orders told. A fixed number of statements.

    Raises:
        NotFound: no location of this code.
    """
    setup = settings.current()
    at = setup.location_of(location)
    journal = Journal(by=by, at=now)
    checked = journal.record("silence_checked", f"location:{at}")
    told: dict[int, Entry] = {}
    since = quiet_since(setup, now)
    if since is not None:
        found = silent(since, location=at)
        lock_levels({line.variant for line in found}, location=at)
        for line in silent(since, location=at, orders={line.order for line in found}):
            entry = told.get(line.order)
            if entry is None:
                entry = told[line.order] = journal.record("heartbeat", f"order:{line.order}", {"lines": []})
                journal.tell(entry, line.recipient)
            entry.data["lines"].append([line.line, line.waiting])
    checked.data["told"] = len(told)
    journal.write()
    return len(told)


@transaction.atomic(durable=True)
def send_link(number: str, email: str, *, by: str, now: datetime) -> bool:
    """Send a customer the link to their order again, to the address that we have, if this is it.

    Whoever asks is never told which: for an order that nobody knows, or that got its link just now, as much is written.

    Returns:
        Whether it was sent.
    """
    known = Order.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    order = known.filter(number=number).first()
    address = order.customer.email if order else ""
    is_theirs = bool(address) and address.strip().casefold() == email.strip().casefold()
    subject = f"order:{order.pk}" if order and is_theirs else "order:0"
    since = now - LINK_AGAIN_AFTER
    is_new = not Event.objects.filter(subject=subject, kind="link", at__gt=since, message__isnull=False).exists()
    journal = Journal(by=by, at=now)
    if order and is_theirs and is_new:
        journal.tell(journal.record("link", subject), Recipient(order.customer_id, address))
    else:
        journal.record("link_sought", "shop:1")  # Not what for: it is what somebody typed.
        Message.objects.filter(pk=0).update(attempts=0)  # No row; in place of the message, so that as much is asked.
    journal.write()
    return bool(order and is_theirs and is_new)


@transaction.atomic(durable=True)
def write_text(kind: str, language: str, texts: Texts, *, by: str, now: datetime) -> None:
    """Say one kind of message in the shop's own words from now on; what is empty stays the product's own text.

    Raises:
        NotFound: no such kind, or no language of this code.
        UnknownPlaceholder, LoneBrace, MoreThanOneLine, TextTooLong, NamesNoOrder: a message could not be written so.
    """
    _check_known(kind, language)
    _word(kind, language, wording.checked(kind, texts), by=by, now=now)


@transaction.atomic(durable=True)
def reset_text(kind: str, language: str, *, by: str, now: datetime) -> None:
    """Say one kind of message in the product's own words again.

    Raises:
        NotFound: no such kind, or no language of this code.
    """
    _check_known(kind, language)
    _word(kind, language, Texts(), by=by, now=now)


def _check_known(kind: str, language: str) -> None:
    if kind not in PLACEHOLDERS:
        raise NotFound(what="kind of message", name=kind)
    if not (language.isascii() and language.isalpha() and language.islower() and 2 <= len(language) <= 3):
        raise NotFound(what="language", name=language)


def _word(kind: str, language: str, texts: Texts, *, by: str, now: datetime) -> None:
    """Store the texts, and which of them changed. Two people at once: the second sees what the first wrote."""
    if not Shop.objects.select_for_update(no_key=True).filter(pk=1).exists():
        raise settings.NotSetUp
    stored = MessageText.objects.filter(kind=kind, language=language)
    was = Texts(*(stored.values_list(*PARTS).first() or ()))
    changed = [part for part in PARTS if getattr(was, part) != getattr(texts, part)]
    if not changed:
        return
    if texts:
        values = {part: getattr(texts, part) for part in PARTS} | {"changed_at": now, "by": by}
        MessageText.objects.update_or_create(kind=kind, language=language, defaults=values)
    else:
        stored.delete()
    journal = Journal(by=by, at=now)
    said = {"message": kind, "language": language, "changed": changed, "is_own": bool(texts)}
    journal.record("text_changed", "shop:1", said)
    journal.write()


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
