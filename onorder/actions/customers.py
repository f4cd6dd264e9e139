"""What the shop knows of those who buy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.models import Customer, Message, Shop
from onorder.queue.setup import NotSetUp
from onorder.rules import phones
from onorder.rules.lifecycle import MESSAGE_STEPS, Channel, MessageState, Pace


class NoWay(OnOrderError):
    code = "no_way"
    sentence = "No way is left by which we could write."
    remedy = "Choose e-mail, text message, or both."


class NoTexts(OnOrderError):
    code = "no_texts"
    sentence = "This shop sends no text messages."
    remedy = "Choose e-mail, or switch text messages on in Settings, Messages."


class NoAddressToReach(OnOrderError):
    code = "no_address_to_reach"
    sentence = "There is no e-mail address to write to."
    remedy = "Write one down first."


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a customer wants to be written to. `number`: of a mobile phone, as people write it; empty: their phone's.

    `pace` is empty for as often as the shop does it.
    """

    by_email: bool = True
    by_text: bool = False
    number: str = ""
    pace: Pace | str = ""


@transaction.atomic(durable=True)
def correct(key: int, *, name: str, email: str | None, phone: str, language: str, by: str, now: datetime) -> None:
    """Correct a customer's name, and how they are reached.

    Messages that have not left go to the new address, and so do those that came back from the old one. No browser that
    was let in by the old one sees their orders any more.

    Args:
        email: None leaves it as it is.

    Raises:
        NotFound: there is no such customer.
        BadInput: not an e-mail address.
    """
    found = _locked(key)
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise BadInput(
                what="E-mail", problem="{email!r} is no address", remedy="Write one, or none.", email=email
            ) from None
    values = {"name": name.strip(), "phone": phone.strip(), "language": language.strip()}
    values |= {"email": email.strip()} if email is not None else {}
    changed = [field for field, value in values.items() if getattr(found, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(found, field, values[field])
    found.save(update_fields=changed)
    journal = Journal(by=by, at=now)
    journal.record("corrected", f"customer:{key}", {"fields": changed})  # Not the values: they are personal.
    if "email" in changed and found.email:
        _reach_again(found, journal, now)
    journal.write()


@transaction.atomic(durable=True)
def reach_again(key: int, *, by: str, now: datetime) -> int:
    """Write to a customer's address again, although mail to it came back; what came back is sent once more.

    Returns:
        Messages that are sent again; 0 if nothing had come back.

    Raises:
        NotFound: there is no such customer.
        NoAddressToReach: they have no e-mail address.
    """
    found = _locked(key)
    if not found.email:
        raise NoAddressToReach
    journal = Journal(by=by, at=now)
    again = _reach_again(found, journal, now)
    journal.write()
    return again


@transaction.atomic(durable=True)
def choose_messages(key: int, wanted: Wanted, *, by: str, now: datetime) -> bool:
    """Write to a customer by the ways, and as often, as they want from now on. Done again it changes nothing.

    Messages that wait for their day leave on it; those that are still to be written follow. Whoever chooses text
    messages although none arrived says that the number is right: those that no mail told leave again.

    Returns:
        Whether anything changed.

    Raises:
        NotFound: there is no such customer.
        NoWay, NoTexts, NotAMobile: they could not be written to so.
    """
    shop = Shop.objects.filter(pk=1).values_list("takes_texts", "locale").first()
    if shop is None:
        raise NotSetUp
    found = _locked(key)
    takes_texts, locale = shop
    if not (wanted.by_email or wanted.by_text):
        raise NoWay
    if wanted.by_text and not takes_texts:
        raise NoTexts
    if wanted.by_email and not wanted.by_text and not found.email:
        raise NoAddressToReach
    number = phones.mobile(wanted.number or found.phone, phones.region(locale)) if wanted.by_text else found.text_number
    values = {"by_email": wanted.by_email, "by_text": wanted.by_text, "text_number": number, "pace": wanted.pace}
    changed = [field for field, value in values.items() if getattr(found, field) != value]
    if not changed and not found.text_bounced_at:
        return False
    for field in changed:
        setattr(found, field, values[field])
    found.save(update_fields=changed)
    journal = Journal(by=by, at=now)
    if found.text_bounced_at:
        _text_again(found, journal, now)
    said = {"by_email": wanted.by_email, "by_text": wanted.by_text, "pace": wanted.pace}  # Not the number: personal.
    journal.record("messages_chosen", f"customer:{key}", said)
    journal.write()
    return True


@transaction.atomic(durable=True)
def text_again(key: int, *, by: str, now: datetime) -> int:
    """Send text messages to a customer's number again, although none arrived; what no mail told is sent once more.

    Returns:
        Text messages that are sent again.

    Raises:
        NotFound: there is no such customer.
    """
    found = _locked(key)
    journal = Journal(by=by, at=now)
    again = _text_again(found, journal, now) if found.text_bounced_at else 0
    journal.write()
    return again


def _locked(key: int) -> Customer:
    found = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).first()
    if found is None:
        raise NotFound(what="customer", name=key)
    return found


def _reach_again(customer: Customer, journal: Journal, now: datetime) -> int:
    """Take the mark off their address, and queue what came back. Three statements."""
    if customer.email_bounced_at is not None:
        Customer.objects.filter(pk=customer.pk).update(email_bounced_at=None, email_bounced_why="")
    return _queue_again(Q(customer=customer, channel=Channel.EMAIL), journal, now)


def _text_again(customer: Customer, journal: Journal, now: datetime) -> int:
    """Take the mark off their number, and queue what did not arrive and no mail told, if text messages still go there.
    Three statements."""
    Customer.objects.filter(pk=customer.pk).update(text_bounced_at=None, text_bounced_why="")
    if not customer.by_text:
        return 0
    return _queue_again(Q(customer=customer, channel=Channel.TEXT, carried_by=None), journal, now)


def _queue_again(which: Q, journal: Journal, now: datetime) -> int:
    """Have messages of these that came back leave again; but a link that somebody asked for is worth nothing after so
    long. Two statements."""
    bounced = Message.objects.filter(which, state=MessageState.BOUNCED).exclude(kind="link")
    columns = ("pk", "kind", "attempts", "event__subject")
    messages = list(bounced.select_for_update(of=("self",), no_key=True).order_by("pk").values_list(*columns))
    for message, kind, attempts, subject in messages:
        was = {"message": message, "kind": kind, "attempts": attempts}
        journal.record("queued_again", subject, was)
    if messages:
        condition, parameter = rows.among("id", [message for message, *_ in messages])
        _, queued = MESSAGE_STEPS["queued again"]
        changes = {"state": queued, "attempts": 0, "due_at": now}
        rows.change(Message, changes, where=condition, parameters=(parameter,))
    return len(messages)
