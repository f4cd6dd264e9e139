"""The outbox leaves the house: each message reaches the mail server, or whoever carries text messages, once, whatever
fails on the way.

The guarantee. A message that is queued is accepted by the mail server at least once, or ends as failed with its reason.
It is accepted exactly once unless this process, or its connection to the mail server or to the database, dies in the
instant between the server's acceptance and the mark that says so here. Then it goes out again, under the same
Message-ID, by which mail systems recognise a repeat. Of text messages the same holds; a provider that can say what it
took is asked before one is repeated.

How. What is new is arranged first (`onorder.actions.gathering`): by which way it goes, and with what. Then a short
transaction leases messages: it moves their `due_at` ahead, so that nobody else takes them meanwhile. After it has
committed they are sent one by one, and each is marked by a transaction of its own as soon as it was accepted. If the
process dies, the lease runs out, and what was not marked is due again.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, QuerySet

from onorder.actions import bounces, gathering, purchasing
from onorder.delivery import mail, short, text_reports, texting
from onorder.delivery.letters import clean
from onorder.delivery.texting import Provider, Text
from onorder.errors import NotFound, WrongState
from onorder.models import Message, PurchaseOrder
from onorder.queries import messages
from onorder.queries.messages import News
from onorder.rules.bouncing import Verdict, text_verdict
from onorder.rules.lifecycle import Channel, MessageState
from onorder.rules.retrying import MOST_ATTEMPTS as MOST_ATTEMPTS
from onorder.rules.retrying import pause as pause

logger = logging.getLogger(__name__)

BY = "worker"
LEASE = timedelta(minutes=10)
SERVER_ANSWERS_WITHIN = 30  # Seconds, for a mail server for which no other time is set (EMAIL_TIMEOUT).

_SENDING_TIME = LEASE.total_seconds() / 2  # What is left then goes back: a slow server must not outlast the lease.
_MOST_LOSSES = 3  # Messages in a row that lose the connection twice: then it is not the messages.
_NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages that were due: accepted by whoever carries them, given up, or to be tried again."""

    sent: int = 0
    failed: int = 0
    retried: int = 0


def deliver(
    now: datetime,
    limit: int = 200,
    connection: BaseEmailBackend | None = None,
    provider: Provider | None = None,
) -> Delivered:
    """Send queued messages that are due, oldest first, over one connection to the mail server and one for texts.

    What fails for a time (the server is down, or says 4xx) is tried again after `pause()`, at most `MOST_ATTEMPTS`
    times. What is refused for good, or cannot be written, fails at once with a note, and stops no other message; a
    purchase order that could not be delivered is then shown as bounced.

    Several workers may do this at once: each message is leased by one of them. Must not be called in a transaction.

    Args:
        now: the instant by which messages are due, and that is noted as their time of sending.
        limit: messages at the most.
        connection: Django's mail backend to send by; by default the one that is set.
        provider: whoever carries text messages; by default the one that is set.
    """
    gathering.arrange(by=BY, now=now)
    leased = _lease(now, limit)
    if not leased:
        return Delivered()
    wires: dict[Channel, _Way] = {
        Channel.EMAIL: _Wire(connection or get_connection()),
        Channel.TEXT: _TextWire(provider),
    }
    try:
        return _Round(now, leased, wires).send()
    finally:
        for wire in wires.values():
            wire.hang_up()


class _Leased(NamedTuple):
    """A message that is ours for a while: its attempts, with this one, and by which way it goes."""

    attempts: int
    channel: Channel


def _lease(now: datetime, limit: int) -> dict[int, _Leased]:
    """Take messages that are due: for the time of the lease nobody else does.

    On PostgreSQL, rows that another worker is just taking are skipped; on SQLite there is one writer at a time.
    """
    with transaction.atomic(durable=True):
        due = Message.objects.filter(state=MessageState.QUEUED, is_arranged=True, due_at__lte=now)
        due = due.order_by("due_at", "pk").select_for_update(skip_locked=True, no_key=True)
        found = due.values_list("pk", "attempts", "channel")[:limit]
        taken = {key: _Leased(attempts + 1, Channel(channel)) for key, attempts, channel in found}
        if taken:
            Message.objects.filter(pk__in=taken, state=MessageState.QUEUED).update(
                due_at=now + LEASE, attempts=F("attempts") + 1
            )
    return taken


class _Unreachable(Exception):
    """There is no connection to the mail server, or to whoever carries texts, and none to be had."""


class _Lost(Exception):
    """Sending this message lost the connection, twice."""


class _Refused(Exception):
    """It will never be taken. `code`: what its provider calls the reason, of a text."""

    def __init__(self, said: str, code: str) -> None:
        super().__init__(said)
        self.code = code


class _Way(Protocol):
    """A connection by which messages leave."""

    def send(self, message: Any, *, is_repeat: bool) -> str:
        """Hand over one message; what it is known by where it went, if that was said.

        `is_repeat`: it was tried before.
        """

    def hang_up(self) -> None:
        """Close it, if it is open."""


class _TextWire:
    """The connection to whoever carries text messages: made when first needed."""

    def __init__(self, provider: Provider | None) -> None:
        self._provider = provider

    def send(self, message: Text, *, is_repeat: bool) -> str:
        """Hand over one text.

        Raises:
            _Unreachable: none is taken now.
            _Lost: this one was not, or nobody knows.
            _Refused: this one never will be.
        """
        try:
            self._provider = self._provider or texting.provider()
            return self._provider.send(message, is_repeat=is_repeat)
        except (texting.ProviderDown, ImproperlyConfigured) as down:
            raise _Unreachable(_said(down)) from down
        except texting.NotNow as lost:
            raise _Lost(_said(lost)) from lost
        except texting.Refused as refusal:
            raise _Refused(_said(refusal), refusal.code) from refusal

    def hang_up(self) -> None:
        if self._provider:
            self._provider.close()


class _Wire:
    """The connection to the mail server: opened when first needed, and once more for a message that lost it."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._is_open = False
        if getattr(backend, "timeout", 0) is None:
            backend.timeout = SERVER_ANSWERS_WITHIN  # type: ignore[attr-defined]  # Or a silent server holds us for ever.

    def send(self, message: EmailMultiAlternatives, *, is_repeat: bool) -> str:
        """Hand over one message. It is known by its Message-ID, and so is a repeat.

        Raises:
            _Unreachable: no connection could be opened.
            _Lost: this message lost two connections.
            Exception: what the server, or the backend, has against this message.
        """
        for _attempt in range(2):
            self._open()
            try:
                self._backend.send_messages([message])
            except Exception as error:
                if not _is_loss(error):
                    raise
                self.hang_up()
                lost = error
            else:
                return ""
        raise _Lost(_note(lost)) from lost

    def hang_up(self) -> None:
        self._is_open = False
        try:
            self._backend.close()
        except Exception:
            logger.debug("the mail server did not say goodbye")

    def _open(self) -> None:
        if self._is_open:
            return
        try:
            self._backend.open()
        except Exception as error:
            self.hang_up()
            raise _Unreachable(_note(error)) from error
        self._is_open = True


@dataclass(slots=True)
class _Round:
    """Leased messages on their way."""

    now: datetime
    leased: dict[int, _Leased]
    wires: dict[Channel, _Way]
    sent: int = 0
    failed: int = 0
    retried: int = 0
    _losses: dict[Channel, int] = field(default_factory=dict)
    _down: set[Channel] = field(default_factory=set)

    def send(self) -> Delivered:
        keys = list(self.leased)
        known = _news(keys)
        started = monotonic()  # For a duration; what time of day it is stays with the caller.
        for place, key in enumerate(keys):
            if monotonic() - started > _SENDING_TIME:
                self._give_back(key for key in keys[place:] if self.leased[key].channel not in self._down)
                break
            channel = self.leased[key].channel
            if channel in self._down:
                continue
            try:
                self._send_one(key, known[key], channel)
            except _Unreachable as down:
                self._leave_off(channel, keys[place:], str(down))
        return Delivered(self.sent, self.failed, self.retried)

    def _leave_off(self, channel: Channel, keys: Iterable[int], note: str) -> None:
        """Nothing goes by this way now; by the other it may."""
        wait = [key for key in keys if self.leased[key].channel == channel]
        where = "the mail server is" if channel == Channel.EMAIL else "whoever carries text messages is"
        logger.warning("%s not there; %d messages wait", where, len(wait))
        self._down.add(channel)
        self._put_off(wait, note)

    def _send_one(self, key: int, news: News | Exception, channel: Channel) -> None:
        try:
            written, mail_id = _write(news, channel)
        except (DatabaseError, InterfaceError):
            raise
        except Exception as poison:
            self._fail(key, _note(poison))
            return
        try:
            known_as = self.wires[channel].send(written, is_repeat=self.leased[key].attempts > 1)
        except _Unreachable:
            raise
        except _Lost as lost:
            self._losses[channel] = self._losses.get(channel, 0) + 1
            if self._losses[channel] >= _MOST_LOSSES:
                raise _Unreachable(str(lost)) from lost
            self._put_off([key], str(lost))
            return
        except Exception as refusal:
            self._refused(key, refusal, written)
        else:
            self.sent += _mark(key, MessageState.SENT, "", sent_at=self.now, mail_id=mail_id or known_as)
        self._losses[channel] = 0

    def _refused(self, key: int, refusal: Exception, written: EmailMultiAlternatives | Text) -> None:
        if isinstance(refusal, _Refused) and isinstance(written, Text) and _is_number(refusal):
            self._lose(key, written.to, refusal.code)
        elif _is_for_good(refusal):
            self._fail(key, _note(refusal))
        else:
            self._put_off([key], _note(refusal))

    def _put_off(self, keys: Collection[int], note: str) -> None:
        """Try these again later, those that were tried less often sooner; give up those tried too often."""
        by_attempts: dict[int, list[int]] = {}
        for key in keys:
            by_attempts.setdefault(self.leased[key].attempts, []).append(key)
        for attempts, few in by_attempts.items():
            if attempts >= MOST_ATTEMPTS:
                for key in few:
                    self._fail(key, note)
            else:
                due_at = self.now + pause(attempts)
                self.retried += _still_leased(few, attempts).update(due_at=due_at, note=note[:_NOTE_LENGTH])

    def _give_back(self, keys: Iterable[int]) -> None:
        """What was not tried after all is due at once."""
        for key in keys:
            attempts = self.leased[key].attempts
            _still_leased([key], attempts).update(due_at=self.now, attempts=F("attempts") - 1)

    def _lose(self, key: int, number: str, code: str) -> None:
        """No text will ever arrive there, so this one did not either."""
        if _still_leased([key], self.leased[key].attempts).exists():
            why = text_reports.words(code)
            bounces.text_lost(key, Verdict.DEAD, sent_as="", to=number, why=why, by=BY, now=self.now)
            self.failed += 1

    def _fail(self, key: int, note: str) -> None:
        if not _still_leased([key], self.leased[key].attempts).exists():
            return
        bounce_purchase_order(
            key, note, self.now
        )  # First: after a crash in between, the message fails again and nothing is lost.
        self.failed += _mark(key, MessageState.FAILED, note)
        logger.warning("message %d could not be delivered; its note says why", key)


def _news(keys: list[int]) -> dict[int, News | Exception]:
    """What the messages tell. One whose facts make no sense does not keep the others from being read."""
    try:
        return dict(zip(keys, messages.news(keys), strict=True))
    except Exception:  # One by one, a database that fails says so again.
        return {key: _news_alone(key) for key in keys}


def _news_alone(key: int) -> News | Exception:
    try:
        (news,) = messages.news([key])
    except (DatabaseError, InterfaceError):
        raise
    except Exception as poison:
        return poison
    return news


def _write(news: News | Exception, channel: Channel) -> tuple[EmailMultiAlternatives | Text, str]:
    """The message as it leaves, and what a mail that comes back names it by."""
    if isinstance(news, Exception):
        raise news
    if channel == Channel.TEXT:
        return short.write(news), ""
    return mail.write(news), mail.mail_id(news)


def _still_leased(keys: Collection[int], attempts: int) -> QuerySet[Message]:
    """Those of these messages that nobody else has taken since: every lease counts one more attempt."""
    return Message.objects.filter(pk__in=keys, state=MessageState.QUEUED, attempts=attempts)


def _mark(key: int, state: MessageState, note: str, sent_at: datetime | None = None, mail_id: str = "") -> int:
    """Take a queued message to its last state; 1 if it was this that did. A transaction of its own."""
    queued = Message.objects.filter(pk=key, state=MessageState.QUEUED)
    return queued.update(state=state, note=note[:_NOTE_LENGTH], sent_at=sent_at, mail_id=mail_id)


def bounce_purchase_order(key: int, note: str, now: datetime) -> None:
    """Have a purchase order that did not reach its supplier shown as bounced; nothing for any other message."""
    kind, subject = Message.objects.values_list("kind", "event__subject").get(pk=key)
    if kind != "purchase_order":
        return
    number = PurchaseOrder.objects.filter(pk=subject.partition(":")[2]).values_list("number", flat=True).first()
    try:
        purchasing.bounce(number or "", why=note, by=BY, now=now)
    except (NotFound, WrongState) as refusal:  # Answered, called off or bounced already: nothing to show.
        logger.info("message %d was a purchase order that is not shown as bounced: %s", key, refusal.code)


def _is_loss(error: Exception) -> bool:
    """Whether the connection is gone, and not just this message refused."""
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code == 421  # "Service not available, closing transmission channel" (RFC 5321).
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)


def _is_for_good(error: Exception) -> bool:
    """Whether trying again cannot help: a 5xx for this recipient or text, or an address that is none.

    A 5xx for the sender is not: somebody will put our own settings right.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _text in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return 500 <= error.smtp_code < 600
    return isinstance(error, (ValueError, TypeError, _Refused))


def _is_number(refusal: _Refused) -> bool:
    """Whether it is because of the number that a text was refused, and nothing else."""
    return text_verdict("failed", refusal.code) == Verdict.DEAD


def _said(error: Exception) -> str:
    return clean(str(error))[:_NOTE_LENGTH]


def _note(error: Exception) -> str:
    """What to tell the person who looks at the message."""
    if isinstance(error, (_Refused, ImproperlyConfigured)):
        return _said(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers: list[tuple[int, bytes | str]] = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    else:
        return clean(f"{type(error).__name__}: {error}")[:_NOTE_LENGTH]
    said = (f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}" for code, text in answers)
    return clean(f"The mail server said {'; '.join(said)}")[:_NOTE_LENGTH]
