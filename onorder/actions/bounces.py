"""Messages that come back: what did not arrive is shown as such, and an address that does not work is left alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onorder.errors import NotFound
from onorder.ledger.journal import Journal
from onorder.models import Customer, Message
from onorder.rules.bouncing import Verdict
from onorder.rules.lifecycle import MESSAGE_STEPS, MessageState

_NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a report changed: the state of its message, and whether its customer's address is left alone from now on."""

    message: int
    state: MessageState
    is_dead: bool = False


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
    message = _locked(mail_id)
    state = MessageState(message.state)
    if not _is_theirs(message, to) or state != MessageState.SENT or verdict == Verdict.ARRIVED:
        return CameBack(message.pk, state)
    message.note = why[:_NOTE_LENGTH]
    if verdict == Verdict.DELAYED:
        message.save(update_fields=["note"])
        return CameBack(message.pk, state)
    _, message.state = MESSAGE_STEPS["bounced"]
    message.save(update_fields=["state", "note"])
    journal = Journal(by=by, at=now)
    journal.record("came_back", message.event.subject, {"message": message.pk, "kind": message.kind})
    is_dead = verdict == Verdict.DEAD and message.customer is not None
    if message.customer and is_dead and message.customer.email_bounced_at is None:
        Customer.objects.filter(pk=message.customer.pk).update(
            email_bounced_at=now, email_bounced_why=why[:_NOTE_LENGTH]
        )
        journal.record("address_dead", f"customer:{message.customer.pk}")  # Not which: it is personal.
    journal.write()
    return CameBack(message.pk, MessageState.BOUNCED, is_dead)


def _locked(mail_id: str) -> Message:
    """The message, its customer locked before it, as whoever corrects their address does."""
    found = Message.objects.filter(mail_id=mail_id).values_list("pk", "customer").first() if mail_id else None
    if found is None:
        raise NotFound(what="message", name=mail_id)
    key, customer = found
    if customer:
        Customer.objects.select_for_update(no_key=True).get(pk=customer)
    messages = Message.objects.select_for_update(of=("self",), no_key=True)
    return messages.select_related("event", "customer", "supplier").get(pk=key)


def _is_theirs(message: Message, to: Collection[str]) -> bool:
    recipient = message.customer or message.supplier
    address = recipient.email.strip().casefold() if recipient else ""
    return bool(address) and address in {one.strip().casefold() for one in to}
