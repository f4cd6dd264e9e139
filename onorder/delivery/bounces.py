"""Mail that comes back: reports of mail servers, read without trusting a word of them.

A report (RFC 3464) names the mail by the `Message-ID` that we gave it, which nobody can guess. Whatever else comes to
the address for bounces (out-of-office notes, advertising, complaints) is passed over. What stands in a report is kept
as a note for whoever looks at the message; nothing of it is logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message as Mail
from email.utils import getaddresses
from itertools import islice
from typing import Final

from onorder.actions import bounces
from onorder.actions.bounces import CameBack
from onorder.delivery.letters import clean
from onorder.delivery.outbox import bounce_purchase_order
from onorder.errors import NotFound
from onorder.models import Message
from onorder.rules.bouncing import Verdict, verdict
from onorder.rules.lifecycle import MessageState

logger = logging.getLogger(__name__)

BY: Final = "mail server"
#: So much of a mail is read. The report and the head of the mail that it is about stand before its body.
MOST_BYTES: Final = 512 * 1024

_MOST_PARTS: Final = 50
_MOST_ADDRESSES: Final = 20
_OURS: Final = re.compile(r"<([0-9a-f]{32})@[^>]{1,255}>")
_WORST: Final = (Verdict.ARRIVED, Verdict.DELAYED, Verdict.BOUNCED, Verdict.DEAD)


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server says of a mail of ours, known by `mail_id`, to these addresses."""

    mail_id: str
    verdict: Verdict
    to: frozenset[str]
    why: str


def take(raw: bytes, *, now: datetime) -> CameBack | None:
    """Read a mail that came to the address for bounces, and have it noted; None if it is no report on a mail of ours.

    Safe to repeat. A purchase order that did not arrive is shown as bounced. Must not be called in a transaction.
    """
    report = read(raw)
    if report is None:
        logger.info("a mail to the address for bounces is no report about a mail of ours; it is passed over")
        return None
    if report.verdict in (Verdict.BOUNCED, Verdict.DEAD):
        _bounce_paper(report, now)  # First: after a crash in between, the report is read again and nothing is lost.
    try:
        done = bounces.come_back(report.mail_id, report.verdict, to=report.to, why=report.why, by=BY, now=now)
    except NotFound:
        logger.info("a report about a mail that nobody here sent is passed over")
        return None
    logger.info("message %d: the report of a mail server says %s", done.message, report.verdict)
    return done


def read(raw: bytes) -> Report | None:
    """What a report says; None for any other mail, and for one that makes no sense."""
    try:
        mail = message_from_bytes(raw[:MOST_BYTES], policy=policy.compat32)
        return _read(list(islice(mail.walk(), _MOST_PARTS)))
    except Exception:  # Whatever is wrong with it, it is the sender's, and no reason to stop.
        return None


@dataclass(slots=True)
class _Found:
    """What the parts of a report said so far."""

    mail_id: str = ""
    verdict: Verdict | None = None
    why: str = ""
    to: set[str] = field(default_factory=set)


def _read(parts: list[Mail]) -> Report | None:
    found = _Found()
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for fields in _blocks(part):
                _recipient(fields, found)
        elif kind in ("message/rfc822", "text/rfc822-headers") and not found.mail_id:
            _original(part, found)
    if not found.mail_id or found.verdict is None:
        return None
    return Report(found.mail_id, found.verdict, frozenset(found.to), found.why)


def _blocks(part: Mail) -> Iterator[Mail]:
    """Groups of fields: one about the mail, then one for each recipient."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload[:_MOST_PARTS] if isinstance(block, Mail))


def _recipient(fields: Mail, found: _Found) -> None:
    if not fields.get("Action"):
        return
    said = verdict(_field(fields, "Action"), _field(fields, "Status"))
    if found.verdict is None or _WORST.index(said) > _WORST.index(found.verdict):
        found.verdict = said
        diagnostic = _field(fields, "Diagnostic-Code").partition(";")[2].strip()
        found.why = f"The mail came back: {diagnostic or _field(fields, 'Status')}"
    for name in ("Final-Recipient", "Original-Recipient"):
        address = _field(fields, name).partition(";")[2].strip()
        if address and len(found.to) < _MOST_ADDRESSES:
            found.to.add(address)


def _original(part: Mail, found: _Found) -> None:
    """The head of the mail that the report is about."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Mail):
        head = payload[0]
    elif isinstance(payload, str):
        head = message_from_bytes(payload.encode("utf-8", "replace"), policy=policy.compat32)
    else:
        return
    ours = _OURS.search(_field(head, "Message-ID"))
    if ours:
        found.mail_id = ours[1]
        found.to |= {address for _, address in getaddresses([_field(head, "To")])[:_MOST_ADDRESSES] if address}


def _field(fields: Mail, name: str) -> str:
    return clean(str(fields.get(name, "")))[:500]


def _bounce_paper(report: Report, now: datetime) -> None:
    sent = Message.objects.filter(mail_id=report.mail_id, state=MessageState.SENT, supplier__isnull=False)
    found = sent.values_list("pk", "supplier__email").first()
    if found and found[1].strip().casefold() in {one.strip().casefold() for one in report.to}:
        bounce_purchase_order(found[0], report.why, now)
