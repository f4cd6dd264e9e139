"""Messages that come back: what did not arrive is shown as such, and an address or a number that does not work is left
alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from onorder.errors import NotFound
from onorder.ledger import rows
from onorder.ledger.journal import BY_TEXT, NO_ADDRESS, Journal
from onorder.models import Customer, Message
from onorder.rules.bouncing import Verdict
from onorder.rules.lifecycle import MESSAGE_STEPS, Channel, MessageState

_NOTE_LENGTH = 200
#: A mail in one of these states tells what a text message would have told.
_TELLS: Final = (MessageState.QUEUED, MessageState.WAITING, MessageState.GATHERED, MessageState.SENT)


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a report changed: the state of its message, and whether its customer's address, or number, is left alone
    from now on. `told_by`: the mail that tells it instead."""

    message: int
    state: MessageState
    is_dead: bool = False
    told_by: int | None = None


@transaction.atomic(durable=True)
def come_back(mail_id: str, verdict: Verdict, *, to: Collection[str], why: str, by: str, now: datetime) -> CameBack:
    """A mail server reports what became of a message that it had accepted.

    What arrived, or was reported before, changes nothing; nor does a report about an address that its recipient no
    longer has.

    Args:
        mail_id: what the mail was known by.
        to: the addresses that the report is about.
        why: what the server said.

    Raises:
        NotFound: there is no such message.
    """
    message = _locked(Q(mail_id=mail_id, channel=Channel.EMAIL), mail_id)
    state = MessageState(message.state)
    if not _is_theirs(message, to) or state != MessageState.SENT or verdict == Verdict.ARRIVED:
        return CameBack(message.pk, state)
    message.note = why[:_NOTE_LENGTH]
    if verdict == Verdict.DELAYED:
        message.save(update_fields=["note"])
        return CameBack(message.pk, state)
    journal = Journal(by=by, at=now)
    _bounce(message, journal)
    is_dead = verdict == Verdict.DEAD and message.customer is not None
    if message.customer and is_dead and message.customer.email_bounced_at is None:
        Customer.objects.filter(pk=message.customer.pk).update(
            email_bounced_at=now, email_bounced_why=why[:_NOTE_LENGTH]
        )
        journal.record("address_dead", f"customer:{message.customer.pk}")  # Not which: it is personal.
    journal.write()
    return CameBack(message.pk, MessageState.BOUNCED, is_dead)


@transaction.atomic(durable=True)
def text_lost(key: int, verdict: Verdict, *, sent_as: str, to: str, why: str, by: str, now: datetime) -> CameBack:
    """Whoever carries text messages reports that one did not arrive: a mail tells it instead, if there is an address.

    What was reported before changes nothing; nor does a report about a number that its customer no longer has, or about
    an earlier sending of a text that was sent again since. Ten statements at the most, however much the text told.

    Args:
        key: the message.
        sent_as: what its carrier knows this sending by; empty if it was not even taken.
        to: the number that the report is about.
        why: what is said to whoever looks at it.

    Raises:
        NotFound: there is no such text message.
    """
    message = _locked(Q(pk=key, channel=Channel.TEXT), str(key))
    customer = message.customer
    if customer is None or customer.text_number != to or not _is_on_its_way(message, sent_as):
        return CameBack(message.pk, MessageState(message.state))
    message.note, message.mail_id = why[:_NOTE_LENGTH], sent_as
    message.carried_by_id = _told_by_mail(message, customer, now)
    journal = Journal(by=by, at=now)
    _bounce(message, journal)
    is_dead = verdict == Verdict.DEAD
    if is_dead and customer.text_bounced_at is None:
        Customer.objects.filter(pk=customer.pk).update(text_bounced_at=now, text_bounced_why=why[:_NOTE_LENGTH])
        journal.record("number_dead", f"customer:{customer.pk}")  # Not which: it is personal.
    journal.write()
    return CameBack(message.pk, MessageState.BOUNCED, is_dead, message.carried_by_id)


def _locked(wanted: Q, name: str) -> Message:
    """The message, its customer locked before it, as whoever corrects their address does."""
    found = Message.objects.filter(wanted).values_list("pk", "customer").first() if name else None
    if found is None:
        raise NotFound(what="message", name=name)
    key, customer = found
    if customer:
        Customer.objects.select_for_update(no_key=True).get(pk=customer)
    messages = Message.objects.select_for_update(of=("self",), no_key=True)
    return messages.select_related("event", "customer", "supplier").get(pk=key)


def _bounce(message: Message, journal: Journal) -> None:
    _, message.state = MESSAGE_STEPS["bounced"]
    message.save(update_fields=["state", "note", "mail_id", "carried_by"])
    journal.record("came_back", message.event.subject, {"message": message.pk, "kind": message.kind})


def _is_theirs(message: Message, to: Collection[str]) -> bool:
    recipient = message.customer or message.supplier
    address = recipient.email.strip().casefold() if recipient else ""
    return bool(address) and address in {one.strip().casefold() for one in to}


def _is_on_its_way(message: Message, sent_as: str) -> bool:
    """Whether a text may still be lost by this sending. A report may be faster than the mark that it was taken."""
    if message.state == MessageState.SENT:
        return message.mail_id in ("", sent_as)
    is_tried = message.state == MessageState.QUEUED and message.attempts > 0
    return is_tried and not (sent_as and message.mail_id == sent_as)


def _told_by_mail(text: Message, customer: Customer, now: datetime) -> int | None:
    """Have mails tell what a text and those that it carries did not, and were not to leave because of it; the newest
    carries the others. The mail (by key) that tells what the text itself is about. Two statements."""
    told = Message.objects.filter(Q(pk=text.pk) | Q(carried_by=text.pk, state=MessageState.GATHERED))
    mails = Message.objects.filter(event__in=told.values("event"), channel=Channel.EMAIL).order_by("event")
    found = list(mails.select_for_update(no_key=True).values_list("pk", "event", "state", "note"))
    works = bool(customer.email) and customer.email_bounced_at is None
    kept = [key for key, _, state, note in found if works and _was_kept(state, note)]
    if kept:
        *carried, carrier = kept
        _, queued = MESSAGE_STEPS["told instead"]
        changes: list[tuple[str, datetime, str, int | None, int]] = [(queued, now, "", None, carrier)]
        changes += [(MessageState.GATHERED, now, "", carrier, key) for key in carried]
        rows.update(Message, ("state", "due_at", "note", "carried_by"), changes)
    telling = (key for key, event, state, _ in found if event == text.event_id and (key in kept or state in _TELLS))
    return next(telling, None)


def _was_kept(state: str, note: str) -> bool:
    return state == MessageState.SUPPRESSED and note in (BY_TEXT, NO_ADDRESS)
