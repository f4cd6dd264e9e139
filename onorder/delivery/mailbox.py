"""The mailbox that undeliverable mail goes back to, looked into where the mail server does not hand it over itself.

ONORDER_BOUNCES_URL says where it is:

    imaps://user:password@mail.example.org/Bounces    with encryption from the start; a folder other than INBOX
    imap+tls://user:password@mail.example.org         with encryption from the second sentence on
    imap://user:password@localhost                    with none: only on this machine
"""

from __future__ import annotations

import imaplib
import logging
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from onorder.delivery import bounces

logger = logging.getLogger(__name__)

ANSWERS_WITHIN: Final = 30  # Seconds.
MOST: Final = 100  # Mails at once; the rest the next time.

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"imaps": 993, "imap+tls": 143, "imap": 143}


@dataclass(frozen=True, slots=True)
class Looked:
    """Mails that were read, and of them those that were reports about mails of ours."""

    read: int = 0
    reports: int = 0


def is_set_up() -> bool:
    """Whether there is such a mailbox."""
    return bool(settings.BOUNCES_URL)


def look(*, now: datetime) -> Looked:
    """Read what nobody has read yet, have it noted, and mark it as read. It is never deleted.

    If this process dies in between, it is read again, which changes nothing. A mailbox that is not there is logged, and
    looked into the next time.

    Raises:
        ImproperlyConfigured: ONORDER_BOUNCES_URL cannot be read. It never says what stands in it.
    """
    place = _place()
    try:
        server = _connected(place)
        try:
            _enter(server, place)
            return _read_new(server, unquote(place.path.lstrip("/")) or "INBOX", now)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()
    except (OSError, imaplib.IMAP4.error) as down:
        logger.warning("the mailbox for bounces cannot be looked into: %s", type(down).__name__)
        return Looked()


def _place() -> SplitResult:
    place = urlsplit(str(settings.BOUNCES_URL))
    is_known = place.scheme in _PORTS and place.hostname and place.username and place.password
    if not is_known or (place.scheme == "imap" and place.hostname not in _HERE):
        raise ImproperlyConfigured(
            "ONORDER_BOUNCES_URL cannot be read: write imaps://user:password@mail.example.org/folder"
        )
    return place


def _connected(place: SplitResult) -> imaplib.IMAP4:
    host, port = place.hostname or "", place.port or _PORTS[place.scheme]
    if place.scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port, ssl_context=_safely(), timeout=ANSWERS_WITHIN)
    return imaplib.IMAP4(host, port, timeout=ANSWERS_WITHIN)


def _enter(server: imaplib.IMAP4, place: SplitResult) -> None:
    if place.scheme == "imap+tls":
        server.starttls(_safely())
    server.login(unquote(place.username or ""), unquote(place.password or ""))


def _safely() -> ssl.SSLContext:
    return ssl.create_default_context()


def _read_new(server: imaplib.IMAP4, folder: str, now: datetime) -> Looked:
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    answer, _ = server.select(f'"{quoted}"')
    if answer != "OK":
        raise imaplib.IMAP4.error("no such folder")
    _, found = server.uid("SEARCH", "UNSEEN")
    read = reports = 0
    for key in (found[0] or b"").split()[:MOST]:
        uid = key.decode("ascii")
        _, parts = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{bounces.MOST_BYTES}>)")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        reports += bounces.take(raw, now=now) is not None
        server.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")
        read += 1
    return Looked(read, reports)
